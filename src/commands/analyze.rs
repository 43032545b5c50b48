//! `dslog analyze`: inputs → report.

use super::gate::{self, Gate};
use super::index;
use super::outputs::{Outputs, tables};
use crate::aggregate::Memory;
use crate::catalog::Catalog;
use crate::cli::{self, ColorArg, EngineArg, IsaArg, LangArg};
use crate::fault::{Error, Result};
use crate::input::Input;
use crate::input::expand::expand;
use crate::lang::Lang;
use crate::limits;
use crate::pipeline::filter::Filter;
use crate::pipeline::watch::Watch;
use crate::pipeline::{Settings, analyze, second_look};
use crate::progress::Progress;
use crate::record::time;
use crate::report::model::Report;
use crate::report::{self, Tz, View, build};
use crate::scan::engine::{Choice, Isa};
use crate::scan::schema::Schema;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Runs the command; gives the exit code.
///
/// # Errors
/// Wrong usage, temporary files that cannot be written, or an output that cannot.
pub fn run(args: &cli::Analyze) -> Result<u8> {
    if let Some(path) = &args.state.state {
        return super::analyze_state::run(args, path);
    }
    let catalog = Catalog::chosen(args.catalogue.as_deref())?;
    let outputs = outputs(args)?;
    let view = view(args, &outputs, tz(args.tz.as_deref())?);
    let filter = filter(args, catalog)?;
    let bucket_minutes = bucket(args.bucket.as_deref().unwrap_or("1m"))?;
    let schema = Schema::new(&args.source.fields)?;
    let memory = memory(args)?;
    let settings = Settings {
        schema: &schema,
        catalog,
        filter: &filter,
        read: read_settings(&args.source),
        engine: engine(args.source.engine),
        isa: isa(args.source.isa),
        memory,
        top: args.top,
    };
    let gate = gate(args, &outputs, catalog)?;
    let own: Vec<_> = outputs
        .files()
        .into_iter()
        .chain(args.baseline.clone())
        .collect();
    let mut inputs = inputs(&args.source, &own)?;
    let job = args.index.then(|| prepare_index(args, &mut inputs));
    let progress = progress(&inputs);
    let bar = progress.draw(!args.source.quiet);
    let analysis = {
        let watch = job.as_ref().map(|job| job.watch(&schema));
        let watch = watch.as_ref().map(|watch| watch as &dyn Watch);
        analyze(&inputs, &settings, watch, &progress)?
    };
    let deferred = analysis.whole.counts.deferred;
    for input in &mut inputs {
        input.tracker = None;
    }
    let second = args.recovered.then(|| {
        let ids: Vec<_> = analysis.top_ids.clone();
        let readable = inputs.iter().all(Input::is_rereadable);
        readable.then(|| second_look::recovered(&inputs, &settings, &ids, &progress))
    });
    drop(bar);
    let unindexed = job.map_or(0, |job| {
        let mut rows = job.finish(&inputs, &analysis.outcomes);
        // The report says so itself.
        rows.iter_mut().for_each(|row| row.unread = None);
        index::complain(&rows)
    });
    let options = build::Options {
        catalog,
        lang: view.lang,
        bucket_minutes,
        top: args.top,
    };
    let mut report = build::build(analysis, &inputs, &options)?;
    match second {
        Some(Some(recovered)) => {
            for row in &mut report.top_request_ids {
                row.recovered = recovered.get(row.request_id.raw()).copied();
            }
        }
        Some(None) => remark(
            &args.source,
            "--recovered needs files: standard input cannot be read twice",
        ),
        None => {}
    }
    if report.totals.requests == 0 && report.totals.outside > 0 {
        remark(&args.source, &nothing_admitted(args, catalog, &report));
    }
    let code = deliver(args, report, outputs, &gate, &view, deferred)?;
    Ok(code.max(unindexed))
}

/// Where the report goes; none of it may be a log that is read.
pub(super) fn outputs(args: &cli::Analyze) -> Result<Outputs> {
    let outputs = Outputs::new(
        &args.output,
        args.format.as_deref(),
        args.table.as_deref(),
        &tables(args.baseline.is_some(), !args.rules.fail_on.is_empty()),
    )?;
    outputs.check_apart(&args.source.paths)?;
    Ok(outputs)
}

