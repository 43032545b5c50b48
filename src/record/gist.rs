//! The gist of a line of a known shape: what the judge and the counts need of it.
//!
//! For lines that are no plain successes. As for those ([`super::brief`]), which values
//! matter depends on the shape alone and is worked out once, as a `Plan`: then nothing
//! is looked up value by value, no hits are made, and the line need not leave the loop it
//! was matched in. What is read is what [`super::look`] reads.

use super::brief::Call;
use super::time::Clocks;
use super::verdict::{Grounds, Likeness, OwnIds, Signs, Spans, is_failure};
use super::{Coded, Raw, coded, is_error_level, is_param, name, number, status};
use crate::line::may_be_object;
use crate::scan::Hit;
use crate::scan::schema::{Role, Schema};
use crate::scan::skim::{Matched, Wanted};

/// What a line says.
pub struct Gist<'g> {
    /// What is counted.
    pub call: Call<'g>,
    /// Its ids.
    pub ids: OwnIds<'g>,
    /// What is judged.
    pub rest: Rest<'g>,
}

/// A line that is read as far as it must be.
pub struct Rest<'g> {
    plan: &'g Plan,
    line: &'g Matched<'g>,
    spans: &'g mut Spans,
    ids: OwnIds<'g>,
}

impl<'g> Rest<'g> {
    /// By what the line is known again.
    #[inline(always)]
    pub fn likeness(&self) -> Likeness<'g> {
        self.plan.likeness(self.line)
    }

    /// What is judged; `None` if the line may be an envelope, or is not to be read here.
    #[inline]
    pub fn grounds(self) -> Option<Grounds<'g>> {
        self.plan.grounds(self.line, self.spans, self.ids)
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

    /// What `read` makes of it; `None` if another value of the role may be the one to read.
    #[inline(always)]
    #[allow(clippy::option_option)] // no value, or not here
    fn read<T>(self, read: impl FnOnce(Wanted) -> Option<T>) -> Option<Option<T>> {
        let Some(value) = self.value else {
            return Some(None);
        };
        let read = read(value);
        (read.is_some() || !self.more).then_some(read)
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
    /// See [`super::body_id`].
    is_param: bool,
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
    latency: First,
    model: First,
    request_id: First,
    key: First,
    tokens_in: First,
    tokens_out: First,
    latency_unit_nanos: u64,
    codes: Vec<Wanted>,
    texts: Vec<Text>,
    body_ids: Vec<BodyId>,
    levels: Vec<Wanted>,
    hosts: Vec<Wanted>,
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
        let call = plan.call(line, &mut self.clocks)?;
        let ids = plan.ids(line)?;
        let rest = Rest {
            plan,
            line,
            spans: &mut self.spans,
            ids,
        };
        Some(Gist { call, ids, rest })
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
        let count = |value| {
            let whole = line.short(value).whole();
            whole.or_else(|| number::count(line.raw(value)))
        };
        let name = |value| name(line.raw(value));
        let mut bad_time = false;
        let time_ms = self.time.read(|value| {
            let raw = line.raw(value);
            let time_ms = clocks.parse(raw, line.following(value));
            bad_time = time_ms.is_none() && raw != b"null" && raw != b"\"\"";
            time_ms
        })?;
        let latency_us = self.latency.read(|value| {
            let unit_nanos = self.latency_unit_nanos;
            number::short_latency(line.short(value), unit_nanos)
                .or_else(|| number::latency_us(line.raw(value), unit_nanos))
        })?;
        Some(Call {
            time_ms,
            bad_time,
            latency_us,
            model: self.model.read(name)?,
            key: self.key.read(name)?,
            tokens_in: self.tokens_in.read(count)?,
            tokens_out: self.tokens_out.read(count)?,
        })
    }

    #[inline(always)]
    fn grounds<'g>(
        &self,
        line: &Matched<'g>,
        spans: &'g mut Spans,
        ids: OwnIds<'g>,
    ) -> Option<Grounds<'g>> {
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
        let status = own_status.or_else(|| code_as_status.and_then(status));
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
            ids,
        })
    }

    #[inline(always)]
    fn ids<'g>(&self, line: &Matched<'g>) -> Option<OwnIds<'g>> {
        let body = self.body_ids.iter().find_map(|id| {
            let raw = name(line.raw(id.value))?;
            (!id.is_param || raw.is_uuid()).then_some(raw)
        });
        let other = self.request_id.read(|value| name(line.raw(value)))?;
        Some(OwnIds { body, other })
    }

    /// All values that [`Self::grounds`] reads, but for ids.
    #[inline(always)]
    fn likeness<'g>(&self, line: &Matched<'g>) -> Likeness<'g> {
        let mut likeness = Likeness::new(if self.status.more { 0 } else { self.shape });
        let mut push = |value, is_text| {
            likeness.push(line.raw(value), is_text);
        };
        let mut failed = false;
        if let Some(value) = self.status.value {
            push(value, false);
            failed = matches!(line.raw(value), [b'4'..=b'5', b'0'..=b'9', b'0'..=b'9']);
        }
        for value in &self.codes {
            push(*value, false);
        }
        for text in &self.texts {
            push(text.value, true);
        }
        for value in &self.hosts {
            push(*value, false);
        }
        // What failed outright did so at any level.
        if !failed {
            for value in &self.levels {
                push(*value, false);
            }
        }
        likeness
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
        for value in wanted {
            let hit = Hit {
                path: value.path,
                start: 0,
                end: 0,
            };
            let role = schema.role(&hit);
            match role {
                Role::Status => plan.status.add(value),
                Role::Code => {
                    code_in_error |= schema.in_error_object(&hit);
                    plan.codes.push(value);
                }
                Role::Level => plan.levels.push(value),
                Role::Time => plan.time.add(value),
                Role::Latency => {
                    if plan.latency.value.is_none() {
                        plan.latency_unit_nanos = schema.unit_nanos(&hit);
                    }
                    plan.latency.add(value);
                }
                Role::Model => plan.model.add(value),
                Role::BodyId => plan.body_ids.push(BodyId {
                    value,
                    is_param: is_param(schema, &hit),
                }),
                Role::RequestId => plan.request_id.add(value),
                Role::Key => plan.key.add(value),
                Role::TokensIn => plan.tokens_in.add(value),
                Role::TokensOut => plan.tokens_out.add(value),
                Role::Attempt | Role::Trace => {}
                Role::Message | Role::Text => {
                    docker_log |= schema.is_docker_log(&hit);
                    plan.texts.push(Text {
                        value,
                        in_error_object: role == Role::Message
                            && code_in_error
                            && schema.in_error_object(&hit),
                        envelope: schema.is_envelope_text(&hit),
                    });
                }
                Role::Host => plan.hosts.push(value),
                // With rules of their own.
                Role::TaskState | Role::ApiEvent | Role::Batch => plan.usable = false,
                Role::Stream => stream = true,
            }
        }
        plan.usable &= !(docker_log && stream);
        plan
    }
}

#[cfg(test)]
mod tests;
