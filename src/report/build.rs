//! Counts → report: names causes, groups minutes into buckets, sorts.

use super::histogram::histogram;
use super::model::{
    ActionRow, BucketRow, CauseRow, CodeRow, IdRow, InputRow, KeyRow, Latencies, ModelRow, Report,
    SCHEMA, Span, Throttling, Time, Timeline, Totals,
};
use crate::aggregate::codes::{CauseAgg, CodeAgg, Seen};
use crate::aggregate::table::{Key, Merged, Table};
use crate::catalog::{Catalog, Cause, Kind, Retry};
use crate::fault::{Fault, Result};
use crate::input::Input;
use crate::lang::Lang;
use crate::pipeline::Analysis;
use crate::record::time::MINUTE_MS;
use crate::template;
use crate::untrusted::Untrusted;
use std::cmp::Reverse;
use std::collections::BTreeMap;

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

/// How many remedies come first.
const FIRST_ACTIONS: usize = 3;

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
        let latency = agg.latency.row();
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
    crate::aggregate::merge::Merge::merge(&mut all_latency, counts.failure_latency.clone());
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
            all: all_latency.row(),
            success: counts.success_latency.row(),
            failure: counts.failure_latency.row(),
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
    V: crate::aggregate::merge::Merge + Default + serde::Serialize + serde::de::DeserializeOwned,
{
    let mut merged: Merged<K, V> = table.into_sorted()?;
    while let Some((key, value)) = merged.next_entry()? {
        visit(key, value);
    }
    Ok(())
}

