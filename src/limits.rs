//! Every cap of the program: its value, its reason, and what happens beyond it. Those on what
//! is shown stand in `shown.rs`.
//!
//! A cap is what somebody may run into: more is refused, left out, counted otherwise or slower
//! (or read next, where it is the size of a read); numbers that a type or a stored form
//! dictates, that say what an error text or a line of a view looks like, or that only tune a
//! way of working (tables, batches, what trial and error may cost) stand where they are used.

mod shown;

pub use shown::*;

/// Longest line, in bytes, without its `\n`. Real log lines end below 1 MiB
/// (DashScope's own bodies may be 16 MiB, but no logger keeps those); longer
/// ones are skipped to their end and counted once as `too_long`.
pub const MAX_LINE_BYTES: usize = 16 << 20;

/// Bytes a worker reads at once. About a core's second-level cache, so the scanner finds
/// warm what the read has just copied. On Zen 4 half as much took 5 % more time and twice as
/// much no less; on Zen 5 all from 256 KiB to 2 MiB are alike. Smaller than a line is fine.
pub const BLOCK_BYTES: usize = 1 << 20;

/// Bytes of a plain file that one worker takes at a time: so many that taking them and finding
/// their first line do not show, so few that all workers end together and little waits for
/// its turn. Half as much is no faster.
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

/// Distinct latencies that one distribution keeps exactly, in up to 2 KiB. Beyond, it becomes
/// an HDR histogram: 2 KiB, and as much again for each doubling of the longest above half a
/// millisecond (34 KiB up to half a minute). So ten thousand models with few calls stay small.
pub const EXACT_LATENCIES: usize = 128;

/// Longest latency told apart, in µs: 2^53, about 285 years, with which a histogram ends at
/// 92 KiB. Longer ones count as this long in quantiles; minimum, maximum and mean stay exact.
pub const MAX_LATENCY_US: u64 = 1 << 53;

/// Request ids that each cause quotes, those of its latest failures: one to ask support with,
/// and more to look at. Beyond: left out; the report lists the ids with most failures, too.
pub const QUOTED_IDS: usize = 3;

/// Runs of one spilled table on disk; one more and all are merged into one: each that is
/// read back takes a buffer.
pub const MAX_RUNS: usize = 16;

/// Memory for counts (codes, models, keys, failing request ids), in bytes, over all
/// threads; `--memory` changes it. Beyond, they go to temporary files and stay exact.
pub const MEMORY_BYTES: usize = 512 << 20;

/// Distinct failures (code, message, status) that a worker remembers having judged.
/// One more and it forgets them all and begins anew: slower, never wrong.
pub const JUDGEMENTS: usize = 4096;

/// Evidence longer than this, in bytes, is judged anew each time.
pub const JUDGEMENT_KEY_BYTES: usize = 4096;

/// Failures that a worker knows again by their bytes alone, the longest of them, and how
/// many values of a line may matter for that. Beyond, they are looked up by their evidence.
pub const LIKENESSES: usize = 512;
/// See [`LIKENESSES`].
pub const LIKENESS_BYTES: usize = 1024;
/// See [`LIKENESSES`].
pub const LIKENESS_VALUES: usize = 8;

/// Raw spellings of names (models, keys) that a worker remembers; beyond, it forgets
/// them and looks names up decoded: slower, never wrong.
pub const INTERNED_NAMES: usize = 4096;

/// Bytes of per-judgement tallies a worker holds before it folds them into codes.
pub const TALLY_BYTES: usize = 4 << 20;

/// Bytes of an error message that are compared with the catalogue's patterns.
/// Real ones end below 2 KiB; what follows (stack traces) is not looked at.
pub const MAX_MATCHED_MESSAGE_BYTES: usize = 8 << 10;

/// Largest file taken by `--catalogue`, in bytes; the shipped data are a tenth of it.
/// Beyond: an error that says so.
pub const MAX_CATALOGUE_BYTES: u64 = 4 << 20;

/// Masked texts kept per status and code. Real services have some dozens of messages per
/// code; beyond: those of smallest hash stay, exactly counted, all others are one sum.
pub const MAX_MASKED_TEXTS: usize = 4096;

/// Longest quoted value that a masked message has a wildcard for, in bytes. What is longer is
/// prose in quotes, and masked word by word.
pub const MAX_QUOTED_BYTES: usize = 200;

/// Longest masked message, in bytes. What messages differ in stands early; the rest is cut off.
pub const MAX_MASKED_BYTES: usize = 512;

/// Minutes a generated log may cover: a leap year. A plan for more gets this many,
/// for its schedule is held in memory, minute by minute.
pub const MAX_GENERATED_MINUTES: u32 = 366 * 24 * 60;

/// Memory that decoding one `.xz` input may take, in bytes. `xz -9` needs 65 MiB;
/// a header may ask for 4 GiB: beyond this, an error that says how to decode it outside.
pub const XZ_MEMORY_BYTES: u64 = 128 << 20;

