//! Failures per request id: exact, whatever the number of ids.
//!
//! Ids are spread over shards by hash (`shard.rs`), each of which keeps within its share of the
//! memory. An id lives in one shard only, hence the top ids of the shards, merged, are the top
//! ids.

use super::id::{CodeIndex, IdAgg, NO_TIME_MS};
use super::names::Names;
use super::shard::{Failures, Id, Shard};
use super::table::{Table, hash};
use super::top::Top;
pub use super::top::TopId;
use crate::fault::{Error, Result};
use crate::record::request_id::{Digits, RequestId};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Shards; a power of two, well above the number of threads, so that few ever wait.
const SHARDS: usize = 64;

/// If no more ids are asked for, each shard looks for its own, while its table is at hand.
const RANKED: usize = 1000;

/// All failing ids, shared by the workers.
pub struct Ids {
    shards: Vec<Mutex<Shard>>,
    names: Mutex<Names>,
    temp_dir: PathBuf,
    /// How many ids will be asked for.
    top: usize,
}

impl Ids {
    /// Counts that hold about `cap_bytes` in memory; the rest goes to `temp_dir`. The `top` ids
    /// with the most failures will be asked for.
    pub fn new(cap_bytes: usize, temp_dir: &Path, top: usize) -> Self {
        Self {
            shards: (0..SHARDS)
                .map(|_| Mutex::new(Shard::new(cap_bytes / SHARDS)))
                .collect(),
            names: Mutex::default(),
            temp_dir: temp_dir.to_path_buf(),
            top,
        }
    }

    /// The index of a code's name.
    pub fn code_index(&self, code: &str) -> CodeIndex {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.index(code)
    }

    /// The codes' names.
    pub fn into_names(self) -> Names {
        self.names
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A worker's way in.
    pub fn feeder(&self) -> Feeder<'_> {
        Feeder {
            ids: self,
            uuids: Batches::default(),
            others: Batches::default(),
        }
    }

    /// Takes in failures of one shard.
    fn take<K: Id>(&self, shard: usize, batch: Failures<K>) -> Result<()> {
        let Some(shard) = self.shards.get(shard) else {
            return Ok(());
        };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        shard.take(batch, &self.temp_dir)
    }

    /// Counts what the shards have taken in, but for those that another worker is at.
    fn settle(&self) -> Result<()> {
        // Last first: a worker that still hands over its failures has begun with the first ones,
        // and seldom comes too late for them to be counted together.
        for shard in self.shards.iter().rev() {
            if let Ok(mut shard) = shard.try_lock() {
                shard.settle(&self.temp_dir)?;
                if self.top <= RANKED {
                    shard.rank(self.top);
                }
            }
        }
        Ok(())
    }

    /// The ids with the most failures, ties by the id's bytes.
    ///
    /// # Errors
    /// If spilled counts cannot be read back.
    pub fn take_top(&mut self) -> Result<Vec<TopId>> {
        let mut top = Top::new(self.top);
        for shard in &mut self.shards {
            let shard = shard.get_mut().unwrap_or_else(PoisonError::into_inner);
            shard.add_to_top(&self.temp_dir, &mut top)?;
        }
        let names = self.names.get_mut();
        Ok(top.into_list(names.unwrap_or_else(PoisonError::into_inner)))
    }
}

/// Failures of one worker, by shard.
struct Batches<K> {
    shards: Vec<Failures<K>>,
    /// The first, if counts had to go to disk and could not.
    error: Option<Error>,
}

impl<K> Default for Batches<K> {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Vec::new()).collect(),
            error: None,
        }
    }
}

impl<K: Id> Batches<K> {
    #[inline(always)]
    fn add(&mut self, ids: &Ids, id: K, code: CodeIndex, time_ms: Option<i64>) {
        // Its table goes by the other half.
        let shard = (hash(&id) >> 32) as usize % SHARDS;
        let Some(batch) = self.shards.get_mut(shard) else {
            return; // cannot be: each shard has one
        };
        if batch.len() == batch.capacity() {
            make_room(ids, shard, batch, &mut self.error);
        }
        batch.push((id, IdAgg::one(code, time_ms.unwrap_or(NO_TIME_MS))));
    }

    fn flush(&mut self, ids: &Ids) -> Result<()> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        for (shard, batch) in self.shards.iter_mut().enumerate() {
            if !batch.is_empty() {
                ids.take(shard, std::mem::take(batch))?;
            }
        }
        Ok(())
    }
}

/// Hands over a batch that is full; the first time, there is none yet.
#[inline(never)]
fn make_room<K: Id>(ids: &Ids, shard: usize, batch: &mut Failures<K>, error: &mut Option<Error>) {
    let full = std::mem::replace(batch, Vec::with_capacity(Table::<K, IdAgg>::LIST));
    if !full.is_empty()
        && let Err(new) = ids.take(shard, full)
    {
        error.get_or_insert(new);
    }
}

/// Collects one worker's failing ids by shard.
pub struct Feeder<'i> {
    ids: &'i Ids,
    uuids: Batches<Digits>,
    others: Batches<RequestId>,
}

impl Feeder<'_> {
    /// Counts a failure of an id.
    #[inline(always)]
    pub fn add(&mut self, id: RequestId, code: CodeIndex, time_ms: Option<i64>) {
        match id {
            RequestId::Uuid(digits) => self.uuids.add(self.ids, digits, code, time_ms),
            other => self.add_other(other, code, time_ms),
        }
    }

    #[inline(never)]
    fn add_other(&mut self, id: RequestId, code: CodeIndex, time_ms: Option<i64>) {
        self.others.add(self.ids, id, code, time_ms);
    }

    /// Hands over what is left, and has it counted.
    ///
    /// # Errors
    /// If counts had to go to disk and could not.
    pub fn flush(&mut self) -> Result<()> {
        self.uuids.flush(self.ids)?;
        self.others.flush(self.ids)?;
        self.ids.settle()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cmp::Reverse;

    fn top(events: &[(u8, u8)], cap: usize, n: usize) -> Vec<(String, u64)> {
        let mut ids = Ids::new(cap, &std::env::temp_dir(), n);
        let codes = [
            ids.code_index("a"),
            ids.code_index("b"),
            ids.code_index("c"),
        ];
        let mut feeder = ids.feeder();
        for (id, code) in events {
            let id = if *id % 2 == 0 {
                format!("81a373d6-28bd-9968-8335-e22a2127c4{id:02x}")
            } else {
                format!("req-{id}")
            };
            feeder.add(
                RequestId::new(&id),
                codes[usize::from(*code % 3)],
                (*code < 200).then_some(i64::from(*code)),
            );
        }
        feeder.flush().unwrap();
        let top = ids.take_top().unwrap();
        assert!(
            top.iter()
                .all(|id| id.codes.values().sum::<u64>() == id.failures)
        );
        top.into_iter().map(|id| (id.id, id.failures)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn a_tiny_cap_changes_nothing(events in prop::collection::vec(any::<(u8, u8)>(), 0..3000), n in 1usize..60) {
            let roomy = top(&events, 1 << 30, n);
            prop_assert_eq!(&top(&events, 64 * 200, n), &roomy);
            prop_assert!(roomy.windows(2).all(|w| (Reverse(w[0].1), &w[0].0) < (Reverse(w[1].1), &w[1].0)));
        }
    }
}
