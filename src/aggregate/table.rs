//! A keyed table that never cuts anything off: what memory cannot hold goes to
//! disk as sorted runs and is merged back, key by key, at the end.
//!
//! ```text
//! slot(key) ─► entries in memory ─ over the cap ─► run (sorted by key) ─┐
//!                     │                            run ── more than MAX_RUNS: merged to one
//!                     └──────────────── into_sorted: k-way merge ◄──────┘
//! ```

use super::chunks::Chunks;
pub use super::merged::Merged;
use super::run::{Run, Spill};
use super::slots::Slots;
use crate::fault::Result;
use crate::limits::MAX_RUNS;
use crate::merge::Merge;
use foldhash::fast::FixedState;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::hash::{BuildHasher, Hash};
use std::path::Path;

mod absorb;

/// A key that a [`Table`] can keep and write out.
pub trait Key: Ord + Hash + Clone + Serialize + DeserializeOwned {
    /// Bytes it holds outside itself.
    fn heap_bytes(&self) -> usize;
}

impl Key for Box<str> {
    fn heap_bytes(&self) -> usize {
        self.len()
    }
}

impl Key for i64 {
    fn heap_bytes(&self) -> usize {
        0
    }
}

/// The hash of a key. A table knows keys by its lower half.
#[inline]
pub fn hash<K: Hash + ?Sized>(key: &K) -> u64 {
    FixedState::default().hash_one(key)
}

/// Counts per key, exact whatever the number of keys.
pub struct Table<K, V> {
    entries: Chunks<(K, V)>,
    /// Slots by their keys' hashes.
    index: Slots,
    /// Estimate of what the entries hold, in bytes.
    held_bytes: usize,
    cap_bytes: usize,
    /// What was written out, and where more of it goes.
    runs: Vec<Run>,
    spill: Option<Spill>,
    /// Rises whenever the entries are written out and slots become void.
    generation: u32,
}

impl<K: Key, V: Merge + Default + Serialize + DeserializeOwned> Table<K, V> {
    /// A table that holds about `cap_bytes` in memory.
    pub fn new(cap_bytes: usize) -> Self {
        Self {
            entries: Chunks::default(),
            index: Slots::default(),
            held_bytes: 0,
            cap_bytes,
            runs: Vec::new(),
            spill: None,
            generation: 0,
        }
    }

    /// The slot of `key`, made if it is new. Valid until [`Self::generation`] changes.
    pub fn slot<Q>(&mut self, key: &Q, own: impl FnOnce() -> K) -> usize
    where
        Q: Hash + ?Sized,
        K: std::borrow::Borrow<Q>,
        Q: Eq,
    {
        self.reserve(1);
        let Self { entries, index, .. } = self;
        let new = entries.next_number();
        let is_key = |slot: usize| entries.get(slot).is_some_and(|(k, _)| k.borrow() == key);
        if let Some(slot) = find_or_put(index, hash(key) as u32, new, is_key) {
            return slot;
        }
        let key = own();
        self.held_bytes += Self::entry_bytes(&key);
        entries.push((key, V::default()));
        new
    }

    /// What a key and an empty value hold.
    fn entry_bytes(key: &K) -> usize {
        size_of::<(K, V)>() + Slots::BYTES + key.heap_bytes()
    }

    /// Makes room for so many new keys at once.
    #[inline]
    pub fn reserve(&mut self, keys: usize) {
        let Self { entries, index, .. } = self;
        index.reserve(keys, || {
            let known = entries
                .numbered()
                .take_while(|(slot, _)| *slot < Slots::MAX);
            known.map(|(slot, (key, _))| (slot, hash(key) as u32))
        });
    }

    /// The value in a slot.
    #[inline]
    pub fn get_mut(&mut self, slot: usize) -> Option<&mut V> {
        self.entries.get_mut(slot).map(|(_, value)| value)
    }

    /// Says that a value has grown.
    pub fn grew(&mut self, bytes: usize) {
        self.held_bytes += bytes;
    }

