//! What is counted of all lines together, without keys.

use super::codes::Seen;
use super::groups::{Ends, Minutes, Statuses};
use super::latency::Latency;
use crate::catalog::Kind;
use crate::fault::{Error, Fault, Result};
use crate::merge::Merge;
use serde::{Deserialize, Serialize};

/// Counts that need no keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// Nothing but white space.
    pub blank: u64,
    /// By [`Fault`], in the order of [`Fault::ALL`].
    pub faults: [u64; 4],
    /// No request line.
    pub other: u64,
    /// Later parts of a rejoined record.
    pub continued: u64,
    /// Excluded by a filter or time range.
    pub outside: u64,
    /// Request lines.
    pub ends: Ends,
    /// What was odd but not malformed.
    pub notes: Notes,
    /// Span of the request lines.
    pub seen: Seen,
    /// Request lines without a readable time.
    pub undated: u64,
    /// By status.
    pub statuses: Statuses,
    /// By minute.
    pub minutes: Minutes,
    /// Of successes.
    pub success_latency: Latency,
    /// Of failures.
    pub failure_latency: Latency,
    /// Failures by kind.
    pub kinds: Kinds,
    /// Lines the fast scanner left to the oracle.
    pub deferred: u64,
}

impl Counts {
    /// Malformed lines.
    pub fn malformed(&self) -> u64 {
        self.faults.iter().sum()
    }

    /// Lines, as the sum of what became of them.
    pub fn lines(&self) -> u64 {
        self.blank
            + self.malformed()
            + self.other
            + self.continued
            + self.outside
            + self.ends.requests
    }

    /// Checks that every request line is among the statuses, every failure among the kinds.
    ///
    /// # Errors
    /// If not, which is a bug.
    pub fn check_requests(&self) -> Result<()> {
        let statuses = self.statuses.iter().map(|(_, n)| n).sum();
        conserved("requests, by status", self.ends.requests, statuses)?;
        let kinds = self.kinds.iter().map(|(_, n)| n).sum();
        conserved("failures, by kind", self.ends.failures, kinds)
    }

    /// Counts a malformed line.
    pub fn fault(&mut self, fault: Fault) {
        let index = Fault::ALL.iter().position(|known| *known == fault);
        if let Some(count) = index.and_then(|index| self.faults.get_mut(index)) {
            *count += 1;
        }
    }
}

/// Checks that two ways of counting the same came to the same.
///
/// # Errors
/// If not, which is a bug: no report is better than one that lost lines.
pub fn conserved(what: &str, one: u64, other: u64) -> Result<()> {
    if one == other {
        return Ok(());
    }
    Err(
        Error::new(format!("lines got lost ({what}): {one}, {other}"))
            .hint("this is a bug in dslog; please report it with this line"),
    )
}

impl Merge for Counts {
    fn merge(&mut self, other: Self) {
        self.blank += other.blank;
        for (mine, theirs) in self.faults.iter_mut().zip(other.faults) {
            *mine += theirs;
        }
        self.other += other.other;
        self.continued += other.continued;
        self.outside += other.outside;
        self.ends.merge(other.ends);
        self.notes.repeated_keys += other.notes.repeated_keys;
        self.notes.bad_times += other.notes.bad_times;
        self.notes.batched += other.notes.batched;
        self.notes.nul_hole_bytes += other.notes.nul_hole_bytes;
        self.notes.enveloped += other.notes.enveloped;
        self.seen.merge(other.seen);
        self.undated += other.undated;
        self.statuses.merge(other.statuses);
        self.minutes.merge(other.minutes);
        self.success_latency.merge(other.success_latency);
        self.failure_latency.merge(other.failure_latency);
        self.kinds.merge(other.kinds);
        self.deferred += other.deferred;
    }
}

/// What was odd but not malformed, counted in lines unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// Wanted keys that stood more than once (the last one won), in keys.
    pub repeated_keys: u64,
    /// A time was given and could not be read, or lies outside 2000–2100.
    pub bad_times: u64,
    /// Lines that hold many records; they count as other.
    pub batched: u64,
    /// Zero bytes skipped before lines (holes left by truncation), in bytes.
    pub nul_hole_bytes: u64,
    /// Records that an envelope wrapped.
    pub enveloped: u64,
}

/// Failures by kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kinds([u64; Kind::ALL.len()]);

impl Kinds {
    /// Counts as many failures as stated.
    pub fn add_times(&mut self, kind: Kind, times: u64) {
        if let Some(count) = self.0.get_mut(kind as usize) {
            *count += times;
        }
    }

    /// The kinds that occurred.
    pub fn iter(&self) -> impl Iterator<Item = (Kind, u64)> {
        let all = Kind::ALL.iter().copied().zip(self.0);
        all.filter(|(_, count)| *count > 0)
    }
}

impl Merge for Kinds {
    fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }
}
