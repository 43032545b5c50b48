//! The commands that make and compare reports.

use super::{Look, Source};
use clap::Args;
use std::path::PathBuf;

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

/// `-q` of `analyze`: it alone has rules.
const QUIET: &str =
    "No progress bar, no remarks; with --fail-on, no text on standard output either";

/// `dslog analyze`.
#[derive(Debug, Args)]
#[command(after_help = ANALYZE_EXAMPLES, mut_arg("quiet", |arg| arg.help(QUIET)))]
pub struct Analyze {
    /// Where the logs are.
    #[command(flatten)]
    pub source: Source,
    /// How the report looks.
    #[command(flatten)]
    pub look: Look,
    /// Where it goes.
    #[command(flatten)]
    pub written: Written,
    /// The one table of a CSV: codes causes timeline ids models keys statuses latency inputs;
    /// changes with --baseline, rules with --fail-on. Without it, -o NAME.csv has the codes, and
    /// the other tables go to NAME-causes.csv and so on
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

/// Where a report or a diff goes, and in which format.
#[derive(Debug, Args)]
pub struct Written {
    /// Format: text json html md csv prom [default: by the ending of -o, else text]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Write it here, in the format of its ending; `-` is standard output (repeatable).
    /// A file is replaced only when it is complete
    #[arg(short, long, value_name = "FILE")]
    pub output: Vec<PathBuf>,
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
    /// Where it goes.
    #[command(flatten)]
    pub written: Written,
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
