//! Docker's envelopes, read without looking at each of their values.
//!
//! Which of a line's values tell what of the record inside depends on its shape alone; it is
//! worked out once. What is read is what [`crate::record::look`] reads.

use crate::limits::MAX_ENVELOPES;
use crate::line::Stream;
use crate::line::join::Lane;
use crate::record::time::Clocks;
use crate::record::{Raw, name};
use crate::scan::schema::{Role, Schema};
use crate::scan::skim::{Matched, Wanted};

/// What an envelope tells of the record inside.
#[derive(Clone, Copy, Default)]
pub(super) struct Outer<'l> {
    pub time_ms: Option<i64>,
    pub model: Option<Raw<'l>>,
    pub envelopes: u32,
}

/// What to read of envelopes, by one worker.
pub(super) struct Wrappers<'s> {
    schema: &'s Schema,
    /// The latest last.
    plans: Vec<Plan>,
    /// Of their own: the times inside are written in another way.
    clocks: Clocks,
}

/// What to read of lines of one shape. Lists are in order of precedence.
#[derive(Default)]
struct Plan {
    /// The shape it is for.
    shape: u32,
    /// `None`: not to be read here.
    stream: Option<Wanted>,
    times: Vec<Wanted>,
    models: Vec<Wanted>,
}

impl<'s> Wrappers<'s> {
    pub fn new(schema: &'s Schema) -> Self {
        Self {
            schema,
            plans: Vec::new(),
            clocks: Clocks::default(),
        }
    }

    /// The lane of a line, and what it tells of the record inside; `None` if it may be no line
    /// of Docker's.
    #[inline(always)]
    pub fn docker<'l>(&mut self, line: &Matched<'l>) -> Option<(Lane, Outer<'l>)> {
        let of_shape = |plan: &Plan| plan.shape == line.shape();
        let number = match self.plans.iter().position(of_shape) {
            Some(number) => number,
            None => self.learn(&line.clone()),
        };
        let plan = self.plans.get(number)?;
        let stream = Stream::of(line.inner(plan.stream?))?;
        let clocks = &mut self.clocks;
        let outer = Outer {
            time_ms: (plan.times.iter())
                .find_map(|time| clocks.parse(line.raw(*time), line.following(*time))),
            model: (plan.models.iter()).find_map(|model| name(line.raw(*model))),
            envelopes: 1,
        };
        let lane = Lane {
            docker: true,
            stream,
        };
        Some((lane, outer))
    }

    /// Makes the plan for a line's shape; gives its number.
    #[cold]
    fn learn(&mut self, line: &Matched<'_>) -> usize {
        if self.plans.len() == MAX_ENVELOPES {
            self.plans.remove(0);
        }
        self.plans.push(Plan::new(self.schema, line));
        self.plans.len() - 1
    }
}

impl Plan {
    /// The plan for a line and all of its shape.
    fn new(schema: &Schema, line: &Matched<'_>) -> Self {
        let mut plan = Self {
            shape: line.shape(),
            ..Self::default()
        };
        let mut wanted = line.wanted().to_vec();
        // Ascending paths are ascending roles, and within a role in order of precedence.
        wanted.sort_unstable_by_key(|value| value.path);
        let mut text = None;
        let mut usable = true;
        for value in wanted {
            let path = value.path;
            if value.string && text.is_none() && schema.is_envelope_text(path) {
                text = Some(path);
            }
            match schema.role(path) {
                // It may be a record itself.
                Role::Status | Role::Code => usable = false,
                Role::Stream if value.string => plan.stream = Some(value),
                Role::Time => plan.times.push(value),
                Role::Model => plan.models.push(value),
                _ => {}
            }
        }
        if !usable || !text.is_some_and(|path| schema.is_docker_log(path)) {
            plan.stream = None;
        }
        plan
    }
}
