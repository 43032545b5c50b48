//! Whole lines compared at once, without an index: for the shapes that most lines have.
//!
//! Many values of a shape are as long in every line: time stamps, ids, hosts, versions. Joined
//! with the constant text around them they make *runs* of fixed length, which are compared 64
//! bytes at a time. Only the values between runs, the *holes*, have their ends looked for:
//!
//! ```text
//! {"ts":"2026-11-22T10:00:00Z","status":200,"model":"qwen-max","latency_ms":12,"id":"5f0c"}
//! └─────────────── run ────────────────┘└h┘└── run ──┘└─hole─┘└──── run ─────┘└h┘└── run ──┘
//! ```
//!
//! A run with the hole after it is a *step*. The steps of all shapes make a tree, as lines that
//! differ mostly begin alike: a line takes its way from the root to a leaf, which names its
//! shape.
//!
//! What gets there is a valid line of that shape: the text is that of all its pieces, byte by
//! byte, the strings have no quote, `\` or control byte, and the scalars are read and checked.
//! All else is left to the index and the matcher.

mod envelope;
mod lines;
mod strings;
mod tree;
mod watch;

pub(super) use envelope::{Envelopes, Unwrapping};
pub(super) use lines::{Comparing, Single};

use super::shape::MIX;
use super::short::Short;
use super::simd::layout::{Bounds, Row, STARTS};
use super::simd::reach::Reach;
use super::simd::stripe::Stripe;
use super::simd::{Block, Kernel, Lanes};
use crate::limits::MAX_SHORTS;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use watch::Value;

/// What stands between two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hole {
    /// Nothing: the run goes on.
    None,
    /// The content of a string.
    Text,
    /// A number without sign, point or exponent, mostly short.
    Whole,
    /// A number with a point, mostly short.
    Decimal,
    /// `true`, `false` or `null`.
    Word,
    /// Any scalar that is no string.
    Scalar,
    /// Nothing: the line ends.
    End,
}

/// After so many lines it is considered whether stencils are worth it, …
const CONSIDERED_LINES: u32 = 2048;

/// … which they are not where a line takes more than so many wrong or uncertain steps: then
/// indexing it takes less.
const MAX_TURNS: u32 = 32;

/// If not, so many lines are indexed before they are tried again, twice as many each time.
const PAUSE_LINES: u64 = 1 << 17;

/// The longest such pause.
const MAX_PAUSE_LINES: u64 = 1 << 22;

/// No step.
const NONE: u32 = u32::MAX;

/// In place of a step's number: that of a fork.
const FORK: u32 = 1 << 31;

/// Places of a fork.
const FORK_PLACES: usize = 16;

/// Which of several steps it is, by the first eight bytes of its run.
type Fork = [u32; FORK_PLACES];

/// The place in a fork for steps that begin with these bytes.
#[inline(always)]
fn fork_place(word: u64) -> usize {
    (word.wrapping_mul(MIX) >> 60) as usize % FORK_PLACES
}

/// A run and the hole after it.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Step {
    /// A short run without strings, …
    row: Row,
    /// Distance of the starts of pieces from that of the run.
    starts: [u32; STARTS],
    /// … or any other one.
    stripes: Box<[Stripe]>,
    /// What comes after it; at a line's end, the slot of the shape.
    then: u32,
    /// What else may stand in its place.
    otherwise: u32,
    /// Length of the run, in bytes.
    len: u16,
    /// Number of the first piece that starts in the run.
    piece: u16,
    hole: Hole,
    /// How many of the line's scalars come before the hole.
    scalar: u8,
    /// How many of them stand in the run.
    digits: u8,
}

/// What is known of the lines that can be compared in this way.
#[derive(Debug, Default)]
pub(super) struct Stencils {
    /// The tree.
    steps: Vec<Step>,
    forks: Vec<Fork>,
    /// Its first step, or a fork.
    root: u32,
    /// What was seen of values, by all pieces up to and with that before the value.
    values: HashMap<u64, Value, FixedState>,
    /// Slots of the shapes that the tree is made of.
    shapes: Vec<u32>,
    /// Whether more is known than is in the tree.
    is_old: bool,
    /// Lines until the tree is made anew, if it is old.
    rest: u64,
    /// How many lines that is the next time.
    interval: u64,
    /// Wrong or uncertain steps, and lines, since that was last looked at.
    turns: u32,
    lines: u32,
    /// Lines that are to be indexed nevertheless.
    pause: u64,
    next_pause: u64,
    /// What may be spent on looking at lines that no stencil fits.
    credit: u64,
    /// The line that comes next fits none.
    pub failed: bool,
}

/// A line that a stencil fits.
#[derive(Clone, Copy)]
struct Fit {
    /// Where its `\n` is.
    end: usize,
    /// The slot of its shape.
    shape: u32,
}

impl Stencils {
    /// Whether lines are to be compared with them.
    pub fn are_used(&self) -> bool {
        !self.steps.is_empty() && self.pause == 0
    }

