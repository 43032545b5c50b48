//! The report as plain data: what every output format is a view of.
//!
//! Field names and order are those of the JSON schema `dslog.report/v1`.

pub use super::totals::Totals;
pub use super::units::{Millis, Time};
pub use crate::aggregate::Notes;

use super::change::{Diff, RuleRow};
use crate::untrusted::Untrusted;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The schema's name, first in every JSON report.
pub const SCHEMA: &str = "dslog.report/v1";

/// A whole report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The program's version.
    pub dslog_version: String,
    /// The catalogue's version.
    #[serde(default)]
    pub catalogue_version: String,
    /// With `--state`: what this run has read that no run had before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
    /// What was read, by path.
    pub inputs: Vec<InputRow>,
    /// Over all inputs together.
    pub totals: Totals,
    /// Malformed lines by fault.
    pub faults: BTreeMap<String, u64>,
    /// What was odd but not malformed.
    #[serde(default)]
    pub notes: Notes,
    /// Span of the request lines.
    pub time: Span,
    /// Request lines by HTTP status; `"none"` where there was none.
    pub statuses: BTreeMap<String, u64>,
    /// Failures by code, most first; complete.
    pub codes: Vec<CodeRow>,
    /// Failures by kind, then retry: where a remedy must come from.
    #[serde(default)]
    pub kinds: BTreeMap<String, u64>,
    /// Failures by retry.
    #[serde(default)]
    pub retries: BTreeMap<String, u64>,
    /// The remedies that would remove most failures.
    #[serde(default)]
    pub first_actions: Vec<ActionRow>,
    /// All request lines over time.
    pub timeline: Timeline,
    /// Throttled failures.
    pub throttling: Throttling,
    /// Ids with the most failures; exact.
    pub top_request_ids: Vec<IdRow>,
    /// Latency in milliseconds.
    pub latency_ms: Latencies,
    /// By API key, workspace or tenant, as far as logged; the top ones.
    pub keys: Vec<KeyRow>,
    /// By model; complete.
    pub models: Vec<ModelRow>,
    /// What changed since the baseline, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<Box<Diff>>,
    /// The `--fail-on` rules and how they came out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fail_on: Vec<RuleRow>,
}

/// What one run with `--state` has read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Which run of its state it is; the first is 1.
    pub seq: u64,
    /// Lines.
    pub lines: u64,
    /// Request lines.
    pub requests: u64,
    /// Of which failed.
    pub failures: u64,
    /// Uncompressed bytes of the lines.
    #[serde(default)]
    pub bytes: u64,
    /// Inputs in which there was something new.
    #[serde(default)]
    pub inputs_read: u64,
    /// Inputs of which all was known.
    #[serde(default)]
    pub inputs_known: u64,
    /// Bytes of last lines that wait for their ends and are not counted.
    #[serde(default)]
    pub held_bytes: u64,
    /// Versions of the catalogue by which the reported days were judged.
    #[serde(default)]
    pub catalogues: Vec<String>,
}

/// One input.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InputRow {
    /// As given; `-` for standard input.
    pub path: Untrusted,
    /// Uncompressed bytes read.
    pub bytes: u64,
    /// Lines read.
    pub lines: u64,
    /// Lines that were no whole JSON object.
    pub malformed: u64,
    /// Why it could not be read in full.
    pub error: Option<Untrusted>,
}

/// First and last time of the request lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Earliest, if any had a time.
    pub first: Option<Time>,
    /// Latest.
    pub last: Option<Time>,
    /// Request lines without a readable time.
    pub undated: u64,
}

/// Failures of one code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CodeRow {
    /// The catalogue's spelling, or as written where it has none.
    pub code: Untrusted,
    /// Failures.
    pub count: u64,
    /// By HTTP status.
    pub statuses: BTreeMap<String, u64>,
    /// Of its most frequent cause.
    pub kind: String,
    /// Of its most frequent cause.
    pub retry: String,
    /// As written in the log.
    pub spellings: BTreeMap<Untrusted, u64>,
    /// Earliest failure.
    pub first_seen: Option<Time>,
    /// Latest failure.
    pub last_seen: Option<Time>,
    /// Failures a bucket.
    pub timeline: BTreeMap<Time, u64>,
    /// What they come down to, most first.
    pub causes: Vec<CauseRow>,
}

/// Failures of one cause.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CauseRow {
    /// The catalogue's stable id, or `unlisted: TEMPLATE`.
    pub cause: Untrusted,
    /// Failures.
    pub count: u64,
    /// What kind of failure.
    pub kind: String,
    /// Whether a retry helps.
    pub retry: String,
    /// One real message, redacted: the least by bytes.
    pub message: Option<Untrusted>,
    /// The latest three.
    pub request_ids: Vec<Untrusted>,
    /// What it means, in the report's language.
    pub meaning: String,
    /// What to do.
    pub advice: String,
}

