//! What a state holds, cut into entries: one value a day and name.
//!
//! Entries are sorted by key and merge key by key, so a state of any size is read,
//! merged with what is new, and written in one pass.

use crate::aggregate::codes::{CodeAgg, Seen};
use crate::aggregate::groups::{Ends, ModelAgg};
use crate::aggregate::id::{IdAgg, Many};
use crate::aggregate::latency::Latency;
use crate::aggregate::names::Names;
use crate::aggregate::table;
use crate::aggregate::{Counts, Notes};
use crate::catalog::Kind;
use crate::merge::{Merge, merge_maps};
use crate::record::request_id::RequestId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Days since 1970-01-01 on the state's clock.
pub type Day = i32;

/// Where a value belongs. `None` is for what has no day: lines that are no request
/// lines, and request lines without a readable time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// The day.
    pub day: Option<Day>,
    /// What it is about.
    pub item: Item,
}

/// What a value is about. Ids come last, so that all else of a day is known before them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Item {
    /// The day itself.
    Counts,
    /// A model.
    Model(Box<str>),
    /// An API key, workspace or tenant.
    Key(Box<str>),
    /// A code.
    Code(Box<str>),
    /// A failing request id.
    Id(RequestId),
}

impl table::Key for Key {
    fn heap_bytes(&self) -> usize {
        match &self.item {
            Item::Counts => 0,
            Item::Model(name) | Item::Key(name) | Item::Code(name) => name.len(),
            Item::Id(id) => table::Key::heap_bytes(id),
        }
    }
}

/// A failing request id on a day: the key of the many while they are counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DayId {
    /// The day.
    pub day: Option<Day>,
    /// The id.
    pub id: RequestId,
}

impl table::Key for DayId {
    fn heap_bytes(&self) -> usize {
        table::Key::heap_bytes(&self.id)
    }
}

/// What is known of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Nothing yet.
    #[default]
    None,
    /// Of [`Item::Counts`].
    Counts(Box<DayCounts>),
    /// Of [`Item::Model`].
    Model(Box<ModelAgg>),
    /// Of [`Item::Key`].
    Key(Ends),
    /// Of [`Item::Code`].
    Code(Box<CodeAgg>),
    /// Of [`Item::Id`].
    Id(IdCounts),
}

impl Value {
    /// Whether this is a value for such an item.
    pub fn fits(&self, item: &Item) -> bool {
        matches!(
            (self, item),
            (Self::Counts(_), Item::Counts)
                | (Self::Model(_), Item::Model(_))
                | (Self::Key(_), Item::Key(_))
                | (Self::Code(_), Item::Code(_))
                | (Self::Id(_), Item::Id(_))
        )
    }

    /// Bytes it holds outside itself, roughly.
    pub fn heap_bytes(&self) -> usize {
        // A histogram of three digits over milliseconds to minutes.
        let latency = |latency: &Latency| (latency.count() as usize * 16).min(140_000);
        match self {
            Self::None | Self::Key(_) => 0,
            Self::Counts(counts) => {
                let minutes = counts.minutes.len() * 64;
                let (success, failure) = (&counts.success_latency, &counts.failure_latency);
                size_of::<DayCounts>() + minutes + latency(success) + latency(failure)
            }
            Self::Model(model) => size_of::<ModelAgg>() + latency(&model.latency),
            Self::Code(code) => {
                let unlisted: usize = code.unlisted.values().map(|set| set.len() * 800).sum();
                let maps = code.minutes.len() * 32 + code.spellings.len() * 64;
                size_of::<CodeAgg>() + maps + code.listed.len() * 400 + unlisted
            }
            Self::Id(id) => id.codes.len() * 48,
        }
    }
}

impl Merge for Value {
    fn merge(&mut self, other: Self) {
        match (self, other) {
            (mine @ Self::None, other) => *mine = other,
            (Self::Counts(mine), Self::Counts(other)) => mine.merge(*other),
            (Self::Model(mine), Self::Model(other)) => mine.merge(*other),
            (Self::Key(mine), Self::Key(other)) => mine.merge(other),
            (Self::Code(mine), Self::Code(other)) => mine.merge(*other),
            (Self::Id(mine), Self::Id(other)) => mine.merge(other),
            // `None`; or values of different items, which never share a key.
            _ => {}
        }
    }
}

/// [`Counts`] in the form that is stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DayCounts {
    /// As in [`Counts`], like all that follows.
    pub blank: u64,
    /// By fault.
    pub faults: [u64; 4],
    /// No request lines.
    pub other: u64,
    /// Later parts of rejoined records.
    pub continued: u64,
    /// Excluded by a filter, or of a day that is no longer kept.
    pub outside: u64,
    /// Request lines.
    pub ends: Ends,
    /// What was odd.
    pub notes: Notes,
    /// Span of the request lines.
    pub seen: Seen,
    /// Request lines without a readable time.
    pub undated: u64,
    /// By status.
    pub statuses: BTreeMap<Option<i16>, u64>,
    /// By minute.
    pub minutes: BTreeMap<i64, Ends>,
    /// Of successes.
    pub success_latency: Latency,
    /// Of failures.
    pub failure_latency: Latency,
    /// Failures by kind, by its stable word.
    pub kinds: BTreeMap<Box<str>, u64>,
}

