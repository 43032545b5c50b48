//! The short way: lines of known shapes, one after the other, straight to who takes them.
//!
//! A log is mostly lines of a few shapes. Going from line to line within one loop, with
//! all that differs between processors already decided, saves what calls and hits cost;
//! a line that has no known shape, or that the taker does not want in this form, ends
//! the loop and takes the long way.

use super::PathId;
use super::chain::{Scratch, is_of};
use super::index::{Index, Line};
use super::piecewise::{Known, Piecewise};
use super::shape::{Learned, Wanted};
use super::simd::layout::Bounds;
use super::simd::{Kernel, Lanes};
use std::ops::Range;

/// Takes lines off the short way.
pub trait Skim {
    /// Takes a line. `false`: it needs the long way, and nothing has happened.
    fn take(&mut self, line: &Matched<'_>) -> bool;
}

/// A line that has a known shape: valid JSON, its wanted values in reach.
pub struct Matched<'m> {
    text: &'m [u8],
    line: Range<usize>,
    wanted: &'m [Wanted],
    shape: u32,
    slot: usize,
    bounds: &'m Bounds,
}

impl<'m> Matched<'m> {
    /// The whole line, without its `\n`.
    pub fn line(&self) -> &'m [u8] {
        self.text.get(self.line.clone()).unwrap_or_default()
    }

    /// Names the shape among those known at this time: small, and given again later.
    #[inline(always)]
    pub fn slot(&self) -> usize {
        self.slot
    }

    /// Names the shape for good (within one engine); 0: it has none.
    #[inline(always)]
    pub fn shape(&self) -> u32 {
        self.shape
    }

    /// The wanted values of the line, in no order: path, number for [`Self::raw`], and
    /// whether it is a string. Lines of one shape have the same.
    #[inline(always)]
    pub fn wanted(&self) -> impl Iterator<Item = (PathId, u16, bool)> {
        self.wanted
            .iter()
            .map(|wanted| (wanted.path, wanted.value, wanted.string))
    }

    /// The raw JSON of a value. `string`: as [`Self::wanted`] says of it.
    #[inline(always)]
    pub fn raw(&self, value: u16, string: bool) -> &'m [u8] {
        let [start, end] = self.bounds.value(usize::from(value));
        let quote = u32::from(string);
        self.text
            .get(start.wrapping_sub(quote) as usize..end.wrapping_add(quote) as usize)
            .unwrap_or_default()
    }
}

/// Access to what stands around a value, which is cheaper to look at in fixed amounts.
impl<'m> Matched<'m> {
    /// The first bytes of a value (without quotes) and what follows, if there is so much.
    #[inline(always)]
    pub fn following<const N: usize>(&self, value: u16) -> Option<&'m [u8; N]> {
        let start = self.bounds.value(usize::from(value))[0] as usize;
        self.text.get(start..start + N)?.first_chunk()
    }

    /// The last bytes of a value (without quotes), with what stands before it if it is
    /// shorter, and its length.
    #[inline(always)]
    pub fn preceding<const N: usize>(&self, value: u16) -> Option<(&'m [u8; N], usize)> {
        let [start, end] = self.bounds.value(usize::from(value));
        let end = end as usize;
        let bytes = self.text.get(end.wrapping_sub(N)..end)?.first_chunk()?;
        Some((bytes, end.wrapping_sub(start as usize)))
    }
}

/// A line that ended the short way.
pub(super) struct Left {
    /// Where it stands in the window.
    pub line: Range<usize>,
    /// What is known of it if it was matched; then its bounds are in the scratch.
    pub known: Option<Known>,
}

/// One line on the short way.
pub(super) struct Taking<'e, T> {
    pub line: &'e Line<'e>,
    pub learned: &'e mut Learned,
    pub scratch: &'e mut Scratch,
    pub taker: &'e mut T,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Yes,
    /// It was not taken; what is known of it if it was matched, and then its bounds are
    /// in the scratch.
    No(Option<Known>),
}

impl<T: Skim> Kernel for Taking<'_, T> {
    type Out = Taken;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Taken {
        let Self {
            line,
            learned,
            scratch,
            taker,
        } = self;
        if line.odd {
            return Taken::No(None);
        }
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
                    None => return Taken::No(None),
                }
            }
        };
        let (wanted, shape, slot) = match known {
            Known::Pieces => (&*scratch.wanted, 0, 0),
            Known::Shape(slot) => match learned.shapes.get(slot) {
                Some(shape) => (&*shape.wanted, shape.id, slot),
                None => return Taken::No(None),
            },
        };
        let matched = Matched {
            text: line.text,
            line: line.start..line.end,
            wanted,
            shape,
            slot,
            bounds: &scratch.bounds,
        };
        if taker.take(&matched) {
            Taken::Yes
        } else {
            Taken::No(Some(known))
        }
    }
}

/// The loop over the rest of a window.
pub(super) struct Skimming<'e, T> {
    pub index: &'e mut Index,
    /// The window, and what follows it.
    pub text: &'e [u8],
    pub learned: &'e mut Learned,
    pub scratch: &'e mut Scratch,
    pub taker: &'e mut T,
}

impl<T: Skim> Kernel for Skimming<'_, T> {
    type Out = (u64, Option<Left>);

    /// How many lines were taken, and the one that ended it; `None`: the window has.
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Self::Out {
        let Self {
            index,
            text,
            learned,
            scratch,
            taker,
        } = self;
        let mut lines = 0;
        while let Some(range) = index.next_line() {
            let mut known = None;
            if text.get(range.start) == Some(&b'{')
                && let Some(line) = index.line(text, range.clone())
            {
                let taking = Taking {
                    line: &line,
                    learned: &mut *learned,
                    scratch: &mut *scratch,
                    taker: &mut *taker,
                };
                match taking.run(lanes) {
                    Taken::Yes => {
                        lines += 1;
                        continue;
                    }
                    Taken::No(matched) => known = matched,
                }
            }
            return (lines, Some(Left { line: range, known }));
        }
        (lines, None)
    }
}
