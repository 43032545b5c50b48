//! A log's bytes in sequence, decompressed, for looking before reading.

use crate::fault::{Error, Result};
use crate::input::{Decoder, Input, Opened, read_at};
use crate::limits::FINGERPRINT_BYTES;
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

/// Bytes looked at in one step.
const STEP_BYTES: usize = 64 << 10;

/// A log being looked at.
pub struct Content {
    source: Source,
    /// Offset of the next byte.
    pub offset: u64,
    /// The last bytes before it, at most [`FINGERPRINT_BYTES`].
    pub recent: Vec<u8>,
    /// It ended with this error: cut off, damaged, or it could not be read.
    pub failed: Option<Error>,
}

enum Source {
    Empty,
    Plain(File),
    Stream(Box<Decoder>),
}

impl Content {
    /// Opens it at its start.
    ///
    /// # Errors
    /// If its first bytes cannot be read, or are of no format that is read.
    pub fn open(path: &Path, file: &Arc<File>, zstd_window_log: Option<u32>) -> Result<Self> {
        let source = match Input::held(path, Arc::clone(file)).open()? {
            Opened::Empty => Source::Empty,
            Opened::Plain { file, .. } => Source::Plain(file),
            Opened::Stream(mut decoder) => {
                if let Some(log) = zstd_window_log {
                    decoder.set_zstd_window_log(log);
                }
                Source::Stream(decoder)
            }
        };
        Ok(Self {
            source,
            offset: 0,
            recent: Vec::new(),
            failed: None,
        })
    }

    /// Whether it is compressed.
    pub const fn is_compressed(&self) -> bool {
        matches!(self.source, Source::Stream(_))
    }

    /// Stored bytes read so far, of a compressed one.
    pub fn stored_bytes(&self) -> u64 {
        match &self.source {
            Source::Stream(decoder) => decoder.stored_bytes(),
            Source::Empty | Source::Plain(_) => 0,
        }
    }

    /// The next bytes, at most `most`; none at the end, clean or not ([`Self::failed`]).
    pub fn next(&mut self, most: u64) -> Vec<u8> {
        let most = usize::try_from(most).unwrap_or(STEP_BYTES).min(STEP_BYTES);
        let mut bytes = vec![0; most];
        let mut filled = 0;
        while let Some(space) = bytes.get_mut(filled..).filter(|space| !space.is_empty()) {
            let read = match &mut self.source {
                Source::Empty => Ok(0),
                Source::Plain(file) => read_at(file, space, self.offset + filled as u64)
                    .map_err(|error| Error::io(Path::new(""), &error)),
                Source::Stream(decoder) => decoder.read(space),
            };
            match read {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        bytes.truncate(filled);
        self.offset += filled as u64;
        self.recent.extend_from_slice(&bytes);
        let excess = self.recent.len().saturating_sub(FINGERPRINT_BYTES);
        self.recent.drain(..excess);
        bytes
    }

    /// Goes on to an offset; says whether there are that many bytes.
    pub fn go_to(&mut self, offset: u64) -> bool {
        if let Source::Plain(file) = &self.source {
            let start = offset.saturating_sub(FINGERPRINT_BYTES as u64);
            let Some(recent) = exactly(file, start, offset - start) else {
                return false;
            };
            self.recent = recent;
            self.offset = offset;
            return true;
        }
        while self.offset < offset {
            if self.next(offset - self.offset).is_empty() {
                return false;
            }
        }
        true
    }
}

/// These bytes of a file, if it has all of them.
pub fn exactly(file: &File, start: u64, length: u64) -> Option<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(length).ok()?];
    let mut filled = 0;
    while filled < bytes.len() {
        match read_at(file, bytes.get_mut(filled..)?, start + filled as u64) {
            Ok(0) => return None,
            Ok(n) => filled += n,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
    Some(bytes)
}

/// Where the last line break before `end` ends, not before `start`.
pub fn last_line_end(file: &File, start: u64, end: u64) -> Option<u64> {
    let mut end = end;
    while end > start {
        let from = end.saturating_sub(STEP_BYTES as u64).max(start);
        let bytes = exactly(file, from, end - from)?;
        if let Some(at) = memchr::memrchr(b'\n', &bytes) {
            return Some(from + at as u64 + 1);
        }
        end = from;
    }
    Some(start)
}

/// The end of the last line in a sequence of bytes, and the bytes before it.
#[derive(Clone, Debug, Default)]
pub struct LineEnd {
    /// Where it is.
    pub offset: u64,
    /// The bytes before it, at most [`FINGERPRINT_BYTES`].
    pub tail: Vec<u8>,
    at: u64,
    pending: Vec<u8>,
}

impl LineEnd {
    /// Begins behind a line break, `tail` before it.
    pub fn new(offset: u64, tail: Vec<u8>) -> Self {
        Self {
            offset,
            tail,
            at: offset,
            pending: Vec::new(),
        }
    }

    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.at += bytes.len() as u64;
        let mut rest = bytes;
        if let Some(at) = memchr::memrchr(b'\n', bytes) {
            let (ended, behind) = bytes.split_at(at + 1);
            self.tail.append(&mut self.pending);
            self.tail.extend_from_slice(ended);
            trim(&mut self.tail);
            self.offset = self.at - behind.len() as u64;
            rest = behind;
        }
        self.pending.extend_from_slice(rest);
        trim(&mut self.pending);
    }
}

/// Leaves the last [`FINGERPRINT_BYTES`].
pub fn trim(bytes: &mut Vec<u8>) {
    let excess = bytes.len().saturating_sub(FINGERPRINT_BYTES);
    bytes.drain(..excess);
}
