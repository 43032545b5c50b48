//! What the figures say, in a few sentences: what is failing, since when, whether
//! it is throttling, and whether a retry will help.

use super::View;
use super::figures::{bytes, count, share, span_ms};
use super::model::{BucketRow, CodeRow, Report, Time};
use super::tz::Clock;
use super::words::{self as w, Word};
use std::collections::BTreeMap;

/// A label and what it says.
pub(super) type Sentence = (Word, String);

/// Makes log text fit for a format.
pub(super) type Escape = fn(&str) -> String;

/// The headline, or the one sentence that says why there is none.
pub(super) enum Brief {
    /// No failure to speak of; says why.
    Quiet(String),
    /// Label and sentence, the gravest first.
    Failing(Vec<Sentence>),
}

impl Brief {
    /// Draws up the headline.
    pub(super) fn new(report: &Report, view: &View, clock: &Clock, escape: Escape) -> Self {
        let (totals, lang) = (&report.totals, view.lang);
        if totals.lines == 0 {
            return Self::Quiet(w::NO_LINES.pick(lang).into());
        }
        if totals.requests == 0 {
            return Self::Quiet(w::NO_REQUESTS.say(lang, &[&count(totals.lines)]));
        }
        if totals.failures == 0 {
            return Self::Quiet(w::NO_FAILURES.say(lang, &[&count(totals.requests)]));
        }
        Self::Failing(vec![
            (w::FAILING, failing(report, view, escape)),
            (w::SINCE, since(report, view, clock)),
            (w::THROTTLED, throttled(report, view, clock)),
            (w::RETRY, retry(report, view)),
        ])
    }
}

/// A code's name; those without one are said to have none.
pub(super) fn code_name(code: &str, view: &View, escape: Escape) -> String {
    if code.is_empty() {
        w::NO_CODE.pick(view.lang).into()
    } else {
        escape(code)
    }
}

fn failing(report: &Report, view: &View, escape: Escape) -> String {
    let totals = &report.totals;
    let (code, n) = report
        .codes
        .first()
        .map_or(("", 0), |code| (code.code.raw(), code.count));
    w::FAILING_SAYS.say(
        view.lang,
        &[
            &share(totals.failures, totals.requests),
            &count(totals.failures),
            &count(totals.requests),
            &code_name(code, view, escape),
            &share(n, totals.failures),
        ],
    )
}

fn since(report: &Report, view: &View, clock: &Clock) -> String {
    let first = report.codes.iter().filter_map(|code| code.first_seen).min();
    let last = report.codes.iter().filter_map(|code| code.last_seen).max();
    let (Some(first), Some(last)) = (first, last) else {
        return w::SINCE_UNDATED.pick(view.lang).into();
    };
    let end = report.time.last.unwrap_or(last);
    let quiet_ms = end.0.saturating_sub(last.0).max(0) as u64;
    let (first, last) = (clock.second(first), clock.second(last));
    // Within a bucket of the end counts as going on: a pause shorter than that proves nothing.
    if quiet_ms <= report.timeline.bucket_seconds.max(60).saturating_mul(1000) {
        w::SINCE_ONGOING.say(view.lang, &[&first, &last])
    } else {
        w::SINCE_OVER.say(view.lang, &[&first, &last, &span_ms(quiet_ms)])
    }
}

fn throttled(report: &Report, view: &View, clock: &Clock) -> String {
    let n = report.totals.throttled;
    if n == 0 {
        return w::THROTTLED_NOT.pick(view.lang).into();
    }
    let most = most_first(&report.throttling.by_kind);
    let (kind, of_kind) = most.first().copied().unwrap_or(("throttle.other", n));
    let says = w::THROTTLED_SAYS.say(
        view.lang,
        &[
            &count(n),
            &share(n, report.totals.failures),
            &w::kind(view.lang, kind),
            &share(of_kind, n),
        ],
    );
    match peak(report, |bucket| bucket.throttled) {
        None => says,
        Some((start, peak)) => {
            let width = report.timeline.bucket_seconds;
            let when = clock.bucket(start, width);
            w::THROTTLED_PEAK.say(
                view.lang,
                &[
                    &says,
                    &when,
                    &count(peak),
                    &span_ms(width.saturating_mul(1000)),
                ],
            )
        }
    }
}

fn retry(report: &Report, view: &View) -> String {
    let retries = retries(report);
    let one = |(retry, n): &(&str, u64)| {
        w::RETRY_SHARE.say(
            view.lang,
            &[
                &share(*n, report.totals.failures),
                &w::retry(view.lang, retry),
            ],
        )
    };
    most_first(&retries)
        .iter()
        .map(one)
        .collect::<Vec<_>>()
        .join(" · ")
}

