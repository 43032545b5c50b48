//! What a line is: chatter, a success or a failure; and for failures, which.
//!
//! The rules are the glossary's: a line is a *request line* if it has a status, an
//! error code, an error body, a task's end state, the shape of an API event log,
//! or, at error level, a text that unwraps to one of these or fits a known message.
//! Failures look alike in their thousands, so a judgement is made once per distinct
//! evidence and shared.

use super::{Facts, Raw, Task, code, unwrap};
use crate::catalog::{Catalog, Evidence, Kind, Provider, Verdict};
use crate::limits::{JUDGEMENT_KEY_BYTES, JUDGEMENTS, SAMPLE_BYTES};
use crate::redact::redact;
use crate::scan::Hit;
use crate::scan::schema::{Role, Schema};
use crate::template;
use hashbrown::HashMap;
use std::borrow::Cow;
use std::sync::Arc;

/// What a well-formed line is.
#[derive(Debug)]
pub enum Line<'l> {
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
    Failure(Failure<'l>),
}

/// A failed call.
#[derive(Debug)]
pub struct Failure<'l> {
    /// What it has in common with others of its like.
    pub judged: Arc<Judged>,
    /// The provider's request id, or failing that the gateway's.
    pub request_id: Option<Cow<'l, str>>,
}

/// What failures of one like have in common. Everything in it is redacted.
#[derive(Debug)]
pub struct Judged {
    /// Tells judgements of one [`Judge`] apart.
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
    /// The message, up to [`SAMPLE_BYTES`].
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
    known: HashMap<Box<[u8]>, Arc<Judged>, foldhash::fast::FixedState>,
    next_serial: u32,
    key: Vec<u8>,
}

/// A line before the judge: its text hits are split by use.
struct Case<'a, 'l> {
    line: &'l [u8],
    hits: &'a [Hit],
    facts: &'a Facts<'l>,
    status: Option<i16>,
    provider: Option<Provider>,
    texts: Vec<Raw<'l>>,
}

/// The best account of a failure so far.
struct Account<'t, 'c> {
    verdict: Verdict<'c>,
    code: Option<Cow<'t, str>>,
    message: Option<Cow<'t, str>>,
    status: Option<i16>,
    score: u32,
}

impl<'c> Judge<'c> {
    /// A judge for lines of this schema.
    pub fn new(catalog: &'c Catalog, schema: &'c Schema) -> Self {
        Self {
            catalog,
            schema,
            known: HashMap::default(),
            next_serial: 0,
            key: Vec::new(),
        }
    }

    /// Says what a line is.
    pub fn judge<'l>(&mut self, line: &'l [u8], hits: &[Hit], facts: &Facts<'l>) -> Line<'l> {
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
        let suspect = facts.error_body || (facts.error_level && !request);
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
        let case = self.open(line, hits, facts, status);
        if let Some(judged) = self.seen_alike(&case) {
            return Line::Failure(Failure {
                request_id: case.request_id(),
                judged,
            });
        }
        let account = self.best_account(&case);
        if !failed_outright && !request && !account.names_an_error(facts) {
            return Line::Other { batched: false };
        }
        if !failed_outright && !account.is_failure() && (request || account.status.is_some()) {
            return Line::Success {
                status: account.status.or(status),
            };
        }
        let judged = self.judged(&account, case.provider);
        if account.verdict.listed && account.is_of_first_text(&case) {
            self.remember_alike(&case, &judged);
        }
        Line::Failure(Failure {
            request_id: case.request_id(),
            judged,
        })
    }

    fn open<'a, 'l>(
        &self,
        line: &'l [u8],
        hits: &'a [Hit],
        facts: &'a Facts<'l>,
        status: Option<i16>,
    ) -> Case<'a, 'l> {
        let (mut texts, mut provider) = (Vec::with_capacity(2), None);
        for hit in hits.get(facts.texts_from..).unwrap_or_default() {
            let raw = Raw(hit.raw(line));
            match self.schema.role(hit) {
                Role::Message | Role::Text if raw.is_full_string() => texts.push(raw),
                Role::Host | Role::ApiEvent if provider != Some(Provider::DashScope) => {
                    provider = self.catalog.provider_of(raw.0).or(provider);
                }
                _ => {}
            }
        }
        Case {
            line,
            hits,
            facts,
            status,
            provider,
            texts,
        }
    }

