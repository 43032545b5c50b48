//! Failures of one judgement, counted together: in a storm, thousands are alike.

use super::Counts;
use super::codes::{CauseAgg, CodeAgg, Latest, Seen};
use super::groups::Ends;
use super::id::NO_TIME_MS;
use crate::limits::QUOTED_IDS;
use crate::merge::Merge;
use crate::record::request_id::RequestId;
use crate::record::time::MINUTE_MS;
use crate::record::verdict::Judged;

/// Failures of one judgement, seen by one worker. What they have in common is counted for
/// all of them at once, when they are folded.
#[derive(Debug)]
pub struct Tally {
    count: u64,
    dated: u64,
    first_ms: i64,
    last_ms: i64,
    /// Of ids that are UUIDs in lower case, in failures with a time; …
    latest_uuids: LatestUuids,
    /// … of all others.
    latest: Latest,
    minute_start_ms: i64,
    in_minute: u64,
    /// Minute and failures, in the order of appearance; a minute may come twice. The one
    /// that is being counted is not in here.
    minutes: Vec<(i64, u64)>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            count: 0,
            dated: 0,
            first_ms: i64::MAX,
            last_ms: i64::MIN,
            latest_uuids: LatestUuids::default(),
            latest: Latest::default(),
            minute_start_ms: 0,
            in_minute: 0,
            minutes: Vec::new(),
        }
    }
}

/// [`Latest`] for what most ids and times are.
#[derive(Debug)]
struct LatestUuids {
    /// Latest first.
    top: [(i64, u128); QUOTED_IDS],
    /// Not compared yet. In a log, almost every id is the latest so far; of a few together,
    /// most are not.
    new: Vec<(i64, u128)>,
}

/// So many new ids are compared together.
const NEW_IDS: usize = 16;

impl Default for LatestUuids {
    fn default() -> Self {
        Self {
            top: [(NO_TIME_MS, 0); QUOTED_IDS],
            new: Vec::new(),
        }
    }
}

impl LatestUuids {
    #[inline(always)]
    fn add(&mut self, time_ms: i64, digits: u128) {
        if time_ms < self.top[QUOTED_IDS - 1].0 {
            return;
        }
        if self.new.len() == self.new.capacity() {
            self.make_room();
        }
        self.new.push((time_ms, digits));
    }

    #[inline(never)]
    fn make_room(&mut self) {
        self.settle();
        self.new.reserve_exact(NEW_IDS);
    }

    /// Compares what is new: most likely the last are the latest.
    fn settle(&mut self) {
        while let Some(new) = self.new.pop() {
            self.take_in(new);
        }
    }

    fn take_in(&mut self, new: (i64, u128)) {
        let [first, second, third] = self.top;
        if new <= third {
            return;
        }
        if (first.1 == new.1) | (second.1 == new.1) | (third.1 == new.1) {
            return self.add_again(new);
        }
        self.top = if new > first {
            [new, first, second]
        } else if new > second {
            [first, new, second]
        } else {
            [first, second, new]
        };
    }

    /// Adds an id that may be in here already.
    #[cold]
    fn add_again(&mut self, new: (i64, u128)) {
        let same = |known: &&mut (i64, u128)| known.1 == new.1 && known.0 != NO_TIME_MS;
        match self.top.iter_mut().find(same) {
            Some(known) => *known = new.max(*known),
            None => self.top[QUOTED_IDS - 1] = new,
        }
        self.top.sort_unstable_by(|a, b| b.cmp(a));
    }

    fn into_latest(mut self, latest: &mut Latest) {
        self.settle();
        for (time_ms, digits) in self.top {
            if time_ms != NO_TIME_MS {
                latest.add(Some(time_ms), &RequestId::Uuid(digits.into()));
            }
        }
    }
}

impl Tally {
    /// Bytes of a tally, but for its minutes.
    pub const BYTES: usize = size_of::<Self>() + NEW_IDS * size_of::<(i64, u128)>();

