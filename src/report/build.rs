//! Counts → report: names causes, groups minutes into buckets, sorts.

mod buckets;
mod codes;

use super::histogram::{histogram, latency_row};
use super::model::{
    IdRow, InputRow, KeyRow, Latencies, ModelRow, Report, SCHEMA, Span, Throttling, Time, Totals,
};
use crate::aggregate::table::{Key, Merged, Table};
use crate::catalog::Catalog;
use crate::fault::{Fault, Result};
use crate::input::Input;
use crate::lang::Lang;
use crate::merge::Merge;
use crate::pipeline::Analysis;
use crate::untrusted::Untrusted;
use buckets::{auto_bucket, timeline};
use codes::{code_row, first_actions, retries, span, status_name};
use std::cmp::Reverse;

/// How to make a report of counts.
pub struct Options<'a> {
    /// What errors mean.
    pub catalog: &'a Catalog,
    /// Language of meanings and advice.
    pub lang: Lang,
    /// Width of a bucket in minutes; `None` chooses by the span.
    pub bucket_minutes: Option<i64>,
    /// How many keys to name.
    pub top: usize,
}

/// Makes the report.
///
/// # Errors
/// If spilled counts cannot be read back.
pub fn build(analysis: Analysis, inputs: &[Input], options: &Options<'_>) -> Result<Report> {
    let Analysis {
        whole,
        top_ids,
        outcomes,
        lines,
    } = analysis;
    let counts = whole.counts;
    let minutes = counts.minutes.sorted();
    let bucket_minutes = options
        .bucket_minutes
        .unwrap_or_else(|| auto_bucket(&minutes));
    let mut codes = Vec::new();
    each(whole.codes, |code, agg| {
        codes.push(code_row(&code, agg, bucket_minutes, options));
    })?;
    codes.sort_by(|a, b| (Reverse(a.count), &a.code).cmp(&(Reverse(b.count), &b.code)));
    let mut models = Vec::new();
    each(whole.models, |model, agg| {
        let latency = latency_row(&agg.latency);
        models.push(ModelRow {
            model: Untrusted::new(model),
            requests: agg.ends.requests,
            failures: agg.ends.failures,
            throttled: agg.ends.throttled,
            p50_ms: latency.p50,
            p99_ms: latency.p99,
            tokens_in: agg.tokens_in,
            tokens_out: agg.tokens_out,
        });
    })?;
    models.sort_by(|a, b| (Reverse(a.failures), &a.model).cmp(&(Reverse(b.failures), &b.model)));
    let mut keys = Vec::new();
    each(whole.keys, |key, ends| {
        let key = Untrusted::new(key);
        keys.push(KeyRow {
            key,
            requests: ends.requests,
            failures: ends.failures,
            throttled: ends.throttled,
        });
    })?;
    keys.sort_by(|a, b| (Reverse(a.failures), &a.key).cmp(&(Reverse(b.failures), &b.key)));
    keys.truncate(options.top);

    let mut all_latency = counts.success_latency.clone();
    all_latency.merge(counts.failure_latency.clone());
    let throttles = counts.kinds.iter().filter(|(kind, _)| kind.is_throttle());
    let by_kind = throttles
        .map(|(kind, n)| (kind.as_str().to_owned(), n))
        .collect();
    let throttled_minutes = minutes.iter().filter(|(_, ends)| ends.throttled > 0);
    let throttled_minutes = throttled_minutes.count() as u64;
    let rows = inputs
        .iter()
        .zip(outcomes)
        .enumerate()
        .map(|(index, (input, outcome))| {
            let count = lines.get(&index).copied().unwrap_or_default();
            InputRow {
                path: Untrusted::from(input.path.as_str()),
                bytes: outcome.bytes,
                lines: count.lines,
                malformed: count.malformed,
                error: outcome.error.map(|error| Untrusted::new(error.to_string())),
            }
        });
    let rows: Vec<InputRow> = rows.collect();
    let (first, last) = counts.seen.0.unzip();
    Ok(Report {
        schema: SCHEMA.to_owned(),
        dslog_version: env!("CARGO_PKG_VERSION").to_owned(),
        catalogue_version: options.catalog.version().to_owned(),
        run: None,
        totals: Totals {
            bytes: rows.iter().map(|row| row.bytes).sum(),
            lines: counts.lines(),
            blank: counts.blank,
            malformed: counts.malformed(),
            other: counts.other,
            continued: counts.continued,
            outside: counts.outside,
            requests: counts.ends.requests,
            successes: counts.ends.requests - counts.ends.failures,
            failures: counts.ends.failures,
            throttled: counts.ends.throttled,
        },
        inputs: rows,
        faults: Fault::ALL
            .iter()
            .zip(counts.faults)
            .map(|(fault, n)| (fault.as_str().to_owned(), n))
            .collect(),
        notes: counts.notes,
        time: Span {
            first: first.map(Time),
            last: last.map(Time),
            undated: counts.undated,
        },
        statuses: counts
            .statuses
            .iter()
            .map(|(status, n)| (status_name(status), n))
            .collect(),
        kinds: counts
            .kinds
            .iter()
            .map(|(kind, n)| (kind.as_str().to_owned(), n))
            .collect(),
        retries: retries(&codes),
        first_actions: first_actions(&codes, counts.ends.failures, options),
        codes,
        timeline: timeline(&minutes, bucket_minutes),
        throttling: Throttling {
            by_kind,
            minutes: Some(throttled_minutes),
            episodes: Vec::new(),
            limits: Vec::new(),
        },
        top_request_ids: top_ids
            .into_iter()
            .map(|id| {
                let (first_seen, last_seen) = span(id.seen);
                IdRow {
                    request_id: Untrusted::new(id.id),
                    failures: id.failures,
                    codes: id
                        .codes
                        .into_iter()
                        .map(|(code, n)| (Untrusted::new(code), n))
                        .collect(),
                    first_seen,
                    last_seen,
                    recovered: None,
                    inexact: false,
                }
            })
            .collect(),
        latency_ms: Latencies {
            all: latency_row(&all_latency),
            success: latency_row(&counts.success_latency),
            failure: latency_row(&counts.failure_latency),
            histogram: histogram(&counts.success_latency, &counts.failure_latency),
        },
        keys,
        models,
        diff: None,
        fail_on: Vec::new(),
    })
}

/// Visits every entry of a table, spilled or not, each key once.
fn each<K, V>(table: Table<K, V>, mut visit: impl FnMut(K, V)) -> Result<()>
where
    K: Key,
    V: Merge + Default + serde::Serialize + serde::de::DeserializeOwned,
{
    let mut merged: Merged<K, V> = table.into_sorted()?;
    while let Some((key, value)) = merged.next_entry()? {
        visit(key, value);
    }
    Ok(())
}
