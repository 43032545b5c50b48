//! Many counts at once, of keys of which most are new: failing ids.
//!
//! A list of them is not copied into the table, but becomes a part of it, once the counts of
//! keys that are there already have been added to these and taken out.

use super::{Chunks, Key, Slots, Table, hash};
use crate::aggregate::chunks::CHUNK;
use crate::merge::Merge;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::hash::Hash;

/// Keys that are looked up together.
const TOGETHER: usize = 32;

impl<K: Key, V: Merge + Default + Serialize + DeserializeOwned> Table<K, V> {
    /// So many counts at most are absorbed at once.
    pub const LIST: usize = CHUNK;

    /// Takes in a list of counts, as they came: a key may have several. `heap_bytes` gives what
    /// a value holds outside itself.
    pub fn absorb(&mut self, mut list: Vec<(K, V)>, heap_bytes: impl Fn(&V) -> usize) {
        self.reserve(list.len());
        let Self { entries, index, .. } = self;
        let base = entries.next_chunk();
        let all = list.len();
        if base + all > Slots::MAX {
            return self.absorb_singly(list, heap_bytes);
        }
        // So many new keys come first in the list; behind them, counts that have been added.
        let mut new = 0;
        let mut grown = 0;
        for from in (0..all).step_by(TOGETHER) {
            let hashes = hashes_of(&list, from);
            let known = known(entries, index, &list, from, &hashes);
            for (at, (known, hash)) in (from..all).zip(known.into_iter().zip(hashes)) {
                let known = known.or_else(|| {
                    let key = list.get(at).map(|(key, _)| key);
                    index.find_or_put(hash, base + new, |slot| {
                        let entry = match slot.checked_sub(base) {
                            Some(at) => list.get(at),
                            None => entries.get(slot),
                        };
                        entry.map(|(key, _)| key) == key
                    })
                });
                let Some(slot) = known else {
                    list.swap(at, new);
                    new += 1;
                    continue;
                };
                let value = list.get_mut(at).map(|(_, value)| std::mem::take(value));
                let value = value.unwrap_or_default();
                if let Some(at) = slot.checked_sub(base) {
                    if let Some((_, known)) = list.get_mut(at) {
                        known.merge(value);
                    }
                } else if let Some((_, known)) = entries.get_mut(slot) {
                    let before = heap_bytes(known);
                    known.merge(value);
                    grown += heap_bytes(known) - before;
                }
            }
        }
        list.truncate(new);
        let held = list.iter();
        let held = held.map(|(key, value)| Self::entry_bytes(key) + heap_bytes(value));
        self.held_bytes += grown + held.sum::<usize>();
        if new >= all / 4 * 3 {
            entries.append(list);
            return;
        }
        // Too few for a list of their own: it would hold memory for nothing.
        for (at, entry) in list.into_iter().enumerate() {
            index.moved(hash(&entry.0) as u32, base + at, entries.next_number());
            entries.push(entry);
        }
    }

    /// [`Self::absorb`] where there are not enough slots for a list.
    #[cold]
    fn absorb_singly(&mut self, list: Vec<(K, V)>, heap_bytes: impl Fn(&V) -> usize) {
        for (key, value) in list {
            let slot = self.slot::<K>(&key, || key.clone());
            if let Some(known) = self.get_mut(slot) {
                let before = heap_bytes(known);
                known.merge(value);
                let grown = heap_bytes(known) - before;
                self.grew(grown);
            }
        }
    }
}

/// The lower halves of the hashes of some keys, from one on.
#[inline(always)]
fn hashes_of<K: Hash, V>(list: &[(K, V)], from: usize) -> [u32; TOGETHER] {
    let mut hashes = [0; TOGETHER];
    for (own, (key, _)) in hashes.iter_mut().zip(list.iter().skip(from)) {
        *own = hash(key) as u32;
    }
    hashes
}

/// The slots of those of these keys that are in the table. Places in a large table are far apart
/// in memory: looked up one right after the other, they are waited for together. So are the keys.
#[inline(always)]
fn known<K: Key, V>(
    entries: &Chunks<(K, V)>,
    index: &Slots,
    list: &[(K, V)],
    from: usize,
    hashes: &[u32; TOGETHER],
) -> [Option<usize>; TOGETHER] {
    let mut known = index.probable(hashes);
    for (slot, (key, _)) in known.iter_mut().zip(list.iter().skip(from)) {
        *slot = slot.filter(|slot| entries.get(*slot).is_some_and(|(known, _)| known == key));
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn all(table: Table<Box<str>, u64>) -> BTreeMap<Box<str>, u64> {
        let mut all = BTreeMap::new();
        let mut take = |key, count| assert_eq!(all.insert(key, count), None);
        table.for_each(&mut take).unwrap();
        all
    }

    proptest! {
        /// Lists of many new keys, of few, and keys one by one; beyond the most slots, too.
        #[test]
        fn lists_of_any_kind(lists in prop::collection::vec((0_usize..300, 1_usize..400, 0_usize..400), 0..9)) {
            let dir = std::env::temp_dir();
            let mut table = Table::<Box<str>, u64>::new(usize::MAX);
            let mut expected = BTreeMap::<Box<str>, u64>::new();
            for (len, keys, first) in lists {
                let key = |n: usize| Box::<str>::from((first + n % keys).to_string());
                let list: Vec<_> = (0..len).map(|n| (key(n), 1)).collect();
                for (key, count) in &list {
                    *expected.entry(key.clone()).or_default() += count;
                }
                table.absorb(list, |_| 0);
                let slot = table.slot("1", || "1".into());
                *table.get_mut(slot).unwrap() += 1;
                *expected.entry("1".into()).or_default() += 1;
                if table.is_full() {
                    table.spill(&dir).unwrap();
                }
            }
            if let Some(entries) = table.in_memory() {
                let entries: BTreeMap<_, _> = entries.cloned().collect();
                prop_assert_eq!(&entries, &expected);
                let bytes = expected.keys().map(Table::<Box<str>, u64>::entry_bytes).sum::<usize>();
                prop_assert_eq!((table.key_count(), table.held_bytes()), (expected.len(), bytes));
            }
            prop_assert_eq!(all(table), expected);
        }
    }
}
