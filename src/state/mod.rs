//! `--state`: a run reads only what is new, and reports all that was ever read.
//!
//! ```text
//!            ┌ meta: logs, days ┐   look: which log is this, what of it is new?
//!  state ────┤                  ├─► read ─► count (by day) ─┐
//!  (file)    └ entries ─────────┼───────────────────────────┴─► merge ─┬─► next state (save)
//!                               └────────────────────────────────────►─┴─► figures of the report
//! ```
//! How far each log was read and what was counted are saved together, in one file that
//! is replaced as a whole: whatever happens, the next run goes on from the one or the
//! other, and counts every line once. The report comes after the state; if it fails, the
//! next run's report has all of it.

mod content;
mod copies;
mod count;
mod entry;
mod file;
mod gather;
mod known;
mod look;
mod merge;
mod meta;
mod notes;
mod read;
mod row;
mod save;
mod shelf;
mod sum;
#[cfg(test)]
mod tests;

pub use entry::Day;
pub use file::is_state;
pub use gather::{Figures, Scope};
pub use meta::{Asked, Config};
pub use row::Row;
pub use save::{Disk, Place, RealDisk, resolve};

use crate::fault::Result;
use crate::input::Input;
use crate::pipeline::Settings;
use crate::progress::Progress;
use crate::report::Tz;
use crate::report::model::Run;
use file::Stored;
use meta::Meta;
use read::New;
use save::Saving;
use std::path::Path;

/// A state that was opened.
pub struct State {
    meta: Meta,
    stored: Option<Stored>,
}

/// What a run gives.
pub struct Outcome {
    /// The figures of the report.
    pub figures: Figures,
    /// What the run has read.
    pub run: Run,
    /// By input.
    pub rows: Vec<Row>,
    /// Uncompressed bytes of the lines that the report is about.
    pub bytes: u64,
    /// Bytes read from disk, roughly.
    pub stored_bytes: u64,
    /// Lines of the run that the fast scanner deferred.
    pub deferred: u64,
    /// The last day given up for its age, if any.
    pub dropped_to: Option<Day>,
}

impl State {
    /// Opens a state, or begins one where there is none, or where it is to be `reset`.
    ///
    /// # Errors
    /// If there is one that cannot be used: damaged, foreign, newer, or made with other
    /// settings than asked for; or what is to be reset is no state.
    pub fn open(path: &Path, reset: bool, asked: Asked, keep_days: Option<u32>) -> Result<Self> {
        let stored = if reset {
            file::check_replaceable(path)?;
            None
        } else {
            Stored::open(path)?
        };
        let mut meta = match &stored {
            Some(stored) => {
                stored.meta.config.check(&asked)?;
                stored.meta.clone()
            }
            None => Meta {
                config: asked.into_config(),
                keep_days: crate::limits::STATE_KEEP_DAYS,
                ..Meta::default()
            },
        };
        meta.keep_days = keep_days.unwrap_or(meta.keep_days);
        env!("CARGO_PKG_VERSION").clone_into(&mut meta.program);
        Ok(Self { meta, stored })
    }

    /// Whether there was one.
    pub fn existed(&self) -> bool {
        self.stored.is_some()
    }

    /// What its counts depend on.
    pub fn config(&self) -> &Config {
        &self.meta.config
    }

    /// Reads what is new in the inputs and saves the state.
    ///
    /// # Errors
    /// If the state cannot be read or saved, or counts had to go to disk and could not.
    pub fn run(
        mut self,
        inputs: &[Input],
        place: &Place,
        disk: &dyn Disk,
        how: &How<'_>,
        progress: &Progress,
    ) -> Result<Outcome> {
        self.meta.seq += 1;
        let mut new = read::read(inputs, &mut self.meta, how.settings, how.tz, progress)?;
        self.meta.bytes += new.bytes;
        merge::note_days(&mut self.meta, &mut new, how.settings.catalog.version());
        let saving = Saving::begin(&place.path, disk)?;
        self.finish(new, Some(saving), &place.path, how)
    }

    /// Reads no log; reports what the state holds.
    ///
    /// # Errors
    /// If the state cannot be read.
    pub fn report(self, path: &Path, how: &How<'_>) -> Result<Outcome> {
        let new = New::nothing(how.settings);
        self.finish(new, None, path, how)
    }

    fn finish(
        mut self,
        mut new: New,
        saving: Option<Saving<'_>>,
        path: &Path,
        how: &How<'_>,
    ) -> Result<Outcome> {
        let scope = Scope {
            days: how.days.clone(),
            only_new: how.only_new,
            top: how.settings.top,
        };
        let rows = std::mem::take(&mut new.rows);
        let sum = |pick: fn(&(u64, u64)) -> u64| new.days.values().map(pick).sum();
        let mut run = Run {
            seq: self.meta.seq,
            lines: new.lines,
            requests: sum(|sums| sums.0),
            failures: sum(|sums| sums.1),
            bytes: new.bytes,
            inputs_read: rows.iter().filter(|row| row.new.bytes > 0).count() as u64,
            inputs_known: rows.iter().filter(|row| row.is_known()).count() as u64,
            held_bytes: new.held_bytes,
            catalogues: Vec::new(),
        };
        let (stored_bytes, new_bytes) = (new.stored_bytes, new.bytes);
        let deferred = new.deferred;
        let memory = &how.settings.memory;
        let meta = &mut self.meta;
        let figures = merge::merge(self.stored, new, meta, scope, memory, saving, path)?;
        let mut catalogues = meta.undated.catalogues.clone();
        for (day, info) in &meta.days {
            if how.days.as_ref().is_none_or(|days| days.contains(day)) {
                catalogues.extend(info.catalogues.iter().cloned());
            }
        }
        run.catalogues = catalogues.into_iter().collect();
        Ok(Outcome {
            figures,
            run,
            rows,
            bytes: if how.only_new { new_bytes } else { meta.bytes },
            stored_bytes,
            deferred,
            dropped_to: meta.dropped_to,
        })
    }
}

/// How to read and what to report.
pub struct How<'a> {
    /// As for an analysis without a state, but with last lines held back.
    pub settings: &'a Settings<'a>,
    /// Whose days.
    pub tz: Tz,
    /// Report these days only.
    pub days: Option<std::ops::Range<Day>>,
    /// Report what this run reads, and nothing else.
    pub only_new: bool,
}
