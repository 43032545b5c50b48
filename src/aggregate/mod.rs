//! Records → counts. Everything here is a law: integers only, merging associative
//! and commutative, so that neither threads nor order show in a report.
//!
//! A [`Worker`] counts what one thread sees; [`Whole`] is what all of them saw.
//! Memory is bounded: past their caps, tables go to disk as sorted runs.

mod buckets;
mod by_end;
mod chunks;
pub mod codes;
mod counts;
pub mod groups;
pub mod id;
pub mod ids;
pub mod latency;
mod merged;
pub mod names;
mod run;
mod shard;
mod slots;
mod streak;
pub mod table;
mod tally;
mod top;

pub use counts::{Counts, Kinds, Notes, conserved};

use crate::fault::{Error, Result};
use crate::limits::TALLY_BYTES;
use crate::merge::Merge;
use crate::record::Raw;
use crate::record::call::Call;
use crate::record::time::{MINUTE_MS, TimeMs};
use crate::record::verdict::{Failure, Judged};
use crate::redact::{redact, redact_key};
use by_end::ModelLatencies;
use codes::CodeAgg;
use groups::{ByName, End, Ends, ModelAgg};
use id::CodeIndex;
use ids::{Feeder, Ids};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use streak::Streak;
use table::Table;
use tally::Tally;

/// Where counts may go.
#[derive(Clone, Debug)]
pub struct Memory {
    /// For all counts of all threads together, roughly, in bytes.
    pub cap_bytes: usize,
    /// For what does not fit.
    pub temp_dir: PathBuf,
}

/// One thread's counts.
pub struct Worker<'i> {
    /// Counts that need no keys.
    pub counts: Counts,
    /// Counted, and not yet in `counts`.
    streak: Streak,
    /// The same, of these by model.
    latencies: ModelLatencies,
    models: ByName<ModelAgg>,
    keys: ByName<Ends>,
    codes: Table<Box<str>, CodeAgg>,
    /// By the serial number of the judgement.
    tallies: Vec<Option<Kept>>,
    /// Of these judgements.
    epoch: u32,
    tally_bytes: usize,
    ids: &'i Ids,
    feeder: Option<Feeder<'i>>,
    temp_dir: PathBuf,
    /// The first error; counts are void after it.
    error: Option<Error>,
}

/// A tally and the judgement it is about.
struct Kept {
    judged: Arc<Judged>,
    code: CodeIndex,
    tally: Tally,
}

impl<'i> Worker<'i> {
    /// An empty worker; `share_bytes` is its part of the memory.
    pub fn new(ids: &'i Ids, share_bytes: usize, temp_dir: &Path) -> Self {
        Self {
            counts: Counts::default(),
            streak: Streak::default(),
            latencies: ModelLatencies::default(),
            models: ByName::new(share_bytes / 4),
            keys: ByName::new(share_bytes / 4),
            codes: Table::new(share_bytes / 2),
            tallies: Vec::new(),
            epoch: 0,
            tally_bytes: 0,
            ids,
            feeder: Some(ids.feeder()),
            temp_dir: temp_dir.to_path_buf(),
            error: None,
        }
    }

    /// [`Self::success`], for where it is not worth a copy of its code.
    pub fn success_of(&mut self, call: Call<'_>, status: Option<i16>) {
        self.success(call, status);
    }

    /// Leaves counting by request id to somebody else.
    #[must_use]
    pub fn without_ids(mut self) -> Self {
        self.feeder = None;
        self
    }

    /// Counts a success.
    #[inline(always)]
    pub fn success(&mut self, call: Call<'_>, status: Option<i16>) {
        match (status, call.time_ms) {
            (Some(status), Some(time_ms)) => {
                if !self.streak.goes_on(status, time_ms) {
                    self.end_streak(Streak::start(status, time_ms));
                }
            }
            (status, time_ms) => self.lone_success(status, time_ms, call.bad_time),
        }
        self.names(call, End::Success);
    }

    #[inline(never)]
    fn end_streak(&mut self, next: Streak) {
        std::mem::replace(&mut self.streak, next).fold_into(&mut self.counts);
    }

    /// [`Self::failure`], for where it is not worth a copy of its code.
    pub fn failure_of(&mut self, call: Call<'_>, failure: Failure<'_>) {
        self.failure(call, failure);
    }

    /// Counts a failure.
    #[inline(always)]
    pub fn failure(&mut self, call: Call<'_>, failure: Failure<'_>) {
        let judged = failure.judged;
        let end = if judged.kind.is_throttle() {
            End::Throttled
        } else {
            End::Failure
        };
        if call.time_ms.is_none() {
            self.counts.notes.bad_times += u64::from(call.bad_time);
        }
        self.names(call, end);
        if self.tally_bytes > TALLY_BYTES || self.epoch != judged.epoch {
            self.fold();
            self.epoch = judged.epoch;
        }
        let serial = judged.serial as usize;
        if serial >= self.tallies.len() {
            self.tallies.resize_with(serial + 1, || None);
        }
        let Some(slot) = self.tallies.get_mut(serial) else {
            return; // cannot be: just made
        };
        let kept = slot.get_or_insert_with(|| {
            self.tally_bytes += size_of::<Kept>() + Tally::BYTES + judged.held_bytes();
            Kept {
                judged: Arc::clone(judged),
                code: self.ids.code_index(&judged.code),
                tally: Tally::default(),
            }
        });
        self.tally_bytes += kept.tally.add(call.time_ms, failure.request_id.as_ref());
        if let Some(id) = failure.request_id
            && let Some(feeder) = &mut self.feeder
        {
            feeder.add(id, kept.code, call.time_ms);
        }
    }

