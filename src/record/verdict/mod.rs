//! What a line is: chatter, a success or a failure; and for failures, which.
//!
//! The rules are the glossary's: a line is a *request line* if it has a status, an
//! error code, an error body, a task's end state, the shape of an API event log,
//! or, at error level, a text that unwraps to one of these or fits a known message.
//! Failures look alike in their thousands, so a judgement is made once per distinct
//! `evidence` and remembered in `memo`; `account` makes it.

mod account;
mod evidence;
mod memo;
#[cfg(test)]
mod tests;

use super::request_id::RequestId;
use super::{Facts, Raw, Task, unwrap};
use crate::catalog::{Catalog, Kind, Provider};
use crate::limits::{INTERNED_NAMES, JUDGEMENT_KEY_BYTES};
use crate::scan::Hit;
use crate::scan::schema::{Role, Schema};
use account::{Case, mentions_id};
use evidence::Evidence;
use hashbrown::HashMap;
use memo::{Id, Known, Memo, Outcome, Place};
use std::sync::Arc;

/// What a well-formed line is.
#[derive(Debug)]
pub enum Line<'j> {
    /// No request line.
    Other {
        /// It holds many records at once.
        batched: bool,
    },
    /// A call that did not fail.
    Success {
        /// Its status, if it has one.
        status: Option<i16>,
    },
    /// A call that failed.
    Failure(Failure<'j>),
}

/// A failed call.
#[derive(Debug)]
pub struct Failure<'j> {
    /// What it has in common with others of its like.
    pub judged: &'j Arc<Judged>,
    /// The provider's request id, or failing that the gateway's.
    pub request_id: Option<RequestId>,
}

/// What failures of one like have in common. Everything in it is redacted.
#[derive(Debug)]
pub struct Judged {
    /// Rises when the [`Judge`] forgets what it has judged; serial numbers begin anew then.
    pub epoch: u32,
    /// Tells judgements of one epoch apart; below [`crate::limits::JUDGEMENTS`].
    pub serial: u32,
    /// The catalogue's spelling; as written where it has none; `HTTP 429` without a code.
    pub code: Box<str>,
    /// The code as written; empty without one.
    pub spelling: Box<str>,
    /// HTTP status, or an SDK's stand-in.
    pub status: Option<i16>,
    /// What kind of failure.
    pub kind: Kind,
    /// Id of the catalogue's row that names the cause, or that lends kind, retry and
    /// advice to a message never seen; empty where there is none.
    pub row: Box<str>,
    /// The message, masked, if the catalogue has never seen it.
    pub unlisted: Option<Box<str>>,
    /// The message, up to [`crate::limits::SAMPLE_BYTES`].
    pub message: Option<Box<str>>,
}

impl Judged {
    /// Bytes it holds, roughly.
    pub fn held_bytes(&self) -> usize {
        let texts = [&self.unlisted, &self.message]
            .into_iter()
            .flatten()
            .map(|text| text.len());
        size_of::<Self>() + self.code.len() + self.spelling.len() + texts.sum::<usize>()
    }
}

/// One worker's judge.
pub struct Judge<'c> {
    catalog: &'c Catalog,
    schema: &'c Schema,
    memo: Memo,
    /// Providers by raw host.
    hosts: HashMap<Box<[u8]>, Option<Provider>, foldhash::fast::FixedState>,
    // Buffers, and the outcome of a line that is judged by itself.
    evidence: Evidence,
    aside: Evidence,
    texts: Vec<Hit>,
    single: Outcome,
    forgetful: bool,
}

/// What decides beside codes, provider and texts.
#[derive(Clone, Copy, Debug)]
struct Signs {
    status: Option<i16>,
    /// A status, a code or a task's state says that the call failed.
    failed_outright: bool,
    /// It is a request line whatever its texts say.
    request: bool,
    error_body: bool,
}

impl<'c> Judge<'c> {
    /// A judge for lines of this schema.
    pub fn new(catalog: &'c Catalog, schema: &'c Schema) -> Self {
        Self {
            catalog,
            schema,
            memo: Memo::default(),
            hosts: HashMap::default(),
            evidence: Evidence::default(),
            aside: Evidence::default(),
            texts: Vec::new(),
            single: Outcome::Single,
            forgetful: false,
        }
    }

    /// Judges every line by itself: slow, and what the memory is tested against.
    #[must_use]
    pub fn without_memory(self) -> Self {
        Self {
            forgetful: true,
            ..self
        }
    }

