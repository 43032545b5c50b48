//! `dslog index`: side indexes, so that `grep` need not read whole logs.

use super::arguments::engine;
use super::console::to_stdout;
use super::source::{inputs, progress, read_settings};
use crate::block::ReadSettings;
use crate::cli;
use crate::fault::Result;
use crate::index::{Indexed, Outcome, Place, Settings, Written, build, meaning};
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
    let progress = progress(&inputs);
    let bar = progress.draw(!args.source.quiet);
    let read = read_settings(&args.source.reading, ReadSettings::default());
    let engine = engine(args.source.engine);
    let rows = build(inputs, &settings, &read, (&schema, engine), &progress);
    drop(bar);
    let code = complain(&rows);
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
            grouped(written.lines),
            grouped(written.ids),
            size(written.index_bytes),
            percent(written.index_bytes, written.log_bytes),
            size(written.log_bytes),
        )?;
    }
    Ok(())
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes in the unit that leaves one to three digits before the point.
fn size(bytes: u64) -> String {
    let mut tenths = u128::from(bytes) * 10;
    let mut units = ["KiB", "MiB", "GiB", "TiB"].into_iter();
    let mut unit = "bytes";
    while tenths >= 10_240
        && let Some(larger) = units.next()
    {
        tenths = (tenths + 512) / 1024;
        unit = larger;
    }
    if unit == "bytes" {
        return format!("{bytes} bytes");
    }
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

fn percent(part: u64, whole: u64) -> String {
    let hundredths = u128::from(part) * 10_000 / u128::from(whole.max(1));
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(size(12), "12 bytes");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(size(200 << 20), "200.0 MiB");
        assert_eq!(percent(3, 200), "1.50 %");
        assert_eq!(percent(3, 0), "300.00 %");
    }
}
