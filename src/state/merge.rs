//! What was known and what is new, merged in one pass: into the next state, and into
//! the figures of a report.

use super::entry::{Day, DayCounts, IdCounts, Item, Key, Value};
use super::file::{Stored, Writer};
use super::meta::{DayInfo, IdsKept, Meta};
use super::read::New;
use super::save::{Saving, save_error};
use crate::aggregate::Memory;
use crate::aggregate::Whole;
use crate::aggregate::codes::CodeAgg;
use crate::aggregate::groups::{Ends, ModelAgg};
use crate::aggregate::ids::TopId;
use crate::aggregate::merge::Merge;
use crate::aggregate::table::{Merged, Table};
use crate::fault::{Error, Result};
use crate::limits::{STATE_DAY_IDS, STATE_OPEN_DAYS};
use crate::record::request_id::RequestId;
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};
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

/// Notes in `meta` the days that a run has read, and gives up the oldest beyond those
/// to keep: their request lines become lines outside.
pub fn note_days(meta: &mut Meta, new: &mut New, catalogue: &str) {
    let seq = meta.seq;
    let touch = |info: &mut DayInfo, requests: u64| {
        info.requests += requests;
        info.touched_seq = seq;
        info.catalogues.insert(catalogue.to_owned());
    };
    for (day, (requests, _)) in &new.days {
        match day {
            Some(day) => touch(meta.days.entry(*day).or_default(), *requests),
            None if *requests > 0 => touch(&mut meta.undated, *requests),
            None => {}
        }
    }
    while meta.days.len() > meta.keep_days.max(1) as usize
        && let Some((day, info)) = meta.days.pop_first()
    {
        new.given_up.0 += info.requests;
        new.given_up.1 += new.days.get(&Some(day)).map_or(0, |sums| sums.0);
        meta.dropped_to = meta.dropped_to.max(Some(day));
    }
}

/// Days whose ids are kept in full: those read last, of these the latest.
fn open_days(meta: &Meta) -> BTreeSet<Day> {
    let mut days: Vec<(u64, Day)> = meta
        .days
        .iter()
        .map(|(day, info)| (info.touched_seq, *day))
        .collect();
    days.sort_unstable_by_key(|day| Reverse(*day));
    days.truncate(STATE_OPEN_DAYS);
    days.into_iter().map(|(_, day)| day).collect()
}

/// Merges, and writes the next state if `save` is given. `meta` is that of the next state.
///
/// # Errors
/// If anything cannot be read or written, or lines got lost, which is a bug.
pub fn merge(
    old: Option<Stored>,
    mut new: New,
    meta: &mut Meta,
    scope: Scope,
    memory: &Memory,
    save: Option<Saving<'_>>,
    target: &Path,
) -> Result<Figures> {
    // The first entry of all: what has no day.
    let first = Key {
        day: None,
        item: Item::Counts,
    };
    let slot = new.entries.slot::<Key>(&first, || first.clone());
    if let Some(value) = new.entries.get_mut(slot) {
        value.merge(Value::Counts(Box::default()));
    }
    let writer = match save {
        Some(saving) => Some(Writer::new(saving).map_err(|e| save_error(target, &e))?),
        None => None,
    };
    let mut join = Join {
        old,
        old_next: None,
        new: new.entries.into_sorted()?,
        new_next: None,
    };
    join.advance_old()?;
    join.advance_new()?;
    let open = open_days(meta);
    let mut pass = Pass {
        gather: Gather::new(scope, memory),
        writer,
        target,
        closing: Vec::new(),
        closing_day: None,
        closing_touched: false,
        open_touched: BTreeSet::new(),
    };
    let mut new_lines = 0;
    while let Some((key, value, fresh)) = join.next()? {
        if key.day.is_some_and(|day| !meta.days.contains_key(&day)) {
            if let Some(Value::Counts(counts)) = &fresh {
                new_lines += lines(counts);
            }
            continue; // given up for its age; its request lines count as outside
        }
        pass.leave(key.day, meta)?;
        if let Some(Value::Counts(counts)) = &fresh {
            new_lines += lines(counts);
        }
        pass.take(key, value, fresh, new.given_up, &open)?;
    }
    pass.leave(None, meta)?;
    for day in &pass.open_touched {
        if let Some(info) = meta.days.get_mut(day)
            && info.ids == IdsKept::Top
        {
            info.ids = IdsKept::TopAndLater;
        }
    }
    if new_lines != new.lines {
        return Err(Error::new(format!(
            "lines got lost: {} read, {new_lines} accounted for",
            new.lines
        ))
        .hint("this is a bug in dslog; please report it with this line. The state is as it was"));
    }
    if let Some(writer) = pass.writer.take() {
        let saving = writer.finish(meta).map_err(|e| save_error(target, &e))?;
        saving.commit()?;
    }
    pass.gather.finish(meta)
}

