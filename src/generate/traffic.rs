//! When calls happen and how they end: a rate curve by the minute, throttling
//! bursts, and clients that retry with the same request id.

use super::Plan;
use super::cases::{
    BURST, CASES, Case, FIRST_HOSTILE_MODEL, MODELS, Model, RATE, TOKENS, by_weight,
};
use super::failing::{FailingId, Ids};
use super::rng::Rng;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// An asynchronous task's state, for calls that start or poll one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    None,
    Running,
    Succeeded,
    Failed,
}

/// One API call as a perfect reader of its record would know it. A shape may
/// drop what a record need not have *before* writing it, never while writing.
pub(super) struct Call {
    /// When the line is written; an envelope's time.
    pub(super) now_ms: i64,
    /// The record's own time.
    pub(super) time_ms: Option<i64>,
    /// Index in [`MODELS`].
    pub(super) model: Option<usize>,
    pub(super) status: Option<i32>,
    /// Index in [`CASES`]; `None` is a success.
    pub(super) case: Option<usize>,
    /// Which of the case's spellings the record uses.
    pub(super) alias: bool,
    pub(super) task: Task,
    pub(super) id: Option<u128>,
    pub(super) latency_us: Option<u32>,
    pub(super) tokens_in: u32,
    pub(super) tokens_out: u32,
    pub(super) attempt: u8,
    retries: Option<Box<Retries>>,
}

impl Call {
    pub(super) fn failure(&self) -> Option<&'static Case> {
        self.case.and_then(|index| CASES.get(index))
    }

    pub(super) fn spelling(&self) -> &'static str {
        self.failure()
            .map_or("", |case| case.spellings[usize::from(self.alias)])
    }

    pub(super) fn model(&self) -> Option<&'static Model> {
        self.model.and_then(|index| MODELS.get(index))
    }

    /// Rounds the latency down to what the shape can express.
    pub(super) fn quantise(&mut self, step_us: u32) {
        self.latency_us = self.latency_us.map(|us| us - us % step_us);
    }

    /// Optional parts may be dropped only from calls that no retry depends on.
    pub(super) const fn is_single(&self) -> bool {
        self.retries.is_none()
    }
}

/// A client that repeats a failing call under one request id.
struct Retries {
    due_ms: i64,
    sequence: u64,
    failures_left: u8,
    recovers: bool,
    case: usize,
    model: usize,
    attempt: u8,
    seen: FailingId,
}

impl PartialEq for Retries {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Retries {}
impl PartialOrd for Retries {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Retries {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.due_ms, self.sequence).cmp(&(other.due_ms, other.sequence))
    }
}

/// Minutes in which one model's calls are throttled.
#[derive(Clone, Copy)]
struct Burst {
    model: usize,
    case: usize,
    percent: u32,
}

struct Minute {
    /// The first line that no longer belongs to this minute.
    end_line: u64,
    burst: Option<Burst>,
}

/// Latest a record may be written after its own time, so that a retry (at least
/// a second later) never carries an earlier time than what it repeats.
const MAX_WRITE_DELAY_MS: u32 = 900;

pub(super) struct Traffic {
    pub(super) rng: Rng,
    start_ms: i64,
    first_ms: i64,
    minutes: Vec<Minute>,
    minute: usize,
    minute_start_line: u64,
    now_ms: i64,
    waiting: BinaryHeap<Reverse<Box<Retries>>>,
    sequence: u64,
    base_failures_permille: u32,
    case_weights: u32,
    model_weights: u32,
    hostile: bool,
    /// Some calls start or poll asynchronous tasks.
    tasks: bool,
}