/// What the report is held to, once its outputs are known to be writable.
pub(super) fn gate(args: &cli::Analyze, outputs: &Outputs, catalog: &Catalog) -> Result<Gate> {
    outputs.check()?;
    let files = outputs.files();
    Gate::new(&args.rules, args.baseline.as_deref(), &files, catalog)
}

/// Judges the rules, complains about what went wrong and writes the report; gives the
/// exit code.
///
/// # Errors
/// If it cannot be written.
pub(super) fn deliver(
    args: &cli::Analyze,
    mut report: Report,
    outputs: Outputs,
    gate: &Gate,
    view: &View,
    deferred: u64,
) -> Result<u8> {
    complain(&args.source, &report, deferred);
    gate.judge(&mut report);
    // With rules to speak up, `-q` leaves the text out: cron mails what is printed.
    let silent = args.source.quiet && gate.has_rules() && args.format.is_none();
    let outputs = if silent {
        outputs.files_only()
    } else {
        outputs
    };
    outputs.write(|output, out| {
        let view = View {
            color: view.color && (output.path.is_none() || always_color(args.look.color)),
            table: output.table,
            ..view.clone()
        };
        report::write(&report, output.format, &view, out)
    })?;
    let unread = report.inputs.iter().any(|input| input.error.is_some());
    Ok(gate::complain(&report, view, u8::from(unread)))
}

/// The indexes that are to be built in the same pass.
fn prepare_index(args: &cli::Analyze, inputs: &mut [Input]) -> crate::index::Job {
    let settings = crate::index::Settings {
        place: crate::index::Place {
            dir: args.index_dir.clone(),
        },
        meaning: crate::index::meaning(&args.source.fields),
        rebuild: false,
    };
    crate::index::prepare(inputs, &settings, true)
}

/// Writes to standard output; a reader that has seen enough is no error.
///
/// # Errors
/// If it cannot be written.
pub fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            // What is buffered has no reader: let it go without a second error on drop.
            let _ = out.into_parts();
            Ok(())
        }
        written => written.map_err(|error| Error::io(Path::new("standard output"), &error)),
    }
}

/// The inputs that the arguments name, but for the run's `own` outputs; remarks go to
/// standard error.
///
/// # Errors
/// If the only input is the file that the answer goes to: it would be replaced unread.
pub fn inputs(source: &cli::Source, own: &[PathBuf]) -> Result<Vec<Input>> {
    let expanded = expand(&source.paths, own);
    for note in &expanded.notes {
        remark(source, &crate::untrusted::terminal(note));
    }
    if source.paths.is_empty() && io::stdin().is_terminal() {
        remark(
            source,
            "reading standard input from the terminal; end with Ctrl-D, or name a file",
        );
    }
    if expanded.inputs.is_empty() {
        return Err(
            Error::new("nothing to read: the only input is the file to be written")
                .hint("write the report elsewhere"),
        );
    }
    Ok(expanded.inputs)
}

/// Progress over all inputs whose size is known.
pub fn progress(inputs: &[Input]) -> Arc<Progress> {
    Arc::new(Progress::new(inputs.iter().map(Input::stored_bytes).sum()))
}

/// How to read, as the arguments say.
pub fn read_settings(source: &cli::Source) -> crate::block::ReadSettings {
    let mut read = crate::block::ReadSettings {
        zstd_window_log: source.zstd_window_log,
        ..Default::default()
    };
    if let Some(threads) = source.threads {
        read.threads = usize::from(threads);
    }
    if let Some(bytes) = source.block_bytes {
        read.block_bytes = bytes.max(1);
    }
    if let Some(bytes) = source.segment_bytes {
        read.segment_bytes = bytes.max(1);
    }
    read
}

/// The scanner that an argument names.
pub fn engine(arg: EngineArg) -> Choice {
    match arg {
        EngineArg::Fast => Choice::Fast,
        EngineArg::Oracle => Choice::Oracle,
    }
}

/// The instructions that an argument names.
pub fn isa(arg: IsaArg) -> Isa {
    match arg {
        IsaArg::Auto => Isa::Auto,
        IsaArg::Avx512 => Isa::Avx512,
        IsaArg::Avx2 => Isa::Avx2,
        IsaArg::Portable => Isa::Portable,
    }
}

/// The language that an argument names.
pub fn lang(arg: LangArg) -> Lang {
    match arg {
        LangArg::En => Lang::En,
        LangArg::Zh => Lang::Zh,
    }
}

