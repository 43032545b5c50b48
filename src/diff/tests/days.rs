//! Days of a made-up service: their traffic, habits of failing, and latencies.

use super::*;
use crate::report::model::Millis;

/// xorshift64*, seeded through a mixer so that neighbouring seeds differ.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        let mut z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        Self((z ^ (z >> 27)) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 11) % n.max(1)
    }

    fn chance(&mut self, of: f64) -> bool {
        ((self.next() >> 11) as f64) < of * (1_u64 << 53) as f64
    }
}

/// How one code's failures come.
#[derive(Clone, Copy)]
struct Habit {
    /// Reasons to fail in a day of the usual traffic.
    reasons: f64,
    /// Failures for one reason, from one up to this, spread over as many minutes as `minutes`.
    most: u64,
    minutes: u64,
}

const MINUTES: u64 = 1440;
const DAY: u64 = 40_000;

/// Twenty codes: frequent and rare ones, single failures, retrying clients, limits that hold
/// for half an hour.
const HABITS: [Habit; 20] = {
    const fn habit(reasons: f64, most: u64, minutes: u64) -> Habit {
        Habit {
            reasons,
            most,
            minutes,
        }
    }
    [
        habit(200.0, 1, 1),
        habit(1000.0, 1, 1),
        habit(50.0, 1, 1),
        habit(10.0, 1, 1),
        habit(3.0, 1, 1),
        habit(1.0, 1, 1),
        habit(0.5, 1, 1),
        habit(0.3, 1, 1),
        habit(60.0, 5, 1),
        habit(20.0, 50, 3),
        habit(5.0, 200, 8),
        habit(2.0, 40, 12),
        habit(0.7, 50, 10),
        habit(0.5, 400, 30),
        habit(12.0, 300, 30),
        habit(100.0, 9, 4),
        habit(1.5, 8, 2),
        habit(4.0, 3, 1),
        habit(30.0, 20, 20),
        habit(0.2, 900, 5),
    ]
};

/// A day's report. The traffic has its hours; `scale` is its volume, `times` multiplies how
/// often the codes of `HABITS` fail.
pub(super) fn day(seed: u64, scale: f64, times: &dyn Fn(usize) -> f64) -> Report {
    let mut dice = Dice::new(seed);
    let mut buckets: Vec<BucketRow> = (0..MINUTES)
        .map(|minute| {
            // Two thirds of the mean by night, four thirds by day, and some noise.
            let hour = minute / 60;
            let tide = if (8..20).contains(&hour) { 4.0 } else { 2.0 };
            let mean = scale * DAY as f64 / MINUTES as f64 * tide / 3.0;
            let requests = (mean * 0.8) as u64 + dice.below((mean * 0.4) as u64 + 1);
            BucketRow {
                start: Time(minute as i64 * 60_000),
                requests,
                failures: 0,
                throttled: 0,
            }
        })
        .collect();
    let mut report = Report {
        schema: crate::report::model::SCHEMA.to_owned(),
        ..Report::default()
    };
    for (index, habit) in HABITS.iter().enumerate() {
        let mut timeline: BTreeMap<Time, u64> = BTreeMap::new();
        for minute in 0..MINUTES {
            // Reasons come with the traffic.
            let traffic = buckets[minute as usize].requests as f64 / DAY as f64;
            let mut reasons = habit.reasons * times(index) * traffic;
            let mut arrived = 0;
            while reasons > 0.0 {
                arrived += u64::from(dice.chance(reasons.min(0.02)));
                reasons -= 0.02;
            }
            for _ in 0..arrived {
                let failures = 1 + dice.below(habit.most);
                for _ in 0..failures {
                    let at = (minute + dice.below(habit.minutes)).min(MINUTES - 1);
                    *timeline.entry(Time(at as i64 * 60_000)).or_default() += 1;
                }
            }
        }
        for (start, n) in &timeline {
            let bucket = &mut buckets[(start.0 / 60_000) as usize];
            bucket.requests += n;
            bucket.failures += n;
            bucket.throttled += if index % 2 == 0 { *n } else { 0 };
        }
        let count: u64 = timeline.values().sum();
        if count > 0 {
            report.codes.push(CodeRow {
                code: Untrusted::from(format!("Code{index}")),
                count,
                timeline,
                ..CodeRow::default()
            });
        }
    }
    report.timeline.bucket_seconds = 60;
    report.totals.requests = buckets.iter().map(|b| b.requests).sum();
    report.totals.failures = buckets.iter().map(|b| b.failures).sum();
    report.totals.throttled = buckets.iter().map(|b| b.throttled).sum();
    report.totals.successes = report.totals.requests - report.totals.failures;
    report.timeline.buckets = buckets;
    latencies(&mut report, &mut dice, 1.0);
    report
}

/// Latencies of which each minute has a mood of its own.
pub(super) fn latencies(report: &mut Report, dice: &mut Dice, slower: f64) {
    let mut all: Vec<u64> = Vec::new();
    for _ in 0..MINUTES {
        let mood = 800 + dice.below(400);
        for _ in 0..3 {
            let doublings = u64::from((dice.next() | 1 << 55).leading_zeros());
            let us = mood * (300 + dice.below(700) * (1 + doublings));
            all.push((us as f64 * slower) as u64);
        }
    }
    all.sort_unstable();
    let row = &mut report.latency_ms.success;
    row.count = report.totals.successes;
    let at = |permille: usize| {
        Some(Millis {
            us: all[(all.len() * permille / 1000).min(all.len() - 1)],
        })
    };
    (row.min, row.p50, row.p90) = (at(0), at(500), at(900));
    (row.p95, row.p99, row.p999, row.max) = (at(950), at(990), at(999), at(1000));
    report.latency_ms.all = *row;
}
