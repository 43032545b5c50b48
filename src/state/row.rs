//! What became of one input: counted by this run, and by all of them.

use crate::fault::Error;
use crate::pipeline::stitch::LineCount;

/// One input.
#[derive(Default)]
pub struct Row {
    /// Counted by this run.
    pub new: Share,
    /// Counted by all runs.
    pub all: Share,
    /// Why it could not be read in full.
    pub error: Option<Error>,
}

impl Row {
    /// Whether nothing in it was new.
    pub fn is_known(&self) -> bool {
        self.new.bytes == 0 && self.error.is_none()
    }
}

/// What was counted of an input.
#[derive(Clone, Copy, Default)]
pub struct Share {
    /// Uncompressed bytes.
    pub bytes: u64,
    /// Lines.
    pub lines: LineCount,
}
