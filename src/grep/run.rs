//! A search from inputs to outcome.

use super::confirm::{Confirm, Rules};
use super::detail::Traces;
use super::filter::Filter;
use super::locate::{Candidates, IdHash, Locate};
use super::order::Order;
use super::print::{Printer, Style};
use super::search::{Searcher, Task};
use super::select::{Collected, Output, Rule, Select, Target};
use super::wanted::{Match, Wanted};
use crate::block::{self, ReadSettings, Stop};
use crate::catalog::Catalog;
use crate::fault::{Error, Result};
use crate::input::Input;
use crate::limits::GREP_BLOCK_BYTES;
use crate::pipeline::stitch::Shared;
use crate::progress::Progress;
use crate::scan::engine::Choice;
use crate::scan::schema::Schema;
use std::io::Write;
use std::sync::Arc;

/// What is asked.
pub struct Query<'q> {
    /// The ids, and how they must match.
    pub wanted: &'q Wanted,
    /// Where ids stand.
    pub schema: &'q Schema,
    /// How to read.
    pub read: ReadSettings,
    /// Which scanner.
    pub engine: Choice,
    /// What to put out.
    pub output: Output,
    /// How it looks.
    pub style: Style,
    /// Lines of context before and after.
    pub before: usize,
    /// See [`Self::before`].
    pub after: usize,
    /// Most lines of a file.
    pub most: Option<u64>,
    /// Knows where ids may stand.
    pub index: &'q dyn Locate,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Found {
    /// Wanted lines.
    pub lines: u64,
    /// Lines in which an id stands as some other text.
    pub elsewhere: u64,
    /// An index has spared parts of the inputs, and with them any such text.
    pub is_spared: bool,
    /// What could not be read in full, and why.
    pub errors: Vec<Error>,
}

/// Searches, and puts out what is found as soon as it is known.
///
/// # Errors
/// If the output cannot be written. A reader that has seen enough is no error.
pub fn run(
    inputs: &[Input],
    query: &Query<'_>,
    progress: &Progress,
    out: &mut (dyn Write + Send),
) -> Result<Found> {
    if query.most == Some(0) {
        return Ok(Found::default());
    }
    let located = located(inputs, query.wanted, query);
    let extra = Extra {
        details: query.output == Output::Json,
        ..Extra::default()
    };
    let passed = pass(&located, query, query.wanted, extra, progress, out)?;
    Ok(passed.found)
}

/// What a pass wants beyond the ids.
#[derive(Clone, Copy, Default)]
pub(super) struct Extra<'s> {
    /// Records of these traces, too.
    pub(super) traces: Option<&'s Traces>,
    /// Wanted records are described.
    pub(super) details: bool,
    /// Their failures are judged.
    pub(super) catalog: Option<&'s Catalog>,
}

/// What a pass came to.
pub(super) struct Passed {
    pub(super) found: Found,
    /// With [`Output::Collect`].
    pub(super) lines: Vec<Collected>,
}

/// One pass over the inputs.
pub(super) fn pass(
    located: &Located,
    query: &Query<'_>,
    wanted: &Wanted,
    extra: Extra<'_>,
    progress: &Progress,
    out: &mut (dyn Write + Send),
) -> Result<Passed> {
    let filter = Filter::new(wanted, extra.traces)?;
    let rules = Rules {
        schema: query.schema,
        wanted,
        engine: query.engine,
        traces: extra.traces,
        details: extra.details,
        catalog: extra.catalog,
    };
    let most = match query.output {
        Output::Names | Output::Quiet => 1,
        _ => query.most.unwrap_or(u64::MAX),
    };
    let shows_lines = matches!(query.output, Output::Lines | Output::Json | Output::Collect);
    let (before, after) = if shows_lines {
        (query.before, query.after)
    } else {
        (0, 0)
    };
    let task = Task {
        before,
        after,
        numbers: shows_lines && (query.style.numbers || query.output == Output::Json),
        texts: shows_lines,
        notes: rules.details,
        most,
    };
    let rule = Rule {
        output: query.output,
        before: before as u64,
        after: after as u64,
        most,
    };
    let stop = Arc::new(Stop::new(located.inputs.len()));
    let read = ReadSettings {
        stop: Some(Arc::clone(&stop)),
        ..query.read.clone()
    };
    let shared = Shared::default();
    let printer = Printer::new(out, query.style, &filter);
    let select = Select::new(
        rule,
        located.targets.clone(),
        Confirm::new(rules, &shared),
        printer,
    );
    let order = Order::new(located.inputs.len(), select, stop);
    let make = |_worker: usize| Searcher::new(task, rules, &shared, &filter, &order);
    let (workers, outcomes) = block::run(&located.inputs, &read, make, progress);
    drop(workers);
    let mut select = order.finish();
    let mut found = Found {
        lines: select.total,
        elsewhere: select.elsewhere,
        is_spared: located.is_spared,
        errors: std::mem::take(&mut select.errors),
    };
    found
        .errors
        .extend(outcomes.into_iter().filter_map(|outcome| outcome.error));
    let lines = std::mem::take(&mut select.collected);
    match select.into_printer().error {
        Some(error) => Err(error),
        None => Ok(Passed { found, lines }),
    }
}

/// The settings of reading that suit a search.
pub fn read_settings(read: ReadSettings) -> ReadSettings {
    ReadSettings {
        block_bytes: GREP_BLOCK_BYTES,
        ..read
    }
}

/// What is read in a pass: the inputs, or those parts of them that an index leaves.
#[derive(Default)]
pub(super) struct Located {
    inputs: Vec<Input>,
    /// What of them is which file.
    targets: Vec<Target>,
    /// Something is left out.
    is_spared: bool,
}

impl Located {
    fn push(&mut self, file: usize, of: &Input, part: Input, lines_before: u64) {
        self.targets.push(Target {
            name: of.path.clone(),
            file,
            lines_before,
        });
        self.inputs.push(part);
    }
}

/// The inputs as they are.
pub(super) fn whole(inputs: &[Input]) -> Located {
    let mut located = Located::default();
    for (file, input) in inputs.iter().enumerate() {
        located.push(file, input, input.copy(), 0);
    }
    located
}

/// The inputs, or those parts of them that an index leaves for these ids.
pub(super) fn located(inputs: &[Input], wanted: &Wanted, query: &Query<'_>) -> Located {
    // Context may stand outside the parts, and only whole ids have hashes.
    if wanted.how() != Match::Id || query.before > 0 || query.after > 0 {
        return whole(inputs);
    }
    let hashes: Vec<IdHash> = wanted.ids().iter().map(|id| IdHash::of(id)).collect();
    let numbered = query.style.numbers || query.output == Output::Json;
    let mut located = Located::default();
    for (file, input) in inputs.iter().enumerate() {
        match query.index.candidates(input, &hashes) {
            Candidates::Parts(parts) if parts.is_empty() => {
                // Nothing can be there; the file still has its line in `-c`.
                located.push(file, input, input.copy().range(0..0), 0);
                located.is_spared = true;
            }
            Candidates::Parts(parts)
                if !numbered || parts.iter().all(|part| part.lines_before.is_some()) =>
            {
                for part in parts {
                    let lines_before = part.lines_before.unwrap_or_default();
                    located.push(file, input, part.input, lines_before);
                }
                located.is_spared = true;
            }
            Candidates::All | Candidates::Parts(_) => {
                located.push(file, input, input.copy(), 0);
            }
        }
    }
    located
}
