//! From logs to indexes: which are to be built, extended or left alone, and the pass over them.

use super::Place;
use super::assembly::{Plan, Written};
use super::collect::{Collector, Log};
use super::file::IndexFile;
use super::mark::{Likeness, Mark, modified_ns};
use super::worker::Building;
use crate::block::{self, InputOutcome, ReadSettings};
use crate::fault::{Error, Fault, Result};
use crate::input::{Format, Input, format_of};
use crate::pipeline::reader::Reader;
use crate::pipeline::sink::{Record, Sink};
use crate::pipeline::stitch::Shared;
use crate::pipeline::watch::{Watch, Watched};
use crate::progress::Progress;
use crate::scan::engine::{Choice, Engine, Isa};
use crate::scan::schema::Schema;
use std::fs::File;
use std::path::Path;

/// Where indexes lie and what is in them.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Where they lie.
    pub place: Place,
    /// See [`super::meaning`].
    pub meaning: u64,
    /// Build anew what could be kept or extended.
    pub rebuild: bool,
}

/// What became of a log's index.
#[derive(Debug)]
pub enum Outcome {
    /// Built from the log's start.
    Built(Written),
    /// What was appended to the log was added.
    Extended(Written),
    /// As it was: the log has not changed.
    Kept(Written),
    /// Left out, with the reason; no index was written.
    Failed(Error),
    /// It could not be written.
    Unwritten(Error),
}

/// A log and its index.
#[derive(Debug)]
pub struct Indexed {
    /// The log's name to show.
    pub log: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why the log was not read in full; what was read is in the index.
    pub unread: Option<Error>,
}

/// Indexes to be built in a pass over inputs.
pub struct Job {
    collector: Collector,
    steps: Vec<Step>,
}

/// What is to be done for an input.
enum Step {
    Read { extends: bool },
    Keep(Written),
    Fail(Error),
}

/// Prepares inputs for a pass that builds their indexes. `whole`: the pass reads them
/// from the start in any case, for another purpose; else what is indexed already is left out.
pub fn prepare(inputs: &mut [Input], settings: &Settings, whole: bool) -> Job {
    let mut collector = Collector::default();
    let mut steps = Vec::with_capacity(inputs.len());
    for input in inputs {
        let (step, log) = step(input, settings, whole).unwrap_or_else(|e| (Step::Fail(e), None));
        match &log {
            Some(log) => input.tracker = Some(log.tracker()),
            None if !whole => input.leave_out(),
            None => {}
        }
        collector.add(log);
        steps.push(step);
    }
    Job { collector, steps }
}

