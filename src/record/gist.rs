//! The gist of a line of a known shape: what the judge and the counts need of it.
//!
//! For lines that are no plain successes. As for those ([`super::brief`]), which values
//! matter depends on the shape alone and is worked out once, as a `Plan`: then nothing
//! is looked up value by value, no hits are made, and the line need not leave the loop it
//! was matched in. What is read is what [`super::look`] reads.

use super::ai_log::Told;
use super::brief::{count_of, latency_us_of};
use super::call::Call;
use super::number::{self, Scale};
use super::request_id::RequestId;
use super::time::{Clocks, TimeMs};
use super::verdict::{Grounds, Judge, Line, Marks, OwnIds, RequestIds, Signs, Spans, is_failure};
use super::{Coded, IdForm, Raw, coded, is_error_level, name, status};
use crate::line::may_be_object;
use crate::scan::schema::{Role, Schema};
use crate::scan::skim::{Matched, Wanted};

/// What a line says, read as far as one asks.
pub struct Gist<'g> {
    /// Of the envelope that it stands in; counts where it has no time of its own.
    pub outer_time_ms: Option<TimeMs>,
    /// The same of its model.
    pub outer_model: Option<Raw<'g>>,
    plan: &'g Plan,
    line: &'g Matched<'g>,
    clocks: &'g mut Clocks,
    spans: &'g mut Spans,
}

impl<'g> Gist<'g> {
    /// What is counted; `None` if the line is not to be read here.
    #[inline(always)]
    pub fn call(&mut self) -> Option<Call<'g>> {
        let call = self.plan.call(self.line, self.clocks)?;
        Some(call.within(self.outer_time_ms, self.outer_model))
    }

    /// Its verdict; `None` if it may be an envelope, or is not to be read here.
    #[inline(always)]
    pub fn judged_by<'j>(&mut self, judge: &'j mut Judge<'_>) -> Option<Line<'j>> {
        let (plan, line) = (self.plan, self.line);
        if plan.is_chatter(line) {
            return Some(Line::Other { batched: false });
        }
        let ids = &LineIds { plan, line };
        let spans = &mut *self.spans;
        judge.weigh(plan.marks.of(line), ids, || plan.grounds(line, spans))
    }
}

/// The request ids of a line.
#[derive(Clone, Copy)]
struct LineIds<'g> {
    plan: &'g Plan,
    line: &'g Matched<'g>,
}

impl RequestIds for LineIds<'_> {
    #[inline(always)]
    fn body(&self) -> Option<RequestId> {
        if self.plan.body_ids.is_empty() {
            return None;
        }
        self.plan.body_id(self.line).map(RequestId::of_raw)
    }

    #[inline(always)]
    fn other(&self) -> Option<RequestId> {
        self.plan.other_id(self.line).map(RequestId::of_raw)
    }
}

/// The value of a role that has one in a shape; where it has more, the first usable counts.
#[derive(Clone, Copy, Debug, Default)]
struct First {
    value: Option<Wanted>,
    /// There are more.
    more: bool,
}

impl First {
    fn add(&mut self, value: Wanted) {
        self.more = self.value.is_some();
        self.value = self.value.or(Some(value));
    }

    /// Whether another value of the role may be the one to read, this being read or not.
    #[inline(always)]
    fn declines<T: Copy>(self, read: Option<T>) -> bool {
        self.more && read.is_none()
    }

    /// What `read` makes of it; `None` if another value of the role may be the one to read.
    #[inline(always)]
    #[allow(clippy::option_option)] // no value, or not here
    fn read<T: Copy>(self, read: impl FnOnce(Wanted) -> Option<T>) -> Option<Option<T>> {
        let read = match self.value {
            Some(value) => read(value),
            None => None,
        };
        if self.declines(read) {
            return None;
        }
        Some(read)
    }
}

/// A message or another text.
#[derive(Clone, Copy, Debug)]
struct Text {
    value: Wanted,
    /// A message in an object called `error` that has a code too.
    in_error_object: bool,
    /// It may be the string in which a collector keeps a whole record.
    envelope: bool,
}

/// An id in an error body.
#[derive(Clone, Copy, Debug)]
struct BodyId {
    value: Wanted,
    form: IdForm,
}

