//! The main pass: every line into counts.

use super::filter::Filter;
use super::reader::Reader;
use super::sink::{Record, Sink};
use super::stitch::{LineCount, Shared};
use super::watch::{Watch, Watched};
use crate::aggregate::ids::{Ids, TopId};
use crate::aggregate::{Memory, Whole, Worker, conserved};
use crate::block::{self, InputOutcome, ReadSettings};
use crate::catalog::Catalog;
use crate::fault::{Error, Fault, Result};
use crate::input::Input;
use crate::progress::Progress;
use crate::record::call::Call;
use crate::record::gist::Gist;
use crate::record::verdict::{Judge, Line};
use crate::scan::engine::{Choice, Engine, Isa};
use crate::scan::schema::Schema;
use std::collections::BTreeMap;

/// How to read and count.
pub struct Settings<'a> {
    /// Wanted paths.
    pub schema: &'a Schema,
    /// What errors mean.
    pub catalog: &'a Catalog,
    /// Which request lines the report is about.
    pub filter: &'a Filter,
    /// How to read.
    pub read: ReadSettings,
    /// Which scanner.
    pub engine: Choice,
    /// Which instructions it uses.
    pub isa: Isa,
    /// Where counts may go.
    pub memory: Memory,
    /// How many ids to name.
    pub top: usize,
}

/// What the inputs hold.
pub struct Analysis {
    /// The counts.
    pub whole: Whole,
    /// The ids with the most failures.
    pub top_ids: Vec<TopId>,
    /// How reading went, by input.
    pub outcomes: Vec<InputOutcome>,
    /// Lines, by input.
    pub lines: BTreeMap<usize, LineCount>,
}

/// Memory that is of no more use: there may be millions of ids in it.
pub struct Spent(#[allow(dead_code)] Ids);

impl Spent {
    /// Leaves it to the end of the process, which gives it back at once. Piece by piece, it
    /// takes as long as a twentieth of the whole run.
    pub fn leave(self) {
        std::mem::forget(self);
    }
}

/// Reads all inputs and counts. `watch` looks on. Gives what it found, and what is left over.
///
/// # Errors
/// If counts had to go to disk and could not. Inputs that cannot be read are no
/// error here; their outcomes say so.
pub fn analyze(
    inputs: &[Input],
    settings: &Settings<'_>,
    watch: Option<&dyn Watch>,
    progress: &Progress,
) -> Result<(Analysis, Spent)> {
    // Half for ids, the rest for the workers and the merging of their tables.
    let cap_bytes = settings.memory.cap_bytes;
    let mut ids = Ids::new(cap_bytes / 2, &settings.memory.temp_dir, settings.top);
    let share_bytes = cap_bytes / 2 / (settings.read.threads + 1);
    let shared = Shared::default();
    let reader = |_worker: usize| {
        let sink = Analyze {
            judge: Judge::new(settings.catalog, settings.schema, settings.engine),
            worker: Worker::new(&ids, share_bytes, &settings.memory.temp_dir),
            filter: settings.filter,
        };
        let engine = Engine::with_isa(settings.schema, settings.engine, settings.isa);
        Watched::new(sink, watch, |tee| {
            Reader::new(settings.schema, &shared, engine, tee)
        })
    };
    let (mut readers, outcomes) = block::run(inputs, &settings.read, reader, progress);
    match readers.first_mut() {
        Some(first) => first.finish_inputs(),
        None => readers.push(reader(0)),
    }
    let mut whole: Option<Whole> = None;
    for reader in readers {
        let part = reader.finish().worker.finish()?;
        match &mut whole {
            Some(whole) => whole.merge(part)?,
            None => whole = Some(part),
        }
    }
    let whole = whole.ok_or_else(|| Error::new("no worker ran"))?;
    let lines = shared.counts();
    let analysis = Analysis {
        whole,
        top_ids: ids.take_top()?,
        outcomes,
        lines,
    };
    analysis.check_conservation()?;
    Ok((analysis, Spent(ids)))
}

impl Analysis {
    /// Every line must have become exactly one thing.
    fn check_conservation(&self) -> Result<()> {
        let counts = &self.whole.counts;
        let read: u64 = self.lines.values().map(|count| count.lines).sum();
        let malformed: u64 = self.lines.values().map(|count| count.malformed).sum();
        conserved("lines read, accounted for", read, counts.lines())?;
        conserved("malformed lines, by fault", malformed, counts.malformed())?;
        counts.check_requests()
    }
}

/// One worker's counting.
struct Analyze<'s> {
    judge: Judge<'s>,
    worker: Worker<'s>,
    filter: &'s Filter,
}

impl Sink for Analyze<'_> {
    fn blank(&mut self) {
        self.worker.counts.blank += 1;
    }

    fn malformed(&mut self, fault: Fault) {
        self.worker.counts.fault(fault);
    }

    fn plain_text(&mut self) {
        self.worker.counts.other += 1;
    }

    fn continued(&mut self, lines: u64) {
        self.worker.counts.continued += lines;
    }

    fn hole(&mut self, bytes: u64) {
        self.worker.counts.notes.nul_hole_bytes += bytes;
    }

    fn end(&mut self) {
        self.worker.settle();
    }

    fn deferred(&mut self, lines: u64) {
        self.worker.counts.deferred += lines;
    }

    fn takes_short_way(&self) -> bool {
        self.filter.has_no_lists()
    }

    #[inline(always)]
    fn success(&mut self, status: i16, call: Call<'_>, envelopes: u32) {
        self.worker.counts.notes.enveloped += u64::from(envelopes > 0);
        if self.filter.admits_time(call.time_ms) {
            self.worker.success(call, Some(status));
        } else {
            self.worker.counts.outside += 1;
        }
    }

    #[inline(always)]
    fn gist(&mut self, mut gist: Gist<'_>, envelopes: u32) -> bool {
        let Some(line) = gist.judged_by(&mut self.judge) else {
            return false;
        };
        let Some(call) = gist.call() else {
            return false;
        };
        let worker = &mut self.worker;
        worker.counts.notes.enveloped += u64::from(envelopes > 0);
        match line {
            Line::Other { .. } => worker.counts.other += 1,
            _ if !self.filter.admits_time(call.time_ms) => worker.counts.outside += 1,
            // A copy, or the call would have to stand in memory for every line.
            Line::Success { status } => worker.success_of(call.within(None, None), status),
            Line::Failure(failure) => worker.failure(call, failure),
        }
        true
    }

    #[inline]
    fn record(&mut self, record: &Record<'_>) {
        let (worker, facts) = (&mut self.worker, &record.facts);
        let notes = &mut worker.counts.notes;
        notes.repeated_keys += u64::from(record.hits.repeated);
        notes.enveloped += u64::from(record.envelopes > 0);
        match self.judge.judge(record.json, &record.hits.list, facts) {
            Line::Other { batched } => {
                worker.counts.other += 1;
                worker.counts.notes.batched += u64::from(batched);
            }
            Line::Success { status } => {
                if self.filter.admits(facts, status, None) {
                    worker.success_of(facts.into(), status);
                } else {
                    worker.counts.outside += 1;
                }
            }
            Line::Failure(failure) => {
                if self
                    .filter
                    .admits(facts, failure.judged.status, Some(failure.judged))
                {
                    worker.failure_of(facts.into(), failure);
                } else {
                    worker.counts.outside += 1;
                }
            }
        }
    }
}