    /// Changes when slots become void.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Whether the cap is reached.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.held_bytes >= self.cap_bytes && !self.entries.is_empty()
            || self.entries.next_number() >= Slots::MAX
    }

    /// Keys in memory.
    pub fn key_count(&self) -> usize {
        self.entries.len()
    }

    /// Estimate of what it holds in memory, in bytes.
    pub fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Writes everything to disk if the cap is reached.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub fn spill_if_full(&mut self, dir: &Path) -> Result<()> {
        if self.is_full() {
            self.spill(dir)?;
        }
        Ok(())
    }

    /// Writes everything to disk.
    ///
    /// # Errors
    /// If the disk does not take it.
    #[inline(never)]
    pub fn spill(&mut self, dir: &Path) -> Result<()> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let mut entries = self.take_sorted();
        let spill = match &mut self.spill {
            Some(spill) => spill,
            None => self.spill.insert(Spill::create(dir)?),
        };
        let mut run = spill.begin();
        for entry in entries.drain(..) {
            run.push(&entry)?;
        }
        self.runs.push(run.finish()?);
        if self.runs.len() > MAX_RUNS {
            self.compact(dir)?;
        }
        Ok(())
    }

    /// Merges all runs into one, in a new file.
    fn compact(&mut self, dir: &Path) -> Result<()> {
        let mut merged = Merged::new(std::mem::take(&mut self.runs), Vec::new())?;
        let mut spill = Spill::create(dir)?;
        let mut run = spill.begin();
        while let Some(entry) = merged.next_entry()? {
            run.push::<(K, V)>(&entry)?;
        }
        self.runs.push(run.finish()?);
        self.spill = Some(spill);
        Ok(())
    }

    fn take_sorted(&mut self) -> Vec<(K, V)> {
        let mut entries = std::mem::take(&mut self.entries).into_vec();
        self.index.clear();
        self.held_bytes = 0;
        self.generation += 1;
        entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        entries
    }

    /// Takes in another table; `dir` is for what does not fit.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub fn merge(&mut self, mut other: Self, dir: &Path) -> Result<()> {
        self.runs.append(&mut other.runs);
        if self.entries.is_empty() {
            self.entries = other.entries;
            self.index = other.index;
            self.held_bytes = other.held_bytes;
            return self.after_merge(dir);
        }
        // What its values hold; the rest is counted where keys are new.
        let entries = other.entries.numbered();
        let own_bytes: usize = entries.map(|(_, (key, _))| Self::entry_bytes(key)).sum();
        self.held_bytes += other.held_bytes.saturating_sub(own_bytes);
        for (key, value) in other.entries {
            let slot = self.slot::<K>(&key, || key.clone());
            if let Some(mine) = self.get_mut(slot) {
                mine.merge(value);
            }
            self.spill_if_full(dir)?;
        }
        self.after_merge(dir)
    }

    fn after_merge(&mut self, dir: &Path) -> Result<()> {
        self.spill_if_full(dir)?;
        if self.runs.len() > MAX_RUNS {
            self.compact(dir)?;
        }
        Ok(())
    }

    /// All entries, if all are in memory, with each key once.
    pub fn in_memory(&self) -> Option<impl Iterator<Item = &(K, V)>> {
        let once = self.runs.is_empty() && self.entries.next_number() <= Slots::MAX;
        once.then(|| self.entries.numbered().map(|(_, entry)| entry))
    }

    /// Hands each key over once, in no order.
    ///
    /// # Errors
    /// If a run cannot be read back.
    pub fn for_each(self, mut take: impl FnMut(K, V)) -> Result<()> {
        if self.runs.is_empty() {
            self.entries
                .into_iter()
                .for_each(|(key, value)| take(key, value));
            return Ok(());
        }
        let mut merged = self.into_sorted()?;
        while let Some((key, value)) = merged.next_entry()? {
            take(key, value);
        }
        Ok(())
    }

    /// All entries, ascending by key, each key once.
    ///
    /// # Errors
    /// If a run cannot be read back.
    pub fn into_sorted(mut self) -> Result<Merged<K, V>> {
        let entries = self.take_sorted();
        Merged::new(std::mem::take(&mut self.runs), entries)
    }
}

/// The slot of a key; one that has none has the `new` one from now on.
#[inline(always)]
fn find_or_put(
    index: &mut Slots,
    hash: u32,
    new: usize,
    is_key: impl Fn(usize) -> bool,
) -> Option<usize> {
    if new < Slots::MAX {
        index.find_or_put(hash, new, is_key)
    } else {
        // Until all is written out, a key may be in here twice.
        index.find(hash, is_key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn all(table: Table<Box<str>, u64>) -> Vec<(Box<str>, u64)> {
        let mut merged = table.into_sorted().unwrap();
        std::iter::from_fn(|| merged.next_entry().unwrap()).collect()
    }

    fn count(table: &mut Table<Box<str>, u64>, key: &str, dir: &Path) {
        let slot = table.slot(key, || key.into());
        *table.get_mut(slot).unwrap() += 1;
        table.spill_if_full(dir).unwrap();
    }

    #[test]
    fn exact_beyond_the_most_slots() {
        let dir = std::env::temp_dir();
        let mut table = Table::<Box<str>, u64>::new(usize::MAX);
        let keys = || (0..2 * Slots::MAX).map(|n| format!("{n:05}"));
        for key in keys().chain(keys()) {
            let slot = table.slot(key.as_str(), || key.as_str().into());
            *table.get_mut(slot).unwrap() += 1_u64;
        }
        table.spill_if_full(&dir).unwrap();
        let mut found: BTreeMap<Box<str>, u64> = BTreeMap::new();
        table
            .for_each(|key, count| assert_eq!(found.insert(key, count), None))
            .unwrap();
        assert_eq!(found, keys().map(|key| (key.into(), 2)).collect());
    }

    proptest! {
        #[test]
        fn exact_at_any_cap(keys in prop::collection::vec("[a-d]{1,3}", 0..300), cap in 0usize..2000, split in 0usize..300) {
            let dir = std::env::temp_dir();
            let mut expected = BTreeMap::new();
            let mut parts = [Table::new(cap), Table::new(cap)];
            for (at, key) in keys.iter().enumerate() {
                *expected.entry(key.as_str().into()).or_insert(0) += 1;
                count(&mut parts[usize::from(at < split)], key, &dir);
            }
            let [mut a, b] = parts;
            a.merge(b, &dir).unwrap();
            prop_assert!(a.runs.len() <= MAX_RUNS);
            prop_assert_eq!(all(a), expected.into_iter().collect::<Vec<_>>());
        }
    }
}
