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

/// Bytes of an error message that are compared with the catalogue's patterns.
/// Real ones end below 2 KiB; what follows (stack traces) is not looked at.
pub const MAX_MATCHED_MESSAGE_BYTES: usize = 8 << 10;

/// Largest file taken by `--catalogue`, in bytes; the shipped data are a tenth of it.
/// Beyond: an error that says so.
pub const MAX_CATALOGUE_BYTES: u64 = 4 << 20;

/// Largest pasted error that `explain -` reads, in bytes. Beyond: an error that
/// points to `analyze`.
pub const MAX_EXPLAIN_BYTES: u64 = 1 << 20;

/// Most different causes that `explain -` shows for a paste of several lines.
/// Beyond: the answer says that there are more.
pub const MAX_EXPLAIN_FINDINGS: usize = 12;
