//! Exact counting while a log is written.

use super::bytes::report_time;
use super::cases::{CASES, MODELS};
use super::failing::{Ids, earlier};
use super::traffic::Call;
use super::truth::{
    Bucket, CodeTruth, Latencies, ModelTruth, Quantiles, Throttling, TimeSpan, Timeline, Totals,
    Truth,
};
use crate::fault::Fault;
use std::collections::BTreeMap;

#[derive(Default, Clone)]
struct CaseTally {
    spellings: [u64; 2],
    statuses: BTreeMap<Option<i32>, u64>,
    first_ms: Option<i64>,
    last_ms: Option<i64>,
    minutes: BTreeMap<i64, u64>,
}

/// Requests, failures and throttled ones.
type Triple = [u64; 3];

fn add(to: &mut Triple, from: Triple) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}

#[derive(Default, Clone)]
struct ModelTally {
    counts: Triple,
    success_us: Vec<u32>,
    failure_us: Vec<u32>,
}

/// The counts of a log that is being written.
pub(super) struct Tally {
    pub(super) totals: Totals,
    pub(super) ids: Ids,
    faults: [u64; Fault::ALL.len()],
    statuses: BTreeMap<Option<i32>, u64>,
    cases: Vec<CaseTally>,
    minutes: BTreeMap<i64, Triple>,
    /// Counts of the minute that the latest record belongs to, not yet in `minutes`.
    minute: (i64, Triple),
    /// By index in `MODELS`; the last is for records without a model.
    models: Vec<ModelTally>,
    first_ms: Option<i64>,
    last_ms: Option<i64>,
    undated: u64,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            totals: Totals::default(),
            ids: Ids::default(),
            faults: [0; Fault::ALL.len()],
            statuses: BTreeMap::new(),
            cases: vec![CaseTally::default(); CASES.len()],
            minutes: BTreeMap::new(),
            minute: (0, [0; 3]),
            models: vec![ModelTally::default(); MODELS.len() + 1],
            first_ms: None,
            last_ms: None,
            undated: 0,
        }
    }

    pub(super) fn malformed(&mut self, fault: Fault) {
        self.totals.lines += 1;
        self.totals.malformed += 1;
        self.faults[fault as usize] += 1;
    }

    pub(super) const fn blank(&mut self) {
        self.totals.lines += 1;
        self.totals.blank += 1;
    }

    pub(super) const fn other(&mut self) {
        self.totals.lines += 1;
        self.totals.other += 1;
    }

    /// A later part of a record that was split over lines.
    pub(super) const fn continued(&mut self) {
        self.totals.lines += 1;
        self.totals.continued += 1;
    }

    pub(super) fn request(&mut self, call: &Call) {
        let failure = call.failure();
        let throttled = failure.is_some_and(super::cases::Case::is_throttled);
        let counts = [1, u64::from(failure.is_some()), u64::from(throttled)];
        let status = call.status;
        self.totals.lines += 1;
        self.totals.requests += 1;
        self.totals.failures += counts[1];
        self.totals.throttled += counts[2];
        *self.statuses.entry(status).or_default() += 1;
        let minute = call.time_ms.map(|ms| ms.div_euclid(60_000));
        match minute {
            Some(minute) if minute == self.minute.0 => add(&mut self.minute.1, counts),
            Some(minute) => {
                let (before, counted) = std::mem::replace(&mut self.minute, (minute, counts));
                add(self.minutes.entry(before).or_default(), counted);
            }
            None => self.undated += 1,
        }
        self.first_ms = earlier(self.first_ms, call.time_ms);
        self.last_ms = self.last_ms.max(call.time_ms);
        let slot = call.model.unwrap_or(MODELS.len());
        if let Some(model) = self.models.get_mut(slot) {
            add(&mut model.counts, counts);
            let into = if failure.is_some() {
                &mut model.failure_us
            } else {
                &mut model.success_us
            };
            into.extend(call.latency_us);
        }
        if let Some(case) = call.case.and_then(|index| self.cases.get_mut(index)) {
            case.spellings[usize::from(call.alias)] += 1;
            *case.statuses.entry(status).or_default() += 1;
            case.first_ms = earlier(case.first_ms, call.time_ms);
            case.last_ms = case.last_ms.max(call.time_ms);
            if let Some(minute) = minute {
                *case.minutes.entry(minute).or_default() += 1;
            }
        }
    }

    /// The truth of all that was counted.
    pub(super) fn finish(mut self, profile: &str, seed: u64) -> Truth {
        add(
            self.minutes.entry(self.minute.0).or_default(),
            self.minute.1,
        );
        self.minutes.retain(|_, counts| counts[0] > 0);
        self.totals.successes = self.totals.requests - self.totals.failures;
        let codes = self.codes();
        let mut by_kind = BTreeMap::new();
        for (kind, count) in codes.iter().flat_map(|code| &code.kinds) {
            if kind.starts_with("throttle.") {
                *by_kind.entry(kind.clone()).or_default() += count;
            }
        }
        Truth {
            profile: profile.to_owned(),
            seed,
            totals: self.totals,
            faults: Fault::ALL
                .iter()
                .map(|f| (f.as_str().to_owned(), self.faults[*f as usize]))
                .collect(),
            time: TimeSpan {
                first: self.first_ms.map(report_time),
                last: self.last_ms.map(report_time),
                undated: self.undated,
            },
            statuses: by_status(&self.statuses),
            codes,
            timeline: Timeline {
                bucket_seconds: 60,
                buckets: self
                    .minutes
                    .iter()
                    .map(|(minute, counts)| Bucket {
                        start: report_time(minute * 60_000),
                        requests: counts[0],
                        failures: counts[1],
                        throttled: counts[2],
                    })
                    .collect(),
            },
            throttling: Throttling { by_kind },
            top_request_ids: self.ids.top(),
            failing_request_ids: self.ids.count(),
            latency_ms: Latencies {
                all: quantiles(
                    self.models
                        .iter()
                        .flat_map(|m| [&m.success_us, &m.failure_us]),
                ),
                success: quantiles(self.models.iter().map(|m| &m.success_us)),
                failure: quantiles(self.models.iter().map(|m| &m.failure_us)),
            },
            models: self.models(),
        }
    }

    fn codes(&self) -> Vec<CodeTruth> {
        let mut codes: BTreeMap<&str, CodeTruth> = BTreeMap::new();
        let mut spans: BTreeMap<&str, (Option<i64>, Option<i64>)> = BTreeMap::new();
        for (case, tally) in CASES.iter().zip(&self.cases) {
            let count: u64 = tally.spellings.iter().sum();
            if count == 0 {
                continue;
            }
            let code = codes.entry(case.code).or_default();
            case.code.clone_into(&mut code.code);
            code.count += count;
            code.throttled += if case.is_throttled() { count } else { 0 };
            *code.kinds.entry(case.kind.to_owned()).or_default() += count;
            for (spelling, count) in case.spellings.iter().zip(tally.spellings) {
                if count > 0 {
                    *code.spellings.entry((*spelling).to_owned()).or_default() += count;
                }
            }
            for (status, count) in by_status(&tally.statuses) {
                *code.statuses.entry(status).or_default() += count;
            }
            for (minute, count) in &tally.minutes {
                *code
                    .timeline
                    .entry(report_time(minute * 60_000))
                    .or_default() += count;
            }
            let span = spans.entry(case.code).or_default();
            *span = (earlier(span.0, tally.first_ms), span.1.max(tally.last_ms));
        }
        let mut codes: Vec<CodeTruth> = codes
            .into_iter()
            .map(|(name, mut code)| {
                let (first, last) = spans.get(name).copied().unwrap_or_default();
                code.first_seen = first.map(report_time);
                code.last_seen = last.map(report_time);
                code
            })
            .collect();
        codes.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
        codes
    }

    fn models(&self) -> Vec<ModelTruth> {
        let mut models: Vec<ModelTruth> = MODELS
            .iter()
            .zip(&self.models)
            .filter(|(_, tally)| tally.counts[0] > 0)
            .map(|(model, tally)| {
                let latency = quantiles([&tally.success_us, &tally.failure_us].into_iter());
                ModelTruth {
                    model: model.name.to_owned(),
                    requests: tally.counts[0],
                    failures: tally.counts[1],
                    throttled: tally.counts[2],
                    p50_ms: latency.p50,
                    p99_ms: latency.p99,
                }
            })
            .collect();
        models.sort_by(|a, b| {
            b.failures
                .cmp(&a.failures)
                .then_with(|| a.model.cmp(&b.model))
        });
        models
    }
}

