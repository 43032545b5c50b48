//! Matches a line segment by segment: for lines whose sequence of segments is not known
//! yet, or never will be, as where keys come in any order.

use super::index::Line;
use super::known::Known;
use super::learned::{Learned, Sequence};
use super::number::{is_scalar, scalar_end, starts_scalar};
use super::part::{Part, Parts, Sum};
use super::quick::Quick;
use super::scratch::Scratch;
use super::shape::{ContextId, NONE, Next, START, Segment, SegmentId, Wanted, key_end};
use super::simd::layout::{Bounds, MAX_PIECES, Row};
use super::simd::{Kernel, Lanes};

/// A place in a line between two pieces.
#[derive(Clone, Copy)]
struct Place {
    /// Pieces behind.
    piece: usize,
    /// Entries behind.
    entries: usize,
    /// Where the last piece ended and a value starts.
    value: usize,
    /// What that value is.
    next: Next,
}

impl Place {
    fn start(line: &Line<'_>) -> Self {
        Self {
            piece: 0,
            entries: 0,
            value: line.start,
            next: Next::Edge,
        }
    }
}

/// Finds segment after segment, whether their sequence is known or not.
pub(super) struct Piecewise<'m> {
    pub line: &'m Line<'m>,
    pub learned: &'m mut Learned,
    pub scratch: &'m mut Scratch,
    /// Whether it may have a shape.
    pub hope: bool,
}

impl Kernel for Piecewise<'_> {
    type Out = Option<Known>;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Option<Known> {
        let Self {
            line,
            learned,
            scratch,
            hope,
        } = self;
        let Way {
            place,
            parts,
            sequence,
            ..
        } = walk(lanes, line, learned, scratch)?;
        if place.entries != line.entries.len() {
            return None;
        }
        let segments = scratch.segments.get(..place.piece)?;
        if hope && let Some(shape) = learned.shape_of(sequence, segments) {
            learned.tried(true);
            learned.keep_guess(line, shape);
            return Some(Known::Shape(shape));
        }
        let sum = parts.sum();
        if sum == Sum::Repeated {
            return None;
        }
        let may_add_shape = hope && learned.may_add_shape();
        if !may_add_shape
            && let Sum::Kinds(kinds) = sum
            && let Some(roster) = learned.roster(kinds)
        {
            return Some(Known::Roster(roster));
        }
        if !work_out(learned, scratch, place.piece) {
            return None;
        }
        if !may_add_shape {
            return Some(Known::Pieces);
        }
        scratch.wanted.sort_unstable_by_key(|wanted| wanted.path);
        let segments = scratch.segments.get(..place.piece)?;
        let Some(shape) = learned.add_shape(segments, &scratch.wanted) else {
            return Some(Known::Pieces);
        };
        learned.keep_guess(line, shape);
        Some(Known::Shape(shape))
    }
}

/// The way through a line, so far.
struct Way {
    place: Place,
    context: ContextId,
    last: SegmentId,
    parts: Parts,
    /// What the last segment has.
    before: Part,
    sequence: Sequence,
}

impl Way {
    /// Goes on behind a segment that starts at `start`; whether the line ends there.
    #[inline(always)]
    fn go_on(
        &mut self,
        id: SegmentId,
        segment: &Segment,
        start: usize,
        (bounds, by_kind): (&mut Bounds, &mut Bounds),
        segments: &mut [SegmentId],
    ) -> bool {
        bounds.set(self.place.piece, start);
        by_kind.set(self.before.place(), self.place.value);
        by_kind.set(self.before.place() + 1, start);
        if let Some(own) = segments.get_mut(self.place.piece) {
            *own = id;
        }
        self.before = segment.part;
        self.parts.add(segment.part);
        self.sequence.add(id);
        self.place = self.place.after(segment, start);
        (self.context, self.last) = (segment.context, id);
        segment.next == Next::Edge
    }
}