    /// The judgement on a line with the same code, first text, status and provider,
    /// where that text alone decided.
    fn seen_alike(&mut self, case: &Case) -> Option<Arc<Judged>> {
        let code = case.facts.code?;
        self.write_key(
            b'L',
            case.status,
            case.provider,
            &[code.0, case.texts.first()?.0],
        );
        self.known.get(self.key.as_slice()).cloned()
    }

    fn remember_alike(&mut self, case: &Case, judged: &Arc<Judged>) {
        if let (Some(code), Some(text)) = (case.facts.code, case.texts.first()) {
            self.write_key(b'L', case.status, case.provider, &[code.0, text.0]);
            self.remember(judged);
        }
    }

    fn write_key(
        &mut self,
        tag: u8,
        status: Option<i16>,
        provider: Option<Provider>,
        parts: &[&[u8]],
    ) {
        self.key.clear();
        self.key.extend([tag, provider.map_or(0, |p| p as u8 + 1)]);
        self.key.extend(status.unwrap_or(i16::MIN).to_le_bytes());
        for part in parts {
            self.key.extend((part.len() as u32).to_le_bytes());
            self.key.extend_from_slice(part);
        }
    }

    /// Tries every text, and every code, until one fits the catalogue; else the best there is.
    fn best_account<'t>(&self, case: &'t Case) -> Account<'t, 'c> {
        let codes = self.codes(case);
        let first_code = codes.first().cloned();
        let mut best = self.account(case, first_code.clone(), None, case.status);
        for text in &case.texts {
            let text = text.text();
            let dug = unwrap::dig(&text);
            let status = case
                .status
                .or_else(|| dug.status.and_then(|s| i16::try_from(s).ok()));
            let message = dug.message.map(Cow::Owned).or(Some(text));
            let dug_code = dug.code.map(Cow::<str>::Owned);
            let outer = first_code.clone().or_else(|| dug_code.clone());
            for code in [outer].into_iter().chain(
                codes
                    .iter()
                    .skip(1)
                    .chain(&dug_code)
                    .map(|c| Some(c.clone())),
            ) {
                let account = self.account(case, code, message.clone(), status);
                if account.score > best.score {
                    best = account;
                }
            }
            if best.verdict.listed && best.message.is_some() {
                break;
            }
        }
        best
    }

    /// The error codes of a line, by precedence.
    fn codes<'t>(&self, case: &'t Case) -> Vec<Cow<'t, str>> {
        let mut codes = Vec::new();
        for hit in case
            .hits
            .iter()
            .filter(|hit| self.schema.role(hit) == Role::Code)
        {
            let mut one = Facts::default();
            code(hit.raw(case.line), &mut one);
            codes.extend(one.code.map(Raw::text));
        }
        codes
    }

    fn account<'t>(
        &self,
        case: &Case,
        code: Option<Cow<'t, str>>,
        message: Option<Cow<'t, str>>,
        status: Option<i16>,
    ) -> Account<'t, 'c> {
        let verdict = self.catalog.classify(&Evidence {
            provider: case.provider,
            code: code.as_deref(),
            message: message.as_deref(),
            status: status.map(i32::from),
        });
        // What decides between texts: a known message, then a known code, then any code.
        let known = verdict.cause.is_some_and(|cause| !cause.is_bare_status());
        let score = u32::from(verdict.listed && known && message.is_some()) * 8
            + u32::from(known) * 4
            + u32::from(code.is_some()) * 2
            + u32::from(message.is_some());
        Account {
            verdict,
            code,
            message,
            status,
            score,
        }
    }

    /// The shared judgement for an account.
    fn judged(&mut self, account: &Account, provider: Option<Provider>) -> Arc<Judged> {
        let code = account.code.as_deref().unwrap_or_default();
        let message = account.message.as_deref().unwrap_or_default();
        self.write_key(
            b'E',
            account.status,
            provider,
            &[code.as_bytes(), message.as_bytes()],
        );
        if let Some(judged) = self.known.get(self.key.as_slice()) {
            return Arc::clone(judged);
        }
        let unlisted = !account.verdict.listed && !message.is_empty();
        let judged = Arc::new(Judged {
            serial: self.next_serial,
            code: redact(&account.verdict.code).into(),
            spelling: redact(code).into(),
            status: account.status,
            kind: account.verdict.kind,
            row: account
                .verdict
                .cause
                .map(|cause| &*cause.id)
                .unwrap_or_default()
                .into(),
            unlisted: unlisted.then(|| template::mask(message).into()),
            message: (!message.is_empty()).then(|| sample(message)),
        });
        self.next_serial = self.next_serial.wrapping_add(1);
        self.remember(&judged);
        judged
    }

    /// Keeps a judgement under the key written last.
    fn remember(&mut self, judged: &Arc<Judged>) {
        if self.known.len() >= JUDGEMENTS {
            self.known.clear();
        }
        if self.key.len() <= JUDGEMENT_KEY_BYTES {
            self.known
                .insert(self.key.as_slice().into(), Arc::clone(judged));
        }
    }
}

