//! The stored bytes of a stream, with their offsets.

use super::read_at;
use crate::limits::COMPRESSED_READ_BYTES;
use std::borrow::Borrow;
use std::fs::File;
use std::io::{self, Read};

/// A file read from an offset on, without its cursor (which standard input shares
/// with other processes).
pub struct FileAt<F> {
    file: F,
    byte_offset: u64,
}

impl<F: Borrow<File>> FileAt<F> {
    /// Reads from `byte_offset` on.
    pub const fn new(file: F, byte_offset: u64) -> Self {
        Self { file, byte_offset }
    }
}

impl<F: Borrow<File>> Read for FileAt<F> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let n = read_at(self.file.borrow(), space, self.byte_offset)?;
        self.byte_offset = self.byte_offset.saturating_add(n as u64);
        Ok(n)
    }
}

/// A buffered reader that knows how many bytes were taken from it, and whether
/// somebody asked for more than there are.
pub(super) struct Buffered {
    reader: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    taken: usize,
    /// Offset of the first byte not yet taken.
    pub(super) byte_offset: u64,
    /// A read met the end.
    pub(super) hit_end: bool,
}

impl Buffered {
    /// `prefix` was read from `reader` already.
    pub(super) fn new(reader: Box<dyn Read + Send>, prefix: Vec<u8>) -> Self {
        Self {
            reader,
            buffer: prefix,
            taken: 0,
            byte_offset: 0,
            hit_end: false,
        }
    }

    /// What is buffered and not yet taken.
    pub(super) fn buffered(&self) -> &[u8] {
        self.buffer.get(self.taken..).unwrap_or_default()
    }

    /// At least one byte, unless the input has ended.
    pub(super) fn fill(&mut self) -> io::Result<&[u8]> {
        if self.buffered().is_empty() {
            self.buffer.resize(COMPRESSED_READ_BYTES, 0);
            self.taken = 0;
            let read = read_retrying(self.reader.as_mut(), &mut self.buffer);
            self.buffer.truncate(*read.as_ref().unwrap_or(&0));
            if read? == 0 {
                self.hit_end = true;
            }
        }
        Ok(self.buffered())
    }

    /// At least `count` bytes, unless the input ends before.
    pub(super) fn fill_to(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.buffered().len() < count {
            self.buffer.drain(..self.taken);
            self.taken = 0;
            let known = self.buffer.len();
            self.buffer.resize(known + COMPRESSED_READ_BYTES, 0);
            let space = self.buffer.get_mut(known..).unwrap_or_default();
            let read = read_retrying(self.reader.as_mut(), space);
            self.buffer.truncate(known + *read.as_ref().unwrap_or(&0));
            if read? == 0 {
                break;
            }
        }
        Ok(self.buffered())
    }

    /// Takes buffered bytes.
    pub(super) fn advance(&mut self, count: usize) {
        let count = count.min(self.buffered().len());
        self.taken += count;
        self.byte_offset = self.byte_offset.saturating_add(count as u64);
    }

    /// Reads straight into `space` where nothing is buffered: a plain pipe's way.
    pub(super) fn read_through(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let buffered = self.buffered();
        let n = if buffered.is_empty() {
            read_retrying(self.reader.as_mut(), space)?
        } else {
            let n = buffered.len().min(space.len());
            if let (Some(to), Some(from)) = (space.get_mut(..n), buffered.get(..n)) {
                to.copy_from_slice(from);
            }
            self.taken += n;
            n
        };
        self.byte_offset = self.byte_offset.saturating_add(n as u64);
        Ok(n)
    }
}

impl Read for Buffered {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        if space.is_empty() {
            return Ok(0);
        }
        let available = self.fill()?;
        let n = available.len().min(space.len());
        if let (Some(to), Some(from)) = (space.get_mut(..n), available.get(..n)) {
            to.copy_from_slice(from);
        }
        self.advance(n);
        Ok(n)
    }
}

/// A read that a signal does not end.
fn read_retrying(reader: &mut dyn Read, space: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(space) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
