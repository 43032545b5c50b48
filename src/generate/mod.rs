//! Realistic logs from a seed, with the exact truth about them: for fixtures,
//! tests and benchmarks, so that none needs a download or a stranger's data.
//!
//! ```text
//! Plan ─► traffic (when, which model, how it ends, who retries)
//!            └─► Call ─► shape (native, nested, hostile) ─► envelope ─► bytes
//!                   └──► Tally ─► Truth
//! ```
//! A [`Call`] is all that a perfect reader can know of a record. What a record
//! leaves out is taken from the call before it is written and counted, so the
//! two cannot drift apart. Bytes depend on the [`Plan`] alone.

mod bytes;
mod cases;
mod envelope;
mod hostile;
mod native;
mod nested;
mod rng;
mod traffic;
mod truth;

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
use hostile::Verdict;
use nested::Logger;
use std::io::{self, Write};
use traffic::{Call, Traffic};
use truth::Tally;

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
    /// Four applications line by line, keys in any order.
    Mixed,
    /// Whatever breaks parsers, terminals and reports.
    Hostile,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 9] = [
        Self::Typical,
        Self::Compact,
        Self::Wide,
        Self::Openai,
        Self::Docker,
        Self::Cri,
        Self::Storm,
        Self::Mixed,
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
    /// Minutes that the log covers.
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

/// A log on its way out.
struct Writer {
    profile: Profile,
    traffic: Traffic,
    tally: Tally,
    out: Vec<u8>,
    record: Vec<u8>,
    scratch: Vec<u8>,
    /// Lines in 10,000 that get each kind of trouble: few in a long log, some in a short one.
    rare: u32,
}

impl Writer {
    fn new(plan: &Plan) -> Self {
        Self {
            profile: plan.profile,
            traffic: Traffic::new(plan),
            tally: Tally::new(),
            out: Vec::with_capacity(FLUSH_BYTES * 2),
            record: Vec::new(),
            scratch: Vec::new(),
            rare: (30_000 / plan.lines.max(1)).clamp(3, 150) as u32,
        }
    }

    fn flush(&mut self, to: &mut dyn Write) -> io::Result<()> {
        to.write_all(&self.out)?;
        self.tally.totals.bytes += self.out.len() as u64;
        self.out.clear();
        Ok(())
    }

    /// One line, or the several of one split record; `body` is where the log ends.
    fn line(&mut self, body: u64) {
        let number = self.tally.totals.lines;
        self.traffic.advance(number);
        // First and last lines are plain calls, so that the log's span is that of its calls.
        if number == 0 || number + 1 >= body {
            return self.call(true);
        }
        let ticket = self.traffic.rng.below(10_000);
        let rare = self.rare;
        if ticket < rare {
            self.blank();
        } else if ticket < 2 * rare {
            self.torn();
            self.out.push(b'\n');
            self.tally.malformed(Fault::BadJson);
        } else if ticket < 3 * rare && self.profile != Profile::Cri {
            self.two_writers(number + 2 < body);
        } else if ticket < 3 * rare + 300 {
            self.chatter();
        } else if self.profile == Profile::Hostile && ticket >= 6000 {
            self.hostile_line();
        } else {
            self.call(false);
        }
    }

    fn blank(&mut self) {
        let blanks: [&[u8]; 4] = [b"\n", b"   \n", b"\t\n", b"\r\n"];
        self.out.extend_from_slice(self.traffic.rng.pick(&blanks));
        self.tally.blank();
    }

    fn chatter(&mut self) {
        let (now_ms, rng) = (self.traffic.now_ms(), &mut self.traffic.rng);
        let envelope = self.profile.envelope();
        if envelope != Envelope::None && rng.one_in(2) {
            envelope.plain(&mut self.out, now_ms, rng);
        } else {
            self.record.clear();
            native::chatter(&mut self.record, now_ms, rng);
            // One part: chatter is short.
            envelope.wrap(&mut self.out, &self.record, now_ms, &mut self.tally, rng);
        }
        self.tally.other();
    }

    /// The beginning of a line whose writer died, without `\n`.
    fn torn(&mut self) {
        let start = self.out.len();
        self.phantom();
        let whole = self.out.len() - start;
        // CRI: within the prefix, for behind it a torn text is plain text and no fault;
        // and beyond the year, which alone would be a JSON number.
        let (least, most) = if self.profile == Profile::Cri {
            (6, 24)
        } else {
            (1, whole - 1)
        };
        let kept = least + self.traffic.rng.below((most - least) as u32) as usize;
        self.out.truncate(start + kept);
    }

    /// What two processes do to a file they write to at once.
    fn two_writers(&mut self, room_for_two: bool) {
        let start = self.out.len();
        self.phantom();
        let first = self.out.len() - start;
        match self.traffic.rng.below(3) {
            0 => {
                // `{…}{…}`
                self.phantom();
            }
            1 if room_for_two && self.profile != Profile::Docker => {
                // `{…` newline `…}`: the rest must not begin like an object.
                let mut cut = 1 + self.traffic.rng.below(first as u32 - 2) as usize;
                while self
                    .out
                    .get(start + cut)
                    .is_some_and(|byte| b"{ \t".contains(byte))
                {
                    cut += 1;
                }
                self.out.insert(start + cut, b'\n');
                self.tally.malformed(Fault::BadJson);
            }
            _ => {
                // `{…{…}`
                let kept = 1 + self.traffic.rng.below(first as u32 - 2) as usize;
                self.out.truncate(start + kept);
                self.phantom();
            }
        }
        self.out.push(b'\n');
        self.tally.malformed(Fault::BadJson);
    }

    /// A whole line without its `\n`, of a call that never happened.
    fn phantom(&mut self) {
        let mut call = self.traffic.phantom();
        self.write_record(&mut call);
        let (now_ms, rng) = (self.traffic.now_ms(), &mut self.traffic.rng);
        // Phantoms are shorter than a part, so nothing is counted here.
        self.profile
            .envelope()
            .wrap(&mut self.out, &self.record, now_ms, &mut self.tally, rng);
        self.out.pop();
    }

    fn hostile_line(&mut self) {
        if self.traffic.rng.one_in(2) {
            let mut call = self.traffic.next_call();
            call.quantise(100);
            hostile::call(&mut self.out, &mut call, &mut self.traffic.rng);
            self.end_hostile();
            self.tally.request(&call);
            return self.traffic.settle(call, &mut self.tally.ids);
        }
        let (line, verdict) = self.traffic.rng.pick(hostile::LINES);
        self.out.extend_from_slice(line);
        self.end_hostile();
        match verdict {
            Verdict::Other => self.tally.other(),
            Verdict::Blank => self.tally.blank(),
            Verdict::Malformed(fault) => self.tally.malformed(fault),
        }
    }

    fn end_hostile(&mut self) {
        let crlf = self.traffic.rng.one_in(3);
        self.out
            .extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
    }

    fn call(&mut self, plain: bool) {
        let mut call = self.traffic.next_call();
        let now_ms = call.now_ms;
        let envelope = self.profile.envelope();
        if plain {
            call.time_ms = Some(now_ms);
        } else if call.is_single() && self.traffic.rng.one_in(300) {
            call.time_ms = None;
        }
        self.write_record(&mut call);
        if envelope != Envelope::None {
            // The runtime's time stands in where the record has none.
            call.time_ms = call.time_ms.or(Some(now_ms));
        }
        let rng = &mut self.traffic.rng;
        let parts = envelope.wrap(&mut self.out, &self.record, now_ms, &mut self.tally, rng);
        for _ in 1..parts {
            self.tally.continued();
        }
        self.tally.request(&call);
        self.traffic.settle(call, &mut self.tally.ids);
    }

    /// Fits the call to what the profile can express, and writes it to `record`.
    fn write_record(&mut self, call: &mut Call) {
        let record = &mut self.record;
        let rng = &mut self.traffic.rng;
        record.clear();
        match self.profile {
            Profile::Typical | Profile::Hostile => {
                call.quantise(100);
                native::typical(record, call, rng);
            }
            Profile::Compact => {
                call.quantise(100);
                native::compact(record, call);
            }
            Profile::Wide => {
                call.quantise(100);
                let prompt_len = 3200 + rng.below(400) as usize;
                native::wide(record, call, prompt_len, rng);
            }
            Profile::Docker | Profile::Cri => {
                call.quantise(100);
                // Some prompts are longer than a part, some than two. Phantoms have the
                // first model and are never long: their parts would be lines.
                if call.model != Some(0) && rng.one_in(60) {
                    let prompt_len = 14_000 + rng.below(30_000) as usize;
                    native::wide(record, call, prompt_len, rng);
                } else {
                    native::typical(record, call, rng);
                }
            }
            Profile::Openai => {
                call.alias = true;
                call.quantise(1000);
                nested::openai(record, call, rng);
            }
            Profile::Storm => {
                call.alias = rng.one_in(2);
                call.quantise(100);
                nested::storm(record, call, &mut self.scratch, rng);
            }
            Profile::Mixed => {
                let logger = rng.pick(&[Logger::Native, Logger::Pino, Logger::Zap, Logger::Python]);
                call.alias = rng.one_in(2);
                call.quantise(logger.latency_step_us());
                if call.is_single() {
                    // Optional keys: not every application logs them.
                    if rng.one_in(20) {
                        call.model = None;
                    }
                    if rng.one_in(20) {
                        call.latency_us = None;
                    }
                    if rng.one_in(30) {
                        call.id = None;
                    }
                }
                nested::mixed(record, call, logger, rng);
            }
        }
    }
}
