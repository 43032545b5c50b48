//! Records in envelopes: lines whose only interesting string holds a whole record, as Docker
//! writes them.
//!
//! ```text
//! {"log":"{\"status\":200,\"model\":\"qwen-max\"}\n","stream":"stdout","time":"2026-11-22T…"}
//! └piece─┘└─────────────── record ────────────────┘└─ piece ──┘└value┘└ piece ─┘└─ value ──┘p┘
//! ```
//!
//! The line is followed piece by piece along the shape of one that came before; the record is
//! freed of its escapes on the way, and compared with the stencils at once.

use super::super::PathId;
use super::super::learned::Learned;
use super::super::scratch::Scratch;
use super::super::shape::Next;
use super::super::simd::layout::{Bounds, Row};
use super::super::simd::reach::Reach;
use super::super::simd::{Kernel, Lanes};
use super::super::skim::{Matched, Skim};
use super::super::unescape;
use super::{Gap, Stencils, half, scalars, strings};
use crate::limits::MAX_ENVELOPES;

/// A shape whose lines are envelopes.
#[derive(Clone, Copy)]
struct Envelope {
    /// The shape's id, …
    id: u32,
    /// … and its slot, as long as that has the same id.
    slot: usize,
    /// Which of its values holds the record.
    record: usize,
}

/// The shapes of envelopes.
pub(in super::super) struct Envelopes {
    /// That of the last line first.
    known: Vec<Envelope>,
    /// Where the pieces of the last one stand.
    bounds: Box<Bounds>,
    /// The record, and room behind it.
    record: Vec<u8>,
}

impl Envelopes {
    pub fn new() -> Self {
        Self {
            known: Vec::new(),
            bounds: Box::new(Bounds::new()),
            record: Vec::new(),
        }
    }

    /// Whether any are known.
    pub fn are_known(&self) -> bool {
        !self.known.is_empty()
    }

    /// Notes that lines of a shape are envelopes of what stands in the string at `path`.
    #[inline]
    pub fn learn(&mut self, learned: &Learned, shape: u32, path: PathId) {
        if self.known.iter().all(|known| known.id != shape) {
            self.add(learned, shape, path);
        }
    }

    #[cold]
    fn add(&mut self, learned: &Learned, id: u32, path: PathId) -> Option<()> {
        let slot = learned.shapes.iter().position(|shape| shape.id == id)?;
        let shape = learned.shapes.get(slot)?;
        let record = shape.wanted.iter().find(|value| value.path == path)?;
        let record = record.value as usize;
        self.known.insert(0, Envelope { id, slot, record });
        self.known.truncate(MAX_ENVELOPES);
        Some(())
    }
}

/// A line that is an envelope.
struct Opened {
    /// The slot of its shape.
    slot: usize,
    /// Where its `\n` is.
    end: usize,
    /// Length of the record, in bytes.
    record_bytes: usize,
}

impl Envelopes {
    /// Looks whether the line at `start` is an envelope. If so, its record is in `self.record`.
    #[inline(always)]
    fn open<L: Lanes>(
        &mut self,
        lanes: L,
        learned: &Learned,
        text: &[u8],
        start: usize,
    ) -> Option<Opened> {
        for number in 0..self.known.len() {
            if let Some(opened) = self.follow(lanes, learned, text, start, number) {
                self.known.swap(0, number);
                return Some(opened);
            }
        }
        None
    }

    /// The same for one of the shapes.
    #[inline(always)]
    fn follow<L: Lanes>(
        &mut self,
        lanes: L,
        learned: &Learned,
        text: &[u8],
        mut at: usize,
        number: usize,
    ) -> Option<Opened> {
        let Envelope { id, slot, record } = *self.known.get(number)?;
        let shape = learned.shapes.get(slot).filter(|shape| shape.id == id)?;
        let reach = Reach::<64>::new(text)?;
        let mut record_bytes = 0;
        for (number, id) in shape.segments.iter().enumerate() {
            let segment = learned.segments.get(usize::from(*id))?;
            if !lanes.begins(half(reach.at(at)?), &segment.start) {
                return None;
            }
            let len = usize::from(segment.len);
            if len > Row::BYTES && !learned.is_long_there(text, *id, at) {
                return None;
            }
            self.bounds.set(number, at);
            at += len;
            at = match segment.next {
                Next::String if number == record => {
                    let freed = unescape::string(lanes, reach, at, &mut self.record)?;
                    record_bytes = freed.bytes;
                    freed.end
                }
                Next::String => strings::any(lanes, Gap::at(reach, at))?,
                Next::Scalar => scalars::any(lanes, Gap::at(reach, at))?,
                Next::Edge => {
                    return Some(Opened {
                        slot,
                        end: at - 1,
                        record_bytes,
                    });
                }
            };
        }
        None
    }
}

/// The loop over the lines of a text, as far as they are envelopes of records that stencils
/// fit.
pub(in super::super) struct Unwrapping<'e, T> {
    pub text: &'e [u8],
    pub envelopes: &'e mut Envelopes,
    pub stencils: &'e mut Stencils,
    pub learned: &'e mut Learned,
    pub scratch: &'e mut Scratch,
    pub taker: &'e mut T,
}

impl<T: Skim> Kernel for Unwrapping<'_, T> {
    /// How many lines were taken, and where the next one starts.
    type Out = (u64, usize);

    #[inline(always)]
    fn run<L: Lanes>(mut self, lanes: L) -> Self::Out {
        let (mut lines, mut next, mut turns) = (0, 0, 0);
        while let Some(end) = self.line(lanes, next, &mut turns) {
            next = end + 1;
            lines += 1;
        }
        self.stencils.consider(lines, turns);
        (lines, next)
    }
}

impl<T: Skim> Unwrapping<'_, T> {
    /// Takes the line at `start`; gives where its `\n` is. `None`: it is no envelope, or not to
    /// be taken here.
    #[inline(always)]
    fn line<L: Lanes>(&mut self, lanes: L, start: usize, turns: &mut u32) -> Option<usize> {
        let envelopes = &mut *self.envelopes;
        let opened = envelopes.open(lanes, self.learned, self.text, start)?;
        let record = &*envelopes.record;
        let bounds = &mut *self.scratch.bounds;
        let fit = self.stencils.fit(lanes, record, 0, turns, bounds)?;
        // Docker writes the end of the application's line with it.
        if fit.end + 1 != opened.record_bytes {
            return None;
        }
        let slot = fit.shape as usize;
        let shape = self.learned.shapes.get_mut(slot)?;
        shape.trial.seen = shape.trial.seen.wrapping_add(1);
        let (shape, outer) = (
            self.learned.shapes.get(slot)?,
            self.learned.shapes.get(opened.slot)?,
        );
        let names = (outer.id, opened.slot);
        let line = start..opened.end;
        let (places, wanted) = (&envelopes.bounds, &outer.wanted);
        let outer = Matched::new(self.text, line, wanted, names, places);
        let names = (shape.id, slot);
        let line = 0..fit.end;
        let inner = Matched::new(record, line, &shape.wanted, names, bounds);
        self.taker
            .take_wrapped(&outer, &inner)
            .then_some(opened.end)
    }
}
