//! What a worker finds in a segment, on its way to where segments are put in order.

use super::detail::Detail;
use crate::line::join::{Lane, Piece};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::ops::Range;

/// The lines of a segment that matter.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) input: usize,
    pub(super) segment: u64,
    /// Nothing of the input follows.
    pub(super) is_last: bool,
    /// Ascending.
    pub(super) lines: Vec<Line>,
    /// Their texts.
    pub(super) text: Text,
    /// Lines of the segment, if they were counted.
    pub(super) count: u64,
    /// Lines in which a wanted id stands as some other text.
    pub(super) elsewhere: u64,
    /// Lines above the cap, skipped: offset and length in bytes.
    pub(super) too_long: Vec<(u64, u64)>,
}

/// A line that matters.
#[derive(Debug)]
pub(super) struct Line {
    /// How many lines of the segment come before, if lines were counted.
    pub(super) index: u64,
    /// Of its first byte, in decompressed bytes of its input.
    pub(super) byte_offset: u64,
    /// Where its text stands in the batch's texts, without `\n`.
    pub(super) text: Range<usize>,
    pub(super) role: Role,
    pub(super) note: Option<Box<Note>>,
}

/// Why a line matters.
#[derive(Debug)]
pub(super) enum Role {
    /// It is wanted.
    Wanted,
    /// It may be wanted as context.
    Near,
    /// It is a part of a record that may go on in another line: wanted if that is.
    Piece(Lane, Piece),
}

/// What is told of a wanted line beside its text.
#[derive(Clone, Debug, Default)]
pub(super) struct Note {
    /// The wanted ids in it.
    pub(super) found: Vec<String>,
    /// Its records.
    pub(super) details: Vec<Detail>,
    /// It is no line of a wanted id, but of the same logical request.
    pub(super) related: bool,
}

/// Texts, in memory or, when too many wait for their turn, in a temporary file.
#[derive(Debug)]
pub(super) enum Text {
    Memory(Vec<u8>),
    Disk(File, usize),
}

impl Default for Text {
    fn default() -> Self {
        Self::Memory(Vec::new())
    }
}

impl Text {
    /// Appends a text; says where it stands.
    pub(super) fn push(&mut self, text: &[u8]) -> Range<usize> {
        let Self::Memory(bytes) = self else {
            return 0..0;
        };
        let start = bytes.len();
        bytes.extend_from_slice(text);
        start..bytes.len()
    }

    /// Bytes held in memory.
    pub(super) fn held_bytes(&self) -> usize {
        match self {
            Self::Memory(bytes) => bytes.len(),
            Self::Disk(..) => 0,
        }
    }

    /// Moves the texts to a temporary file.
    pub(super) fn spill(&mut self) -> io::Result<()> {
        if let Self::Memory(bytes) = self {
            let mut file = tempfile::tempfile()?;
            file.write_all(bytes)?;
            *self = Self::Disk(file, bytes.len());
        }
        Ok(())
    }

    /// The texts.
    pub(super) fn into_bytes(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Memory(bytes) => Ok(bytes),
            Self::Disk(mut file, length) => {
                let mut bytes = Vec::with_capacity(length);
                file.rewind()?;
                file.read_to_end(&mut bytes)?;
                Ok(bytes)
            }
        }
    }
}
