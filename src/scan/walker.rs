//! A strict walk over one line, token by token, that picks up wanted values.
//!
//! Follows RFC 8259 to the byte: structure, strings, escapes, numbers, nothing
//! after the object. What it cannot vouch for it defers: control bytes, escaped
//! keys where something is wanted, repeated wanted keys, great depth, and
//! whatever looks malformed (the oracle names the fault).

use super::schema::Schema;
use super::trie::{NodeId, ROOT};
use super::{Hit, Hits, PathId, Scan};
use crate::limits::MAX_SCAN_DEPTH;

/// Reusable memory of a walk. One per worker.
pub struct Walker {
    open: Vec<Frame>,
    /// The walk in which a trie node, or a path, was last seen.
    node_seen: Vec<u32>,
    path_seen: Vec<u32>,
    walk: u32,
}

/// A bracket that is open, and what is wanted inside.
#[derive(Clone, Copy)]
struct Frame {
    object: bool,
    node: Option<NodeId>,
}

/// Why a walk stopped early; always answered with [`Scan::Defer`].
struct Stop;

impl Walker {
    /// For lines of this schema.
    pub fn new(schema: &Schema) -> Self {
        Self {
            open: Vec::with_capacity(MAX_SCAN_DEPTH),
            node_seen: vec![0; schema.trie.len()],
            path_seen: vec![0; schema.paths().len()],
            walk: 0,
        }
    }

    /// Walks one line (without its `\n`); fills `hits` if the verdict is [`Scan::Fields`].
    pub fn scan(&mut self, line: &[u8], schema: &Schema, hits: &mut Hits) -> Scan {
        hits.clear();
        if has_control(line) || u32::try_from(line.len()).is_err() {
            return Scan::Defer;
        }
        self.walk = match self.walk.checked_add(1) {
            Some(walk) => walk,
            None => {
                self.node_seen.fill(0);
                self.path_seen.fill(0);
                1
            }
        };
        match self.object(line, schema, hits) {
            Ok(()) => {
                hits.list.sort_unstable_by_key(|hit| hit.path);
                Scan::Fields
            }
            Err(Stop) => Scan::Defer,
        }
    }

    fn object(&mut self, line: &[u8], schema: &Schema, hits: &mut Hits) -> Result<(), Stop> {
        let mut at = spaces(line, 0);
        if line.get(at) != Some(&b'{') {
            return Err(Stop);
        }
        self.open.clear();
        self.open.push(Frame {
            object: true,
            node: Some(ROOT),
        });
        at = spaces(line, at + 1);
        let mut first = true; // nothing yet in the innermost bracket
        while let Some(&frame) = self.open.last() {
            let close = if frame.object { b'}' } else { b']' };
            let mut next = *line.get(at).ok_or(Stop)?;
            if next == close {
                self.open.pop();
                at = spaces(line, at + 1);
                first = false;
                continue;
            }
            if !first {
                if next != b',' {
                    return Err(Stop);
                }
                at = spaces(line, at + 1);
                next = *line.get(at).ok_or(Stop)?;
            }
            let mut node = None;
            if frame.object {
                let end = string(line, at)?;
                if let Some(parent) = frame.node {
                    node = self.wanted(line.get(at + 1..end - 1).ok_or(Stop)?, parent, schema)?;
                }
                at = spaces(line, end);
                if line.get(at) != Some(&b':') {
                    return Err(Stop);
                }
                at = spaces(line, at + 1);
                next = *line.get(at).ok_or(Stop)?;
            }
            first = matches!(next, b'{' | b'[');
            if first {
                let object = next == b'{';
                if self.open.len() == MAX_SCAN_DEPTH {
                    return Err(Stop);
                }
                if !object && node.is_some_and(|node| schema.trie.node(node).path.is_some()) {
                    return Err(Stop); // a wanted array: rare, and its end is not known yet
                }
                let below = node.filter(|node| object && schema.trie.node(*node).has_children);
                self.open.push(Frame {
                    object,
                    node: below,
                });
                at = spaces(line, at + 1);
            } else {
                let end = scalar(line, at, next)?;
                if let Some(path) = node.and_then(|node| schema.trie.node(node).path) {
                    self.take(path, at, end, hits)?;
                }
                at = spaces(line, end);
            }
        }
        if at == line.len() { Ok(()) } else { Err(Stop) }
    }

