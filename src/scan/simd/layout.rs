//! Text that must stand at certain distances from a line's entries (its quotes and control
//! bytes): what all lines of a shape have in common, laid out for comparing it at once.

use super::Lanes;

/// Most pieces a layout may have. A power of two, so that a number within needs no check.
pub(in crate::scan) const MAX_PIECES: usize = crate::limits::MAX_LEARNED_VALUES;

/// Places of pieces that are noted at once.
pub(in crate::scan) const STARTS: usize = 8;

/// The last value ends where the piece after it starts, there may be an odd piece, and places
/// are noted some at once.
const SPARE: usize = STARTS;

/// Up to 32 bytes of text, side by side with which of them matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[repr(align(64))]
pub(in crate::scan) struct Row {
    /// Zero for the bytes that do not matter: there is none in JSON outside strings.
    pub(super) expect: [u8; 32],
    /// All bits of the bytes that matter.
    pub(super) care: [u8; 32],
}

impl Row {
    /// Longest text.
    pub const BYTES: usize = 32;

    /// The start of a piece.
    pub fn new(piece: &[u8]) -> Self {
        let mut row = Self::default();
        for ((expect, care), byte) in row.expect.iter_mut().zip(&mut row.care).zip(piece) {
            (*expect, *care) = (*byte, 0xff);
        }
        row
    }
}

/// The first bytes of a text, up to 32; zeros behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scan) struct Start(pub(super) [u8; Row::BYTES]);

impl Start {
    pub fn new(text: &[u8]) -> Self {
        Self(Row::new(text).expect)
    }
}

/// The pieces of a shape, side by side, two by two: if they are an odd number, the last is
/// joined by one that stands everywhere.
#[derive(Debug, Default)]
pub(in crate::scan) struct Layout {
    pub(super) rows: Box<[[Row; 2]]>,
    /// The pieces one after the other; as many as there are rows. Their entries are below
    /// [`Self::entries`].
    pub(super) places: Box<[[Place; 2]]>,
    entries: usize,
}

/// Where a piece stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// Number of its first entry among the line's.
    pub entry: u32,
    /// Distance from its start to that entry.
    pub before: u32,
}

/// One piece, to make a layout of.
#[derive(Clone, Debug)]
pub(in crate::scan) struct Piece {
    /// Number of its first entry among the line's.
    pub entry: usize,
    /// Distance from its start to that entry.
    pub before: u32,
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
        if pieces.is_empty()
            || pieces.len() > MAX_PIECES
            || pieces
                .iter()
                .any(|piece| piece.entry >= entries || has_zero(&piece.row))
        {
            return None;
        }
        let row_and_place = |piece: &Piece| {
            let place = Place {
                entry: piece.entry as u32,
                before: piece.before,
            };
            (piece.row.clone(), place)
        };
        let (mut rows, mut places): (Vec<_>, Vec<_>) = pieces.iter().map(row_and_place).unzip();
        if rows.len() % 2 == 1 {
            rows.push(Row::default());
            places.push(Place::default());
        }
        Some(Self {
            rows: rows.as_chunks().0.into(),
            places: places.as_chunks().0.into(),
            entries,
        })
    }

    /// How many entries; at least one.
    pub fn entries(&self) -> usize {
        self.entries
    }
}

/// Where the pieces of a line start.
pub(in crate::scan) struct Bounds {
    pub(super) starts: [u32; MAX_PIECES + SPARE],
}

impl Bounds {
    pub fn new() -> Self {
        Self {
            starts: [0; MAX_PIECES + SPARE],
        }
    }

    /// Where a piece starts.
    #[inline(always)]
    pub fn start(&self, piece: usize) -> usize {
        self.starts[piece % MAX_PIECES] as usize
    }

    /// Notes where a piece starts.
    #[inline(always)]
    pub fn set(&mut self, piece: usize, start: usize) {
        self.starts[piece % MAX_PIECES] = start as u32;
    }

    /// Notes where some pieces start, from `piece` on: so far from `base`.
    #[inline(always)]
    pub fn set_all<L: Lanes>(
        &mut self,
        lanes: L,
        piece: usize,
        base: usize,
        distances: &[u32; STARTS],
    ) {
        let piece = piece % MAX_PIECES;
        if let Some(starts) = self.starts[piece..].first_chunk_mut::<STARTS>() {
            lanes.add(distances, base as u32, starts);
        }
    }

    /// Where the value between a piece of this length and the next one starts and ends.
    #[inline(always)]
    pub fn value(&self, piece: u32, len: u32) -> [u32; 2] {
        let piece = piece as usize % MAX_PIECES;
        [self.starts[piece].wrapping_add(len), self.starts[piece + 1]]
    }
}

/// [`Lanes::follow`], piece after piece.
#[inline(always)]
pub(super) fn follow_one_by_one<L: Lanes>(
    lanes: L,
    text: &[u8],
    entries: &[u32],
    start: usize,
    layout: &Layout,
    bounds: &mut Bounds,
) -> bool {
    if entries.len() != layout.entries {
        return false;
    }
    let places = layout.places.as_flattened().iter();
    let pieces = places.zip(layout.rows.as_flattened());
    for ((place, row), from) in pieces.zip(&mut bounds.starts) {
        let Some(at) = entries.get(place.entry as usize) else {
            return false; // cannot be: there are as many as there must be
        };
        // A start below zero wraps around and is past the text's end.
        let start = at.wrapping_sub(place.before);
        let there = text.get(start as usize..).and_then(<[u8]>::first_chunk);
        if !there.is_some_and(|there| lanes.same(there, row)) {
            return false;
        }
        *from = start;
    }
    bounds.starts[0] as usize == start
}
