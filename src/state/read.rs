//! Reads what is new in the logs, and notes how far.

use super::content::{exactly, last_line_end};
use super::copies;
use super::count::{Counted, count};
use super::entry::{Day, DayId, Key, Value};
use super::known::Known;
use super::look::{Look, Plan, look, settle_claims};
use super::meta::{FileRecord, Meta};
use super::notes::{Done, Notes};
use super::row::Row;
use crate::aggregate::id::IdAgg;
use crate::aggregate::ids::Ids;
use crate::aggregate::table::Table;
use crate::fault::{Error, Result};
use crate::input::Input;
use crate::limits::{MAX_TRACKED_FILES, STATE_BATCH_FILES};
use crate::pipeline::Settings;
use crate::pipeline::stitch::Resume;
use crate::progress::Progress;
use crate::report::Tz;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// What a run has read.
pub struct New {
    /// The counts, but for those of ids.
    pub entries: Table<Key, Value>,
    /// Those of ids.
    pub ids: Table<DayId, IdAgg>,
    /// Numbers their codes.
    pub names: Ids,
    /// Requests and failures by day.
    pub days: BTreeMap<Option<Day>, (u64, u64)>,
    /// By input, in their order.
    pub rows: Vec<Row>,
    /// Request lines of days that are given up for their age: all, and new ones.
    pub given_up: (u64, u64),
    /// Lines counted.
    pub lines: u64,
    /// Lines that the fast scanner deferred.
    pub deferred: u64,
    /// Uncompressed bytes of the lines counted.
    pub bytes: u64,
    /// Bytes of last lines that wait for their ends.
    pub held_bytes: u64,
    /// Bytes read from disk, roughly.
    pub stored_bytes: u64,
}

impl New {
    /// Nothing.
    pub fn nothing(settings: &Settings<'_>) -> Self {
        Self {
            entries: Table::new(settings.memory.cap_bytes / 4),
            ids: Table::new(settings.memory.cap_bytes / 4),
            names: Ids::new(0, &settings.memory.temp_dir, 0),
            days: BTreeMap::new(),
            rows: Vec::new(),
            given_up: (0, 0),
            lines: 0,
            deferred: 0,
            bytes: 0,
            held_bytes: 0,
            stored_bytes: 0,
        }
    }
}

/// Reads what is new in the inputs; `meta` notes how far they are read now.
///
/// # Errors
/// If counts had to go to disk and could not. Inputs that cannot be read are no error
/// here; their rows say so.
pub fn read(
    inputs: &[Input],
    meta: &mut Meta,
    settings: &Settings<'_>,
    tz: Tz,
    progress: &Progress,
) -> Result<New> {
    let mut new = New::nothing(settings);
    for batch in inputs.chunks(STATE_BATCH_FILES) {
        read_batch(batch, meta, settings, tz, progress, &mut new)?;
    }
    new.stored_bytes += progress.done_bytes();
    if meta.files.len() > MAX_TRACKED_FILES {
        meta.files.sort_by_key(|file| Reverse(file.seen_seq));
        meta.files.truncate(MAX_TRACKED_FILES);
    }
    Ok(new)
}

fn read_batch(
    inputs: &[Input],
    meta: &mut Meta,
    settings: &Settings<'_>,
    tz: Tz,
    progress: &Progress,
    new: &mut New,
) -> Result<()> {
    let known = Known::new(&meta.files);
    let window = settings.read.zstd_window_log;
    let mut stored_bytes = 0;
    let mut looks: Vec<Look> = inputs
        .iter()
        .map(|input| look(input, &known, &meta.files, window, &mut stored_bytes))
        .collect();
    new.stored_bytes += stored_bytes;
    settle_claims(&mut looks, &meta.files);
    let copies = copies::find(&looks, window);
    let mut attempt = Attempt::default();
    let (chosen, counted) = loop {
        let chosen: Vec<usize> = (0..looks.len())
            .filter(|at| !copies.contains_key(at) && !attempt.given_up.contains(at))
            .filter(|at| {
                looks
                    .get(*at)
                    .is_some_and(|look| matches!(look.plan, Plan::Read { .. }))
            })
            .collect();
        let counted = attempt.count(&looks, &chosen, &meta.files, |inputs, resume, ends| {
            count(inputs, resume, ends, settings, &new.names, tz, progress)
        })?;
        if !attempt.has_trouble(&looks, &chosen, &counted) {
            break (chosen, counted);
        }
    };
    let Counted {
        entries,
        ids,
        days,
        outcomes,
        lines,
        open,
        deferred,
    } = counted;
    new.deferred += deferred;
    new.entries.merge(entries, &settings.memory.temp_dir)?;
    new.ids.merge(ids, &settings.memory.temp_dir)?;
    for (day, (requests, failures)) in days {
        let sums = new.days.entry(day).or_default();
        sums.0 += requests;
        sums.1 += failures;
    }
    let mut results: BTreeMap<usize, Done> = BTreeMap::new();
    for (index, (at, outcome)) in chosen.into_iter().zip(outcomes).enumerate() {
        let done = Done {
            outcome,
            lines: lines.get(&index).copied().unwrap_or_default(),
            open: open.get(&index).cloned().unwrap_or_default(),
        };
        results.insert(at, done);
    }
    let mut notes = Notes::new(meta);
    let mut rows: Vec<Row> = Vec::new();
    for (at, look) in looks.iter_mut().enumerate() {
        let plan = std::mem::replace(&mut look.plan, Plan::Nothing { record: None });
        let mut row = Row {
            error: attempt.errors.remove(&at),
            ..Row::default()
        };
        match plan {
            Plan::Failed(error) => row.error = Some(error),
            Plan::Nothing { record } => notes.seen(at, look, record),
            Plan::Read {
                record,
                from,
                known_to,
                before,
            } => {
                if let Some(done) = results.remove(&at) {
                    new.held_bytes += done.outcome.held_bytes;
                    let known = (record, from, known_to, before);
                    notes.read(at, look, known, &done, &mut row);
                    row.error = row.error.or(done.outcome.error);
                } else if !copies.contains_key(&at) {
                    notes.seen(at, look, record);
                }
            }
        }
        new.lines += row.new.lines.lines;
        new.bytes += row.new.bytes;
        rows.push(row);
    }
    for (at, copy) in &copies {
        if let Some(look) = looks.get(*at) {
            notes.copied(*at, look, copy);
        }
    }
    for (at, row) in rows.iter_mut().enumerate() {
        row.all = notes.share(at);
    }
    new.rows.append(&mut rows);
    Ok(())
}