/// A remedy and what it would remove.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ActionRow {
    /// The cause it removes.
    pub cause: Untrusted,
    /// That cause's code.
    pub code: Untrusted,
    /// Failures it would remove.
    pub failures: u64,
    /// Share of all failures, in hundredths of a percent.
    pub share_bp: u64,
    /// Who must act: caller, owner or provider.
    pub who: String,
    /// What to do.
    pub advice: String,
}

/// Request lines over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// Width of a bucket.
    pub bucket_seconds: u64,
    /// Ascending; only those with a request line.
    pub buckets: Vec<BucketRow>,
}

/// One bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketRow {
    /// Where it starts.
    pub start: Time,
    /// Request lines.
    pub requests: u64,
    /// Of which failed.
    pub failures: u64,
    /// Of which throttled.
    pub throttled: u64,
}

/// Throttled failures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Throttling {
    /// By the kind of limit.
    pub by_kind: BTreeMap<String, u64>,
    /// Minutes in which a request was throttled, however wide the buckets are.
    #[serde(default)]
    pub minutes: Option<u64>,
    /// Spells of throttling: always empty for now, its place in the schema is kept.
    pub episodes: Vec<serde_json::Value>,
    /// Estimated limits: as empty, for the same reason.
    pub limits: Vec<serde_json::Value>,
}

/// One request id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct IdRow {
    /// The id.
    pub request_id: Untrusted,
    /// Its failures.
    pub failures: u64,
    /// By code.
    pub codes: BTreeMap<Untrusted, u64>,
    /// Earliest failure.
    pub first_seen: Option<Time>,
    /// Latest failure.
    pub last_seen: Option<Time>,
    /// Whether a success came after; only known after a second look.
    pub recovered: Option<bool>,
    /// Failures may be missing: a state's days were merged of which only the top ids are
    /// kept. In JSON `"exact": false`, or nothing.
    #[serde(
        rename = "exact",
        default,
        skip_serializing_if = "std::ops::Not::not",
        with = "negated"
    )]
    pub inexact: bool,
}

/// A flag that JSON states the other way round.
mod negated {
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
    pub(super) fn serialize<S: Serializer>(value: &bool, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bool(!value)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
        bool::deserialize(from).map(|value| !value)
    }
}

/// The three distributions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latencies {
    /// Every request line with a latency.
    pub all: LatencyRow,
    /// Successes.
    pub success: LatencyRow,
    /// Failures.
    pub failure: LatencyRow,
    /// How many took how long, in steps that widen; from the first to the last one in use.
    #[serde(default)]
    pub histogram: Vec<LatencyBin>,
}

/// One step of the histogram: above the step before, up to and including its own bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatencyBin {
    /// Its bound; none for the last, which takes all that is longer.
    pub up_to_ms: Option<Millis>,
    /// Successes.
    pub success: u64,
    /// Failures.
    pub failure: u64,
}

/// One distribution; nulls where nothing was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LatencyRow {
    /// Measurements.
    pub count: u64,
    /// Least.
    pub min: Option<Millis>,
    /// Mean.
    pub mean: Option<Millis>,
    /// Median (nearest rank, as all quantiles).
    pub p50: Option<Millis>,
    /// 90 %.
    pub p90: Option<Millis>,
    /// 95 %.
    pub p95: Option<Millis>,
    /// 99 %.
    pub p99: Option<Millis>,
    /// 99.9 %.
    pub p999: Option<Millis>,
    /// Greatest.
    pub max: Option<Millis>,
}

/// One API key, workspace or tenant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KeyRow {
    /// Redacted, or a short id as logged.
    pub key: Untrusted,
    /// Request lines.
    pub requests: u64,
    /// Of which failed.
    pub failures: u64,
    /// Of which throttled.
    pub throttled: u64,
}

/// One model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelRow {
    /// As logged.
    pub model: Untrusted,
    /// Request lines.
    pub requests: u64,
    /// Of which failed.
    pub failures: u64,
    /// Of which throttled.
    pub throttled: u64,
    /// Median latency.
    pub p50_ms: Option<Millis>,
    /// 99 % latency.
    pub p99_ms: Option<Millis>,
    /// Input tokens, as far as logged.
    #[serde(default)]
    pub tokens_in: u64,
    /// Output tokens, as far as logged.
    #[serde(default)]
    pub tokens_out: u64,
}
