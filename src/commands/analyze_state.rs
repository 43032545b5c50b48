//! `dslog analyze --state`: new lines and a state → the next state, and the report.

use super::console::remark;
use super::delivery::{self, deliver};
use super::outputs::Outputs;
use super::{arguments, source};
use crate::block::{InputOutcome, ReadSettings};
use crate::catalog::Catalog;
use crate::cli;
use crate::fault::{Error, Result};
use crate::input::expand::expand;
use crate::pipeline::{Analysis, Settings};
use crate::record::time;
use crate::report::{Tz, build};
use crate::scan::schema::Schema;
use crate::state::{Asked, Day, How, Outcome, Place, RealDisk, State, resolve};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Runs the command; gives the exit code.
///
/// # Errors
/// Wrong usage, a state that cannot be used or saved, temporary files that cannot be
/// written, or an output that cannot.
pub fn run(args: &cli::Analyze, path: &Path) -> Result<u8> {
    let catalog = Catalog::chosen(args.catalogue.as_deref())?;
    let outputs = delivery::outputs(args)?;
    let gate = delivery::gate(args, &outputs, catalog)?;
    let keep_days = args.state.keep.as_deref().map(keep).transpose()?;
    arguments::tz(args.tz.as_deref())?;
    arguments::bucket(args.bucket.as_deref().unwrap_or("1m"))?;
    let reads = !args.source.paths.is_empty();
    if args.source.paths.iter().any(|path| path == Path::new("-")) {
        return Err(
            Error::new("standard input cannot be known again by a later run")
                .hint("name the files with --state; a pipe is for single reports"),
        );
    }
    check_apart(path, args, &outputs)?;
    let place = if reads || args.state.reset_state {
        Some(Place::lock(path)?)
    } else {
        None
    };
    let real = match &place {
        Some(place) => place.path.clone(),
        None => resolve(path)?,
    };
    let state = State::open(&real, args.state.reset_state, asked(args), keep_days)?;
    if place.is_none() && !state.existed() {
        return Err(Error::new("there is no such state yet")
            .at(path)
            .hint("name the logs, too: dslog analyze --state FILE PATH…"));
    }
    let config = state.config().clone();
    let tz = arguments::tz(Some(&config.tz))?;
    let schema = Schema::new(&config.fields)?;
    let filter = arguments::lists(
        &config.codes,
        &config.kinds,
        &config.models,
        &config.statuses,
        catalog,
    )?;
    let mut read = source::read_settings(&args.source.reading, ReadSettings::default());
    read.hold_tail = true;
    let settings = Settings {
        schema: &schema,
        catalog,
        filter: &filter,
        read,
        engine: arguments::engine(args.source.engine),
        isa: arguments::isa(args.source.isa),
        memory: arguments::memory(args)?,
        top: args.top,
    };
    let now_ms = arguments::now_ms(args)?;
    let how = How {
        settings: &settings,
        tz,
        days: days(args, tz, now_ms)?,
        only_new: args.state.only_new,
    };
    let mut inputs = Vec::new();
    if reads {
        let mut own = vec![real.clone()];
        own.extend(outputs.files());
        own.extend(args.baseline.clone());
        own.extend(place.as_ref().map(|place| place.lock_path.clone()));
        let expanded = expand(&args.source.paths, &own);
        for note in &expanded.notes {
            remark(&args.source, &crate::untrusted::terminal(note));
        }
        inputs = expanded.inputs;
        if inputs.is_empty() {
            return Err(
                Error::new("nothing to read: what is named is written by this run")
                    .hint("name the logs after --state FILE"),
            );
        }
    }
    let (progress, bar) = source::progress(&inputs, !args.source.quiet);
    let outcome = match &place {
        Some(place) => state.run(&inputs, place, &RealDisk, &how, &progress)?,
        None => state.report(&real, &how)?,
    };
    drop(bar);
    drop(place);
    say(args, &outcome, &how);
    let Outcome {
        figures,
        run,
        rows,
        bytes,
        deferred,
        ..
    } = outcome;
    let mut outcomes = Vec::new();
    let mut lines = BTreeMap::new();
    for (index, row) in rows.into_iter().enumerate() {
        let share = if how.only_new { row.new } else { row.all };
        outcomes.push(InputOutcome {
            bytes: share.bytes,
            error: row.error,
            ..InputOutcome::default()
        });
        lines.insert(index, share.lines);
    }
    let analysis = Analysis {
        whole: figures.whole,
        top_ids: figures.top_ids,
        outcomes,
        lines,
    };
    let view = delivery::view(args, &outputs, tz);
    let options = build::Options {
        catalog,
        lang: view.lang,
        bucket_minutes: arguments::bucket(&config.bucket)?,
        top: args.top,
    };
    let mut report = build::build(analysis, &inputs, &options)?;
    report.totals.bytes = bytes;
    report.run = Some(run);
    for row in &mut report.top_request_ids {
        row.inexact = !figures.exact_ids;
    }
    deliver(args, report, outputs, &gate, &view, deferred)
}

