//! One line after another: which kind comes next, written and counted at once.

use super::envelope::Envelope;
use super::hostile::{self, Verdict};
use super::nested::{self, Logger};
use super::tally::Tally;
use super::traffic::{Call, Traffic};
use super::{FLUSH_BYTES, Plan, Profile, native};
use crate::fault::Fault;
use std::io::{self, Write};

/// A log on its way out.
pub(super) struct Writer {
    profile: Profile,
    pub(super) traffic: Traffic,
    pub(super) tally: Tally,
    pub(super) out: Vec<u8>,
    record: Vec<u8>,
    scratch: Vec<u8>,
    /// Lines in 10,000 that get each kind of trouble: few in a long log, some in a short one.
    rare: u32,
}

impl Writer {
    pub(super) fn new(plan: &Plan) -> Self {
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

    pub(super) fn flush(&mut self, to: &mut dyn Write) -> io::Result<()> {
        to.write_all(&self.out)?;
        self.tally.totals.bytes += self.out.len() as u64;
        self.out.clear();
        Ok(())
    }

    /// One line, or the several of one split record; `body` is where the log ends.
    pub(super) fn line(&mut self, body: u64) {
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
    pub(super) fn torn(&mut self) {
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
            Profile::Mixed | Profile::Shuffled => {
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
                let shuffled = self.profile == Profile::Shuffled;
                nested::mixed(record, call, logger, shuffled, rng);
            }
        }
    }
}
