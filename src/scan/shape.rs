//! What is learned: the constant text of lines, and how it is put together.
//!
//! A line is cut at its scalar values: **pieces** of text around them, from the end
//! of one value to the start of the next (quotes belong to the pieces):
//!
//! ```text
//! {"ts":"2026-11-22T10:00:00Z","status":429,"error":{"code":"limit_requests"}}
//! └piece┘└───── value ──────┘└── piece ──┘└v┘└───── piece ──────┘└─ value ─┘└p┘
//! ```
//!
//! A [`Segment`] is a piece in a [`Context`] (the open brackets and the kind of the
//! value before), from which follows the context after it. So any sequence of
//! segments that leads from the start of a line to its end is valid JSON, if the
//! values are, whether the walker has seen that sequence or not. A [`Shape`] is such
//! a sequence, with its wanted values in order.

use super::index::Line;
use super::part::Part;
use super::simd::layout::{Bounds, Layout, Start};
use super::trie::NodeId;
use super::walker::Frame;
use super::{Hit, Hits, PathId};

/// What follows a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Next {
    /// The content of a string.
    String,
    /// A number, `true`, `false` or `null`.
    Scalar,
    /// The end of the line; also stands for its start.
    Edge,
}

/// Where a segment may stand: the brackets open around the value before it, and that
/// value's kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Context {
    pub open: Box<[Frame]>,
    pub value: Next,
}

pub(super) type ContextId = u16;
pub(super) type SegmentId = u16;

/// The context of a line's start.
pub(super) const START: ContextId = 0;

/// Odd, so that multiplying loses nothing; its bits are the golden ratio's.
pub(super) const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// No segment.
pub(super) const NONE: SegmentId = SegmentId::MAX;

/// What is compared for every piece of a line.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(super) struct Segment {
    /// The first 32 bytes of the piece.
    pub start: Start,
    /// Length of the piece, in bytes.
    pub len: u16,
    /// Distance from the start of the piece to its first entry.
    pub before: u16,
    /// Entries in it (a line's last piece ends with the `\n`). If none, the end of the
    /// value before has to be looked for.
    pub entries: u16,
    /// What comes after.
    pub next: Next,
    /// The context it stands in, …
    pub from: ContextId,
    /// … and that behind it.
    pub context: ContextId,
    /// Segments that came next, to be tried in this order.
    pub then: [SegmentId; 4],
    /// What of it is wanted.
    pub part: Part,
}

const _: () = assert!(size_of::<Segment>() == 64, "a cache line");

/// What is rarely needed of a segment.
#[derive(Debug)]
pub(super) struct Details {
    /// The whole piece.
    pub text: Box<[u8]>,
    /// Wanted keys in it.
    pub keys: Box<[NodeId]>,
    /// The wanted path whose value comes after it.
    pub path: Option<PathId>,
}

/// A wanted value of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What is wanted.
    pub path: PathId,
    /// Whether it is a string; its quotes belong to the hit.
    pub string: bool,
    /// Which of the line's values: the one after the piece of this number.
    pub(super) value: u32,
    /// Length of that piece.
    pub(super) piece_len: u32,
}

/// A value that is not a string.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scalar {
    /// See [`Wanted::value`].
    pub value: u16,
    /// See [`Wanted::piece_len`].
    pub piece_len: u16,
}

/// How far a shape has come to a stencil; see [`super::stencil`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Trial {
    /// Lines whose values are still to be looked at.
    pub lines: u8,
    /// Whether it has one.
    pub has_stencil: bool,
    /// Lines that fit that of late.
    pub seen: u32,
}

impl Trial {
    pub const fn new() -> Self {
        Self {
            lines: TRIAL_LINES,
            has_stencil: false,
            seen: 0,
        }
    }
}

/// Lines of a shape that are looked at before it gets a stencil.
const TRIAL_LINES: u8 = 4;

/// A whole line's segments.
#[derive(Debug)]
pub(super) struct Shape {
    /// Never 0, never given again.
    pub id: u32,
    pub segments: Box<[SegmentId]>,
    /// The same, side by side; `None` if some have no entry, or too many shapes have theirs.
    pub layout: Option<Layout>,
    /// Pieces that are longer than what is compared at once.
    pub long: Box<[u16]>,
    /// Values that are not strings.
    pub scalars: Box<[Scalar]>,
    /// Entries of all segments.
    pub entries: u32,
    /// Ascending by path.
    pub wanted: Box<[Wanted]>,
    /// Whether it has a stencil, or may get one.
    pub trial: Trial,
}

/// The number of the entry that ends the next key after the entries before a place: behind
/// the quote that ends a string there, and the one that starts the key. At a line's end,
/// that of the `\n`.
#[inline(always)]
pub(super) fn key_end(line: &Line<'_>, entries: usize, value: Next) -> usize {
    let past = entries + 1 + usize::from(value == Next::String);
    past.min(line.entries.len().saturating_sub(1))
}

/// Writes the hits of a matched line that starts at `origin`.
#[inline(always)]
pub(super) fn fill(wanted: &[Wanted], bounds: &Bounds, origin: usize, id: u32, hits: &mut Hits) {
    let origin = origin as u32;
    hits.list.clear();
    hits.repeated = 0;
    hits.shape = id;
    hits.list.extend(wanted.iter().map(|wanted| {
        let [start, end] = bounds.value(wanted.value, wanted.piece_len);
        let quote = u32::from(wanted.string);
        Hit {
            path: wanted.path,
            start: start.wrapping_sub(origin).wrapping_sub(quote),
            end: end.wrapping_sub(origin).wrapping_add(quote),
        }
    }));
}
