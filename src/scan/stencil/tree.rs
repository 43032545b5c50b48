//! Makes the tree of steps.
//!
//! First a tree of pieces, in which shapes share what they begin with; then pieces that always
//! come after each other, with values of fixed length between them, are joined to runs.

use super::super::learned::Learned;
use super::super::shape::{Next, SegmentId};
use super::super::simd::layout::STARTS;
use super::super::simd::stripe::Stripe;
use super::watch::{Place, Value};
use super::words::{Piece, Places, Words, shapes};
use super::{FORK, FORK_PLACES, Hole, NONE, Stencils, Step, fork_place};
use crate::limits::MAX_STENCIL_PIECES;
use std::collections::VecDeque;

/// Lines between the first times that the tree is made.
const FIRST_INTERVAL: u64 = 32;

/// The longest time between two, in lines, …
const LAST_INTERVAL: u64 = 16_384;

/// … unless the tree is large: a piece takes as long to make as some lines to read.
const LINES_A_PIECE: u64 = 256;

impl Stencils {
    /// Notes that lines were read; makes the tree anew where it is time.
    pub fn grow(&mut self, learned: &mut Learned, lines: u64) {
        self.earn(lines);
        self.rest = self.rest.saturating_sub(lines);
        self.pause = self.pause.saturating_sub(lines);
        if self.is_old && self.rest == 0 && self.pause == 0 {
            self.interval = (self.interval * 2).clamp(FIRST_INTERVAL, LAST_INTERVAL);
            self.is_old = false;
            let pieces = self.make_tree(learned) as u64;
            self.rest = self.interval.max(pieces * LINES_A_PIECE);
        }
    }

    /// Makes the tree; of how many pieces.
    #[cold]
    fn make_tree(&mut self, learned: &mut Learned) -> usize {
        let words = std::mem::take(&mut self.words);
        self.telling = words.telling_places(&self.shapes, learned);
        let mut tree = Tree::default();
        if !tree.add_all(&self.shapes, learned, &words, &self.telling) {
            // No room for all: shapes share more if they are told apart later.
            tree = Tree::default();
            self.telling.clear();
            tree.add_all(&self.shapes, learned, &words, &self.telling);
        }
        for slot in &self.shapes {
            if let Some(shape) = learned.shapes.get_mut(*slot as usize) {
                shape.trial.seen = 0;
            }
        }
        self.steps.clear();
        self.forks.clear();
        let root = std::mem::take(&mut tree.root);
        let pieces = tree.nodes.len();
        let mut planting = Planting {
            learned,
            tree,
            stencils: self,
        };
        let root = planting.group(root, At::START);
        self.root = root;
        self.words = words;
        pieces
    }
}

/// A tree of pieces.
#[derive(Default)]
struct Tree<'w> {
    nodes: Vec<Node<'w>>,
    /// The numbers of the first pieces of lines.
    root: Vec<usize>,
}

struct Node<'w> {
    segment: SegmentId,
    /// The string after it, if that belongs to it.
    word: Option<&'w [u8]>,
    /// Lines that came by of late.
    lines: u64,
    /// What comes after it.
    then: Vec<usize>,
    /// At a line's end: the slot of the shape.
    shape: u32,
}

impl<'w> Tree<'w> {
    /// Adds the ways of shapes; whether there was room for all.
    fn add_all(
        &mut self,
        slots: &[u32],
        learned: &Learned,
        words: &'w Words,
        telling: &Places,
    ) -> bool {
        let mut room = true;
        for (slot, shape) in shapes(slots, learned) {
            for way in words.ways(slot, shape, telling) {
                room &= self.add(&way, slot, shape.trial.seen);
            }
        }
        room
    }

