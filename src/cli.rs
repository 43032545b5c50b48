//! The command line: what can be asked, and nothing of how it is answered.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What is failing, since when, is it throttling, will a retry help.
#[derive(Debug, Parser)]
#[command(name = "dslog", version, about, max_term_width = 100, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "Examples:
  dslog analyze app.jsonl                     the report, on the terminal
  dslog analyze logs/ --since 2026-11-22      a directory, from a day on
  dslog analyze logs/ -o a.html -o a.json     a page and the data, from one pass
  zcat old.gz | dslog analyze --format json   from a pipe, for programs
  dslog explain Throttling.AllocationQuota    what a code means, what to do
  dslog grep ID app.jsonl logs/               every line of a request id
  dslog fields app.jsonl                      which keys were taken for what
  dslog diff monday.json tuesday.json         what changed between two reports
  dslog analyze --state s.dslog-state 'logs/app.log*'
                                              every night: what is new, all reported

Exit: 0 done; 1 done, but some input could not be read in full; 2 usage or output error;
3 a --fail-on rule was broken.";

const ANALYZE_EXAMPLES: &str = "Examples:
  dslog analyze app.jsonl                          the report, on the terminal
  dslog analyze logs/ 'old/*.gz' -o report.json    all logs below, for programs
  dslog analyze logs/ -o day.html -o day.prom      a page and metrics, from one pass
  kubectl logs deploy/chat | dslog analyze         from a pipe
  dslog analyze app.jsonl --since 2h --kind throttle --model qwen-plus
  dslog analyze app.jsonl --recovered --top 50     did the failing ids succeed later?
  dslog analyze app.jsonl --field status=http.result --field latency=total:s
  dslog analyze app.jsonl --lang zh --tz Asia/Shanghai
  dslog analyze -q logs/ --fail-on 'failure_rate>5%' --fail-on 'kind:billing>0'
  dslog analyze logs/ --baseline monday.json       what changed since, first

Exit: 0 done; 1 done, but some input could not be read in full; 2 usage or output error;
3 a --fail-on rule was broken.";

const EXPLAIN_EXAMPLES: &str = "Examples:
  dslog explain Throttling.AllocationQuota         a code, in any spelling
  dslog explain 429                                a status
  dslog explain 'Requests rate limit exceeded'     a message
  pbpaste | dslog explain -                        a whole error body or exception
  dslog explain --format md                        the whole table";

const FIELDS_EXAMPLES: &str = "Examples:
  dslog fields app.jsonl                           which keys were taken for what
  dslog fields app.jsonl --field status=http.result
  zcat old.gz | dslog fields --format json";

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Report what is failing in request logs, and what to do about it
    Analyze(Box<Analyze>),
    /// Build side indexes of request ids, so that grep need not read whole logs
    Index(Index),
    /// Explain a code, a status, a message or a whole pasted error
    Explain(Explain),
    /// Show what changed between two reports, beyond chance
    Diff(Box<Diff>),
    /// Show which keys were taken for status, code, request id, time …
    Fields(Fields),
    /// Find every line of request ids, raw
    Grep(Box<Grep>),
    /// Write a seeded log with its exact truth, for tests and benchmarks
    #[command(hide = true)]
    Generate(Generate),
    /// Print shell completions
    Completions {
        /// For which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or that of a subcommand: `dslog man analyze | man -l -`
    Man {
        /// Which subcommand's
        subcommand: Option<String>,
    },
}

/// Where the logs are and how their keys are called.
#[derive(Debug, Args)]
pub struct Source {
    /// Files, directories or globs; `-` or nothing reads standard input
    pub paths: Vec<PathBuf>,
    /// Take a value from this path first: time status code message `request_id`
    /// latency model `tokens_in` `tokens_out` key attempt. Latency may name its unit: latency=total:s
    #[arg(long = "field", value_name = "NAME=PATH")]
    pub fields: Vec<String>,
    /// Worker threads [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Accept zstd windows of up to 2^LOG bytes
    #[arg(long, value_name = "LOG", value_parser = clap::value_parser!(u32).range(10..=31))]
    pub zstd_window_log: Option<u32>,
    /// Bytes read at once (for tests)
    #[arg(long, hide = true)]
    pub block_bytes: Option<usize>,
    /// Bytes of a file one worker takes (for tests)
    #[arg(long, hide = true)]
    pub segment_bytes: Option<u64>,
    /// Which scanner: fast, or oracle (slow, for doubters)
    #[arg(
        long,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "NAME"
    )]
    pub engine: EngineArg,
    /// Instructions the scanner may use
    #[arg(long, value_enum, default_value_t, hide = true)]
    pub isa: IsaArg,
    /// No progress bar, no remarks; with --fail-on, no text on standard output either
    #[arg(short, long)]
    pub quiet: bool,
    /// Say more on standard error
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,
}

