//! Text that must stand at certain distances from a line's anchors: what all lines of a
//! shape have in common, laid out for comparing it at once.

use super::Lanes;

/// Most pieces a layout may have. A power of two, so that a number within needs no check.
pub(in crate::scan) const MAX_PIECES: usize = crate::limits::MAX_LEARNED_VALUES;

/// What may be written past the last piece.
const SPARE: usize = 16;

/// The pieces of a shape, side by side by what is looked at together.
#[derive(Debug, Default)]
pub(in crate::scan) struct Layout {
    /// For every 16 of the line's anchors, the pieces whose last anchor is among them.
    pub(super) sixteens: Box<[Sixteen]>,
    /// The first 32 bytes of a piece, and a bit for each that is its own.
    pub(super) expect: Box<[[u8; 32]]>,
    pub(super) care: Box<[u32]>,
    anchors: usize,
}

/// Sixteen anchors of a line.
#[derive(Clone, Debug, Default)]
#[repr(align(64))]
pub(super) struct Sixteen {
    /// Of the pieces in order: distance from the start to the last anchor.
    pub before: [u32; 16],
    /// And their lengths.
    pub len: [u32; 16],
    /// Which anchors are some piece's last.
    pub last: u16,
}

/// One piece, to make a layout of.
#[derive(Clone, Copy, Debug)]
pub(in crate::scan) struct Piece {
    /// Number of its last anchor among the line's.
    pub anchor: usize,
    /// Distance from its start to that anchor.
    pub before: u32,
    pub len: u32,
    pub expect: [u8; 32],
    /// Bits of `expect`'s bytes past its end.
    pub ignore: u32,
}

impl Layout {
    /// A layout of pieces with ascending anchors.
    pub fn new(pieces: &[Piece], anchors: usize) -> Self {
        let mut sixteens = vec![Sixteen::default(); anchors.div_ceil(16)];
        for piece in pieces {
            let Some(sixteen) = sixteens.get_mut(piece.anchor / 16) else {
                continue; // cannot be: the caller counts the anchors
            };
            let place = sixteen.last.count_ones() as usize % 16;
            sixteen.before[place] = piece.before;
            sixteen.len[place] = piece.len;
            sixteen.last |= 1 << (piece.anchor % 16);
        }
        Self {
            sixteens: sixteens.into(),
            expect: pieces.iter().map(|piece| piece.expect).collect(),
            care: pieces.iter().map(|piece| !piece.ignore).collect(),
            anchors,
        }
    }

    /// How many pieces.
    pub fn pieces(&self) -> usize {
        self.expect.len()
    }

    /// How many anchors.
    pub fn anchors(&self) -> usize {
        self.anchors
    }
}

/// Where the pieces of a line start, and where the values after them do.
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
    anchors: &[u32],
    start: usize,
    layout: &Layout,
    bounds: &mut Bounds,
) -> bool {
    let mut piece = 0;
    let mut value = start as u32;
    for (anchors, sixteen) in anchors.chunks(16).zip(&layout.sixteens) {
        let mut last = sixteen.last;
        for (before, len) in sixteen.before.iter().zip(&sixteen.len) {
            if last == 0 {
                break;
            }
            let anchor = anchors.get(last.trailing_zeros() as usize);
            last &= last - 1;
            let row = (layout.expect.get(piece), layout.care.get(piece));
            let (Some(at), (Some(expect), Some(care))) = (anchor, row) else {
                return false;
            };
            // A start below zero wraps around and is past the text's end.
            let start = at.wrapping_sub(*before);
            let from = start as usize;
            let there = text
                .get(from..from + 32)
                .and_then(|text| text.first_chunk());
            let Some(there) = there else {
                return false;
            };
            if start < value || !lanes.same(there, expect, !care) {
                return false;
            }
            value = start + len;
            bounds.starts[piece % MAX_PIECES] = start;
            bounds.values[piece % MAX_PIECES] = value;
            piece += 1;
        }
    }
    piece == layout.pieces() && bounds.starts[0] as usize == start
}