/// Whether to colour what goes to standard output (or not there at all).
pub fn color(arg: ColorArg, to_stdout: bool) -> bool {
    match arg {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => {
            to_stdout
                && io::stdout().is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
        }
    }
}

fn always_color(arg: ColorArg) -> bool {
    matches!(arg, ColorArg::Always)
}

/// Columns of the terminal; 80 elsewhere.
pub fn width() -> usize {
    terminal_size::terminal_size_of(io::stdout()).map_or(80, |(width, _)| usize::from(width.0))
}

/// The memory that an argument allows.
pub(super) fn memory(args: &cli::Analyze) -> Result<Memory> {
    Ok(Memory {
        cap_bytes: args
            .memory
            .as_deref()
            .map_or(Ok(limits::MEMORY_BYTES), size)?,
        temp_dir: args.temp_dir.clone().unwrap_or_else(std::env::temp_dir),
    })
}

/// The clock that an argument names.
pub(super) fn tz(name: Option<&str>) -> Result<Tz> {
    name.map_or(Ok(Tz::Utc), |name| name.parse().map_err(Error::new))
}

pub(super) fn view(args: &cli::Analyze, outputs: &Outputs, tz: Tz) -> View {
    View {
        lang: lang(args.look.lang),
        tz,
        width: width(),
        color: color(args.look.color, outputs.has_stdout()),
        top: args.top,
        ..View::default()
    }
}

fn filter(args: &cli::Analyze, catalog: &Catalog) -> Result<Filter> {
    let zone = tz(args.tz.as_deref())?;
    let now_ms = now_ms(args)?;
    let moment = |text: &str| moment(text, zone, now_ms);
    Ok(Filter {
        since_ms: args.since.as_deref().map(moment).transpose()?,
        until_ms: args.until.as_deref().map(moment).transpose()?,
        ..lists(
            &args.codes,
            &args.kinds,
            &args.models,
            &args.statuses,
            catalog,
        )?
    })
}

/// The present, in ms since 1970 UTC.
pub(super) fn now_ms(args: &cli::Analyze) -> Result<i64> {
    let now_ms = chrono::Utc::now().timestamp_millis();
    let told = args.state.now.as_deref();
    told.map_or(Ok(now_ms), |told| moment(told, Tz::Utc, now_ms))
}

/// A filter of what arguments list, at any time.
pub(super) fn lists(
    codes: &[String],
    kinds: &[String],
    models: &[String],
    statuses: &[String],
    catalog: &Catalog,
) -> Result<Filter> {
    let canonical = |code: &String| Filter::canonical(catalog, code);
    Ok(Filter {
        since_ms: None,
        until_ms: None,
        codes: codes.iter().map(canonical).collect(),
        kinds: kinds
            .iter()
            .map(|kind| Filter::kind(kind))
            .collect::<Result<_>>()?,
        models: models.to_vec(),
        statuses: statuses
            .iter()
            .map(|status| status.parse())
            .collect::<Result<_>>()?,
    })
}

/// `1m`, `5m`, `1h`, `1d`; `None` for `auto`.
pub(super) fn bucket(text: &str) -> Result<Option<i64>> {
    let wrong = || Error::new(format!("--bucket {text:?} is no width")).hint("1m, 5m, 1h or auto");
    if text == "auto" {
        return Ok(None);
    }
    let minutes = duration_minutes(text)
        .filter(|minutes| *minutes > 0)
        .ok_or_else(wrong)?;
    // Buckets start at multiples of their width since 1970; only divisors of a day align with days.
    if 1440 % minutes == 0 {
        Ok(Some(minutes))
    } else {
        Err(wrong().hint("give one that divides a day, such as 5m, 15m or 1h"))
    }
}