/// One minute up to three hours, five up to two days, an hour beyond.
fn auto_bucket<T>(minutes: &[(i64, T)]) -> i64 {
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

fn bucket_start(minute: i64, width: i64) -> Time {
    Time(minute.div_euclid(width) * width * MINUTE_MS)
}

fn timeline(minutes: &[(i64, crate::aggregate::groups::Ends)], width: i64) -> Timeline {
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

fn status_name(status: Option<i16>) -> String {
    status.map_or_else(|| "none".to_owned(), |status| status.to_string())
}

fn span(seen: Seen) -> (Option<Time>, Option<Time>) {
    let (first, last) = seen.0.unzip();
    (first.map(Time), last.map(Time))
}

fn code_row(code: &str, agg: CodeAgg, bucket_minutes: i64, options: &Options<'_>) -> CodeRow {
    let (first_seen, last_seen) = span(agg.seen);
    let mut timeline = BTreeMap::new();
    for (minute, count) in &agg.minutes {
        *timeline
            .entry(bucket_start(*minute, bucket_minutes))
            .or_default() += count;
    }
    let causes = causes(agg.listed, agg.unlisted, options);
    let top = causes.first();
    CodeRow {
        code: Untrusted::from(code),
        count: agg.count,
        statuses: agg
            .statuses
            .into_iter()
            .map(|(status, n)| (status_name(status), n))
            .collect(),
        kind: top.map_or(Kind::Unknown.as_str().to_owned(), |cause| {
            cause.kind.clone()
        }),
        retry: top.map_or(Retry::Unknown.as_str().to_owned(), |cause| {
            cause.retry.clone()
        }),
        spellings: agg
            .spellings
            .into_iter()
            .map(|(spelling, n)| (Untrusted::new(spelling), n))
            .collect(),
        first_seen,
        last_seen,
        timeline,
        causes,
    }
}

/// The causes of one code, most first; messages never seen are named by template.
fn causes(
    listed: BTreeMap<Box<str>, CauseAgg>,
    unlisted: BTreeMap<(Option<i16>, Box<str>), template::MaskedSet<CauseAgg>>,
    options: &Options<'_>,
) -> Vec<CauseRow> {
    use crate::aggregate::merge::Merge;
    // By name and by the row that lends kind and advice.
    let mut named: BTreeMap<(String, String), CauseAgg> = BTreeMap::new();
    for (row, agg) in listed {
        let name = if row.is_empty() {
            "unknown".to_owned()
        } else {
            row.to_string()
        };
        named.entry((name, row.into())).or_default().merge(agg);
    }
    for ((_, row), set) in unlisted {
        let templates = template::cluster(
            set.iter()
                .map(|(masked, agg)| (masked.to_owned(), agg.count)),
        );
        for (masked, agg) in set.iter() {
            let template = templates.get(masked).map_or(masked, String::as_str);
            named
                .entry((format!("unlisted: {template}"), row.to_string()))
                .or_default()
                .merge(agg.clone());
        }
        if set.other().count > 0 {
            named
                .entry(("unlisted: (other)".to_owned(), row.to_string()))
                .or_default()
                .merge(set.other().clone());
        }
    }
    let mut rows: BTreeMap<String, CauseRow> = BTreeMap::new();
    for ((name, row), agg) in named {
        let cause = options.catalog.cause(&row);
        let new = cause_row(&name, cause, &agg, options.lang);
        match rows.get_mut(&name) {
            None => {
                rows.insert(name, new);
            }
            // One template under two statuses with different advice: the more frequent speaks.
            Some(known) => {
                let count = known.count + new.count;
                if new.count > known.count {
                    *known = new;
                }
                known.count = count;
            }
        }
    }
    let mut rows: Vec<CauseRow> = rows.into_values().collect();
    rows.sort_by(|a, b| (Reverse(a.count), &a.cause).cmp(&(Reverse(b.count), &b.cause)));
    rows
}

fn cause_row(name: &str, cause: Option<&Cause>, agg: &CauseAgg, lang: Lang) -> CauseRow {
    let no_row = lang.pick(
        "The catalogue has no row for this code.",
        "错误目录中没有这个错误码。",
    );
    let no_advice = lang.pick(
        "Read the message; if it stays unclear, quote a request id to support.",
        "请阅读错误信息；若仍不清楚，请向技术支持提供请求 ID。",
    );
    CauseRow {
        cause: Untrusted::from(name),
        count: agg.count,
        kind: cause
            .map_or(Kind::Unknown, |cause| cause.kind)
            .as_str()
            .to_owned(),
        retry: cause
            .map_or(Retry::Unknown, |cause| cause.retry)
            .as_str()
            .to_owned(),
        message: agg.message.as_deref().map(Untrusted::from),
        request_ids: agg.latest.ids().map(|id| id.into_owned().into()).collect(),
        meaning: cause.map_or(no_row, |cause| cause.meaning(lang)).to_owned(),
        advice: cause
            .map_or(no_advice, |cause| cause.advice(lang))
            .to_owned(),
    }
}

fn retries(codes: &[CodeRow]) -> BTreeMap<String, u64> {
    let mut retries = BTreeMap::new();
    for cause in codes.iter().flat_map(|code| &code.causes) {
        *retries.entry(cause.retry.clone()).or_default() += cause.count;
    }
    retries
}

/// The causes with most failures over all codes.
fn first_actions(codes: &[CodeRow], failures: u64, options: &Options<'_>) -> Vec<ActionRow> {
    let mut actions: BTreeMap<&str, ActionRow> = BTreeMap::new();
    for code in codes {
        for cause in &code.causes {
            let who = options
                .catalog
                .cause(cause.cause.raw())
                .map(|cause| cause.who.as_str());
            let action = actions
                .entry(cause.advice.as_str())
                .or_insert_with(|| ActionRow {
                    cause: cause.cause.clone(),
                    code: code.code.clone(),
                    who: who.unwrap_or("caller").to_owned(),
                    advice: cause.advice.clone(),
                    ..ActionRow::default()
                });
            action.failures += cause.count;
        }
    }
    let mut actions: Vec<ActionRow> = actions.into_values().collect();
    actions.sort_by(|a, b| (Reverse(a.failures), &a.cause).cmp(&(Reverse(b.failures), &b.cause)));
    actions.truncate(FIRST_ACTIONS);
    for action in &mut actions {
        action.share_bp =
            (u128::from(action.failures) * 10_000 / u128::from(failures.max(1))) as u64;
    }
    actions
}
