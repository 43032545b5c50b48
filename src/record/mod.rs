//! Raw slices → what a line says about an API call.
//!
//! [`look`] reads the hits of one line into [`Facts`]: everything that a line
//! states outright, each value coerced once. [`crate::record::verdict`] then
//! decides what the line *is* (chatter, success, failure) and, for failures,
//! digs the error out of whatever wraps it.

pub mod ai_log;
pub mod brief;
pub mod call;
pub mod gist;
pub mod number;
pub mod request_id;
pub mod time;
pub mod unwrap;
mod uuid;
pub mod verdict;

use crate::limits::STATUS_MAX;
use crate::scan::schema::{Role, Schema};
use crate::scan::{Hit, PathId, text};
use crate::uuid_form;
use ai_log::Told;
use std::borrow::Cow;
use time::Clocks;

/// A JSON string or scalar as it stands in the line, not yet decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Raw<'l>(pub &'l [u8]);

impl<'l> Raw<'l> {
    /// The text of a string, or of a scalar as written.
    pub fn text(self) -> Cow<'l, str> {
        text::string(self.0).unwrap_or_else(|| String::from_utf8_lossy(self.0))
    }

    /// Whether this is a string, and not empty.
    fn is_full_string(self) -> bool {
        self.0.len() > 2 && self.0.starts_with(b"\"")
    }

    /// Whether this is a string (or as long as one) that holds a UUID.
    fn is_uuid(self) -> bool {
        let inner = self.0.get(1..self.0.len().saturating_sub(1));
        inner.is_some_and(uuid_form::is_uuid)
    }

    /// Whether this is a string or a number, and not empty.
    fn is_name(self) -> bool {
        self.is_full_string() || matches!(self.0.first(), Some(b'-' | b'0'..=b'9'))
    }
}

/// What one line states outright. Values that cannot be read are as if absent.
#[derive(Clone, Debug, Default)]
pub struct Facts<'l> {
    /// HTTP status, or an SDK's 0 or −1.
    pub status: Option<i16>,
    /// First error code that is no success mark.
    pub code: Option<Raw<'l>>,
    /// A status that stood where a code belongs (`"code": 429`).
    pub code_as_status: Option<Raw<'l>>,
    /// End state of an asynchronous task.
    pub task: Option<Task>,
    /// Severity error or worse.
    pub error_level: bool,
    /// When, in milliseconds since 1970 UTC.
    pub time_ms: Option<i64>,
    /// A time was given and could not be read.
    pub bad_time: bool,
    /// How long, in microseconds.
    pub latency_us: Option<u64>,
    /// Model name.
    pub model: Option<Raw<'l>>,
    /// Request id out of an error body.
    pub body_id: Option<Raw<'l>>,
    /// Any other request id.
    pub request_id: Option<Raw<'l>>,
    /// API key, workspace or tenant.
    pub key: Option<Raw<'l>>,
    /// Input tokens.
    pub tokens_in: Option<u64>,
    /// Output tokens.
    pub tokens_out: Option<u64>,
    /// An error object with a message and a code or type, even if those are null.
    pub error_body: bool,
    /// Keys of an API event log that names an error only where there was one (2 = both).
    pub api_event_keys: u8,
    /// Docker's `stream`.
    pub stream: Option<Raw<'l>>,
    /// The line holds many records.
    pub batch: bool,
    /// Index of the first [`Role::Message`] or later hit in the line's hits.
    pub texts_from: usize,
}

/// End state of an asynchronous task (DashScope API reference, "query task").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// SUCCEEDED.
    Succeeded,
    /// FAILED, CANCELED or UNKNOWN.
    Failed,
}

