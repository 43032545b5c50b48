//! The short way from a matched line to a counted call: for calls that plainly succeeded.
//!
//! Which of a line's values matter depends on its shape alone, so it is worked out once
//! per shape, as a `Plan`. Following it, a line is read in a few steps, or declined:
//! everything that needs judgement (a failing status, a code, a value that cannot be
//! read) goes the long way through [`super::look`] and the judge, which decide the same
//! for all that is not declined.

use super::call::Call;
use super::number::Scale;
use super::time::Clocks;
use super::verdict::is_failure;
use super::{Coded, Raw, Task, coded, is_error_level, name, number, status, task};
use crate::scan::schema::{Role, Schema};
use crate::scan::skim::{Matched, Wanted};

/// A count of tokens or the like.
#[inline(always)]
pub(super) fn count_of(line: &Matched<'_>, value: Wanted) -> Option<u64> {
    match line.short(value).whole() {
        Some(count) => Some(count),
        None => number::count(line.raw(value)),
    }
}

/// A latency in microseconds.
#[inline(always)]
pub(super) fn latency_us_of(line: &Matched<'_>, value: Wanted, scale: &Scale) -> Option<u64> {
    match scale.latency_us(line.short(value)) {
        Some(us) => Some(us),
        None => number::latency_us(line.raw(value), scale.unit_nanos),
    }
}

/// The statuses met last: most are one of two.
#[derive(Debug, Default)]
struct LastStatus {
    /// That of a success: its three digits and the byte that ended it, which no other status
    /// begins with; 0: none.
    text: u32,
    status: i16,
    /// One of no success, in the same way.
    other: u32,
}

impl LastStatus {
    /// The status of a line, if it is one of success.
    #[inline(always)]
    fn of(&mut self, line: &Matched<'_>, value: Wanted) -> Option<i16> {
        let text = u32::from_le_bytes(*line.following(value)?);
        if text == self.text {
            return Some(self.status);
        }
        if text == self.other {
            return None;
        }
        self.read(text, line.raw(value))
    }

    #[inline(never)]
    fn read(&mut self, text: u32, raw: &[u8]) -> Option<i16> {
        let status = status(raw).filter(|status| (100..400).contains(status));
        let quoted = raw
            .strip_prefix(b"\"")
            .and_then(|raw| raw.strip_suffix(b"\""));
        if quoted.unwrap_or(raw).len() == 3 {
            match status {
                Some(status) => (self.text, self.status) = (text, status),
                None => self.other = text,
            }
        }
        status
    }
}

/// What to read of lines of one shape.
#[derive(Debug, Default)]
struct Plan {
    /// The shape it is for; 0: none yet.
    shape: u32,
    /// `None`: lines of this shape always go the long way.
    status: Option<Wanted>,
    last_status: LastStatus,
    time: Option<Wanted>,
    /// What is to be added to it.
    time_nanos: Option<Wanted>,
    latency: Option<Wanted>,
    latency_scale: Scale,
    model: Option<Wanted>,
    key: Option<Wanted>,
    tokens_in: Option<Wanted>,
    tokens_out: Option<Wanted>,
    /// Codes: these must be success marks, null or empty.
    codes: Vec<Wanted>,
    /// Messages of an error body: these must be null or empty.
    empty: Vec<Wanted>,
    /// States of asynchronous tasks: none of these may say that one failed.
    tasks: Vec<Wanted>,
    /// Severities, where there are texts: an error's text may belie a good status.
    levels: Vec<Wanted>,
}

/// Takes calls off the short way. A trait and no closure: one would be compiled on its
/// own, and called for every line.
pub trait Count {
    /// Counts a call that succeeded.
    fn success(&mut self, status: i16, call: Call<'_>);
}

/// The plans of one worker.
pub struct Plans<'s> {
    schema: &'s Schema,
    by_slot: Vec<Plan>,
    /// For a line whose shape has no name.
    for_one: Plan,
    clocks: Clocks,
}

impl<'s> Plans<'s> {
    /// No plans yet.
    pub fn new(schema: &'s Schema) -> Self {
        Self {
            schema,
            by_slot: Vec::new(),
            for_one: Plan::default(),
            clocks: Clocks::default(),
        }
    }

    /// Gives status and facts of a call that plainly succeeded to `count`; `false` for
    /// all that needs a closer look.
    #[inline(always)]
    pub fn success(&mut self, line: &Matched<'_>, count: &mut impl Count) -> bool {
        self.read(line, count).is_some()
    }