fn lines(counts: &DayCounts) -> u64 {
    let malformed: u64 = counts.faults.iter().sum();
    counts.blank
        + malformed
        + counts.other
        + counts.continued
        + counts.outside
        + counts.ends.requests
}

/// Two ascending sequences of entries, merged.
struct Join {
    old: Option<Stored>,
    old_next: Option<(Key, Value)>,
    new: Merged<Key, Value>,
    new_next: Option<(Key, Value)>,
}

impl Join {
    fn advance_old(&mut self) -> Result<()> {
        self.old_next = match &mut self.old {
            Some(old) => old.next_entry()?,
            None => None,
        };
        Ok(())
    }

    fn advance_new(&mut self) -> Result<()> {
        self.new_next = self.new.next_entry()?;
        Ok(())
    }

    /// The next key, all that is known of it, and what is new of that.
    fn next(&mut self) -> Result<Option<(Key, Value, Option<Value>)>> {
        let order = match (&self.old_next, &self.new_next) {
            (None, None) => return Ok(None),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((old, _)), Some((new, _))) => old.cmp(new),
        };
        let mut old = None;
        if order != Ordering::Greater {
            old = self.old_next.take();
            self.advance_old()?;
        }
        let mut new = None;
        if order != Ordering::Less {
            new = self.new_next.take();
            self.advance_new()?;
        }
        Ok(match (old, new) {
            (Some((key, mut value)), Some((_, fresh))) => {
                value.merge(fresh.clone());
                Some((key, value, Some(fresh)))
            }
            (Some((key, value)), None) => Some((key, value, None)),
            (None, Some((key, fresh))) => Some((key, fresh.clone(), Some(fresh))),
            (None, None) => None,
        })
    }
}

struct Pass<'a, 'd> {
    gather: Gather<'a>,
    writer: Option<Writer<Saving<'d>>>,
    target: &'a Path,
    /// Ids of the day that is being closed.
    closing: Vec<(RequestId, IdCounts)>,
    closing_day: Option<Day>,
    closing_touched: bool,
    /// Days that stay open and have new ids.
    open_touched: BTreeSet<Day>,
}

impl Pass<'_, '_> {
    fn take(
        &mut self,
        key: Key,
        mut value: Value,
        mut fresh: Option<Value>,
        given_up: (u64, u64),
        open: &BTreeSet<Day>,
    ) -> Result<()> {
        if key.day.is_none() {
            if let Value::Counts(counts) = &mut value {
                counts.outside += given_up.0;
            }
            if let Some(Value::Counts(counts)) = &mut fresh {
                counts.outside += given_up.1;
            }
        }
        if self.gather.scope.only_new
            && let Some(fresh) = &fresh
        {
            self.gather.take(&key, fresh.clone())?;
        }
        match (key.day, key.item, value) {
            (Some(day), Item::Id(id), Value::Id(counts)) if !open.contains(&day) => {
                self.closing_day = Some(day);
                self.closing_touched |= fresh.is_some();
                self.closing.push((id, counts));
                // Now and then, so that few are held.
                if self.closing.len() > 4 * STATE_DAY_IDS {
                    self.cut();
                    self.gather.cut.insert(day);
                }
                Ok(())
            }
            (day, item, value) => {
                if let (Some(day), Item::Id(_), Some(_)) = (day, &item, &fresh) {
                    self.open_touched.insert(day);
                }
                self.put(Key { day, item }, value)
            }
        }
    }

