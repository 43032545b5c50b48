//! `dslog index`: side indexes, so that `grep` need not read whole logs.

use super::arguments::{engine, isa};
use super::console::{remark_deferred, to_stdout};
use super::source::{inputs, progress, read_settings};
use crate::block::ReadSettings;
use crate::cli;
use crate::fault::Result;
use crate::index::{Indexed, Outcome, Place, Settings, Written, build, meaning};
use crate::report::{bytes, count, share};
use crate::scan::schema::Schema;
use crate::untrusted::terminal;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Runs the command; gives the exit code.
///
/// # Errors
/// Wrong usage, or an output that cannot be written.
pub fn run(args: &cli::Index) -> Result<u8> {
    let schema = Schema::new(&args.source.fields)?;
    let settings = Settings {
        place: Place {
            dir: args.index_dir.clone(),
        },
        meaning: meaning(&args.source.fields),
        rebuild: args.rebuild,
    };
    let inputs = inputs(&args.source, &[])?;
    let (progress, bar) = progress(&inputs, !args.source.quiet);
    let read = read_settings(&args.source.reading, ReadSettings::default());
    let scanner = (&schema, engine(args.source.engine), isa(args.source.isa));
    let pass = build(inputs, &settings, &read, scanner, &progress);
    drop(bar);
    let rows = pass.rows;
    let code = complain(&rows);
    remark_deferred(&args.source, pass.deferred, pass.lines);
    if args.answer.is_json() {
        let rows: Vec<_> = rows.iter().map(row).collect();
        let answer = json!({"schema": "dslog.index/v1", "indexes": rows});
        to_stdout(|out| {
            serde_json::to_writer_pretty(&mut *out, &answer)?;
            writeln!(out)
        })?;
    } else if !args.source.quiet {
        to_stdout(|out| text(&rows, out))?;
    }
    Ok(code)
}

/// Says on standard error what went wrong; gives the exit code.
pub fn complain(rows: &[Indexed]) -> u8 {
    let mut code = 0;
    for row in rows {
        let failed = match &row.outcome {
            Outcome::Failed(error) => Some((error, 1)),
            Outcome::Unwritten(error) => Some((error, 2)),
            Outcome::Built(_) | Outcome::Extended(_) | Outcome::Kept(_) => None,
        };
        let unread = row.unread.as_ref().map(|error| (error, 1));
        for (error, worth) in unread.into_iter().chain(failed) {
            // If nobody can read it, the exit code still tells.
            let _ = writeln!(io::stderr(), "dslog: {error}");
            code = code.max(worth);
        }
    }
    code
}

/// The index that a row is about, and what was done to it.
const fn written(row: &Indexed) -> (Option<&Written>, &'static str) {
    match &row.outcome {
        Outcome::Built(written) => (Some(written), "built"),
        Outcome::Extended(written) => (Some(written), "extended"),
        Outcome::Kept(written) => (Some(written), "kept"),
        Outcome::Failed(_) | Outcome::Unwritten(_) => (None, "failed"),
    }
}

fn row(indexed: &Indexed) -> Value {
    let (written, state) = written(indexed);
    let error = match &indexed.outcome {
        Outcome::Failed(error) | Outcome::Unwritten(error) => Some(error),
        _ => indexed.unread.as_ref(),
    };
    json!({
        "path": indexed.log,
        "state": state,
        "lines": written.map(|w| w.lines),
        "ids": written.map(|w| w.ids),
        "bytes": written.map(|w| w.log_bytes),
        "index_bytes": written.map(|w| w.index_bytes),
        "error": error.map(ToString::to_string),
    })
}

fn text(rows: &[Indexed], out: &mut dyn Write) -> io::Result<()> {
    for indexed in rows {
        let (Some(written), state) = written(indexed) else {
            continue;
        };
        writeln!(
            out,
            "{}: {state}, {} lines, {} ids, {} ({} of {})",
            terminal(&indexed.log),
            count(written.lines),
            count(written.ids),
            bytes(written.index_bytes),
            share(written.index_bytes, written.log_bytes),
            bytes(written.log_bytes),
        )?;
    }
    Ok(())
}
