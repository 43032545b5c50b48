//! Failures per request id: exact, whatever the number of ids.
//!
//! Ids are spread over shards by hash; a shard is a [`Table`], so past its share of
//! the memory it goes to disk as sorted runs. An id lives in one shard only, hence
//! the top ids of the shards, merged, are the top ids.

use super::codes::Seen;
use super::id::{CodeIndex, IdAgg, NO_TIME_MS};
use super::names::Names;
use super::table::{Key, Table};
use crate::fault::Result;
use crate::record::request_id::RequestId;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::hash::BuildHasher;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Shards; a power of two, well above the number of threads, so that few ever wait.
const SHARDS: usize = 64;

/// Ids a worker collects for a shard before it takes the shard's lock: so many that the
/// shard's table, a megabyte for every million ids, is worth fetching into the cache.
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

/// One failure of an id.
struct Event {
    id: RequestId,
    /// [`NO_TIME_MS`]: it has none.
    time_ms: i64,
    code: CodeIndex,
    /// Of the id, for the shard's table.
    hash: u32,
}

/// The hash of an id: one half for its shard, the other for its place in it.
#[inline(always)]
fn hash(id: &RequestId) -> u64 {
    let digits = match id {
        RequestId::Uuid(digits) => u128::from_ne_bytes(*digits),
        RequestId::UpperUuid(digits) => !u128::from_ne_bytes(*digits),
        RequestId::Text(text) => return foldhash::fast::FixedState::default().hash_one(text),
    };
    // UUIDs may be numbered one by one, or be times: all digits go into all bits. The
    // constants are of no meaning.
    let low = digits as u64 ^ 0x243f_6a88_85a3_08d3;
    let high = (digits >> 64) as u64 ^ 0x1319_8a2e_0370_7344;
    let product = u128::from(low) * u128::from(high);
    product as u64 ^ (product >> 64) as u64
}

/// All failing ids, shared by the workers.
pub struct Ids {
    shards: Vec<Mutex<Table<RequestId, IdAgg>>>,
    names: Mutex<Names>,
    temp_dir: PathBuf,
}

/// One of the top ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopId {
    /// The id.
    pub id: String,
    /// Its failures.
    pub failures: u64,
    /// By code.
    pub codes: BTreeMap<Box<str>, u64>,
    /// Earliest and latest failure.
    pub seen: Seen,
}

impl TopId {
    /// An id and its counts, written out.
    pub fn new(id: &RequestId, counts: IdAgg, names: &Names) -> Self {
        let failures = counts.failures();
        let many = counts.into_many();
        let codes = many.codes.into_iter();
        Self {
            id: id.text().into_owned(),
            failures,
            codes: codes
                .map(|(code, count)| (names.name(code).into(), count))
                .collect(),
            seen: many.seen,
        }
    }
}

impl Ids {
    /// Counts that hold about `cap_bytes` in memory; the rest goes to `temp_dir`.
    pub fn new(cap_bytes: usize, temp_dir: &Path) -> Self {
        let shards = (0..SHARDS)
            .map(|_| Mutex::new(Table::new(cap_bytes / SHARDS)))
            .collect();
        Self {
            shards,
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
            batches: (0..SHARDS).map(|_| Vec::new()).collect(),
        }
    }

    fn take(&self, shard: usize, batch: &mut Vec<Event>) -> Result<()> {
        let Some(table) = self.shards.get(shard) else {
            return Ok(());
        };
        let mut table = table.lock().unwrap_or_else(PoisonError::into_inner);
        table.reserve(batch.len());
        // Places in a large table are far apart in memory: looked up one right after the
        // other, they are waited for together.
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
        table.spill_if_full(&self.temp_dir)
    }

    /// The `n` ids with the most failures, ties by the id's bytes.
    ///
    /// # Errors
    /// If spilled counts cannot be read back.
    pub fn into_top(self, n: usize) -> Result<Vec<TopId>> {
        // The heap's greatest is the one to drop: fewest failures, then greatest id.
        let mut top: BinaryHeap<(Reverse<u64>, RequestId, Held)> =
            BinaryHeap::with_capacity(n.min(1 << 16) + 1);
        for shard in self.shards {
            let shard = shard.into_inner().unwrap_or_else(PoisonError::into_inner);
            shard.for_each(|id, agg| {
                let failures = Reverse(agg.failures());
                if top.len() == n
                    && top
                        .peek()
                        .is_none_or(|worst| (failures, &id) >= (worst.0, &worst.1))
                {
                    return; // not among the top: counted in its code all the same
                }
                top.push((failures, id, Held(agg)));
                if top.len() > n {
                    top.pop();
                }
            })?;
        }
        let names = self
            .names
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(top
            .into_sorted_vec()
            .into_iter()
            .map(|(_, id, Held(agg))| TopId::new(&id, agg, &names))
            .collect())
    }
}

/// An [`IdAgg`] that does not take part in comparisons.
struct Held(IdAgg);

impl PartialEq for Held {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Held {}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Held {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

/// Collects one worker's failing ids by shard.
pub struct Feeder<'i> {
    ids: &'i Ids,
    batches: Vec<Vec<Event>>,
}

impl Feeder<'_> {
    /// Counts a failure of an id.
    ///
    /// # Errors
    /// If counts must go to disk and cannot.
    #[inline(always)]
    pub fn add(&mut self, id: RequestId, code: CodeIndex, time_ms: Option<i64>) -> Result<()> {
        let hash = hash(&id);
        let shard = (hash >> 32) as usize % SHARDS;
        let Some(batch) = self.batches.get_mut(shard) else {
            return Ok(());
        };
        let mut made = Ok(());
        if batch.len() == batch.capacity() {
            made = make_room(self.ids, shard, batch);
        }
        batch.push(Event {
            id,
            time_ms: time_ms.unwrap_or(NO_TIME_MS),
            code,
            hash: hash as u32,
        });
        made
    }

    /// Hands over what is left. Workers that do so at the same time go from shard to shard one
    /// behind the other, and hardly wait.
    ///
    /// # Errors
    /// If counts must go to disk and cannot.
    pub fn flush(&mut self) -> Result<()> {
        for (shard, batch) in self.batches.iter_mut().enumerate() {
            self.ids.take(shard, batch)?;
        }
        Ok(())
    }
}

/// Hands over a batch that is full; the first time, there is none yet.
#[inline(never)]
fn make_room(ids: &Ids, shard: usize, batch: &mut Vec<Event>) -> Result<()> {
    if batch.is_empty() {
        batch.reserve_exact(BATCH);
        return Ok(());
    }
    ids.take(shard, batch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
            feeder
                .add(
                    RequestId::new(&id),
                    codes[usize::from(*code % 3)],
                    (*code < 200).then_some(i64::from(*code)),
                )
                .unwrap();
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
