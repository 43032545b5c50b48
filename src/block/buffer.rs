//! The memory that blocks are read into.
//!
//! ```text
//! | carry, up to a block | page-aligned: what is read      |
//! ```
//! The kernel copies fastest to page-aligned memory, so the partial line that a block
//! ends with goes *in front of* the aligned area, where the next read continues it.

const PAGE: usize = 4096;

/// Reusable memory for one block.
#[derive(Debug)]
pub(super) struct Buffer {
    memory: Vec<u8>,
    /// Bytes for the carry, before the anchor.
    front: usize,
    /// Index of the aligned area.
    anchor: usize,
    /// The data: `begin <= end <= memory.len()`.
    begin: usize,
    end: usize,
}

impl Buffer {
    /// Room for `block_bytes` and as much carry.
    pub(super) fn new(block_bytes: usize) -> Self {
        Self::with_room(block_bytes, block_bytes)
    }

    fn with_room(front: usize, room: usize) -> Self {
        // Zeroed pages cost nothing until they are touched.
        let memory = vec![0; front + PAGE + room];
        let address = memory.as_ptr() as usize;
        let anchor = (address + front).next_multiple_of(PAGE) - address;
        Self {
            memory,
            front,
            anchor,
            begin: anchor,
            end: anchor,
        }
    }

    /// The data.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.memory[self.begin..self.end]
    }

    /// Length of the data in bytes.
    pub(super) const fn len(&self) -> usize {
        self.end - self.begin
    }

    /// Whether there is no data.
    pub(super) const fn is_empty(&self) -> bool {
        self.end == self.begin
    }

    /// Writable room for `count` bytes after the data; grows where there is none.
    pub(super) fn space(&mut self, count: usize) -> &mut [u8] {
        let room = self.memory.len() - self.end;
        if room < count {
            // Doubling, so that a long line is copied a constant number of times.
            let held = self.end - self.anchor;
            let mut grown = Self::with_room(self.front, (held + count).max(held * 2));
            let carry = self.anchor.saturating_sub(self.begin);
            grown.begin = grown.anchor - carry + self.begin.saturating_sub(self.anchor);
            grown.end = grown.begin + self.len();
            grown.memory[grown.begin..grown.end].copy_from_slice(self.bytes());
            *self = grown;
        }
        &mut self.memory[self.end..self.end + count]
    }

    /// Makes data of `count` bytes written to the [`Self::space`].
    pub(super) fn commit(&mut self, count: usize) {
        self.end = (self.end + count).min(self.memory.len());
    }

    /// Forgets the first `count` bytes of the data.
    pub(super) fn drop_front(&mut self, count: usize) {
        self.begin = (self.begin + count).min(self.end);
    }

    /// Forgets all but the first `count` bytes of the data.
    pub(super) fn truncate(&mut self, count: usize) {
        self.end = self.end.min(self.begin + count);
    }

    /// Forgets the data.
    pub(super) fn clear(&mut self) {
        self.begin = self.anchor;
        self.end = self.anchor;
    }

    /// Moves the data from `start` on in front of the aligned area; the rest is forgotten.
    pub(super) fn carry(&mut self, start: usize) {
        let from = (self.begin + start).min(self.end);
        let length = self.end - from;
        if length > self.front {
            let tail = self.memory[from..self.end].to_vec();
            self.restart(&tail);
            return;
        }
        self.memory
            .copy_within(from..self.end, self.anchor - length);
        self.begin = self.anchor - length;
        self.end = self.anchor;
    }

    /// Starts over with `carry` in front of the aligned area.
    pub(super) fn restart(&mut self, carry: &[u8]) {
        if carry.len() > self.front {
            let room = self.memory.len() - self.anchor;
            *self = Self::with_room(carry.len(), room);
        }
        self.begin = self.anchor - carry.len();
        self.end = self.anchor;
        self.memory[self.begin..self.end].copy_from_slice(carry);
    }

    /// Empties it for reuse; memory that a long line made it grow to is given back.
    pub(super) fn recycle(&mut self, block_bytes: usize) {
        if self.memory.len() > 2 * PAGE + 4 * block_bytes {
            *self = Self::new(block_bytes);
        }
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(buffer: &Buffer) {
        assert_eq!((buffer.memory.as_ptr() as usize + buffer.anchor) % PAGE, 0);
        assert!(buffer.begin <= buffer.end && buffer.end <= buffer.memory.len());
    }

    #[test]
    fn reads_land_aligned_behind_the_carry() {
        for block in [1, 64, 4096, 5000] {
            let mut buffer = Buffer::new(block);
            buffer.space(block).fill(b'a');
            buffer.commit(block);
            check(&buffer);
            buffer.carry(block / 2);
            check(&buffer);
            assert_eq!(buffer.len(), block - block / 2);
            assert_eq!(buffer.space(block).as_ptr() as usize % PAGE, 0);
        }
    }

    #[test]
    fn growing_keeps_data_and_carry() {
        let mut buffer = Buffer::new(10);
        buffer.restart(b"carry");
        for round in 0..2000_u32 {
            buffer
                .space(10)
                .copy_from_slice(format!("{round:010}").as_bytes());
            buffer.commit(10);
            check(&buffer);
        }
        assert!(buffer.bytes().starts_with(b"carry00000000000000000001"));
        assert!(buffer.bytes().ends_with(b"1999"));
        buffer.drop_front(7);
        buffer.space(100_000).fill(b'x');
        check(&buffer);
        assert!(buffer.bytes().starts_with(b"00000000"));
        let mut tail = buffer.bytes()[100..].to_vec();
        buffer.carry(100);
        check(&buffer);
        assert_eq!(buffer.bytes(), tail);
        buffer.drop_front(tail.len() - 3);
        tail.drain(..tail.len() - 3);
        assert_eq!(buffer.bytes(), tail);
        buffer.recycle(10);
        check(&buffer);
        assert!(buffer.is_empty() && buffer.memory.len() < 10_000);
    }

    #[test]
    fn drop_front_past_the_anchor_survives_growth() {
        let mut buffer = Buffer::new(4);
        buffer.space(4).copy_from_slice(b"abcd");
        buffer.commit(4);
        buffer.drop_front(2);
        buffer.space(9000).fill(b'.');
        check(&buffer);
        assert_eq!(buffer.bytes(), b"cd");
    }
}