    /// Says what a line is.
    #[inline]
    pub fn judge(&mut self, line: &[u8], hits: &[Hit], facts: &Facts<'_>) -> Line<'_> {
        let status = facts
            .status
            .or_else(|| facts.code_as_status.and_then(|raw| super::status(raw.0)));
        let failed_outright = status.is_some_and(is_failure)
            || facts.code.is_some()
            || facts.task == Some(Task::Failed);
        let request = failed_outright
            || status.is_some()
            || facts.task.is_some()
            || facts.api_event_keys == 2;
        let suspect = facts.error_body || facts.error_level;
        if facts.batch && !request {
            return Line::Other { batched: true };
        }
        if !failed_outright && !suspect {
            return if request {
                Line::Success { status }
            } else {
                Line::Other { batched: false }
            };
        }
        let signs = Signs {
            status,
            failed_outright,
            request,
            error_body: facts.error_body,
        };
        self.suspect(line, hits, facts, signs)
    }

    /// Says what a line is that has something of a failure.
    fn suspect(&mut self, line: &[u8], hits: &[Hit], facts: &Facts<'_>, signs: Signs) -> Line<'_> {
        let (before, after) = hits
            .split_at_checked(facts.texts_from)
            .unwrap_or((hits, &[]));
        let provider = self.collect(line, after);
        let codes = self.codes(line, before);
        let (flags, status) = (signs.flags(), signs.status);
        self.evidence.begin(flags, status, provider, codes.clone());
        let catalog = self.catalog;
        let case = || Case {
            catalog,
            signs,
            provider,
            codes: codes.clone().filter_map(account::code).collect(),
        };
        let shared = match self.look_up(line) {
            Seen::Before(place) => Some(place),
            Seen::Never => self.learn(line, &case()),
            Seen::TooMuch => None,
        };
        let shared = shared.filter(|place| self.memo.is_shared(*place));
        let looked_at = match shared {
            Some(place) => place.texts,
            None => {
                self.memo.forget_if_full();
                let raw = |n: usize| self.texts.get(n).map(|hit| hit.raw(line).into());
                let ruling = case().rule(&mut self.memo, false, raw);
                self.single = ruling.outcome;
                ruling.texts
            }
        };
        let aside = if facts.body_id.is_none() && self.outcome(shared).wants_id() {
            self.id_aside(line, looked_at)
        } else {
            None
        };
        match self.outcome(shared) {
            Outcome::Failure { judged, id } => Line::Failure(Failure {
                judged,
                request_id: self.request_id(facts, id.as_ref(), aside),
            }),
            Outcome::Success { status } => Line::Success { status: *status },
            Outcome::Other | Outcome::Single => Line::Other { batched: false },
        }
    }

    /// The shared outcome, or that of the line alone.
    fn outcome(&self, shared: Option<Place>) -> &Outcome {
        shared
            .and_then(|place| self.memo.outcome(place))
            .unwrap_or(&self.single)
    }

    /// Gathers the texts; gives the provider that the line names.
    fn collect(&mut self, line: &[u8], hits: &[Hit]) -> Option<Provider> {
        self.texts.clear();
        let mut provider = None;
        for hit in hits {
            match self.schema.role(hit) {
                Role::Message | Role::Text if Raw(hit.raw(line)).is_full_string() => {
                    self.texts.push(*hit);
                }
                Role::Host | Role::ApiEvent if provider != Some(Provider::DashScope) => {
                    provider = self.provider(hit.raw(line)).or(provider);
                }
                _ => {}
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

    /// The raw error codes of a line, by precedence.
    fn codes<'a>(
        &self,
        line: &'a [u8],
        hits: &'a [Hit],
    ) -> impl Iterator<Item = &'a [u8]> + Clone + use<'a, 'c> {
        let schema = self.schema;
        hits.iter()
            .filter(|hit| schema.role(hit) == Role::Code)
            .map(|hit| hit.raw(line))
    }

    /// Looks for a judgement on evidence alike, with no more texts than it takes.
    fn look_up(&mut self, line: &[u8]) -> Seen {
        if self.forgetful || self.evidence.is_too_long() {
            return Seen::TooMuch;
        }
        let count = self.texts.len();
        for texts in 0..=count {
            if let Some(hit) = texts.checked_sub(1).and_then(|n| self.texts.get(n)) {
                if !self.evidence.push(hit.raw(line)) {
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
    fn learn(&mut self, line: &[u8], case: &Case) -> Option<Place> {
        self.memo.forget_if_full();
        let (texts, evidence) = (&self.texts, &mut self.evidence);
        let mut fits = true;
        let ruling = case.rule(&mut self.memo, true, |n| {
            let raw = texts.get(n)?.raw(line);
            fits = n < evidence.texts() || evidence.push(raw);
            fits.then(|| evidence.canonical(n).into())
        });
        fits.then(|| self.memo.keep(evidence, ruling))
    }

    /// The id to quote to support: the one in an error body, before the gateway's, before
    /// related ones.
    fn request_id(
        &self,
        facts: &Facts,
        dug: Option<&Id>,
        aside: Option<RequestId>,
    ) -> Option<RequestId> {
        if let Some(id) = facts.body_id {
            return Some(RequestId::of_raw(id));
        }
        if let Some(dug) = dug
            && dug.sure
        {
            return Some(self.evidence.id(&dug.source));
        }
        if aside.is_some() {
            return aside;
        }
        if let Some(id) = facts.request_id {
            return Some(RequestId::of_raw(id));
        }
        dug.map(|dug| self.evidence.id(&dug.source))
    }

    /// The request id in a text that was not needed for judging.
    fn id_aside(&mut self, line: &[u8], looked_at: usize) -> Option<RequestId> {
        for n in looked_at..self.texts.len() {
            let raw = self.texts.get(n)?.raw(line);
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

impl Signs {
    fn flags(self) -> u8 {
        u8::from(self.failed_outright)
            | u8::from(self.request) << 1
            | u8::from(self.error_body) << 2
    }
}

/// ≥ 400, or what SDKs write for a broken connection.
pub fn is_failure(status: i16) -> bool {
    !(100..400).contains(&status)
}