    /// Adds a way of a shape, if there is room.
    fn add(&mut self, way: &[Piece<'w>], slot: u32, lines: u32) -> bool {
        if self.nodes.len() + way.len() > MAX_STENCIL_PIECES {
            return false;
        }
        let mut parent: Option<usize> = None;
        for &(segment, word) in way {
            let siblings = match parent {
                None => &self.root,
                Some(parent) => &self.nodes[parent].then,
            };
            let known = siblings.iter().find(|n| {
                let node = &self.nodes[**n];
                (node.segment, node.word) == (segment, word)
            });
            let number = known.copied().unwrap_or_else(|| {
                let number = self.nodes.len();
                self.nodes.push(Node {
                    segment,
                    word,
                    lines: 0,
                    then: Vec::new(),
                    shape: slot,
                });
                match parent {
                    None => self.root.push(number),
                    Some(parent) => self.nodes[parent].then.push(number),
                }
                number
            });
            self.nodes[number].lines += u64::from(lines) + 1;
            parent = Some(number);
        }
        true
    }
}

/// A place in the tree.
#[derive(Clone, Copy)]
struct At {
    place: Place,
    pieces: u16,
}

impl At {
    const START: Self = Self {
        place: Place::START,
        pieces: 0,
    };
}

/// Makes the tree of steps from that of pieces.
struct Planting<'l, 'w> {
    learned: &'l Learned,
    tree: Tree<'w>,
    stencils: &'l mut Stencils,
}

impl Planting<'_, '_> {
    /// Lays out what may stand in one place, and all that comes after it; gives where to begin.
    fn group(&mut self, mut siblings: Vec<usize>, at: At) -> u32 {
        let nodes = &self.tree.nodes;
        let lines = |number: &usize| nodes[*number].lines;
        siblings.sort_by_key(|number| std::cmp::Reverse(lines(number)));
        let first = siblings.first().map(|number| nodes[*number].segment);
        let alike = |number: &usize| Some(nodes[*number].segment) == first;
        let is_fork = self.usual(&siblings).is_none() && !siblings.iter().all(alike);
        if is_fork {
            // A short run is tried last, as it leaves open where in the fork it belongs.
            siblings.sort_by_key(|number| self.piece(nodes[*number].segment).len() < 8);
        }
        let mut last: Option<usize> = None;
        let mut begin = NONE;
        let mut fork = [NONE; FORK_PLACES];
        let mut ways: VecDeque<_> = siblings.iter().map(|number| vec![*number]).collect();
        while let Some(way) = ways.pop_front() {
            let Some(segment) = way.first().map(|number| self.tree.nodes[*number].segment) else {
                continue; // cannot be: a way has a first piece
            };
            let own = self.way(way, at, &mut ways);
            match last {
                None => begin = own as u32,
                Some(last) => self.stencils.steps[last].otherwise = own as u32,
            }
            last = Some(own);
            let word = self.piece(segment).first_chunk();
            let place = word.map(|word| fork_place(u64::from_le_bytes(*word)));
            for (number, first) in fork.iter_mut().enumerate() {
                if place.is_none_or(|place| place == number) {
                    *first = (*first).min(own as u32);
                }
            }
        }
        if is_fork {
            self.stencils.forks.push(fork);
            return FORK | (self.stencils.forks.len() as u32 - 1);
        }
        begin
    }

    /// Which of several is usual, if any: there, a fork costs more than what it saves.
    fn usual(&self, siblings: &[usize]) -> Option<usize> {
        let lines = |number: &usize| self.tree.nodes[*number].lines;
        let all: u64 = siblings.iter().map(lines).sum();
        let first = siblings.iter().copied().max_by_key(lines)?;
        (lines(&first) * 8 >= all * 5).then_some(first)
    }

    fn piece(&self, segment: SegmentId) -> &[u8] {
        let details = self.learned.details.get(usize::from(segment));
        details.map_or(&[], |details| &details.text)
    }

