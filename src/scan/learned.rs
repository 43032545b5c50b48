//! All that has been learned, and how it is found again: segments by what stands before
//! them, shapes by their segments or by a guess.

use super::guess::{Guesses, first_difference};
use super::index::Line;
use super::quick::{Quick, Quicks};
use super::roster::Rosters;
use super::shape::{
    Context, ContextId, Details, MIX, NONE, Next, Scalar, Segment, SegmentId, Shape, Trial, Wanted,
};
use super::simd::layout::{Layout, Piece, Row};
use super::walker::Frame;
use crate::limits::{
    MAX_ALTERNATIVES, MAX_COMPILED_SHAPES, MAX_LEARNED_SEGMENTS, MAX_LEARNED_SHAPES,
};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::hash::BuildHasher;

/// All that one engine has learned.
pub(super) struct Learned {
    pub segments: Vec<Segment>,
    pub details: Vec<Details>,
    /// What lines started with lately.
    first: [SegmentId; 4],
    /// By context and [`prefix_hash`].
    by_prefix: HashMap<(ContextId, u64), Vec<SegmentId>, FixedState>,
    contexts: HashMap<Context, ContextId, FixedState>,
    /// Whether the innermost bracket of a context is a `[`.
    pub in_array: Vec<bool>,
    pub shapes: Vec<Shape>,
    by_segments: HashMap<u64, u32, FixedState>,
    guesses: Guesses,
    /// What lines of no shape have.
    pub rosters: Rosters,
    /// Segments by [`Self::quick_key`].
    pub quick: Quicks,
    /// What may be spent on new shapes: each costs [`SHAPE_COST`], a matched line brings 1.
    shape_credit: u32,
    next_id: u32,
    /// Lines of late whose shape was not guessed, those that were taken off eightfold.
    misses: u32,
    /// Lines since there was [`Self::hope`] for none.
    hopeless: u32,
    hasher: FixedState,
}

/// What a new shape costs, in matched lines: making one takes as long as matching some
/// lines piece by piece, so shapes that never come again must not be made.
const SHAPE_COST: u32 = 16;

/// How many misses a hit makes up for, how many are kept, …
const HIT: u32 = 8;
const MAX_MISSES: u32 = 1024;

/// … and of how many lines one is tried where there are more than half as many.
const TRIED: u32 = 16;

/// A bit that the ids of rosters have, and those of shapes have not.
pub(super) const ROSTER: u32 = 1 << 31;

/// Shapes that can be made in a row.
const FIRST_SHAPES: u32 = 1024;

impl Learned {
    pub fn new() -> Self {
        let mut learned = Self {
            segments: Vec::new(),
            details: Vec::new(),
            first: [NONE; 4],
            by_prefix: HashMap::default(),
            contexts: HashMap::default(),
            in_array: Vec::new(),
            shapes: Vec::new(),
            by_segments: HashMap::default(),
            guesses: Guesses::new(),
            rosters: Rosters::default(),
            quick: Quicks::new(),
            shape_credit: FIRST_SHAPES * SHAPE_COST,
            next_id: 1,
            misses: 0,
            hopeless: 0,
            hasher: FixedState::default(),
        };
        learned.forget();
        learned
    }

    /// Whether a piece longer than its row stands at `start` in full.
    #[cold]
    pub fn is_long_there(&self, text: &[u8], id: SegmentId, start: usize) -> bool {
        let details = self.details.get(usize::from(id));
        details
            .zip(text.get(start..))
            .is_some_and(|(details, rest)| rest.starts_with(&details.text))
    }

    /// Empties all tables; ids are not given again.
    pub fn forget(&mut self) {
        self.segments.clear();
        self.details.clear();
        self.first = [NONE; 4];
        self.by_prefix.clear();
        self.contexts.clear();
        self.in_array.clear();
        self.shapes.clear();
        self.by_segments.clear();
        self.guesses.clear();
        self.rosters.clear();
        self.quick.clear();
        self.context(&[], Next::Edge);
    }

    pub fn is_full(&self) -> bool {
        self.segments.len() >= MAX_LEARNED_SEGMENTS || self.contexts.len() >= MAX_LEARNED_SEGMENTS
    }

    pub fn context(&mut self, open: &[Frame], value: Next) -> ContextId {
        let context = Context {
            open: open.into(),
            value,
        };
        let id = self.contexts.len() as ContextId;
        let in_array = open.last().is_some_and(|frame| !frame.object);
        *self.contexts.entry(context).or_insert_with(|| {
            self.in_array.push(in_array);
            id
        })
    }

