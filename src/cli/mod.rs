//! The command line: what can be asked, and nothing of how it is answered.

mod report;
mod search;

pub use report::{Analyze, Diff, Rules, State, Written};
pub use search::{Explain, Fields, Grep, Index};

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

// Names with underscores stand in constants: in a doc comment they would need backticks, which
// help does not render.
const FIELD: &str = "Take a value from this path first: time status code message request_id \
latency model tokens_in tokens_out key attempt. Latency may name its unit, s ms us or ns: latency=total:s";

/// Where the logs are and how their keys are called.
#[derive(Debug, Args)]
pub struct Source {
    /// Files, directories or globs; `-` or nothing reads standard input
    pub paths: Vec<PathBuf>,
    /// Where values are, by what they are.
    #[arg(long = "field", value_name = "NAME=PATH", help = FIELD)]
    pub fields: Vec<String>,
    /// How they are read.
    #[command(flatten)]
    pub reading: Reading,
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
    /// No progress bar, no remarks
    #[arg(short, long)]
    pub quiet: bool,
    /// Say more on standard error
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,
}

/// How logs are read.
#[derive(Debug, Args)]
pub struct Reading {
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

/// The format of an answer that people or programs read.
#[derive(Debug, Args)]
pub struct TextOrJson {
    /// text or json
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
}

impl TextOrJson {
    /// Whether programs are to read it.
    pub fn is_json(&self) -> bool {
        self.format == "json"
    }
}

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
    /// On a terminal, unless the environment forbids it.
    #[default]
    #[value(help = "On a terminal, unless NO_COLOR is set")]
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