fn by_status(statuses: &BTreeMap<Option<i32>, u64>) -> BTreeMap<String, u64> {
    let name = |status: &Option<i32>| status.map_or_else(|| "none".to_owned(), |s| s.to_string());
    statuses
        .iter()
        .map(|(status, count)| (name(status), *count))
        .collect()
}

/// Nearest rank: the value at position ⌈q·n⌉ of the sorted values.
fn quantiles<'a>(parts: impl Iterator<Item = &'a Vec<u32>>) -> Quantiles {
    let mut values: Vec<u32> = Vec::new();
    for part in parts {
        values.extend_from_slice(part);
    }
    let Some(&max) = values.iter().max() else {
        return Quantiles::default();
    };
    values.sort_unstable();
    let count = values.len() as u64;
    let sum_us: u64 = values.iter().map(|&us| u64::from(us)).sum();
    let ms = |us: u64| us as f64 / 1000.0;
    let at = |permille: u64| {
        let rank = (count * permille).div_ceil(1000).max(1);
        ms(values.get(rank as usize - 1).map_or(0, |&us| u64::from(us)))
    };
    Quantiles {
        count,
        sum_us,
        min: at(0),
        mean: ms((sum_us + count / 2) / count),
        p50: at(500),
        p90: at(900),
        p95: at(950),
        p99: at(990),
        p999: at(999),
        max: ms(u64::from(max)),
    }
}