/// Decompressed bytes between two places of a compressed input where an index lets
/// decoding start. A place costs some 5 KiB (its 32 KiB window, compressed): 0.3 %.
pub const RESTART_SPACING_BYTES: u64 = 2 << 20;

/// Compressed bytes a decoder reads at once, in bytes.
pub const COMPRESSED_READ_BYTES: usize = 128 << 10;

/// Bytes read past a segment's end at a time, to finish its last line: lines are
/// short, and the next segment's worker reads the same bytes anyway.
pub const LINE_END_READ_BYTES: usize = 16 << 10;

/// Bytes a stream's reader reads ahead before it hands a block on, to know whether
/// the block is the last one.
pub const READ_AHEAD_BYTES: usize = 4 << 10;

/// Bytes at a log's start, and before the offset to which it was read, by whose hashes a
/// later run knows it again. A few dozen lines: two logs hardly share them by chance.
pub const FINGERPRINT_BYTES: usize = 4 << 10;

/// Bytes of known content below which two files that both exist count as two, whatever
/// they have in common (a banner, a first line). From here on, a file that is wholly the
/// beginning of another one is its copy and counts once.
pub const COPY_MIN_BYTES: usize = 1 << 10;

/// Logs a state remembers. Beyond: those not seen for the longest time are forgotten; if
/// one came back, it would count as new. A log rotated each hour fills this in 11 years.
pub const MAX_TRACKED_FILES: usize = 100_000;

/// Logs that a run with `--state` holds open and reads together: a quarter of the 1,024 files
/// that a process may usually have open. Beyond: they are read in turns of so many, with the
/// same figures.
pub const STATE_BATCH_FILES: usize = 256;

/// Failing request ids that a closed day of a state keeps: those with the most failures, many
/// more than a report lists. Beyond: forgotten, and rows that may lack their failures say
/// `"exact": false`; all else about their failures stays exact.
pub const STATE_DAY_IDS: usize = 1000;

/// Days whose failing request ids a state keeps in full: the latest ones read. Others
/// are closed. Two would do for a nightly run; the third is for stragglers.
pub const STATE_OPEN_DAYS: usize = 3;

/// Days of logs that one worker counts at once. Beyond: the one unused for the longest
/// time is put aside, which costs time where lines of many days are mixed.
pub const STATE_DAYS_AT_ONCE: usize = 16;

/// Days with request lines that a state keeps without `--keep`: a year, and a month to compare
/// with the one a year before. Beyond: the oldest goes, its lines stay in the totals as
/// `outside`.
pub const STATE_KEEP_DAYS: u32 = 400;

/// Longest message kept as a sample, in bytes: the sentence that says what is wrong, and an id.
/// Of longer ones (stack traces, echoed prompts) the rest is cut off, after redaction; `fields`
/// takes no longer value for a sample.
pub const SAMPLE_BYTES: usize = 1024;

/// Characters of what `explain` does not know that are compared with the catalogue's names: no
/// code is longer, but a pasted text may be, whose rest is not looked at.
pub const MAX_NEAREST_CHARS: usize = 64;

/// Largest pasted error that `explain -` reads, in bytes. Beyond: an error that
/// points to `analyze`.
pub const MAX_EXPLAIN_BYTES: u64 = 1 << 20;

/// Pieces of constant text that one scanner learns. A log has a few hundred (keys
/// times the kinds of their neighbours); beyond: all is forgotten and learned anew,
/// at most once in [`RELEARN_LINES`].
pub const MAX_LEARNED_SEGMENTS: usize = 4096;

/// Pieces learned for one place in a line that begin alike, as they are tried in turn. Beyond:
/// not learned, their lines are walked.
pub const MAX_ALTERNATIVES: usize = 32;

/// Whole-line shapes that one scanner keeps. Lines of further shapes are still
/// matched piece by piece, and known by roster; see [`MAX_ROSTERS`].
pub const MAX_LEARNED_SHAPES: usize = 4096;

/// Sets of wanted values that one scanner tells apart where keys come in any order: there are as
/// many as ways to leave out optional keys. Of lines with further ones, what to read is worked out
/// each time.
pub const MAX_ROSTERS: usize = 1024;

/// Shapes that are laid out for the fastest comparison, about 1 KB each. Real logs have
/// a dozen, some hundreds where many keys are optional; lines of further shapes are
/// matched segment by segment.
pub const MAX_COMPILED_SHAPES: usize = 2048;

/// Keys by which lines are told apart that have as many entries and a first key as long, one
/// for each optional key of a logger; each line is looked at in all of them. Beyond: shapes
/// that differ elsewhere are taken for each other, and their lines matched piece by piece.
pub const MAX_GUESS_KEYS: usize = 14;

/// Shapes with a stencil. Real logs have some that most lines share; lines of further shapes are
/// indexed.
pub const MAX_STENCILS: usize = 512;

/// Length in bytes up to which a string that all lines of a shape have in common may tell it from
/// other shapes: `CRITICAL`, `Information`. Longer ones are no more than strings.
pub const MAX_WORD_BYTES: usize = 16;

/// Values of a line, from its start, that are looked at for such strings: severities stand in
/// front, and each shape's are kept.
pub const MAX_WORD_PLACES: usize = 16;

