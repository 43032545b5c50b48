//! What tells a log from any other, and from what it was before: size, time and content.

use crate::input::read_at;
use crate::limits::{INDEX_MARK_BYTES, INDEX_PROBE_BYTES, INDEX_PROBES};
use crate::stable_hash::stable_hash;
use serde::{Deserialize, Serialize};
use std::fs::{File, Metadata};
use std::io;
use std::time::UNIX_EPOCH;

/// When a file was modified, in nanoseconds since 1970.
pub(super) fn modified_ns(metadata: &Metadata) -> Option<u64> {
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_nanos()).ok()
}

/// A log at the time it was indexed, as stored (compressed).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Bytes that the rest is about.
    pub(super) size: u64,
    /// When it was modified, in nanoseconds since 1970; `None` where it changed meanwhile.
    pub(super) modified_ns: Option<u64>,
    /// Of its first bytes.
    head: u64,
    /// Of the last ones within `size`.
    tail: u64,
    /// Of samples spread over it.
    probes: u64,
}

/// What a log is to a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    /// The same, unchanged.
    Same,
    /// The same, and more was written since.
    Grown,
    /// Another, or changed.
    Other,
}

impl Mark {
    /// The mark of a file's first `size` bytes.
    pub(super) fn take(file: &File, size: u64, modified_ns: Option<u64>) -> io::Result<Self> {
        Ok(Self {
            size,
            modified_ns,
            head: head(file, size)?,
            tail: tail(file, size)?,
            probes: probes(file, size)?,
        })
    }

    /// The same with another time.
    pub(super) fn timed(&self, modified_ns: Option<u64>) -> Self {
        Self {
            modified_ns,
            ..self.clone()
        }
    }

    /// Compares a file with the mark.
    pub(super) fn compare(&self, file: &File, metadata: &Metadata) -> io::Result<Likeness> {
        let size = metadata.len();
        if size < self.size || head(file, self.size)? != self.head {
            return Ok(Likeness::Other);
        }
        let unchanged = self.modified_ns.is_some() && self.modified_ns == modified_ns(metadata);
        // Same size, other time: written to in place. Without a time the samples decide.
        if size == self.size && !unchanged && self.modified_ns.is_some() {
            return Ok(Likeness::Other);
        }
        if tail(file, self.size)? != self.tail {
            return Ok(Likeness::Other);
        }
        if size == self.size && unchanged {
            return Ok(Likeness::Same);
        }
        if probes(file, self.size)? != self.probes {
            return Ok(Likeness::Other);
        }
        Ok(Likeness::Grown)
    }

    /// The salt of the log's hashes: other for every log, the same for the same one.
    pub(super) fn salt(file: &File, size: u64) -> io::Result<u64> {
        // A log that grows keeps its salt, so no more than its first line goes in.
        head(file, size.min(64))
    }
}

fn head(file: &File, size: u64) -> io::Result<u64> {
    part(file, 0, size.min(INDEX_MARK_BYTES))
}

fn tail(file: &File, size: u64) -> io::Result<u64> {
    let bytes = size.min(INDEX_MARK_BYTES);
    part(file, size - bytes, bytes)
}

fn probes(file: &File, size: u64) -> io::Result<u64> {
    let mut all = Vec::with_capacity((INDEX_PROBES * 8) as usize);
    for probe in 0..INDEX_PROBES {
        let at = size / INDEX_PROBES * probe;
        let bytes = INDEX_PROBE_BYTES.min(size - at);
        all.extend(part(file, at, bytes)?.to_le_bytes());
    }
    Ok(stable_hash(&all))
}

fn part(file: &File, at: u64, bytes: u64) -> io::Result<u64> {
    let mut space = vec![0; bytes as usize];
    read_exactly(file, &mut space, at)?;
    Ok(stable_hash(&space))
}

/// Fills `space` from an offset on.
pub(super) fn read_exactly(file: &File, space: &mut [u8], at: u64) -> io::Result<()> {
    let mut done = 0;
    while let Some(rest) = space.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match read_at(file, rest, at + done as u64)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => done += n,
        }
    }
    Ok(())
}