    /// The node of a key, if anything is wanted there.
    fn wanted(
        &mut self,
        key: &[u8],
        parent: NodeId,
        schema: &Schema,
    ) -> Result<Option<NodeId>, Stop> {
        if memchr::memchr(b'\\', key).is_some() {
            return Err(Stop); // may spell a wanted key
        }
        let Some(node) = schema.trie.child(parent, key) else {
            return Ok(None);
        };
        first_time(&mut self.node_seen, usize::from(node), self.walk)?;
        Ok(Some(node))
    }

    fn take(
        &mut self,
        path: PathId,
        start: usize,
        end: usize,
        hits: &mut Hits,
    ) -> Result<(), Stop> {
        first_time(&mut self.path_seen, usize::from(path), self.walk)?;
        hits.list.push(Hit {
            path,
            start: start as u32,
            end: end as u32,
        });
        Ok(())
    }
}

/// Notes a visit; a second one in the same walk is a repeated key.
fn first_time(seen: &mut [u32], index: usize, walk: u32) -> Result<(), Stop> {
    match seen.get_mut(index) {
        Some(last) if *last != walk => {
            *last = walk;
            Ok(())
        }
        _ => Err(Stop),
    }
}

/// Any byte below 0x20, a final `\r` aside. One pass that the compiler vectorises.
fn has_control(line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    line.iter()
        .fold(false, |found, byte| found | (*byte < 0x20))
}

fn spaces(line: &[u8], mut at: usize) -> usize {
    while matches!(line.get(at), Some(b' ' | b'\r')) {
        at += 1;
    }
    at
}

/// One past the end of the string that starts at `at`. Control bytes are excluded before.
fn string(line: &[u8], at: usize) -> Result<usize, Stop> {
    if line.get(at) != Some(&b'"') {
        return Err(Stop);
    }
    let mut at = at + 1;
    loop {
        let rest = line.get(at..).ok_or(Stop)?;
        at += memchr::memchr2(b'"', b'\\', rest).ok_or(Stop)?;
        if line.get(at) == Some(&b'"') {
            return Ok(at + 1);
        }
        at += match line.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u')
                if line
                    .get(at + 2..at + 6)
                    .is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit)) =>
            {
                6
            }
            _ => return Err(Stop),
        };
    }
}

/// One past the end of the scalar that starts at `at` with `first`.
fn scalar(line: &[u8], at: usize, first: u8) -> Result<usize, Stop> {
    let literal = |word: &[u8]| {
        if line.get(at..at + word.len()) == Some(word) {
            Ok(at + word.len())
        } else {
            Err(Stop)
        }
    };
    match first {
        b'"' => string(line, at),
        b't' => literal(b"true"),
        b'f' => literal(b"false"),
        b'n' => literal(b"null"),
        _ => number(line, at),
    }
}

/// One past the end of the number at `at`: `-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?`.
fn number(line: &[u8], mut at: usize) -> Result<usize, Stop> {
    let digits = |mut at: usize| {
        let start = at;
        while line.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        if at > start { Ok(at) } else { Err(Stop) }
    };
    if line.get(at) == Some(&b'-') {
        at += 1;
    }
    at = if line.get(at) == Some(&b'0') {
        at + 1
    } else {
        digits(at)?
    };
    if line.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if matches!(line.get(at), Some(b'e' | b'E')) {
        at += 1;
        if matches!(line.get(at), Some(b'+' | b'-')) {
            at += 1;
        }
        at = digits(at)?;
    }
    Ok(at)
}