    /// Lays out the run that begins with some pieces, and all that comes after it; gives its
    /// number. `others`: what may stand in its place, where it goes on in the usual way.
    fn way(&mut self, way: Vec<usize>, mut at: At, others: &mut VecDeque<Vec<usize>>) -> usize {
        let own = self.stencils.steps.len();
        let mut run = Run::new(at);
        let mut way = way.into_iter();
        let mut walked: Vec<usize> = Vec::new();
        let mut number = way.next().unwrap_or_default();
        let hole = loop {
            walked.push(number);
            let node = &self.tree.nodes[number];
            run.piece(self.piece(node.segment));
            at.pieces += 1;
            at.place = at.place.after(node.segment);
            let segment = self.learned.segments.get(usize::from(node.segment));
            let next = segment.map_or(Next::Edge, |segment| segment.next);
            let value = self.stencils.values.get(&at.place.key());
            // What is known of a place may be of another that looks like it, so that what stands
            // there is asked as well: no text may pass for a scalar.
            match (next, value) {
                (Next::Edge, _) => break Hole::End,
                (Next::String, _) if node.word.is_some() => {
                    run.text(node.word.unwrap_or_default());
                }
                (Next::String, Some(Value::Fixed(len))) => run.string(*len),
                (Next::String, _) => break Hole::Text,
                (Next::Scalar, Some(Value::Digits(len))) => run.whole(*len),
                (Next::Scalar, Some(Value::Point(before, after))) => run.decimal(*before, *after),
                (Next::Scalar, Some(Value::Whole)) => break Hole::Whole,
                (Next::Scalar, Some(Value::Decimal)) => break Hole::Decimal,
                (Next::Scalar, Some(Value::Word)) => break Hole::Word,
                (Next::Scalar, _) => break Hole::Scalar,
            }
            if let Some(next) = way.next() {
                number = next;
                continue;
            }
            match self.usual(&node.then) {
                Some(usual) if run.has_room() => {
                    for other in node.then.iter().filter(|other| **other != usual) {
                        let mut way = walked.clone();
                        way.push(*other);
                        others.push_back(way);
                    }
                    number = usual;
                }
                _ => break Hole::None,
            }
        };
        self.stencils.steps.push(run.end(hole));
        let then = if hole == Hole::End {
            self.tree.nodes[number].shape
        } else {
            let then = std::mem::take(&mut self.tree.nodes[number].then);
            self.group(then, at)
        };
        self.stencils.steps[own].then = then;
        own
    }
}

/// A run that is being made.
struct Run {
    stripes: Vec<Stripe>,
    len: usize,
    /// Number of the first piece.
    piece: u16,
    /// Where pieces start.
    starts: Vec<u32>,
}

impl Run {
    fn new(at: At) -> Self {
        Self {
            stripes: Vec::new(),
            len: 0,
            piece: at.pieces,
            starts: Vec::new(),
        }
    }

    fn has_room(&self) -> bool {
        self.starts.len() < STARTS
    }

    /// Says what the next byte of the run may be.
    fn byte(&mut self, say: impl FnOnce(&mut Stripe, usize)) {
        let at = self.len % 64;
        if at == 0 {
            self.stripes.push(Stripe::ANY);
        }
        self.len += 1;
        if let Some(stripe) = self.stripes.last_mut() {
            say(stripe, at);
        }
    }

    fn piece(&mut self, text: &[u8]) {
        self.starts.push(self.len as u32);
        self.text(text);
    }

    fn text(&mut self, text: &[u8]) {
        for byte in text {
            self.byte(|stripe, at| stripe.expect(at, *byte));
        }
    }

    fn string(&mut self, len: u16) {
        for _ in 0..len {
            self.byte(Stripe::in_string);
        }
    }

    fn whole(&mut self, len: u16) {
        // No zero in front.
        self.digit(if len > 1 { b'1' } else { b'0' });
        for _ in 1..len {
            self.digit(b'0');
        }
    }

    fn decimal(&mut self, before: u8, after: u8) {
        self.whole(u16::from(before));
        self.byte(|stripe, at| stripe.expect(at, b'.'));
        for _ in 0..after {
            self.digit(b'0');
        }
    }

    fn digit(&mut self, least: u8) {
        self.byte(|stripe, at| stripe.digit(at, least));
    }

    /// The step that is this run and a hole.
    fn end(self, hole: Hole) -> Step {
        // Those after the last are as far as that.
        let mut starts = [self.starts.last().copied().unwrap_or_default(); STARTS];
        for (to, from) in starts.iter_mut().zip(self.starts) {
            *to = from;
        }
        let row = self
            .stripes
            .first()
            .and_then(|stripe| stripe.as_row(self.len));
        let stripes = if row.is_some() {
            Box::default()
        } else {
            self.stripes.into()
        };
        Step {
            row: row.unwrap_or_default(),
            stripes,
            len: self.len as u16,
            piece: self.piece,
            starts,
            hole,
            then: NONE,
            otherwise: NONE,
        }
    }
}