    /// Counts a success that lacks what a streak needs.
    #[inline(never)]
    fn lone_success(&mut self, status: Option<i16>, time_ms: Option<TimeMs>, bad_time: bool) {
        self.counts.ends.add(End::Success);
        self.counts.statuses.add(status);
        match time_ms {
            Some(time_ms) => {
                self.counts.seen.add(Some(time_ms));
                let minute = time_ms.div_euclid(MINUTE_MS);
                self.counts.minutes.add(minute, End::Success);
            }
            None => {
                self.counts.undated += 1;
                self.counts.notes.bad_times += u64::from(bad_time);
            }
        }
    }

    /// Counts by latency, model and key.
    #[inline(always)]
    fn names(&mut self, call: Call<'_>, end: End) {
        if let Some(model) = call.model {
            self.model(model, call, end);
        } else if let Some(us) = call.latency_us {
            self.latency(end, us);
        }
        if let Some(key) = call.key {
            self.key(key, end);
        }
    }

    #[inline(never)]
    fn key(&mut self, key: Raw, end: End) {
        if let Some(ends) = self.keys.of(key, redact_key) {
            ends.add(end);
        }
        let spilled = self.keys.spill_if_full(&self.temp_dir);
        self.note(spilled);
    }

    #[inline(always)]
    fn model(&mut self, model: Raw, call: Call<'_>, end: End) {
        let clean = |name: &str| redact(name).into_owned();
        let Some(slot) = self.models.slot(model, clean) else {
            return; // cannot be: made if need be
        };
        let models = &mut self.models.table;
        if let Some(agg) = models.get_mut(slot) {
            agg.ends.add(end);
            agg.tokens_in += call.tokens_in.unwrap_or_default();
            agg.tokens_out += call.tokens_out.unwrap_or_default();
        }
        // No closure: it would be a call of its own for every line.
        let mut grown = 0;
        if let Some(us) = call.latency_us {
            grown = self.latencies.record(slot, end, us);
        }
        if grown > 0 || std::mem::take(&mut self.models.is_new) {
            self.models_grew(grown);
        }
    }

    /// Counts a call that names no model.
    #[inline(never)]
    fn latency(&mut self, end: End, us: u64) {
        match end {
            End::Success => self.counts.success_latency.record(us),
            End::Failure | End::Throttled => self.counts.failure_latency.record(us),
        };
    }

    #[inline(never)]
    fn models_grew(&mut self, bytes: usize) {
        let models = &mut self.models.table;
        models.grew(bytes);
        if !models.is_full() {
            return;
        }
        self.latencies.fold_into(&mut self.counts, models);
        let spilled = models.spill_if_full(&self.temp_dir);
        self.note(spilled);
    }

    fn note(&mut self, result: Result<()>) {
        if let Err(error) = result {
            self.error.get_or_insert(error);
        }
    }

    /// Adds the tallies to the counts and to their codes.
    fn fold(&mut self) {
        self.tally_bytes = 0;
        let tallies = std::mem::take(&mut self.tallies);
        for kept in tallies.into_iter().flatten() {
            let Kept {
                judged, mut tally, ..
            } = kept;
            tally.count_into(&judged, &mut self.counts);
            let slot = self.codes.slot(&*judged.code, || judged.code.clone());
            let grown = self
                .codes
                .get_mut(slot)
                .map_or(0, |code| tally.fold_into(&judged, code));
            self.codes.grew(grown);
            let spilled = self.codes.spill_if_full(&self.temp_dir);
            self.note(spilled);
        }
    }

    /// Puts all counts where they belong. Takes some milliseconds, and spares them
    /// [`Self::finish`], which waits for all workers; more may be counted afterwards.
    pub fn settle(&mut self) {
        self.fold();
        self.end_streak(Streak::default());
        let models = &mut self.models.table;
        self.latencies.fold_into(&mut self.counts, models);
        if let Some(Err(error)) = self.feeder.as_mut().map(Feeder::flush) {
            self.error.get_or_insert(error);
        }
    }

    /// This worker's part of the whole.
    ///
    /// # Errors
    /// If counts had to go to disk and could not.
    pub fn finish(mut self) -> Result<Whole> {
        self.settle();
        if let Some(error) = self.error {
            return Err(error);
        }
        Ok(Whole {
            counts: self.counts,
            models: self.models.table,
            keys: self.keys.table,
            codes: self.codes,
            temp_dir: self.temp_dir,
        })
    }
}

/// What several workers saw together; ids are kept apart, in [`Ids`].
pub struct Whole {
    /// Counts that need no keys.
    pub counts: Counts,
    /// By model.
    pub models: Table<Box<str>, ModelAgg>,
    /// By API key, workspace or tenant.
    pub keys: Table<Box<str>, Ends>,
    /// By code.
    pub codes: Table<Box<str>, CodeAgg>,
    temp_dir: PathBuf,
}

impl Whole {
    /// Nothing yet; holds about `cap_bytes` in memory.
    pub fn new(cap_bytes: usize, temp_dir: &Path) -> Self {
        Self {
            counts: Counts::default(),
            models: Table::new(cap_bytes / 4),
            keys: Table::new(cap_bytes / 4),
            codes: Table::new(cap_bytes / 2),
            temp_dir: temp_dir.to_path_buf(),
        }
    }

    /// Takes in another part.
    ///
    /// # Errors
    /// If counts had to go to disk and could not.
    pub fn merge(&mut self, other: Self) -> Result<()> {
        self.counts.merge(other.counts);
        self.models.merge(other.models, &self.temp_dir)?;
        self.keys.merge(other.keys, &self.temp_dir)?;
        self.codes.merge(other.codes, &self.temp_dir)
    }
}