/// What to read of lines of one shape. Lists are in order of precedence.
#[derive(Debug, Default)]
struct Plan {
    /// The shape it is for; 0: none yet.
    shape: u32,
    /// Whether lines of this shape are read here at all.
    usable: bool,
    status: First,
    time: First,
    time_nanos: Option<Wanted>,
    latency: First,
    model: First,
    request_ids: Vec<Wanted>,
    key: First,
    tokens_in: First,
    tokens_out: First,
    ai_log: Option<Wanted>,
    latency_scale: Scale,
    codes: Vec<Wanted>,
    texts: Vec<Text>,
    body_ids: Vec<BodyId>,
    levels: Vec<Wanted>,
    hosts: Vec<Wanted>,
    /// Values may make it a request line, whatever its severity.
    speaks: bool,
    marks: Marks,
}

/// The plans of one worker.
pub struct Gists<'s> {
    schema: &'s Schema,
    by_slot: Vec<Plan>,
    clocks: Clocks,
    spans: Spans,
}

impl<'s> Gists<'s> {
    /// No plans yet.
    pub fn new(schema: &'s Schema) -> Self {
        Self {
            schema,
            by_slot: Vec::new(),
            clocks: Clocks::default(),
            spans: Spans::default(),
        }
    }

    /// The gist of a line; `None` for those that are not read here.
    #[inline(always)]
    pub fn of<'g>(&'g mut self, line: &'g Matched<'g>) -> Option<Gist<'g>> {
        if self.by_slot.get(line.slot()).map_or(0, |plan| plan.shape) != line.shape() {
            self.learn(line);
        }
        let plan = self.by_slot.get(line.slot())?;
        if !plan.usable {
            return None;
        }
        Some(Gist {
            outer_time_ms: None,
            outer_model: None,
            plan,
            line,
            clocks: &mut self.clocks,
            spans: &mut self.spans,
        })
    }

    #[cold]
    fn learn(&mut self, line: &Matched<'_>) {
        if self.by_slot.len() <= line.slot() {
            self.by_slot.resize_with(line.slot() + 1, Plan::default);
        }
        if let Some(plan) = self.by_slot.get_mut(line.slot()) {
            *plan = Plan::new(self.schema, line);
        }
    }
}

