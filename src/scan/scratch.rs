//! What matching a line leaves behind, for the next line to use again.

use super::seen::Seen;
use super::shape::{SegmentId, Wanted};
use super::simd::layout::Bounds;

/// Memory of a match, reused from line to line.
pub(super) struct Scratch {
    pub bounds: Box<Bounds>,
    pub segments: Vec<SegmentId>,
    pub wanted: Vec<Wanted>,
    pub seen: Seen,
}

impl Scratch {
    pub fn new() -> Self {
        Self {
            bounds: Box::new(Bounds::new()),
            segments: Vec::new(),
            wanted: Vec::new(),
            seen: Seen::default(),
        }
    }
}