/// How the answer looks.
#[derive(Debug, Args)]
pub struct Look {
    /// Language
    #[arg(long, value_enum, default_value_t)]
    pub lang: LangArg,
    /// Colour
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: ColorArg,
}

/// `dslog analyze`.
#[derive(Debug, Args)]
#[command(after_help = ANALYZE_EXAMPLES)]
pub struct Analyze {
    /// Where the logs are.
    #[command(flatten)]
    pub source: Source,
    /// How the report looks.
    #[command(flatten)]
    pub look: Look,
    /// Format: text json html md csv prom [default: by the ending of -o, else text]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Write the report here, in the format of its ending; `-` is standard output (repeatable).
    /// A file is replaced only when it is complete. NAME.csv has the codes; the other tables
    /// go to NAME-causes.csv and so on
    #[arg(short, long, value_name = "FILE")]
    pub output: Vec<PathBuf>,
    /// The one table of a CSV: codes causes timeline ids models keys statuses latency inputs;
    /// changes with --baseline, rules with --fail-on
    #[arg(long, value_name = "TABLE")]
    pub table: Option<String>,
    /// Show times on this clock: utc, local, +08:00 or Asia/Shanghai; with --state, also whose days [default: utc]
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    /// Only request lines from this time on (UTC): 2026-11-22, 2026-11-22T10:00, RFC 3339, or 90m, 2h, 3d ago;
    /// today, yesterday (of --tz). With --state: only days
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Only request lines before this time
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Width of a time bucket: 1m, 5m, 1h … or auto [default: 1m]
    #[arg(long, value_name = "WIDTH")]
    pub bucket: Option<String>,
    /// How many request ids and keys to list
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub top: usize,
    /// Only failures of this code, in any spelling (repeatable)
    #[arg(long = "code", value_name = "CODE")]
    pub codes: Vec<String>,
    /// Only failures of this kind or family, such as throttle (repeatable)
    #[arg(long = "kind", value_name = "KIND")]
    pub kinds: Vec<String>,
    /// Only requests to this model (repeatable)
    #[arg(long = "model", value_name = "MODEL")]
    pub models: Vec<String>,
    /// Only requests with this status: 429, 5xx, none (repeatable)
    #[arg(long = "status", value_name = "STATUS", allow_hyphen_values = true)]
    pub statuses: Vec<String>,
    /// Look a second time: did a success follow the last failure of the top ids?
    #[arg(long)]
    pub recovered: bool,
    /// Build the side indexes for grep in the same pass (see dslog index)
    #[arg(long, conflicts_with = "state")]
    pub index: bool,
    /// Put them into this directory, not beside their logs
    #[arg(long, value_name = "DIR", requires = "index")]
    pub index_dir: Option<PathBuf>,
    /// Rows of your own for the catalogue
    #[arg(long, value_name = "FILE")]
    pub catalogue: Option<PathBuf>,
    /// Memory for counts, such as 256M; more goes to temporary files
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<String>,
    /// Where temporary files go [default: the system's]
    #[arg(long, value_name = "DIR")]
    pub temp_dir: Option<PathBuf>,
    /// Compare with this report of --format json, and say first what changed
    #[arg(long, value_name = "OLD.json")]
    pub baseline: Option<PathBuf>,
    /// What makes the exit code 3.
    #[command(flatten)]
    pub rules: Rules,
    /// What to remember between runs.
    #[command(flatten)]
    pub state: State,
}

