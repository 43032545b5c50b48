//! What the workers call: the scanner, and the oracle where the scanner declines.
//!
//! ```text
//! engine.begin();                                  // a new block of whole lines
//! while let Some(line) = engine.next_line(block) { // without its '\n'
//!     engine.scan_line(block, line, &mut hits)?;   // or not, if the line is not wanted
//! }
//! engine.scan_one(inner, &mut hits)?;              // at any time, for text elsewhere
//! ```
//!
//! `next_line` and `scan_line` must see the same bytes until the next `begin`.

use super::schema::Schema;
use super::walker::Walker;
use super::{Hits, Scan, oracle};
use crate::fault::Fault;
use std::ops::Range;

/// Which engine reads the lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The fast scanner, the oracle where it declines.
    #[default]
    Fast,
    /// The oracle alone: slow, for doubters (`--engine oracle`).
    Oracle,
}

/// Which instructions the scanner uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Isa {
    /// The best that this processor has.
    #[default]
    Auto,
    /// AVX2; [`Isa::Portable`] where the processor lacks it.
    Avx2,
    /// Plain 64-bit arithmetic.
    Portable,
}

/// One worker's engine.
pub struct Engine<'s> {
    schema: &'s Schema,
    choice: Choice,
    walker: Walker,
    next: usize,
    /// Lines the scanner declined; `-v` shows them.
    pub deferred: u64,
}

impl<'s> Engine<'s> {
    /// An engine for lines of this schema.
    pub fn new(schema: &'s Schema, choice: Choice) -> Self {
        Self::with_isa(schema, choice, Isa::Auto)
    }

    /// An engine that uses the given instructions, if the processor has them.
    pub fn with_isa(schema: &'s Schema, choice: Choice, _isa: Isa) -> Self {
        Self {
            schema,
            choice,
            walker: Walker::new(schema),
            next: 0,
            deferred: 0,
        }
    }

    /// Starts a new block of whole lines; the last may lack its `\n`.
    pub fn begin(&mut self) {
        self.next = 0;
    }

    /// The next line of `block`, without its `\n`.
    pub fn next_line(&mut self, block: &[u8]) -> Option<Range<usize>> {
        let start = self.next;
        let rest = block.get(start..).filter(|rest| !rest.is_empty())?;
        let end = memchr::memchr(b'\n', rest).map_or(block.len(), |at| start + at);
        self.next = end + 1;
        Some(start..end)
    }

    /// Fills `hits` with the wanted values of the line that [`Self::next_line`]
    /// returned last, or of what is left of it after a prefix. Offsets in `hits`
    /// count from `line.start`.
    ///
    /// # Errors
    /// The fault that makes the line malformed.
    pub fn scan_line(
        &mut self,
        block: &[u8],
        line: Range<usize>,
        hits: &mut Hits,
    ) -> Result<(), Fault> {
        self.scan_one(block.get(line).unwrap_or_default(), hits)
    }

    /// Fills `hits` with the wanted values of one line that stands anywhere.
    ///
    /// # Errors
    /// The fault that makes the line malformed.
    pub fn scan_one(&mut self, line: &[u8], hits: &mut Hits) -> Result<(), Fault> {
        if self.choice == Choice::Fast {
            match self.walker.scan(line, self.schema, hits) {
                Scan::Fields => return Ok(()),
                Scan::Reject(fault) => return Err(fault),
                Scan::Defer => self.deferred += 1,
            }
        }
        oracle::parse(line, self.schema, hits)
    }
}
