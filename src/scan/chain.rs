//! Matches a line with what has been learned.
//!
//! First along the segments of the shape that the line probably has; from the first
//! piece that differs on, segment by segment. Either way every byte of every piece
//! is compared, every scalar is checked, and the pieces together account for all of
//! the line's quotes: so no value has one, and the line is what the walker would
//! have found. What does not match is left to the walker.

use super::Hits;
use super::index::Line;
use super::number::is_scalar;
use super::piecewise::{Known, Piecewise, Seen};
use super::shape::{Learned, SegmentId, Shape, Wanted, fill};
use super::simd::layout::Bounds;
use super::simd::{Kernel, Lanes};

/// Memory of a match, reused from line to line.
pub(super) struct Scratch {
    pub bounds: Box<Bounds>,
    pub segments: Vec<SegmentId>,
    pub wanted: Vec<Wanted>,
    pub seen: Seen,
}

impl Scratch {
    pub fn new() -> Self {
        Self {
            bounds: Box::new(Bounds::new()),
            segments: Vec::new(),
            wanted: Vec::new(),
            seen: Seen::default(),
        }
    }
}

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
        let known = match learned.guess_for(line) {
            Some(slot) if is_of(lanes, line, learned, slot, &mut scratch.bounds) => {
                Known::Shape(slot)
            }
            _ => {
                let piecewise = Piecewise {
                    line,
                    learned,
                    scratch,
                };
                match lanes.call(piecewise) {
                    Some(known) => known,
                    None => return false,
                }
            }
        };
        let (bounds, origin) = (&scratch.bounds, line.start);
        match known {
            Known::Shape(slot) => {
                let Some(shape) = learned.shapes.get(slot) else {
                    return false;
                };
                fill(&shape.wanted, bounds, origin, shape.id, hits);
            }
            Known::Pieces => {
                scratch.wanted.sort_unstable_by_key(|wanted| wanted.path);
                fill(&scratch.wanted, bounds, origin, 0, hits);
            }
        }
        true
    }
}

/// Whether a line is of the shape in a slot; if so, `bounds` says where its values are.
#[inline(always)]
pub(super) fn is_of<L: Lanes>(
    lanes: L,
    line: &Line<'_>,
    learned: &Learned,
    slot: usize,
    bounds: &mut Bounds,
) -> bool {
    let shape = learned.shapes.get(slot);
    shape.is_some_and(|shape| follow(lanes, line, learned, shape, bounds))
}

/// Whether a line is of a shape whose counts are the line's; if so, `bounds` says where
/// its values are.
#[inline(always)]
fn follow<L: Lanes>(
    lanes: L,
    line: &Line<'_>,
    learned: &Learned,
    shape: &Shape,
    bounds: &mut Bounds,
) -> bool {
    let Some(layout) = &shape.layout else {
        return false;
    };
    if !lanes.follow(line.text, line.anchors, line.start, layout, bounds) {
        return false;
    }
    for number in &shape.long {
        let number = usize::from(*number);
        let there = shape
            .segments
            .get(number)
            .is_some_and(|id| is_long_there(line, learned, *id, bounds.start(number)));
        if !there {
            return false;
        }
    }
    for number in &shape.scalars {
        let [start, end] = bounds.value(usize::from(*number));
        if !is_scalar(lanes, line.text, start as usize, end as usize) {
            return false;
        }
    }
    if line.escapes {
        // The number of quotes alone does not say that each string ends where it must:
        // one escaped at a string's end and one too many elsewhere even out.
        for number in &shape.strings {
            let [_, end] = bounds.value(usize::from(*number));
            if !line.is_quote(end as usize) {
                return false;
            }
        }
    }
    true
}

#[cold]
pub(super) fn is_long_there(
    line: &Line<'_>,
    learned: &Learned,
    id: SegmentId,
    start: usize,
) -> bool {
    learned
        .details
        .get(usize::from(id))
        .zip(line.text.get(start..))
        .is_some_and(|(details, rest)| rest.starts_with(&details.text))
}
