//! What a line is: chatter, a success or a failure; and for failures, which.
//!
//! A line is a *request line* if it has a status, an error code, an error body, a task's end
//! state, the shape of an API event log, or, at error level, a text that unwraps to one of
//! these or fits a known message. Failures look alike in their thousands, so a judgement is
//! made once per distinct `evidence` and remembered in `memo`; `account` makes it.

mod account;
mod evidence;
mod grounds;
mod judged;
mod likeness;
mod memo;
#[cfg(test)]
mod tests;

use super::request_id::RequestId;
use super::{Facts, Raw, unwrap};
use crate::catalog::{Catalog, Provider};
use crate::limits::{INTERNED_NAMES, JUDGEMENT_KEY_BYTES};
use crate::scan::Hit;
use crate::scan::engine::Choice;
use crate::scan::schema::Schema;
use account::{Case, mentions_id};
use evidence::Evidence;
pub use grounds::{Grounds, OwnIds, RequestIds, Signs, Span, Spans};
use hashbrown::HashMap;
pub use judged::{Failure, Judged, Line};
use likeness::Likenesses;
pub use likeness::{Likeness, Marks};
use memo::{Id, Known, Memo, Outcome, Place};
use std::borrow::Cow;

/// One worker's judge.
pub struct Judge<'c> {
    catalog: &'c Catalog,
    schema: &'c Schema,
    memo: Memo,
    likenesses: Likenesses,
    /// Providers by raw host.
    hosts: HashMap<Box<[u8]>, Option<Provider>, foldhash::fast::FixedState>,
    // Buffers, and the outcome of a line that is judged by itself.
    evidence: Evidence,
    aside: Evidence,
    spans: Spans,
    single: Outcome,
    forgetful: bool,
}

impl<'c> Judge<'c> {
    /// A judge for lines of this schema. For the oracle it judges every line by itself: slow,
    /// and what its memory is tested against.
    pub fn new(catalog: &'c Catalog, schema: &'c Schema, engine: Choice) -> Self {
        Self {
            catalog,
            schema,
            memo: Memo::default(),
            likenesses: Likenesses::default(),
            hosts: HashMap::default(),
            evidence: Evidence::default(),
            aside: Evidence::default(),
            spans: Spans::default(),
            single: Outcome::Single,
            forgetful: engine == Choice::Oracle,
        }
    }

