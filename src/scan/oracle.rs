//! The slow, obvious engine that the fast ones are held to.
//!
//! `serde_json` parses the line (strictly: syntax, escapes, numbers, nothing after
//! the object), keeping every member as raw text; wanted objects are parsed
//! again one level down. Two rules are ours, because `serde_json` has no single
//! answer: bytes that are not UTF-8 are allowed inside strings and nowhere else,
//! and of repeated keys the last wins.

use super::schema::Schema;
use super::trie::{NodeId, ROOT};
use super::{Hit, Hits, text};
use crate::fault::Fault;
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Fills `hits` with the wanted values of one line.
///
/// # Errors
/// The fault that makes the line malformed.
pub fn parse(line: &[u8], schema: &Schema, hits: &mut Hits) -> Result<(), Fault> {
    hits.clear();
    let json = as_utf8(line);
    let members = match members_of(&json) {
        Some(members) => members,
        None if serde_json::from_str::<IgnoredAny>(&json).is_ok() => return Err(Fault::NotObject),
        None => return Err(Fault::BadJson),
    };
    let mut found = Vec::new();
    let source = Source { line, json: &json };
    source.collect(members, ROOT, schema, &mut found, &mut hits.repeated);
    // One path, two spellings ("a.b" and "a":{"b"}): the later stands.
    found.sort_by_key(|hit| (hit.path, hit.start));
    for hit in found {
        match hits.list.last_mut() {
            Some(last) if last.path == hit.path => {
                *last = hit;
                hits.repeated += 1;
            }
            _ => hits.list.push(hit),
        }
    }
    Ok(())
}

/// The line with each byte that is not UTF-8 replaced by one `?`, so that offsets
/// stay: harmless in a string, and as wrong as before outside.
fn as_utf8(line: &[u8]) -> Cow<'_, str> {
    if let Ok(json) = std::str::from_utf8(line) {
        return Cow::Borrowed(json);
    }
    let mut json = String::with_capacity(line.len());
    for chunk in line.utf8_chunks() {
        json.push_str(chunk.valid());
        json.extend(chunk.invalid().iter().map(|_| '?'));
    }
    Cow::Owned(json)
}

type Member<'j> = (&'j RawValue, &'j RawValue);

/// The members of an object that is the whole of `json`.
fn members_of(json: &str) -> Option<Vec<Member<'_>>> {
    struct Members;
    impl<'de> Visitor<'de> for Members {
        type Value = Vec<Member<'de>>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = map.next_entry()? {
                members.push(member);
            }
            Ok(members)
        }
    }
    let mut json = serde_json::Deserializer::from_str(json);
    let members = json.deserialize_map(Members).ok()?;
    json.end().ok()?;
    Some(members)
}

/// The line as it was and as `serde_json` reads it; offsets are the same in both.
struct Source<'l> {
    line: &'l [u8],
    json: &'l str,
}

impl Source<'_> {
    /// Where a part of `json` stands: `RawValue` borrows, so a difference of addresses.
    fn range(&self, part: &str) -> std::ops::Range<usize> {
        let start = part.as_ptr().addr() - self.json.as_ptr().addr();
        start..start + part.len()
    }

    /// A key's bytes without quotes and escapes.
    fn key(&self, raw: &RawValue) -> Vec<u8> {
        let quoted = self.line.get(self.range(raw.get())).unwrap_or_default();
        let mut key = Vec::new();
        text::unescape(
            quoted.get(1..quoted.len() - 1).unwrap_or_default(),
            &mut key,
        );
        key
    }

    /// Adds the hits of an object's wanted members, the last of each key.
    fn collect(
        &self,
        members: Vec<Member<'_>>,
        at: NodeId,
        schema: &Schema,
        found: &mut Vec<Hit>,
        repeated: &mut u32,
    ) {
        let mut wanted: Vec<(NodeId, &str)> = Vec::new();
        for (key, value) in members {
            if let Some(node) = schema.trie.child(at, &self.key(key)) {
                let before = wanted.len();
                wanted.retain(|(other, _)| *other != node);
                *repeated += (before - wanted.len()) as u32;
                wanted.push((node, value.get()));
            }
        }
        for (node, value) in wanted {
            let what = schema.trie.node(node);
            if value.starts_with('{') {
                if what.has_children
                    && let Some(members) = members_of(value)
                {
                    self.collect(members, node, schema, found, repeated);
                }
            } else if let Some(path) = what.path {
                let range = self.range(value);
                found.push(Hit {
                    path,
                    start: range.start as u32,
                    end: range.end as u32,
                });
            }
        }
    }
}
