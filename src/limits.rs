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

/// Bytes at the start of a text in which an error is looked for. Errors name themselves
/// early; a longer text is looked at here and in its last [`UNWRAP_TAIL_BYTES`].
pub const UNWRAP_HEAD_BYTES: usize = 64 << 10;

/// Bytes at the end of a longer text in which an error is looked for: tracebacks end with it.
pub const UNWRAP_TAIL_BYTES: usize = 4 << 10;

/// Characters the tolerant parser may read for one text, all attempts together: sixteen
/// times the text. Beyond: what was found until then, so junk costs linear time.
pub const UNWRAP_STEPS: usize = 16 * UNWRAP_HEAD_BYTES;

/// Deepest nesting the tolerant parser follows in an error body. Deeper: treated as cut off there.
pub const MAX_LOOSE_DEPTH: usize = 24;

/// Longest message taken out of a text, in bytes. The rest of a longer one is cut off.
pub const MAX_DUG_MESSAGE_BYTES: usize = 8 << 10;

/// Masked texts kept per status and code. Real services have some dozens of messages per
/// code; beyond: those of smallest hash stay, exactly counted, all others are one sum.
pub const MAX_MASKED_TEXTS: usize = 4096;

/// Longest masked message, in bytes. What messages differ in stands early; the rest is cut off.
pub const MAX_MASKED_BYTES: usize = 512;