impl Account<'_, '_> {
    /// Whether an error-level line proves to be a request line.
    fn names_an_error(&self, facts: &Facts) -> bool {
        self.status.is_some()
            || self.code.is_some()
            || facts.error_body
            || (self.verdict.listed && self.message.is_some())
    }

    fn is_failure(&self) -> bool {
        self.status.is_some_and(is_failure)
            || self.code.is_some()
            || (self.verdict.listed && self.message.is_some())
            || self.status.is_none()
    }

    /// Whether nothing but the first text and the first code went into the account.
    fn is_of_first_text(&self, case: &Case) -> bool {
        self.status == case.status
            && case
                .facts
                .code
                .is_some_and(|code| Some(code.text()) == self.code)
            && case
                .texts
                .first()
                .is_some_and(|text| Some(text.text()) == self.message)
    }
}

impl<'l> Case<'_, 'l> {
    /// The id to quote to support: the one in an error body, before the gateway's.
    fn request_id(&self) -> Option<Cow<'l, str>> {
        if let Some(id) = self.facts.body_id {
            return Some(id.text());
        }
        let wrapped = self
            .texts
            .iter()
            .filter(|text| mentions_id(text.0))
            .find_map(|text| unwrap::dig(&text.text()).request_id);
        wrapped
            .map(Cow::Owned)
            .or_else(|| self.facts.request_id.map(Raw::text))
    }
}

/// What is kept of a message: redacted before it is cut, so that no key survives in part.
fn sample(message: &str) -> Box<str> {
    let clean = redact(message);
    clean
        .get(..clean.floor_char_boundary(SAMPLE_BYTES))
        .unwrap_or_default()
        .into()
}

/// Whether a text may hold a request id: `request_id`, `requestId`, `Request ID` …
fn mentions_id(text: &[u8]) -> bool {
    memchr::memmem::find_iter(text, b"equest").any(|at| {
        let rest = text.get(at + 6..).unwrap_or_default();
        let rest = rest
            .strip_prefix(b"_")
            .or_else(|| rest.strip_prefix(b"-"))
            .or_else(|| rest.strip_prefix(b" "))
            .unwrap_or(rest);
        rest.get(..2)
            .is_some_and(|id| id.eq_ignore_ascii_case(b"id"))
    })
}

/// ≥ 400, or what SDKs write for a broken connection.
pub fn is_failure(status: i16) -> bool {
    !(100..400).contains(&status)
}
