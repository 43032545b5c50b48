//! What was known and what is new, merged in one pass: into the next state, and into
//! the figures of a report.

use super::entry::{Day, DayCounts, DayId, IdCounts, Item, Key, Value};
use super::file::{Stored, Writer};
use super::gather::{Figures, Gather, Scope, most_failures_first};
use super::meta::{DayInfo, IdsKept, Meta};
use super::read::New;
use super::save::{Saving, save_error};
use crate::aggregate::id::IdAgg;
use crate::aggregate::names::Names;
use crate::aggregate::table::Merged;
use crate::aggregate::{Memory, conserved};
use crate::fault::Result;
use crate::limits::{STATE_DAY_IDS, STATE_OPEN_DAYS};
use crate::merge::Merge;
use crate::record::request_id::RequestId;
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;
use std::path::Path;

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
        only_new: scope.only_new,
        old,
        old_next: None,
        new: NewEntries {
            others: new.entries.into_sorted()?,
            next_other: None,
            ids: new.ids.into_sorted()?,
            next_id: None,
            names: new.names.into_names(),
        },
        new_next: None,
    };
    join.new.begin()?;
    join.advance_old()?;
    join.advance_new()?;
    let mut pass = Pass {
        only_new: scope.only_new,
        gather: Gather::new(scope, memory),
        writer,
        target,
        open: open_days(meta),
        given_up: new.given_up,
        closing: Vec::new(),
        closing_day: None,
        closing_touched: false,
        closing_cut: false,
        open_touched: BTreeSet::new(),
        new_lines: 0,
    };
    pass.all(join, meta)?;
    let new_lines = pass.new_lines;
    // Before the state is replaced.
    conserved("lines read, accounted for", new.lines, new_lines)?;
    pass.gather.check()?;
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

/// The next key, all that is known of it, and what is new of that.
struct Entry {
    key: Key,
    value: Value,
    is_new: bool,
    /// What is new of it; of ids only if that is all that is asked for.
    fresh: Option<Value>,
    /// How it is stored, if nothing of it is new.
    stored: Vec<u8>,
}

/// What is new, ascending: ids, which are counted apart, and all else.
struct NewEntries {
    others: Merged<Key, Value>,
    next_other: Option<(Key, Value)>,
    ids: Merged<DayId, IdAgg>,
    next_id: Option<(DayId, IdAgg)>,
    /// Of the codes of ids.
    names: Names,
}

impl NewEntries {
    fn begin(&mut self) -> Result<()> {
        self.next_other = self.others.next_entry()?;
        self.next_id = self.ids.next_entry()?;
        Ok(())
    }

    fn next_entry(&mut self) -> Result<Option<(Key, Value)>> {
        // Of a day's items, ids come last.
        let other_first = match (&self.next_other, &self.next_id) {
            (Some((other, _)), Some((id, _))) => other.day <= id.day,
            (other, _) => other.is_some(),
        };
        if other_first {
            let next = self.others.next_entry()?;
            return Ok(std::mem::replace(&mut self.next_other, next));
        }
        let next = self.ids.next_entry()?;
        let id = std::mem::replace(&mut self.next_id, next);
        Ok(id.map(|(DayId { day, id }, counts)| {
            let item = Item::Id(id);
            let counts = IdCounts::of(counts, &self.names);
            (Key { day, item }, Value::Id(counts))
        }))
    }
}

/// Two ascending sequences of entries, merged.
struct Join {
    only_new: bool,
    old: Option<Stored>,
    old_next: Option<(Key, Value, Vec<u8>)>,
    new: NewEntries,
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

    fn next(&mut self) -> Result<Option<Entry>> {
        let order = match (&self.old_next, &self.new_next) {
            (None, None) => return Ok(None),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((old, ..)), Some((new, _))) => old.cmp(new),
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
        let is_new = new.is_some();
        let fresh = new
            .as_ref()
            .filter(|(_, value)| self.only_new || !matches!(value, Value::Id(_)))
            .map(|(_, value)| value.clone());
        let (key, value, stored) = match (old, new) {
            (Some((key, mut value, _)), Some((_, fresh))) => {
                value.merge(fresh);
                (key, value, Vec::new())
            }
            (Some((key, value, stored)), None) => (key, value, stored),
            (None, Some((key, fresh))) => (key, fresh, Vec::new()),
            (None, None) => return Ok(None),
        };
        Ok(Some(Entry {
            key,
            value,
            is_new,
            fresh,
            stored,
        }))
    }
}

