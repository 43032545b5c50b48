//! What a worker notes of one segment, on its way to where segments are put in order.

/// What one segment of a log gives to its index.
#[derive(Default)]
pub(super) struct Share {
    /// Entries of each group.
    pub(super) entries: Vec<(u64, Vec<u64>)>,
    /// Runs of lines and skipped lines, in order.
    pub(super) runs: Vec<Run>,
    /// What pieces of records did to their lanes, in order: block, lane, whether one is open.
    pub(super) lanes: Vec<(u64, usize, bool)>,
}

/// Neighbouring lines.
pub(super) struct Run {
    /// Where the first starts.
    pub(super) start: u64,
    /// One past their last `\n`.
    pub(super) lines_end: u64,
    /// One past the last byte, which may be that of a torn line.
    pub(super) end: u64,
    /// Lines with their `\n`, by block.
    pub(super) lines: Vec<(u64, u32)>,
    /// A single line, too long to be read: whether it has its `\n` is not known.
    pub(super) skipped: bool,
    /// How many of the share's `lanes` stand before it.
    pub(super) lanes_before: usize,
}
