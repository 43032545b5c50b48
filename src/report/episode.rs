//! Spells of throttling and estimated limits, as the views read them.

use super::model::Time;
use crate::untrusted::Untrusted;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A spell of throttling.
#[derive(Debug, Deserialize)]
pub(super) struct Episode {
    /// First throttled bucket.
    pub start: Time,
    /// End of the last one.
    pub end: Time,
    /// Throttled failures within.
    pub throttled: u64,
    /// Request lines within.
    pub requests: u64,
    /// The bucket with most throttled failures.
    pub peak_start: Time,
    /// How many it had.
    pub peak_throttled: u64,
    /// Throttled failures by model.
    #[serde(default)]
    pub models: BTreeMap<Untrusted, u64>,
}

/// A limit, estimated from what went through before requests were refused.
#[derive(Debug, Deserialize)]
pub(super) struct Limit {
    /// The model that it holds for.
    pub model: Untrusted,
    /// What is counted, and per what.
    pub unit: Untrusted,
    /// The likeliest value.
    pub estimate: u64,
    /// At least.
    pub low: u64,
    /// At most.
    pub high: u64,
    /// How many observations it rests on.
    pub evidence: u64,
}

impl Episode {
    /// Those of a report. A report of another version may hold other shapes; those are not shown.
    pub(super) fn all(values: &[Value]) -> Vec<Self> {
        values
            .iter()
            .filter_map(|value| Self::deserialize(value).ok())
            .collect()
    }
}

impl Limit {
    /// Those of a report; see [`Episode::all`].
    pub(super) fn all(values: &[Value]) -> Vec<Self> {
        values
            .iter()
            .filter_map(|value| Self::deserialize(value).ok())
            .collect()
    }
}
