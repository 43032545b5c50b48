//! What changed between two reports, and what of it chance cannot explain.
//!
//! Everything is compared by rate, never by count: twice the traffic with twice the
//! failures is no change. A change is an *alarm* where it is beyond chance:
//!
//! 1. Fisher's exact test says how likely so great a difference is if requests fail
//!    independently ([`chance`]).
//! 2. They do not: failures come in bursts. So the difference must also stand out against
//!    how failures scatter over each report's own timeline, at every scale from one bucket
//!    to a sixteenth of the log ([`bursts`]). The greatest of these probabilities counts.
//! 3. It is multiplied by the number of comparisons that could have shown anything
//!    (Bonferroni, with Tarone's count), so that the stated rate of false alarms holds for
//!    the whole report, however many codes there are.
//!
//! What this cannot know: whether yesterday was an ordinary day. A change that lasts as
//! long as the report (a bad night, a new release) is a change, and is said to be one.

pub mod bursts;
pub mod chance;
mod latency;
pub mod read;
mod templates;
#[cfg(test)]
mod tests;

use crate::report::change::{
    CodeChange, DIFF_SCHEMA, Diff, MinutesChange, Move, RateChange, Shares, Side, Test,
};
use crate::report::model::{BucketRow, CodeRow, Report, Time};
use crate::untrusted::Untrusted;
use bursts::{Scales, Scatter};
use chance::{Part, least_fisher};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// How changes are judged.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The accepted chance of any alarm where only chance is at work, in millionths.
    pub false_alarms_ppm: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            false_alarms_ppm: crate::limits::FALSE_ALARMS_PPM,
        }
    }
}

/// Compares two reports.
pub fn compare(old: &Report, new: &Report, options: &Options) -> Diff {
    let requests = Scales::of_requests(old, new);
    let mut judge = Judge {
        requests: [old.totals.requests, new.totals.requests],
        comparisons: 0,
        least: Vec::new(),
    };
    let rates = rates(old, new, &requests, &mut judge);
    let mut codes = Vec::new();
    let mut templates = Vec::new();
    for [before, now] in pairs(&old.codes, &new.codes) {
        let series = [before, now].map(|row| row.map_or_else(Vec::new, series));
        let [before_series, now_series] = &series;
        let scatter = requests.scatter(before_series, now_series);
        codes.push(code(before, now, &scatter, &mut judge));
        templates.extend(templates::new_ones(before, now, &scatter, &mut judge));
    }
    let mut diff = Diff {
        schema: DIFF_SCHEMA.to_owned(),
        dslog_version: env!("CARGO_PKG_VERSION").to_owned(),
        old: side(old),
        new: side(new),
        rates,
        throttled_minutes: throttled_minutes(old, new, &mut judge),
        latency_ms: latency::changes(old, new, &mut judge),
        codes,
        templates,
        notes: notes(old, new, &requests),
        ..Diff::default()
    };
    let corrected_for = judge.corrected_for(options.false_alarms_ppm);
    diff.test = Test {
        false_alarms_ppm: options.false_alarms_ppm,
        comparisons: judge.comparisons,
        corrected_for,
        bursts_known: !requests.is_empty(),
    };
    let threshold = options.false_alarms_ppm as f64 / 1e6 / corrected_for.max(1) as f64;
    raise(&mut diff, threshold);
    diff.codes.sort_by(|a, b| {
        let rank = |code: &CodeChange| (!code.shares.alarm, code.shares.p_value.unwrap_or(1.0));
        let ((a_quiet, a_p), (b_quiet, b_p)) = (rank(a), rank(b));
        a_quiet
            .cmp(&b_quiet)
            .then(a_p.partial_cmp(&b_p).unwrap_or(Ordering::Equal))
            .then(b.shares.new.cmp(&a.shares.new))
            .then(a.code.cmp(&b.code))
    });
    diff.templates.sort_by(|a, b| {
        (b.shares.new.cmp(&a.shares.new))
            .then(a.code.cmp(&b.code))
            .then(a.cause.cmp(&b.cause))
    });
    diff
}

/// The comparisons made so far.
pub(crate) struct Judge {
    /// Request lines, old and new.
    requests: [u64; 2],
    comparisons: u64,
    /// The least that each comparison's probability could have been.
    least: Vec<f64>,
}

impl Judge {
    /// Judges a share of all requests.
    pub(crate) fn of_requests(&mut self, old: u64, new: u64, scatter: &[Scatter]) -> Shares {
        let [before, now] = self.requests;
        self.shares(Part::new(old, before), Part::new(new, now), scatter)
    }