impl DayCounts {
    /// For storing.
    pub fn of(counts: Counts) -> Self {
        Self {
            blank: counts.blank,
            faults: counts.faults,
            other: counts.other,
            continued: counts.continued,
            outside: counts.outside,
            ends: counts.ends,
            notes: counts.notes,
            seen: counts.seen,
            undated: counts.undated,
            statuses: counts.statuses.iter().collect(),
            minutes: counts.minutes.sorted().into_iter().collect(),
            success_latency: counts.success_latency,
            failure_latency: counts.failure_latency,
            kinds: counts
                .kinds
                .iter()
                .map(|(kind, n)| (kind.as_str().into(), n))
                .collect(),
        }
    }

    /// For a report. A kind that this version does not know is [`Kind::Unknown`].
    pub fn into_counts(self) -> Counts {
        let mut counts = Counts {
            blank: self.blank,
            faults: self.faults,
            other: self.other,
            continued: self.continued,
            outside: self.outside,
            ends: self.ends,
            notes: self.notes,
            seen: self.seen,
            undated: self.undated,
            success_latency: self.success_latency,
            failure_latency: self.failure_latency,
            ..Counts::default()
        };
        for (status, times) in self.statuses {
            counts.statuses.add_times(status, times);
        }
        counts.minutes.extend(self.minutes);
        for (kind, times) in self.kinds {
            let kind = Kind::from_word(&kind).unwrap_or(Kind::Unknown);
            counts.kinds.add_times(kind, times);
        }
        counts
    }

    /// The same lines where their request lines are outside the report.
    #[must_use]
    pub fn without_requests(self) -> Self {
        Self {
            blank: self.blank,
            faults: self.faults,
            other: self.other,
            continued: self.continued,
            outside: self.outside + self.ends.requests,
            notes: Notes {
                bad_times: 0,
                ..self.notes
            },
            ..Self::default()
        }
    }
}

impl Merge for DayCounts {
    fn merge(&mut self, other: Self) {
        self.blank += other.blank;
        for (mine, theirs) in self.faults.iter_mut().zip(other.faults) {
            *mine += theirs;
        }
        self.other += other.other;
        self.continued += other.continued;
        self.outside += other.outside;
        self.ends.merge(other.ends);
        let (mine, theirs) = (&mut self.notes, other.notes);
        mine.repeated_keys += theirs.repeated_keys;
        mine.bad_times += theirs.bad_times;
        mine.batched += theirs.batched;
        mine.nul_hole_bytes += theirs.nul_hole_bytes;
        mine.enveloped += theirs.enveloped;
        self.seen.merge(other.seen);
        self.undated += other.undated;
        merge_maps(&mut self.statuses, other.statuses);
        merge_maps(&mut self.minutes, other.minutes);
        self.success_latency.merge(other.success_latency);
        self.failure_latency.merge(other.failure_latency);
        merge_maps(&mut self.kinds, other.kinds);
    }
}

/// Failures of one request id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdCounts {
    /// Earliest and latest.
    pub seen: Seen,
    /// By code, ascending.
    pub codes: Vec<(Box<str>, u64)>,
}

impl IdCounts {
    /// For storing.
    pub fn of(counts: IdAgg, names: &Names) -> Self {
        let many = counts.into_many();
        let mut own = Self {
            seen: many.seen,
            codes: Vec::with_capacity(many.codes.len()),
        };
        for (code, times) in many.codes {
            own.add(names.name(code), times);
        }
        own
    }

    /// For a report.
    pub fn into_agg(self, names: &mut Names) -> IdAgg {
        if let [(code, times)] = &*self.codes {
            return IdAgg::alike(names.index(code), *times, self.seen);
        }
        let codes = self.codes.iter();
        let mut codes: Vec<_> = codes.map(|(code, n)| (names.index(code), *n)).collect();
        codes.sort_unstable();
        IdAgg::Many(Box::new(Many {
            seen: self.seen,
            codes,
        }))
    }

    /// Adds failures of a code.
    pub fn add(&mut self, code: &str, times: u64) {
        match self
            .codes
            .binary_search_by(|(known, _)| (**known).cmp(code))
        {
            Ok(at) => {
                if let Some((_, count)) = self.codes.get_mut(at) {
                    *count += times;
                }
            }
            Err(at) => self.codes.insert(at, (code.into(), times)),
        }
    }

    /// All its failures.
    pub fn failures(&self) -> u64 {
        self.codes.iter().map(|(_, count)| *count).sum()
    }
}

impl Merge for IdCounts {
    fn merge(&mut self, other: Self) {
        self.seen.merge(other.seen);
        for (code, times) in other.codes {
            self.add(&code, times);
        }
    }
}
