//! All lines of a logical request: those of the wanted ids, and whatever shares a trace,
//! a gateway's or a client's id with them, in time order.

use super::detail::Traces;
use super::filter::Filter;
use super::print::{Printer, Shown};
use super::run::{Extra, Found, Query, located, pass, whole};
use super::select::{Collected, Output};
use super::ticket::{self, Ticket};
use super::wanted::{Match, Wanted};
use crate::catalog::Catalog;
use crate::fault::{Error, Result};
use crate::input::Input;
use crate::limits::{MAX_RELATED_PASSES, MAX_TICKETS};
use crate::progress::Progress;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

/// What is told besides the lines.
#[derive(Debug, Default)]
pub struct Related {
    /// As of any search; `lines` counts the related ones, too.
    pub found: Found,
    /// Nothing was added by the last pass. Otherwise more may belong together.
    pub is_whole: bool,
    /// Tickets that were not written.
    pub tickets_left: usize,
}

/// Lines by file and offset.
type Lines = BTreeMap<(usize, u64), Collected>;

/// Finds the wanted lines and all that belongs to them; prints them in time order, or
/// as tickets. Reads the inputs several times.
///
/// # Errors
/// Inputs that cannot be read twice, or an output that cannot be written.
pub fn related(
    inputs: Vec<Input>,
    query: &Query<'_>,
    catalog: &Catalog,
    ticket: Option<&Ticket>,
    progress: &Progress,
    out: &mut (dyn Write + Send),
) -> Result<Related> {
    let (inputs, _spooled) = rereadable(inputs)?;
    let collect = Query {
        output: Output::Collect,
        style: super::Style {
            numbers: true,
            ..query.style
        },
        read: query.read.clone(),
        ..*query
    };
    let mut lines = Lines::new();
    let mut ids: BTreeSet<String> = BTreeSet::new();
    let mut traces = Traces::default();
    let mut related = Related::default();
    let mut wanted: Option<Wanted> = None;
    for round in 0..MAX_RELATED_PASSES {
        let extra = Extra {
            traces: (round > 0).then_some(&traces),
            details: true,
            catalog: ticket.map(|_| catalog),
        };
        let wanted_now = wanted.as_ref().unwrap_or(query.wanted);
        // Indexes know ids only.
        let located = if traces.0.is_empty() {
            located(&inputs, wanted_now, &collect)
        } else {
            whole(&inputs)
        };
        let passed = pass(
            &located,
            &collect,
            wanted_now,
            extra,
            progress,
            &mut io::sink(),
        )?;
        related.found.errors = passed.found.errors;
        if round == 0 {
            related.found.elsewhere = passed.found.elsewhere;
            related.found.is_spared = passed.found.is_spared;
        }
        let known = ids.len() + traces.0.len();
        for mut line in passed.lines {
            for detail in &line.note.details {
                ids.extend(detail.ids.iter().cloned());
                traces.0.extend(detail.traces.iter().cloned());
            }
            line.note.related = round > 0;
            lines.entry((line.file, line.byte_offset)).or_insert(line);
        }
        related.is_whole = ids.len() + traces.0.len() == known;
        if related.is_whole {
            break;
        }
        // What was asked for stays wanted, though no line may have it as an id.
        let asked = query.wanted.ids().iter().map(ToString::to_string);
        wanted = Some(Wanted::new(ids.iter().cloned().chain(asked), Match::Id)?);
    }
    related.found.lines = lines.len() as u64;
    let lines = in_time_order(lines);
    match ticket {
        Some(ticket) => {
            let (texts, left) = ticket::write(&lines, query.wanted, catalog, ticket, MAX_TICKETS);
            related.tickets_left = left;
            print(out, texts.as_bytes())?;
        }
        None => show(&lines, query, wanted.as_ref(), &traces, out)?,
    }
    Ok(related)
}

/// Lines by time; one without a time stands behind the line before it in its file.
fn in_time_order(lines: Lines) -> Vec<Collected> {
    let mut timed: Vec<(i64, Collected)> = Vec::with_capacity(lines.len());
    for ((file, _), line) in lines {
        let own = line.note.details.iter().find_map(|detail| detail.time_ms);
        let before = timed
            .last()
            .filter(|(_, before)| before.file == file)
            .map(|(time, _)| *time);
        timed.push((own.or(before).unwrap_or(i64::MIN), line));
    }
    timed.sort_by_key(|(time, _)| *time); // stable: else by file and offset
    timed.into_iter().map(|(_, line)| line).collect()
}

fn show(
    lines: &[Collected],
    query: &Query<'_>,
    wanted: Option<&Wanted>,
    traces: &Traces,
    out: &mut (dyn Write + Send),
) -> Result<()> {
    let filter = Filter::new(wanted.unwrap_or(query.wanted), Some(traces))?;
    let mut printer = Printer::new(out, query.style, &filter);
    for line in lines {
        printer.line(&Shown {
            name: &line.name,
            number: line.number,
            byte_offset: line.byte_offset,
            text: &line.text,
            wanted: true,
            note: Some(&line.note),
        });
    }
    printer.flush();
    printer.error.map_or(Ok(()), Err)
}

fn print(out: &mut (dyn Write + Send), bytes: &[u8]) -> Result<()> {
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::io(Path::new("standard output"), &error))
        }
        _ => Ok(()),
    }
}

/// The inputs, standard input kept in a temporary file where it can be read only once.
fn rereadable(inputs: Vec<Input>) -> Result<(Vec<Input>, Vec<tempfile::NamedTempFile>)> {
    let mut files = Vec::new();
    let mut all = Vec::with_capacity(inputs.len());
    for input in inputs {
        if input.is_rereadable() || input.failure().is_some() {
            all.push(input);
        } else if input.is_stdin() {
            let mut file = tempfile::NamedTempFile::new().map_err(|error| temporary(&error))?;
            io::copy(&mut io::stdin().lock(), &mut file).map_err(|error| temporary(&error))?;
            let mut copy = Input::file(file.path());
            copy.path = input.path;
            all.push(copy);
            files.push(file);
        } else if input.file_path().is_some_and(Path::exists) {
            return Err(Error::new("can be read only once")
                .at(input.path.as_ref())
                .hint("this search reads several times: name a file, or pipe it in"));
        } else {
            all.push(input);
        }
    }
    Ok((all, files))
}

fn temporary(error: &io::Error) -> Error {
    Error::new(format!(
        "standard input could not be kept for further passes: {error}"
    ))
}
