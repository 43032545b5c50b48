//! Where lines, keys and strings end: one pass over the bytes, 64 at a time.
//!
//! What is noted (and why no more is needed):
//! * the `:` after each key's closing quote, and each `\n`, as positions: the
//!   anchors that learned text is compared at;
//! * all quotes that no `\` escapes, as a bitmap, and their number per line: a line
//!   whose learned text accounts for all its quotes has none in its values;
//! * where something is odd: a control byte, or an escape that JSON does not know.
//!   Lines with odd places are left to the walker's careful mode.
//!
//! Escapes are judged without knowing what is a string. That is right for valid
//! lines, as they have no `\` elsewhere, and only valid lines are matched.

use super::simd::{Block, Kernel, Lanes, Level};
use std::ops::Range;

/// Bytes that are indexed ahead of the scanner, rounded up to a whole line: large
/// enough to hide the call, small enough that text and index stay in the first-
/// and second-level caches.
const WINDOW_BYTES: usize = 32 << 10;

/// The end of a line in the index.
#[derive(Clone, Copy, Debug, Default)]
struct LineEnd {
    /// Position of its `\n`.
    at: u32,
    /// Anchors up to and with that `\n`.
    anchors: u32,
    /// Quotes before it.
    quotes: u32,
    /// Blocks with a `\` up to and with its own, and those before its own.
    escapes: u32,
    escapes_before: u32,
}

/// What is known of a window of whole lines. Positions count from its start.
#[derive(Default)]
pub(super) struct Index {
    anchors: Vec<u32>,
    quotes: Vec<u64>,
    notes: Notes,
    // Cursors: lines are read in order.
    next_line: usize,
    next_odd: usize,
}

/// What most blocks add nothing to.
#[derive(Default)]
struct Notes {
    /// Longer than there are lines; the first [`Self::line_count`] count.
    lines: Vec<LineEnd>,
    line_count: usize,
    odd: Vec<u32>,
    carry: Carry,
}

/// What the bytes before a block mean for it.
#[derive(Clone, Copy, Default)]
struct Carry {
    /// Bit 0: the last byte was an unescaped quote.
    quote: u64,
    /// Bit 0: the last byte was a `\` that escapes the next one.
    escape: u64,
    /// Bit 0: the last byte was a `\r`.
    cr: u64,
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
    /// Its anchors; the last is the `\n`.
    pub anchors: &'w [u32],
    /// How many unescaped quotes it has.
    pub quote_count: u32,
    /// Unescaped quotes of the window.
    pub quotes: &'w [u64],
    /// Whether there may be a `\`.
    pub escapes: bool,
    /// Whether it has a control byte or a bad escape.
    pub odd: bool,
}

impl<'w> Line<'w> {
    /// A line of which nothing is known: the walker reads it byte by byte.
    pub fn unknown(text: &'w [u8], end: usize) -> Self {
        Self {
            text,
            start: 0,
            end,
            anchors: &[],
            quote_count: 0,
            quotes: &[],
            escapes: true,
            odd: true,
        }
    }

    /// The first unescaped quote at `from` or later, within the line.
    #[inline]
    pub fn next_quote(&self, from: usize) -> Option<usize> {
        let mut word = from / 64;
        let mut bits = self.quotes.get(word)? >> (from % 64) << (from % 64);
        while bits == 0 {
            word += 1;
            if word * 64 >= self.end {
                return None;
            }
            bits = *self.quotes.get(word)?;
        }
        let at = word * 64 + bits.trailing_zeros() as usize;
        (at < self.end).then_some(at)
    }

    /// Whether an unescaped quote stands at `at`.
    #[inline]
    pub fn is_quote(&self, at: usize) -> bool {
        self.quotes
            .get(at / 64)
            .is_some_and(|bits| bits >> (at % 64) & 1 == 1)
    }
}