    /// The segments that may stand in a context where the text goes on like this.
    /// `prefix`: up to the end of the next key; see [`super::shape::key_end`].
    pub fn alternatives(&self, context: ContextId, prefix: &[u8]) -> &[SegmentId] {
        let hash = self.prefix_hash(context, prefix);
        self.by_prefix
            .get(&(context, hash))
            .map_or(&[], Vec::as_slice)
    }

    /// In an array, a piece may end long before the next key, so only its first
    /// byte is sure to be its own.
    fn prefix_hash(&self, context: ContextId, prefix: &[u8]) -> u64 {
        let in_array = self.in_array.get(usize::from(context)) == Some(&true);
        let own = if in_array {
            prefix.get(..1).unwrap_or_default()
        } else {
            prefix
        };
        self.hasher.hash_one(own)
    }

    /// The segments that followed `last` lately; [`NONE`] stands for a line's start.
    #[inline]
    pub fn successors(&mut self, last: SegmentId) -> &mut [SegmentId; 4] {
        match self.segments.get_mut(usize::from(last)) {
            Some(segment) => &mut segment.then,
            None => &mut self.first,
        }
    }

    /// The segment, learned now if it is new. `None` if there is no room.
    pub fn segment(
        &mut self,
        prefix: &[u8],
        mut new: Segment,
        details: impl FnOnce() -> Details,
        text: &[u8],
    ) -> Option<SegmentId> {
        let hash = self.prefix_hash(new.from, prefix);
        let alternatives = self.by_prefix.entry((new.from, hash)).or_default();
        for id in alternatives.iter() {
            let known = self.details.get(usize::from(*id))?;
            let segment = self.segments.get(usize::from(*id))?;
            if *known.text == *text && segment.next == new.next && segment.entries == new.entries {
                return Some(*id);
            }
        }
        if alternatives.len() == MAX_ALTERNATIVES || self.segments.len() >= MAX_LEARNED_SEGMENTS {
            return None;
        }
        let id = self.segments.len() as SegmentId;
        alternatives.push(id);
        let details = details();
        new.part = self.rosters.part(&details, new.next == Next::String);
        self.segments.push(new);
        self.details.push(details);
        Some(id)
    }

    /// The shape of a sequence of segments, if it is known.
    pub fn shape(&self, segments: &[SegmentId]) -> Option<usize> {
        self.shape_of(Sequence::of(segments), segments)
    }

    /// The same, if their hash is known.
    #[inline]
    pub fn shape_of(&self, sequence: Sequence, segments: &[SegmentId]) -> Option<usize> {
        let at = *self.by_segments.get(&sequence.0)? as usize;
        let shape = self.shapes.get(at)?;
        (*shape.segments == *segments).then_some(at)
    }

    /// Adds a shape, if there is room. `wanted` must be ascending by path.
    pub fn add_shape(&mut self, segments: &[SegmentId], wanted: &[Wanted]) -> Option<usize> {
        if self.shapes.len() == MAX_LEARNED_SHAPES || self.next_id == ROSTER {
            return None;
        }
        let mut shape = Shape {
            id: self.next_id,
            segments: segments.into(),
            layout: None,
            long: Box::default(),
            scalars: Box::default(),
            entries: 0,
            wanted: wanted.into(),
            trial: Trial::new(),
        };
        let mut pieces = Vec::new();
        let (mut long, mut scalars) = (Vec::new(), Vec::new());
        let mut anchored = true;
        for (number, id) in segments.iter().enumerate() {
            let segment = self.segments.get(usize::from(*id))?;
            anchored &= segment.entries != 0;
            if usize::from(segment.len) > Row::BYTES {
                long.push(number as u16);
            }
            if segment.next == Next::Scalar {
                scalars.push(Scalar {
                    value: number as u16,
                    piece_len: segment.len,
                });
            }
            pieces.push(Piece {
                entry: shape.entries as usize,
                before: u32::from(segment.before),
                row: self
                    .details
                    .get(usize::from(*id))
                    .map(|details| Row::new(&details.text))?,
            });
            shape.entries += u32::from(segment.entries);
        }
        if anchored && self.shapes.len() < MAX_COMPILED_SHAPES {
            shape.layout = Layout::new(&pieces, shape.entries as usize);
        }
        (shape.long, shape.scalars) = (long.into(), scalars.into());
        self.next_id += 1;
        let at = self.shapes.len();
        self.by_segments.insert(Sequence::of(segments).0, at as u32);
        self.shapes.push(shape);
        Some(at)
    }