    /// Takes in a failure; gives the bytes by which this grew.
    #[inline(always)]
    pub fn add(&mut self, time_ms: Option<i64>, request_id: Option<&RequestId>) -> usize {
        self.count += 1;
        match (time_ms, request_id) {
            (Some(time_ms), Some(RequestId::Uuid(digits))) => {
                self.latest_uuids.add(time_ms, (*digits).into());
            }
            (_, Some(id)) => self.latest.add(time_ms, id),
            (_, None) => {}
        }
        let Some(time_ms) = time_ms else { return 0 };
        self.dated += 1;
        self.first_ms = self.first_ms.min(time_ms);
        self.last_ms = self.last_ms.max(time_ms);
        if (time_ms.wrapping_sub(self.minute_start_ms) as u64) < MINUTE_MS as u64 {
            self.in_minute += 1;
            return 0;
        }
        self.end_minute();
        self.minute_start_ms = time_ms.div_euclid(MINUTE_MS) * MINUTE_MS;
        self.in_minute = 1;
        size_of::<(i64, u64)>()
    }

    fn end_minute(&mut self) {
        if self.in_minute > 0 {
            let minute = self.minute_start_ms.div_euclid(MINUTE_MS);
            self.minutes.push((minute, self.in_minute));
            self.in_minute = 0;
        }
    }

    /// Counts what the failures of a judgement have in common with all others.
    pub fn count_into(&mut self, judged: &Judged, counts: &mut Counts) {
        self.end_minute();
        let ends = |count| Ends {
            requests: count,
            failures: count,
            throttled: if judged.kind.is_throttle() { count } else { 0 },
        };
        counts.kinds.add_times(judged.kind, self.count);
        counts.ends.merge(ends(self.count));
        counts.statuses.add_times(judged.status, self.count);
        counts.undated += self.count - self.dated;
        counts.seen.merge(self.seen());
        let minutes = self.minutes.iter();
        counts
            .minutes
            .extend(minutes.map(|(minute, count)| (*minute, ends(*count))));
    }

    fn seen(&self) -> Seen {
        Seen((self.dated > 0).then_some((self.first_ms, self.last_ms)))
    }

    /// Adds the tally to its code; gives the bytes by which that grew, roughly.
    pub fn fold_into(mut self, judged: &Judged, code: &mut CodeAgg) -> usize {
        self.end_minute();
        let keys = |code: &CodeAgg| code.minutes.len() + code.listed.len() + code.spellings.len();
        let before = keys(code);
        code.count += self.count;
        *code.statuses.entry(judged.status).or_default() += self.count;
        *code.spellings.entry(judged.spelling.clone()).or_default() += self.count;
        code.seen.merge(self.seen());
        for (minute, count) in self.minutes {
            *code.minutes.entry(minute).or_default() += count;
        }
        let message = judged.message.clone();
        self.latest_uuids.into_latest(&mut self.latest);
        let cause = CauseAgg {
            count: self.count,
            message,
            latest: self.latest,
        };
        match &judged.unlisted {
            None => code
                .listed
                .entry(judged.row.clone())
                .or_default()
                .merge(cause),
            Some(masked) => {
                let set = code
                    .unlisted
                    .entry((judged.status, judged.row.clone()))
                    .or_default();
                set.observe(masked, |known| known.merge(cause));
            }
        }
        (keys(code) - before) * 64 + judged.unlisted.as_ref().map_or(0, |masked| masked.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As in [`Tally`]: ids that are UUIDs are kept apart until the end.
    fn tallied(ids: &[(Option<i64>, RequestId)]) -> Latest {
        let mut tally = Tally::default();
        for (time_ms, id) in ids {
            tally.add(*time_ms, Some(id));
        }
        tally.latest_uuids.into_latest(&mut tally.latest);
        tally.latest
    }

    proptest! {
        #[test]
        fn latest_uuids_are_the_latest_ids(ids in prop::collection::vec((prop::option::of(0i64..5), 0u8..8), 0..30)) {
            let id = |n: u8| match n {
                0 => RequestId::new("req-1"),
                1 => RequestId::UpperUuid([0xab; 16].into()),
                n => RequestId::Uuid([n - 2; 16].into()),
            };
            let ids: Vec<_> = ids.into_iter().map(|(time_ms, n)| (time_ms, id(n))).collect();
            let mut expected = Latest::default();
            for (time_ms, id) in &ids {
                expected.add(*time_ms, id);
            }
            prop_assert_eq!(tallied(&ids), expected);
        }
    }
}