    /// Takes it into account how well they did with some lines.
    fn consider(&mut self, lines: u64, turns: u32) {
        self.turns = self.turns.saturating_add(turns);
        self.lines += lines as u32 + 1;
        if self.lines > CONSIDERED_LINES {
            self.next_pause = if self.turns / MAX_TURNS > self.lines {
                self.pause = self.next_pause.max(PAUSE_LINES);
                (2 * self.pause).min(MAX_PAUSE_LINES)
            } else {
                PAUSE_LINES
            };
            (self.turns, self.lines) = (0, 0);
        }
    }

    /// Looks for a stencil that fits the text from `at` on. If there is one, `bounds` and
    /// `shorts` are filled in.
    #[inline(always)]
    fn fit<L: Lanes>(
        &self,
        lanes: L,
        text: &[u8],
        at: usize,
        turns: &mut u32,
        (bounds, shorts): (&mut Bounds, &mut [Short; MAX_SHORTS]),
    ) -> Option<Fit> {
        let reach = Reach::<64>::new(text)?;
        let (mut at, mut number) = (at, self.root);
        loop {
            if number >= FORK {
                number = self.fork(reach.at(at)?, number);
                *turns += 1;
            }
            let step = self.steps.get(number as usize)?;
            let there = reach.at(at)?;
            number = step.otherwise;
            let stands = match &*step.stripes {
                [] => lanes.same(half(there), &step.row),
                [first, others @ ..] => {
                    let mut fits = lanes.fits(there, first);
                    let mut from = at;
                    for stripe in others {
                        from += 64;
                        fits &= lanes.fits(reach.at(from)?, stripe);
                    }
                    fits
                }
            };
            if !stands {
                *turns += 1;
                continue;
            }
            bounds.set_all(lanes, usize::from(step.piece), at, &step.starts);
            if step.digits != 0 {
                for n in step.scalar - step.digits..step.scalar {
                    shorts[usize::from(n) % MAX_SHORTS] = Short::OTHER;
                }
            }
            let hole = at + usize::from(step.len);
            let read = match step.hole {
                Hole::Text => {
                    if let Some(end) = strings::end(lanes, reach, hole) {
                        (at, number) = (end, step.then);
                    }
                    continue;
                }
                Hole::Whole => Short::leading(eight(reach.at(hole)?)),
                Hole::Decimal => {
                    let there = reach.at(hole)?;
                    Short::leading_decimal(eight(there), there[8])
                }
                Hole::Word => word(eight(reach.at(hole)?)),
                Hole::Scalar => None,
                Hole::None => {
                    (at, number) = (hole, step.then);
                    continue;
                }
                Hole::End => {
                    return Some(Fit {
                        end: hole - 1,
                        shape: step.then,
                    });
                }
            };
            let read = match read {
                Some(read) => Some(read),
                None => lanes.call(AnyScalar(reach.at(hole)?)),
            };
            if let Some((short, len)) = read {
                shorts[usize::from(step.scalar) % MAX_SHORTS] = short;
                (at, number) = (hole + len, step.then);
            }
        }
    }

    /// The step that a fork leads to.
    #[inline(never)]
    fn fork(&self, there: &Block, number: u32) -> u32 {
        let fork = self.forks.get((number ^ FORK) as usize);
        fork.map_or(NONE, |fork| {
            fork[fork_place(u64::from_le_bytes(eight(there)))]
        })
    }
}

#[inline(always)]
fn half(block: &Block) -> &[u8; 32] {
    &block.as_chunks().0[0]
}

#[inline(always)]
fn eight(block: &Block) -> [u8; 8] {
    block.as_chunks().0[0]
}

/// A `true`, `false` or `null`, and its length. Which it is cannot be predicted, so it is looked
/// up.
#[inline(always)]
fn word(text: [u8; 8]) -> Option<(Short, usize)> {
    const WORDS: [(u64, usize); 4] = [
        (u64::from_le_bytes(*b"false\0\0\0"), 5),
        (u64::from_le_bytes(*b"null\0\0\0\0"), 4),
        (u64::from_le_bytes(*b"true\0\0\0\0"), 4),
        (u64::MAX, 4), // none
    ];
    // In these bits the first letters differ.
    let (word, len) = WORDS[usize::from(text[0] >> 3) % WORDS.len()];
    let own = u64::from_le_bytes(text) << (64 - 8 * len) >> (64 - 8 * len);
    (own == word).then_some((Short::OTHER, len))
}

/// Any scalar, and its length.
struct AnyScalar<'t>(&'t Block);

impl Kernel for AnyScalar<'_> {
    type Out = Option<(Short, usize)>;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Self::Out {
        let len = lanes.scalar_end(self.0);
        let short = Short::read(lanes, self.0, 0, len)?;
        Some((short, len as usize))
    }
}

#[cfg(test)]
mod tests;
