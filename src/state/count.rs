//! New lines → entries: as the plain analysis counts, but day by day.

use super::entry::{Day, DayId, Key, Value};
use super::shelf::Shelf;
use crate::aggregate::Worker;
use crate::aggregate::id::IdAgg;
use crate::aggregate::ids::Ids;
use crate::aggregate::table::Table;
use crate::block::{self, InputOutcome};
use crate::fault::{Error, Fault, Result};
use crate::input::Input;
use crate::limits::STATE_DAYS_AT_ONCE;
use crate::pipeline::Settings;
use crate::pipeline::reader::Reader;
use crate::pipeline::sink::{Record, Sink};
use crate::pipeline::stitch::{LineCount, Resume, Shared};
use crate::progress::Progress;
use crate::record::Facts;
use crate::record::call::Call;
use crate::record::gist::Gist;
use crate::record::request_id::RequestId;
use crate::record::time::MINUTE_MS;
use crate::record::verdict::{Failure, Judge, Judged, Line};
use crate::report::Tz;
use crate::scan::engine::Engine;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What some inputs hold that is new.
pub struct Counted {
    /// The counts, but for those of ids.
    pub entries: Table<Key, Value>,
    /// Those of ids.
    pub ids: Table<DayId, IdAgg>,
    /// Requests and failures by day.
    pub days: BTreeMap<Option<Day>, (u64, u64)>,
    /// How reading went, by input.
    pub outcomes: Vec<InputOutcome>,
    /// Lines, by input.
    pub lines: BTreeMap<usize, LineCount>,
    /// Where lines start that wait for the rest of their records, by input.
    pub open: BTreeMap<usize, Vec<u64>>,
    /// Lines that the fast scanner deferred.
    pub deferred: u64,
}

/// Reads inputs and counts by day. `ends` are those to which nothing will be added;
/// in others, what is unfinished at the end waits for a later run. `names` numbers the codes
/// and is left without ids: these are counted by day.
///
/// # Errors
/// If counts had to go to disk and could not, or lines got lost, which is a bug.
pub fn count(
    inputs: &[Input],
    resume: BTreeMap<usize, Resume>,
    ends: &[bool],
    settings: &Settings<'_>,
    names: &Ids,
    tz: Tz,
    progress: &Progress,
) -> Result<Counted> {
    let cap_bytes = settings.memory.cap_bytes;
    let threads = settings.read.threads.max(1);
    let shelf = Shelf::new(cap_bytes / 2, &settings.memory.temp_dir);
    let shared = Shared::resuming(resume);
    let share_bytes = cap_bytes / 2 / (threads + 1) / STATE_DAYS_AT_ONCE;
    let reader = |_worker: usize| {
        let sink = ByDay {
            judge: Judge::new(settings.catalog, settings.schema, settings.engine),
            settings,
            clock: Clock { tz, last: None },
            names,
            shelf: &shelf,
            share_bytes,
            open: Vec::new(),
            current: 0,
            turn: 0,
            events: Vec::new(),
            deferred: 0,
            error: None,
        };
        let engine = Engine::with_isa(settings.schema, settings.engine, settings.isa);
        Reader::new(settings.schema, &shared, engine, sink)
    };
    let (mut readers, outcomes) = block::run(inputs, &settings.read, reader, progress);
    let final_ends = |input: usize| {
        let failed = outcomes.get(input).is_some_and(|o| o.error.is_some());
        ends.get(input).copied().unwrap_or_default() && !failed
    };
    let open = match readers.first_mut() {
        Some(first) => first.finish_or_hold(|input| !final_ends(input)),
        None => BTreeMap::new(),
    };
    let mut deferred = 0;
    for reader in readers {
        let sink = reader.finish();
        deferred += sink.deferred;
        sink.finish()?;
    }
    let lines = shared.counts();
    let (entries, ids, days) = shelf.into_parts();
    Ok(Counted {
        entries,
        ids,
        days,
        outcomes,
        lines,
        open,
        deferred,
    })
}