fn step(input: &mut Input, settings: &Settings, whole: bool) -> Result<(Step, Option<Log>)> {
    let path = match (input.file_path(), input.failure()) {
        (Some(path), _) => path.to_path_buf(),
        (None, Some(error)) => return Err(error.clone()),
        (None, None) => {
            return Err(Error::new("standard input cannot be indexed")
                .at(Path::new(&input.path))
                .hint("name the file"));
        }
    };
    let io = |error: std::io::Error| Error::io(&path, &error);
    let file = File::open(&path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    if !metadata.is_file() {
        return Err(Error::new("is no regular file: it cannot be indexed").at(&path));
    }
    if input.range != (0..u64::MAX) {
        return Err(Error::new("only whole logs can be indexed").at(&path));
    }
    let target = settings.place.of(&path);
    let mut old = IndexFile::open(&target)
        .ok()
        .filter(|old| !settings.rebuild && old.directory.meaning == settings.meaning);
    if let Some(index) = &old {
        let extendable = index.directory.covered > 0;
        match index.directory.mark.compare(&file, &metadata).map_err(io)? {
            Likeness::Same => {
                let kept = Written {
                    lines: index.directory.lines,
                    ids: index
                        .directory
                        .groups
                        .iter()
                        .map(|group| group.entries)
                        .sum(),
                    log_bytes: index.directory.covered,
                    index_bytes: index.size,
                };
                return Ok((Step::Keep(kept), None));
            }
            Likeness::Grown if extendable && !whole => {}
            Likeness::Grown | Likeness::Other => old = None,
        }
    }
    let mut prefix = [0; 16];
    let known = crate::input::read_at(&file, &mut prefix, 0).map_err(io)?;
    let format = format_of(prefix.get(..known).unwrap_or_default()).map_err(|e| e.at(&path))?;
    let compressed = format != Format::Plain;
    let salt = match &old {
        Some(old) => old.directory.salt,
        None => Mark::salt(&file, metadata.len()).map_err(io)?,
    };
    let plan = |old| -> Result<Plan> {
        Ok(Plan {
            log: path.clone(),
            target: target.clone(),
            mark: Mark::take(&file, metadata.len(), modified_ns(&metadata)).map_err(io)?,
            salt,
            meaning: settings.meaning,
            compressed,
            old,
        })
    };
    if let Some(old) = old {
        let covered = old.directory.covered;
        let resume = if compressed {
            old.restart_before(covered)
        } else {
            Ok(None)
        };
        if let Ok(resume) = resume
            && let Ok(log) = Log::new(plan(Some(old))?)
        {
            input.range = covered..u64::MAX;
            input.resume = resume;
            return Ok((Step::Read { extends: true }, Some(log)));
        }
        // The old index is damaged.
    }
    Ok((Step::Read { extends: false }, Some(Log::new(plan(None)?)?)))
}

impl Job {
    /// For the workers of the pass.
    pub const fn watch<'s>(&'s self, schema: &'s Schema) -> impl Watch + 's {
        Building {
            schema,
            collector: &self.collector,
        }
    }

    /// The pass is over: what became of the indexes, in the order of the inputs.
    pub fn finish(self, inputs: &[Input], outcomes: &[InputOutcome]) -> Vec<Indexed> {
        let logs = self.collector.logs.into_iter();
        let rows = self.steps.into_iter().zip(logs).zip(inputs).enumerate();
        rows.map(|(at, ((step, log), input))| {
            let error = outcomes.get(at).and_then(|outcome| outcome.error.as_ref());
            let unread = error.cloned();
            let outcome = match (step, log) {
                (Step::Keep(written), _) => Outcome::Kept(written),
                (Step::Fail(error), _) => Outcome::Failed(error),
                (Step::Read { extends }, log) => {
                    match log.and_then(|log| log.end(unread.is_none())) {
                        Some((Ok(written), _)) if extends => Outcome::Extended(written),
                        Some((Ok(written), _)) => Outcome::Built(written),
                        Some((Err(error), target)) if error.path.as_ref() == Some(&target) => {
                            Outcome::Unwritten(error)
                        }
                        Some((Err(error), _)) => Outcome::Failed(error),
                        None if unread.is_some() => {
                            Outcome::Failed(Error::new("has no index").at(Path::new(&input.path)))
                        }
                        None => {
                            Outcome::Failed(Error::new("was not read").at(Path::new(&input.path)))
                        }
                    }
                }
            };
            Indexed {
                log: input.path.clone(),
                outcome,
                unread,
            }
        })
        .collect()
    }
}

/// What a pass for nothing but indexes gives.
#[derive(Debug)]
pub struct Pass {
    /// What became of the indexes, in the order of the inputs.
    pub rows: Vec<Indexed>,
    /// Lines that were read.
    pub lines: u64,
    /// Those that the fast scanner deferred.
    pub deferred: u64,
}

/// Builds or extends the indexes of logs.
pub fn build(
    mut inputs: Vec<Input>,
    settings: &Settings,
    read: &ReadSettings,
    (schema, engine, isa): (&Schema, Choice, Isa),
    progress: &Progress,
) -> Pass {
    let job = prepare(&mut inputs, settings, false);
    let shared = Shared::default();
    let (outcomes, deferred) = {
        let watch = job.watch(schema);
        let make = |_worker: usize| {
            Watched::new(Quiet::default(), Some(&watch), |tee| {
                let engine = Engine::with_isa(schema, engine, isa);
                Reader::new(schema, &shared, engine, tee)
            })
        };
        let (readers, outcomes) = block::run(&inputs, read, make, progress);
        let deferred = readers.into_iter().map(|reader| reader.finish().deferred);
        (outcomes, deferred.sum())
    };
    Pass {
        rows: job.finish(&inputs, &outcomes),
        lines: shared.counts().values().map(|count| count.lines).sum(),
        deferred,
    }
}

/// Nothing but the index matters.
#[derive(Default)]
struct Quiet {
    deferred: u64,
}

impl Sink for Quiet {
    fn blank(&mut self) {}
    fn malformed(&mut self, _: Fault) {}
    fn plain_text(&mut self) {}
    fn continued(&mut self, _: u64) {}
    fn record(&mut self, _: &Record<'_>) {}
    fn hole(&mut self, _: u64) {}
    fn deferred(&mut self, lines: u64) {
        self.deferred += lines;
    }
}
