//! Request ids that failed, and which of them failed most.

use super::bytes::{put_uuid, report_time};
use super::truth::IdTruth;
use crate::uuid_form::UUID_BYTES;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// An id that failed, while its calls still come in.
pub(super) struct FailingId {
    pub(super) id: u128,
    failures: u64,
    codes: BTreeMap<&'static str, u64>,
    first_ms: Option<i64>,
    last_ms: Option<i64>,
    pub(super) recovered: bool,
}

impl FailingId {
    pub(super) const fn new(id: u128) -> Self {
        Self {
            id,
            failures: 0,
            codes: BTreeMap::new(),
            first_ms: None,
            last_ms: None,
            recovered: false,
        }
    }

    pub(super) fn fail(&mut self, code: &'static str, time_ms: Option<i64>) {
        self.failures += 1;
        *self.codes.entry(code).or_default() += 1;
        self.first_ms = earlier(self.first_ms, time_ms);
        self.last_ms = self.last_ms.max(time_ms);
        self.recovered = false;
    }

    fn truth(&self) -> IdTruth {
        let mut text = Vec::with_capacity(UUID_BYTES);
        put_uuid(&mut text, self.id);
        let codes = self.codes.iter();
        IdTruth {
            request_id: String::from_utf8_lossy(&text).into_owned(),
            failures: self.failures,
            codes: codes
                .map(|(code, count)| ((*code).to_owned(), *count))
                .collect(),
            first_seen: self.first_ms.map(report_time),
            last_seen: self.last_ms.map(report_time),
            recovered: self.recovered,
        }
    }

    /// Most failures first, then the least id: a UUID's text sorts as its number does.
    fn rank(&self, other: &Self) -> Ordering {
        other
            .failures
            .cmp(&self.failures)
            .then(self.id.cmp(&other.id))
    }
}

/// Keeps the ids that may be among the first [`TOP_IDS`]; every id is offered once, complete.
#[derive(Default)]
pub(super) struct Ids {
    /// Sorted by rank.
    best: Vec<FailingId>,
    offered: u64,
}

const TOP_IDS: usize = 50;

impl Ids {
    pub(super) fn offer(&mut self, id: FailingId) {
        self.offered += 1;
        let at = self.best.partition_point(|kept| kept.rank(&id).is_lt());
        if at < TOP_IDS {
            self.best.insert(at, id);
            self.best.truncate(TOP_IDS);
        }
    }

    /// How many there are.
    pub(super) const fn count(&self) -> u64 {
        self.offered
    }

    /// The first ones.
    pub(super) fn top(&self) -> Vec<IdTruth> {
        self.best.iter().map(FailingId::truth).collect()
    }
}

/// The earlier of two times, as far as they are known.
pub(super) fn earlier(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
