//! Failures by code and cause.
//!
//! A worker tallies per judgement (thousands of like failures share one, see `tally`) and
//! folds the tallies into codes when it forgets its judgements, or at the end.

use crate::limits::QUOTED_IDS;
use crate::merge::{Merge, merge_maps};
use crate::record::request_id::RequestId;
use crate::template::MaskedSet;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Status of a failure; `None` where it had none.
pub type Status = Option<i16>;

/// Failures of one code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CodeAgg {
    /// Failures.
    pub count: u64,
    /// By HTTP status.
    pub statuses: BTreeMap<Status, u64>,
    /// By the code as written.
    pub spellings: BTreeMap<Box<str>, u64>,
    /// Earliest and latest.
    pub seen: Seen,
    /// By minute since 1970; undated ones are not in here.
    pub minutes: BTreeMap<i64, u64>,
    /// By the catalogue's row.
    pub listed: BTreeMap<Box<str>, CauseAgg>,
    /// Messages never seen, by status and the row that lends kind and advice.
    pub unlisted: BTreeMap<(Status, Box<str>), MaskedSet<CauseAgg>>,
}

/// Failures of one cause.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CauseAgg {
    /// Failures.
    pub count: u64,
    /// The least message by bytes.
    pub message: Option<Box<str>>,
    /// Ids of the latest.
    pub latest: Latest,
}

/// Earliest and latest time, in ms; nothing while nothing dated was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen(pub Option<(i64, i64)>);

impl Seen {
    /// Takes in a time.
    pub fn add(&mut self, time_ms: Option<i64>) {
        if let Some(time_ms) = time_ms {
            self.merge(Self(Some((time_ms, time_ms))));
        }
    }
}

impl Merge for Seen {
    fn merge(&mut self, other: Self) {
        self.0 = match (self.0, other.0) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (one, None) | (None, one) => one,
        };
    }
}

/// The ids of the latest failures: by time, then by bytes; each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latest(Vec<(Option<i64>, RequestId)>);

impl Latest {
    /// Takes in an id.
    #[inline]
    pub fn add(&mut self, time_ms: Option<i64>, id: &RequestId) {
        let earlier = |(t, i): &(Option<i64>, RequestId)| (*t, i) < (time_ms, id);
        if self.0.len() == QUOTED_IDS && !self.0.last().is_some_and(earlier) {
            return;
        }
        if let Some(at) = self.0.iter().position(|(_, known)| known == id) {
            if self.0.get(at).is_some_and(|known| !earlier(known)) {
                return;
            }
            self.0.remove(at);
        }
        let at = self.0.partition_point(|known| !earlier(known));
        self.0.truncate(QUOTED_IDS - 1);
        self.0.insert(at, (time_ms, id.clone()));
    }

    /// The ids, latest first.
    pub fn ids(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.0.iter().map(|(_, id)| id.text())
    }
}

impl Merge for Latest {
    fn merge(&mut self, other: Self) {
        for (time_ms, id) in other.0 {
            self.add(time_ms, &id);
        }
    }
}

/// The lesser of two texts, where there are two.
fn least(a: Option<Box<str>>, b: Option<Box<str>>) -> Option<Box<str>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, None) | (None, one) => one,
    }
}

impl Merge for CauseAgg {
    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.message = least(self.message.take(), other.message);
        self.latest.merge(other.latest);
    }
}

impl Merge for CodeAgg {
    fn merge(&mut self, other: Self) {
        self.count += other.count;
        merge_maps(&mut self.statuses, other.statuses);
        merge_maps(&mut self.spellings, other.spellings);
        self.seen.merge(other.seen);
        merge_maps(&mut self.minutes, other.minutes);
        merge_maps(&mut self.listed, other.listed);
        merge_maps(&mut self.unlisted, other.unlisted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn latest_does_not_depend_on_order(ids in prop::collection::vec((prop::option::of(0i64..5), "[a-f]"), 0..30), split in 0usize..30) {
            let all = |ids: &[(Option<i64>, String)]| {
                let mut latest = Latest::default();
                for (time, id) in ids { latest.add(*time, &RequestId::new(id)); }
                latest
            };
            let (a, b) = ids.split_at(split.min(ids.len()));
            let (mut ab, mut ba) = (all(a), all(b));
            ab.merge(all(b));
            ba.merge(all(a));
            let mut sorted = ids.clone();
            sorted.sort_unstable_by(|x, y| y.cmp(x));
            let mut expected: Vec<String> = Vec::new();
            for (_, id) in sorted { if !expected.contains(&id) { expected.push(id); } }
            expected.truncate(3);
            prop_assert_eq!(ab.ids().collect::<Vec<_>>(), expected.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert_eq!(&ab, &ba);
        }
    }
}
