//! Whether latencies have shifted.
//!
//! A report holds quantiles, not every latency, and none over time. So a quantile is
//! compared by the share of requests slower than the old one: 1 % are slower than
//! yesterday's p99; are more of them today? That share is read off today's quantiles,
//! between which it is taken to fall evenly. Since latencies of one minute hang together,
//! a report counts as no more observations than it has buckets; and a shift of less than
//! a tenth is no alarm, however sure it is.

use super::Judge;
use super::chance::Part;
use crate::report::change::{LatencyChange, Move};
use crate::report::model::{LatencyRow, Millis, Report};

/// Parts per million of the requests that are as fast as each quantile or faster.
const QUANTILES: [(u64, fn(&LatencyRow) -> Option<Millis>); 7] = [
    (0, |row| row.min),
    (500_000, |row| row.p50),
    (900_000, |row| row.p90),
    (950_000, |row| row.p95),
    (990_000, |row| row.p99),
    (999_000, |row| row.p999),
    (1_000_000, |row| row.max),
];

/// Those that are compared.
const COMPARED: [(&str, u64); 3] = [("p50", 500_000), ("p90", 900_000), ("p99", 990_000)];

pub(super) fn changes(old: &Report, new: &Report, judge: &mut Judge) -> Vec<LatencyChange> {
    let buckets = [old, new].map(|report| report.timeline.buckets.len() as u64);
    let mut changes = Vec::new();
    for (of, before, now) in [
        ("success", &old.latency_ms.success, &new.latency_ms.success),
        ("all", &old.latency_ms.all, &new.latency_ms.all),
    ] {
        for (quantile, ppm) in COMPARED {
            let value = |row: &LatencyRow| {
                let known = QUANTILES.iter().find(|(at, _)| *at == ppm);
                known.and_then(|(_, value)| value(row))
            };
            let (old, new) = (value(before), value(now));
            if old.is_none() && new.is_none() {
                continue;
            }
            let mut change = LatencyChange {
                of: of.to_owned(),
                quantile: quantile.to_owned(),
                old,
                new,
                ..LatencyChange::default()
            };
            if let (Some(old), Some(new)) = (old, new) {
                change.moved = match new.cmp(&old) {
                    std::cmp::Ordering::Less => Move::Down,
                    std::cmp::Ordering::Equal => Move::Same,
                    std::cmp::Ordering::Greater => Move::Up,
                };
                // Failures answer fast: where their share moves, `all` does, and that is known already.
                if of == "success" {
                    let trials = [before.count.min(buckets[0]), now.count.min(buckets[1])];
                    let slower = [1_000_000 - ppm, slower_ppm(now, old)];
                    let [was, is] = [0, 1].map(|at: usize| {
                        let (ppm, trials) = (u128::from(slower[at]), u128::from(trials[at]));
                        Part::new(((ppm * trials + 500_000) / 1_000_000) as u64, trials as u64)
                    });
                    change.p_value = judge.p_value(was, is, &[]);
                }
            }
            changes.push(change);
        }
    }
    changes
}

/// How many in a million are slower than `limit`.
fn slower_ppm(row: &LatencyRow, limit: Millis) -> u64 {
    let mut below = (0, 0);
    for (ppm, value) in QUANTILES {
        let Some(Millis { us }) = value(row) else {
            continue;
        };
        if us > limit.us {
            let (from_ppm, from_us) = below;
            if ppm == 0 {
                return 1_000_000;
            }
            let part = u128::from(ppm - from_ppm) * u128::from(limit.us - from_us);
            let part = part / u128::from((us - from_us).max(1));
            return 1_000_000 - from_ppm - part as u64;
        }
        below = (ppm, us);
    }
    0
}

/// Whether a shift is more than a tenth of the smaller of the two.
pub(super) fn matters(change: &LatencyChange) -> bool {
    let (Some(old), Some(new)) = (change.old, change.new) else {
        return false;
    };
    let (low, high) = (old.us.min(new.us), old.us.max(new.us));
    u128::from(high - low) * 10 > u128::from(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_slower_ones_is_read_off_the_quantiles() {
        let ms = |ms: u64| Some(Millis { us: ms * 1000 });
        let row = LatencyRow {
            count: 1000,
            min: ms(10),
            mean: ms(100),
            p50: ms(90),
            p90: ms(200),
            p95: ms(300),
            p99: ms(500),
            p999: ms(900),
            max: ms(1000),
        };
        let slower = |us| slower_ppm(&row, Millis { us });
        assert_eq!(slower(0), 1_000_000);
        assert_eq!(slower(90_000), 500_000);
        assert_eq!(slower(145_000), 300_000);
        assert_eq!(slower(500_000), 10_000);
        assert_eq!(slower(1_000_000), 0);
        assert_eq!(slower(u64::MAX), 0);
        assert_eq!(slower_ppm(&LatencyRow::default(), Millis { us: 5 }), 0);
    }
}
