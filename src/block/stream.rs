//! Streams: a reader thread decodes and cuts; workers get the blocks.

use super::buffer::Buffer;
use super::cut::{Cut, Cutter, Skipped};
use super::{Block, Consume, InputOutcome, ReadSettings};
use crate::fault::Error;
use crate::input::{Decoder, Format};
use crate::limits::{FINGERPRINT_BYTES, READ_AHEAD_BYTES};
use crate::progress::Progress;
use std::ops::Range;

/// A stream and the part of it whose lines are wanted.
pub(super) struct Stream {
    pub(super) input: usize,
    pub(super) decoder: Box<Decoder>,
    pub(super) range: Range<u64>,
}

/// A segment of a stream, on its way to a worker.
pub(super) struct StreamBlock {
    input: usize,
    segment: u64,
    /// Of the buffer's first byte.
    byte_offset: u64,
    /// Precedes the buffer's lines.
    skipped: Option<Skipped>,
    pub(super) buffer: Buffer,
    /// The buffer's last byte is the input's.
    last: bool,
    /// No segment follows.
    is_end: bool,
}

impl StreamBlock {
    pub(super) fn deliver<C: Consume>(&self, consumer: &mut C) {
        consumer.segment_start(self.input, self.segment);
        if let Some(line) = self.skipped {
            consumer.skipped_line(
                self.input,
                self.segment,
                line.byte_offset,
                line.length_bytes,
            );
        }
        if !self.buffer.is_empty() {
            consumer.block(&Block {
                input: self.input,
                segment: self.segment,
                byte_offset: self.byte_offset,
                first: self.byte_offset == 0,
                last: self.last,
                bytes: self.buffer.bytes(),
            });
        }
        consumer.segment_end(self.input, self.segment, self.is_end);
    }
}

/// Where a reader gets its buffers, and leaves them for the workers.
pub(super) trait Exchange {
    /// An empty buffer, waiting for one if need be; none when nobody takes blocks any more.
    fn free_buffer(&self) -> Option<Buffer>;
    /// Takes a buffer back.
    fn give_back(&self, buffer: Buffer);
    /// Takes a block for whichever worker comes next.
    fn queue(&self, block: StreamBlock);
}

/// Reads a stream to its end and queues its blocks; says how many. Ends early when nobody
/// takes them.
pub(super) fn read_stream(
    stream: Stream,
    settings: &ReadSettings,
    progress: &Progress,
    exchange: &impl Exchange,
) -> (InputOutcome, u64) {
    let mut reader = Reader {
        outcome: InputOutcome {
            format: Some(stream.decoder.format()),
            ..InputOutcome::default()
        },
        cutter: Cutter::new(settings.max_line_bytes, 0),
        settings,
        progress,
        stored_bytes: stream.decoder.stored_bytes(),
        stream,
        ahead: Vec::new(),
        over: false,
    };
    reader.start_range();
    let mut carry = Vec::new();
    let mut segment = 0;
    while !reader.over && !settings.is_stopped(reader.stream.input) {
        let Some(mut buffer) = exchange.free_buffer() else {
            break;
        };
        buffer.restart(&carry);
        let mut cut = reader.read_block(&mut buffer);
        let byte_offset = reader.cutter.byte_offset;
        let at_range_end = reader.end_range(&mut buffer, &mut cut, byte_offset);
        let mut last = false;
        if reader.over && !at_range_end {
            last = reader.finish(&mut buffer, &mut cut);
        }
        let Cut { skipped, whole } = cut;
        carry.clear();
        carry.extend_from_slice(buffer.bytes().get(whole..).unwrap_or_default());
        buffer.truncate(whole);
        reader.cutter.byte_offset += whole as u64;
        reader.outcome.bytes += whole as u64;
        if settings.hold_tail {
            reader.keep_tail(skipped.is_some(), buffer.bytes());
        }
        if segment == 0 && buffer.is_empty() && skipped.is_none() {
            exchange.give_back(buffer);
            continue;
        }
        exchange.queue(StreamBlock {
            input: reader.stream.input,
            segment,
            byte_offset,
            skipped,
            buffer,
            last,
            is_end: reader.over,
        });
        segment += 1;
    }
    (reader.outcome, segment)
}

struct Reader<'a> {
    settings: &'a ReadSettings,
    progress: &'a Progress,
    stream: Stream,
    cutter: Cutter,
    /// Decoded, but not yet in a block: whether there is any tells whether a block is
    /// the last one.
    ahead: Vec<u8>,
    /// Of the decoder's, those told to the progress.
    stored_bytes: u64,
    over: bool,
    outcome: InputOutcome,
}

