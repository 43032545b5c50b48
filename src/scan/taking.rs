//! Indexed lines on the short way, one after the other.

use super::index::{Index, Line};
use super::known::Known;
use super::learned::Learned;
use super::recognise::recognise;
use super::scratch::Scratch;
use super::simd::layout::Bounds;
use super::simd::{Kernel, Lanes};
use super::skim::{Left, Matched, Skim};
use super::stencil::Stencils;

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
    Yes(Known),
    /// It was not taken; what is known of it if it was matched, and then its bounds are
    /// in the scratch.
    No(Option<Known>),
}

impl Taken {
    /// Looks at the line's values, where that is needed for a stencil. `failed`: no stencil fits.
    #[inline(always)]
    pub fn watch(
        self,
        stencils: &mut Stencils,
        learned: &mut Learned,
        text: &[u8],
        bounds: &Bounds,
        failed: bool,
    ) {
        if let Self::Yes(Known::Shape(slot)) | Self::No(Some(Known::Shape(slot))) = self
            && let Some(shape) = learned.shapes.get(slot)
            && (shape.trial.lines > 0 || failed)
        {
            stencils.watch(learned, slot, text, bounds);
        }
    }
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
        let Some(known) = recognise(lanes, line, learned, scratch) else {
            return Taken::No(None);
        };
        let (wanted, names, bounds) = known.values(learned, scratch);
        let place = line.start..line.end;
        let matched = Matched::new(line.text, place, wanted, names, bounds);
        if taker.take(&matched) {
            Taken::Yes(known)
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
    pub stencils: &'e mut Stencils,
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
            stencils,
            scratch,
            taker,
        } = self;
        let mut lines = 0;
        let mut failed = std::mem::take(&mut stencils.failed);
        while let Some(line) = index.next_known(text) {
            let taking = Taking {
                line: &line,
                learned: &mut *learned,
                scratch: &mut *scratch,
                taker: &mut *taker,
            };
            let taken = taking.run(lanes);
            let failed = std::mem::take(&mut failed);
            taken.watch(stencils, learned, text, &scratch.bounds, failed);
            match taken {
                Taken::Yes(_) => lines += 1,
                Taken::No(known) => {
                    let line = line.start..line.end;
                    return (lines, Some(Left { line, known }));
                }
            }
        }
        (lines, None)
    }
}
