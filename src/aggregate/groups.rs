//! Request lines by model and by key, and over time.

use super::latency::Latency;
use super::merge::Merge;
use super::table::Table;
use crate::fault::Result;
use crate::limits::INTERNED_NAMES;
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
    generation: u32,
}

impl<V: Merge + Default + Serialize + serde::de::DeserializeOwned> ByName<V> {
    /// A table that holds about `cap_bytes` in memory.
    pub fn new(cap_bytes: usize) -> Self {
        Self { table: Table::new(cap_bytes), slots: HashMap::default(), generation: 0 }
    }

    /// The counts of a name; `clean` makes what may be stored of it.
    #[inline]
    pub fn of(&mut self, raw: Raw, clean: impl FnOnce(&str) -> String) -> Option<&mut V> {
        if self.generation != self.table.generation() || self.slots.len() > INTERNED_NAMES {
            self.slots.clear();
            self.generation = self.table.generation();
        }
        let slot = match self.slots.get(raw.0) {
            Some(slot) => *slot as usize,
            None => {
                let name = clean(&raw.text());
                let slot = self.table.slot(&*name, || name.as_str().into());
                self.slots.insert(raw.0.into(), slot as u32);
                slot
            }
        };
        self.table.get_mut(slot)
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
    #[inline]
    pub fn add(&mut self, minute: i64, end: End) {
        match self.list.get_mut(self.last) {
            Some((last, ends)) if *last == minute => ends.add(end),
            _ => self.slot(minute).add(end),
        }
    }

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
    #[inline]
    pub fn add(&mut self, status: Option<i16>) {
        let Some(status) = status else {
            self.none += 1;
            return;
        };
        let index = (i64::from(status) + crate::limits::STATUS_MAX) as usize;
        if index >= self.counts.len() {
            self.counts.resize(index + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(index) {
            *count += 1;
        }
    }

    /// Those that occurred.
    pub fn iter(&self) -> impl Iterator<Item = (Option<i16>, u64)> {
        let numbers = (-crate::limits::STATUS_MAX..).zip(&self.counts);
        let some = numbers.filter(|(_, n)| **n > 0).map(|(status, n)| (Some(status as i16), *n));
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