    fn cut(&mut self) {
        let order = |(id, counts): &(RequestId, IdCounts)| (Reverse(counts.failures()), id.clone());
        if self.closing.len() > STATE_DAY_IDS {
            self.closing
                .select_nth_unstable_by_key(STATE_DAY_IDS, order);
            self.closing.truncate(STATE_DAY_IDS);
        }
    }

    /// A day's entries are over when another day's come: its ids are cut down now.
    fn leave(&mut self, next: Option<Day>, meta: &mut Meta) -> Result<()> {
        let Some(day) = self.closing_day.filter(|day| Some(*day) != next) else {
            return Ok(());
        };
        self.closing_day = None;
        let more = self.closing.len() > STATE_DAY_IDS || self.gather.cut.contains(&day);
        let touched = std::mem::take(&mut self.closing_touched);
        self.cut();
        let mut ids = std::mem::take(&mut self.closing);
        ids.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        if let Some(info) = meta.days.get_mut(&day) {
            info.ids = match info.ids {
                IdsKept::All if more => IdsKept::Top,
                IdsKept::Top if touched => IdsKept::TopAndLater,
                kept => kept,
            };
        }
        for (id, counts) in ids {
            let key = Key {
                day: Some(day),
                item: Item::Id(id),
            };
            self.put(key, Value::Id(counts))?;
        }
        Ok(())
    }

    #[allow(clippy::needless_pass_by_value)] // entries come owned, and go
    fn put(&mut self, key: Key, value: Value) -> Result<()> {
        if let Some(writer) = &mut self.writer {
            writer
                .entry(&key, &value)
                .map_err(|error| save_error(self.target, &error))?;
        }
        if self.gather.scope.only_new {
            Ok(())
        } else {
            self.gather.take(&key, value)
        }
    }
}

/// Gathers what a report is about.
struct Gather<'a> {
    scope: Scope,
    memory: &'a Memory,
    whole: Whole,
    ids: Table<RequestId, IdCounts>,
    /// Days whose ids are among them.
    id_days: BTreeSet<Option<Day>>,
    /// Days of which ids had to go while they were being closed.
    cut: BTreeSet<Day>,
}

impl<'a> Gather<'a> {
    fn new(scope: Scope, memory: &'a Memory) -> Self {
        Self {
            whole: Whole::new(memory.cap_bytes / 4, &memory.temp_dir),
            ids: Table::new(memory.cap_bytes / 4),
            scope,
            memory,
            id_days: BTreeSet::new(),
            cut: BTreeSet::new(),
        }
    }

    fn take(&mut self, key: &Key, value: Value) -> Result<()> {
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
                let grown = counts.codes.len() * 48;
                add::<_, IdCounts>(&mut self.ids, id, counts, grown, dir)?;
            }
            // A value that does not fit its item was refused when it was read.
            _ => {}
        }
        Ok(())
    }

    fn finish(self, meta: &Meta) -> Result<Figures> {
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
        let mut ids = self.ids.into_sorted()?;
        let mut best: Vec<(RequestId, IdCounts)> = Vec::new();
        let order = |(id, counts): &(RequestId, IdCounts)| (Reverse(counts.failures()), id.clone());
        let count = self.scope.top;
        while let Some(entry) = ids.next_entry()? {
            best.push(entry);
            if best.len() >= 2 * count.max(512) {
                best.select_nth_unstable_by_key(count, order);
                best.truncate(count);
            }
        }
        best.sort_by_cached_key(order);
        best.truncate(count);
        let top_ids = best.into_iter().map(|(id, counts)| TopId {
            id: id.text().into_owned(),
            failures: counts.failures(),
            codes: counts.codes.into_iter().collect::<BTreeMap<_, _>>(),
            seen: counts.seen,
        });
        Ok(Figures {
            whole: self.whole,
            top_ids: top_ids.collect(),
            exact_ids,
        })
    }
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
