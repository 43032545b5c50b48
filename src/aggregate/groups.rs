//! Request lines by model and by key, and over time.

use super::latency::Latency;
use super::table::Table;
use crate::fault::Result;
use crate::limits::INTERNED_NAMES;
use crate::merge::Merge;
use crate::record::Raw;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Requests, and how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ends {
    /// Request lines.
    pub requests: u64,
    /// Of which failed.
    pub failures: u64,
    /// Of which throttled.
    pub throttled: u64,
}

impl Ends {
    /// Counts one request line.
    #[inline]
    pub fn add(&mut self, end: End) {
        self.requests += 1;
        self.failures += u64::from(end != End::Success);
        self.throttled += u64::from(end == End::Throttled);
    }
}

impl Merge for Ends {
    fn merge(&mut self, other: Self) {
        self.requests += other.requests;
        self.failures += other.failures;
        self.throttled += other.throttled;
    }
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It did not fail.
    Success,
    /// It failed, and not for throttling.
    Failure,
    /// It was throttled.
    Throttled,
}

/// One model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelAgg {
    /// Request lines.
    pub ends: Ends,
    /// Their latency.
    pub latency: Latency,
    /// Input tokens.
    pub tokens_in: u64,
    /// Output tokens.
    pub tokens_out: u64,
}

impl Merge for ModelAgg {
    fn merge(&mut self, other: Self) {
        self.ends.merge(other.ends);
        self.latency.merge(other.latency);
        self.tokens_in += other.tokens_in;
        self.tokens_out += other.tokens_out;
    }
}

/// A table by names out of the log, with a short cut from their raw bytes.
pub struct ByName<V> {
    /// The counts, by decoded and redacted name.
    pub table: Table<Box<str>, V>,
    slots: HashMap<Box<[u8]>, u32, foldhash::fast::FixedState>,
    /// Names seen lately, by a few of their bytes: most logs have a dozen models.
    recent: Box<[Recent; RECENT]>,
    generation: u32,
    /// Names came that may have been new.
    pub is_new: bool,
}

/// A short name and its slot.
#[derive(Clone, Copy)]
struct Recent {
    /// 0: none.
    len: usize,
    words: [u64; 4],
    slot: u32,
}

/// How many names are kept in [`ByName::recent`].
const RECENT: usize = 64;

impl Recent {
    const NONE: Self = Self {
        len: 0,
        words: [0; 4],
        slot: 0,
    };

    /// A name of up to 32 bytes as four words, which overlap if it is shorter. In the same steps
    /// for all of eight or more: which one comes next is not to be predicted.
    #[inline(always)]
    fn words(name: &[u8]) -> Option<[u64; 4]> {
        let last = name.len().wrapping_sub(8);
        if last > 24 {
            return Self::words_of_other(name);
        }
        let word = |at: usize| Some(u64::from_le_bytes(*name.get(at..at + 8)?.first_chunk()?));
        Some([
            word(0)?,
            word(last.min(8))?,
            word(last.min(16))?,
            word(last)?,
        ])
    }

    #[cold]
    fn words_of_other(name: &[u8]) -> Option<[u64; 4]> {
        if name.len() > 32 {
            return None;
        }
        let word = name
            .iter()
            .fold(0, |word, byte| word << 8 | u64::from(*byte));
        Some([word, 0, 0, 0])
    }

    /// Where in [`ByName::recent`] a name stands.
    #[inline(always)]
    fn place(len: usize, [a, b, c, d]: [u64; 4]) -> usize {
        let mixed = (a ^ b.rotate_left(11) ^ c.rotate_left(23) ^ d.rotate_left(37) ^ len as u64)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 58) as usize % RECENT
    }
}

impl<V: Merge + Default + Serialize + serde::de::DeserializeOwned> ByName<V> {
    /// A table that holds about `cap_bytes` in memory.
    pub fn new(cap_bytes: usize) -> Self {
        Self {
            table: Table::new(cap_bytes),
            slots: HashMap::default(),
            recent: Box::new([Recent::NONE; RECENT]),
            generation: 0,
            is_new: false,
        }
    }

    /// The counts of a name; `clean` makes what may be stored of it.
    #[inline(always)]
    pub fn of(&mut self, raw: Raw, clean: impl FnOnce(&str) -> String) -> Option<&mut V> {
        let slot = self.slot(raw, clean)?;
        self.table.get_mut(slot)
    }