impl Traffic {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut rng = Rng::new(plan.seed);
        let storm = plan.profile == super::Profile::Storm;
        let minutes = schedule(plan, storm, &mut rng);
        let mut traffic = Self {
            rng,
            start_ms: plan.start_unix_ms,
            first_ms: plan.start_unix_ms,
            minutes,
            minute: 0,
            minute_start_line: 0,
            now_ms: plan.start_unix_ms,
            waiting: BinaryHeap::new(),
            sequence: 0,
            base_failures_permille: if storm { 600 } else { 26 },
            case_weights: CASES.iter().map(|case| case.weight).sum(),
            model_weights: MODELS.iter().map(|model| model.weight).sum(),
            hostile: plan.profile == super::Profile::Hostile,
            tasks: plan.profile.is_native(),
        };
        traffic.advance(0);
        traffic.first_ms = traffic.now_ms;
        traffic
    }

    /// Moves the clock to when `line` is written. Lines beyond the plan stay in its last minute.
    pub(super) fn advance(&mut self, line: u64) {
        while self.minute + 1 < self.minutes.len()
            && self
                .minutes
                .get(self.minute)
                .is_some_and(|minute| line >= minute.end_line)
        {
            self.minute_start_line = self.minutes[self.minute].end_line;
            self.minute += 1;
        }
        let end_line = self
            .minutes
            .get(self.minute)
            .map_or(0, |minute| minute.end_line);
        let lines = end_line.saturating_sub(self.minute_start_line).max(1);
        let within = line.saturating_sub(self.minute_start_line).min(lines - 1);
        let into_minute = u128::from(within) * 60_000 / u128::from(lines);
        self.now_ms = self.start_ms + self.minute as i64 * 60_000 + into_minute as i64;
    }

    pub(super) const fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// The next call: a retry that is due, or a new one.
    pub(super) fn next_call(&mut self) -> Call {
        if self
            .waiting
            .peek()
            .is_some_and(|Reverse(next)| next.due_ms <= self.now_ms)
            && let Some(Reverse(retries)) = self.waiting.pop()
        {
            let case = (retries.failures_left > 0).then_some(retries.case);
            let mut call = self.call(retries.model, case, false);
            call.id = Some(retries.seen.id);
            call.attempt = retries.attempt;
            call.retries = Some(retries);
            return call;
        }
        let mut model = by_weight(
            MODELS.iter().map(|m| m.weight),
            self.rng.below(self.model_weights),
        );
        let burst = self
            .minutes
            .get(self.minute)
            .and_then(|minute| minute.burst);
        let case = match burst {
            Some(burst) if burst.model == model && self.rng.below(100) < burst.percent => {
                Some(burst.case)
            }
            _ if self.rng.below(1000) < self.base_failures_permille => {
                let ticket = self.rng.below(self.case_weights);
                Some(by_weight(CASES.iter().map(|case| case.weight), ticket))
            }
            _ => None,
        };
        if self.hostile && self.rng.one_in(6) {
            let extra = (MODELS.len() - FIRST_HOSTILE_MODEL) as u32;
            model = FIRST_HOSTILE_MODEL + self.rng.below(extra) as usize;
        }
        self.call(model, case, self.tasks)
    }

    /// A call that only lends its words to a line that will not be readable.
    pub(super) fn phantom(&mut self) -> Call {
        let case = self.rng.one_in(4).then_some(TOKENS);
        self.call(0, case, false)
    }

    fn call(&mut self, model: usize, case: Option<usize>, tasks: bool) -> Call {
        let failure = case.and_then(|index| CASES.get(index));
        let base_us = MODELS.get(model).map_or(1000, |m| m.base_us);
        let latency_us = match failure {
            Some(case) if case.kind == "timeout" => 300_000_000 + self.rng.below(900_000),
            Some(case) if case.status < 500 => 8_000 + self.rng.below(150_000),
            _ => {
                // A tail that halves: one call in 32 takes five times as long, one in 512 nine times.
                let doublings = (self.rng.next() | 1 << 55).leading_zeros();
                base_us / 2 + self.rng.below(base_us) * (1 + doublings) + base_us / 4 * doublings
            }
        };
        let delay = i64::from(self.rng.below(MAX_WRITE_DELAY_MS + 1));
        let asynchronous = self.rng.below(100);
        // A task's failure is a body of its own; only cases with a code have one.
        let task = match failure {
            _ if !tasks => Task::None,
            Some(case) if asynchronous < 3 && !case.spellings[0].is_empty() => Task::Failed,
            None if asynchronous == 0 => Task::Running,
            None if asynchronous == 1 => Task::Succeeded,
            _ => Task::None,
        };
        Call {
            now_ms: self.now_ms,
            time_ms: Some((self.now_ms - delay).max(self.first_ms)),
            model: Some(model),
            // A failed task is reported by a poll that succeeded.
            status: Some(
                failure
                    .filter(|_| task == Task::None)
                    .map_or(200, |case| case.status),
            ),
            case,
            alias: false,
            task,
            id: Some(self.rng.uuid()),
            latency_us: Some(latency_us),
            tokens_in: 20 + self.rng.below(4000),
            tokens_out: 1 + self.rng.below(1500),
            attempt: 1,
            retries: None,
        }
    }

    /// Books the call's id, and decides whether its client tries again.
    pub(super) fn settle(&mut self, call: Call, ids: &mut Ids) {
        let Some(id) = call.id else { return };
        let Some(case_index) = call.case else {
            if let Some(mut retries) = call.retries {
                retries.seen.recovered = true;
                ids.offer(retries.seen);
            }
            return;
        };
        let Some(case) = CASES.get(case_index) else {
            return;
        };
        let retries = if let Some(mut retries) = call.retries {
            retries.failures_left = retries.failures_left.saturating_sub(1);
            retries.attempt = retries.attempt.saturating_add(1);
            retries.seen.fail(case.code, call.time_ms);
            if retries.failures_left == 0 && !retries.recovers {
                ids.offer(retries.seen);
                return;
            }
            retries
        } else {
            let mut seen = FailingId::new(id);
            seen.fail(case.code, call.time_ms);
            let chance = if case.is_throttled() { 4 } else { 20 };
            let retries = call.time_ms.is_some() && self.rng.one_in(chance);
            let Some(model) = call.model.filter(|_| retries && call.task == Task::None) else {
                ids.offer(seen);
                return;
            };
            // Mostly one to three more failures; one client in fifty hammers on.
            let failures_left = if self.rng.one_in(50) {
                8 + self.rng.below(42) as u8
            } else {
                (self.rng.next() | 1 << 58).leading_zeros() as u8
            };
            let recovers = failures_left == 0 || !self.rng.one_in(3);
            Box::new(Retries {
                due_ms: 0,
                sequence: 0,
                failures_left,
                recovers,
                case: case_index,
                model,
                attempt: 2,
                seen,
            })
        };
        let mut retries = retries;
        let backoff_ms = 1000 << u32::from(retries.attempt).min(4);
        retries.due_ms =
            call.now_ms + i64::from(MAX_WRITE_DELAY_MS + 100 + self.rng.below(backoff_ms));
        self.sequence += 1;
        retries.sequence = self.sequence;
        self.waiting.push(Reverse(retries));
    }

    /// Books the ids whose clients were still waiting when the log ended.
    pub(super) fn finish(self, ids: &mut Ids) {
        for Reverse(retries) in self.waiting {
            ids.offer(retries.seen);
        }
    }
}