/// The day of a time, remembered for a quarter of an hour: clocks change at those.
struct Clock {
    tz: Tz,
    last: Option<(i64, Day)>,
}

impl Clock {
    fn day(&mut self, time_ms: i64) -> Day {
        let quarter = time_ms.div_euclid(15 * MINUTE_MS);
        match self.last {
            Some((known, day)) if known == quarter => day,
            _ => {
                let day = self.tz.day(time_ms);
                self.last = Some((quarter, day));
                day
            }
        }
    }
}

/// One worker's counting.
struct ByDay<'s> {
    judge: Judge<'s>,
    settings: &'s Settings<'s>,
    clock: Clock,
    names: &'s Ids,
    shelf: &'s Shelf<'s>,
    share_bytes: usize,
    /// At most [`STATE_DAYS_AT_ONCE`].
    open: Vec<OpenDay<'s>>,
    /// The one used last.
    current: usize,
    turn: u64,
    /// Failures of request ids, not yet on the shelf.
    events: Vec<Event>,
    deferred: u64,
    error: Option<Error>,
}

struct OpenDay<'s> {
    day: Option<Day>,
    worker: Worker<'s>,
    /// When it was used last, in turns.
    used: u64,
}

struct Event {
    day: Option<Day>,
    id: RequestId,
    judged: Arc<Judged>,
    time_ms: Option<i64>,
}

/// Failures of ids that a worker collects before it takes the shelf's lock.
const EVENTS: usize = 512;

impl<'s> ByDay<'s> {
    #[inline]
    fn worker(&mut self, day: Option<Day>) -> &mut Worker<'s> {
        if self
            .open
            .get(self.current)
            .is_none_or(|open| open.day != day)
        {
            self.turn_to(day);
        }
        &mut self.open[self.current].worker
    }

    fn turn_to(&mut self, day: Option<Day>) {
        self.turn += 1;
        if let Some(at) = self.open.iter().position(|open| open.day == day) {
            self.current = at;
        } else {
            if self.open.len() >= STATE_DAYS_AT_ONCE
                && let Some(oldest) = (0..self.open.len()).min_by_key(|at| self.open[*at].used)
            {
                let OpenDay { day, worker, .. } = self.open.swap_remove(oldest);
                let put = self.put_aside(day, worker);
                self.note(put);
            }
            let temp_dir = &self.settings.memory.temp_dir;
            let worker = Worker::new(self.names, self.share_bytes, temp_dir).without_ids();
            self.current = self.open.len();
            self.open.push(OpenDay {
                day,
                worker,
                used: 0,
            });
        }
        self.open[self.current].used = self.turn;
    }

    fn put_aside(&mut self, day: Option<Day>, worker: Worker<'s>) -> Result<()> {
        self.shelf.put_day(day, worker.finish()?)
    }

    fn note(&mut self, result: Result<()>) {
        if let Err(error) = result {
            self.error.get_or_insert(error);
        }
    }

    fn put_events(&mut self) {
        let names = self.names;
        let ids = self.events.drain(..).map(|event| {
            let code = names.code_index(&event.judged.code);
            let (day, id) = (event.day, event.id);
            (DayId { day, id }, code, event.time_ms)
        });
        let put = self.shelf.put_ids(ids);
        self.note(put);
    }

    fn finish(mut self) -> Result<()> {
        self.put_events();
        for OpenDay { day, worker, .. } in std::mem::take(&mut self.open) {
            self.put_aside(day, worker)?;
        }
        self.error.map_or(Ok(()), Err)
    }

    #[inline]
    fn day(&mut self, time_ms: Option<i64>) -> Option<Day> {
        time_ms.map(|time_ms| self.clock.day(time_ms))
    }

    fn admits(&self, facts: &Facts<'_>, status: Option<i16>, judged: Option<&Judged>) -> bool {
        self.settings.filter.admits(facts, status, judged)
    }

    fn failure(&mut self, call: Call<'_>, judged: Arc<Judged>, id: Option<RequestId>) {
        let time_ms = call.time_ms;
        let day = self.day(time_ms);
        let failure = Failure {
            judged: &judged,
            request_id: id.clone(),
        };
        self.worker(day).failure_of(call, failure);
        if let Some(id) = id {
            self.events.push(Event {
                day,
                id,
                judged,
                time_ms,
            });
            if self.events.len() >= EVENTS {
                self.put_events();
            }
        }
    }
}