impl Reader<'_> {
    /// Decodes more. 0 is the end, clean or not.
    fn decode(&mut self, space: &mut [u8]) -> usize {
        let n = match self.stream.decoder.read(space) {
            Ok(n) => n,
            Err(error) => {
                self.outcome.error = Some(error);
                0
            }
        };
        let stored_bytes = self.stream.decoder.stored_bytes();
        self.progress.add(stored_bytes - self.stored_bytes);
        self.stored_bytes = stored_bytes;
        self.over |= n == 0;
        n
    }

    /// Reads until a line is whole, or the stream is over.
    fn read_block(&mut self, buffer: &mut Buffer) -> Cut {
        loop {
            let want = self.cutter.read_bytes(self.settings.block_bytes);
            let space = buffer.space(want);
            let mut new = self.ahead.len().min(want);
            for (to, from) in space.iter_mut().zip(self.ahead.drain(..new)) {
                *to = from;
            }
            while new < want && !self.over {
                new += self.decode(&mut space[new..]);
            }
            buffer.commit(new);
            if !self.over && self.ahead.is_empty() {
                let mut ahead = std::mem::take(&mut self.ahead);
                ahead.resize(READ_AHEAD_BYTES.min(want), 0);
                let n = self.decode(&mut ahead);
                ahead.truncate(n);
                self.ahead = ahead;
            }
            let cut = self.cutter.cut(buffer, new);
            if let Some(line) = cut.skipped {
                self.outcome.bytes += line.length_bytes + 1;
            }
            if cut.whole > 0 || cut.skipped.is_some() || self.over {
                return cut;
            }
        }
    }

    /// The stream is over: hands on the last line, too, unless it is to be held back.
    /// Says whether the buffer's data now ends the input.
    fn finish(&mut self, buffer: &mut Buffer, cut: &mut Cut) -> bool {
        if !self.cutter.in_line(buffer) || (cut.whole > 0 && cut.whole == buffer.len()) {
            return cut.whole > 0;
        }
        let hold = self.settings.hold_tail
            && (self.outcome.error.is_some() || self.outcome.format == Some(Format::Plain));
        self.outcome.ends_with_newline = false;
        if let Some(line) = self.cutter.finish() {
            if hold {
                self.outcome.held_bytes = line.length_bytes;
            } else {
                self.outcome.bytes += line.length_bytes;
                self.outcome.unended_bytes = line.length_bytes;
                cut.skipped = Some(line);
            }
            return false;
        }
        if hold {
            self.outcome.held_bytes = (buffer.len() - cut.whole) as u64;
            buffer.truncate(cut.whole);
            return false;
        }
        self.outcome.unended_bytes = (buffer.len() - cut.whole) as u64;
        cut.whole = buffer.len();
        true
    }

    /// Remembers the end of what was handed on. A skipped line's bytes are not known.
    fn keep_tail(&mut self, skipped: bool, lines: &[u8]) {
        if skipped {
            self.outcome.tail.clear();
        }
        let unended = usize::try_from(self.outcome.unended_bytes).unwrap_or(usize::MAX);
        let lines = &lines[..lines.len().saturating_sub(unended)];
        let lines = &lines[lines.len().saturating_sub(FINGERPRINT_BYTES)..];
        let tail = &mut self.outcome.tail;
        tail.extend_from_slice(lines);
        tail.drain(..tail.len().saturating_sub(FINGERPRINT_BYTES));
    }

    /// Goes to the first line that starts in the range.
    fn start_range(&mut self) {
        let Range { start, end } = self.stream.range;
        let mut at = self.stream.decoder.byte_offset();
        let mut is_start = self.stream.decoder.is_at_line_start();
        self.cutter.byte_offset = at;
        if start <= at && is_start {
            self.over = end <= at;
            return;
        }
        // No more than a block may hold before its lines are cut.
        let step = self.cutter.read_bytes(READ_AHEAD_BYTES);
        let mut scratch = vec![0; step];
        while !self.over && at < start {
            let left = usize::try_from(start - at).unwrap_or(step).min(step);
            let n = self.decode(&mut scratch[..left]);
            at += n as u64;
            if n > 0 {
                is_start = scratch[n - 1] == b'\n';
            }
        }
        while !self.over && !is_start {
            let n = self.decode(&mut scratch);
            at += n as u64;
            if let Some(newline) = memchr::memchr(b'\n', &scratch[..n]) {
                self.ahead.extend_from_slice(&scratch[newline + 1..n]);
                at -= self.ahead.len() as u64;
                is_start = true;
            }
        }
        self.cutter.byte_offset = at;
        self.over |= at >= end;
    }

    /// Drops the lines that start behind the range. Says whether the range has ended.
    fn end_range(&mut self, buffer: &mut Buffer, cut: &mut Cut, byte_offset: u64) -> bool {
        let end = self.stream.range.end;
        if end == u64::MAX || self.cutter.is_skipping() {
            // A line being skipped has started in the range: it is read to its end.
            return false;
        }
        let Some(left) = end.checked_sub(byte_offset).filter(|left| *left > 0) else {
            // Only a skipped line can have led past the end.
            cut.whole = 0;
            buffer.clear();
            self.over = true;
            return true;
        };
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        if cut.whole < left {
            return false;
        }
        let newline = memchr::memchr(b'\n', &buffer.bytes()[left - 1..cut.whole]);
        cut.whole = newline.map_or(cut.whole, |at| left + at);
        buffer.truncate(cut.whole);
        self.over = true;
        true
    }
}

/// The error of a stream that could not be given a thread.
pub(super) fn no_thread(error: &std::io::Error) -> Error {
    Error::new(format!("no thread to decode it: {error}"))
        .hint("raise the limit on threads (ulimit -u), or lower --threads")
}
