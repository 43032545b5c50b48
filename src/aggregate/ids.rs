//! Failures per request id: exact, whatever the number of ids.
//!
//! Ids are spread over shards by hash; a shard is a [`Table`], so past its share of
//! the memory it goes to disk as sorted runs. An id lives in one shard only, hence
//! the top ids of the shards, merged, are the top ids.

use super::id::{CodeIndex, IdAgg, NO_TIME_MS};
use super::names::Names;
use super::table::{Key, Table, hash};
use super::top::Top;
pub use super::top::TopId;
use crate::fault::{Error, Result};
use crate::record::request_id::{Digits, RequestId};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Shards; a power of two, well above the number of threads, so that few ever wait.
const SHARDS: usize = 64;

/// Ids a worker collects for a shard before it takes the shard's lock: so many that the
/// shard's table, some 600 KB for every million ids, is worth fetching into the cache.
const BATCH: usize = 1024;

/// Ids of a batch that are looked up together.
const TOGETHER: usize = 32;

impl Key for RequestId {
    fn heap_bytes(&self) -> usize {
        match self {
            Self::Uuid(_) | Self::UpperUuid(_) => 0,
            Self::Text(text) => text.len(),
        }
    }
}

impl Key for Digits {
    fn heap_bytes(&self) -> usize {
        0
    }
}

/// One failure of an id.
struct Event<K> {
    id: K,
    /// [`NO_TIME_MS`]: it has none.
    time_ms: i64,
    code: CodeIndex,
    /// Of the id, for the shard's table.
    hash: u32,
}

/// The ids whose hashes have some bits in common.
struct Shard {
    /// UUIDs in lower case: most ids are, and they take less room by themselves.
    uuids: Table<Digits, IdAgg>,
    others: Table<RequestId, IdAgg>,
    /// For both together.
    cap_bytes: usize,
}

impl Shard {
    fn new(cap_bytes: usize) -> Self {
        Self {
            uuids: Table::new(cap_bytes),
            others: Table::new(cap_bytes),
            cap_bytes,
        }
    }

    fn spill_if_full(&mut self, dir: &Path) -> Result<()> {
        let Self { uuids, others, .. } = self;
        let held_bytes = uuids.held_bytes() + others.held_bytes();
        if held_bytes >= self.cap_bytes || uuids.is_full() || others.is_full() {
            uuids.spill(dir)?;
            others.spill(dir)?;
        }
        Ok(())
    }
}

/// What ids are kept as.
trait Id: Key {
    /// Where a shard has them.
    fn table(shard: &mut Shard) -> &mut Table<Self, IdAgg>
    where
        Self: Sized;
}

impl Id for Digits {
    fn table(shard: &mut Shard) -> &mut Table<Self, IdAgg> {
        &mut shard.uuids
    }
}

impl Id for RequestId {
    fn table(shard: &mut Shard) -> &mut Table<Self, IdAgg> {
        &mut shard.others
    }
}

/// Counts failures of one shard's ids; empties the batch.
fn count<K: Id>(table: &mut Table<K, IdAgg>, batch: &mut Vec<Event<K>>) {
    table.reserve(batch.len());
    // Places in a large table are far apart in memory: looked up one right after the other, they
    // are waited for together.
    let mut hashes = [0; TOGETHER];
    let mut is_key = [false; TOGETHER];
    let mut grown = 0;
    for events in batch.chunks(TOGETHER) {
        for (event, hash) in events.iter().zip(&mut hashes) {
            *hash = event.hash;
        }
        let slots = table.probable_slots(&hashes);
        for ((event, slot), is_key) in events.iter().zip(slots).zip(&mut is_key) {
            *is_key = slot.is_some_and(|slot| table.key(slot) == Some(&event.id));
        }
        for ((event, slot), is_key) in events.iter().zip(slots).zip(is_key) {
            let id = &event.id;
            let slot = match slot.filter(|_| is_key) {
                Some(slot) => slot,
                None => table.slot_by_hash(event.hash, id, || id.clone()),
            };
            if let Some(known) = table.get_mut(slot) {
                grown += known.add(event.code, event.time_ms);
            }
        }
    }
    table.grew(grown);
    batch.clear();
}

/// All failing ids, shared by the workers.
pub struct Ids {
    shards: Vec<Mutex<Shard>>,
    names: Mutex<Names>,
    temp_dir: PathBuf,
}

impl Ids {
    /// Counts that hold about `cap_bytes` in memory; the rest goes to `temp_dir`.
    pub fn new(cap_bytes: usize, temp_dir: &Path) -> Self {
        Self {
            shards: (0..SHARDS)
                .map(|_| Mutex::new(Shard::new(cap_bytes / SHARDS)))
                .collect(),
            names: Mutex::default(),
            temp_dir: temp_dir.to_path_buf(),
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

    /// Counts a batch of one shard.
    fn take<K: Id>(&self, shard: usize, batch: &mut Vec<Event<K>>) -> Result<()> {
        let Some(shard) = self.shards.get(shard) else {
            return Ok(());
        };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        count(K::table(&mut shard), batch);
        shard.spill_if_full(&self.temp_dir)
    }

    /// The `n` ids with the most failures, ties by the id's bytes.
    ///
    /// # Errors
    /// If spilled counts cannot be read back.
    pub fn into_top(self, n: usize) -> Result<Vec<TopId>> {
        let mut top = Top::new(n);
        for shard in self.shards {
            let Shard { uuids, others, .. } =
                shard.into_inner().unwrap_or_else(PoisonError::into_inner);
            uuids.for_each(|digits, counts| top.offer(RequestId::Uuid(digits), counts))?;
            others.for_each(|id, counts| top.offer(id, counts))?;
        }
        let names = self
            .names
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(top.into_list(&names))
    }
}

/// Failures of one worker, by shard.
struct Batches<K> {
    shards: Vec<Vec<Event<K>>>,
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
        // One half for the shard, the other for its table.
        let hash = hash(&id);
        let shard = (hash >> 32) as usize % SHARDS;
        let Some(batch) = self.shards.get_mut(shard) else {
            return; // cannot be: each shard has one
        };
        if batch.len() == batch.capacity() {
            make_room(ids, shard, batch, &mut self.error);
        }
        batch.push(Event {
            id,
            time_ms: time_ms.unwrap_or(NO_TIME_MS),
            code,
            hash: hash as u32,
        });
    }

    fn flush(&mut self, ids: &Ids) -> Result<()> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        for (shard, batch) in self.shards.iter_mut().enumerate() {
            if !batch.is_empty() {
                ids.take(shard, batch)?;
            }
        }
        Ok(())
    }
}

/// Hands over a batch that is full; the first time, there is none yet.
#[inline(never)]
fn make_room<K: Id>(ids: &Ids, shard: usize, batch: &mut Vec<Event<K>>, error: &mut Option<Error>) {
    if batch.is_empty() {
        batch.reserve_exact(BATCH);
    } else if let Err(new) = ids.take(shard, batch) {
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

    /// Hands over what is left. Workers that do so at the same time go from shard to shard one
    /// behind the other, and hardly wait.
    ///
    /// # Errors
    /// If counts had to go to disk and could not.
    pub fn flush(&mut self) -> Result<()> {
        self.uuids.flush(self.ids)?;
        self.others.flush(self.ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cmp::Reverse;

    fn top(events: &[(u8, u8)], cap: usize, n: usize) -> Vec<(String, u64)> {
        let ids = Ids::new(cap, &std::env::temp_dir());
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
        let top = ids.into_top(n).unwrap();
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