/// What to remember between runs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Run after run")]
pub struct State {
    /// Remember in FILE what was read and counted: read only what is new since, report
    /// all of it. Without PATH: report from FILE and read nothing
    #[arg(long, value_name = "FILE", conflicts_with = "recovered")]
    pub state: Option<PathBuf>,
    /// Report only what this run reads first
    #[arg(long, requires = "state")]
    pub only_new: bool,
    /// Forget what FILE holds and begin anew; all logs count again
    #[arg(long, requires = "state")]
    pub reset_state: bool,
    /// Keep this many days that have request lines; of older ones only the number of
    /// lines [default: 400d]
    #[arg(long, value_name = "DAYS", requires = "state")]
    pub keep: Option<String>,
    /// Take this for the present time (for tests)
    #[arg(long, hide = true, value_name = "TIME")]
    pub now: Option<String>,
}

const FAIL_ON: &str = "End with 3 if this holds (repeatable): failure_rate>5%, code:InvalidApiKey>0, \
kind:billing>0, throttled_minutes>30, new_codes>0, worse>0, malformed>0.1%, p99_ms>8000, \
requests<1 …; --fail-on help lists all names";

/// Rules for those who only look at the exit code.
#[derive(Debug, Args)]
pub struct Rules {
    /// A rule that makes the exit code 3 where it holds.
    #[arg(long = "fail-on", value_name = "RULE", help = FAIL_ON)]
    pub fail_on: Vec<String>,
    /// Accepted chance that a comparison raises an alarm where nothing has changed
    #[arg(long, value_name = "RATE", default_value = "1%")]
    pub false_alarms: String,
}

const DIFF_EXAMPLES: &str = "Examples:
  dslog analyze --format json -o monday.json monday/    a report to compare with
  dslog diff monday.json tuesday.json                   what changed, for people
  dslog diff monday.json tuesday.json --format json     all of it, for programs
  dslog diff monday.json tuesday.json -o diff.html      as a page; also md, csv, prom
  dslog diff -q monday.json tuesday.json --fail-on 'worse>0'
                                        nothing but complaints, and exit code 3

Rates are compared, not counts, bursts are allowed for, and the number of codes
compared is corrected for. Exit: 0 done; 2 usage, a file that is no report, or
output error; 3 a --fail-on rule was broken.";

/// `dslog diff`.
#[derive(Debug, Args)]
#[command(after_help = DIFF_EXAMPLES)]
pub struct Diff {
    /// The older report, from `dslog analyze --format json`
    pub old: PathBuf,
    /// The newer report
    pub new: PathBuf,
    /// How the answer looks.
    #[command(flatten)]
    pub look: Look,
    /// Format: text json html md csv prom [default: by the ending of -o, else text]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Write it here, in the format of its ending; `-` is standard output (repeatable).
    /// A file is replaced only when it is complete
    #[arg(short, long, value_name = "FILE")]
    pub output: Vec<PathBuf>,
    /// The one table of a CSV: changes, and rules with --fail-on
    #[arg(long, value_name = "TABLE")]
    pub table: Option<String>,
    /// Show times on this clock: utc, local, +08:00 or Asia/Shanghai
    #[arg(long, default_value = "utc")]
    pub tz: String,
    /// What makes the exit code 3.
    #[command(flatten)]
    pub rules: Rules,
    /// With --fail-on: print nothing but complaints
    #[arg(short, long)]
    pub quiet: bool,
    /// Rows of your own for the catalogue, for the codes in rules
    #[arg(long, value_name = "FILE")]
    pub catalogue: Option<PathBuf>,
}

/// `dslog index`.
#[derive(Debug, Args)]
#[command(after_help = INDEX_NOTES)]
pub struct Index {
    /// Where the logs are.
    #[command(flatten)]
    pub source: Source,
    /// Put the indexes into this directory, not beside their logs
    #[arg(long, value_name = "DIR")]
    pub index_dir: Option<PathBuf>,
    /// Build anew what could be kept or extended
    #[arg(long)]
    pub rebuild: bool,
    /// text or json
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
}

const INDEX_NOTES: &str = "\
app.jsonl gets app.jsonl.dslog-idx, of 3 % of its decompressed size at most. Run again, it adds
what was appended; an index whose log has changed otherwise is built anew. dslog grep passes over
an index that does not fit its log, and always searches what was appended since.

