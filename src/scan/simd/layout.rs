//! Text that must stand at certain distances from a line's entries (its quotes and control
//! bytes): what all lines of a
//! shape have in common, laid out for comparing it at once.

use super::Lanes;

/// Most pieces a layout may have. A power of two, so that a number within needs no check.
pub(in crate::scan) const MAX_PIECES: usize = crate::limits::MAX_LEARNED_VALUES;

/// What may be written past the last piece.
const SPARE: usize = 16;

/// Up to 32 bytes of text, side by side with which of them matter.
#[derive(Clone, Debug, Default)]
#[repr(align(64))]
pub(in crate::scan) struct Row {
    /// Zero for the bytes that do not matter: there is none in JSON outside strings.
    pub(super) expect: [u8; 32],
    /// All bits of the bytes that matter.
    pub(super) care: [u8; 32],
}

impl Row {
    /// The start of a piece.
    pub fn new(piece: &[u8]) -> Self {
        let mut row = Self::default();
        for ((expect, care), byte) in row.expect.iter_mut().zip(&mut row.care).zip(piece) {
            (*expect, *care) = (*byte, 0xff);
        }
        row
    }
}

/// The pieces of a shape, side by side by what is looked at together.
#[derive(Debug, Default)]
pub(in crate::scan) struct Layout {
    /// The pieces, sixteen at a time.
    pub(super) sixteens: Box<[Sixteen]>,
    pub(super) rows: Box<[Row]>,
    /// The pieces one after the other.
    places: Box<[Place]>,
    entries: usize,
    /// How many entries, the line's and those after them, may be looked at.
    pub(super) reach: usize,
}

/// A line's entries.
#[derive(Clone, Copy)]
pub(in crate::scan) struct Entries<'w> {
    /// Its own; the last is the `\n`.
    pub own: &'w [u32],
    /// The same, and whatever stands after them.
    pub ahead: &'w [u32],
}

/// Sixteen pieces; of fewer, the last one again and again.
#[derive(Clone, Debug, Default)]
#[repr(align(64))]
pub(super) struct Sixteen {
    /// The first one's first entry: its number among the line's.
    pub base: u32,
    /// How many entries on the last one's is.
    pub span: u32,
    /// Numbers of their first entries, counted from `base`.
    pub entry: [u32; 16],
    /// Distances from their starts to these.
    pub before: [u32; 16],
    /// Their lengths.
    pub len: [u32; 16],
    /// A bit for each whose entry is 32 or more past `base`.
    pub high: u16,
}

/// Where a piece stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Number of its first entry among the line's.
    entry: u32,
    /// Distance from its start to that entry.
    before: u32,
    len: u32,
}

/// One piece, to make a layout of.
#[derive(Clone, Debug)]
pub(in crate::scan) struct Piece {
    /// Number of its first entry among the line's.
    pub entry: usize,
    /// Distance from its start to that entry.
    pub before: u32,
    pub len: u32,
    pub row: Row,
}

impl Layout {
    /// A layout of pieces with ascending entries; `None` if they are too many.
    pub fn new(pieces: &[Piece], entries: usize) -> Option<Self> {
        // Whoever follows the layout relies on all of it.
        let has_zero = |row: &Row| {
            let mut bytes = row.expect.iter().zip(&row.care);
            bytes.any(|(expect, care)| *expect == 0 && *care != 0)
        };
        if pieces.len() > MAX_PIECES
            || pieces
                .iter()
                .any(|piece| piece.entry >= entries || has_zero(&piece.row))
        {
            return None;
        }
        let mut reach = entries;
        let sixteens = pieces.chunks(16).map(|pieces| {
            let mut sixteen = Sixteen::default();
            let base = pieces.first().map_or(0, |piece| piece.entry);
            sixteen.base = base as u32;
            for place in 0..16 {
                let Some(piece) = pieces.get(place).or(pieces.last()) else {
                    break; // cannot be: chunks are not empty
                };
                sixteen.span = piece.entry.saturating_sub(base) as u32;
                sixteen.entry[place] = sixteen.span;
                sixteen.before[place] = piece.before;
                sixteen.len[place] = piece.len;
                sixteen.high |= u16::from(sixteen.span >= 32) << place;
            }
            reach = reach.max(base + 64);
            sixteen
        });
        let sixteens = sixteens.collect();
        Some(Self {
            sixteens,
            reach,
            rows: pieces.iter().map(|piece| piece.row.clone()).collect(),
            places: pieces
                .iter()
                .map(|piece| Place {
                    entry: piece.entry as u32,
                    before: piece.before,
                    len: piece.len,
                })
                .collect(),
            entries,
        })
    }

    /// How many entries.
    pub fn entries(&self) -> usize {
        self.entries
    }
}

/// Where the pieces of a line start, and where the values after them do. Aligned, because
/// what was just written sixteen at a time and crosses cache lines is slow to be read.
#[repr(align(64))]
pub(in crate::scan) struct Bounds {
    pub(super) starts: [u32; MAX_PIECES + SPARE],
    pub(super) values: [u32; MAX_PIECES + SPARE],
}

impl Bounds {
    pub fn new() -> Self {
        Self {
            starts: [0; MAX_PIECES + SPARE],
            values: [0; MAX_PIECES + SPARE],
        }
    }

    /// Places for the starts of pieces and of the values after them, sixteen at a time.
    #[inline(always)]
    pub(super) fn sixteens(&mut self) -> impl Iterator<Item = (&mut [u32; 16], &mut [u32; 16])> {
        let starts = self.starts.as_chunks_mut().0.iter_mut();
        starts.zip(self.values.as_chunks_mut().0)
    }

    /// Where a piece starts.
    #[inline(always)]
    pub fn start(&self, piece: usize) -> usize {
        self.starts[piece % MAX_PIECES] as usize
    }

    /// Where a value starts and ends.
    #[inline(always)]
    pub fn value(&self, number: usize) -> [u32; 2] {
        let number = number % MAX_PIECES;
        [self.values[number], self.starts[number + 1]]
    }

    /// Notes a piece of this length.
    #[inline(always)]
    pub fn set(&mut self, piece: usize, start: usize, len: usize) {
        self.starts[piece % MAX_PIECES] = start as u32;
        self.values[piece % MAX_PIECES] = (start + len) as u32;
    }
}

/// [`Lanes::follow`], piece after piece.
#[inline(always)]
pub(super) fn follow_one_by_one<L: Lanes>(
    lanes: L,
    text: &[u8],
    entries: Entries<'_>,
    start: usize,
    layout: &Layout,
    bounds: &mut Bounds,
) -> bool {
    let entries = entries.own;
    if entries.len() != layout.entries || layout.places.len() > MAX_PIECES {
        return false;
    }
    let places = layout.places.iter().zip(&layout.rows);
    let bounds_of = bounds.starts.iter_mut().zip(&mut bounds.values);
    for ((place, row), (from, to)) in places.zip(bounds_of) {
        let Some(at) = entries.get(place.entry as usize) else {
            return false; // cannot be: there are as many as there must be
        };
        // A start below zero wraps around and is past the text's end.
        let start = at.wrapping_sub(place.before);
        let there = text.get(start as usize..).and_then(<[u8]>::first_chunk);
        if !there.is_some_and(|there| lanes.same(there, row)) {
            return false;
        }
        (*from, *to) = (start, start.wrapping_add(place.len));
    }
    bounds.starts[0] as usize == start
}
