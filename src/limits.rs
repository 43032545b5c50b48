//! Every cap of the program: its value, its reason, and what happens beyond it.

/// Longest line, in bytes, without its `\n`. Real log lines end below 1 MiB
/// (DashScope's own bodies may be 16 MiB, but no logger keeps those); longer
/// ones are skipped to their end and counted once as `too_long`.
pub const MAX_LINE_BYTES: usize = 16 << 20;

/// Bytes a worker reads at once. About a core's second-level cache, so the scanner finds
/// warm what the read has just copied. On Zen 4 half as much took 5 % more time and twice as
/// much no less; on Zen 5 all from 256 KiB to 2 MiB are alike. Smaller than a line is fine.
pub const BLOCK_BYTES: usize = 1 << 20;

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

/// Logs that a run with `--state` holds open and reads together; more are read in turns.
pub const STATE_BATCH_FILES: usize = 256;

/// Failing request ids that a closed day of a state keeps: those with the most failures.
pub const STATE_DAY_IDS: usize = 1000;

/// Days whose failing request ids a state keeps in full: the latest ones read. Others
/// are closed. Two would do for a nightly run; the third is for stragglers.
pub const STATE_OPEN_DAYS: usize = 3;

/// Days of logs that one worker counts at once. Beyond: the one unused for the longest
/// time is put aside, which costs time where lines of many days are mixed.
pub const STATE_DAYS_AT_ONCE: usize = 16;

/// Days a state keeps without `--keep`.
pub const STATE_KEEP_DAYS: u32 = 400;

/// Longest message kept as a sample, in bytes; the rest of a longer one is cut off.
pub const SAMPLE_BYTES: usize = 1024;

/// Largest pasted error that `explain -` reads, in bytes. Beyond: an error that
/// points to `analyze`.
pub const MAX_EXPLAIN_BYTES: u64 = 1 << 20;

/// Most different causes that `explain -` shows for a paste of several lines.
/// Beyond: the answer says that there are more.
pub const MAX_EXPLAIN_FINDINGS: usize = 12;

/// Pieces of constant text that one scanner learns. A log has a few hundred (keys
/// times the kinds of their neighbours); beyond: all is forgotten and learned anew,
/// at most once in [`RELEARN_LINES`].
pub const MAX_LEARNED_SEGMENTS: usize = 4096;

/// Whole-line shapes that one scanner keeps. Lines of further shapes are still
/// matched piece by piece; only the order of their hits is worked out each time.
pub const MAX_LEARNED_SHAPES: usize = 4096;

/// Shapes that are laid out for the fastest comparison, about 1 KB each. Real logs have
/// a dozen, some hundreds where many keys are optional; lines of further shapes are
/// matched segment by segment.
pub const MAX_COMPILED_SHAPES: usize = 2048;

/// Shapes with a stencil. Real logs have some that most lines share; lines of further shapes are
/// indexed.
pub const MAX_STENCILS: usize = 512;

/// Pieces of all stencils, about 1 KB each; shapes that would need more have none.
pub const MAX_STENCIL_PIECES: usize = 2048;

/// Length in bytes up to which a string that is always as long is compared with the text around
/// it; the end of longer ones is looked for.
pub const MAX_FIXED_BYTES: usize = 128;

/// Shapes of envelopes whose records are compared at once; one log has one, or two. Records in
/// others are taken out first.
pub const MAX_ENVELOPES: usize = 4;

/// Values in a line that the scanner matches; lines with more are walked.
pub const MAX_LEARNED_VALUES: usize = 512;

/// Bytes of one learned piece; lines with longer ones are walked. A piece is mostly one key.
pub const MAX_LEARNED_PIECE_BYTES: usize = 512;

/// Lines between two times that the scanner forgets all it has learned.
pub const RELEARN_LINES: u64 = 1 << 16;

/// Narrowest and widest the text report is laid out, in columns. A narrower terminal
/// wraps lines itself; a wider one is left blank at the right, as long lines read badly.
pub const TEXT_WIDTH_MIN: usize = 60;

/// See [`TEXT_WIDTH_MIN`].
pub const TEXT_WIDTH_MAX: usize = 160;

/// Remedies at the head of a report, in JSON as well; more would no longer be a start.
/// Beyond: none is lost, each stands with its code further down.
pub const FIRST_ACTIONS: usize = 3;

