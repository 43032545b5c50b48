//! A strict walk over one line, token by token, that picks up wanted values.
//!
//! Follows RFC 8259 to the byte: structure, strings, escapes, numbers, nothing
//! after the object. What it cannot vouch for it defers: escaped keys where
//! something is wanted, repeated wanted keys, great depth, and whatever looks
//! malformed (the oracle names the fault).
//!
//! It is the last resort of the fast path and its teacher: a [`Trace`] hears of
//! every value, and [`super::learn`] makes of that what later lines are matched with.

use super::index::Line;
use super::number::scalar_end;
use super::schema::Schema;
use super::seen::Seen;
use super::text::escape_len;
use super::trie::{NodeId, ROOT};
use super::{Hit, Hits, PathId, Scan};
use crate::limits::MAX_SCAN_DEPTH;

/// Reusable memory of a walk. One per worker.
pub(super) struct Walker {
    open: Vec<Frame>,
    nodes: Seen,
    paths: Seen,
}

/// A bracket that is open, and what is wanted inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Frame {
    /// `{` or `[`.
    pub object: bool,
    /// The place in the tree of wanted keys, if anything in it is wanted.
    pub node: Option<NodeId>,
}

/// Hears of what a walk passes.
pub(super) trait Trace {
    /// A wanted key.
    fn key(&mut self, node: NodeId);
    /// A scalar, and the brackets around it. Of strings the content, without the quotes.
    fn value(&mut self, at: Value, path: Option<PathId>, open: &[Frame]);
    /// A wanted array, which is a value and holds values.
    fn array(&mut self);
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub start: usize,
    pub end: usize,
    pub string: bool,
}

/// For walks that nobody learns from.
pub(super) struct NoTrace;

impl Trace for NoTrace {
    fn key(&mut self, _: NodeId) {}
    fn value(&mut self, _: Value, _: Option<PathId>, _: &[Frame]) {}
    fn array(&mut self) {}
}

/// Why a walk stopped early; always answered with [`Scan::Defer`].
struct Stop;

impl Walker {
    /// Has seen nothing yet.
    pub fn new() -> Self {
        Self {
            open: Vec::with_capacity(MAX_SCAN_DEPTH),
            nodes: Seen::default(),
            paths: Seen::default(),
        }
    }

    /// Walks one line; fills `hits` if the verdict is [`Scan::Fields`].
    pub fn scan(
        &mut self,
        line: &Line<'_>,
        schema: &Schema,
        hits: &mut Hits,
        trace: &mut impl Trace,
    ) -> Scan {
        hits.clear();
        self.nodes.next_line();
        self.paths.next_line();
        let walked = if line.is_odd() {
            self.object(&Careful(line), schema, hits, trace)
        } else {
            self.object(&Indexed(line), schema, hits, trace)
        };
        match walked {
            Ok(()) => {
                hits.list.sort_unstable_by_key(|hit| hit.path);
                Scan::Fields
            }
            Err(Stop) => Scan::Defer,
        }
    }