An index holds hashes of ids, not ids; that of a .gz also pieces of its text, to start decoding
from. Whoever may read it can check whether a guessed id is in the log, and short ids can be
guessed: it is as readable as its log, and no more.";

/// `dslog explain`.
#[derive(Debug, Args)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub struct Explain {
    /// A code, status, message or error body; `-` reads standard input; nothing lists all
    pub query: Option<String>,
    /// text, json or md
    #[arg(long, default_value = "text", value_parser = ["text", "json", "md"])]
    pub format: String,
    /// How the answer looks.
    #[command(flatten)]
    pub look: Look,
    /// Rows of your own
    #[arg(long, value_name = "FILE")]
    pub catalogue: Option<PathBuf>,
}

/// `dslog fields`.
#[derive(Debug, Args)]
#[command(after_help = FIELDS_EXAMPLES)]
pub struct Fields {
    /// Where the logs are.
    #[command(flatten)]
    pub source: Source,
    /// How the answer looks.
    #[command(flatten)]
    pub look: Look,
    /// text or json
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
}

/// `dslog grep`.
#[derive(Debug, Args)]
#[command(after_help = GREP_EXAMPLES, disable_help_flag = true)]
pub struct Grep {
    /// Print help
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
    /// Ids first, then files, directories or globs; `-` or no path reads standard input.
    /// From the second argument on, what exists, has a `/`, a `*` or a log's ending is a path
    #[arg(value_name = "ID… [PATH…]")]
    pub arguments: Vec<PathBuf>,
    /// Look for this id; then every argument is a path (repeatable)
    #[arg(
        short = 'e',
        long = "id",
        value_name = "ID",
        allow_hyphen_values = true
    )]
    pub ids: Vec<String>,
    /// Look for the ids in this file, one a line; `-` is standard input (repeatable)
    #[arg(long, value_name = "FILE")]
    pub ids_from: Vec<PathBuf>,
    /// Ids need only begin so
    #[arg(long, conflicts_with = "anywhere")]
    pub prefix: bool,
    /// Find the ids as any text of a line, not only as its request id
    #[arg(long)]
    pub anywhere: bool,
    /// The file's name before each line
    #[arg(short = 'H', long, overrides_with = "no_filename")]
    pub with_filename: bool,
    /// No file names (the default, but with -c and several files)
    #[arg(short = 'h', long, overrides_with = "with_filename")]
    pub no_filename: bool,
    /// The line's number before each line
    #[arg(short = 'n', long)]
    pub line_number: bool,
    /// How many lines of each file
    #[arg(short = 'c', long, conflicts_with_all = ["files_with_matches", "silent"])]
    pub count: bool,
    /// Names of the files that have any
    #[arg(short = 'l', long, conflicts_with = "silent")]
    pub files_with_matches: bool,
    /// Stop reading a file after so many lines
    #[arg(short = 'm', long, value_name = "N")]
    pub max_count: Option<u64>,
    /// So many lines after each
    #[arg(short = 'A', long, value_name = "N")]
    pub after_context: Option<usize>,
    /// So many lines before each
    #[arg(short = 'B', long, value_name = "N")]
    pub before_context: Option<usize>,
    /// So many lines before and after each
    #[arg(short = 'C', long, value_name = "N")]
    pub context: Option<usize>,
    /// Print nothing, end with the first line found: for scripts
    #[arg(short = 'q', long = "quiet", visible_alias = "silent")]
    pub silent: bool,
    /// A JSON object for each line: path, line, `byte_offset`, ids, time, text
    #[arg(long)]
    pub json: bool,
    /// Also every line that shares a trace, a gateway's or a client's id with those found:
    /// all attempts of a logical request, in time order
    #[arg(long, conflicts_with_all = RELATED_CONFLICTS)]
    pub related: bool,
    /// A block to paste into a support ticket: ids, times, model, error, meaning, attempts;
    /// without keys and prompts
    #[arg(long, conflicts_with_all = RELATED_CONFLICTS)]
    pub ticket: bool,
    /// Language of the ticket
    #[arg(long, value_enum, default_value_t)]
    pub lang: LangArg,
    /// The ticket's clock beside UTC: local, +08:00 or Asia/Shanghai
    #[arg(long, default_value = "local")]
    pub tz: String,
    /// Rows of your own for the catalogue, for the ticket
    #[arg(long, value_name = "FILE")]
    pub catalogue: Option<PathBuf>,
    /// Take a value from this path first, such as `request_id=my.path`
    #[arg(long = "field", value_name = "NAME=PATH")]
    pub fields: Vec<String>,
    /// Where dslog index --index-dir has put the indexes; without it, they lie beside the logs
    #[arg(long, value_name = "DIR", conflicts_with = "no_index")]
    pub index_dir: Option<PathBuf>,
    /// Read everything, whatever indexes there are
    #[arg(long)]
    pub no_index: bool,
    /// Colour
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: ColorArg,
    /// Worker threads [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Accept zstd windows of up to 2^LOG bytes
    #[arg(long, value_name = "LOG", value_parser = clap::value_parser!(u32).range(10..=31))]
    pub zstd_window_log: Option<u32>,
    /// Bytes read at once (for tests)
    #[arg(long, hide = true)]
    pub block_bytes: Option<usize>,
    /// Bytes of a file one worker takes (for tests)
    #[arg(long, hide = true)]
    pub segment_bytes: Option<u64>,
    /// Which scanner: fast, or oracle (slow, for doubters)
    #[arg(long, value_enum, default_value_t, hide = true)]
    pub engine: EngineArg,
    /// No remarks on standard error
    #[arg(long)]
    pub no_messages: bool,
}