    /// Judges two shares. The alarm is decided when all comparisons are known.
    pub(crate) fn shares(&mut self, old: Part, new: Part, scatter: &[Scatter]) -> Shares {
        let expected = u128::from(old.hits) * u128::from(new.trials);
        let expected = (expected + u128::from(old.trials) / 2) / u128::from(old.trials.max(1));
        // Shares are compared crosswise, so that no rounding says "up".
        let crosswise = (u128::from(new.hits) * u128::from(old.trials))
            .cmp(&(u128::from(old.hits) * u128::from(new.trials)));
        let moved = match (old.hits, new.hits, crosswise) {
            (0, 0, _) => Move::Same,
            (0, ..) => Move::New,
            (_, 0, _) => Move::Gone,
            (.., Ordering::Greater) => Move::Up,
            (.., Ordering::Less) => Move::Down,
            (.., Ordering::Equal) => Move::Same,
        };
        Shares {
            old: old.hits,
            old_of: old.trials,
            new: new.hits,
            new_of: new.trials,
            expected: u64::try_from(expected).unwrap_or(u64::MAX),
            moved,
            p_value: self.p_value(old, new, scatter),
            alarm: false,
        }
    }

    /// The chance of so great a difference; counts as one comparison.
    pub(crate) fn p_value(&mut self, old: Part, new: Part, scatter: &[Scatter]) -> Option<f64> {
        if old.trials == 0 || new.trials == 0 {
            return None;
        }
        self.comparisons += 1;
        self.least.push(least_fisher(old, new));
        Some(two_digits(bursts::p_value(old, new, scatter)))
    }

    /// The least `k` such that no more than `k` comparisons could come out below the
    /// accepted rate over `k` (Tarone). The others cannot raise an alarm, so they need
    /// no correction.
    fn corrected_for(&self, false_alarms_ppm: u64) -> u64 {
        let accepted = false_alarms_ppm as f64 / 1e6;
        let mut least = self.least.clone();
        least.sort_by(f64::total_cmp);
        let can = |k: u64| least.partition_point(|p| *p <= accepted / k as f64) as u64;
        (1..=self.comparisons).find(|k| can(*k) <= *k).unwrap_or(1)
    }
}

/// Decides the alarms, and counts.
fn raise(diff: &mut Diff, threshold: f64) {
    let beyond = |p: Option<f64>| p.is_some_and(|p| p <= threshold);
    let (mut alarms, mut worse) = (0, 0);
    let mut count = |alarm: bool, moved: Move| {
        alarms += u64::from(alarm);
        worse += u64::from(alarm && moved.is_up());
    };
    let shares = (diff.rates.iter_mut().map(|row| &mut row.shares))
        .chain(diff.codes.iter_mut().map(|row| &mut row.shares))
        .chain(diff.templates.iter_mut().map(|row| &mut row.shares))
        .chain(diff.throttled_minutes.buckets.as_mut());
    for shares in shares {
        shares.alarm = shares.moved != Move::Same && beyond(shares.p_value);
        count(shares.alarm, shares.moved);
    }
    for row in &mut diff.latency_ms {
        row.alarm = latency::matters(row) && beyond(row.p_value);
        count(row.alarm, row.moved);
    }
    let moved = |moved| {
        diff.codes
            .iter()
            .filter(move |row| row.shares.moved == moved)
    };
    let (new, gone) = (moved(Move::New).count(), moved(Move::Gone).count());
    (diff.new_codes, diff.gone_codes) = (new as u64, gone as u64);
    diff.new_templates = diff.templates.len() as u64;
    (diff.alarms, diff.worse) = (alarms, worse);
}

fn side(report: &Report) -> Side {
    Side {
        path: None,
        catalogue_version: Untrusted::from(report.catalogue_version.as_str()),
        first: report.time.first,
        last: report.time.last,
        totals: report.totals,
    }
}

fn rates(old: &Report, new: &Report, requests: &Scales, judge: &mut Judge) -> Vec<RateChange> {
    let series = |report: &Report, hits: fn(&BucketRow) -> u64| -> Vec<(Time, u64)> {
        let buckets = report.timeline.buckets.iter();
        buckets.map(|bucket| (bucket.start, hits(bucket))).collect()
    };
    let mut one = |rate: &str, [before, now]: [u64; 2], hits: fn(&BucketRow) -> u64| RateChange {
        rate: rate.to_owned(),
        shares: judge.of_requests(
            before,
            now,
            &requests.scatter(&series(old, hits), &series(new, hits)),
        ),
    };
    vec![
        one(
            "failures",
            [old.totals.failures, new.totals.failures],
            |bucket| bucket.failures,
        ),
        one(
            "throttled",
            [old.totals.throttled, new.totals.throttled],
            |bucket| bucket.throttled,
        ),
    ]
}

