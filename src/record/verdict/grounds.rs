//! What a judge looks at of one line, wherever its values were found.

use super::is_failure;
use crate::record::request_id::RequestId;
use crate::record::{Facts, Raw, Task};
use crate::scan::Hit;
use crate::scan::schema::{Role, Schema};
use std::ops::Range;

/// A raw JSON value, by where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The value.
    #[inline(always)]
    pub fn raw(self, text: &[u8]) -> &[u8] {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }
}

impl From<Range<u32>> for Span {
    #[inline(always)]
    fn from(Range { start, end }: Range<u32>) -> Self {
        Self { start, end }
    }
}

/// What decides beside codes, provider and texts.
#[derive(Clone, Copy, Debug)]
pub struct Signs {
    /// HTTP status, or an SDK's 0 or −1.
    pub status: Option<i16>,
    /// A status, a code or a task's state says that the call failed.
    pub failed_outright: bool,
    /// It is a request line whatever its texts say.
    pub request: bool,
    /// An error object with a message and a code or type, even if those are null.
    pub error_body: bool,
}

impl Signs {
    pub(super) fn of(facts: &Facts<'_>) -> Self {
        let coded = facts.code_as_status.map(|raw| raw.0);
        let status = Self::status(facts.status, coded);
        let failed_outright = status.is_some_and(is_failure)
            || facts.code.is_some()
            || facts.task == Some(Task::Failed);
        let request = failed_outright
            || status.is_some()
            || facts.task.is_some()
            || facts.api_event_keys == 2;
        Self {
            status,
            failed_outright,
            request,
            error_body: facts.error_body,
        }
    }

    /// How the call ended by its status and by one that stands where a code belongs, which
    /// counts where there is no other, or where it alone says that the call failed: many
    /// services answer 200 whatever happened.
    pub fn status(own: Option<i16>, coded: Option<&[u8]>) -> Option<i16> {
        let coded = coded.and_then(crate::record::status);
        let belies = own.is_some_and(|own| !is_failure(own)) && coded.is_some_and(is_failure);
        if belies { coded } else { own.or(coded) }
    }

    pub(super) fn flags(self) -> u8 {
        u8::from(self.failed_outright)
            | u8::from(self.request) << 1
            | u8::from(self.error_body) << 2
    }
}

/// The values of a line that judging takes, of each kind by precedence.
#[derive(Clone, Debug, Default)]
pub struct Spans {
    /// Error codes, also those that say nothing.
    pub codes: Vec<Span>,
    /// Messages and other texts: strings that are not empty.
    pub texts: Vec<Span>,
    /// Who answered.
    pub hosts: Vec<Span>,
}

impl Spans {
    /// Forgets the last line.
    #[inline(always)]
    pub fn clear(&mut self) {
        self.codes.clear();
        self.texts.clear();
        self.hosts.clear();
    }

    /// Takes the values out of a line's hits.
    pub(super) fn collect(&mut self, schema: &Schema, line: &[u8], hits: &[Hit]) {
        self.clear();
        for hit in hits {
            let span = Span::from(hit.start..hit.end);
            match schema.role(hit.path) {
                Role::Code => self.codes.push(span),
                Role::Message | Role::Text if Raw(hit.raw(line)).is_full_string() => {
                    self.texts.push(span);
                }
                Role::Host | Role::ApiEvent => self.hosts.push(span),
                _ => {}
            }
        }
    }
}

/// What a judge looks at.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'g> {
    /// What the spans are places in.
    pub text: &'g [u8],
    /// Codes, texts and hosts.
    pub spans: &'g Spans,
    /// The rest of what decides.
    pub signs: Signs,
    /// It is at error level. Need not be right where the call failed outright.
    pub error_level: bool,
    /// Its ids.
    pub ids: OwnIds<'g>,
}

/// The request ids that stand under keys of their own.
#[derive(Clone, Copy, Debug)]
pub struct OwnIds<'g> {
    /// Out of an error body.
    pub body: Option<Raw<'g>>,
    /// Any other.
    pub other: Option<Raw<'g>>,
}

/// The request ids of a line, which are read only where they count.
pub trait RequestIds {
    /// See [`OwnIds::body`].
    fn body(&self) -> Option<RequestId>;
    /// See [`OwnIds::other`].
    fn other(&self) -> Option<RequestId>;
}

impl RequestIds for OwnIds<'_> {
    fn body(&self) -> Option<RequestId> {
        self.body.map(RequestId::of_raw)
    }

    fn other(&self) -> Option<RequestId> {
        self.other.map(RequestId::of_raw)
    }
}

impl<'g> Grounds<'g> {
    /// The raw error codes.
    pub(super) fn codes(&self) -> impl Iterator<Item = &'g [u8]> + Clone + use<'g> {
        let text = self.text;
        self.spans.codes.iter().map(|span| span.raw(text))
    }

    /// One of the raw texts.
    #[inline]
    pub(super) fn text(&self, n: usize) -> Option<&'g [u8]> {
        self.spans.texts.get(n).map(|span| span.raw(self.text))
    }

    /// How many texts there are.
    #[inline]
    pub(super) fn texts(&self) -> usize {
        self.spans.texts.len()
    }
}
