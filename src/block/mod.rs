//! Bytes to blocks of whole lines, handed to worker threads in bounded memory.
//!
//! ```text
//! plain file ── segment ── worker: pread ► cut ► consumer      (workers read for themselves)
//! pipe, .gz … ── reader: decode ► cut ══ blocks ══► worker ► consumer
//!                   ▲──────── recycled buffers ────────┘
//! ```
//! A **segment** is what one worker handles in order: a byte range of a plain file
//! (it owns the lines that *start* in it), or a single block of a stream. Segments go
//! to any worker in any order; their numbers say how to stitch them.
//!
//! Faults do not stop a run: an input that fails keeps what was read before, and says
//! so in its [`InputOutcome`].

mod buffer;
mod cut;
#[cfg(test)]
mod fault_tests;
mod plain;
mod schedule;
mod stream;
#[cfg(test)]
mod tests;

use crate::fault::Error;
use crate::input::{Format, Input};
use crate::limits;
use crate::progress::Progress;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whole lines of one input. Only the last line of an input may lack its `\n`.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// Index of the input in the list given to [`run`].
    pub input: usize,
    /// Index of the segment in its input, for ordered stitching.
    pub segment: u64,
    /// Offset of the first byte in its input, in decompressed bytes.
    pub byte_offset: u64,
    /// Starts its input: a byte order mark or a hole of NULs may come first.
    pub first: bool,
    /// Ends its input: its last line may be torn. Not set where that line is held back.
    pub last: bool,
    bytes: &'a [u8],
}

impl<'a> Block<'a> {
    /// Lines as the only block of input 0; `first` says whether they begin their input.
    pub const fn alone(bytes: &'a [u8], first: bool) -> Self {
        Self {
            input: 0,
            segment: 0,
            byte_offset: 0,
            first,
            last: true,
            bytes,
        }
    }

    /// The lines.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

/// What a worker does with the lines it is given.
///
/// Each worker has one. It sees the blocks of a segment in order, and every segment
/// whole; an input without bytes has no segment.
pub trait Consume: Send {
    /// A segment begins.
    fn segment_start(&mut self, input: usize, segment: u64);

    /// Whole lines, right behind those of the segment's previous block or skipped line.
    fn block(&mut self, block: &Block<'_>);

    /// A line above the cap was skipped to its end. Told once, in its place among the
    /// blocks; `length_bytes` is without `\n`.
    fn skipped_line(&mut self, input: usize, segment: u64, byte_offset: u64, length_bytes: u64);

    /// A segment ends; `is_last_of_input` when no other has a higher number.
    fn segment_end(&mut self, input: usize, segment: u64, is_last_of_input: bool);

    /// An input has no segment: it is empty, or nothing of it could be read (`_failed`).
    fn no_segment(&mut self, _input: usize, _failed: bool) {}

    /// Told last, while other workers may still read: what can be tidied up alone, in this
    /// worker's own time.
    fn end(&mut self) {}
}

/// How to read.
#[derive(Clone, Debug)]
pub struct ReadSettings {
    /// Workers; as many decoders may run beside them. At least 1.
    pub threads: usize,
    /// Bytes read at once.
    pub block_bytes: usize,
    /// Most bytes of a plain file that one worker takes; small files are shared in less.
    pub segment_bytes: u64,
    /// Longest line in bytes, without `\n`; longer ones are skipped.
    pub max_line_bytes: usize,
    /// Accept zstd windows of up to 2^this instead of 2^[`limits::ZSTD_WINDOW_LOG_MAX`].
    pub zstd_window_log: Option<u32>,
    /// Hold an input's last line back while it lacks its `\n`: it is still being
    /// written, and a later run will read it whole. Not at the clean end of a
    /// compressed stream, to which nothing will be added.
    pub hold_tail: bool,
    /// Tells when there is no need to read on.
    pub stop: Option<Arc<Stop>>,
}

/// Says that inputs need not be read on, or none at all. What was read of them counts.
#[derive(Debug)]
pub struct Stop {
    all: AtomicBool,
    inputs: Vec<AtomicBool>,
}

impl Stop {
    /// For this many inputs, none stopped.
    pub fn new(inputs: usize) -> Self {
        Self {
            all: AtomicBool::new(false),
            inputs: (0..inputs).map(|_| AtomicBool::new(false)).collect(),
        }
    }

