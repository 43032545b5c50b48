//! Where strings and lines end: one pass over the bytes, 64 at a time.
//!
//! What is noted, as positions in ascending order:
//! * the **entries**: all quotes that no `\` escapes, and all control bytes, of which
//!   `\n` is one. So what stands between two neighbours among them is free of both: a
//!   line whose learned text accounts for all its entries has none in its values;
//! * which entries are the ends of lines;
//! * where something is bad: an escape that JSON does not know. Lines with bad places
//!   are left to the walker's careful mode.
//!
//! Escapes are judged without knowing what is a string. That is right for valid
//! lines, as they have no `\` elsewhere, and only valid lines are matched.

use super::simd::{Block, Kernel, Lanes, Level};
use std::ops::Range;

/// Bytes that are indexed ahead of the scanner, rounded up to a whole line: large
/// enough to hide the call, small enough that text and index stay in the first-
/// and second-level caches.
const WINDOW_BYTES: usize = 32 << 10;

/// What is known of a window of whole lines. Positions count from its start.
#[derive(Default)]
pub(super) struct Index {
    /// Longer than there are entries; as many count as the last line's end says.
    entries: Vec<u32>,
    lines: Lines,
    bad: Vec<u32>,
    // Cursors: lines are read in order.
    next_line: usize,
    next_bad: usize,
}

/// The ends of lines.
#[derive(Default)]
struct Lines {
    /// How many entries there are up to and with a line's `\n`. Longer than there are
    /// lines; the first [`Self::count`] count.
    ends: Vec<u32>,
    count: usize,
}

/// What the bytes before a block mean for it.
#[derive(Clone, Copy, Default)]
struct Carry {
    /// Bit 0: the last byte was a `\` that escapes the next one.
    escape: u64,
    /// The first bytes of the next block must be hexadecimal digits.
    hex: u64,
}

/// One line in a window, as the matchers see it.
#[derive(Clone, Copy)]
pub(super) struct Line<'w> {
    /// The window, and what follows it.
    pub text: &'w [u8],
    /// First byte.
    pub start: usize,
    /// One past the last byte, where the `\n` is.
    pub end: usize,
    /// Its unescaped quotes and control bytes; the last is the `\n`.
    pub entries: &'w [u32],
    /// Whether it may have a bad escape.
    pub bad: bool,
}

impl<'w> Line<'w> {
    /// A line of which nothing is known: the walker reads it byte by byte.
    pub fn unknown(text: &'w [u8], end: usize) -> Self {
        Self {
            text,
            start: 0,
            end,
            entries: &[],
            bad: true,
        }
    }

    /// The first unescaped quote at `from` or later, if no control byte stands before it.
    #[inline]
    pub fn next_quote(&self, from: usize) -> Option<usize> {
        let number = self.entries.partition_point(|at| (*at as usize) < from);
        let at = *self.entries.get(number)? as usize;
        (self.text.get(at) == Some(&b'"')).then_some(at)
    }

    /// Whether it has a bad escape, or a control byte other than a `\r` at its end.
    pub fn is_odd(&self) -> bool {
        let others = self.entries.split_last().map_or(&[][..], |(_, rest)| rest);
        self.bad
            || others.iter().any(|at| {
                let at = *at as usize;
                self.text.get(at) != Some(&b'"')
                    && !(self.text.get(at) == Some(&b'\r') && at + 1 == self.end)
            })
    }
}

impl Index {
    /// Forgets the lines.
    pub fn clear(&mut self) {
        self.lines.count = 0;
        self.bad.clear();
        (self.next_line, self.next_bad) = (0, 0);
    }

    /// Indexes lines from the start of `text`: at least one, at most about a window.
    pub fn build(&mut self, text: &[u8], level: Level) {
        self.clear();
        if !text.is_empty() {
            level.run(Build {
                index: self,
                text,
                padded: false,
            });
        }
    }

    /// Indexes the first line of whole blocks; what comes after its `\n` is no line.
    pub fn build_padded(&mut self, text: &[u8], level: Level) {
        self.clear();
        level.run(Build {
            index: self,
            text,
            padded: true,
        });
    }