/// Items of the lists that only give examples: request ids and unreadable inputs in Markdown,
/// inputs with malformed lines in the text report. Beyond: left out without a word; JSON has
/// all inputs, and as many ids as `--top` asks for.
pub const SHOWN_EXAMPLES: usize = 5;

/// Causes shown under one code; the views for people say how many more there are,
/// and JSON and CSV hold them all.
pub const SHOWN_CAUSES: usize = 8;

/// Columns of a sample message in the views for people; the rest is cut with `…`.
/// Enough for every message of the provider's own table; JSON keeps it whole.
pub const SHOWN_MESSAGE_COLUMNS: usize = 240;

/// Characters of a sample that `dslog fields` shows, so that lines stay readable;
/// its JSON has them all.
pub const FIELD_SAMPLE_CHARS: usize = 60;

/// Longest request id, in bytes as written. Real ones end below 128; what is longer is
/// taken for some other text, and found with `--anywhere` only.
pub const MAX_ID_BYTES: usize = 512;

/// Distinct values of one Prometheus label (codes, models, statuses). Each is a time series
/// of its own that a server keeps; beyond: the rest is summed under `(other)`.
pub const PROM_VALUES: usize = 50;

/// Characters of a Prometheus label's value; the rest is cut with `…`.
pub const PROM_LABEL_CHARS: usize = 120;

/// Rows of a table in Markdown, which goes to chats; beyond: a line that says how many more.
pub const MD_ROWS: usize = 10;

/// Codes that the page shows with their causes; `--top` (20) asks for fewer. Beyond: a plain
/// table of [`HTML_ROWS`] more, then a line that says how many, all of them in JSON. With the
/// other caps here this holds the page below 500 KB, whatever the log.
pub const HTML_CODE_CARDS: usize = 40;

/// Codes whose causes are open when the page is.
pub const HTML_OPEN_CODES: usize = 3;

/// Rows of one of the page's tables; see [`HTML_CODE_CARDS`].
pub const HTML_ROWS: usize = 200;

/// Inputs that the page lists, those that could not be read first; JSON has all.
pub const HTML_INPUTS: usize = 50;

/// Columns of the page's charts; a phone still shows each of them three pixels wide.
pub const HTML_CHART_COLUMNS: usize = 120;

/// Codes with a colour of their own in a stacked chart, as many as can be told apart; the
/// rest is one.
pub const HTML_SERIES: usize = 6;

/// Days of the heat map, the latest; beyond: a line that says how many are missing.
pub const HTML_DAYS: usize = 31;

/// Characters of a name from the log on the page; the rest is cut with `…`.
pub const HTML_NAME_CHARS: usize = 120;

/// Largest report read back by `diff` and `--baseline`, in bytes: one with a million
/// distinct codes. Beyond: an error.
pub const MAX_REPORT_BYTES: u64 = 1 << 30;

/// The accepted chance that a diff raises any alarm where only chance is at work, in
/// millionths: one day in a hundred; `--false-alarms` changes it.
pub const FALSE_ALARMS_PPM: u64 = 10_000;

/// Changes beyond chance that the views for people list, codes and messages each. Beyond:
/// how many more there are; JSON and CSV hold them all.
pub const SHOWN_ALARMS: usize = 12;

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
/// for present once in 8,000 times, which costs the search of a block; and 4 bytes an id
/// keep the index of even the shortest lines under 3 % of the log.
pub const INDEX_HASH_BITS: u32 = 30;

/// Entries in a page of an index, about: 4 KiB to read and check for one lookup.
pub const INDEX_PAGE_ENTRIES: usize = 1024;

/// Bytes at a log's head and tail that its index remembers (a hash of).
pub const INDEX_MARK_BYTES: u64 = 4 << 10;

/// Samples between head and tail that must be the same where a log has grown since.
pub const INDEX_PROBES: u64 = 32;

/// Bytes of such a sample.
pub const INDEX_PROBE_BYTES: u64 = 64;

/// Largest directory of an index that is read, in bytes: that of a log of some 10 TB.
/// Beyond: the index is passed over.
pub const MAX_INDEX_DIRECTORY_BYTES: u64 = 256 << 20;
