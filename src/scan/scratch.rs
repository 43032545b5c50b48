//! What matching a line leaves behind, for the next line to use again.

use super::seen::Seen;
use super::shape::{SegmentId, Wanted};
use super::short::Short;
use super::simd::layout::Bounds;
use crate::limits::MAX_SHORTS;

/// Memory of a match, reused from line to line.
pub(super) struct Scratch {
    pub bounds: Box<Bounds>,
    pub segments: Vec<SegmentId>,
    pub wanted: Vec<Wanted>,
    pub seen: Seen,
    /// What was read of the shape's first scalars, …
    pub shorts: Box<[Short; MAX_SHORTS]>,
    /// … if they were read: if the shape was guessed, and its layout followed.
    pub are_read: bool,
}

impl Scratch {
    pub fn new() -> Self {
        Self {
            bounds: Box::new(Bounds::new()),
            segments: Vec::new(),
            wanted: Vec::new(),
            seen: Seen::default(),
            shorts: Box::new([Short::OTHER; MAX_SHORTS]),
            are_read: false,
        }
    }
}
