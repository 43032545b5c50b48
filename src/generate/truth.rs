//! The exact truth about a generated log, in the words of the report.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a perfect reader reports about a generated log. Keys are those of the
/// report's JSON, so that a test can compare them one by one; what the report
/// derives by judgement (episodes, limits, advice) is not here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// The profile's name.
    pub profile: String,
    /// The seed that, with the plan, gives these bytes.
    pub seed: u64,
    /// Lines, records and calls.
    pub totals: Totals,
    /// Malformed lines by fault.
    pub faults: BTreeMap<String, u64>,
    /// First and last request time.
    pub time: TimeSpan,
    /// Requests by status; `none` where the record has none.
    pub statuses: BTreeMap<String, u64>,
    /// Failures by code, most first.
    pub codes: Vec<CodeTruth>,
    /// Requests by minute.
    pub timeline: Timeline,
    /// Failures by kind, of the throttling kinds.
    pub throttling: Throttling,
    /// The 50 ids with most failures, ties by the id's bytes.
    pub top_request_ids: Vec<IdTruth>,
    /// Different request ids that failed at least once.
    pub failing_request_ids: u64,
    /// Exact nearest-rank quantiles, in milliseconds.
    pub latency_ms: Latencies,
    /// Every model, most failures first.
    pub models: Vec<ModelTruth>,
}

/// `lines = blank + malformed + other + requests + continued`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named and defined by the report's schema")]
pub struct Totals {
    pub bytes: u64,
    pub lines: u64,
    pub blank: u64,
    pub malformed: u64,
    pub other: u64,
    pub continued: u64,
    pub outside: u64,
    pub requests: u64,
    pub successes: u64,
    pub failures: u64,
    pub throttled: u64,
}

/// RFC 3339 times of the earliest and latest request, and requests without a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named and defined by the report's schema")]
pub struct TimeSpan {
    pub first: Option<String>,
    pub last: Option<String>,
    pub undated: u64,
}

/// One error code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named and defined by the report's schema")]
pub struct CodeTruth {
    pub code: String,
    pub count: u64,
    pub throttled: u64,
    pub statuses: BTreeMap<String, u64>,
    pub spellings: BTreeMap<String, u64>,
    /// Failures by the kind of their cause.
    pub kinds: BTreeMap<String, u64>,
    pub first_seen: Option<String>,
    pub last_seen: Option<String>,
    pub timeline: BTreeMap<String, u64>,
}

/// Buckets of one minute that hold a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named and defined by the report's schema")]
pub struct Timeline {
    pub bucket_seconds: u64,
    pub buckets: Vec<Bucket>,
}

/// One minute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named and defined by the report's schema")]
pub struct Bucket {
    pub start: String,
    pub requests: u64,
    pub failures: u64,
    pub throttled: u64,
}

/// Throttled failures by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named and defined by the report's schema")]
pub struct Throttling {
    pub by_kind: BTreeMap<String, u64>,
}

/// One failing request id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named and defined by the report's schema")]
pub struct IdTruth {
    pub request_id: String,
    pub failures: u64,
    pub codes: BTreeMap<String, u64>,
    pub first_seen: Option<String>,
    pub last_seen: Option<String>,
    /// Whether a success of this id came after its last failure.
    pub recovered: bool,
}

/// Latencies by outcome.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named and defined by the report's schema")]
pub struct Latencies {
    pub all: Quantiles,
    pub success: Quantiles,
    pub failure: Quantiles,
}

/// Exact, in milliseconds but for `count` and `sum_us`; all zero where `count` is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named and defined by the report's schema")]
pub struct Quantiles {
    pub count: u64,
    pub sum_us: u64,
    pub min: f64,
    pub mean: f64,
    pub p50: f64,
    pub p90: f64,
    pub p95: f64,
    pub p99: f64,
    pub p999: f64,
    pub max: f64,
}

/// One model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named and defined by the report's schema")]
pub struct ModelTruth {
    pub model: String,
    pub requests: u64,
    pub failures: u64,
    pub throttled: u64,
    pub p50_ms: f64,
    pub p99_ms: f64,
}