/// Failures by retry; summed here for reports that came without.
pub(super) fn retries(report: &Report) -> BTreeMap<String, u64> {
    if !report.retries.is_empty() {
        return report.retries.clone();
    }
    let mut sums = BTreeMap::new();
    for cause in report.codes.iter().flat_map(|code| &code.causes) {
        *sums.entry(cause.retry.clone()).or_insert(0) += cause.count;
    }
    sums
}

/// Failures by kind; summed here for reports that came without.
pub(super) fn kinds(report: &Report) -> BTreeMap<String, u64> {
    if !report.kinds.is_empty() {
        return report.kinds.clone();
    }
    let mut sums = BTreeMap::new();
    for cause in report.codes.iter().flat_map(|code| &code.causes) {
        *sums.entry(cause.kind.clone()).or_insert(0) += cause.count;
    }
    sums
}

/// The greatest bucket by some figure (the earliest of equals), unless all are zero.
pub(super) fn peak(report: &Report, figure: impl Fn(&BucketRow) -> u64) -> Option<(Time, u64)> {
    let buckets = report.timeline.buckets.iter();
    let peak = buckets
        .map(|bucket| (bucket.start, figure(bucket)))
        .max_by_key(|&(start, n)| (n, std::cmp::Reverse(start)));
    peak.filter(|&(_, n)| n > 0)
}

/// Entries by count, most first; ties by name.
pub(super) fn most_first<K: AsText>(counts: &BTreeMap<K, u64>) -> Vec<(&str, u64)> {
    let mut entries: Vec<(&str, u64)> = counts
        .iter()
        .map(|(name, n)| (name.as_text(), *n))
        .filter(|e| e.1 > 0)
        .collect();
    entries.sort_by_key(|&(_, n)| std::cmp::Reverse(n));
    entries
}

/// Map keys, escaped or not by whoever prints them.
pub(super) trait AsText {
    /// The text as it is.
    fn as_text(&self) -> &str;
}

impl AsText for String {
    fn as_text(&self) -> &str {
        self
    }
}

impl AsText for crate::untrusted::Untrusted {
    fn as_text(&self) -> &str {
        self.raw()
    }
}

/// The line that proves nothing was lost.
pub(super) fn conservation(report: &Report, view: &View) -> String {
    let t = &report.totals;
    let figures = [
        t.lines,
        t.blank,
        t.malformed,
        t.other,
        t.requests,
        t.continued,
        t.outside,
    ]
    .map(count);
    w::CONSERVATION.say(view.lang, &figures.each_ref().map(String::as_str))
}

/// With a state: what this run has read, and what it knew.
pub(super) fn run(report: &Report, view: &View) -> Option<String> {
    let run = report.run.as_ref()?;
    let (seq, lang) = (count(run.seq), view.lang);
    if report.inputs.is_empty() {
        return Some(w::RUN_NONE.say(lang, &[&seq]));
    }
    let figures = [&seq, &count(run.lines), &bytes(run.bytes)];
    let mut says = w::RUN.say(lang, &figures.map(String::as_str));
    if report.inputs.len() > 1 {
        let (read, all) = (count(run.inputs_read), count(report.inputs.len() as u64));
        says = w::RUN_FROM.say(lang, &[&says, &read, &all]);
    }
    if run.held_bytes > 0 {
        says = w::RUN_HELD.say(lang, &[&says, &bytes(run.held_bytes)]);
    }
    Some(says + lang.pick(".", "。"))
}

/// Whether every conservation law holds for this report.
pub(super) fn adds_up(report: &Report) -> bool {
    let t = &report.totals;
    let sum = |values: &mut dyn Iterator<Item = u64>| values.map(u128::from).sum::<u128>();
    let code_adds_up =
        |code: &CodeRow| sum(&mut code.causes.iter().map(|c| c.count)) == u128::from(code.count);
    u128::from(t.lines)
        == sum(&mut [
            t.blank,
            t.malformed,
            t.other,
            t.requests,
            t.continued,
            t.outside,
        ]
        .into_iter())
        && u128::from(t.malformed) == sum(&mut report.faults.values().copied())
        && u128::from(t.requests) == u128::from(t.successes) + u128::from(t.failures)
        && u128::from(t.failures) == sum(&mut report.codes.iter().map(|code| code.count))
        && report.codes.iter().all(code_adds_up)
}

/// Log text for a terminal, a plain file or, HTML-escaped once more, a page.
pub(super) fn visible(text: &str) -> String {
    crate::untrusted::terminal(text)
}