    /// Says what a line is, by its hits.
    #[inline]
    pub fn judge(&mut self, line: &[u8], hits: &[Hit], facts: &Facts<'_>) -> Line<'_> {
        let signs = Signs::of(facts);
        if facts.batch && !signs.request {
            return Line::Other { batched: true };
        }
        if let Some(plain) = plainly(signs, facts.error_level) {
            return plain;
        }
        let mut spans = std::mem::take(&mut self.spans);
        spans.collect(self.schema, line, hits);
        let ruled = self.suspect(&Grounds {
            text: line,
            spans: &spans,
            signs,
            error_level: facts.error_level,
            ids: OwnIds {
                body: facts.body_id,
                other: facts.request_id,
            },
        });
        self.spans = spans;
        self.line(ruled)
    }

    /// Says what a line is: at once, if it is like one before; else by its grounds. `None`
    /// if there are none.
    #[inline(always)]
    pub fn weigh<'g>(
        &mut self,
        likeness: Likeness<'g>,
        ids: &impl RequestIds,
        grounds: impl FnOnce() -> Option<Grounds<'g>>,
    ) -> Option<Line<'_>> {
        let holes = &mut self.evidence.holes;
        match self.likenesses.find(&likeness, self.memo.epoch, holes) {
            Some(place) => Some(self.recalled(place, ids)),
            None => Some(self.ponder(&likeness, &grounds()?)),
        }
    }

    /// What was ruled on a line like this one.
    #[inline(always)]
    fn recalled(&self, place: Place, ids: &impl RequestIds) -> Line<'_> {
        self.outcome(Some(place))
            .line(|id| self.request_id(ids, id, None))
    }

    /// Says what a line is by its grounds, and remembers it.
    #[inline(never)]
    fn ponder(&mut self, likeness: &Likeness<'_>, grounds: &Grounds<'_>) -> Line<'_> {
        if let Some(plain) = plainly(grounds.signs, grounds.error_level) {
            return plain;
        }
        let ruled = self.suspect(grounds);
        if let Some(place) = ruled.before
            && !self.may_have_id_aside(grounds, place)
        {
            self.likenesses.keep(likeness, place, self.memo.epoch);
        }
        self.line(ruled)
    }

    /// Whether lines like this may hold a request id in a text that did not decide.
    fn may_have_id_aside(&self, grounds: &Grounds<'_>, place: Place) -> bool {
        let mut aside = (place.texts..grounds.texts()).filter_map(|n| grounds.text(n));
        self.outcome(Some(place)).wants_id() && aside.any(mentions_id)
    }

    fn line(&self, ruled: Ruled) -> Line<'_> {
        self.outcome(ruled.shared).line(|_| ruled.request_id)
    }

    /// Judges a line that has something of a failure.
    fn suspect(&mut self, grounds: &Grounds<'_>) -> Ruled {
        let provider = self.provider_of(grounds);
        let codes = grounds.codes();
        let signs = grounds.signs;
        self.evidence
            .begin(signs.flags(), signs.status, provider, codes.clone());
        let catalog = self.catalog;
        let case = || Case {
            catalog,
            signs,
            provider,
            codes: codes.clone().filter_map(account::code).collect(),
        };
        let mut before = None;
        let shared = match self.look_up(grounds) {
            Seen::Before(place) => {
                before = Some(place);
                before
            }
            Seen::Never => self.learn(grounds, &case()),
            Seen::TooMuch => None,
        };
        let shared = shared.filter(|place| self.memo.is_shared(*place));
        let looked_at = match shared {
            Some(place) => place.texts,
            None => {
                self.memo.forget_if_full();
                let raw = |n: usize| grounds.text(n).map(Cow::Borrowed);
                let ruling = case().rule(&mut self.memo, false, raw);
                self.single = ruling.outcome;
                ruling.texts
            }
        };
        let aside = if grounds.ids.body.is_none() && self.outcome(shared).wants_id() {
            self.id_aside(grounds, looked_at)
        } else {
            None
        };
        let request_id = match self.outcome(shared) {
            Outcome::Failure { id, .. } => self.request_id(&grounds.ids, id.as_ref(), aside),
            _ => None,
        };
        Ruled {
            shared,
            before: before.filter(|_| shared.is_some()),
            request_id,
        }
    }

    /// The shared outcome, or that of the line alone.
    fn outcome(&self, shared: Option<Place>) -> &Outcome {
        shared
            .and_then(|place| self.memo.outcome(place))
            .unwrap_or(&self.single)
    }

    /// The provider that a line names.
    fn provider_of(&mut self, grounds: &Grounds<'_>) -> Option<Provider> {
        let mut provider = None;
        for host in &grounds.spans.hosts {
            if provider != Some(Provider::DashScope) {
                provider = self.provider(host.raw(grounds.text)).or(provider);
            }
        }
        provider
    }

    fn provider(&mut self, host: &[u8]) -> Option<Provider> {
        if let Some(provider) = self.hosts.get(host) {
            return *provider;
        }
        if self.hosts.len() >= INTERNED_NAMES {
            self.hosts.clear();
        }
        let provider = self.catalog.provider_of(host);
        if host.len() <= JUDGEMENT_KEY_BYTES {
            self.hosts.insert(host.into(), provider);
        }
        provider
    }

    /// Looks for a judgement on evidence alike, with no more texts than it takes.
    fn look_up(&mut self, grounds: &Grounds<'_>) -> Seen {
        if self.forgetful || self.evidence.is_too_long() {
            return Seen::TooMuch;
        }
        let count = grounds.texts();
        for texts in 0..=count {
            if let Some(raw) = texts.checked_sub(1).and_then(|n| grounds.text(n)) {
                if !self.evidence.push(raw) {
                    return Seen::TooMuch;
                }
            } else if count > 0 {
                continue; // the first text is always looked at
            }
            match self.memo.look_up(&self.evidence, texts, texts == count) {
                Known::Place(place) => return Seen::Before(place),
                Known::Further => {}
                Known::Nothing => return Seen::Never,
            }
        }
        Seen::Never
    }

    /// Judges for all lines alike; `None` if the evidence is too long to be remembered.
    fn learn(&mut self, grounds: &Grounds<'_>, case: &Case) -> Option<Place> {
        self.memo.forget_if_full();
        let evidence = &mut self.evidence;
        let mut fits = true;
        let ruling = case.rule(&mut self.memo, true, |n| {
            let raw = grounds.text(n)?;
            fits = n < evidence.texts() || evidence.push(raw);
            fits.then(|| evidence.canonical(n).into())
        });
        fits.then(|| self.memo.keep(evidence, ruling))
    }

    /// The id to quote to support: the one in an error body, before the gateway's, before
    /// related ones.
    #[inline(always)]
    fn request_id(
        &self,
        ids: &impl RequestIds,
        dug: Option<&Id>,
        aside: Option<RequestId>,
    ) -> Option<RequestId> {
        if let Some(id) = ids.body() {
            return Some(id);
        }
        if let Some(dug) = dug
            && dug.sure
        {
            return Some(self.evidence.id(&dug.source));
        }
        if aside.is_some() {
            return aside;
        }
        if let Some(id) = ids.other() {
            return Some(id);
        }
        dug.map(|dug| self.evidence.id(&dug.source))
    }

    /// The request id in a text that was not needed for judging.
    fn id_aside(&mut self, grounds: &Grounds<'_>, looked_at: usize) -> Option<RequestId> {
        for n in looked_at..grounds.texts() {
            let raw = grounds.text(n)?;
            if !mentions_id(raw) {
                continue; // most texts: nothing to look for
            }
            let id = self.id_in(raw);
            if id.is_some() {
                return id;
            }
        }
        None
    }

    fn id_in(&mut self, raw: &[u8]) -> Option<RequestId> {
        let (aside, memo) = (&mut self.aside, &mut self.memo);
        aside.begin(0, None, None, std::iter::empty());
        if self.forgetful || !aside.push(raw) {
            let dug = unwrap::dig(&Raw(raw).text());
            return dug.request_id.map(|id| RequestId::new(&id));
        }
        let source = memo.id_of(aside.key(1), || {
            let dug = unwrap::dig(&Raw(&aside.canonical(0)).text());
            dug.request_id.map(|id| Evidence::source(&id))
        });
        source.map(|source| aside.id(source))
    }
}

/// Whether evidence alike was judged before.
enum Seen {
    Before(Place),
    Never,
    /// It is too long to be remembered.
    TooMuch,
}

/// What was ruled on a line that has something of a failure.
struct Ruled {
    /// Where the outcome is remembered; else it is in [`Judge::single`].
    shared: Option<Place>,
    /// The same, if it was remembered before this line.
    before: Option<Place>,
    request_id: Option<RequestId>,
}

/// What a line is that has nothing of a failure; `None` if it has.
#[inline(always)]
fn plainly<'j>(signs: Signs, error_level: bool) -> Option<Line<'j>> {
    if signs.failed_outright || signs.error_body || error_level {
        None
    } else if signs.request {
        Some(Line::Success {
            status: signs.status,
        })
    } else {
        Some(Line::Other { batched: false })
    }
}

/// ≥ 400, or what SDKs write for a broken connection.
pub fn is_failure(status: i16) -> bool {
    !(100..400).contains(&status)
}