    // Hands its finding on instead of returning it: kept in registers, where an
    // `Option` of all of it would be written to memory and read back at once.
    #[inline(always)]
    fn read(&mut self, line: &Matched<'_>, count: &mut impl Count) -> Option<()> {
        let slot = line.slot();
        let plan = if line.shape() == 0 {
            self.for_one.make(self.schema, line);
            &mut self.for_one
        } else {
            let shape = self.by_slot.get(slot).map_or(0, |plan| plan.shape);
            if shape != line.shape() {
                self.learn(line);
            }
            self.by_slot.get_mut(slot)?
        };
        let status = plan.last_status.of(line, plan.status?)?;
        let mut call = Call::default();
        if let Some(time) = plan.time {
            let there = line.following(time);
            let mut time_ms = match self.clocks.known(line.raw_len(time), there) {
                Some(time_ms) => time_ms,
                None => self.clocks.learn(line.raw(time))?,
            };
            if let Some(nanos) = plan.time_nanos {
                time_ms += number::millis_of_nanos(line.raw(nanos));
            }
            call.time_ms = Some(time_ms);
        }
        if let Some(latency) = plan.latency {
            call.latency_us = Some(latency_us_of(line, latency, &plan.latency_scale)?);
        }
        if let Some(model) = plan.model {
            call.model = Some(name(line.raw(model))?);
        }
        if let Some(key) = plan.key {
            call.key = Some(name(line.raw(key))?);
        }
        if let Some(tokens) = plan.tokens_in {
            call.tokens_in = Some(count_of(line, tokens)?);
        }
        if let Some(tokens) = plan.tokens_out {
            call.tokens_out = Some(count_of(line, tokens)?);
        }
        for code in &plan.codes {
            if !says_nothing(line.raw(*code)) {
                return None;
            }
        }
        for text in &plan.empty {
            if Raw(line.raw(*text)).is_full_string() {
                return None;
            }
        }
        for state in &plan.tasks {
            if task(line.raw(*state)) == Some(Task::Failed) {
                return None;
            }
        }
        for level in &plan.levels {
            if is_error_level(line.raw(*level)) {
                return None;
            }
        }
        count.success(status, call);
        Some(())
    }

    #[cold]
    fn learn(&mut self, line: &Matched<'_>) {
        if self.by_slot.len() <= line.slot() {
            self.by_slot.resize_with(line.slot() + 1, Plan::default);
        }
        if let Some(plan) = self.by_slot.get_mut(line.slot()) {
            plan.make(self.schema, line);
        }
    }
}

impl Plan {
    /// Makes this the plan for a line and all of its shape.
    fn make(&mut self, schema: &Schema, line: &Matched<'_>) {
        self.codes.clear();
        self.empty.clear();
        self.tasks.clear();
        self.levels.clear();
        *self = Self {
            shape: line.shape(),
            codes: std::mem::take(&mut self.codes),
            empty: std::mem::take(&mut self.empty),
            tasks: std::mem::take(&mut self.tasks),
            levels: std::mem::take(&mut self.levels),
            ..Self::default()
        };
        let (mut in_error, mut plain, mut texts, mut has_nanos) = (false, true, false, false);
        for value in line.wanted() {
            let (value, path) = (*value, value.path);
            // Of each role the first value counts, if it can be read; if not, `read`
            // declines.
            let role = schema.role(path);
            texts |= matches!(role, Role::Message | Role::Text);
            match role {
                Role::Status => first(&mut self.status, value),
                Role::Code => {
                    in_error |= schema.in_error_object(path);
                    self.codes.push(value);
                }
                Role::TaskState => self.tasks.push(value),
                Role::AiLog => plain = false, // tells more than is read here
                Role::Time => {
                    first(&mut self.time, value);
                    if self.time.is_some_and(|time| time.path == path) {
                        has_nanos = schema.has_nanos(path);
                    }
                }
                Role::TimeNanos => first(&mut self.time_nanos, value),
                Role::Latency => {
                    first(&mut self.latency, value);
                    if self.latency.is_some_and(|latency| latency.path == path) {
                        self.latency_scale = Scale::new(schema.unit_nanos(path));
                    }
                }
                Role::Model => first(&mut self.model, value),
                Role::Key => first(&mut self.key, value),
                Role::TokensIn => first(&mut self.tokens_in, value),
                Role::TokensOut => first(&mut self.tokens_out, value),
                Role::Message if schema.in_error_object(path) => self.empty.push(value),
                Role::Level => self.levels.push(value),
                // Ids are kept of failures only; envelopes have no status of their own.
                Role::Message
                | Role::BodyId
                | Role::RequestId
                | Role::Attempt
                | Role::Trace
                | Role::Text
                | Role::Host
                | Role::ApiEvent
                | Role::Stream
                | Role::Batch => {}
            }
        }
        if !has_nanos {
            self.time_nanos = None;
        }
        if !in_error {
            self.empty.clear();
        }
        if !texts {
            self.levels.clear();
        }
        if !plain {
            self.status = None;
        }
    }
}

/// Keeps the value of the path that comes first.
fn first(slot: &mut Option<Wanted>, value: Wanted) {
    if slot.is_none_or(|known| value.path < known.path) {
        *slot = Some(value);
    }
}

/// Whether a value where a code belongs neither names one nor is the status of a failure.
#[inline]
fn says_nothing(raw: &[u8]) -> bool {
    raw == b"null"
        || raw == b"\"\""
        || match coded(raw) {
            Coded::Nothing => true,
            Coded::Status => !status(raw).is_some_and(is_failure),
            Coded::Code => false,
        }
}