    /// Ends the run as soon as may be.
    pub fn stop_all(&self) {
        self.all.store(true, Ordering::Relaxed);
    }

    /// Reads no more of an input.
    pub fn stop(&self, input: usize) {
        if let Some(stopped) = self.inputs.get(input) {
            stopped.store(true, Ordering::Relaxed);
        }
    }

    /// Whether all reading is to end.
    pub fn all_stopped(&self) -> bool {
        self.all.load(Ordering::Relaxed)
    }

    /// Whether an input need not be read on.
    pub fn is_stopped(&self, input: usize) -> bool {
        let stopped = |one: &AtomicBool| one.load(Ordering::Relaxed);
        self.all_stopped() || self.inputs.get(input).is_some_and(stopped)
    }
}

impl Default for ReadSettings {
    fn default() -> Self {
        Self {
            threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            block_bytes: limits::BLOCK_BYTES,
            segment_bytes: limits::SEGMENT_BYTES,
            max_line_bytes: limits::MAX_LINE_BYTES,
            zstd_window_log: None,
            hold_tail: false,
            stop: None,
        }
    }
}

impl ReadSettings {
    fn is_stopped(&self, input: usize) -> bool {
        self.stop
            .as_ref()
            .is_some_and(|stop| stop.is_stopped(input))
    }

    fn all_stopped(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop.all_stopped())
    }
}

/// How reading an input went.
#[derive(Debug)]
pub struct InputOutcome {
    /// Decompressed bytes of the lines that were handed on or skipped.
    pub bytes: u64,
    /// Bytes of the last line, where it was held back.
    pub held_bytes: u64,
    /// Bytes of the last line, where it was handed on (or skipped) without its `\n`.
    pub unended_bytes: u64,
    /// With [`ReadSettings::hold_tail`], of a stream: the last bytes handed on up to the
    /// last `\n`, at most [`limits::FINGERPRINT_BYTES`], without a gap.
    pub tail: Vec<u8>,
    /// Why it was not read in full. What came before counts.
    pub error: Option<Error>,
    /// Whether the last line read had its `\n`; true for an empty input.
    pub ends_with_newline: bool,
    /// How it is stored; `None` where that was not seen: it is empty or failed to open.
    pub format: Option<Format>,
}

impl Default for InputOutcome {
    fn default() -> Self {
        Self {
            bytes: 0,
            held_bytes: 0,
            unended_bytes: 0,
            tail: Vec::new(),
            error: None,
            ends_with_newline: true,
            format: None,
        }
    }
}

impl InputOutcome {
    /// Adds what another part of the same input gave.
    fn merge(&mut self, part: Self) {
        self.bytes += part.bytes;
        self.held_bytes += part.held_bytes;
        self.unended_bytes += part.unended_bytes;
        self.tail.extend(part.tail);
        self.ends_with_newline &= part.ends_with_newline;
        self.format = self.format.or(part.format);
        // The first in the file is the cause; workers behind it stumble over the same fault.
        if let Some(error) = part.error
            && self
                .error
                .as_ref()
                .is_none_or(|known| error.byte_offset < known.byte_offset)
        {
            self.error = Some(error);
        }
    }
}

/// Reads all inputs with `settings.threads` workers, each with a consumer of its own
/// that `make` creates on the worker's thread. Gives back the consumers, and an outcome
/// for each input.
///
/// Memory: per worker two blocks, for streams three more each, and a longest line where
/// one occurs.
pub fn run<C: Consume>(
    inputs: &[Input],
    settings: &ReadSettings,
    make: impl Fn(usize) -> C + Sync,
    progress: &Progress,
) -> (Vec<C>, Vec<InputOutcome>) {
    schedule::run(inputs, settings, make, progress)
}
