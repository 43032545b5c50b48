//! Where workers put days aside, as entries of a state.

use super::entry::{Day, DayCounts, DayId, Item, Key, Value};
use crate::aggregate::Whole;
use crate::aggregate::id::{CodeIndex, IdAgg, NO_TIME_MS};
use crate::aggregate::table::Table;
use crate::fault::Result;
use crate::merge::Merge;
use crate::record::time::TimeMs;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Where workers put days aside.
pub struct Shelf<'s> {
    table: Mutex<Table<Key, Value>>,
    ids: Mutex<Table<DayId, IdAgg>>,
    days: Mutex<Sums>,
    temp_dir: &'s Path,
}

/// Requests and failures by day.
type Sums = BTreeMap<Option<Day>, (u64, u64)>;

impl<'s> Shelf<'s> {
    /// An empty one; what is beyond so many bytes is written to temporary files.
    pub fn new(cap_bytes: usize, temp_dir: &'s Path) -> Self {
        Self {
            table: Mutex::new(Table::new(cap_bytes / 2)),
            ids: Mutex::new(Table::new(cap_bytes / 2)),
            days: Mutex::default(),
            temp_dir,
        }
    }

    /// All that was put there, and its sums.
    pub fn into_parts(self) -> (Table<Key, Value>, Table<DayId, IdAgg>, Sums) {
        let table = self.table.into_inner();
        let ids = self.ids.into_inner();
        let days = self.days.into_inner();
        (
            table.unwrap_or_else(PoisonError::into_inner),
            ids.unwrap_or_else(PoisonError::into_inner),
            days.unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// Puts entries there.
    ///
    /// # Errors
    /// If the disk does not take what is too much for the memory.
    pub fn put(&self, entries: impl Iterator<Item = (Key, Value)>) -> Result<()> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in entries {
            add(&mut table, key, value, self.temp_dir)?;
        }
        Ok(())
    }

    /// Counts failures of ids, each with its code and when it was.
    ///
    /// # Errors
    /// If the disk does not take what is too much for the memory.
    pub fn put_ids(
        &self,
        failures: impl Iterator<Item = (DayId, CodeIndex, Option<TimeMs>)>,
    ) -> Result<()> {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, code, time_ms) in failures {
            let slot = ids.slot::<DayId>(&key, || key.clone());
            let grown = ids
                .get_mut(slot)
                .map_or(0, |counts| counts.add(code, time_ms.unwrap_or(NO_TIME_MS)));
            ids.grew(grown);
            ids.spill_if_full(self.temp_dir)?;
        }
        Ok(())
    }

    /// Puts a day there.
    ///
    /// # Errors
    /// As [`Self::put`], or if spilled counts cannot be read back.
    pub fn put_day(&self, day: Option<Day>, whole: Whole) -> Result<()> {
        let ends = whole.counts.ends;
        let mut days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        let sums = days.entry(day).or_default();
        sums.0 += ends.requests;
        sums.1 += ends.failures;
        drop(days);
        let key = |item| Key { day, item };
        let counts = Value::Counts(Box::new(DayCounts::of(whole.counts)));
        self.put(std::iter::once((key(Item::Counts), counts)))?;
        let mut models = whole.models.into_sorted()?;
        while let Some((name, agg)) = models.next_entry()? {
            let entry = (key(Item::Model(name)), Value::Model(Box::new(agg)));
            self.put(std::iter::once(entry))?;
        }
        let mut keys = whole.keys.into_sorted()?;
        while let Some((name, ends)) = keys.next_entry()? {
            self.put(std::iter::once((key(Item::Key(name)), Value::Key(ends))))?;
        }
        let mut codes = whole.codes.into_sorted()?;
        while let Some((name, agg)) = codes.next_entry()? {
            let entry = (key(Item::Code(name)), Value::Code(Box::new(agg)));
            self.put(std::iter::once(entry))?;
        }
        Ok(())
    }
}

/// Adds a value to a table; `dir` is for what does not fit.
#[allow(clippy::needless_pass_by_value)] // entries come owned, and go
fn add(table: &mut Table<Key, Value>, key: Key, value: Value, dir: &Path) -> Result<()> {
    let slot = table.slot::<Key>(&key, || key.clone());
    let mut grown = 0;
    if let Some(mine) = table.get_mut(slot) {
        let before = mine.heap_bytes();
        mine.merge(value);
        grown = mine.heap_bytes().saturating_sub(before);
    }
    table.grew(grown);
    table.spill_if_full(dir)
}