/// The rows of both reports by code.
fn pairs<'a>(
    old: &'a [CodeRow],
    new: &'a [CodeRow],
) -> impl Iterator<Item = [Option<&'a CodeRow>; 2]> {
    let mut pairs: BTreeMap<&Untrusted, [Option<&CodeRow>; 2]> = BTreeMap::new();
    for (at, rows) in [old, new].into_iter().enumerate() {
        for row in rows.iter().filter(|row| row.count > 0) {
            if let Some(place) = pairs.entry(&row.code).or_default().get_mut(at) {
                *place = Some(row);
            }
        }
    }
    pairs.into_values()
}

fn series(row: &CodeRow) -> Vec<(Time, u64)> {
    row.timeline.iter().map(|(start, n)| (*start, *n)).collect()
}

fn code(
    before: Option<&CodeRow>,
    now: Option<&CodeRow>,
    scatter: &[Scatter],
    judge: &mut Judge,
) -> CodeChange {
    let count = |row: Option<&CodeRow>| row.map_or(0, |row| row.count);
    let either = now.or(before);
    let advice = either.and_then(|row| row.causes.first());
    CodeChange {
        code: either.map(|row| row.code.clone()).unwrap_or_default(),
        kind: either.map_or_else(Untrusted::default, |row| row.kind.as_str().into()),
        shares: judge.of_requests(count(before), count(now), scatter),
        first_seen: now.and_then(|row| row.first_seen),
        advice: advice.map_or_else(Untrusted::default, |cause| cause.advice.as_str().into()),
    }
}

/// Minutes with a throttled failure: exact in reports that say so, else by buckets of a minute.
pub fn minutes_throttled(report: &Report) -> Option<u64> {
    report.throttling.minutes.or_else(|| {
        (report.timeline.bucket_seconds == 60).then(|| throttled_buckets(report).count() as u64)
    })
}

fn throttled_buckets(report: &Report) -> impl Iterator<Item = (Time, u64)> {
    let buckets = report.timeline.buckets.iter();
    buckets
        .filter(|bucket| bucket.throttled > 0)
        .map(|bucket| (bucket.start, 1))
}

/// Twice the traffic meets a limit in up to twice as many minutes without any change of
/// rate. So a change must stand out against both the old share and the old share times
/// the traffic (per bucket), between which that effect lies.
fn throttled_minutes(old: &Report, new: &Report, judge: &mut Judge) -> MinutesChange {
    let alike = old.timeline.bucket_seconds == new.timeline.bucket_seconds;
    let buckets = alike.then(|| {
        let [before, now] = [old, new].map(|report| throttled_buckets(report).collect::<Vec<_>>());
        let scatter = Scales::of_buckets(old, new).scatter(&before, &now);
        let buckets = [old, new].map(|report| report.timeline.buckets.len() as u64);
        let part = |series: &[(Time, u64)], buckets| Part::new(series.len() as u64, buckets);
        let (was, is) = (part(&before, buckets[0]), part(&now, buckets[1]));
        let mut shares = judge.shares(was, is, &scatter);
        let wide = |n: u64| u128::from(n);
        let traffic = |report: &Report| wide(report.totals.requests.clamp(1, 1 << 48));
        let scaled = wide(was.hits) * traffic(new) * wide(buckets[0])
            / (traffic(old) * wide(buckets[1].max(1)));
        let scaled = Part::new(u64::try_from(scaled).unwrap_or(u64::MAX), was.trials);
        shares.p_value = shares.p_value.map(|p| {
            if (scaled.rate() < is.rate()) == (was.rate() < is.rate()) {
                p.max(two_digits(bursts::p_value(scaled, is, &scatter)))
            } else {
                1.0
            }
        });
        shares
    });
    MinutesChange {
        old: minutes_throttled(old),
        new: minutes_throttled(new),
        buckets,
    }
}

/// What makes the two hard to compare.
fn notes(old: &Report, new: &Report, requests: &Scales) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |applies: bool, word: &str| {
        if applies {
            notes.push(word.to_owned());
        }
    };
    let nothing = old.totals.requests == 0 || new.totals.requests == 0;
    note(nothing, "no_requests");
    note(
        old.catalogue_version != new.catalogue_version,
        "catalogues_differ",
    );
    note(
        old.timeline.bucket_seconds != new.timeline.bucket_seconds,
        "buckets_differ",
    );
    note(requests.is_empty() && !nothing, "too_short_for_bursts");
    let unread = |report: &Report| report.inputs.iter().any(|input| input.error.is_some());
    note(unread(old) || unread(new), "not_read_in_full");
    notes
}

/// Two significant digits: more would say more than is known.
fn two_digits(p: f64) -> f64 {
    format!("{p:.1e}").parse().unwrap_or(p)
}
