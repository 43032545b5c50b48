//! Every cap of the program: its value, its reason, and what happens beyond it.

/// Longest line, in bytes, without its `\n`. Real log lines end below 1 MiB
/// (DashScope's own bodies may be 16 MiB, but no logger keeps those); longer
/// ones are skipped to their end and counted once as `too_long`.
pub const MAX_LINE_BYTES: usize = 16 << 20;

/// Bytes a worker reads at once, in bytes. Fits a core's second-level cache, so the
/// scanner finds warm what the read has just copied. Smaller than a line is fine.
pub const BLOCK_BYTES: usize = 512 << 10;

/// Bytes of a plain file that one worker takes at a time.
pub const SEGMENT_BYTES: u64 = 8 << 20;

/// Deepest nesting the fast scanner follows; deeper lines go to the oracle,
/// which is iterative and has no limit.
pub const MAX_SCAN_DEPTH: usize = 128;

/// Layers of text that are unwrapped (JSON in a string in a repr …).
/// Deeper ones are left as text.
pub const MAX_UNWRAP_DEPTH: usize = 3;

/// Zstandard window, as a power of two in bytes, accepted without `--zstd-window-log`.
/// 2^27 is what the format's own tools accept by default; beyond: an error that names the flag.
pub const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// Pieces of constant text that one scanner learns. A log has a few hundred (keys
/// times the kinds of their neighbours); beyond: all is forgotten and learned anew,
/// at most once in [`RELEARN_LINES`].
pub const MAX_LEARNED_SEGMENTS: usize = 4096;

/// Whole-line shapes that one scanner keeps. Lines of further shapes are still
/// matched piece by piece; only the order of their hits is worked out each time.
pub const MAX_LEARNED_SHAPES: usize = 4096;

/// Shapes that are laid out for the fastest comparison, about 1.5 KB each. Real logs
/// have a dozen; lines of further shapes are matched segment by segment.
pub const MAX_COMPILED_SHAPES: usize = 512;

/// Values in a line that the scanner matches; lines with more are walked.
pub const MAX_LEARNED_VALUES: usize = 512;

/// Bytes of one learned piece; lines with longer ones are walked. A piece is mostly one key.
pub const MAX_LEARNED_PIECE_BYTES: usize = 512;

/// Lines between two times that the scanner forgets all it has learned.
pub const RELEARN_LINES: u64 = 1 << 16;
