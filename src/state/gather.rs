//! Gathers the entries of a state into the figures of a report.

use super::entry::{Day, Item, Key, Value};
use super::meta::{IdsKept, Meta};
use crate::aggregate::codes::CodeAgg;
use crate::aggregate::groups::{Ends, ModelAgg};
use crate::aggregate::id::IdAgg;
use crate::aggregate::ids::TopId;
use crate::aggregate::names::Names;
use crate::aggregate::table::Table;
use crate::aggregate::{Memory, Whole};
use crate::fault::Result;
use crate::merge::Merge;
use crate::record::request_id::RequestId;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

/// What a report is about.
pub struct Scope {
    /// These days; all, and what has no day, if `None`.
    pub days: Option<Range<Day>>,
    /// What this run has read, and nothing else.
    pub only_new: bool,
    /// How many ids to name.
    pub top: usize,
}

/// The figures of a report.
pub struct Figures {
    /// The counts.
    pub whole: Whole,
    /// The ids with the most failures.
    pub top_ids: Vec<TopId>,
    /// Whether no failure of theirs is missing.
    pub exact_ids: bool,
}

/// Gathers what a report is about.
pub struct Gather<'a> {
    scope: Scope,
    memory: &'a Memory,
    whole: Whole,
    ids: Table<RequestId, IdAgg>,
    /// Numbers their codes.
    names: Names,
    /// Days whose ids are among them.
    id_days: BTreeSet<Option<Day>>,
}

impl<'a> Gather<'a> {
    /// Nothing yet.
    pub fn new(scope: Scope, memory: &'a Memory) -> Self {
        Self {
            whole: Whole::new(memory.cap_bytes / 4, &memory.temp_dir),
            ids: Table::new(memory.cap_bytes / 4),
            names: Names::default(),
            scope,
            memory,
            id_days: BTreeSet::new(),
        }
    }

    /// Takes in an entry.
    ///
    /// # Errors
    /// If figures had to go to disk and could not.
    pub fn take(&mut self, key: &Key, value: Value) -> Result<()> {
        let is_inside = match (&self.scope.days, key.day) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(days), Some(day)) => days.contains(&day),
        };
        let dir = &self.memory.temp_dir;
        match (&key.item, value) {
            (Item::Counts, Value::Counts(counts)) => {
                let counts = if is_inside {
                    *counts
                } else {
                    counts.without_requests()
                };
                self.whole.counts.merge(counts.into_counts());
            }
            _ if !is_inside => {}
            (Item::Model(name), Value::Model(agg)) => {
                add::<_, ModelAgg>(&mut self.whole.models, name, *agg, 1024, dir)?;
            }
            (Item::Key(name), Value::Key(ends)) => {
                add::<_, Ends>(&mut self.whole.keys, name, ends, 0, dir)?;
            }
            (Item::Code(name), Value::Code(agg)) => {
                let grown = agg.minutes.len() * 32 + agg.listed.len() * 200;
                add::<_, CodeAgg>(&mut self.whole.codes, name, *agg, grown, dir)?;
            }
            (Item::Id(id), Value::Id(counts)) => {
                self.id_days.insert(key.day);
                let counts = counts.into_agg(&mut self.names);
                let grown = counts.held_bytes();
                add::<_, IdAgg>(&mut self.ids, id, counts, grown, dir)?;
            }
            // A value that does not fit its item was refused when it was read.
            _ => {}
        }
        Ok(())
    }

    /// Checks that no request line was lost.
    ///
    /// # Errors
    /// If one was, which is a bug.
    pub fn check(&self) -> Result<()> {
        self.whole.counts.check_requests()
    }

    /// The figures. `meta` is that of the next state.
    ///
    /// # Errors
    /// If what went to disk cannot be read back.
    pub fn finish(self, meta: &Meta) -> Result<Figures> {
        let kept = |day: &Option<Day>| match day {
            Some(day) => meta.days.get(day).map_or(IdsKept::All, |info| info.ids),
            None => IdsKept::All,
        };
        let all = self.id_days.iter().all(|day| kept(day) == IdsKept::All);
        let alone = self.id_days.len() == 1;
        let top = self
            .id_days
            .iter()
            .all(|day| kept(day) != IdsKept::TopAndLater);
        let exact_ids = self.scope.only_new || all || (alone && top);
        let mut best: Vec<(RequestId, IdAgg)> = Vec::new();
        let count = self.scope.top;
        let order = |a: &(RequestId, IdAgg), b: &(RequestId, IdAgg)| {
            most_failures_first((&a.0, a.1.failures()), (&b.0, b.1.failures()))
        };
        self.ids.for_each(|id, counts| {
            best.push((id, counts));
            if best.len() >= 2 * count.max(512) {
                best.select_nth_unstable_by(count, order);
                best.truncate(count);
            }
        })?;
        best.sort_unstable_by(order);
        best.truncate(count);
        let top_ids = best
            .into_iter()
            .map(|(id, counts)| TopId::new(&id, counts, &self.names));
        Ok(Figures {
            whole: self.whole,
            top_ids: top_ids.collect(),
            exact_ids,
        })
    }
}

/// Ties by the id.
pub fn most_failures_first(a: (&RequestId, u64), b: (&RequestId, u64)) -> Ordering {
    b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0))
}

fn add<K, V>(table: &mut Table<K, V>, key: &K, value: V, grown: usize, dir: &Path) -> Result<()>
where
    K: crate::aggregate::table::Key,
    V: Merge + Default + serde::Serialize + serde::de::DeserializeOwned,
{
    let slot = table.slot::<K>(key, || key.clone());
    if let Some(mine) = table.get_mut(slot) {
        mine.merge(value);
    }
    table.grew(grown);
    table.spill_if_full(dir)
}
