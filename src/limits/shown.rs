//! Caps on what is shown. JSON has all of it, unless a cap says otherwise.

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

/// Changes beyond chance that the views for people list, codes and messages each. Beyond:
/// how many more there are; JSON and CSV hold them all.
pub const SHOWN_ALARMS: usize = 12;

/// Characters of a sample that `dslog fields` shows, so that lines stay readable;
/// its JSON has them all.
pub const FIELD_SAMPLE_CHARS: usize = 60;

/// Most different causes that `explain -` shows for a paste of several lines.
/// Beyond: the answer says that there are more.
pub const MAX_EXPLAIN_FINDINGS: usize = 12;

/// Closest names that `explain` offers for one that it does not know, in JSON as well. Beyond:
/// left out, they are less like it.
pub const NEAREST_NAMES: usize = 5;

/// Narrowest and widest `explain` is laid out, in columns: it is prose, which is hard to read
/// in longer lines. Beyond: as with [`TEXT_WIDTH_MIN`].
pub const EXPLAIN_WIDTH_MIN: usize = 40;

/// See [`EXPLAIN_WIDTH_MIN`].
pub const EXPLAIN_WIDTH_MAX: usize = 100;

/// Characters of a pasted message that `explain` shows again, enough to recognise it; the rest
/// is cut with `…`.
pub const EXPLAIN_MESSAGE_CHARS: usize = 300;

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
