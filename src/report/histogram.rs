//! How long requests took: a distribution's figures, and how many took how long.

use super::model::{LatencyBin, LatencyRow, Millis};
use crate::aggregate::latency::Latency;

/// The figures of a distribution.
pub(super) fn latency_row(latency: &Latency) -> LatencyRow {
    let millis = |us: Option<u64>| us.map(|us| Millis { us });
    let quantiles = latency.quantiles_us([500_000, 900_000, 950_000, 990_000, 999_000]);
    let [p50, p90, p95, p99, p999] = quantiles.map(millis);
    LatencyRow {
        count: latency.count(),
        min: millis(latency.min_us()),
        mean: millis(latency.mean_us()),
        p50,
        p90,
        p95,
        p99,
        p999,
        max: millis(latency.max_us()),
    }
}

/// Both distributions in steps of 1, 1.5, 2, 3, 5 and 7 times a power of ten, from 1 ms to
/// 1,000 s: even on the logarithmic axis that latencies are looked at on.
pub(super) fn histogram(success: &Latency, failure: &Latency) -> Vec<LatencyBin> {
    const STEPS_US: [u64; 6] = [1_000, 1_500, 2_000, 3_000, 5_000, 7_000];
    let decades = (0..6).flat_map(|power| STEPS_US.map(|us| us * 10_u64.pow(power)));
    let bounds: Vec<u64> = decades.chain([1_000_000_000]).collect();
    let counts = success.bins(&bounds).into_iter().zip(failure.bins(&bounds));
    let bounds = bounds
        .iter()
        .map(|us| Some(Millis { us: *us }))
        .chain([None]);
    let bins: Vec<LatencyBin> = bounds
        .zip(counts)
        .map(|(up_to_ms, (success, failure))| LatencyBin {
            up_to_ms,
            success,
            failure,
        })
        .collect();
    let is_used = |bin: &LatencyBin| bin.success + bin.failure > 0;
    match (
        bins.iter().position(is_used),
        bins.iter().rposition(is_used),
    ) {
        (Some(first), Some(last)) => bins.get(first..=last).unwrap_or_default().to_vec(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measurement_is_in_one_step() {
        let (mut success, mut failure) = (Latency::default(), Latency::default());
        for us in [0, 1_000, 1_001, 1_500] {
            success.record(us);
        }
        for us in (0..5_000).map(|n| n * 777_777) {
            failure.record(us);
        }
        let bins = histogram(&success, &failure);
        assert_eq!(bins.iter().map(|bin| bin.success).sum::<u64>(), 4);
        assert_eq!(bins.iter().map(|bin| bin.failure).sum::<u64>(), 5_000);
        assert_eq!(
            bins.first().map(|bin| (bin.up_to_ms, bin.success)),
            Some((Some(Millis { us: 1_000 }), 2))
        );
        assert_eq!(bins.get(1).map(|bin| bin.success), Some(2));
        // Longer than the last step.
        assert_eq!(
            bins.last().map(|bin| (bin.up_to_ms, bin.failure > 0)),
            Some((None, true))
        );
        assert!(histogram(&Latency::default(), &Latency::default()).is_empty());
    }
}