/// Reads the hits of one line. `hits` are ascending by path, hence by role and
/// within a role by precedence: of each role the first usable value stands.
pub fn look<'l>(schema: &Schema, clocks: &mut Clocks, line: &'l [u8], hits: &[Hit]) -> Facts<'l> {
    let mut facts = Facts {
        texts_from: hits.len(),
        ..Facts::default()
    };
    let (mut error_code_key, mut has_nanos) = (false, false);
    for (index, hit) in hits.iter().enumerate() {
        let raw = hit.raw(line);
        let role = schema.role(hit.path);
        match role {
            Role::Status => set(&mut facts.status, || status(raw)),
            Role::Code => {
                error_code_key |= schema.in_error_object(hit.path);
                code(raw, &mut facts);
            }
            Role::TaskState => set(&mut facts.task, || task(raw)),
            Role::Level => facts.error_level |= is_error_level(raw),
            Role::Time => {
                if facts.time_ms.is_none() {
                    let there = line.get(hit.start as usize + 1..);
                    facts.time_ms = clocks.parse(raw, there.and_then(<[u8]>::first_chunk));
                    facts.bad_time |= facts.time_ms.is_none() && raw != b"null" && raw != b"\"\"";
                    has_nanos = facts.time_ms.is_some() && schema.has_nanos(hit.path);
                }
            }
            Role::TimeNanos => {
                if let Some(time_ms) = &mut facts.time_ms
                    && has_nanos
                {
                    *time_ms += number::millis_of_nanos(raw);
                    has_nanos = false; // the first counts
                }
            }
            Role::Latency => {
                set(&mut facts.latency_us, || {
                    number::latency_us(raw, schema.unit_nanos(hit.path))
                });
            }
            Role::Model => set(&mut facts.model, || name(raw)),
            Role::BodyId => set(&mut facts.body_id, || body_id(raw, schema, hit)),
            Role::RequestId => set(&mut facts.request_id, || name(raw)),
            Role::Key => set(&mut facts.key, || name(raw)),
            Role::TokensIn => set(&mut facts.tokens_in, || number::count(raw)),
            Role::TokensOut => set(&mut facts.tokens_out, || number::count(raw)),
            Role::AiLog => {
                let told = Told::of(raw);
                facts.model = facts.model.or(told.model);
                facts.tokens_in = facts.tokens_in.or(told.tokens_in);
                facts.tokens_out = facts.tokens_out.or(told.tokens_out);
            }
            Role::Attempt | Role::Trace => {}
            Role::Message => {
                facts.texts_from = facts.texts_from.min(index);
                facts.error_body |=
                    error_code_key && schema.in_error_object(hit.path) && Raw(raw).is_full_string();
            }
            Role::Text | Role::Host => facts.texts_from = facts.texts_from.min(index),
            Role::ApiEvent => facts.api_event_keys += u8::from(Raw(raw).is_full_string()),
            Role::Stream => facts.stream = Some(Raw(raw)),
            Role::Batch => facts.batch |= raw.starts_with(b"["),
        }
    }
    facts
}

fn set<T>(slot: &mut Option<T>, value: impl FnOnce() -> Option<T>) {
    if slot.is_none() {
        *slot = value();
    }
}

/// A string or number that is not empty.
pub(crate) fn name(raw: &[u8]) -> Option<Raw<'_>> {
    Raw(raw).is_name().then_some(Raw(raw))
}

#[inline(always)]
fn status(raw: &[u8]) -> Option<i16> {
    if let [a, b, c] = *raw
        && let Some(status) = short_status(&[a, b, c, 0])
    {
        return Some(status);
    }
    any_status(raw)
}

/// A status in the first three bytes.
#[inline(always)]
fn short_status(text: &[u8; 4]) -> Option<i16> {
    let [a, b, c, _] = text.map(|byte| byte.wrapping_sub(b'0'));
    let valid = (a.wrapping_sub(1) < 9) & (b < 10) & (c < 10);
    valid.then_some(i16::from(a) * 100 + i16::from(b) * 10 + i16::from(c))
}

#[inline(never)]
fn any_status(raw: &[u8]) -> Option<i16> {
    let value = number::decimal(raw)?.integer()?;
    (value.abs() <= STATUS_MAX).then_some(value as i16)
}

/// Takes a code, passing over success marks and numbers that are HTTP statuses.
fn code<'l>(raw: &'l [u8], facts: &mut Facts<'l>) {
    if facts.code.is_some() {
        return;
    }
    match coded(raw) {
        Coded::Nothing => {}
        Coded::Status => {
            facts.code_as_status.get_or_insert(Raw(raw));
        }
        Coded::Code => facts.code = Some(Raw(raw)),
    }
}

/// What stands where a code belongs.
enum Coded {
    /// A success mark, or no name at all.
    Nothing,
    /// The number of an HTTP status.
    Status,
    /// A code.
    Code,
}

