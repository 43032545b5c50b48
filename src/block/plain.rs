//! Segments of plain files, read by the workers themselves.

use super::buffer::Buffer;
use super::cut::{Cut, Cutter, Skipped};
use super::{Block, Consume, InputOutcome, ReadSettings};
use crate::fault::Error;
use crate::input::{Format, read_at};
use crate::limits::LINE_END_READ_BYTES;
use crate::progress::Progress;
use std::fs::File;
use std::ops::Range;
use std::path::PathBuf;

/// Segments are multiples of this, where the settings do not ask for less: then reads
/// start on the file's own pages.
const SEGMENT_ALIGNMENT: u64 = 64 << 10;

/// A plain file, shared by the workers that read it.
pub(super) struct PlainFile {
    pub(super) input: usize,
    pub(super) path: PathBuf,
    pub(super) file: File,
    /// Where the input starts in the file.
    pub(super) base: u64,
    /// Bytes of the input when it was opened. Later growth is not read, but for the
    /// rest of a line that has begun before.
    pub(super) size: u64,
    /// The part whose lines are wanted.
    range: Range<u64>,
    segment_bytes: u64,
    pub(super) segments: u64,
}

impl PlainFile {
    pub(super) fn new(
        input: usize,
        path: PathBuf,
        (file, base, size): (File, u64, u64),
        range: &Range<u64>,
        settings: &ReadSettings,
    ) -> Self {
        let range = range.start.min(size)..range.end.min(size);
        let bytes = range.end.saturating_sub(range.start);
        // A few segments for each worker, so that they end together; but none so small that
        // taking it would show.
        let shares = 4 * settings.threads.max(1) as u64;
        let share = bytes
            .div_ceil(shares)
            .max(settings.block_bytes as u64 / 4)
            .next_multiple_of(SEGMENT_ALIGNMENT);
        let segment_bytes = share.min(settings.segment_bytes).max(1);
        Self {
            input,
            path,
            file,
            base,
            size,
            range,
            segment_bytes,
            segments: bytes.div_ceil(segment_bytes),
        }
    }

    fn segment(&self, index: u64) -> Range<u64> {
        let start = self.range.start + index * self.segment_bytes;
        start..(start + self.segment_bytes).min(self.range.end)
    }

    /// Reads into `buffer` up to `want` bytes of the input. 0 is the end of the file.
    fn read(&self, buffer: &mut Buffer, want: usize, at: u64) -> Result<usize, Error> {
        let n = read_at(&self.file, buffer.space(want), self.base + at)
            .map_err(|e| Error::io(&self.path, &e).offset(self.base + at))?;
        buffer.commit(n);
        if n == 0 && at < self.size {
            return Err(Error::new("file shrank while it was read")
                .at(&self.path)
                .offset(self.base + at)
                .hint("truncated by its writer or by log rotation; what was read counts"));
        }
        Ok(n)
    }
}

/// Hands the lines that start in a segment to the consumer, and says how it went.
pub(super) fn read_segment<C: Consume>(
    file: &PlainFile,
    index: u64,
    buffer: &mut Buffer,
    settings: &ReadSettings,
    consumer: &mut C,
    progress: &Progress,
) -> InputOutcome {
    consumer.segment_start(file.input, index);
    let span = file.segment(index);
    buffer.recycle(settings.block_bytes);
    let mut segment = Segment {
        file,
        index,
        settings,
        consumer,
        progress,
        cutter: Cutter::new(settings.max_line_bytes, span.start),
        at: span.start,
        end: span.end,
        outcome: InputOutcome {
            format: Some(Format::Plain),
            ..InputOutcome::default()
        },
    };
    if let Err(error) = segment.read(buffer) {
        segment.outcome.error = Some(error);
    }
    segment.finish(buffer);
    let outcome = segment.outcome;
    consumer.segment_end(file.input, index, index + 1 == file.segments);
    outcome
}

struct Segment<'a, C> {
    file: &'a PlainFile,
    index: u64,
    settings: &'a ReadSettings,
    consumer: &'a mut C,
    progress: &'a Progress,
    cutter: Cutter,
    /// Where the next read starts.
    at: u64,
    /// Lines that start here or later belong to others.
    end: u64,
    outcome: InputOutcome,
}

