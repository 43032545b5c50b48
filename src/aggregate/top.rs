//! The ids with the most failures.

use super::codes::Seen;
use super::id::IdAgg;
use super::names::Names;
use crate::merge::Merge;
use crate::record::request_id::RequestId;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// One of the top ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopId {
    /// The id.
    pub id: String,
    /// Its failures.
    pub failures: u64,
    /// By code.
    pub codes: BTreeMap<Box<str>, u64>,
    /// Earliest and latest failure.
    pub seen: Seen,
}

impl TopId {
    /// An id and its counts, written out.
    pub fn new(id: &RequestId, counts: IdAgg, names: &Names) -> Self {
        let failures = counts.failures();
        let many = counts.into_many();
        let codes = many.codes.into_iter();
        Self {
            id: id.text().into_owned(),
            failures,
            codes: codes
                .map(|(code, count)| (names.name(code).into(), count))
                .collect(),
            seen: many.seen,
        }
    }
}

/// The `n` ids with the most failures of those offered, ties by the id's bytes.
pub(super) struct Top {
    n: usize,
    /// The greatest is the one to drop: fewest failures, then greatest id.
    heap: BinaryHeap<(Reverse<u64>, RequestId, Held)>,
}

impl Top {
    /// None yet.
    pub fn new(n: usize) -> Self {
        Self {
            n,
            heap: BinaryHeap::new(),
        }
    }

    /// Takes an id in, if it is one of them.
    #[inline]
    pub fn offer(&mut self, id: &RequestId, counts: &IdAgg) {
        let failures = Reverse(counts.failures());
        let is_full = self.heap.len() >= self.n;
        let worst = self.heap.peek();
        if is_full && worst.is_none_or(|worst| (failures, id) >= (worst.0, &worst.1)) {
            return; // not among the top: counted in its code all the same
        }
        self.take(failures, id.clone(), Held(counts.clone()));
    }

    #[inline(never)]
    fn take(&mut self, failures: Reverse<u64>, id: RequestId, counts: Held) {
        self.heap.push((failures, id, counts));
        if self.heap.len() > self.n {
            self.heap.pop();
        }
    }

    /// All of them, the most failures first.
    pub fn into_list(self, names: &Names) -> Vec<TopId> {
        let sorted = self.heap.into_sorted_vec().into_iter();
        sorted
            .map(|(_, id, Held(counts))| TopId::new(&id, counts, names))
            .collect()
    }
}

impl Merge for Top {
    fn merge(&mut self, other: Self) {
        for (_, id, Held(counts)) in other.heap {
            self.offer(&id, &counts);
        }
    }
}

/// An [`IdAgg`] that does not take part in comparisons.
struct Held(IdAgg);

impl PartialEq for Held {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Held {}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Held {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}
