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
//! byte, the strings have no quote, `\` or control byte, and the scalars are checked.
//! All else is left to the index and the matcher.

mod envelope;
mod lines;
mod scalars;
mod strings;
mod tree;
mod watch;
mod words;

pub(super) use envelope::{Envelopes, Unwrapping};
pub(super) use lines::{Comparing, Single};

use super::shape::MIX;
use super::simd::layout::{Bounds, Row, STARTS};
use super::simd::reach::Reach;
use super::simd::stripe::Stripe;
use super::simd::{Block, Lanes};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use watch::Value;
use words::{Places, Words};

/// What stands between two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hole {
    /// Nothing: the run goes on.
    None,
    /// The content of a string.
    Text,
    /// A number without sign, point or exponent, mostly.
    Whole,
    /// A number with a point, mostly.
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
    /// Strings that hardly change, and where they tell shapes of the tree apart.
    words: Words,
    telling: Places,
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

    /// Looks for a stencil that fits the text from `at` on. If there is one, `bounds` is filled in.
    #[inline(always)]
    fn fit<L: Lanes>(
        &self,
        lanes: L,
        text: &[u8],
        mut at: usize,
        turns: &mut u32,
        bounds: &mut Bounds,
    ) -> Option<Fit> {
        let reach = Reach::<64>::new(text)?;
        let mut number = self.root;
        loop {
            let Some(step) = self.steps.get(number as usize) else {
                number = self.fork(reach.at(at)?, number)?;
                *turns += 1;
                continue;
            };
            let stands = match &*step.stripes {
                [] => lanes.same(half(reach.at(at)?), &step.row),
                stripes => lanes.all_fit(reach, at, stripes),
            };
            if !stands {
                *turns += 1;
                number = step.otherwise;
                continue;
            }
            bounds.set_all(lanes, usize::from(step.piece), at, &step.starts);
            let hole = Gap {
                text: reach,
                run: at,
                len: usize::from(step.len),
            };
            let end = match step.hole {
                Hole::Text => strings::any(lanes, hole),
                Hole::Whole => scalars::whole(lanes, hole),
                Hole::Decimal => scalars::decimal(lanes, hole),
                Hole::Word => scalars::word(lanes, hole),
                Hole::Scalar => scalars::any(lanes, hole),
                Hole::None => Some(hole.start()),
                Hole::End => {
                    return Some(Fit {
                        end: hole.start() - 1,
                        shape: step.then,
                    });
                }
            };
            (at, number) = match end {
                Some(end) => (end, step.then),
                None => (at, step.otherwise),
            };
        }
    }

    /// The step that a fork leads to; `None` if this is none.
    #[inline(never)]
    fn fork(&self, there: &Block, number: u32) -> Option<u32> {
        let fork = self.forks.get((number ^ FORK) as usize)?;
        Some(fork[fork_place(u64::from_le_bytes(eight(there)))])
    }
}

/// Where a value stands of which the length is not known.
#[derive(Clone, Copy)]
struct Gap<'t> {
    text: Reach<'t, 64>,
    /// Where the run before it starts.
    run: usize,
    /// Length of that run, in bytes.
    len: usize,
}

impl<'t> Gap<'t> {
    /// One that starts at `at`.
    #[inline(always)]
    fn at(text: Reach<'t, 64>, at: usize) -> Self {
        Self {
            text,
            run: at,
            len: 0,
        }
    }

    /// What stands there.
    #[inline(always)]
    fn there(self) -> Option<&'t Block> {
        self.text.behind(self.run, self.len)
    }

    /// Where it starts.
    #[inline(always)]
    fn start(self) -> usize {
        self.run + self.len
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

#[cfg(test)]
mod tests;
