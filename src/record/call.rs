//! What is counted of a call, however it ended.

use super::ai_log::Told;
use super::time::TimeMs;
use super::{Facts, Raw};

/// A call, as far as it is counted whether it failed or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Call<'l> {
    /// When, in milliseconds since 1970 UTC.
    pub time_ms: Option<TimeMs>,
    /// A time was given and could not be read.
    pub bad_time: bool,
    /// How long, in microseconds.
    pub latency_us: Option<u64>,
    /// Model name.
    pub model: Option<Raw<'l>>,
    /// API key, workspace or tenant.
    pub key: Option<Raw<'l>>,
    /// Input tokens.
    pub tokens_in: Option<u64>,
    /// Output tokens.
    pub tokens_out: Option<u64>,
}

impl<'l> Call<'l> {
    /// The call of a line that stands in an envelope, whose time and model fill what it lacks.
    #[inline(always)]
    #[must_use]
    pub fn within(self, time_ms: Option<TimeMs>, model: Option<Raw<'l>>) -> Self {
        Self {
            time_ms: self.time_ms.or(time_ms),
            model: self.model.or(model),
            ..self
        }
    }

    /// The call of a line that has an `ai_log`, which fills what it lacks.
    #[inline(always)]
    #[must_use]
    pub fn filled_by(self, told: Told<'l>) -> Self {
        Self {
            model: self.model.or(told.model),
            tokens_in: self.tokens_in.or(told.tokens_in),
            tokens_out: self.tokens_out.or(told.tokens_out),
            ..self
        }
    }
}

impl<'l> From<&Facts<'l>> for Call<'l> {
    fn from(facts: &Facts<'l>) -> Self {
        Self {
            time_ms: facts.time_ms,
            bad_time: facts.bad_time,
            latency_us: facts.latency_us,
            model: facts.model,
            key: facts.key,
            tokens_in: facts.tokens_in,
            tokens_out: facts.tokens_out,
        }
    }
}