    /// How many entries there are before a line.
    #[inline(always)]
    fn entries_before(&self, line: usize) -> Option<usize> {
        match line {
            0 => Some(0),
            n => Some(*self.lines.ends.get(n - 1)? as usize),
        }
    }

    /// Where a line starts that has so many entries before it.
    #[inline(always)]
    fn start(&self, entries_before: usize) -> Option<usize> {
        match entries_before {
            0 => Some(0),
            n => Some(*self.entries.get(n - 1)? as usize + 1),
        }
    }

    /// The next line's bytes, without the `\n`.
    #[inline]
    pub fn next_line(&mut self) -> Option<Range<usize>> {
        if self.next_line >= self.lines.count {
            return None;
        }
        let start = self.start(self.entries_before(self.next_line)?)?;
        let end = self.end(self.next_line)?;
        self.next_line += 1;
        Some(start..end)
    }

    /// Where a line's `\n` is.
    #[inline(always)]
    fn end(&self, line: usize) -> Option<usize> {
        let entries = *self.lines.ends.get(line)? as usize;
        Some(*self.entries.get(entries.checked_sub(1)?)? as usize)
    }

    /// Where the last of the window's lines ends, whichever was read last.
    pub fn last_line_end(&self) -> Option<usize> {
        self.end(self.lines.count.checked_sub(1)?)
    }

    /// The next line, as the matchers see it.
    #[inline(always)]
    pub fn next_known<'w>(&'w mut self, text: &'w [u8]) -> Option<Line<'w>> {
        if self.next_line >= self.lines.count {
            return None;
        }
        let first = self.entries_before(self.next_line)?;
        let past = *self.lines.ends.get(self.next_line)? as usize;
        self.next_line += 1;
        let start = self.start(first)?;
        let entries = self.entries.get(first..past)?;
        let end = *entries.last()? as usize;
        let bad = reaches(&self.bad, &mut self.next_bad, start, end);
        Some(Line {
            text,
            start,
            end,
            entries,
            bad,
        })
    }

    /// What is known of `line`: the one that was given last, or the rest of it after a
    /// prefix. `None` if it is neither.
    #[inline(always)]
    pub fn line<'w>(&'w mut self, text: &'w [u8], line: Range<usize>) -> Option<Line<'w>> {
        let number = self.next_line.checked_sub(1)?;
        let first = self.entries_before(number)?;
        let past = *self.lines.ends.get(number)? as usize;
        let start = self.start(first)?;
        let mut entries = self.entries.get(first..past)?;
        if line.end != *entries.last()? as usize || line.start < start || line.start > line.end {
            return None;
        }
        if line.start > start {
            let cut = entries.partition_point(|at| (*at as usize) < line.start);
            entries = entries.get(cut..)?;
        }
        let bad = reaches(&self.bad, &mut self.next_bad, line.start, line.end);
        Some(Line {
            text,
            start: line.start,
            end: line.end,
            entries,
            bad,
        })
    }
}

/// Whether a sorted list has an entry within `first..=last`; the cursor passes what is before.
#[inline(always)]
fn reaches(list: &[u32], cursor: &mut usize, first: usize, last: usize) -> bool {
    while let Some(at) = list.get(*cursor) {
        if *at as usize >= first {
            return *at as usize <= last;
        }
        *cursor += 1;
    }
    false
}

/// The pass itself.
struct Build<'i, 't> {
    index: &'i mut Index,
    text: &'t [u8],
    padded: bool,
}

/// Blocks between two looks at whether there is room for entries.
const STRETCH: usize = WINDOW_BYTES / 64 / 16;

impl Kernel for Build<'_, '_> {
    type Out = ();

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let Self {
            index,
            text,
            padded,
        } = self;
        let mut so_far = SoFar::default();
        let (blocks, rest) = text.as_chunks::<64>();
        for stretch in blocks.chunks(STRETCH) {
            so_far = index.stretch(lanes, stretch, so_far);
            if so_far.blocks >= WINDOW_BYTES / 64 && index.lines.count > 0 {
                return;
            }
        }
        if padded {
            return;
        }
        // The last part of a block, and a `\n` for a line that lacks it.
        let mut block = [b' '; 64];
        if let Some(start) = block.get_mut(..rest.len()) {
            start.copy_from_slice(rest);
        }
        let ended = text.last() == Some(&b'\n');
        if let (false, Some(after)) = (ended, block.get_mut(rest.len())) {
            *after = b'\n';
        }
        if !(rest.is_empty() && ended) {
            index.stretch(lanes, &[block], so_far);
        }
    }
}

