//! Successes in a row, counted together.

use super::codes::Seen;
use super::{Counts, groups::Ends};
use crate::merge::Merge;
use crate::record::time::{MINUTE_MS, TimeMs};

/// Successes with one status within one minute that are not yet in the counts: a log is
/// mostly made of such streaks, and one comparison costs less than four counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Streak {
    count: u64,
    status: i16,
    minute_start_ms: TimeMs,
    first_ms: TimeMs,
    last_ms: TimeMs,
}

impl Streak {
    /// Adds a success, if it goes on with the streak.
    #[inline(always)]
    pub fn goes_on(&mut self, status: i16, time_ms: TimeMs) -> bool {
        let in_minute_ms = time_ms.wrapping_sub(self.minute_start_ms) as u64;
        if in_minute_ms >= MINUTE_MS as u64 || status != self.status {
            return false;
        }
        self.count += 1;
        self.first_ms = self.first_ms.min(time_ms);
        self.last_ms = self.last_ms.max(time_ms);
        true
    }

    /// A streak of one.
    pub fn start(status: i16, time_ms: TimeMs) -> Self {
        Self {
            count: 1,
            status,
            minute_start_ms: time_ms.div_euclid(MINUTE_MS) * MINUTE_MS,
            first_ms: time_ms,
            last_ms: time_ms,
        }
    }

    /// Adds what was counted.
    pub fn fold_into(self, counts: &mut Counts) {
        if self.count == 0 {
            return;
        }
        let ends = Ends {
            requests: self.count,
            ..Ends::default()
        };
        counts.ends.merge(ends);
        counts.statuses.add_times(Some(self.status), self.count);
        counts.seen.merge(Seen(Some((self.first_ms, self.last_ms))));
        let minute = self.minute_start_ms.div_euclid(MINUTE_MS);
        counts.minutes.extend([(minute, ends)]);
    }
}