    /// The roster of lines with these kinds of values, if there is room for it.
    pub fn roster(&mut self, kinds: u64) -> Option<usize> {
        self.rosters.find(kinds, || {
            let id = self.next_id;
            self.next_id += u32::from(id != ROSTER);
            (id != ROSTER).then_some(id | ROSTER)
        })
    }

    /// The shape that a line may have: one with as many entries.
    #[inline(always)]
    pub fn guess_for(&self, line: &Line<'_>) -> Option<usize> {
        let slot = self.guesses.of(line)?;
        let shape = self.shapes.get(slot)?;
        (shape.entries as usize == line.entries.len()).then_some(slot)
    }

    /// Keeps a shape as the guess for the next line like this one.
    pub fn keep_guess(&mut self, line: &Line<'_>, shape: usize) {
        let (shapes, details) = (&self.shapes, &self.details);
        let pieces = |slot: usize| {
            let segments = shapes.get(slot).map_or(&[][..], |shape| &shape.segments);
            segments
                .iter()
                .filter_map(|id| details.get(usize::from(*id)))
        };
        self.guesses.keep(line, shape, |one, other| {
            first_difference(pieces(one), pieces(other))
        });
    }

    /// Whether a line may have a shape that was seen before, as all is not lost: where keys come in
    /// any order, looking for shapes, and making more, is in vain. Then one line in a few is tried.
    #[inline(always)]
    pub fn hope(&mut self) -> bool {
        if self.misses < MAX_MISSES / 2 {
            return true;
        }
        self.hopeless = self.hopeless.wrapping_add(1);
        self.hopeless.is_multiple_of(TRIED)
    }

    /// Notes whether a line that was tried had such a shape.
    #[inline(always)]
    pub fn tried(&mut self, had: bool) {
        self.misses = if had {
            self.misses.saturating_sub(HIT)
        } else {
            (self.misses + 1).min(MAX_MISSES)
        };
    }

    /// Whether a shape may be made now.
    pub fn may_add_shape(&mut self) -> bool {
        let has_room = self.shapes.len() < MAX_LEARNED_SHAPES;
        let may = has_room && self.shape_credit >= SHAPE_COST;
        if may {
            self.shape_credit -= SHAPE_COST;
        }
        may
    }

    /// Notes that lines were matched by their shapes.
    pub fn earn(&mut self, lines: u64) {
        let credit = u64::from(self.shape_credit) + lines;
        self.shape_credit = credit.min(u64::from(FIRST_SHAPES * SHAPE_COST)) as u32;
    }

    /// What the next segment is likely to be known by; see [`Quick::of`].
    #[inline(always)]
    pub fn quick_key(&self, line: &Line<'_>, entry: usize, context: ContextId) -> Option<Quick> {
        if self.in_array.get(usize::from(context)) != Some(&false) {
            return None; // its next segment may end long before the next key
        }
        Quick::of(line, entry, context)
    }

    /// The segment last found by such a key, if it may stand in that context: what the key says
    /// of the context may be true of another one.
    #[inline(always)]
    pub fn quick_segment(&self, key: Option<Quick>, context: ContextId) -> Option<SegmentId> {
        let id = self.quick.get(key)?;
        (self.segments.get(usize::from(id))?.from == context).then_some(id)
    }
}

/// A hash of a sequence of segments.
#[derive(Clone, Copy)]
pub(super) struct Sequence(u64);

impl Sequence {
    pub const START: Self = Self(0);

    fn of(segments: &[SegmentId]) -> Self {
        let mut sequence = Self::START;
        segments.iter().for_each(|id| sequence.add(*id));
        sequence
    }

    /// Adds the next segment.
    #[inline(always)]
    pub fn add(&mut self, id: SegmentId) {
        self.0 = (self.0.rotate_left(23) ^ (u64::from(id) + 1)).wrapping_mul(MIX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_no_shape_comes_back_few_lines_are_tried_and_hope_comes_back() {
        let mut learned = Learned::new();
        let mut tried = |lines: u32, has: &dyn Fn(u32) -> bool| {
            let mut tried = 0;
            for line in 0..lines {
                if learned.hope() {
                    tried += 1;
                    learned.tried(has(line));
                }
            }
            tried
        };
        // One in five has one: that is worth it.
        assert_eq!(tried(10_000, &|line| line % 5 == 0), 10_000);
        assert!(tried(10_000, &|line| line % 100 == 0) < 1_500);
        assert!(tried(16_000, &|_| false) <= 1_001);
        // All have.
        assert!(tried(10_000, &|_| true) > 8_500);
        assert_eq!(tried(1_000, &|_| true), 1_000);
    }
}