/// Such strings that a shape may have in one place: `INFO`, `WARN`; where there are more, they are
/// no more than strings.
pub const MAX_WORDS_OF_SHAPE: usize = 4;

/// The same for all shapes together, and for what one shape has in several places.
pub const MAX_WORDS: usize = 8;

/// Pieces of all stencils, about 1 KB each; shapes that would need more have none.
pub const MAX_STENCIL_PIECES: usize = 2048;

/// Length in bytes up to which a string that is always as long is compared with the text around
/// it; the end of longer ones is looked for.
pub const MAX_FIXED_BYTES: usize = 128;

/// Shapes of envelopes whose records are compared at once; one log has one, or two. Records in
/// others are taken out first.
pub const MAX_ENVELOPES: usize = 4;

/// Pieces of a line that the scanner matches, one more than it has values: real lines have
/// some dozens. A power of two, so that a number below it needs no check. Lines with more are
/// walked, each time.
pub const MAX_LEARNED_VALUES: usize = 512;

/// Bytes of one learned piece; lines with longer ones are walked. A piece is mostly one key.
pub const MAX_LEARNED_PIECE_BYTES: usize = 512;

/// Lines between two times that the scanner forgets all it has learned.
pub const RELEARN_LINES: u64 = 1 << 16;

/// Longest request id, in bytes as written. Real ones end below 128; what is longer is
/// taken for some other text, and found with `--anywhere` only.
pub const MAX_ID_BYTES: usize = 512;

/// Largest report read back by `diff` and `--baseline`, in bytes: one with a million
/// distinct codes. Beyond: an error.
pub const MAX_REPORT_BYTES: u64 = 1 << 30;

/// The accepted chance that a diff raises any alarm where only chance is at work, in
/// millionths: one day in a hundred; `--false-alarms` changes it.
pub const FALSE_ALARMS_PPM: u64 = 10_000;

/// Ids that one `grep` takes. Beyond: an error; memory grows with them, about 150 bytes each.
pub const MAX_WANTED_IDS: usize = 5_000_000;

/// Wanted ids that are no UUIDs and go into one automaton. Beyond, reading the ids out of
/// every line is faster, and as exact.
pub const MAX_AUTOMATON_IDS: usize = 512;

/// Bytes of found lines that wait in memory for earlier segments of a search; more goes
/// to temporary files.
pub const WAITING_BYTES: usize = 64 << 20;

/// Bytes that `grep` reads at once from a plain file. Larger than [`BLOCK_BYTES`]: it
/// looks at most bytes once only, and fewer, larger reads cost the kernel less.
pub const GREP_BLOCK_BYTES: usize = 2 << 20;

/// Largest file of ids that `grep --ids-from` reads, in bytes. Beyond: an error.
pub const MAX_IDS_BYTES: u64 = 512 << 20;

/// Lines that `grep --related` and `--ticket` take together. A logical request has some
/// dozens; beyond: an error that says so.
pub const MAX_RELATED_LINES: usize = 100_000;

/// Passes of `grep --related` over the logs: the first finds the ids, each further one
/// what shares an id or a trace with what was found. Beyond: a remark.
pub const MAX_RELATED_PASSES: usize = 6;

/// Tickets that `grep --ticket` writes at once. Beyond: a remark says how many are left.
pub const MAX_TICKETS: usize = 20;

/// Attempts listed in one ticket, the first and the last of them; the text says how many
/// are left out between.
pub const MAX_TICKET_ATTEMPTS: usize = 30;

/// Decompressed bytes of an index's block, the least that a search reads where an id may
/// be: a tenth of a millisecond. Smaller ones would cost more entries for ids that recur.
pub const INDEX_BLOCK_BYTES: u64 = 256 << 10;

/// Blocks with one table of ids: as many as one byte can number. A lookup reads one page
/// of each table, and building holds one in memory for each log being read.
pub const INDEX_GROUP_BLOCKS: u64 = 256;

/// Bits that an index keeps of an id's hash. A table of 130,000 ids takes a wrong one
/// for present once in 8,000 times, which costs the search of a block; 4 bytes an id are
/// 2 % of a log of lines of 140 bytes.
pub const INDEX_HASH_BITS: u32 = 30;

/// Entries in a page of an index, about: 4 KiB to read and check for one lookup.
pub const INDEX_PAGE_ENTRIES: usize = 1024;

/// Bytes at a log's head and tail that its index remembers (a hash of).
pub const INDEX_MARK_BYTES: u64 = 4 << 10;

/// Samples between head and tail that must be the same where a log has grown since; each is one
/// read of a page. An edit between them is not noticed (docs/index-format.md says when).
pub const INDEX_PROBES: u64 = 32;

/// Bytes of such a sample.
pub const INDEX_PROBE_BYTES: u64 = 64;

/// Largest directory of an index that is read, in bytes: that of a log of some 10 TB.
/// Beyond: the index is passed over.
pub const MAX_INDEX_DIRECTORY_BYTES: u64 = 256 << 20;