impl Sink for ByDay<'_> {
    fn blank(&mut self) {
        self.worker(None).counts.blank += 1;
    }

    fn malformed(&mut self, fault: Fault) {
        self.worker(None).counts.fault(fault);
    }

    fn plain_text(&mut self) {
        self.worker(None).counts.other += 1;
    }

    fn continued(&mut self, lines: u64) {
        self.worker(None).counts.continued += lines;
    }

    fn hole(&mut self, bytes: u64) {
        self.worker(None).counts.notes.nul_hole_bytes += bytes;
    }

    fn deferred(&mut self, lines: u64) {
        self.deferred += lines;
    }

    fn takes_short_way(&self) -> bool {
        self.settings.filter.has_no_lists()
    }

    fn success(&mut self, status: i16, call: Call<'_>, envelopes: u32) {
        if envelopes > 0 {
            self.worker(None).counts.notes.enveloped += 1;
        }
        let day = self.day(call.time_ms);
        self.worker(day).success(call, Some(status));
    }

    fn gist(&mut self, mut gist: Gist<'_>, envelopes: u32) -> bool {
        let Some(judgement) = gist.judged_by(&mut self.judge).map(Judgement::from) else {
            return false;
        };
        let Some(call) = gist.call() else {
            return false;
        };
        if envelopes > 0 {
            self.worker(None).counts.notes.enveloped += 1;
        }
        let admitted = self.settings.filter.admits_time(call.time_ms);
        match judgement {
            Judgement::Other { .. } => self.worker(None).counts.other += 1,
            _ if !admitted => self.worker(None).counts.outside += 1,
            Judgement::Success(status) => {
                let day = self.day(call.time_ms);
                self.worker(day).success_of(call, status);
            }
            Judgement::Failure(judged, id) => self.failure(call, judged, id),
        }
        true
    }

    fn record(&mut self, record: &Record<'_>) {
        let facts = &record.facts;
        if u64::from(record.hits.repeated) > 0 || record.envelopes > 0 {
            let notes = &mut self.worker(None).counts.notes;
            notes.repeated_keys += u64::from(record.hits.repeated);
            notes.enveloped += u64::from(record.envelopes > 0);
        }
        let line = self.judge.judge(record.json, &record.hits.list, facts);
        match Judgement::from(line) {
            Judgement::Other { batched } => {
                let counts = &mut self.worker(None).counts;
                counts.other += 1;
                counts.notes.batched += u64::from(batched);
            }
            Judgement::Success(status) if self.admits(facts, status, None) => {
                let day = self.day(facts.time_ms);
                self.worker(day).success_of(facts.into(), status);
            }
            Judgement::Failure(judged, id) if self.admits(facts, judged.status, Some(&judged)) => {
                self.failure(facts.into(), judged, id);
            }
            Judgement::Success(_) | Judgement::Failure(..) => {
                self.worker(None).counts.outside += 1;
            }
        }
    }
}

/// A [`Line`] that does not borrow from its judge.
enum Judgement {
    Other { batched: bool },
    Success(Option<i16>),
    Failure(Arc<Judged>, Option<RequestId>),
}

impl From<Line<'_>> for Judgement {
    fn from(line: Line<'_>) -> Self {
        match line {
            Line::Other { batched } => Self::Other { batched },
            Line::Success { status } => Self::Success(status),
            Line::Failure(failure) => Self::Failure(Arc::clone(failure.judged), failure.request_id),
        }
    }
}
