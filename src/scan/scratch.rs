//! What matching a line leaves behind, for the next line to use again.

use super::seen::Seen;
use super::shape::{NONE, SegmentId, Wanted};
use super::simd::layout::{Bounds, MAX_PIECES};

/// Memory of a match, reused from line to line.
pub(super) struct Scratch {
    pub bounds: Box<Bounds>,
    /// The same by kind of value; see [`super::roster`].
    pub by_kind: Box<Bounds>,
    /// Those of the line; as many as it has pieces count.
    pub segments: Box<[SegmentId; MAX_PIECES]>,
    pub wanted: Vec<Wanted>,
    pub seen: Seen,
}

impl Scratch {
    pub fn new() -> Self {
        Self {
            bounds: Box::new(Bounds::new()),
            by_kind: Box::new(Bounds::new()),
            segments: Box::new([NONE; MAX_PIECES]),
            wanted: Vec::new(),
            seen: Seen::default(),
        }
    }
}
