//! Matches a line with what has been learned.
//!
//! First along the segments of the shape that the line probably has; from the first
//! piece that differs on, segment by segment. Either way every byte of every piece
//! is compared, every scalar is checked, and the pieces together account for all of
//! the line's quotes: so no value has one, and the line is what the walker would
//! have found. What does not match is left to the walker.

use super::Hits;
use super::index::Line;
use super::number::{is_scalar, scalar_end, starts_scalar};
use super::shape::{Bounds, Learned, NONE, Next, START, Segment, SegmentId, Wanted, fill};
use super::simd::{Kernel, Lanes};
use crate::limits::MAX_LEARNED_VALUES;

/// Memory of a match, reused from line to line.
pub(super) struct Scratch {
    bounds: Vec<Bounds>,
    segments: Vec<SegmentId>,
    wanted: Vec<Wanted>,
}

impl Scratch {
    pub fn new() -> Self {
        Self {
            bounds: vec![[0; 2]; MAX_LEARNED_VALUES + 1],
            segments: Vec::new(),
            wanted: Vec::new(),
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

/// A place in a line between two pieces.
#[derive(Clone, Copy)]
struct Place {
    /// Pieces behind.
    piece: usize,
    /// Anchors behind.
    anchors: usize,
    /// Quotes behind.
    quotes: u32,
    /// Where the last piece ended and a value starts.
    value: usize,
    /// What that value is.
    next: Next,
}

impl Place {
    fn start(line: &Line<'_>) -> Self {
        Self {
            piece: 0,
            anchors: 0,
            quotes: 0,
            value: line.start,
            next: Next::Edge,
        }
    }
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
        let first = line
            .anchors
            .first()
            .map_or(0, |at| *at as usize - line.start);
        let guess = learned.guess(line.anchors.len(), line.quote_count, first);
        let mut resume = 0;
        if let Some(shape) = guess.and_then(|at| learned.shapes.get(at)) {
            match follow(lanes, line, learned, &shape.segments, &mut scratch.bounds) {
                Ok(()) => {
                    if line.escapes && !closed(line, learned, &shape.segments, &scratch.bounds) {
                        return false;
                    }
                    fill(&shape.wanted, &scratch.bounds, line.start, shape.id, hits);
                    return true;
                }
                Err(piece) => {
                    resume = piece;
                    scratch.segments.clear();
                    scratch
                        .segments
                        .extend_from_slice(shape.segments.get(..piece).unwrap_or_default());
                }
            }
        }
        if resume == 0 {
            scratch.segments.clear();
        }
        grope(lanes, line, learned, scratch, hits, first)
    }
}

/// Follows a shape whose counts are the line's. On a piece that does not fit, its
/// number is the error.
#[inline(always)]
fn follow<L: Lanes>(
    lanes: L,
    line: &Line<'_>,
    learned: &Learned,
    segments: &[SegmentId],
    bounds: &mut [Bounds],
) -> Result<(), usize> {
    let mut value = line.start;
    let mut next = Next::Edge;
    let mut anchors = 0;
    for (piece, (id, bounds)) in segments.iter().zip(bounds).enumerate() {
        let segment = learned.segments.get(usize::from(*id)).ok_or(piece)?;
        let start = piece_start(line, segment, anchors, value, next).ok_or(piece)?;
        if !is_there(lanes, line, learned, *id, segment, start) {
            return Err(piece);
        }
        match next {
            Next::String => {}
            Next::Scalar => {
                if !is_scalar(lanes, line.text, value, start) {
                    return Err(piece - 1);
                }
            }
            Next::Edge => {
                if start != value {
                    return Err(piece);
                }
            }
        }
        value = start + usize::from(segment.len);
        next = segment.next;
        anchors += usize::from(segment.anchors);
        *bounds = [start as u32, value as u32];
    }
    Ok(())
}

/// Where a piece must start if it comes next. Never before the value's start.
#[inline(always)]
fn piece_start(
    line: &Line<'_>,
    segment: &Segment,
    anchors: usize,
    value: usize,
    next: Next,
) -> Option<usize> {
    if segment.anchors == 0 {
        return value_end(line, value, next);
    }
    let at = *line
        .anchors
        .get(anchors + usize::from(segment.anchors) - 1)? as usize;
    let start = at.wrapping_sub(usize::from(segment.anchor));
    // A start below zero wraps to the far end of the address space.
    (start >= value && start <= at).then_some(start)
}

/// Whether the piece's text stands at `start`.
#[inline(always)]
fn is_there<L: Lanes>(
    lanes: L,
    line: &Line<'_>,
    learned: &Learned,
    id: SegmentId,
    segment: &Segment,
    start: usize,
) -> bool {
    let Some(text) = line.text.get(start..).and_then(|rest| rest.first_chunk()) else {
        return false; // cannot be: the engine sees to room after the line
    };
    lanes.same(text, &segment.expect, segment.ignore)
        && (segment.len <= 32 || is_long_there(line, learned, id, start))
}

#[cold]
fn is_long_there(line: &Line<'_>, learned: &Learned, id: SegmentId, start: usize) -> bool {
    learned
        .details
        .get(usize::from(id))
        .zip(line.text.get(start..))
        .is_some_and(|(details, rest)| rest.starts_with(&details.text))
}

/// The end of the value at `value`.
fn value_end(line: &Line<'_>, value: usize, next: Next) -> Option<usize> {
    match next {
        Next::String => line.next_quote(value),
        Next::Scalar => scalar_end(line.text, value),
        Next::Edge => Some(value),
    }
}

/// Whether every string ends at a quote that no `\` escapes. The number of quotes
/// alone does not say so: one escaped at a string's end and one too many elsewhere
/// even out.
fn closed(line: &Line<'_>, learned: &Learned, segments: &[SegmentId], bounds: &[Bounds]) -> bool {
    segments
        .iter()
        .zip(bounds.iter().skip(1))
        .all(|(before, piece)| {
            learned
                .segments
                .get(usize::from(*before))
                .is_some_and(|before| {
                    before.next != Next::String || line.is_quote(piece[0] as usize)
                })
        })
}

/// Finds segment after segment from `scratch.segments` on.
#[inline(never)]
fn grope<L: Lanes>(
    lanes: L,
    line: &Line<'_>,
    learned: &mut Learned,
    scratch: &mut Scratch,
    hits: &mut Hits,
    first: usize,
) -> bool {
    let mut place = Place::start(line);
    let (mut context, mut last) = (START, NONE);
    for (id, bounds) in scratch.segments.iter().zip(&scratch.bounds) {
        let Some(segment) = learned.segments.get(usize::from(*id)) else {
            return false;
        };
        place = place.after(segment, bounds[0] as usize);
        (context, last) = (segment.context, *id);
    }
    loop {
        if place.piece > MAX_LEARNED_VALUES {
            return false;
        }
        let expected = learned
            .segments
            .get(usize::from(last))
            .map_or(NONE, |segment| segment.then);
        let found = fits(lanes, line, learned, expected, place)
            .map(|start| (expected, start))
            .or_else(|| search(lanes, line, learned, context, &mut place));
        let Some((id, start)) = found else {
            return false;
        };
        if id != expected
            && let Some(before) = learned.segments.get_mut(usize::from(last))
        {
            before.then = id;
        }
        let Some(segment) = learned.segments.get(usize::from(id)) else {
            return false;
        };
        if let Some(bounds) = scratch.bounds.get_mut(place.piece) {
            *bounds = [start as u32, start as u32 + u32::from(segment.len)];
        }
        place = place.after(segment, start);
        (context, last) = (segment.context, id);
        scratch.segments.push(id);
        if segment.next == Next::Edge {
            break;
        }
    }
    if place.anchors != line.anchors.len()
        || place.quotes != line.quote_count
        || line.escapes && !closed(line, learned, &scratch.segments, &scratch.bounds)
    {
        return false;
    }
    let known = learned.shape(&scratch.segments).or_else(|| {
        work_out(learned, &scratch.segments, &mut scratch.wanted)
            .then(|| learned.add_shape(&scratch.segments, &scratch.wanted))?
    });
    if let Some(shape) = known.and_then(|at| learned.shapes.get(at)) {
        fill(&shape.wanted, &scratch.bounds, line.start, shape.id, hits);
    } else if work_out(learned, &scratch.segments, &mut scratch.wanted) {
        fill(&scratch.wanted, &scratch.bounds, line.start, 0, hits);
    } else {
        return false;
    }
    if let Some(shape) = known {
        learned.keep_guess(line.anchors.len(), line.quote_count, first, shape);
    }
    true
}

impl Place {
    /// The place behind a segment that starts at `start`.
    #[inline(always)]
    fn after(self, segment: &Segment, start: usize) -> Self {
        Self {
            piece: self.piece + 1,
            anchors: self.anchors + usize::from(segment.anchors),
            quotes: self.quotes + u32::from(segment.quotes),
            value: start + usize::from(segment.len),
            next: segment.next,
        }
    }
}

/// Where a segment starts, if it fits here.
#[inline(always)]
fn fits<L: Lanes>(
    lanes: L,
    line: &Line<'_>,
    learned: &Learned,
    id: SegmentId,
    place: Place,
) -> Option<usize> {
    let segment = learned.segments.get(usize::from(id))?;
    let start = piece_start(line, segment, place.anchors, place.value, place.next)?;
    let end = start + usize::from(segment.len);
    let fits = is_there(lanes, line, learned, id, segment, start)
        && match place.next {
            Next::String => true,
            Next::Scalar => is_scalar(lanes, line.text, place.value, start),
            Next::Edge => start == place.value,
        }
        && match segment.next {
            Next::String => true,
            // Else one that goes on with a bracket or a quote may fit.
            Next::Scalar => line.text.get(end).copied().is_some_and(starts_scalar),
            Next::Edge => end == line.end,
        };
    fits.then_some(start)
}

/// Looks a segment up by the text from the value's end on.
#[cold]
fn search<L: Lanes>(
    lanes: L,
    line: &Line<'_>,
    learned: &Learned,
    context: u16,
    place: &mut Place,
) -> Option<(SegmentId, usize)> {
    let end = value_end(line, place.value, place.next)?;
    // A string may begin with `:`, which then follows a quote as if that ended a key.
    while (*line.anchors.get(place.anchors)? as usize) < end {
        place.anchors += 1;
    }
    let prefix = line
        .text
        .get(end..*line.anchors.get(place.anchors)? as usize)?;
    learned
        .alternatives(context, prefix)
        .iter()
        .find_map(|id| Some((*id, fits(lanes, line, learned, *id, *place)?)))
}

/// The wanted values of a sequence of segments; false if a wanted key or path is repeated.
fn work_out(learned: &Learned, segments: &[SegmentId], wanted: &mut Vec<Wanted>) -> bool {
    let mut keys = Vec::new();
    wanted.clear();
    for (value, id) in segments.iter().enumerate() {
        let (Some(segment), Some(details)) = (
            learned.segments.get(usize::from(*id)),
            learned.details.get(usize::from(*id)),
        ) else {
            return false;
        };
        keys.extend_from_slice(&details.keys);
        if let Some(path) = details.path {
            wanted.push(Wanted {
                path,
                value: value as u16,
                string: segment.next == Next::String,
            });
        }
    }
    keys.sort_unstable();
    wanted.sort_unstable_by_key(|wanted| wanted.path);
    keys.windows(2).all(|pair| pair[0] != pair[1])
        && wanted.windows(2).all(|pair| pair[0].path != pair[1].path)
}