    /// Where in the table the counts of a name are, until it is written out.
    #[inline(always)]
    pub fn slot(&mut self, raw: Raw, clean: impl FnOnce(&str) -> String) -> Option<usize> {
        let Some(words) = Recent::words(raw.0) else {
            return Some(self.looked_up(raw, clean) as usize);
        };
        let place = Recent::place(raw.0.len(), words);
        let recent = self.recent.get(place)?;
        // Not as arrays: they would be compared in memory, where they are not yet.
        let [a, b, c, d] = words;
        let [own_a, own_b, own_c, own_d] = recent.words;
        let differ = (a ^ own_a) | (b ^ own_b) | (c ^ own_c) | (d ^ own_d);
        if differ | (recent.len ^ raw.0.len()) as u64 == 0
            && self.generation == self.table.generation()
        {
            return Some(recent.slot as usize);
        }
        let slot = self.looked_up(raw, clean);
        if let Some(recent) = self.recent.get_mut(place) {
            *recent = Recent {
                len: raw.0.len(),
                words,
                slot,
            };
        }
        Some(slot as usize)
    }

    #[inline(never)]
    fn looked_up(&mut self, raw: Raw, clean: impl FnOnce(&str) -> String) -> u32 {
        self.is_new = true;
        if self.generation != self.table.generation() || self.slots.len() > INTERNED_NAMES {
            self.slots.clear();
            self.recent.fill(Recent::NONE);
            self.generation = self.table.generation();
        }
        if let Some(slot) = self.slots.get(raw.0) {
            return *slot;
        }
        let name = clean(&raw.text());
        let slot = self.table.slot(&*name, || name.as_str().into()) as u32;
        self.slots.insert(raw.0.into(), slot);
        slot
    }

    /// Writes the counts to disk if the cap is reached.
    ///
    /// # Errors
    /// If the disk does not take them.
    pub fn spill_if_full(&mut self, dir: &Path) -> Result<()> {
        self.table.spill_if_full(dir)
    }
}

/// Request lines by minute since 1970.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Minutes {
    index: HashMap<i64, u32, foldhash::fast::FixedState>,
    list: Vec<(i64, Ends)>,
    last: usize,
}

impl Minutes {
    /// Counts one request line.
    #[inline(always)]
    pub fn add(&mut self, minute: i64, end: End) {
        match self.list.get_mut(self.last) {
            Some((last, ends)) if *last == minute => ends.add(end),
            _ => self.slot(minute).add(end),
        }
    }

    #[inline(never)]
    fn slot(&mut self, minute: i64) -> &mut Ends {
        let list = &mut self.list;
        self.last = *self.index.entry(minute).or_insert_with(|| {
            list.push((minute, Ends::default()));
            list.len() as u32 - 1
        }) as usize;
        // The index holds positions of the list only.
        &mut self.list[self.last].1
    }

    /// The minutes, ascending.
    pub fn sorted(&self) -> Vec<(i64, Ends)> {
        let mut list = self.list.clone();
        list.sort_unstable_by_key(|(minute, _)| *minute);
        list
    }
}

impl Extend<(i64, Ends)> for Minutes {
    fn extend<T: IntoIterator<Item = (i64, Ends)>>(&mut self, minutes: T) {
        for (minute, ends) in minutes {
            self.slot(minute).merge(ends);
        }
    }
}

impl Merge for Minutes {
    fn merge(&mut self, other: Self) {
        for (minute, ends) in other.list {
            self.slot(minute).merge(ends);
        }
    }
}

/// Request lines by status; `None` for those without.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statuses {
    /// Index: status + [`STATUS_MAX`](crate::limits::STATUS_MAX); grown as needed.
    counts: Vec<u64>,
    none: u64,
}

impl Statuses {
    /// Counts one request line.
    #[inline(always)]
    pub fn add(&mut self, status: Option<i16>) {
        self.add_times(status, 1);
    }

    /// Counts as many request lines as stated.
    #[inline]
    pub fn add_times(&mut self, status: Option<i16>, times: u64) {
        let Some(status) = status else {
            self.none += times;
            return;
        };
        let index = (i64::from(status) + crate::limits::STATUS_MAX) as usize;
        if index >= self.counts.len() {
            self.counts.resize(index + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(index) {
            *count += times;
        }
    }

    /// Those that occurred.
    pub fn iter(&self) -> impl Iterator<Item = (Option<i16>, u64)> {
        let numbers = (-crate::limits::STATUS_MAX..).zip(&self.counts);
        let some = numbers
            .filter(|(_, n)| **n > 0)
            .map(|(status, n)| (Some(status as i16), *n));
        some.chain((self.none > 0).then_some((None, self.none)))
    }
}

impl Merge for Statuses {
    fn merge(&mut self, other: Self) {
        self.none += other.none;
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
            *mine += theirs;
        }
    }
}
