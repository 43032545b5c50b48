//! Where strings and lines end: one pass over the bytes, 64 at a time.
//!
//! What is noted, as positions in ascending order:
//! * the **entries**: all quotes that no `\` escapes, and all control bytes, of which
//!   `\n` is one. So what stands between two neighbours among them is free of both: a
//!   line whose learned text accounts for all its entries has none in its values;
//! * which entries are the ends of lines;
//! * where something is bad: an escape that JSON does not know. Lines with bad places
//!   are left to the walker's careful mode.

use super::escapes::{self, Carry};
use super::simd::{Block, GROUP, Kernel, Lanes, Level, Marks};
use std::ops::Range;

/// Bytes that are indexed ahead of the scanner, rounded up to a whole line: large
/// enough to hide the call, small enough that text and index stay in the first-
/// and second-level caches.
pub(super) const WINDOW_BYTES: usize = 32 << 10;

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

    /// Indexes lines from the start of `text`: at least one, and those that start in so many
    /// bytes, roughly.
    pub fn build(&mut self, text: &[u8], level: Level, bytes: usize) {
        self.clear();
        if !text.is_empty() {
            level.run(Build {
                index: self,
                text,
                bytes,
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
            bytes: WINDOW_BYTES,
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
    bytes: usize,
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
            bytes,
            padded,
        } = self;
        let mut so_far = SoFar::default();
        let (blocks, rest) = text.as_chunks::<64>();
        let stretch_blocks = if bytes < STRETCH * 64 { GROUP } else { STRETCH };
        for stretch in blocks.chunks(stretch_blocks) {
            so_far = index.stretch(lanes, stretch, so_far);
            if so_far.blocks >= bytes / 64 && index.lines.count > 0 {
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
    lines: usize,
    carry: Carry,
}

impl Index {
    /// Takes some blocks.
    #[inline(always)]
    fn stretch<L: Lanes>(&mut self, lanes: L, blocks: &[Block], mut so_far: SoFar) -> SoFar {
        let room = so_far.entries + (blocks.len() + 1) * 64;
        if self.entries.len() < room {
            self.entries.resize(room * 2, 0);
        }
        let room = so_far.lines + (blocks.len() + 1) * 64;
        if self.lines.ends.len() < room {
            self.lines.ends.resize(room, 0);
        }
        let mut noting = Noting {
            entries: &mut self.entries,
            ends: &mut self.lines.ends,
            bad: &mut self.bad,
        };
        let mut marks = Marks::NONE;
        for group in blocks.chunks(GROUP) {
            so_far = noting.group(lanes, group, &mut marks, so_far);
        }
        self.lines.count = so_far.lines;
        so_far
    }
}

/// Where it is written down.
struct Noting<'i> {
    entries: &'i mut [u32],
    ends: &'i mut [u32],
    bad: &'i mut Vec<u32>,
}

impl Noting<'_> {
    #[inline(always)]
    fn group<L: Lanes>(
        &mut self,
        lanes: L,
        blocks: &[Block],
        marks: &mut Marks,
        so_far: SoFar,
    ) -> SoFar {
        let SoFar {
            blocks: first,
            mut entries,
            mut lines,
            mut carry,
        } = so_far;
        let mut at = (first * 64) as u32;
        if (lanes.mark(blocks, marks) | carry.is_pending())
            && let Some(bad) = escapes::take_out(lanes, blocks, marks, &mut carry)
        {
            self.note_bad(&bad, at);
        }
        let marked = marks.entries.iter().zip(&marks.newlines);
        for (bits, newline) in marked.take(blocks.len()) {
            let (bits, newline) = (*bits, *newline);
            // One line's end is always written, whether it counts or not: there is no telling
            // which block has one.
            if let Some(end) = self.ends.get_mut(lines) {
                *end = entries as u32 + (bits & up_to_first(newline)).count_ones();
            }
            lines += usize::from(newline != 0);
            let more = newline & newline.wrapping_sub(1);
            if more != 0 {
                lines = self.note_ends(lines, more, bits, entries as u32);
            }
            let slots = self.entries.get_mut(entries..);
            let Some(slots) = slots.and_then(|slots| slots.first_chunk_mut()) else {
                break; // cannot be: there is room for 64 a block
            };
            lanes.positions(bits, at, slots);
            entries += bits.count_ones() as usize;
            at += 64;
        }
        SoFar {
            blocks: first + blocks.len(),
            entries,
            lines,
            carry,
        }
    }

    /// The ends of lines that are shorter than a block.
    #[cold]
    #[inline(never)]
    fn note_ends(&mut self, mut lines: usize, mut left: u64, bits: u64, before: u32) -> usize {
        while left != 0 {
            if let Some(end) = self.ends.get_mut(lines) {
                *end = before + (bits & up_to_first(left)).count_ones();
            }
            lines += 1;
            left &= left - 1;
        }
        lines
    }

    #[cold]
    #[inline(never)]
    fn note_bad(&mut self, blocks: &[u64], mut at: u32) {
        for block in blocks {
            let mut bits = *block;
            while bits != 0 {
                self.bad.push(at + bits.trailing_zeros());
                bits &= bits - 1;
            }
            at += 64;
        }
    }
}

/// All bits up to and with the lowest; all if there is none.
#[inline(always)]
fn up_to_first(bits: u64) -> u64 {
    bits ^ bits.wrapping_sub(1)
}