pub(super) fn duration_minutes(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let number: i64 = text.strip_suffix(unit)?.parse().ok()?;
    let factor = match unit {
        'm' => 1,
        'h' => 60,
        'd' => 1440,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// A time as the command line takes it, in ms since 1970 UTC.
fn moment(text: &str, tz: Tz, now_ms: i64) -> Result<i64> {
    let today = match text {
        "today" => Some(0),
        "yesterday" => Some(-1),
        _ => None,
    };
    if let Some(shift) = today {
        return Ok(tz.day_start(tz.day(now_ms) + shift));
    }
    let absolute = ["", ":00", "T00:00:00"]
        .iter()
        .find_map(|rest| time::parse_text(format!("{text}{rest}").as_bytes()));
    let ago = || Some(now_ms - duration_minutes(text)?.checked_mul(time::MINUTE_MS)?);
    absolute.or_else(ago).ok_or_else(|| {
        Error::new(format!("{text:?} is no time")).hint("2026-11-22, 2026-11-22T10:00, 2026-11-22T10:00:00+08:00, today, yesterday, or 90m, 2h, 3d for that long ago")
    })
}

/// `512M`, `2G`, `65536`.
fn size(text: &str) -> Result<usize> {
    let wrong = || Error::new(format!("--memory {text:?} is no size")).hint("such as 256M or 2G");
    let (number, shift) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 10),
        Some(b'm' | b'M') => (&text[..text.len() - 1], 20),
        Some(b'g' | b'G') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    let number: usize = number.parse().map_err(|_| wrong())?;
    number.checked_mul(1 << shift).ok_or_else(wrong)
}

/// A remark on standard error. If nobody can read it, nothing is lost.
pub fn remark(source: &cli::Source, text: &str) {
    if !source.quiet {
        let _ = writeln!(io::stderr(), "dslog: {text}");
    }
}

/// What went wrong with inputs, and what to do where nothing was recognised.
fn complain(source: &cli::Source, report: &Report, deferred: u64) {
    for input in &report.inputs {
        if let Some(error) = &input.error {
            let counted = match input.lines {
                0 => String::new(),
                1 => "; 1 line of it was counted".to_owned(),
                lines => format!("; {lines} lines of it were counted"),
            };
            let _ = writeln!(io::stderr(), "dslog: {}{counted}", error.terminal());
        }
    }
    if report.totals.lines > 0 && report.totals.requests == 0 && report.totals.outside == 0 {
        remark(
            source,
            "no line was recognised as a request; `dslog fields` shows which keys were looked for",
        );
    }
    if report.notes.batched > 0 {
        let text = format!(
            "{} lines hold many records each and count as other; split them first, for instance with `jq -c '.Records[]'`",
            report.notes.batched
        );
        remark(source, &text);
    }
    if source.verbose {
        remark(
            source,
            &format!(
                "{deferred} of {} lines went to the slow engine",
                report.totals.lines
            ),
        );
    }
}

/// What to say where all request lines were outside what was asked for.
fn nothing_admitted(args: &cli::Analyze, catalog: &Catalog, report: &Report) -> String {
    let mut text = format!(
        "none of {} request lines is what was asked for (--since, --until, --code, --kind, --model, --status)",
        report.totals.outside
    );
    for code in &args.codes {
        let near = catalog.nearest(code, 3);
        let known = near
            .iter()
            .any(|cause| cause.code == Filter::canonical(catalog, code));
        if !known && !near.is_empty() {
            let names: Vec<&str> = near.iter().map(|cause| &*cause.code).collect();
            let code = crate::untrusted::terminal(code);
            let _ = write!(
                text,
                "; the catalogue has no {code}, but {}",
                names.join(", ")
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_times_and_sizes() {
        assert_eq!(bucket("1m").unwrap(), Some(1));
        assert_eq!(bucket("2h").unwrap(), Some(120));
        assert_eq!(bucket("auto").unwrap(), None);
        assert!(
            bucket("7m").is_err()
                && bucket("0m").is_err()
                && bucket("x").is_err()
                && bucket("").is_err()
        );
        assert_eq!(size("64K").unwrap(), 65536);
        assert!(size("lots").is_err() && size("").is_err());
        let day = 1_795_305_600_000;
        let at = |text| moment(text, Tz::Utc, day + 3_600_000);
        assert_eq!(at("2026-11-22").unwrap(), day);
        assert_eq!(at("2026-11-22T00:00").unwrap(), day);
        assert_eq!(at("2026-11-22T08:00:00+08:00").unwrap(), day);
        assert_eq!(at("today").unwrap(), day);
        assert_eq!(at("yesterday").unwrap(), day - 86_400_000);
        assert_eq!(at("1h").unwrap(), day);
        assert!(at("soon").is_err());
        let west: Tz = "-05:00".parse().unwrap();
        assert_eq!(
            moment("today", west, day + 3_600_000).unwrap(),
            day - 68_400_000
        );
    }
}
