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
//! In place of `next_line`, `skim` hands lines of known shapes to a [`Skim`] first, and gives
//! the next one that it did not take. `take_line` and `take_text` do so for one line, or for
//! a text elsewhere.
//!
//! `next_line`, `skim` and `scan_line` must see the same bytes until the next `begin`.

mod texts;

use super::index::{Index, WINDOW_BYTES};
use super::known::Known;
use super::learned::ROSTER;
use super::matcher::Matcher;
use super::schema::Schema;
use super::simd::GROUP;
pub use super::simd::Isa;
use super::skim::Skim;
use super::stencil::{Comparing, Envelopes, Unwrapping};
use super::taking::{Skimming, Taken, Taking};
use super::{Hits, PathId, Scan, oracle};
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

/// Bytes that the matchers may read after a line.
const ROOM: usize = 64;

/// Positions are kept in 32 bits; longer texts go to the oracle line by line.
const MAX_TEXT_BYTES: usize = 1 << 31;

/// One worker's engine.
pub struct Engine<'s> {
    schema: &'s Schema,
    choice: Choice,
    /// The lines of the current window of the block.
    index: Index,
    /// Where in the block that window starts.
    window: usize,
    /// Where in the block the next line starts.
    next: usize,
    /// Bytes to index where stencils do not fit.
    index_bytes: usize,
    matcher: Matcher,
    envelopes: Envelopes,
    /// A line that the short way left after it had been matched.
    left: Option<(Range<usize>, Known)>,
    /// A copy of a line that stands elsewhere, with room after it, and its index.
    copy: Vec<u8>,
    copy_index: Index,
    /// Lines the scanner declined; `-v` shows them.
    pub deferred: u64,
    /// Lines that were walked token by token, the declined ones included.
    pub walked: u64,
    /// Lines that were taken by stencils, without an index.
    pub compared: u64,
}

impl<'s> Engine<'s> {
    /// An engine for lines of this schema.
    pub fn new(schema: &'s Schema, choice: Choice) -> Self {
        Self::with_isa(schema, choice, Isa::Auto)
    }

    /// An engine that uses the given instructions, if the processor has them.
    pub fn with_isa(schema: &'s Schema, choice: Choice, isa: Isa) -> Self {
        Self {
            schema,
            choice,
            index: Index::default(),
            window: 0,
            next: 0,
            index_bytes: 1,
            matcher: Matcher::new(isa),
            envelopes: Envelopes::new(),
            left: None,
            copy: Vec::new(),
            copy_index: Index::default(),
            deferred: 0,
            walked: 0,
            compared: 0,
        }
    }

    /// Starts a new block of whole lines; the last may lack its `\n`.
    pub fn begin(&mut self) {
        self.index.clear();
        self.window = 0;
        self.next = 0;
        self.left = None;
    }

    /// Gives `taker` lines of known shapes as long as it takes them; then the next line,
    /// as [`Self::next_line`] does.
    #[inline]
    pub fn skim(&mut self, block: &[u8], taker: &mut impl Skim) -> Option<Range<usize>> {
        self.left = None;
        if self.choice == Choice::Oracle {
            return self.next_line(block);
        }
        loop {
            let text = block.get(self.window..).unwrap_or_default();
            let (taken, left) = self.matcher.level.run(Skimming {
                index: &mut self.index,
                text,
                learned: &mut self.matcher.learned,
                stencils: &mut self.matcher.stencils,
                scratch: &mut self.matcher.scratch,
                taker,
            });
            self.matcher.matched(taken);
            self.matcher.grow_stencils(taken);
            if let Some(left) = left {
                let line = self.window + left.line.start..self.window + left.line.end;
                self.next = line.end + 1;
                self.left = left.known.map(|known| (line.clone(), known));
                return Some(line);
            }
            if let Some(end) = self.index.last_line_end() {
                self.next = self.window + end + 1;
            }
            let rest = block.get(self.next..).filter(|rest| !rest.is_empty())?;
            if rest.len() > MAX_TEXT_BYTES {
                return self.next_line(block);
            }
            self.index.clear();
            let mut bytes = WINDOW_BYTES;
            if self.matcher.stencils.are_used() {
                if self.envelopes.are_known() {
                    self.unwrap(block, taker);
                }
                if let Some(line) = self.compare(block, taker) {
                    return Some(line);
                }
                bytes = self.index_bytes;
            }
            self.window = self.next;
            let rest = block.get(self.next..).filter(|rest| !rest.is_empty())?;
            self.index.build(rest, self.matcher.level, bytes);
        }
    }

    /// Gives `taker` records as long as they stand in known envelopes and stencils fit them.
    #[inline]
    fn unwrap(&mut self, block: &[u8], taker: &mut impl Skim) {
        let (lines, bytes) = self.matcher.level.run(Unwrapping {
            text: block.get(self.next..).unwrap_or_default(),
            envelopes: &mut self.envelopes,
            stencils: &mut self.matcher.stencils,
            learned: &mut self.matcher.learned,
            scratch: &mut self.matcher.scratch,
            taker,
        });
        self.took(lines);
        self.next += bytes;
        if lines > 0 {
            self.index_bytes = 1; // the next line may be the only one that does not fit
        }
    }

    /// Notes that lines were taken by stencils.
    #[inline]
    fn took(&mut self, lines: u64) {
        self.matcher.grow_stencils(lines);
        self.matcher.matched(lines);
        self.compared += lines;
    }

