//! Line after line by stencils.

use super::super::known::Known;
use super::super::learned::Learned;
use super::super::scratch::Scratch;
use super::super::simd::layout::Bounds;
use super::super::simd::{Kernel, Lanes};
use super::super::skim::{Left, Matched, Skim};
use super::{Fit, Stencils};

impl Fit {
    /// The line, which started at `start`; it counts for its shape. `None`: the shape is gone.
    #[inline(always)]
    fn matched<'m>(
        self,
        text: &'m [u8],
        start: usize,
        learned: &'m mut Learned,
        bounds: &'m Bounds,
    ) -> Option<Matched<'m>> {
        let slot = self.shape as usize;
        let shape = learned.shapes.get_mut(slot)?;
        shape.trial.seen = shape.trial.seen.wrapping_add(1);
        let (line, names) = (start..self.end, (shape.id, slot));
        Some(Matched::new(text, line, &shape.wanted, names, bounds))
    }
}

/// The loop over the lines of a text, as far as stencils fit them.
pub(in super::super) struct Comparing<'e, T> {
    pub text: &'e [u8],
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
    /// The line that the taker left; if there is none, no stencil fits the next one.
    pub left: Option<Left>,
}

impl<T: Skim> Kernel for Comparing<'_, T> {
    type Out = Compared;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Compared {
        let Self {
            text,
            stencils,
            learned,
            scratch,
            taker,
        } = self;
        let (mut lines, mut turns) = (0, 0);
        let mut next = 0;
        let mut left = None;
        let bounds = &mut *scratch.bounds;
        while next < text.len() {
            let Some(fit) = stencils.fit(lanes, text, next, &mut turns, bounds) else {
                break;
            };
            let Some(matched) = fit.matched(text, next, learned, bounds) else {
                break; // cannot be: shapes and stencils are forgotten together
            };
            let line = next..fit.end;
            next = fit.end + 1;
            if !taker.take(&matched) {
                left = Some(Left {
                    line,
                    known: Some(Known::Shape(fit.shape as usize)),
                });
                break;
            }
            lines += 1;
        }
        stencils.consider(lines, turns);
        Compared { lines, next, left }
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
        let bounds = &mut *scratch.bounds;
        let mut turns = 0;
        let fit = stencils.fit(lanes, text, 0, &mut turns, bounds);
        stencils.consider(u64::from(fit.is_some()), turns);
        let fit = fit?;
        if fit.end != end {
            return None; // a `\n` inside
        }
        let matched = fit.matched(text, 0, learned, bounds)?;
        Some(taker.take(&matched))
    }
}
