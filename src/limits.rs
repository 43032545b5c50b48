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

/// Times before this are no times: 2000-01-01T00:00:00Z in milliseconds. A record
/// outside the years 2000–2100 counts as undated.
pub const EARLIEST_TIME_MS: i64 = 946_684_800_000;

/// Times from this on are no times: 2100-01-01T00:00:00Z in milliseconds.
pub const LATEST_TIME_MS: i64 = 4_102_444_800_000;

/// Statuses are kept within ±this; HTTP's have three digits, SDKs write 0 and −1.
/// A number beyond is some other kind of status and counts as none.
pub const STATUS_MAX: i64 = 999;

/// Narrowest and widest the text report is laid out, in columns. A narrower terminal
/// wraps lines itself; a wider one is left blank at the right, as long lines read badly.
pub const TEXT_WIDTH_MIN: usize = 60;

/// See [`TEXT_WIDTH_MIN`].
pub const TEXT_WIDTH_MAX: usize = 160;

/// Remedies listed at the head of a report; more would no longer be a start.
/// All of them stand with their codes further down.
pub const SHOWN_ACTIONS: usize = 5;

/// Causes shown under one code; the views for people say how many more there are,
/// and JSON and CSV hold them all.
pub const SHOWN_CAUSES: usize = 8;

/// Columns of a sample message in the views for people; the rest is cut with `…`.
/// Enough for every message of the provider's own table; JSON keeps it whole.
pub const SHOWN_MESSAGE_COLUMNS: usize = 240;