/// Shares the plan's lines out over its minutes, and lays bursts into some of them.
fn schedule(plan: &Plan, storm: bool, rng: &mut Rng) -> Vec<Minute> {
    let count = plan.minutes.clamp(1, crate::limits::MAX_GENERATED_MINUTES) as usize;
    let mut bursts: Vec<Option<Burst>> = vec![None; count];
    let every = if storm { 12 } else { 30 };
    let mut at = rng.below(every.min(plan.minutes.max(1))) as usize;
    while at < count {
        let burst = Burst {
            // The models with most of the traffic are those that run into limits.
            model: rng.below(3) as usize,
            case: rng.pick(&[RATE, RATE, TOKENS, BURST]),
            percent: 25 + rng.below(60),
        };
        let end = at + 1 + rng.below(7) as usize;
        for slot in bursts.iter_mut().take(end).skip(at) {
            *slot = Some(burst);
        }
        at = end + every as usize / 2 + rng.below(every) as usize;
    }
    let weights: Vec<u64> = bursts
        .iter()
        .enumerate()
        .map(|(minute, burst)| {
            // Two hours up, two hours down, with noise; a burst brings more calls.
            let phase = minute as u64 % 240;
            let tide = 400 + 5 * phase.min(240 - phase);
            (tide + u64::from(rng.below(150))) * if burst.is_some() { 14 } else { 10 }
        })
        .collect();
    let total: u128 = weights
        .iter()
        .map(|&weight| u128::from(weight))
        .sum::<u128>()
        .max(1);
    let mut so_far = 0_u128;
    bursts
        .into_iter()
        .zip(weights)
        .map(|(burst, weight)| {
            so_far += u128::from(weight);
            Minute {
                end_line: (u128::from(plan.lines) * so_far / total) as u64,
                burst,
            }
        })
        .collect()
}
