//! Matches a line with what has been learned.
//!
//! First along the segments of the shape that the line probably has; if any piece
//! differs, segment by segment. Either way every byte of every piece is compared where
//! its first entry is, every scalar is checked, and the pieces together account for all
//! of the line's entries: so no value has a quote or a control byte, and the line is
//! what the walker would have found. What does not match is left to the walker.

use super::Hits;
use super::index::Line;
use super::known::Known;
use super::learned::Learned;
use super::number::is_scalar;
use super::piecewise::Piecewise;
use super::scratch::Scratch;
use super::shape::Shape;
use super::simd::{Kernel, Lanes};

/// One line to match. The answer: whether it did, and then `hits` are filled in.
pub(super) struct Match<'m> {
    pub line: &'m Line<'m>,
    pub learned: &'m mut Learned,
    pub scratch: &'m mut Scratch,
    pub hits: &'m mut Hits,
}

impl Kernel for Match<'_> {
    type Out = bool;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> bool {
        let Self {
            line,
            learned,
            scratch,
            hits,
        } = self;
        let Some(known) = recognise(lanes, line, learned, scratch) else {
            return false;
        };
        known.fill(learned, scratch, line.start, hits);
        true
    }
}

/// What is known of a line, if it matches; then `scratch` has the bounds of its values.
#[inline(always)]
pub(super) fn recognise<L: Lanes>(
    lanes: L,
    line: &Line<'_>,
    learned: &mut Learned,
    scratch: &mut Scratch,
) -> Option<Known> {
    if line.bad {
        return None;
    }
    let hope = learned.hope();
    if hope {
        if let Some(slot) = learned.guess_for(line)
            && let Some(shape) = learned.shapes.get(slot)
            && follow(lanes, line, learned, shape, scratch)
        {
            learned.tried(true);
            return Some(Known::Shape(slot));
        }
        learned.tried(false);
    }
    // A copy, or the original would have to stand in memory for every line.
    lanes.call(Piecewise {
        line: &line.clone(),
        learned,
        scratch,
        hope,
    })
}

/// Whether a line is of a shape whose counts are the line's; if so, `bounds` says where
/// its values are.
#[inline(always)]
fn follow<L: Lanes>(
    lanes: L,
    line: &Line<'_>,
    learned: &Learned,
    shape: &Shape,
    scratch: &mut Scratch,
) -> bool {
    let bounds = &mut scratch.bounds;
    let Some(layout) = &shape.layout else {
        return false;
    };
    if !lanes.follow(line.text, line.entries, line.start, layout, bounds) {
        return false;
    }
    for number in &shape.long {
        let number = usize::from(*number);
        let there = shape
            .segments
            .get(number)
            .is_some_and(|id| learned.is_long_there(line.text, *id, bounds.start(number)));
        if !there {
            return false;
        }
    }
    // This is also what keeps pieces apart: only one after a scalar may begin before its
    // first entry, and a scalar has at least one byte.
    // No closure: it would be compiled on its own, without the lanes' instructions.
    for scalar in &shape.scalars {
        let [start, end] = bounds.value(scalar.value.into(), scalar.piece_len.into());
        if !is_scalar(lanes, line.text, start as usize, end as usize) {
            return false;
        }
    }
    true
}