/// What makes no sense where lines are gathered and put in time order.
const RELATED_CONFLICTS: [&str; 7] = [
    "count",
    "files_with_matches",
    "silent",
    "max_count",
    "context",
    "before_context",
    "after_context",
];

const GREP_EXAMPLES: &str = "\
Examples:
  dslog grep 5aa3c9e3-0c3b-9c0b-8a4c-1f2e3d4c5b6a app.jsonl   every line of the request
  dslog grep ID1 ID2 logs/ old.jsonl.gz -Hn           two ids, with file and line number
  dslog grep --ids-from ids.txt logs/ -c              thousands of ids, in one pass
  dslog grep --prefix 5aa3c9e3 app.jsonl              the beginning is enough
  dslog grep ID app.jsonl -C 3                        with the lines around
  dslog grep --related ID logs/                       all attempts of the request, by time
  dslog grep --ticket --lang zh ID logs/              a block for a support ticket
  zcat old.gz | dslog grep ID                         from a pipe
  dslog index logs/; dslog grep ID logs/              at once, however many logs there are

A line is found if an id is the value of a request-id field (`dslog fields` shows which),
also inside Docker, CRI and collector envelopes, JSON in strings and Python reprs; or if it
is plain text that calls the id a request's. --anywhere finds any text.

Exit: 0 found; 1 nothing found; 2 wrong usage, or something could not be read in full.";

/// `dslog generate`.
#[derive(Debug, Args)]
pub struct Generate {
    /// typical compact wide openai docker cri storm mixed shuffled hostile
    #[arg(long)]
    pub profile: String,
    /// How many lines
    #[arg(long, default_value_t = 1000)]
    pub lines: u64,
    /// Same seed, same log
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Over how many minutes
    #[arg(long)]
    pub minutes: Option<u32>,
    /// Tear the last line
    #[arg(long)]
    pub torn_tail: bool,
    /// The log; standard output without
    #[arg(short, long)]
    pub output: Option<PathBuf>,
    /// The truth about it
    #[arg(long)]
    pub truth: Option<PathBuf>,
}

/// `--lang`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum LangArg {
    /// English
    #[default]
    En,
    /// 中文
    Zh,
}

/// `--color`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum ColorArg {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// `--engine`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum EngineArg {
    /// The scanner.
    #[default]
    Fast,
    /// The oracle.
    Oracle,
}

/// `--isa`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum IsaArg {
    /// The best there is.
    #[default]
    Auto,
    /// AVX-512.
    Avx512,
    /// AVX2.
    Avx2,
    /// No vectors.
    Portable,
}