    /// Notes that a line of a shape was an envelope, of the record that stands in the string at
    /// `path`: others of the shape are offered by [`Skim::take_wrapped`].
    #[inline]
    pub fn is_envelope(&mut self, shape: u32, path: PathId) {
        // Where keys come in any order, no line need be like the next.
        if shape != 0 && shape & ROSTER == 0 {
            self.envelopes.learn(&self.matcher.learned, shape, path);
        }
    }

    /// Gives `taker` lines as long as stencils fit them; the one that it does not take.
    #[inline]
    fn compare(&mut self, block: &[u8], taker: &mut impl Skim) -> Option<Range<usize>> {
        let start = self.next;
        let compared = self.matcher.level.run(Comparing {
            text: block.get(start..).unwrap_or_default(),
            stencils: &mut self.matcher.stencils,
            learned: &mut self.matcher.learned,
            scratch: &mut self.matcher.scratch,
            taker,
        });
        self.took(compared.lines);
        self.matcher.stencils.failed = compared.left.is_none();
        self.next = start + compared.next;
        if let Some(left) = compared.left {
            self.window = start;
            let line = self.window + left.line.start..self.window + left.line.end;
            self.left = left.known.map(|known| (line.clone(), known));
            return Some(line);
        }
        // The index is needed for one line; for more, if the next ones fit no better.
        self.index_bytes = if compared.lines > 0 {
            1
        } else {
            (self.index_bytes * 4).clamp(GROUP * 64, WINDOW_BYTES)
        };
        None
    }

    /// The next line of `block`, without its `\n`.
    #[inline]
    pub fn next_line(&mut self, block: &[u8]) -> Option<Range<usize>> {
        let line = match self.index.next_line() {
            Some(line) => line,
            None => {
                let rest = block.get(self.next..).filter(|rest| !rest.is_empty())?;
                self.window = self.next;
                if rest.len() > MAX_TEXT_BYTES {
                    self.index.clear();
                    let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                    self.next += end + 1;
                    return Some(self.window..self.window + end);
                }
                self.index.build(rest, self.matcher.level, WINDOW_BYTES);
                self.index.next_line()?
            }
        };
        self.next = self.window + line.end + 1;
        Some(self.window + line.start..self.window + line.end)
    }

    /// Fills `hits` with the wanted values of the line that [`Self::next_line`]
    /// returned last, or of what is left of it after a prefix. Offsets in `hits`
    /// count from `line.start`.
    ///
    /// # Errors
    /// The fault that makes the line malformed.
    #[inline]
    pub fn scan_line(
        &mut self,
        block: &[u8],
        line: Range<usize>,
        hits: &mut Hits,
    ) -> Result<(), Fault> {
        if let Some((left, known)) = self.left.take()
            && left == line
        {
            let start = line.start - self.window;
            self.matcher.fill(known, start, hits);
            return Ok(());
        }
        let whole = block.get(line.clone()).unwrap_or_default();
        if self.choice == Choice::Fast
            && block.len().saturating_sub(line.end) >= ROOM
            && let Some(text) = block.get(self.window..)
            && let Some(start) = line.start.checked_sub(self.window)
            && let Some(known) = self.index.line(text, start..line.end - self.window)
        {
            return match self
                .matcher
                .scan(&known, self.schema, hits, &mut self.walked)
            {
                Scan::Fields => Ok(()),
                Scan::Reject(fault) => Err(fault),
                Scan::Defer => self.ask_oracle(whole, hits),
            };
        }
        self.scan_one(whole, hits)
    }

    /// Fills `hits` with the wanted values of one line that stands anywhere.
    ///
    /// # Errors
    /// The fault that makes the line malformed.
    pub fn scan_one(&mut self, line: &[u8], hits: &mut Hits) -> Result<(), Fault> {
        if self.choice == Choice::Oracle || line.len() > MAX_TEXT_BYTES {
            return oracle::parse(line, self.schema, hits);
        }
        let mut copy = std::mem::take(&mut self.copy);
        copy.clear();
        copy.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
        let scan = self.scan_padded(&mut copy, hits);
        self.copy = copy;
        match scan {
            Scan::Fields => Ok(()),
            Scan::Reject(fault) => Err(fault),
            Scan::Defer => self.ask_oracle(line, hits),
        }
    }

    /// Gives what is left, after a prefix, of the line that was returned last to `taker`,
    /// if it is of a known shape; says whether it was taken.
    pub fn take_line(&mut self, block: &[u8], line: Range<usize>, taker: &mut impl Skim) -> bool {
        let text = block.get(self.window..).unwrap_or_default();
        let Some(start) = line.start.checked_sub(self.window) else {
            return false;
        };
        if self.choice == Choice::Oracle {
            return false;
        }
        let Some(known) = self.index.line(text, start..line.end - self.window) else {
            return false;
        };
        let taken = self.matcher.level.run(Taking {
            line: &known,
            learned: &mut self.matcher.learned,
            scratch: &mut self.matcher.scratch,
            taker,
        });
        let taken = matches!(taken, Taken::Yes(_));
        self.matcher.matched(u64::from(taken));
        taken
    }

    #[cold]
    fn ask_oracle(&mut self, line: &[u8], hits: &mut Hits) -> Result<(), Fault> {
        self.deferred += 1;
        oracle::parse(line, self.schema, hits)
    }
}