impl Index {
    /// Forgets the lines.
    pub fn clear(&mut self) {
        self.notes.line_count = 0;
        self.notes.odd.clear();
        self.notes.carry = Carry::default();
        (self.next_line, self.next_odd) = (0, 0);
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

    /// The next line's bytes, without the `\n`.
    #[inline]
    pub fn next_line(&mut self) -> Option<Range<usize>> {
        let start = match self.next_line {
            0 => 0,
            n => self.notes.lines.get(n - 1)?.at as usize + 1,
        };
        if self.next_line >= self.notes.line_count {
            return None;
        }
        let line = self.notes.lines.get(self.next_line)?;
        self.next_line += 1;
        Some(start..line.at as usize)
    }

    /// Where the last of the window's lines ends, whichever was read last.
    pub fn last_line_end(&self) -> Option<usize> {
        let last = self.notes.line_count.checked_sub(1)?;
        self.notes.lines.get(last).map(|line| line.at as usize)
    }

    /// What is known of `line`: the one that [`Self::next_line`] gave last, or the rest of
    /// it after a prefix. `None` if it is neither.
    #[inline(always)]
    pub fn line<'w>(&'w mut self, text: &'w [u8], line: Range<usize>) -> Option<Line<'w>> {
        let end = *self.notes.lines.get(self.next_line.checked_sub(1)?)?;
        let before = match self.next_line {
            1 => LineEnd::default(),
            n => *self.notes.lines.get(n - 2)?,
        };
        let first = if self.next_line == 1 {
            0
        } else {
            before.at as usize + 1
        };
        let mut anchors = self
            .anchors
            .get(before.anchors as usize..end.anchors as usize)?;
        let mut quote_count = end.quotes - before.quotes;
        if line.end != end.at as usize || line.start < first || line.start > line.end {
            return None;
        }
        if line.start > first {
            let cut = anchors.partition_point(|at| (*at as usize) < line.start);
            anchors = anchors.get(cut..)?;
            quote_count -= count(&self.quotes, first..line.start);
        }
        let odd = reaches(&self.notes.odd, &mut self.next_odd, line.start, line.end);
        let escapes = end.escapes != before.escapes_before;
        Some(Line {
            text,
            start: line.start,
            end: line.end,
            anchors,
            quote_count,
            quotes: &self.quotes,
            escapes,
            odd,
        })
    }
}

/// Whether a sorted list has an entry within `first..=last`; the cursor passes what is before.
#[inline]
fn reaches(list: &[u32], cursor: &mut usize, first: usize, last: usize) -> bool {
    while let Some(at) = list.get(*cursor) {
        if *at as usize >= first {
            return *at as usize <= last;
        }
        *cursor += 1;
    }
    false
}

/// Quotes within a range.
fn count(quotes: &[u64], range: Range<usize>) -> u32 {
    let (first, last) = (range.start / 64, range.end / 64);
    let words = quotes.get(first..).unwrap_or_default().iter().enumerate();
    let mut sum = 0;
    for (number, bits) in words.take(last - first + 1) {
        let mut bits = *bits;
        if number == 0 {
            bits &= u64::MAX << (range.start % 64);
        }
        if number == last - first {
            bits &= !(u64::MAX << (range.end % 64));
        }
        sum += bits.count_ones();
    }
    sum
}

/// The pass itself.
struct Build<'i, 't> {
    index: &'i mut Index,
    text: &'t [u8],
    padded: bool,
}

/// Blocks between two looks at whether there is room for anchors.
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
        let mut so_far = Counts::default();
        let (blocks, rest) = text.as_chunks::<64>();
        for stretch in blocks.chunks(STRETCH) {
            so_far = index.stretch(lanes, stretch, so_far);
            if so_far.blocks >= WINDOW_BYTES / 64 && index.notes.line_count > 0 {
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
struct Counts {
    blocks: usize,
    anchors: usize,
    quotes: u32,
    /// Blocks with a `\`.
    escapes: u32,
}

impl Index {
    /// Takes some blocks.
    #[inline(always)]
    fn stretch<L: Lanes>(&mut self, lanes: L, blocks: &[Block], so_far: Counts) -> Counts {
        let Counts {
            blocks: first,
            mut anchors,
            quotes: mut quote_count,
            mut escapes,
        } = so_far;
        let room = anchors + (blocks.len() + 1) * 64;
        if self.anchors.len() < room {
            self.anchors.resize(room * 2, 0);
        }
        let last = first + blocks.len();
        if self.quotes.len() < last {
            self.quotes.resize(last * 2, 0);
        }
        let room = self.notes.line_count + (blocks.len() + 1) * 64;
        if self.notes.lines.len() < room {
            self.notes.lines.resize(room, LineEnd::default());
        }
        let notes = &mut self.notes;
        let all = self.anchors.as_mut_slice();
        let words = self.quotes.get_mut(first..last).unwrap_or_default();
        let mut at = (first * 64) as u32;
        let mut carry = notes.carry;
        for (block, word) in blocks.iter().zip(words) {
            let marks = lanes.marks(block);
            let lines = marks.newline;
            let mut quote = marks.quote;
            let escapes_before = escapes;
            if marks.special | ((carry.escape | carry.hex | carry.cr) != 0) {
                let (escaped, odd) = escapes_of(lanes, block, &mut carry);
                quote &= !escaped.bytes;
                escapes += u32::from(escaped.any);
                let control = lanes.control(block);
                let mut odd = odd;
                if (control | carry.cr) != 0 {
                    odd |=
                        odd_controls(lanes, block, control, lines, &mut carry, &mut notes.odd, at);
                }
                if odd != 0 {
                    note_all(&mut notes.odd, odd, at);
                }
            }
            let bits = marks.colon & (quote << 1 | carry.quote) | lines;
            // One line's end is always written and rarely more than one counts: there is no
            // telling which block has one.
            let mut left = lines;
            loop {
                let below = left ^ left.wrapping_sub(1); // up to and with the first `\n` left
                if let Some(end) = notes.lines.get_mut(notes.line_count) {
                    *end = LineEnd {
                        at: at + left.trailing_zeros(),
                        anchors: anchors as u32 + (bits & below).count_ones(),
                        quotes: quote_count + (quote & below).count_ones(),
                        escapes,
                        escapes_before,
                    };
                }
                notes.line_count += usize::from(left != 0);
                left &= left.wrapping_sub(1);
                if left == 0 {
                    break;
                }
            }
            carry.quote = quote >> 63;
            quote_count += quote.count_ones();
            *word = quote;
            // Long strings have neither keys nor ends of lines for many blocks.
            if bits != 0 {
                let Some(slots) = all
                    .get_mut(anchors..)
                    .and_then(|slots| slots.first_chunk_mut())
                else {
                    break; // cannot be: there is room for 64 a block
                };
                lanes.positions(bits, at, slots);
                anchors += bits.count_ones() as usize;
            }
            at += 64;
        }
        notes.carry = carry;
        Counts {
            blocks: last,
            anchors,
            quotes: quote_count,
            escapes,
        }
    }
}

/// What a block has of escapes.
struct Escaped {
    /// Bytes that a `\` stands before.
    bytes: u64,
    /// Whether there is any `\`, or the rest of an escape.
    any: bool,
}

/// The escapes of a block, and where they are none that JSON knows.
#[inline(always)]
fn escapes_of<L: Lanes>(lanes: L, block: &Block, carry: &mut Carry) -> (Escaped, u64) {
    let slash = lanes.equal(block, b'\\');
    if (slash | carry.escape | carry.hex) == 0 {
        return (
            Escaped {
                bytes: 0,
                any: false,
            },
            0,
        );
    }
    let bytes = escaped_bytes(slash, &mut carry.escape);
    let mut odd = bytes & !lanes.escapable(block);
    let unicode = bytes & lanes.equal(block, b'u');
    let digits = unicode << 1 | unicode << 2 | unicode << 3 | unicode << 4 | carry.hex;
    carry.hex = unicode >> 63 | unicode >> 62 | unicode >> 61 | unicode >> 60;
    if digits != 0 {
        odd |= digits & !lanes.hex(block);
    }
    (Escaped { bytes, any: true }, odd)
}

/// Control bytes that are neither ends of lines nor the `\r` before one, which may be
/// the first byte of the next block.
#[inline(always)]
fn odd_controls<L: Lanes>(
    lanes: L,
    block: &Block,
    control: u64,
    lines: u64,
    carry: &mut Carry,
    odd: &mut Vec<u32>,
    at: u32,
) -> u64 {
    let others = control & !lines;
    if (others | carry.cr) == 0 {
        return 0;
    }
    if carry.cr & !lines & 1 != 0 {
        odd.push(at - 1);
    }
    let cr = lanes.equal(block, b'\r') & (lines >> 1 | 1 << 63);
    carry.cr = cr >> 63;
    others & !cr
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
