//! Realistic logs from a seed, with the exact truth about them: for fixtures,
//! tests and benchmarks, so that none needs a download or a stranger's data.
//!
//! ```text
//! Plan ─► traffic (when, which model, how it ends, who retries)
//!            └─► Call ─► shape (native, nested, hostile) ─► envelope ─► bytes
//!                   └──► Tally ─► Truth
//! ```
//! A `Call` is all that a perfect reader can know of a record. What a record
//! leaves out is taken from the call before it is written and counted, so the
//! two cannot drift apart. Bytes depend on the [`Plan`] alone.

mod bytes;
mod cases;
mod envelope;
mod failing;
mod hostile;
mod native;
mod nested;
mod rng;
mod tally;
mod traffic;
mod truth;
mod writer;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod recount;
#[cfg(test)]
mod tests;

pub use truth::{
    Bucket, CodeTruth, IdTruth, Latencies, ModelTruth, Quantiles, Throttling, TimeSpan, Timeline,
    Totals, Truth,
};

use crate::fault::Fault;
use envelope::Envelope;
use std::io::{self, Write};
use writer::Writer;

/// The kind of log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Native names, about 500 bytes a line, one call in twenty failing.
    Typical,
    /// About 150 bytes a line.
    Compact,
    /// About 4.7 KB a line: prompts in English and Chinese, raw and escaped.
    Wide,
    /// OpenAI-compatible exchanges, nested, with text for statuses and milliseconds for times.
    Openai,
    /// Typical lines in Docker's json-file envelope, long ones in parts.
    Docker,
    /// Typical lines with Kubernetes' CRI prefix, long ones in parts.
    Cri,
    /// Three calls in five failing, with every kind of error body.
    Storm,
    /// Four applications line by line, each with its order of keys, some optional.
    Mixed,
    /// The same, with the keys of every line in an order of its own.
    Shuffled,
    /// Whatever breaks parsers, terminals and reports.
    Hostile,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 10] = [
        Self::Typical,
        Self::Compact,
        Self::Wide,
        Self::Openai,
        Self::Docker,
        Self::Cri,
        Self::Storm,
        Self::Mixed,
        Self::Shuffled,
        Self::Hostile,
    ];

    /// The name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Typical => "typical",
            Self::Compact => "compact",
            Self::Wide => "wide",
            Self::Openai => "openai",
            Self::Docker => "docker",
            Self::Cri => "cri",
            Self::Storm => "storm",
            Self::Mixed => "mixed",
            Self::Shuffled => "shuffled",
            Self::Hostile => "hostile",
        }
    }

    const fn envelope(self) -> Envelope {
        match self {
            Self::Docker => Envelope::Docker,
            Self::Cri => Envelope::Cri,
            _ => Envelope::None,
        }
    }

    /// Whether asynchronous tasks, which only the native interface has, occur.
    const fn is_native(self) -> bool {
        matches!(self, Self::Typical | Self::Wide | Self::Docker | Self::Cri)
    }
}

impl std::str::FromStr for Profile {
    type Err = crate::fault::Error;

    fn from_str(name: &str) -> crate::fault::Result<Self> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.as_str() == name)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::as_str).join(", ");
                crate::fault::Error::new("no such log profile").hint(format!("one of {names}"))
            })
    }
}

/// All that a generated log depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The kind of log.
    pub profile: Profile,
    /// Lines to write. Docker and CRI logs may end a few lines later, after a record in parts.
    pub lines: u64,
    /// Any number; another one gives another log.
    pub seed: u64,
    /// Start of the first minute, in milliseconds since 1970, UTC.
    pub start_unix_ms: i64,
    /// Minutes that the log covers, at most [`crate::limits::MAX_GENERATED_MINUTES`].
    pub minutes: u32,
    /// The last line is cut short, as by a writer that still writes.
    pub torn_tail: bool,
}

impl Plan {
    /// Six hours from 2026-11-22 08:00 UTC, the last line whole.
    pub const fn new(profile: Profile, lines: u64, seed: u64) -> Self {
        Self {
            profile,
            lines,
            seed,
            start_unix_ms: 1_795_334_400_000,
            minutes: 360,
            torn_tail: false,
        }
    }
}

/// Bytes gathered before they are written out.
const FLUSH_BYTES: usize = 256 << 10;

/// Writes the log that `plan` describes to `out`, and returns what a perfect
/// reader must report about it.
///
/// # Errors
/// When `out` cannot be written to.
pub fn generate(plan: &Plan, out: &mut dyn Write) -> io::Result<Truth> {
    let mut writer = Writer::new(plan);
    let body = plan.lines.saturating_sub(u64::from(plan.torn_tail));
    if plan.profile == Profile::Hostile {
        put_bom(&mut writer.out);
    }
    while writer.tally.totals.lines < body {
        writer.line(body);
        if writer.out.len() >= FLUSH_BYTES {
            writer.flush(out)?;
        }
    }
    if plan.torn_tail && plan.lines > 0 {
        writer.torn();
        writer.tally.malformed(Fault::TornTail);
    }
    writer.flush(out)?;
    out.flush()?;
    let Writer {
        mut tally, traffic, ..
    } = writer;
    traffic.finish(&mut tally.ids);
    Ok(tally.finish(plan.profile.as_str(), plan.seed))
}

fn put_bom(out: &mut Vec<u8>) {
    out.extend_from_slice("\u{feff}".as_bytes());
}