/// Follows a line from segment to segment to its end.
#[inline(always)]
fn walk<L: Lanes>(
    lanes: L,
    line: &Line<'_>,
    learned: &mut Learned,
    scratch: &mut Scratch,
) -> Option<Way> {
    let Scratch {
        bounds,
        by_kind,
        segments,
        ..
    } = scratch;
    let (bounds, by_kind) = (&mut **bounds, &mut **by_kind);
    let mut way = Way {
        place: Place::start(line),
        context: START,
        last: NONE,
        parts: Parts::NONE,
        before: Part::UNSURE,
        sequence: Sequence::START,
    };
    while way.place.piece < MAX_PIECES {
        let key = key_end(line, way.place.entries, way.place.next);
        let key = learned.quick_key(line, key, way.context);
        let found = match learned.quick_segment(key, way.context) {
            Some(id) => fits(lanes, line, learned, id, way.place).map(|start| (id, start)),
            None => None,
        };
        let (id, start) = match found {
            Some(found) => found,
            None => lanes.call(Search {
                line,
                learned,
                context: way.context,
                last: way.last,
                key,
                place: way.place,
            })?,
        };
        let segment = learned.segments.get(usize::from(id))?;
        if way.go_on(id, segment, start, (bounds, by_kind), &mut segments[..]) {
            return Some(way);
        }
    }
    None
}

/// Looks for a segment that the short cut did not find.
struct Search<'m> {
    line: &'m Line<'m>,
    learned: &'m mut Learned,
    context: ContextId,
    last: SegmentId,
    key: Option<Quick>,
    place: Place,
}

impl Kernel for Search<'_> {
    type Out = Option<(SegmentId, usize)>;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Self::Out {
        let Self {
            line,
            learned,
            context,
            last,
            key,
            place,
        } = self;
        for id in *learned.successors(last) {
            if id == NONE {
                break;
            }
            if let Some(start) = fits(lanes, line, learned, id, place) {
                learned.quick.keep(key, id);
                return Some((id, start));
            }
        }
        let (id, start) = search(lanes, line, learned, context, place)?;
        let successors = learned.successors(last);
        successors.rotate_right(1);
        successors[0] = id;
        learned.quick.keep(key, id);
        Some((id, start))
    }
}

/// Where a piece must start if it comes next. Never before the value's start.
#[inline(always)]
fn piece_start(line: &Line<'_>, segment: &Segment, place: Place) -> Option<usize> {
    if segment.entries == 0 {
        return value_end(line, place);
    }
    let at = *line.entries.get(place.entries)? as usize;
    let start = at.wrapping_sub(usize::from(segment.before));
    // A start below zero wraps to the far end of the address space.
    (start >= place.value && start <= at).then_some(start)
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
    lanes.begins(text, &segment.start)
        && (usize::from(segment.len) <= Row::BYTES || learned.is_long_there(line.text, id, start))
}

/// The end of the value at a place.
fn value_end(line: &Line<'_>, place: Place) -> Option<usize> {
    match place.next {
        Next::String => Some(*line.entries.get(place.entries)? as usize),
        Next::Scalar => scalar_end(line.text, place.value),
        Next::Edge => Some(place.value),
    }
}

impl Place {
    /// The place behind a segment that starts at `start`.
    #[inline(always)]
    fn after(self, segment: &Segment, start: usize) -> Self {
        Self {
            piece: self.piece + 1,
            entries: self.entries + usize::from(segment.entries),
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
    let start = piece_start(line, segment, place)?;
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
            Next::Edge => end == line.end + 1,
        };
    fits.then_some(start)
}

/// Looks a segment up by the text from the value's end on.
#[inline(always)]
fn search<L: Lanes>(
    lanes: L,
    line: &Line<'_>,
    learned: &Learned,
    context: ContextId,
    place: Place,
) -> Option<(SegmentId, usize)> {
    let end = value_end(line, place)?;
    let key = *line.entries.get(key_end(line, place.entries, place.next))?;
    let prefix = line.text.get(end..key as usize)?;
    for id in learned.alternatives(context, prefix) {
        if let Some(start) = fits(lanes, line, learned, *id, place) {
            return Some((*id, start));
        }
    }
    None
}

/// The wanted values of the first segments in `scratch`, into `scratch.wanted`; false if a wanted
/// key or path is repeated.
fn work_out(learned: &Learned, scratch: &mut Scratch, segments: usize) -> bool {
    scratch.wanted.clear();
    scratch.seen.next_line();
    for (value, id) in scratch.segments.iter().take(segments).enumerate() {
        let (Some(segment), Some(details)) = (
            learned.segments.get(usize::from(*id)),
            learned.details.get(usize::from(*id)),
        ) else {
            return false;
        };
        for key in &details.keys {
            if !scratch.seen.first_time(usize::from(*key) * 2) {
                return false;
            }
        }
        if let Some(path) = details.path {
            if !scratch.seen.first_time(usize::from(path) * 2 + 1) {
                return false;
            }
            scratch.wanted.push(Wanted {
                path,
                value: value as u32,
                piece_len: segment.len.into(),
                string: segment.next == Next::String,
            });
        }
    }
    true
}