#[inline]
fn coded(raw: &[u8]) -> Coded {
    // Longer than all marks and numbers of statuses, and nothing to trim.
    if let [b'"', first, .., last, b'"'] = raw
        && raw.len() > LONGEST_MARK_BYTES + 2
        && !first.is_ascii_whitespace()
        && !last.is_ascii_whitespace()
    {
        return Coded::Code;
    }
    any_coded(raw)
}

/// Of the words that [`is_success_mark`] knows.
const LONGEST_MARK_BYTES: usize = 7;

fn any_coded(raw: &[u8]) -> Coded {
    if !Raw(raw).is_name() {
        return Coded::Nothing;
    }
    let written = raw
        .strip_prefix(b"\"")
        .and_then(|r| r.strip_suffix(b"\""))
        .unwrap_or(raw);
    let written = written.trim_ascii();
    if written.is_empty() || is_success_mark(written) {
        return Coded::Nothing;
    }
    let is_status = written.len() == 3 && matches!(status(written), Some(100..=599));
    if is_status {
        Coded::Status
    } else {
        Coded::Code
    }
}

/// Words that say there was no error, where a code belongs.
pub fn is_success_mark(code: &[u8]) -> bool {
    [b"0".as_slice(), b"200", b"ok", b"success"]
        .iter()
        .any(|m| code.eq_ignore_ascii_case(m))
}

fn task(raw: &[u8]) -> Option<Task> {
    let is = |state: &[u8]| {
        raw.strip_prefix(b"\"")
            .and_then(|r| r.strip_suffix(b"\""))
            .is_some_and(|r| r.eq_ignore_ascii_case(state))
    };
    if is(b"SUCCEEDED") {
        Some(Task::Succeeded)
    } else if is(b"FAILED") || is(b"CANCELED") || is(b"UNKNOWN") {
        Some(Task::Failed)
    } else {
        None
    }
}

/// error, fatal, critical; pino's numbers from 50.
#[inline(always)]
fn is_error_level(raw: &[u8]) -> bool {
    match raw {
        // Most plainly are none.
        [b'0'..=b'4', _] => false,
        [b'"', letter, ..] if letter.is_ascii_alphabetic() => {
            matches!(letter | 0x20, b'e' | b'f' | b'c') && is_high_level(raw)
        }
        _ => is_high_level(raw),
    }
}

#[inline(never)]
fn is_high_level(raw: &[u8]) -> bool {
    match raw.strip_prefix(b"\"").and_then(|r| r.strip_suffix(b"\"")) {
        Some(word) => {
            [b"error".as_slice(), b"fatal", b"critical"]
                .iter()
                .any(|l| word.eq_ignore_ascii_case(l))
                || number::count(word).is_some_and(|level| level >= 50)
        }
        None => number::count(raw).is_some_and(|level| level >= 50),
    }
}

/// An id out of a body.
pub(crate) fn body_id<'l>(raw: &'l [u8], schema: &Schema, hit: &Hit) -> Option<Raw<'l>> {
    IdForm::of(schema, hit.path).id(raw)
}

/// Which values of a path in a body are request ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IdForm {
    /// Any.
    Any,
    /// UUIDs: one-api puts `DashScope`'s request id into `error.param`.
    Uuid,
    /// UUIDs behind a word: an answer's `id` is its request's, with `chatcmpl-` before it.
    /// Bare ones are anybody's.
    Behind,
}

impl IdForm {
    fn of(schema: &Schema, path: PathId) -> Self {
        let path = schema.spec(path).filter(|spec| !spec.by_user);
        match path.and_then(|spec| spec.path.rsplit('.').next()) {
            Some("param") => Self::Uuid,
            Some("id") => Self::Behind,
            _ => Self::Any,
        }
    }

    /// The id in a raw value.
    fn id(self, raw: &[u8]) -> Option<Raw<'_>> {
        match self {
            Self::Any => name(raw),
            Self::Uuid => name(raw).filter(|id| id.is_uuid()),
            Self::Behind => {
                let text = raw.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
                let (before, id) = uuid_form::at_end(text)?;
                before.ends_with(b"-").then_some(Raw(id))
            }
        }
    }
}

#[cfg(test)]
mod tests;