/// One pass over all entries, ascending.
struct Pass<'a, 'd> {
    only_new: bool,
    gather: Gather<'a>,
    writer: Option<Writer<Saving<'d>>>,
    target: &'a Path,
    /// Days whose ids are kept in full.
    open: BTreeSet<Day>,
    /// Request lines of days that are given up for their age: all, and new ones.
    given_up: (u64, u64),
    /// Ids of the day that is being closed, and how they are stored.
    closing: Vec<(RequestId, IdCounts, Vec<u8>)>,
    closing_day: Option<Day>,
    closing_touched: bool,
    /// Ids had to go while the day was being closed.
    closing_cut: bool,
    /// Days that stay open and have new ids.
    open_touched: BTreeSet<Day>,
    /// Lines of this run.
    new_lines: u64,
}

impl Pass<'_, '_> {
    fn all(&mut self, mut join: Join, meta: &mut Meta) -> Result<()> {
        while let Some(entry) = join.next()? {
            if let Some(Value::Counts(counts)) = &entry.fresh {
                self.new_lines += lines(counts);
            }
            let day = entry.key.day;
            if day.is_some_and(|day| !meta.days.contains_key(&day)) {
                continue; // given up for its age; its request lines count as outside
            }
            self.leave(day, meta)?;
            self.take(entry)?;
        }
        self.leave(None, meta)?;
        for day in &self.open_touched {
            if let Some(info) = meta.days.get_mut(day)
                && info.ids == IdsKept::Top
            {
                info.ids = IdsKept::TopAndLater;
            }
        }
        Ok(())
    }

    fn take(&mut self, entry: Entry) -> Result<()> {
        let Entry {
            key,
            mut value,
            is_new,
            mut fresh,
            mut stored,
        } = entry;
        if key.day.is_none() && self.given_up.0 > 0 {
            stored.clear();
            if let Value::Counts(counts) = &mut value {
                counts.outside += self.given_up.0;
            }
            if let Some(Value::Counts(counts)) = &mut fresh {
                counts.outside += self.given_up.1;
            }
        }
        if let Some(fresh) = fresh.filter(|_| self.only_new) {
            self.gather.take(&key, fresh)?;
        }
        match (key.day, key.item, value) {
            (Some(day), Item::Id(id), Value::Id(counts)) if !self.open.contains(&day) => {
                self.closing_day = Some(day);
                self.closing_touched |= is_new;
                self.closing.push((id, counts, stored));
                // Now and then, so that few are held.
                if self.closing.len() > 4 * STATE_DAY_IDS {
                    self.cut();
                    self.closing_cut = true;
                }
                Ok(())
            }
            (day, item, value) => {
                if let (Some(day), Item::Id(_), true) = (day, &item, is_new) {
                    self.open_touched.insert(day);
                }
                self.put(&Key { day, item }, value, &stored)
            }
        }
    }

    fn cut(&mut self) {
        if self.closing.len() > STATE_DAY_IDS {
            self.closing.select_nth_unstable_by(STATE_DAY_IDS, |a, b| {
                most_failures_first((&a.0, a.1.failures()), (&b.0, b.1.failures()))
            });
            self.closing.truncate(STATE_DAY_IDS);
        }
    }

    /// A day's entries are over when another day's come: its ids are cut down now.
    fn leave(&mut self, next: Option<Day>, meta: &mut Meta) -> Result<()> {
        let Some(day) = self.closing_day.filter(|day| Some(*day) != next) else {
            return Ok(());
        };
        self.closing_day = None;
        let more = self.closing.len() > STATE_DAY_IDS || self.closing_cut;
        self.closing_cut = false;
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
        for (id, counts, stored) in ids {
            let key = Key {
                day: Some(day),
                item: Item::Id(id),
            };
            self.put(&key, Value::Id(counts), &stored)?;
        }
        Ok(())
    }

    fn put(&mut self, key: &Key, value: Value, stored: &[u8]) -> Result<()> {
        if let Some(writer) = &mut self.writer {
            let written = if stored.is_empty() {
                writer.entry(key, &value)
            } else {
                writer.stored_entry(stored)
            };
            written.map_err(|error| save_error(self.target, &error))?;
        }
        if self.only_new {
            Ok(())
        } else {
            self.gather.take(key, value)
        }
    }
}
