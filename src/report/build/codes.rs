//! Failures by code and cause, and the remedies that would remove most of them.

use super::Options;
use super::buckets::bucket_start;
use crate::aggregate::codes::{CauseAgg, CodeAgg, Seen};
use crate::catalog::{Cause, Kind, Retry};
use crate::lang::Lang;
use crate::limits::FIRST_ACTIONS;
use crate::merge::Merge;
use crate::report::model::{ActionRow, CauseRow, CodeRow, Time};
use crate::template;
use crate::untrusted::Untrusted;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A status as the report names it.
pub(super) fn status_name(status: Option<i16>) -> String {
    status.map_or_else(|| "none".to_owned(), |status| status.to_string())
}

/// First and last time.
pub(super) fn span(seen: Seen) -> (Option<Time>, Option<Time>) {
    let (first, last) = seen.0.unzip();
    (first.map(Time), last.map(Time))
}

/// The row of one code.
pub(super) fn code_row(
    code: &str,
    agg: CodeAgg,
    bucket_minutes: i64,
    options: &Options<'_>,
) -> CodeRow {
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

/// Failures by retry.
pub(super) fn retries(codes: &[CodeRow]) -> BTreeMap<String, u64> {
    let mut retries = BTreeMap::new();
    for cause in codes.iter().flat_map(|code| &code.causes) {
        *retries.entry(cause.retry.clone()).or_default() += cause.count;
    }
    retries
}

/// The causes with most failures over all codes.
pub(super) fn first_actions(
    codes: &[CodeRow],
    failures: u64,
    options: &Options<'_>,
) -> Vec<ActionRow> {
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