/// Refuses a state that is also a log or an output. The state of an earlier run is no log,
/// though a shell's `logs/*` may name it.
fn check_apart(state: &Path, args: &cli::Analyze, outputs: &Outputs) -> Result<()> {
    let real = resolve(state)?;
    let is_there = |path: &&PathBuf| {
        resolve(path).is_ok_and(|path| path == real)
            || same_file::is_same_file(path, &real).unwrap_or(false)
    };
    if let Some(path) = outputs.files().iter().find(is_there) {
        return Err(Error::new("would be both the state and the report")
            .at(path)
            .hint("write the report elsewhere"));
    }
    let log = args.source.paths.iter().find(is_there);
    match log.filter(|path| !crate::state::is_state(path)) {
        Some(path) => Err(Error::new("would be read, and replaced by the state")
            .at(path)
            .hint("name another file with --state")),
        None => Ok(()),
    }
}

/// Remarks on what the report does not say.
fn say(args: &cli::Analyze, outcome: &Outcome, how: &How<'_>) {
    let run = &outcome.run;
    if run.held_bytes > 0 {
        let text = format!(
            "{} bytes at the ends of logs wait for the rest of their lines",
            run.held_bytes
        );
        remark(&args.source, &text);
    }
    if let (Some(dropped), Some(days)) = (outcome.dropped_to, &how.days)
        && days.start <= dropped
    {
        let text = format!(
            "days up to {} are no longer kept (--keep); their request lines count as outside",
            name(dropped)
        );
        remark(&args.source, &text);
    }
    if args.source.verbose {
        let text = format!(
            "run {} of this state: {} new lines; {} bytes read from disk",
            run.seq, run.lines, outcome.stored_bytes
        );
        remark(&args.source, &text);
    }
}

fn asked(args: &cli::Analyze) -> Asked {
    Asked {
        fields: args.source.fields.clone(),
        bucket: args.bucket.clone(),
        tz: args.tz.clone(),
        codes: args.codes.clone(),
        kinds: args.kinds.clone(),
        models: args.models.clone(),
        statuses: args.statuses.clone(),
    }
}

/// `400d`, or a bare number of days.
fn keep(text: &str) -> Result<u32> {
    let number = text.strip_suffix('d').unwrap_or(text);
    let days = number.parse().ok().filter(|days| *days > 0);
    days.ok_or_else(|| {
        Error::new(format!("--keep {text:?} is no number of days")).hint("such as 400d")
    })
}

/// The days from `--since` to before `--until`, if either is given.
fn days(args: &cli::Analyze, tz: Tz, now_ms: i64) -> Result<Option<Range<Day>>> {
    let parse = |flag: &str, text: &Option<String>| {
        text.as_deref()
            .map(|text| day(flag, text, tz, now_ms))
            .transpose()
    };
    let since = parse("--since", &args.since)?;
    let until = parse("--until", &args.until)?;
    if since.is_none() && until.is_none() {
        return Ok(None);
    }
    Ok(Some(since.unwrap_or(Day::MIN)..until.unwrap_or(Day::MAX)))
}

/// `today`, `yesterday`, `7d` (ago), `2026-11-22`.
fn day(flag: &str, text: &str, tz: Tz, now_ms: i64) -> Result<Day> {
    let ago = match text {
        "today" => Some(0),
        "yesterday" => Some(1),
        _ => text
            .strip_suffix('d')
            .and_then(|days| days.parse().ok())
            .filter(|days: &Day| *days >= 0),
    };
    let date = || {
        let is_date = text.len() == 10 && text.as_bytes().get(4) == Some(&b'-');
        let time_ms = time::parse_text(format!("{text}T00:00:00").as_bytes())?;
        is_date.then(|| Tz::Utc.day(time_ms))
    };
    ago.map(|ago| tz.day(now_ms).saturating_sub(ago))
        .or_else(date)
        .ok_or_else(|| {
            Error::new(format!("{flag} {text:?} is no day")).hint(
                "with --state: today, yesterday, 7d for a week ago, without a sign, or 2026-11-22; days are what a state holds",
            )
        })
}

fn name(day: Day) -> String {
    let time = crate::report::model::Time(i64::from(day) * 86_400_000);
    time.rfc3339().chars().take(10).collect()
}
