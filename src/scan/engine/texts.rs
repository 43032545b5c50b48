//! Texts that stand elsewhere than in a block: each is scanned by itself.

use super::{Choice, Engine, MAX_TEXT_BYTES, ROOM};
use crate::fault::Fault;
use crate::scan::index::Line;
use crate::scan::skim::Skim;
use crate::scan::stencil::Single;
use crate::scan::taking::{Taken, Taking};
use crate::scan::unescape::Unescape;
use crate::scan::{Hits, Scan, text};

impl Engine<'_> {
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

    /// Gives a text to `taker`, if it is of a known shape; says whether it was taken.
    /// What stands behind the text is used meanwhile.
    pub fn take_text(&mut self, text: &mut Vec<u8>, taker: &mut impl Skim) -> bool {
        if self.choice == Choice::Oracle || text.len() > MAX_TEXT_BYTES || text.ends_with(b"\n") {
            return false;
        }
        let len = text.len();
        pad(text);
        let used = self.matcher.stencils.are_used();
        let taken = if used
            && let Some(taken) = self.matcher.level.run(Single {
                text,
                end: len,
                stencils: &mut self.matcher.stencils,
                learned: &mut self.matcher.learned,
                scratch: &mut self.matcher.scratch,
                taker,
            }) {
            self.compared += u64::from(taken);
            taken
        } else {
            self.take_indexed(text, len, used, taker)
        };
        text.truncate(len);
        self.matcher.matched(u64::from(taken));
        self.matcher.grow_stencils(u64::from(taken));
        taken
    }

    /// [`Self::take_text`] by an index. `failed`: no stencil fits.
    fn take_indexed(
        &mut self,
        text: &[u8],
        len: usize,
        failed: bool,
        taker: &mut impl Skim,
    ) -> bool {
        self.index_padded(text, len);
        let first = self.copy_index.next_line();
        let Some(known) = self.copy_index.line(text, 0..len) else {
            return false;
        };
        if first != Some(0..len) {
            return false; // a `\n` inside
        }
        let taken = self.matcher.level.run(Taking {
            line: &known,
            learned: &mut self.matcher.learned,
            scratch: &mut self.matcher.scratch,
            taker,
        });
        taken.watch(
            &mut self.matcher.stencils,
            &mut self.matcher.learned,
            text,
            &self.matcher.scratch.bounds,
            failed,
        );
        matches!(taken, Taken::Yes(_))
    }

    /// Indexes a text of which the first `len` bytes and the `\n` after them count.
    fn index_padded(&mut self, text: &[u8], len: usize) {
        // Whole blocks, the last with some of the spaces.
        let blocks = text.get(..(len + 1).next_multiple_of(64));
        self.copy_index
            .build_padded(blocks.unwrap_or_default(), self.matcher.level);
    }

    /// Appends what a JSON string's content stands for to `out`; see [`text::unescape`].
    pub fn unescape(&self, inner: &[u8], out: &mut Vec<u8>) {
        match self.choice {
            Choice::Fast => self.matcher.level.run(Unescape { inner, out }),
            Choice::Oracle => text::unescape(inner, out),
        }
    }

    /// Scans a text without `\n` at its end, which it gets for the time of the scan.
    pub(super) fn scan_padded(&mut self, text: &mut Vec<u8>, hits: &mut Hits) -> Scan {
        let len = text.len();
        pad(text);
        self.index_padded(text, len);
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
}

/// Puts a `\n` and room behind a text.
fn pad(text: &mut Vec<u8>) {
    text.push(b'\n');
    text.extend_from_slice(&[b' '; 2 * ROOM]);
}
