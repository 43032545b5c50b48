//! What is known of a line that was matched, and where its values are.

use super::Hits;
use super::learned::Learned;
use super::scratch::Scratch;
use super::shape::{Wanted, fill};
use super::simd::layout::Bounds;
use crate::limits::MAX_LEARNED_SHAPES;

/// What is known of a line that was matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It has this shape.
    Shape(usize),
    /// It is made of known segments in an order not seen before, and has the values of this
    /// roster; their bounds are in [`Scratch::by_kind`].
    Roster(usize),
    /// The same, without a roster: its wanted values are in [`Scratch::wanted`], in no order.
    Pieces,
}

impl Known {
    /// The wanted values, the id and the slot of what names them, and their bounds, of the line that
    /// was recognised last.
    #[inline(always)]
    pub fn values<'l>(
        self,
        learned: &'l Learned,
        scratch: &'l Scratch,
    ) -> (&'l [Wanted], (u32, usize), &'l Bounds) {
        // None can be gone: nothing is forgotten in between.
        match self {
            Self::Shape(slot) => match learned.shapes.get(slot) {
                Some(shape) => (&shape.wanted, (shape.id, slot), &scratch.bounds),
                None => (&[], (0, 0), &scratch.bounds),
            },
            Self::Roster(number) => match learned.rosters.get(number) {
                Some(roster) => {
                    let slot = MAX_LEARNED_SHAPES + number;
                    (&roster.wanted, (roster.id, slot), &scratch.by_kind)
                }
                None => (&[], (0, 0), &scratch.bounds),
            },
            Self::Pieces => (&scratch.wanted, (0, 0), &scratch.bounds),
        }
    }

    /// Writes the hits of the line that was recognised last, which starts at `start`.
    #[inline(always)]
    pub fn fill(self, learned: &Learned, scratch: &mut Scratch, start: usize, hits: &mut Hits) {
        if self == Self::Pieces {
            scratch.wanted.sort_unstable_by_key(|wanted| wanted.path);
        }
        let (wanted, (id, _), bounds) = self.values(learned, scratch);
        fill(wanted, bounds, start, id, hits);
    }
}
