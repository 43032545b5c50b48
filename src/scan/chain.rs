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
use super::shape::{Learned, NONE, Next, START, Segment, SegmentId, Shape, Wanted, fill};
use super::simd::layout::{Bounds, MAX_PIECES};
use super::simd::{Kernel, Lanes};

/// Memory of a match, reused from line to line.
pub(super) struct Scratch {
    pub bounds: Box<Bounds>,
    segments: Vec<SegmentId>,
    guessed: Vec<SegmentId>,
    wanted: Vec<Wanted>,
}

impl Scratch {
    pub fn new() -> Self {
        Self {
            bounds: Box::new(Bounds::new()),
            segments: Vec::new(),
            guessed: Vec::new(),
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
            if follow(lanes, line, learned, shape, &mut scratch.bounds) {
                fill(&shape.wanted, &scratch.bounds, line.start, shape.id, hits);
                return true;
            }
            scratch.segments.extend_from_slice(&shape.segments);
        }
        lanes.call(Grope {
            line,
            learned,
            scratch,
            hits,
        })
    }
}

/// Whether a line is of a shape whose counts are the line's; if so, `bounds` says where
/// its values are.
#[inline(always)]
pub(super) fn follow<L: Lanes>(
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
    segments.iter().enumerate().all(|(number, id)| {
        learned
            .segments
            .get(usize::from(*id))
            .is_some_and(|segment| {
                let [_, end] = bounds.value(number);
                segment.next != Next::String || line.is_quote(end as usize)
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
        // The guessed shape's first segments may fit even if the whole does not.
        let mut guessed = std::mem::take(&mut scratch.guessed);
        guessed.clear();
        guessed.append(&mut scratch.segments);
        let mut place = Place::start(line);
        let (mut context, mut last, mut ended) = (START, NONE, false);
        for id in &guessed {
            let Some(start) = fits(lanes, line, learned, *id, place) else {
                break;
            };
            let Some(segment) = learned.segments.get(usize::from(*id)) else {
                break;
            };
            scratch
                .bounds
                .set(place.piece, start, usize::from(segment.len));
            scratch.segments.push(*id);
            place = place.after(segment, start);
            (context, last) = (segment.context, *id);
            ended = segment.next == Next::Edge;
        }
        scratch.guessed = guessed;
        while !ended {
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
            scratch
                .bounds
                .set(place.piece, start, usize::from(segment.len));
            place = place.after(segment, start);
            (context, last) = (segment.context, id);
            scratch.segments.push(id);
            ended = segment.next == Next::Edge;
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
