//! Where blocks end: after their last whole line; and lines that are too long.

use super::buffer::Buffer;

/// A line skipped for its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Skipped {
    /// Offset of its first byte.
    pub(super) byte_offset: u64,
    /// Its length in bytes, without `\n`.
    pub(super) length_bytes: u64,
}

/// What one read has completed: first the skipped line, then the whole lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cut {
    /// An over-long line has ended.
    pub(super) skipped: Option<Skipped>,
    /// Bytes at the front of the buffer that are whole lines.
    pub(super) whole: usize,
}

/// Keeps track of the partial line at the end of what was read.
///
/// The buffer holds whole lines only right after a read; when the next one starts, it
/// holds the partial line alone. So a line above the cap is either the buffer's first
/// or its last, as long as one read is not larger than the cap.
#[derive(Debug)]
pub(super) struct Cutter {
    max_line_bytes: usize,
    /// Offset of the buffer's first byte in its input.
    pub(super) byte_offset: u64,
    /// An over-long line, not yet at its end.
    skipping: Option<Skipped>,
}

impl Cutter {
    pub(super) const fn new(max_line_bytes: usize, byte_offset: u64) -> Self {
        Self {
            max_line_bytes,
            byte_offset,
            skipping: None,
        }
    }

    /// Largest read that the cap on lines allows, in bytes.
    pub(super) fn read_bytes(&self, block_bytes: usize) -> usize {
        block_bytes
            .min(self.max_line_bytes.saturating_add(1))
            .max(1)
    }

    /// Whether a line has begun and not ended.
    pub(super) const fn in_line(&self, buffer: &Buffer) -> bool {
        self.skipping.is_some() || !buffer.is_empty()
    }

    /// Whether that line is an over-long one.
    pub(super) const fn is_skipping(&self) -> bool {
        self.skipping.is_some()
    }

    /// The last `new` bytes of the buffer were just read.
    pub(super) fn cut(&mut self, buffer: &mut Buffer, mut new: usize) -> Cut {
        let mut cut = Cut::default();
        let partial = buffer.len().saturating_sub(new);
        let fresh = &buffer.bytes()[partial..];
        if partial > 0 || self.skipping.is_some() {
            if let Some(at) = memchr::memchr(b'\n', fresh) {
                cut.skipped = self.end_line(partial, at);
                if cut.skipped.is_some() {
                    self.forget(buffer, partial + at + 1);
                    new -= at + 1;
                }
            } else if let Some(skipped) = &mut self.skipping {
                skipped.length_bytes += new as u64;
                self.forget(buffer, new);
                return cut;
            } else {
                new = 0;
            }
        }
        let length = buffer.len();
        if new > 0
            && let Some(at) = memchr::memrchr(b'\n', &buffer.bytes()[length - new..])
        {
            cut.whole = length - new + at + 1;
        }
        if length - cut.whole > self.max_line_bytes && cut.whole == 0 {
            self.skipping = Some(Skipped {
                byte_offset: self.byte_offset,
                length_bytes: length as u64,
            });
            self.forget(buffer, length);
        }
        cut
    }

    /// The line that an earlier read began has its `\n` at `at` in this one: was it too long?
    fn end_line(&mut self, partial: usize, at: usize) -> Option<Skipped> {
        if let Some(skipped) = self.skipping.take() {
            return Some(Skipped {
                length_bytes: skipped.length_bytes + at as u64,
                ..skipped
            });
        }
        (partial + at > self.max_line_bytes).then(|| Skipped {
            byte_offset: self.byte_offset,
            length_bytes: (partial + at) as u64,
        })
    }

    /// The whole lines were handed on; the rest is carried to the next read.
    pub(super) fn carry(&mut self, buffer: &mut Buffer, whole: usize) {
        self.byte_offset += whole as u64;
        buffer.carry(whole);
    }

    /// The input has ended: the over-long line that has no `\n`, if that is what it ends with.
    pub(super) fn finish(&mut self) -> Option<Skipped> {
        self.skipping.take()
    }

    /// Drops bytes from the buffer's front. Emptied, it starts again at the aligned area.
    fn forget(&mut self, buffer: &mut Buffer, count: usize) {
        self.byte_offset += count as u64;
        buffer.drop_front(count);
        if buffer.is_empty() {
            buffer.clear();
        }
    }
}
