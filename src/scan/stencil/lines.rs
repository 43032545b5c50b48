//! Line after line by stencils.

use super::super::chain::Scratch;
use super::super::learned::Learned;
use super::super::piecewise::Known;
use super::super::simd::{Kernel, Lanes};
use super::super::skim::{Left, Matched, Skim};
use super::Stencils;

/// The loop over lines of a block, as far as stencils fit them.
pub(in super::super) struct Comparing<'e, T> {
    pub block: &'e [u8],
    /// Where the first of them starts.
    pub start: usize,
    pub stencils: &'e mut Stencils,
    pub learned: &'e mut Learned,
    pub scratch: &'e mut Scratch,
    pub taker: &'e mut T,
}

/// What became of them.
pub(in super::super) struct Compared {
    /// Lines that were taken.
    pub lines: u64,
    /// Where the next one starts.
    pub next: usize,
    /// Where the text starts by which places are told.
    pub origin: usize,
    /// The line that the taker left; if there is none, no stencil fits the next one.
    pub left: Option<Left>,
}

impl<T: Skim> Kernel for Comparing<'_, T> {
    type Out = Compared;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Compared {
        let Self {
            block,
            start,
            stencils,
            learned,
            scratch,
            taker,
        } = self;
        let mut lines = 0;
        let mut turns = 0;
        let mut next = start;
        let mut left = None;
        scratch.are_read = true;
        let (bounds, shorts) = (&mut *scratch.bounds, &mut *scratch.shorts);
        while next < block.len() {
            if !stencils.quotes.has(next) {
                stencils.quotes.look(lanes, block, next);
            }
            let quotes = &stencils.quotes;
            let origin = quotes.origin();
            let text = block.get(origin..).unwrap_or_default();
            let start = next - origin;
            let places = (&mut *bounds, &mut *shorts);
            let Some(fit) = stencils.fit(lanes, text, quotes, start, &mut turns, places) else {
                break;
            };
            let slot = fit.shape as usize;
            let Some(shape) = learned.shapes.get_mut(slot) else {
                break; // cannot be: shapes and stencils are forgotten together
            };
            shape.trial.seen = shape.trial.seen.wrapping_add(1);
            let line = start..fit.end;
            next = origin + fit.end + 1;
            let names = (shape.id, slot);
            let matched = Matched::new(text, line.clone(), &shape.wanted, names, bounds, &*shorts);
            if !taker.take(&matched) {
                left = Some(Left {
                    line,
                    known: Some(Known::Shape(slot)),
                });
                break;
            }
            lines += 1;
        }
        stencils.consider(lines, turns, L::TURNS);
        Compared {
            lines,
            next,
            origin: stencils.quotes.origin(),
            left,
        }
    }
}

/// A text that may be a line by itself.
pub(in super::super) struct Single<'e, T> {
    /// The line, a `\n`, and some bytes.
    pub text: &'e [u8],
    /// Where the `\n` is.
    pub end: usize,
    pub stencils: &'e mut Stencils,
    pub learned: &'e mut Learned,
    pub scratch: &'e mut Scratch,
    pub taker: &'e mut T,
}

impl<T: Skim> Kernel for Single<'_, T> {
    /// Whether it was taken; `None` if no stencil fits.
    type Out = Option<bool>;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Option<bool> {
        let Self {
            text,
            end,
            stencils,
            learned,
            scratch,
            taker,
        } = self;
        stencils.text_quotes.look(lanes, text, 0);
        scratch.are_read = true;
        let (bounds, shorts) = (&mut *scratch.bounds, &mut *scratch.shorts);
        let mut turns = 0;
        let places = (&mut *bounds, &mut *shorts);
        let fit = stencils.fit(lanes, text, &stencils.text_quotes, 0, &mut turns, places)?;
        stencils.consider(1, turns, L::TURNS);
        let slot = fit.shape as usize;
        let shape = learned.shapes.get_mut(slot).filter(|_| fit.end == end)?;
        shape.trial.seen = shape.trial.seen.wrapping_add(1);
        let names = (shape.id, slot);
        let matched = Matched::new(text, 0..end, &shape.wanted, names, bounds, &*shorts);
        Some(taker.take(&matched))
    }
}