/// Reading may meet a log that is being truncated. Then what was counted of it cannot
/// be told from the rest, so all is read again without it, or without its end.
#[derive(Default)]
struct Attempt {
    given_up: BTreeSet<usize>,
    limits: BTreeMap<usize, u64>,
    errors: BTreeMap<usize, Error>,
}

impl Attempt {
    fn count(
        &self,
        looks: &[Look],
        chosen: &[usize],
        files: &[FileRecord],
        count: impl FnOnce(&[Input], BTreeMap<usize, Resume>, &[bool]) -> Result<Counted>,
    ) -> Result<Counted> {
        let mut inputs = Vec::new();
        let mut resume = BTreeMap::new();
        let mut ends = Vec::new();
        for (index, at) in chosen.iter().enumerate() {
            let Some((look, file)) = looks
                .get(*at)
                .and_then(|look| Some((look, look.file.as_ref()?)))
            else {
                // Keeps the indexes in step; says that it is a fault of ours.
                let error = Error::new("was not opened");
                inputs.push(Input::failed("?", error));
                ends.push(false);
                continue;
            };
            let mut range = 0..self.limits.get(at).copied().unwrap_or(u64::MAX);
            if let Plan::Read { record, from, .. } = &look.plan {
                range.start = *from;
                if let Some(record) = record.and_then(|record| files.get(record)) {
                    let counted = Resume {
                        counted_to: record.offset,
                        open: record.open.clone(),
                    };
                    resume.insert(index, counted);
                }
            }
            inputs.push(Input::held(&look.path, std::sync::Arc::clone(file)).range(range));
            ends.push(look.archive.is_some());
        }
        count(&inputs, resume, &ends)
    }

    /// Whether a plain file could not be read as it was when it was looked at.
    fn has_trouble(&mut self, looks: &[Look], chosen: &[usize], counted: &Counted) -> bool {
        let mut trouble = false;
        for (at, outcome) in chosen.iter().zip(&counted.outcomes) {
            let Some(look) = looks.get(*at).filter(|look| look.archive.is_none()) else {
                continue; // a stream is read in order: what came before a fault is known
            };
            let Some(file) = &look.file else {
                continue; // cannot be: it was read
            };
            let Plan::Read { from, .. } = look.plan else {
                continue; // cannot be: it was read
            };
            let consumed = from + outcome.bytes - outcome.unended_bytes;
            let size = file.metadata().map_or(0, |metadata| metadata.len());
            let same = size >= consumed
                && exactly(file, 0, look.head.len() as u64).as_ref() == Some(&look.head);
            if same && outcome.error.is_none() {
                continue; // read well
            }
            trouble = true;
            let error = outcome.error.clone();
            let limit = error
                .as_ref()
                .and_then(|error| error.byte_offset)
                .filter(|_| same && !self.limits.contains_key(at))
                .and_then(|end| last_line_end(file, from, end))
                .filter(|limit| *limit > from);
            match (limit, error) {
                (Some(limit), Some(error)) => {
                    self.limits.insert(*at, limit);
                    self.errors.insert(*at, error);
                }
                (_, error) => {
                    self.given_up.insert(*at);
                    let truncated = Error::new(
                        "was truncated while it was read; none of its new lines were counted",
                    )
                    .at(&look.path)
                    .hint("if rotation has copied it, the next run reads the copy");
                    let error = if same { error } else { None };
                    self.errors.insert(*at, error.unwrap_or(truncated));
                }
            }
        }
        trouble
    }
}
