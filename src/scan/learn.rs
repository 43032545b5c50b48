//! From a walk to [`Learned`] segments.

use super::index::Line;
use super::learned::Learned;
use super::part::Part;
use super::shape::{ContextId, NONE, Next, START, Segment, SegmentId, Wanted, key_end};
use super::simd::layout::Start;
use super::trie::NodeId;
use super::walker::{Frame, Trace, Value};
use super::{PathId, shape};
use crate::limits::{MAX_LEARNED_PIECE_BYTES, MAX_LEARNED_VALUES};

/// What a walk passed, for one line. Reused from line to line.
#[derive(Default)]
pub(super) struct Lesson {
    values: Vec<Taken>,
    /// Wanted keys of the line, in order.
    keys: Vec<NodeId>,
    /// The brackets around each value, one after the other.
    open: Vec<Frame>,
    /// A wanted array: its hit is no single value.
    unfit: bool,
}

struct Taken {
    value: Value,
    path: Option<PathId>,
    /// Ends in `keys` and `open`.
    keys: usize,
    open: usize,
}

impl Trace for Lesson {
    fn key(&mut self, node: NodeId) {
        self.keys.push(node);
    }

    fn value(&mut self, value: Value, path: Option<PathId>, open: &[Frame]) {
        if self.values.len() == MAX_LEARNED_VALUES - 1 {
            self.unfit = true;
            return;
        }
        self.open.extend_from_slice(open);
        self.values.push(Taken {
            value,
            path,
            keys: self.keys.len(),
            open: self.open.len(),
        });
    }

    fn array(&mut self) {
        self.unfit = true;
    }
}

impl Lesson {
    pub fn clear(&mut self) {
        self.values.clear();
        self.keys.clear();
        self.open.clear();
        self.unfit = false;
    }

    /// Learns the pieces of a line that was walked to its end, and its shape.
    pub fn learn(&self, line: &Line<'_>, learned: &mut Learned) -> Option<()> {
        if self.unfit {
            return None;
        }
        let mut segments = Vec::with_capacity(self.values.len() + 1);
        let mut wanted = Vec::new();
        let (mut context, mut value) = (START, Next::Edge);
        let (mut start, mut keys, mut open) = (line.start, 0, 0);
        for taken in &self.values {
            let (next, quote) = if taken.value.string {
                (Next::String, 1)
            } else {
                (Next::Scalar, 0)
            };
            let after = learned.context(self.open.get(open..taken.open)?, next);
            let piece = Piece {
                from: context,
                value,
                start,
                end: taken.value.start,
                next,
                context: after,
                keys: self.keys.get(keys..taken.keys)?,
                path: taken.path,
            };
            let segment = piece.learn(line, learned)?;
            if let Some(path) = taken.path {
                wanted.push(Wanted {
                    path,
                    value: segments.len() as u32,
                    piece_len: learned.segments.get(usize::from(segment))?.len.into(),
                    string: quote == 1,
                });
            }
            segments.push(segment);
            (context, value) = (after, next);
            (start, keys, open) = (taken.value.end, taken.keys, taken.open);
        }
        let last = Piece {
            from: context,
            value,
            start,
            end: line.end,
            next: Next::Edge,
            context: START,
            keys: self.keys.get(keys..)?,
            path: None,
        };
        segments.push(last.learn(line, learned)?);
        wanted.sort_unstable_by_key(|wanted| wanted.path);
        if learned.shape(&segments).is_none() {
            learned.add_shape(&segments, &wanted);
        }
        Some(())
    }
}

/// A piece on its way to be a segment.
struct Piece<'p> {
    from: ContextId,
    /// The value before it.
    value: Next,
    start: usize,
    end: usize,
    next: Next,
    context: ContextId,
    keys: &'p [NodeId],
    path: Option<PathId>,
}

impl Piece<'_> {
    fn learn(&self, line: &Line<'_>, learned: &mut Learned) -> Option<SegmentId> {
        // The `\n` is the last piece's.
        let end = self.end + usize::from(self.next == Next::Edge);
        let text = line.text.get(self.start..end)?;
        if text.len() > MAX_LEARNED_PIECE_BYTES || text.contains(&b'\\') {
            return None; // an escaped key: what it spells is not compared byte by byte
        }
        let entry_at = |place: usize| line.entries.partition_point(|at| (*at as usize) < place);
        let (from, to) = (entry_at(self.start), entry_at(end));
        let first = line.entries.get(from..to)?.first();
        let new = Segment {
            start: Start::new(text),
            len: text.len() as u16,
            before: first.map_or(0, |at| *at as usize - self.start) as u16,
            entries: (to - from) as u16,
            next: self.next,
            from: self.from,
            context: self.context,
            then: [NONE; 4],
            part: Part::UNSURE, // until it is learned
        };
        let details = || shape::Details {
            text: text.into(),
            keys: self.keys.into(),
            path: self.path,
        };
        // As it will be looked for: up to the end of the next key, be it in this piece or not.
        let key = *line.entries.get(key_end(line, from, self.value))?;
        let prefix = line.text.get(self.start..key as usize)?;
        learned.segment(prefix, new, details, text)
    }
}
