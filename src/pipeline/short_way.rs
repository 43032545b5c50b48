//! Lines of known shapes, from the scanner to the sink without leaving the scanner's loop.

use super::sink::Sink;
use super::wrapper::{Outer, Wrappers};
use crate::line::join::Seam;
use crate::record::brief::{Count, Plans};
use crate::record::call::Call;
use crate::record::gist::Gists;
use crate::scan::skim::{Matched, Skim};

/// What is needed to open envelopes.
pub(super) struct Opening<'r, 's> {
    pub wrappers: &'r mut Wrappers<'s>,
    pub seam: &'r Seam,
}

impl Opening<'_, '_> {
    /// What an envelope tells of the record inside; `None` if that may be part of a longer one,
    /// or this may be no envelope.
    #[inline(always)]
    fn open<'l>(&mut self, envelope: &Matched<'l>) -> Option<Outer<'l>> {
        let (lane, outer) = self.wrappers.docker(envelope)?;
        self.seam.is_clear(lane).then_some(outer)
    }
}

/// Takes what it can off the scanner, and leaves all else to the reader. `INSIDE`: the lines
/// stand in an envelope (a part of the type, as for each line there is a step less without one).
pub(super) struct ShortWay<'r, 's, 'l, S, const INSIDE: bool> {
    pub plans: &'r mut Plans<'s>,
    pub gists: &'r mut Gists<'s>,
    pub sink: &'r mut S,
    /// Of that envelope.
    pub outer: Outer<'l>,
    /// Opens envelopes, where lines may be such.
    pub opening: Option<Opening<'r, 's>>,
    /// How many were taken.
    pub lines: u64,
}

impl<'r, 's, 'l, S> ShortWay<'r, 's, 'l, S, true> {
    /// For lines in an envelope that tells this.
    #[inline(always)]
    pub fn inside(
        outer: Outer<'l>,
        (plans, gists): (&'r mut Plans<'s>, &'r mut Gists<'s>),
        sink: &'r mut S,
    ) -> Self {
        Self {
            plans,
            gists,
            sink,
            outer,
            opening: None,
            lines: 0,
        }
    }
}

impl<S: Sink, const INSIDE: bool> Skim for ShortWay<'_, '_, '_, S, INSIDE> {
    // Not a part of the scanner's loop: that has more to keep at hand than there are registers.
    #[inline(never)]
    fn take(&mut self, line: &Matched<'_>) -> bool {
        let mut counting = Counting::<S, INSIDE> {
            sink: &mut *self.sink,
            outer: self.outer,
        };
        let taken = self.plans.success(line, &mut counting) || self.gist(line);
        self.lines += u64::from(taken);
        taken
    }

    #[inline(always)]
    fn take_wrapped(&mut self, envelope: &Matched<'_>, record: &Matched<'_>) -> bool {
        let Some(outer) = self
            .opening
            .as_mut()
            .and_then(|opening| opening.open(envelope))
        else {
            return false;
        };
        let plans = (&mut *self.plans, &mut *self.gists);
        let mut inside = ShortWay::inside(outer, plans, &mut *self.sink);
        let taken = inside.take(record);
        self.lines += u64::from(taken);
        taken
    }
}

impl<S: Sink, const INSIDE: bool> ShortWay<'_, '_, '_, S, INSIDE> {
    #[inline(never)]
    fn gist(&mut self, line: &Matched<'_>) -> bool {
        let Some(mut gist) = self.gists.of(line) else {
            return false;
        };
        gist.outer_time_ms = self.outer.time_ms;
        gist.outer_model = self.outer.model;
        self.sink.gist(gist, self.outer.envelopes)
    }
}

struct Counting<'r, 'l, S, const INSIDE: bool> {
    sink: &'r mut S,
    outer: Outer<'l>,
}

impl<S: Sink, const INSIDE: bool> Count for Counting<'_, '_, S, INSIDE> {
    #[inline(always)]
    fn success(&mut self, status: i16, call: Call<'_>) {
        if INSIDE {
            let outer = &self.outer;
            let call = call.within(outer.time_ms, outer.model);
            self.sink.success(status, call, outer.envelopes);
        } else {
            self.sink.success(status, call, 0);
        }
    }
}
