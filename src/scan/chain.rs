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
use super::shape::{
    Bounds, Learned, MAX_PIECES, NONE, Next, START, Segment, SegmentId, Shape, Wanted, fill,
    value_of,
};
use super::simd::{Kernel, Lanes};

/// Memory of a match, reused from line to line.
pub(super) struct Scratch {
    pub bounds: Box<Bounds>,
    segments: Vec<SegmentId>,
    wanted: Vec<Wanted>,
}

impl Scratch {
    pub fn new() -> Self {
        Self {
            bounds: Box::new([[0; 2]; MAX_PIECES]),
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
        scratch.segments.clear();
        let guess = learned.guess_for(line);
        if let Some(shape) = guess.and_then(|at| learned.shapes.get(at)) {
            match follow_shape(lanes, line, learned, shape, scratch) {
                Ok(()) => {
                    fill(&shape.wanted, &scratch.bounds, line.start, shape.id, hits);
                    return true;
                }
                Err(piece) => {
                    let good = shape.segments.get(..piece).unwrap_or_default();
                    scratch.segments.extend_from_slice(good);
                }
            }
        }
        lanes.call(Grope {
            line,
            learned,
            scratch,
            hits,
        })
    }
}

/// Follows a shape whose counts are the line's, into `scratch.bounds`. The error is the
/// number of the first piece that does not fit.
#[inline(always)]
pub(super) fn follow_shape<L: Lanes>(
    lanes: L,
    line: &Line<'_>,
    learned: &Learned,
    shape: &Shape,
    scratch: &mut Scratch,
) -> Result<(), usize> {
    if shape.anchored {
        follow::<L, true>(lanes, line, learned, shape, &mut scratch.bounds)
    } else {
        follow::<L, false>(lanes, line, learned, shape, &mut scratch.bounds)
    }
}

/// See [`follow_shape`]. `ANCHORED`: all pieces have an anchor.
#[inline(always)]
fn follow<L: Lanes, const ANCHORED: bool>(
    lanes: L,
    line: &Line<'_>,
    learned: &Learned,
    shape: &Shape,
    all: &mut Bounds,
) -> Result<(), usize> {
    let pieces = &*shape.pieces;
    let Some(bounds) = all.get_mut(..pieces.len()) else {
        return Err(0);
    };
    let (text, anchors) = (line.text, line.anchors);
    let mut value = line.start as u32;
    for (number, (piece, bounds)) in pieces.iter().zip(&mut *bounds).enumerate() {
        let start = if ANCHORED || piece.anchored {
            let at = *anchors.get(usize::from(piece.anchor)).ok_or(number)?;
            at.wrapping_sub(u32::from(piece.before))
        } else {
            let next = if piece.closes {
                Next::String
            } else {
                Next::Scalar
            };
            value_end(line, value as usize, next).ok_or(number)? as u32
        };
        // A start below zero wraps around and is past the text's end.
        let from = start as usize;
        let there = text
            .get(from..from + 32)
            .and_then(|text| text.first_chunk());
        let there = there.ok_or(number)?;
        if start < value || !lanes.same(there, &piece.expect, piece.ignore) {
            return Err(number);
        }
        value = start + u32::from(piece.len);
        *bounds = [start, value];
    }
    if bounds
        .first()
        .is_none_or(|first| first[0] as usize != line.start)
    {
        return Err(0);
    }
    for number in &shape.long {
        let number = usize::from(*number);
        let known = bounds.get(number).zip(shape.segments.get(number));
        if !known.is_some_and(|(at, id)| is_long_there(line, learned, *id, at[0] as usize)) {
            return Err(number);
        }
    }
    for number in &shape.scalars {
        let [start, end] = value_of(all, *number);
        if !is_scalar(lanes, text, start as usize, end as usize) {
            return Err(usize::from(*number));
        }
    }
    if line.escapes {
        // The number of quotes alone does not say that each string ends where it must:
        // one escaped at a string's end and one too many elsewhere even out.
        for (number, (piece, at)) in pieces.iter().zip(&*all).enumerate() {
            if piece.closes && !line.is_quote(at[0] as usize) {
                return Err(number);
            }
        }
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

/// Whether every string ends at an unescaped quote; see [`follow`].
fn closed(line: &Line<'_>, learned: &Learned, segments: &[SegmentId], bounds: &Bounds) -> bool {
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
struct Grope<'m> {
    line: &'m Line<'m>,
    learned: &'m mut Learned,
    scratch: &'m mut Scratch,
    hits: &'m mut Hits,
}

impl Kernel for Grope<'_> {
    type Out = bool;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> bool {
        let Self {
            line,
            learned,
            scratch,
            hits,
        } = self;
        // What `follow` puts off until all pieces are there has to be made up for.
        let good = sure(lanes, line, learned, scratch);
        scratch.segments.truncate(good);
        let mut place = Place::start(line);
        let (mut context, mut last) = (START, NONE);
        for (id, bounds) in scratch.segments.iter().zip(&*scratch.bounds) {
            let Some(segment) = learned.segments.get(usize::from(*id)) else {
                return false;
            };
            place = place.after(segment, bounds[0] as usize);
            (context, last) = (segment.context, *id);
        }
        loop {
            if place.piece == MAX_PIECES {
                return false;
            }
            let mut found = None;
            for id in *learned.successors(last) {
                if id == NONE {
                    break;
                }
                if let Some(start) = fits(lanes, line, learned, id, place) {
                    found = Some((id, start));
                    break;
                }
            }
            if found.is_none() {
                found = search(lanes, line, learned, context, &mut place);
                if let Some((id, _)) = found {
                    let successors = learned.successors(last);
                    successors.rotate_right(1);
                    successors[0] = id;
                }
            }
            let Some((id, start)) = found else {
                return false;
            };
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
            learned.keep_guess(line, shape);
        }
        true
    }
}

/// How many of the pieces that [`follow`] found are sure, with the values before them.
#[inline(always)]
fn sure<L: Lanes>(lanes: L, line: &Line<'_>, learned: &Learned, scratch: &Scratch) -> usize {
    let mut place = Place::start(line);
    for (id, bounds) in scratch.segments.iter().zip(&*scratch.bounds) {
        let start = bounds[0] as usize;
        let Some(segment) = learned.segments.get(usize::from(*id)) else {
            break;
        };
        if segment.len > 32 && !is_long_there(line, learned, *id, start) {
            break;
        }
        match place.next {
            Next::String => {}
            Next::Scalar if is_scalar(lanes, line.text, place.value, start) => {}
            // The piece before may be another that begins like it.
            Next::Scalar => return place.piece.saturating_sub(1),
            Next::Edge if start == place.value => {}
            Next::Edge => break,
        }
        place = place.after(segment, start);
    }
    place.piece
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
#[inline(always)]
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
    for id in learned.alternatives(context, prefix) {
        if let Some(start) = fits(lanes, line, learned, *id, *place) {
            return Some((*id, start));
        }
    }
    None
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
