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

/// Memory that decoding one `.xz` input may take, in bytes. `xz -9` needs 65 MiB;
/// a header may ask for 4 GiB: beyond this, an error that says how to decode it outside.
pub const XZ_MEMORY_BYTES: u64 = 128 << 20;

/// Compressed bytes a decoder reads at once, in bytes.
pub const COMPRESSED_READ_BYTES: usize = 128 << 10;

/// Bytes read past a segment's end at a time, to finish its last line: lines are
/// short, and the next segment's worker reads the same bytes anyway.
pub const LINE_END_READ_BYTES: usize = 16 << 10;

/// Bytes a stream's reader reads ahead before it hands a block on, to know whether
/// the block is the last one.
pub const READ_AHEAD_BYTES: usize = 4 << 10;

/// Readable bytes before and after a block's data, for scanners that load whole
/// vectors: the widest is 64 bytes.
pub const BLOCK_PADDING_BYTES: usize = 64;
