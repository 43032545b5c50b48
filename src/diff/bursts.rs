//! How much failures come in bursts, at every time scale.
//!
//! A client that hammers on, or a minute in which a limit holds, yields many failures
//! for one reason. Taken as independent, they would make two ordinary days look
//! different. So each report's own timeline says how much its failures scatter around
//! their mean, from one bucket to the next and in ever longer blocks, and a change
//! must stand out against that scatter at each of these scales.

use super::chance::{Part, fisher, score, student};
use crate::report::model::{Report, Time};
use std::collections::BTreeMap;

/// Blocks that a report must at least be divided into at a coarser scale. Fewer would
/// estimate the scatter too badly; a day has 22 blocks of 64 minutes.
const MIN_BLOCKS: usize = 16;

/// Degrees of freedom below which the finest scale says nothing either.
const MIN_FREEDOM: usize = 4;

/// Trials of two reports, in blocks of every scale.
pub struct Scales(Vec<Scale>);

struct Scale {
    block_s: i64,
    sides: [Side; 2],
}

struct Side {
    trials: BTreeMap<i64, u64>,
    /// Sum of the squares of `trials`.
    squares: f64,
}

/// The scatter of one kind of hit at one scale.
#[derive(Clone, Copy, Debug)]
pub struct Scatter {
    /// Variance over that of independent trials; at least one.
    pub factor: f64,
    freedom: u32,
}

fn block(start: Time, block_s: i64) -> i64 {
    start.0.div_euclid(1000).div_euclid(block_s)
}

impl Side {
    fn new(series: &[(Time, u64)], block_s: i64) -> Self {
        let mut trials: BTreeMap<i64, u64> = BTreeMap::new();
        for (start, n) in series {
            let sum = trials.entry(block(*start, block_s)).or_default();
            *sum = sum.saturating_add(*n);
        }
        trials.retain(|_, n| *n > 0);
        let squares = trials.values().map(|n| *n as f64 * *n as f64).sum();
        Self { trials, squares }
    }

    /// Σ (hits - trials · rate)², times what estimating the rate has taken from it.
    fn residuals(&self, hits: &[(Time, u64)], block_s: i64) -> f64 {
        let mut sums: BTreeMap<i64, u64> = BTreeMap::new();
        for (start, n) in hits {
            let sum = sums.entry(block(*start, block_s)).or_default();
            *sum = sum.saturating_add(*n);
        }
        let all: f64 = self.trials.values().map(|n| *n as f64).sum();
        let rate = sums.values().map(|n| *n as f64).sum::<f64>() / all.max(1.0);
        let mut squares = rate * rate * self.squares;
        for (at, hits) in &sums {
            let (hits, mean) = (
                *hits as f64,
                rate * self.trials.get(at).map_or(0.0, |n| *n as f64),
            );
            squares += (hits - mean) * (hits - mean) - mean * mean;
        }
        let blocks = self.trials.len() as f64;
        squares.max(0.0) * blocks / (blocks - 1.0).max(1.0)
    }
}

impl Scales {
    /// The scales that both reports' timelines allow, trials being request lines.
    pub fn of_requests(old: &Report, new: &Report) -> Self {
        let series = |report: &Report| -> Vec<(Time, u64)> {
            let buckets = report.timeline.buckets.iter();
            buckets
                .map(|bucket| (bucket.start, bucket.requests))
                .collect()
        };
        Self::new(old, new, &series(old), &series(new))
    }

    /// The same, a trial being a bucket in which there was any request line.
    pub fn of_buckets(old: &Report, new: &Report) -> Self {
        let series = |report: &Report| -> Vec<(Time, u64)> {
            let buckets = report.timeline.buckets.iter();
            buckets.map(|bucket| (bucket.start, 1)).collect()
        };
        Self::new(old, new, &series(old), &series(new))
    }

    fn new(old: &Report, new: &Report, series: &[(Time, u64)], newer: &[(Time, u64)]) -> Self {
        let width_s = |report: &Report| report.timeline.bucket_seconds.clamp(1, 1 << 40) as i64;
        let mut scales = Vec::new();
        let mut block_s = width_s(old).max(width_s(new));
        loop {
            let sides = [series, newer].map(|series| Side::new(series, block_s));
            let blocks = sides.each_ref().map(|side| side.trials.len());
            let fine = scales.is_empty()
                && blocks.iter().all(|n| *n >= 2)
                && blocks.iter().sum::<usize>() >= MIN_FREEDOM + 2;
            if !fine && blocks.iter().any(|n| *n < MIN_BLOCKS) {
                return Self(scales);
            }
            scales.push(Scale { block_s, sides });
            block_s *= 2;
        }
    }

    /// Whether the reports are too short to know how failures scatter.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How hits scatter, scale by scale.
    pub fn scatter(&self, old: &[(Time, u64)], new: &[(Time, u64)]) -> Vec<Scatter> {
        let sum = |series: &[(Time, u64)]| series.iter().map(|(_, n)| *n as f64).sum::<f64>();
        let hits = sum(old) + sum(new);
        let scatter = |scale: &Scale| {
            let [a, b] = &scale.sides;
            let trials: f64 = scale
                .sides
                .iter()
                .flat_map(|side| side.trials.values())
                .map(|n| *n as f64)
                .sum();
            let independent = hits * (1.0 - hits / trials.max(1.0));
            let residuals = a.residuals(old, scale.block_s) + b.residuals(new, scale.block_s);
            Scatter {
                factor: if independent > 0.0 {
                    (residuals / independent).max(1.0)
                } else {
                    1.0
                },
                freedom: (a.trials.len() + b.trials.len() - 2) as u32,
            }
        };
        self.0.iter().map(scatter).collect()
    }
}

/// How likely so great a difference is by chance, given how the hits scatter: the
/// greatest over all scales and of Fisher's exact test. Where nothing is known of the
/// scatter, that test alone.
pub fn p_value(old: Part, new: Part, scatter: &[Scatter]) -> f64 {
    if old.trials == 0 || new.trials == 0 {
        return 1.0;
    }
    let z = score(old, new).abs();
    scatter
        .iter()
        .map(|scatter| student(z / scatter.factor.sqrt(), scatter.freedom))
        .fold(fisher(old, new), f64::max)
}