/// What the pass has seen.
#[derive(Clone, Copy, Default)]
struct SoFar {
    blocks: usize,
    entries: usize,
    carry: Carry,
}

impl Index {
    /// Takes some blocks.
    #[inline(always)]
    fn stretch<L: Lanes>(&mut self, lanes: L, blocks: &[Block], so_far: SoFar) -> SoFar {
        let SoFar {
            blocks: first,
            mut entries,
            mut carry,
        } = so_far;
        let room = entries + (blocks.len() + 1) * 64;
        if self.entries.len() < room {
            self.entries.resize(room * 2, 0);
        }
        let room = self.lines.count + (blocks.len() + 1) * 64;
        if self.lines.ends.len() < room {
            self.lines.ends.resize(room, 0);
        }
        let all = self.entries.as_mut_slice();
        let ends = self.lines.ends.as_mut_slice();
        let mut lines = self.lines.count;
        let mut at = (first * 64) as u32;
        for block in blocks {
            let marks = lanes.marks(block);
            let mut quote = marks.quote;
            if marks.slash | ((carry.escape | carry.hex) != 0) {
                let (escaped, bad) = escapes_of(lanes, block, &mut carry);
                quote &= !escaped;
                if bad != 0 {
                    note_all(&mut self.bad, bad, at);
                }
            }
            let bits = quote | marks.control;
            // One line's end is always written and rarely more than one counts: there is no
            // telling which block has one.
            let mut left = marks.newline;
            loop {
                let to = left ^ left.wrapping_sub(1); // up to and with the first `\n` left
                if let Some(end) = ends.get_mut(lines) {
                    *end = entries as u32 + (bits & to).count_ones();
                }
                lines += usize::from(left != 0);
                left &= left.wrapping_sub(1);
                if left == 0 {
                    break;
                }
            }
            let Some(slots) = all
                .get_mut(entries..)
                .and_then(|slots| slots.first_chunk_mut())
            else {
                break; // cannot be: there is room for 64 a block
            };
            lanes.positions(bits, at, slots);
            entries += bits.count_ones() as usize;
            at += 64;
        }
        self.lines.count = lines;
        SoFar {
            blocks: first + blocks.len(),
            entries,
            carry,
        }
    }
}

/// The bytes of a block that a `\` stands before, and where its escapes are none that
/// JSON knows.
#[inline(always)]
fn escapes_of<L: Lanes>(lanes: L, block: &Block, carry: &mut Carry) -> (u64, u64) {
    let slash = lanes.equal(block, b'\\');
    let escaped = escaped_bytes(slash, &mut carry.escape);
    let mut bad = escaped & !lanes.escapable(block);
    let unicode = escaped & lanes.equal(block, b'u');
    let digits = unicode << 1 | unicode << 2 | unicode << 3 | unicode << 4 | carry.hex;
    carry.hex = unicode >> 63 | unicode >> 62 | unicode >> 61 | unicode >> 60;
    if digits != 0 {
        bad |= digits & !lanes.hex(block);
    }
    (escaped, bad)
}

#[cold]
fn note_all(list: &mut Vec<u32>, mut bits: u64, at: u32) {
    while bits != 0 {
        list.push(at + bits.trailing_zeros());
        bits &= bits - 1;
    }
}

/// Bytes that an odd run of `\` stands before. A run may go on from block to block.
#[inline(always)]
pub(super) fn escaped_bytes(slash: u64, carry: &mut u64) -> u64 {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    let slash = slash & !*carry; // an escaped `\` escapes nothing
    let follows = slash << 1 | *carry;
    let odd_starts = slash & !EVEN & !follows;
    let (runs_from_even, overflow) = odd_starts.overflowing_add(slash);
    *carry = u64::from(overflow);
    (EVEN ^ runs_from_even << 1) & follows
}