impl Plan {
    #[inline(always)]
    fn call<'g>(&self, line: &Matched<'g>, clocks: &mut Clocks) -> Option<Call<'g>> {
        let name = |value| name(line.raw(value));
        let (mut time_ms, mut bad_time) = (None, false);
        if let Some(value) = self.time.value {
            let there = line.following(value);
            time_ms = clocks.parse(line.raw(value), there);
            if time_ms.is_none() {
                if self.time.more {
                    return None;
                }
                bad_time = !matches!(line.raw(value), b"null" | b"\"\"");
            }
            let nanos = self.time_nanos.map(|nanos| line.raw(nanos));
            time_ms = time_ms.map(|ms| ms + nanos.map_or(0, number::millis_of_nanos));
        }
        let mut latency_us = None;
        if let Some(value) = self.latency.value {
            latency_us = latency_us_of(line, value, &self.latency_scale);
            if self.latency.declines(latency_us) {
                return None;
            }
        }
        let call = Call {
            time_ms,
            bad_time,
            latency_us,
            model: self.model.read(name)?,
            key: self.key.read(name)?,
            tokens_in: self.tokens_in.read(|value| count_of(line, value))?,
            tokens_out: self.tokens_out.read(|value| count_of(line, value))?,
        };
        Some(match self.ai_log {
            Some(text) => call.filled_by(Told::of(line.raw(text))),
            None => call,
        })
    }

    /// Whether a line plainly is no request line: neither shape nor severity speak of one, nor
    /// may it be an envelope. If it is not plain, [`Self::grounds`] tell.
    #[inline(always)]
    fn is_chatter(&self, line: &Matched<'_>) -> bool {
        let may_be_envelope = |text: &Text| text.envelope && may_be_object(line.inner(text.value));
        !self.speaks
            && !self
                .levels
                .iter()
                .any(|level| is_error_level(line.raw(*level)))
            && !self.texts.iter().any(may_be_envelope)
    }

    #[inline(never)]
    fn grounds<'g>(&self, line: &Matched<'g>, spans: &'g mut Spans) -> Option<Grounds<'g>> {
        spans.clear();
        let (mut has_code, mut code_as_status) = (false, None);
        for value in &self.codes {
            spans.codes.push(line.span(*value).into());
            let raw = line.raw(*value);
            if !has_code {
                match coded(raw) {
                    Coded::Nothing => {}
                    Coded::Status => code_as_status = code_as_status.or(Some(raw)),
                    Coded::Code => has_code = true,
                }
            }
        }
        let (mut error_body, mut envelope) = (false, false);
        for text in &self.texts {
            let raw = line.raw(text.value);
            if Raw(raw).is_full_string() {
                spans.texts.push(line.span(text.value).into());
                error_body |= text.in_error_object;
                envelope |= text.envelope && may_be_object(raw.get(1..raw.len() - 1)?);
            }
        }
        for value in &self.hosts {
            spans.hosts.push(line.span(*value).into());
        }
        let own_status = self.status.read(|value| status(line.raw(value)))?;
        if envelope && own_status.is_none() && !has_code && code_as_status.is_none() {
            return None;
        }
        let status = Signs::status(own_status, code_as_status);
        let failed_outright = has_code || status.is_some_and(is_failure);
        let signs = Signs {
            status,
            failed_outright,
            request: failed_outright || status.is_some(),
            error_body,
        };
        let levels = || self.levels.iter().map(|value| line.raw(*value));
        Some(Grounds {
            text: line.text(),
            spans,
            signs,
            error_level: !failed_outright && levels().any(is_error_level),
            ids: OwnIds {
                body: self.body_id(line),
                other: self.other_id(line),
            },
        })
    }

    #[inline(always)]
    fn body_id<'g>(&self, line: &Matched<'g>) -> Option<Raw<'g>> {
        self.body_ids
            .iter()
            .find_map(|id| id.form.id(line.raw(id.value)))
    }

    #[inline(always)]
    fn other_id<'g>(&self, line: &Matched<'g>) -> Option<Raw<'g>> {
        let mut ids = self.request_ids.iter();
        ids.find_map(|value| name(line.raw(*value)))
    }

    /// All values that [`Self::grounds`] reads, but for ids.
    fn marks(&self) -> Marks {
        let shape = if self.status.more { 0 } else { self.shape };
        let mut marks = Marks::new(shape, self.status.value);
        marks.add_codes(self.codes.iter().copied());
        marks.add_texts(self.texts.iter().map(|text| text.value));
        marks.add_hosts(self.hosts.iter().copied());
        marks.add_severities(self.levels.iter().copied());
        marks
    }

    /// The plan for a line and all of its shape.
    fn new(schema: &Schema, line: &Matched<'_>) -> Self {
        let mut plan = Self {
            shape: line.shape(),
            usable: line.shape() != 0,
            ..Self::default()
        };
        let mut wanted = line.wanted().to_vec();
        // Ascending paths are ascending roles, and within a role in order of precedence.
        wanted.sort_unstable_by_key(|value| value.path);
        let (mut code_in_error, mut docker_log, mut stream) = (false, false, false);
        let mut has_nanos = false;
        for value in wanted {
            let path = value.path;
            let role = schema.role(path);
            match role {
                Role::Status => plan.status.add(value),
                Role::Code => {
                    code_in_error |= schema.in_error_object(path);
                    plan.codes.push(value);
                }
                Role::Level => plan.levels.push(value),
                Role::Time => {
                    has_nanos |= plan.time.value.is_none() && schema.has_nanos(path);
                    plan.time.add(value);
                }
                Role::TimeNanos if has_nanos && plan.time_nanos.is_none() => {
                    plan.time_nanos = Some(value);
                }
                Role::Latency => {
                    if plan.latency.value.is_none() {
                        plan.latency_scale = Scale::new(schema.unit_nanos(path));
                    }
                    plan.latency.add(value);
                }
                Role::Model => plan.model.add(value),
                Role::BodyId => plan.body_ids.push(BodyId {
                    value,
                    form: IdForm::of(schema, path),
                }),
                Role::RequestId => plan.request_ids.push(value),
                Role::Key => plan.key.add(value),
                Role::TokensIn => plan.tokens_in.add(value),
                Role::TokensOut => plan.tokens_out.add(value),
                Role::AiLog => plan.ai_log = plan.ai_log.or(Some(value)),
                Role::TimeNanos | Role::Attempt | Role::Trace => {}
                Role::Message | Role::Text => {
                    docker_log |= schema.is_docker_log(path);
                    plan.texts.push(Text {
                        value,
                        in_error_object: role == Role::Message
                            && code_in_error
                            && schema.in_error_object(path),
                        envelope: schema.is_envelope_text(path),
                    });
                }
                Role::Host => plan.hosts.push(value),
                // With rules of their own.
                Role::TaskState | Role::ApiEvent | Role::Batch => plan.usable = false,
                Role::Stream => stream = true,
            }
        }
        plan.usable &= !(docker_log && stream);
        let in_error = plan.texts.iter().any(|text| text.in_error_object);
        plan.speaks = plan.status.value.is_some() || !plan.codes.is_empty() || in_error;
        plan.marks = plan.marks();
        plan
    }
}

#[cfg(test)]
mod tests;
