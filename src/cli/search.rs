//! The commands that find lines, codes and keys.

use super::{ColorArg, EngineArg, LangArg, Look, Reading, Source, TextOrJson};
use clap::Args;
use std::path::PathBuf;

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

/// `-q` of `index`: what it is for is in its files.
const QUIET: &str = "No progress bar, no remarks, no text on standard output";

/// `dslog index`.
#[derive(Debug, Args)]
#[command(after_help = INDEX_NOTES, mut_arg("quiet", |arg| arg.help(QUIET)))]
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
    /// In which format it answers.
    #[command(flatten)]
    pub answer: TextOrJson,
}

const INDEX_NOTES: &str = "\
app.jsonl gets app.jsonl.dslog-idx, of some 3 bytes for each id: 0.6 % of a log of 500-byte lines,
2 % of 140-byte lines, more of shorter ones, and a few hundred bytes at least. Run again, it adds
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
    #[arg(allow_negative_numbers = true)]
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
    /// In which format it answers.
    #[command(flatten)]
    pub answer: TextOrJson,
}

const GREP_FIELD: &str = "Take a value from this path first, such as request_id=my.path";

const GREP_JSON: &str = "A JSON object for each line: path, line, byte_offset, ids, time, text";

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
    /// No file names (the default, except with -c and several files)
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
    /// For programs.
    #[arg(long, help = GREP_JSON)]
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
    /// Where values are, by what they are.
    #[arg(long = "field", value_name = "NAME=PATH", help = GREP_FIELD)]
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
    /// How logs are read.
    #[command(flatten)]
    pub reading: Reading,
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
