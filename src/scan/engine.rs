//! What the workers call: the scanner, and the oracle where the scanner declines.

use super::schema::Schema;
use super::walker::Walker;
use super::{Hits, Scan, oracle};
use crate::fault::Fault;

/// Which engine reads the lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The fast scanner, the oracle where it declines.
    #[default]
    Fast,
    /// The oracle alone: slow, for doubters (`--engine oracle`).
    Oracle,
}

/// One worker's engine.
pub struct Engine<'s> {
    schema: &'s Schema,
    choice: Choice,
    walker: Walker,
    /// Lines the scanner declined; `-v` shows them.
    pub deferred: u64,
}

impl<'s> Engine<'s> {
    /// An engine for lines of this schema.
    pub fn new(schema: &'s Schema, choice: Choice) -> Self {
        Self {
            schema,
            choice,
            walker: Walker::new(schema),
            deferred: 0,
        }
    }

    /// Fills `hits` with the wanted values of one line.
    ///
    /// # Errors
    /// The fault that makes the line malformed.
    pub fn scan(&mut self, line: &[u8], hits: &mut Hits) -> Result<(), Fault> {
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
