//! Which request ids a line has: the one definition that searching and indexing share.
//!
//! * Of a record: the values of all request-id fields ([`Role::BodyId`],
//!   [`Role::RequestId`]), and every id that one of its texts calls a request's (an
//!   error body in a string, a Python repr, `request_id=…` in prose).
//! * Of a line that is no record (plain text, torn, malformed): the ids that the line
//!   calls a request's, read as text.

use crate::limits::MAX_ID_BYTES;
use crate::record::{Raw, body_id, name, unwrap};
use crate::scan::Hit;
use crate::scan::schema::{Role, Schema};
use aho_corasick::AhoCorasick;
use std::sync::OnceLock;

/// Tells every request id of a record, decoded; one may be told more than once.
/// `json` and `hits` are the record, free of envelopes.
pub fn of_record(schema: &Schema, json: &[u8], hits: &[Hit], mut tell: impl FnMut(&str)) {
    for hit in hits {
        let raw = hit.raw(json);
        match schema.role(hit.path) {
            Role::BodyId if raw.len() <= MAX_ID_BYTES => {
                if let Some(id) = body_id(raw, schema, hit) {
                    tell(&id.text());
                }
            }
            Role::RequestId if raw.len() <= MAX_ID_BYTES => {
                if let Some(id) = name(raw) {
                    tell(&id.text());
                }
            }
            Role::Message | Role::Text if raw.starts_with(b"\"") && may_name_ids(raw) => {
                unwrap::request_ids(&Raw(raw).text(), &mut tell);
            }
            _ => {}
        }
    }
}

/// Tells every request id of a line that is no record.
pub fn of_text(line: &[u8], mut tell: impl FnMut(&str)) {
    if may_name_ids(line) {
        unwrap::request_ids(&String::from_utf8_lossy(line), &mut tell);
    }
}

/// Whether a text is worth being read for ids. Part of the definition: a text without
/// any of these words has no id.
fn may_name_ids(text: &[u8]) -> bool {
    static WORDS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build([
                "req", "请求", "param", "\"id", "'id", "taskid", "task_id", "task-id", "\\u", "\\x",
            ])
            .ok()
    });
    words.as_ref().is_none_or(|words| words.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::Hits;
    use crate::scan::oracle;

    fn ids(json: &str) -> Vec<String> {
        let schema = Schema::new(&[]).unwrap();
        let mut hits = Hits::default();
        oracle::parse(json.as_bytes(), &schema, &mut hits).unwrap();
        let mut ids = Vec::new();
        of_record(&schema, json.as_bytes(), &hits.list, |id| {
            ids.push(id.to_owned());
        });
        ids.sort();
        ids.dedup();
        ids
    }

    #[test]
    fn every_field_and_every_text_counts() {
        for (json, wanted) in [
            (r#"{"request_id":"a-1","status":200}"#, vec!["a-1"]),
            (
                r#"{"request_id":"a-1","error":{"request_id":"b-2"}}"#,
                vec!["a-1", "b-2"],
            ),
            (r#"{"requestId":"\u0061-1"}"#, vec!["a-1"]),
            (r#"{"request_id":1234567}"#, vec!["1234567"]),
            (r#"{"request_id":"","reqId":null}"#, vec![]),
            (
                r#"{"msg":"Error code: 429 - {'error': {'message': 'x'}, 'request_id': '5aa3c9e3-0c3b-9c0b-8a4c-1f2e3d4c5b6a'}"}"#,
                vec!["5aa3c9e3-0c3b-9c0b-8a4c-1f2e3d4c5b6a"],
            ),
            (
                r#"{"message":"retrying request_id=first-1 after request_id=second-2"}"#,
                vec!["first-1", "second-2"],
            ),
            (
                r#"{"error":"{\"request_id\":\"in-body-1\",\"code\":\"X\"}"}"#,
                vec!["in-body-1"],
            ),
            (r#"{"note":"request_id=not-1-a-known-text"}"#, vec![]),
            (r#"{"message":"all is well"}"#, vec![]),
        ] {
            assert_eq!(ids(json), wanted, "{json}");
        }
    }

    #[test]
    fn plain_text_has_ids_too() {
        let mut ids = Vec::new();
        of_text(b"[ERROR] call failed (request id: abc-12345) \xff", |id| {
            ids.push(id.to_owned());
        });
        ids.dedup();
        assert_eq!(ids, ["abc-12345"]);
    }
}
