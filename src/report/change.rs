//! What changed between two reports, and which rules were broken: plain data, as
//! [`super::model`] is. `crate::diff` and `crate::gate` fill it in.
//!
//! Field names and order are those of the JSON schema `dslog.diff/v1`.

use super::totals::Totals;
use super::units::{Millis, Time};
use crate::untrusted::Untrusted;
use serde::{Deserialize, Serialize};

/// The schema's name, first in every JSON diff.
pub const DIFF_SCHEMA: &str = "dslog.diff/v1";

/// What changed from an old report to a new one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Diff {
    /// Always [`DIFF_SCHEMA`].
    pub schema: String,
    /// The program's version.
    pub dslog_version: String,
    /// The report compared with.
    pub old: Side,
    /// The report that is new.
    pub new: Side,
    /// How it was judged.
    pub test: Test,
    /// Changes beyond chance, in either direction.
    pub alarms: u64,
    /// Of which for the worse: more failures, more throttling, higher latency.
    pub worse: u64,
    /// Codes that the old report lacks.
    pub new_codes: u64,
    /// Codes that the new report lacks.
    pub gone_codes: u64,
    /// Messages unknown to the catalogue that the old report lacks.
    pub new_templates: u64,
    /// Failures and throttled failures among all requests.
    pub rates: Vec<RateChange>,
    /// Every code of either report: those beyond chance first, then the least likely by chance.
    pub codes: Vec<CodeChange>,
    /// Minutes with a throttled failure.
    pub throttled_minutes: MinutesChange,
    /// Latency of successes, then of all.
    pub latency_ms: Vec<LatencyChange>,
    /// New messages unknown to the catalogue, most first.
    pub templates: Vec<TemplateChange>,
    /// What makes the two hard to compare, as stable words.
    pub notes: Vec<String>,
}

/// One of the two reports.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Side {
    /// The file; none if the report was just made.
    pub path: Option<Untrusted>,
    /// The catalogue that named its codes.
    pub catalogue_version: Untrusted,
    /// Earliest request line.
    pub first: Option<Time>,
    /// Latest.
    pub last: Option<Time>,
    /// Its totals.
    pub totals: Totals,
}

/// How changes were judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Test {
    /// The chance that two reports which differ by chance alone raise any alarm, in
    /// millionths: an upper bound.
    pub false_alarms_ppm: u64,
    /// Comparisons made.
    pub comparisons: u64,
    /// Of which could have shown anything at all; the correction is for these.
    pub corrected_for: u64,
    /// Whether the timelines were long enough to tell how failures come in bursts.
    pub bursts_known: bool,
}

/// How a figure moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Move {
    /// Not in the old report.
    New,
    /// Not in the new report.
    Gone,
    /// Higher.
    Up,
    /// Lower.
    Down,
    /// Equal.
    #[default]
    Same,
}

impl Move {
    /// The word that JSON and CSV use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Gone => "gone",
            Self::Up => "up",
            Self::Down => "down",
            Self::Same => "same",
        }
    }

    /// Whether there is more of it than before.
    pub const fn is_up(self) -> bool {
        matches!(self, Self::New | Self::Up)
    }
}

/// Two shares and whether chance explains the difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shares {
    /// How many before.
    pub old: u64,
    /// Out of how many before.
    pub old_of: u64,
    /// How many now.
    pub new: u64,
    /// Out of how many now.
    pub new_of: u64,
    /// How many there would be now at the old share, rounded.
    pub expected: u64,
    /// Which way the share went.
    pub moved: Move,
    /// The chance of so great a difference if nothing has changed, to two digits; `null`
    /// where it could not be judged.
    pub p_value: Option<f64>,
    /// Whether that is beyond chance, the number of comparisons allowed for.
    pub alarm: bool,
}

/// A rate of all requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RateChange {
    /// `failures` or `throttled`.
    pub rate: String,
    /// The figures.
    #[serde(flatten)]
    pub shares: Shares,
}

/// A code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CodeChange {
    /// The code.
    pub code: Untrusted,
    /// Its kind in the report that has it, the new one first.
    pub kind: Untrusted,
    /// The figures, out of all requests.
    #[serde(flatten)]
    pub shares: Shares,
    /// First failure in the new report.
    pub first_seen: Option<Time>,
    /// What to do about it.
    pub advice: Untrusted,
}

/// Minutes with a throttled failure, out of those with a request line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MinutesChange {
    /// Minutes before; `null` where the old report's buckets are wider.
    pub old: Option<u64>,
    /// Minutes now.
    pub new: Option<u64>,
    /// The same in buckets, which is what is judged; only where both are equally wide.
    pub buckets: Option<Shares>,
}

/// A quantile of latency.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LatencyChange {
    /// `success` or `all`.
    pub of: String,
    /// `p50`, `p90` or `p99`.
    pub quantile: String,
    /// Before.
    pub old: Option<Millis>,
    /// Now.
    pub new: Option<Millis>,
    /// Which way it went.
    pub moved: Move,
    /// As for codes: of so many slower than the old quantile; `null` where it could
    /// not be judged or is not (`all`).
    pub p_value: Option<f64>,
    /// Beyond chance, and by more than a tenth.
    pub alarm: bool,
}

/// A message that neither the catalogue nor the old report knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TemplateChange {
    /// Its code.
    pub code: Untrusted,
    /// `unlisted: TEMPLATE`.
    pub cause: Untrusted,
    /// The figures, out of all requests.
    #[serde(flatten)]
    pub shares: Shares,
    /// One real message.
    pub message: Option<Untrusted>,
    /// Up to three ids to look at.
    pub request_ids: Vec<Untrusted>,
}

/// A `--fail-on` rule and how it came out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleRow {
    /// As it was given.
    pub rule: Untrusted,
    /// Whether it was broken.
    pub broken: bool,
    /// What was counted; `null` for latencies, and where there was nothing to judge.
    pub count: Option<u64>,
    /// Out of how many, for shares.
    pub of: Option<u64>,
    /// What was measured, for latencies.
    pub latency_ms: Option<Millis>,
}