impl<C: Consume> Segment<'_, C> {
    fn read(&mut self, buffer: &mut Buffer) -> Result<(), Error> {
        let mut new = self.find_first_line(buffer)?;
        if new > 0 {
            self.cut(buffer, new);
        }
        loop {
            if self.at < self.end {
                new = self.read_inside(buffer)?;
            } else if self.cutter.in_line(buffer) {
                let want = self.cutter.read_bytes(LINE_END_READ_BYTES);
                new = self.file.read(buffer, want, self.at)?;
                self.at += new as u64;
                let fresh = buffer.len() - new;
                if let Some(end) = memchr::memchr(b'\n', &buffer.bytes()[fresh..]) {
                    new = end + 1;
                    buffer.truncate(fresh + new);
                }
            } else {
                return Ok(());
            }
            if new == 0 {
                return Ok(());
            }
            self.cut(buffer, new);
            if self.settings.is_stopped(self.file.input) {
                // The rest of a line is not wanted either.
                buffer.clear();
                return Ok(());
            }
        }
    }

    /// Skips the line that has started in an earlier segment; gives the number of bytes
    /// behind it that were read already.
    fn find_first_line(&mut self, buffer: &mut Buffer) -> Result<usize, Error> {
        if self.at == 0 {
            return Ok(0);
        }
        self.file.read(buffer, 1, self.at - 1)?;
        let is_start = buffer.bytes() == b"\n";
        buffer.clear();
        while !is_start && self.at < self.end {
            let n = self.read_inside(buffer)?;
            self.cutter.byte_offset = self.at;
            if n == 0 {
                break;
            }
            if let Some(newline) = memchr::memchr(b'\n', buffer.bytes()) {
                buffer.drop_front(newline + 1);
                let rest = buffer.len();
                self.cutter.byte_offset -= rest as u64;
                return Ok(rest);
            }
            buffer.clear();
        }
        Ok(0)
    }

    fn read_inside(&mut self, buffer: &mut Buffer) -> Result<usize, Error> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let want = self.cutter.read_bytes(self.settings.block_bytes).min(left);
        let n = self.file.read(buffer, want, self.at)?;
        self.at += n as u64;
        self.progress.add(n as u64);
        Ok(n)
    }

    fn cut(&mut self, buffer: &mut Buffer, new: usize) {
        let Cut { skipped, whole } = self.cutter.cut(buffer, new);
        if let Some(skipped) = skipped {
            self.skipped(skipped);
            self.outcome.bytes += 1;
        }
        if whole > 0 {
            let rest = buffer.len() - whole;
            let end = self.cutter.byte_offset + whole as u64;
            buffer.truncate(whole);
            self.block(buffer, end >= self.file.size);
            // The partial line, still in its place.
            buffer.commit(rest);
        }
        if whole > 0 || skipped.is_some() {
            self.cutter.carry(buffer, whole);
        }
    }

    fn skipped(&mut self, line: Skipped) {
        self.outcome.bytes += line.length_bytes;
        self.consumer.skipped_line(
            self.file.input,
            self.index,
            line.byte_offset,
            line.length_bytes,
        );
    }

    fn block(&mut self, buffer: &Buffer, last: bool) {
        self.outcome.bytes += buffer.len() as u64;
        self.consumer.block(&Block {
            input: self.file.input,
            segment: self.index,
            byte_offset: self.cutter.byte_offset,
            first: self.cutter.byte_offset == 0,
            last,
            bytes: buffer.bytes(),
        });
    }

    /// The input has ended, or reading it failed: what is left is its last line.
    fn finish(&mut self, buffer: &Buffer) {
        if !self.cutter.in_line(buffer) {
            return;
        }
        self.outcome.ends_with_newline = false;
        match self.cutter.finish() {
            Some(line) if self.settings.hold_tail => self.outcome.held_bytes = line.length_bytes,
            Some(line) => {
                self.outcome.unended_bytes = line.length_bytes;
                self.skipped(line);
            }
            None if self.settings.hold_tail => self.outcome.held_bytes = buffer.len() as u64,
            None => {
                self.outcome.unended_bytes = buffer.len() as u64;
                self.block(buffer, true);
            }
        }
    }
}
