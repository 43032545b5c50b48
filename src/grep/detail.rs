//! What is told of a wanted record: its ids and traces, and how its call ended.

use super::ids;
use crate::limits::MAX_ID_BYTES;
use crate::pipeline::sink::Record;
use crate::record::verdict::{Judged, Line};
use crate::record::{Raw, name};
use crate::scan::Hit;
use crate::scan::schema::{Role, Schema};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A wanted record.
#[derive(Clone, Debug, Default)]
pub(super) struct Detail {
    /// When, in ms since 1970 UTC.
    pub(super) time_ms: Option<i64>,
    /// Its request ids.
    pub(super) ids: Vec<String>,
    /// What names its trace or logical request.
    pub(super) traces: Vec<String>,
    /// How its call ended, if it is a request line and was judged.
    pub(super) call: Option<Call>,
}

/// How a call ended.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) status: Option<i16>,
    /// `None` for a success.
    pub(super) failure: Option<Arc<Judged>>,
    /// The id to quote: the provider's, else the gateway's.
    pub(super) request_id: Option<String>,
    pub(super) model: Option<String>,
    pub(super) latency_us: Option<u64>,
    /// Host, or URL.
    pub(super) endpoint: Option<String>,
    /// Which attempt, as logged.
    pub(super) attempt: Option<String>,
}

impl Detail {
    pub(super) fn of(schema: &Schema, record: &Record<'_>) -> Self {
        let hits = record.hits.list.as_slice();
        let mut detail = Self {
            time_ms: record.facts.time_ms,
            ..Self::default()
        };
        ids::of_record(schema, record.json, hits, |id| detail.add_id(id));
        traces(schema, record.json, hits, |trace| {
            if !detail.traces.iter().any(|known| known == trace) {
                detail.traces.push(trace.to_owned());
            }
        });
        detail
    }

    pub(super) fn add_id(&mut self, id: &str) {
        if !self.ids.iter().any(|known| known == id) {
            self.ids.push(id.to_owned());
        }
    }
}

impl Call {
    /// `None` where the record is no request line.
    pub(super) fn of(schema: &Schema, record: &Record<'_>, line: &Line<'_>) -> Option<Self> {
        let facts = &record.facts;
        let (status, failure, request_id) = match line {
            Line::Other { .. } => return None,
            Line::Success { status } => {
                let id = facts
                    .body_id
                    .or(facts.request_id)
                    .map(|id| id.text().into_owned());
                (*status, None, id)
            }
            Line::Failure(failure) => (
                failure.judged.status,
                Some(Arc::clone(failure.judged)),
                failure.request_id.as_ref().map(|id| id.text().into_owned()),
            ),
        };
        let first = |role: Role| {
            let hit = record.hits.list.iter().find(|hit| {
                schema.role(hit.path) == role && name(hit.raw(record.json)).is_some()
            })?;
            Some(Raw(hit.raw(record.json)).text().into_owned())
        };
        Some(Self {
            status,
            failure,
            request_id,
            model: facts.model.map(|model| model.text().into_owned()),
            latency_us: facts.latency_us,
            endpoint: first(Role::Host),
            attempt: first(Role::Attempt),
        })
    }
}

/// Traces whose records are wanted.
#[derive(Clone, Debug, Default)]
pub(super) struct Traces(pub(super) BTreeSet<String>);

impl Traces {
    /// Whether a record belongs to one of them.
    pub(super) fn has(&self, schema: &Schema, json: &[u8], hits: &[Hit]) -> bool {
        let mut has = false;
        traces(schema, json, hits, |trace| has |= self.0.contains(trace));
        has
    }
}

/// Tells what names the trace or the logical request of a record.
fn traces(schema: &Schema, json: &[u8], hits: &[Hit], mut tell: impl FnMut(&str)) {
    for hit in hits
        .iter()
        .filter(|hit| schema.role(hit.path) == Role::Trace)
    {
        let raw = hit.raw(json);
        if raw.len() > MAX_ID_BYTES {
            continue;
        }
        let Some(text) = name(raw).map(Raw::text) else {
            continue;
        };
        let text = trace_of(&text);
        if is_telling(text) {
            tell(text);
        }
    }
}

/// The trace in a W3C `traceparent` (`00-TRACE-SPAN-FLAGS`); others are it themselves.
fn trace_of(text: &str) -> &str {
    let mut parts = text.split('-');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(version), Some(trace), Some(span), Some(_))
            if (version.len(), trace.len(), span.len()) == (2, 32, 16) =>
        {
            trace
        }
        _ => text,
    }
}

/// Whether a value tells one request from another: placeholders and zeros do not.
fn is_telling(text: &str) -> bool {
    text.len() >= 6
        && text.bytes().any(|byte| !matches!(byte, b'0' | b'-'))
        && !["unknown", "undefined"]
            .iter()
            .any(|void| text.eq_ignore_ascii_case(void))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traceparents_hold_a_trace() {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(trace_of(parent), "4bf92f3577b34da6a3ce929d0e0e4736");
        let uuid = "5aa3c9e3-0c3b-9c0b-8a4c-1f2e3d4c5b6a";
        assert_eq!(trace_of(uuid), uuid);
        assert!(is_telling(uuid) && !is_telling("00000000-0000") && !is_telling("-"));
    }
}