    fn object<S: Strings>(
        &mut self,
        line: &S,
        schema: &Schema,
        hits: &mut Hits,
        trace: &mut impl Trace,
    ) -> Result<(), Stop> {
        let (text, origin) = (line.text(), line.start());
        let mut at = spaces(text, origin);
        if text.get(at) != Some(&b'{') {
            return Err(Stop);
        }
        self.open.clear();
        self.open.push(Frame {
            object: true,
            node: Some(ROOT),
        });
        at = spaces(text, at + 1);
        let mut first = true; // nothing yet in the innermost bracket
        let mut array: Option<(PathId, usize, usize)> = None; // the wanted array we are in: start, depth
        while let Some(&frame) = self.open.last() {
            let close = if frame.object { b'}' } else { b']' };
            let mut next = *text.get(at).ok_or(Stop)?;
            if next == close {
                self.open.pop();
                at += 1;
                if let Some((path, start, _)) =
                    array.take_if(|(_, _, depth)| *depth == self.open.len())
                {
                    self.take(path, start - origin, at - origin, hits)?;
                }
                at = spaces(text, at);
                first = false;
                continue;
            }
            if !first {
                if next != b',' {
                    return Err(Stop);
                }
                at = spaces(text, at + 1);
                next = *text.get(at).ok_or(Stop)?;
            }
            let mut node = None;
            if frame.object {
                if next != b'"' {
                    return Err(Stop);
                }
                let end = line.string_end(at)?;
                if let Some(parent) = frame.node {
                    let key = text.get(at + 1..end - 1).ok_or(Stop)?;
                    if memchr::memchr(b'\\', key).is_some() {
                        return Err(Stop); // may spell a wanted key
                    }
                    node = schema.trie.child(parent, key);
                    if let Some(node) = node {
                        first_time(&mut self.nodes, usize::from(node))?;
                        trace.key(node);
                    }
                }
                at = spaces(text, end);
                if text.get(at) != Some(&b':') {
                    return Err(Stop);
                }
                at = spaces(text, at + 1);
                next = *text.get(at).ok_or(Stop)?;
            }
            first = matches!(next, b'{' | b'[');
            let path = node.and_then(|node| schema.trie.node(node).path);
            if first {
                let object = next == b'{';
                if self.open.len() == MAX_SCAN_DEPTH {
                    return Err(Stop);
                }
                if let (false, Some(path)) = (object, path) {
                    array = Some((path, at, self.open.len()));
                    trace.array();
                }
                let below = node.filter(|node| object && schema.trie.node(*node).has_children);
                self.open.push(Frame {
                    object,
                    node: below,
                });
                at = spaces(text, at + 1);
            } else {
                let string = next == b'"';
                let end = if string {
                    line.string_end(at)?
                } else {
                    scalar_end(text, at).ok_or(Stop)?
                };
                if let Some(path) = path {
                    self.take(path, at - origin, end - origin, hits)?;
                }
                let quote = usize::from(string);
                let value = Value {
                    start: at + quote,
                    end: end - quote,
                    string,
                };
                trace.value(value, path, &self.open);
                at = spaces(text, end);
            }
        }
        if at == text.len() { Ok(()) } else { Err(Stop) }
    }

    fn take(
        &mut self,
        path: PathId,
        start: usize,
        end: usize,
        hits: &mut Hits,
    ) -> Result<(), Stop> {
        first_time(&mut self.paths, usize::from(path))?;
        hits.list.push(Hit {
            path,
            start: start as u32,
            end: end as u32,
        });
        Ok(())
    }
}

/// Notes a visit; a second one in the same line is a repeated key.
fn first_time(seen: &mut Seen, number: usize) -> Result<(), Stop> {
    seen.first_time(number).then_some(()).ok_or(Stop)
}

#[inline]
fn spaces(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
        at += 1;
    }
    at
}

/// How a walk finds the ends of strings.
trait Strings {
    /// The window up to the line's end.
    fn text(&self) -> &[u8];
    /// Where in `text` the line starts.
    fn start(&self) -> usize;
    /// One past the end of the string whose opening quote is at `at`.
    fn string_end(&self, at: usize) -> Result<usize, Stop>;
}

/// The index knows every string's end, and that no escape or control byte is wrong.
struct Indexed<'l>(&'l Line<'l>);

impl Strings for Indexed<'_> {
    fn text(&self) -> &[u8] {
        self.0.text.get(..self.0.end).unwrap_or_default()
    }
    fn start(&self) -> usize {
        self.0.start
    }
    #[inline]
    fn string_end(&self, at: usize) -> Result<usize, Stop> {
        Ok(self.0.next_quote(at + 1).ok_or(Stop)? + 1)
    }
}

/// For lines with control bytes or bad escapes, which may be anywhere.
struct Careful<'l>(&'l Line<'l>);

impl Strings for Careful<'_> {
    fn text(&self) -> &[u8] {
        self.0.text.get(..self.0.end).unwrap_or_default()
    }
    fn start(&self) -> usize {
        self.0.start
    }
    fn string_end(&self, at: usize) -> Result<usize, Stop> {
        let text = self.text();
        let mut at = at + 1;
        loop {
            let rest = text.get(at..).ok_or(Stop)?;
            let len = memchr::memchr2(b'"', b'\\', rest).ok_or(Stop)?;
            if rest.iter().take(len).any(|byte| *byte < 0x20) {
                return Err(Stop);
            }
            at += len;
            if text.get(at) == Some(&b'"') {
                return Ok(at + 1);
            }
            at += text.get(at..).and_then(escape_len).ok_or(Stop)?;
        }
    }
}
