//! `dslog fields`: which paths were taken for what, how many lines had them, and
//! what to do where the guess is wrong.

use super::analyze::{engine, inputs, isa, progress, read_settings, to_stdout};
use crate::block;
use crate::cli;
use crate::fault::{Fault, Result};
use crate::limits::{FIELD_SAMPLE_CHARS, SAMPLE_BYTES};
use crate::pipeline::reader::{Reader, Record, Shared, Sink};
use crate::record::Raw;
use crate::redact::redact;
use crate::scan::engine::Engine;
use crate::scan::schema::{Role, Schema};
use crate::untrusted::Untrusted;
use serde::Serialize;
use std::io::{self, Write};

/// One wanted path as it was found.
#[derive(Clone, Debug, Default, Serialize)]
struct Found {
    lines: u64,
    /// The least value by bytes, redacted.
    sample: Option<String>,
}

/// Counts hits by path.
struct Survey {
    records: u64,
    malformed: u64,
    found: Vec<Found>,
}

impl Sink for Survey {
    fn record(&mut self, record: &Record<'_>) {
        self.records += 1;
        for hit in &record.hits.list {
            let Some(found) = self.found.get_mut(usize::from(hit.path)) else {
                continue;
            };
            found.lines += 1;
            let raw = hit.raw(record.json);
            // Long values are no better samples; skipping them keeps the pass quick.
            if raw.len() <= SAMPLE_BYTES {
                let text = Raw(raw).text();
                if found.sample.as_deref().is_none_or(|known| *text < *known) {
                    found.sample = Some(redact(&text).into_owned());
                }
            }
        }
    }

    fn malformed(&mut self, _: Fault) {
        self.malformed += 1;
    }

    fn blank(&mut self) {}
    fn plain_text(&mut self) {}
    fn continued(&mut self, _: u64) {}
    fn hole(&mut self, _: u64) {}
    fn deferred(&mut self, _: u64) {}
}

/// A row of the answer.
#[derive(Debug, Serialize)]
struct Row {
    name: &'static str,
    path: String,
    lines: u64,
    sample: Option<Untrusted>,
}

/// Runs the command; gives the exit code.
///
/// # Errors
/// Wrong usage, or an output that cannot be written.
pub fn run(args: &cli::Fields) -> Result<u8> {
    let schema = Schema::new(&args.source.fields)?;
    let inputs = inputs(&args.source, None);
    let progress = progress(&inputs);
    let bar = progress.draw(!args.source.quiet);
    let shared = Shared::default();
    let paths = schema.paths().len();
    let reader = |_worker: usize| {
        let survey = Survey {
            records: 0,
            malformed: 0,
            found: vec![Found::default(); paths],
        };
        let engine = Engine::with_isa(&schema, engine(args.source.engine), isa(args.source.isa));
        Reader::new(&schema, &shared, engine, survey)
    };
    let (mut readers, outcomes) =
        block::run(&inputs, &read_settings(&args.source), reader, &progress);
    if let Some(first) = readers.first_mut() {
        first.finish_inputs();
    }
    drop(bar);
    let mut whole = Survey {
        records: 0,
        malformed: 0,
        found: vec![Found::default(); paths],
    };
    for part in readers.into_iter().map(Reader::finish) {
        whole.records += part.records;
        whole.malformed += part.malformed;
        for (mine, theirs) in whole.found.iter_mut().zip(part.found) {
            mine.lines += theirs.lines;
            mine.sample = match (mine.sample.take(), theirs.sample) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (one, None) | (None, one) => one,
            };
        }
    }
    let rows = rows(&schema, &whole);
    to_stdout(|out| {
        if args.format == "json" {
            json(&whole, &rows, out)
        } else {
            text(&whole, &rows, out)
        }
    })?;
    let mut broken = false;
    for error in outcomes.into_iter().filter_map(|outcome| outcome.error) {
        broken = true;
        // If nobody can read it, the exit code still tells.
        let _ = writeln!(io::stderr(), "dslog: {error}");
    }
    Ok(u8::from(broken))
}

/// Name of a role for people; roles that no one sets keep a name in brackets.
const fn name(role: Role) -> &'static str {
    match role.field_name() {
        Some(name) => name,
        None => match role {
            Role::TaskState => "(task state)",
            Role::Level => "(level)",
            Role::Text => "(error text)",
            Role::Host => "(provider)",
            Role::ApiEvent => "(API event)",
            Role::Stream => "(stream)",
            _ => "(batch)",
        },
    }
}

fn rows(schema: &Schema, whole: &Survey) -> Vec<Row> {
    let found = schema
        .paths()
        .iter()
        .zip(&whole.found)
        .filter(|(spec, found)| found.lines > 0 || spec.by_user);
    found
        .map(|(spec, found)| Row {
            name: name(spec.role),
            path: spec.path.clone(),
            lines: found.lines,
            sample: found.sample.clone().map(Untrusted::new),
        })
        .collect()
}

fn json(whole: &Survey, rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let value = serde_json::json!({
        "schema": "dslog.fields/v1", "records": whole.records, "malformed": whole.malformed, "fields": rows,
    });
    writeln!(out, "{value:#}")
}

fn text(whole: &Survey, rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{} records, {} malformed lines\n",
        whole.records, whole.malformed
    )?;
    writeln!(
        out,
        "{:<13} {:<34} {:>8}  SAMPLE",
        "TAKEN FOR", "PATH", "OF LINES"
    )?;
    for row in rows {
        let share = row.lines as f64 * 100.0 / (whole.records.max(1)) as f64;
        let sample: String = row
            .sample
            .as_ref()
            .map(Untrusted::terminal)
            .unwrap_or_default();
        let sample: String = sample.chars().take(FIELD_SAMPLE_CHARS).collect();
        let path = crate::untrusted::terminal(&row.path);
        writeln!(out, "{:<13} {path:<34} {share:>6.1} %  {sample}", row.name)?;
    }
    let missing: Vec<_> = ["status", "code", "time", "request_id"]
        .into_iter()
        .filter(|name| !rows.iter().any(|row| row.name == *name && row.lines > 0))
        .collect();
    if missing.is_empty() {
        writeln!(
            out,
            "\nOf several paths for one value the first in this list wins, line by line."
        )?;
    } else {
        writeln!(out, "\nNothing was found for: {}.", missing.join(", "))?;
    }
    writeln!(
        out,
        "Wrong or missing? Name the path: --field status=http.result --field latency=total:s"
    )
}
