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

use super::index::{Index, Line};
use super::matcher::Matcher;
use super::piecewise::Known;
use super::schema::Schema;
pub use super::simd::Isa;
use super::skim::{Skim, Skimming, Taken, Taking};
use super::unescape::Unescape;
use super::{Hits, Scan, oracle, text};
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
    matcher: Matcher,
    /// A line that the short way left after it had been matched.
    left: Option<(Range<usize>, Known)>,
    /// A copy of a line that stands elsewhere, with room after it, and its index.
    copy: Vec<u8>,
    copy_index: Index,
    /// Lines the scanner declined; `-v` shows them.
    pub deferred: u64,
    /// Lines that were walked token by token, the declined ones included.
    pub walked: u64,
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
            matcher: Matcher::new(schema, isa),
            left: None,
            copy: Vec::new(),
            copy_index: Index::default(),
            deferred: 0,
            walked: 0,
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
                scratch: &mut self.matcher.scratch,
                taker,
            });
            self.matcher.matched(taken);
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
            self.window = self.next;
            self.index.build(rest, self.matcher.level);
        }
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
                self.index.build(rest, self.matcher.level);
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

    /// [`Self::scan_one`] for a text that is the caller's own: what stands behind it is
    /// used meanwhile, instead of a copy.
    ///
    /// # Errors
    /// The fault that makes the line malformed.
    pub fn scan_text(&mut self, text: &mut Vec<u8>, hits: &mut Hits) -> Result<(), Fault> {
        if self.choice == Choice::Oracle || text.len() > MAX_TEXT_BYTES || text.ends_with(b"\n") {
            return self.scan_one(text, hits);
        }
        match self.scan_padded(text, hits) {
            Scan::Fields => Ok(()),
            Scan::Reject(fault) => Err(fault),
            Scan::Defer => self.ask_oracle(text, hits),
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
        let taken = taken == Taken::Yes;
        self.matcher.matched(u64::from(taken));
        taken
    }

    /// Gives a text to `taker`, if it is of a known shape; says whether it was taken.
    /// What stands behind the text is used meanwhile.
    pub fn take_text(&mut self, text: &mut Vec<u8>, taker: &mut impl Skim) -> bool {
        if self.choice == Choice::Oracle || text.len() > MAX_TEXT_BYTES || text.ends_with(b"\n") {
            return false;
        }
        let len = self.index_padded(text);
        let first = self.copy_index.next_line();
        let known = self.copy_index.line(text, 0..len);
        let taken = match known {
            Some(known) if first == Some(0..len) => self.matcher.level.run(Taking {
                line: &known,
                learned: &mut self.matcher.learned,
                scratch: &mut self.matcher.scratch,
                taker,
            }),
            _ => Taken::No(None), // a `\n` inside
        };
        text.truncate(len);
        let taken = taken == Taken::Yes;
        self.matcher.matched(u64::from(taken));
        taken
    }

    /// Puts a `\n` and room behind a text, and indexes it; gives its length without.
    fn index_padded(&mut self, text: &mut Vec<u8>) -> usize {
        let len = text.len();
        text.push(b'\n');
        text.extend_from_slice(&[b' '; 2 * ROOM]);
        // Whole blocks, the last with some of the spaces.
        let blocks = text.get(..(len + 1).next_multiple_of(64));
        self.copy_index
            .build_padded(blocks.unwrap_or_default(), self.matcher.level);
        len
    }

    /// Appends what a JSON string's content stands for to `out`; see [`text::unescape`].
    pub fn unescape(&self, inner: &[u8], out: &mut Vec<u8>) {
        match self.choice {
            Choice::Fast => self.matcher.level.run(Unescape { inner, out }),
            Choice::Oracle => text::unescape(inner, out),
        }
    }

    /// Scans a text without `\n` at its end, which it gets for the time of the scan.
    fn scan_padded(&mut self, text: &mut Vec<u8>, hits: &mut Hits) -> Scan {
        let len = self.index_padded(text);
        let first = self.copy_index.next_line();
        let known = self.copy_index.line(text, 0..len);
        let scan = match known {
            Some(known) if first == Some(0..len) => {
                self.matcher
                    .scan(&known, self.schema, hits, &mut self.walked)
            }
            // A `\n` inside, between tokens or in a string.
            _ => {
                let known = Line::unknown(text, len);
                self.matcher
                    .walk(&known, self.schema, hits, &mut self.walked)
            }
        };
        text.truncate(len);
        scan
    }

    #[cold]
    fn ask_oracle(&mut self, line: &[u8], hits: &mut Hits) -> Result<(), Fault> {
        self.deferred += 1;
        oracle::parse(line, self.schema, hits)
    }
}
