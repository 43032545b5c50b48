//! Minutes grouped into buckets.

use crate::aggregate::groups::Ends;
use crate::record::time::MINUTE_MS;
use crate::report::model::{BucketRow, Time, Timeline};

/// One minute up to three hours, five up to two days, an hour beyond.
pub(super) fn auto_bucket<T>(minutes: &[(i64, T)]) -> i64 {
    let span = minutes
        .last()
        .zip(minutes.first())
        .map_or(0, |(last, first)| last.0 - first.0);
    match span {
        ..=180 => 1,
        181..=2880 => 5,
        _ => 60,
    }
}

/// Where the bucket of a minute starts.
pub(super) fn bucket_start(minute: i64, width: i64) -> Time {
    Time(minute.div_euclid(width) * width * MINUTE_MS)
}

/// Requests and failures by bucket.
pub(super) fn timeline(minutes: &[(i64, Ends)], width: i64) -> Timeline {
    let mut buckets: Vec<BucketRow> = Vec::new();
    for (minute, ends) in minutes {
        let start = bucket_start(*minute, width);
        if buckets.last().is_none_or(|last| last.start != start) {
            buckets.push(BucketRow {
                start,
                requests: 0,
                failures: 0,
                throttled: 0,
            });
        }
        if let Some(bucket) = buckets.last_mut() {
            bucket.requests += ends.requests;
            bucket.failures += ends.failures;
            bucket.throttled += ends.throttled;
        }
    }
    Timeline {
        bucket_seconds: (width * 60) as u64,
        buckets,
    }
}
