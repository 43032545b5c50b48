//! The few operations that differ between processors: comparing 64 bytes at once.
//!
//! A [`Kernel`] is a loop written once, in safe code, over any [`Lanes`];
//! [`Level::run`] runs it with the best lanes there are. `unsafe` stays within
//! this directory, one small file per instruction set.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub mod hex;
pub(super) mod layout;
mod portable;
pub(super) mod reach;
mod squeeze;
pub(super) mod stripe;

use layout::{Bounds, Layout, Row, STARTS, Start};
use reach::Reach;
use stripe::Stripe;

/// Which instructions the scanner uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Isa {
    /// The best that this processor has.
    #[default]
    Auto,
    /// AVX-512 with VBMI2 and GFNI; [`Isa::Avx2`] where the processor lacks it.
    Avx512,
    /// AVX2; [`Isa::Portable`] where the processor lacks it.
    Avx2,
    /// Plain 64-bit arithmetic.
    Portable,
}

/// Bytes that are looked at together.
pub(super) type Block = [u8; 64];

/// Blocks that are looked at together, at most.
pub(super) const GROUP: usize = 8;

/// What the main pass asks of a group of blocks; bit n is byte n.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marks {
    /// Quotes (escaped or not) and bytes below 0x20.
    pub entries: [u64; GROUP],
    /// `\n`
    pub newlines: [u64; GROUP],
}

impl Marks {
    pub const NONE: Self = Self {
        entries: [0; GROUP],
        newlines: [0; GROUP],
    };

    /// The marks of each block.
    #[inline(always)]
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&mut u64, &mut u64)> {
        self.entries.iter_mut().zip(&mut self.newlines)
    }
}

/// Takes `"` (0x22) next to the control bytes, and what stands between them away, so that
/// one comparison finds both: bytes changed by this are below [`FOLDED_LIMIT`] if and only
/// if they are a quote or below 0x20.
const FOLD: u8 = 0x02;
const FOLDED_LIMIT: u8 = 0x21;

/// Compares many bytes at once. All masks have bit n for byte n.
pub(super) trait Lanes: Copy {
    /// Whether looking at a whole block, bit for bit, takes less than going from escape to
    /// escape.
    const BY_BLOCKS: bool;
    /// Marks some blocks, at most a group; says whether there is any `\`.
    fn mark(self, blocks: &[Block], marks: &mut Marks) -> bool;
    /// Quotes (escaped or not) and control bytes.
    #[inline(always)]
    fn entries(self, block: &Block) -> u64 {
        self.equal(block, b'"') | self.below(block, b' ')
    }
    /// Bytes equal to `byte`.
    fn equal(self, block: &Block, byte: u8) -> u64;
    /// Bytes that may follow a `\`.
    fn escapable(self, block: &Block) -> u64;
    /// Bytes that may follow a `\`, but for the `u`, which says what the next four must be.
    #[inline(always)]
    fn escapable_alone(self, block: &Block) -> u64 {
        self.escapable(block) & !self.equal(block, b'u')
    }
    /// Bytes that stand for themselves after a `\`.
    #[inline(always)]
    fn plain(self, block: &Block) -> u64 {
        self.equal(block, b'"') | self.equal(block, b'\\') | self.equal(block, b'/')
    }
    /// Hexadecimal digits.
    fn hex(self, block: &Block) -> u64;
    /// Whether a text is what a row expects.
    fn same(self, text: &[u8; 32], row: &Row) -> bool;
    /// Whether a text has this start. It must have no zeros.
    fn begins(self, text: &[u8; 32], start: &Start) -> bool;
    /// Whether a text is as a stripe allows.
    fn fits(self, text: &Block, stripe: &Stripe) -> bool;
    /// Whether it is from `at` on as some stripes allow, one after the other.
    #[inline(always)]
    fn all_fit(self, text: Reach<'_, 64>, mut at: usize, stripes: &[Stripe]) -> bool {
        let mut fit = true;
        for stripe in stripes {
            let Some(there) = text.at(at) else {
                return false;
            };
            fit &= self.fits(there, stripe);
            at += 64;
        }
        fit
    }
    /// Writes the sums of some numbers and `to`, at least up to the first that is as large as
    /// the last.
    fn add(self, numbers: &[u32; STARTS], to: u32, out: &mut [u32; STARTS]);
    /// Number of the first quote, `\` or control byte; 64 if there is none.
    fn string_end(self, text: &Block) -> u32;
    /// Number of the first quote, if only bytes that stand for themselves come before it. As what
    /// comes after it waits for that, these take as few steps one after the other as can be.
    #[inline(always)]
    fn string_len(self, text: &Block) -> Option<u32> {
        let len = self.string_end(text);
        (text.get(len as usize) == Some(&b'"')).then_some(len)
    }
    /// Number of the first byte that is no part of a scalar: a comma, closing bracket, blank or
    /// control byte; 64 if there is none.
    #[inline(always)]
    fn scalar_end(self, text: &Block) -> u32 {
        let any = self.below(text, b' ' + 1)
            | self.equal(text, b',')
            | self.equal(text, b'}')
            | self.equal(text, b']');
        any.trailing_zeros()
    }
    /// Bytes below `limit`, which is at most 0x80.
    fn below(self, block: &Block, limit: u8) -> u64;
    /// Decimal digits.
    fn digits(self, text: &[u8; 16]) -> u32;
    /// Writes `at` plus the number of each set bit of `bits`, ascending. What stands in
    /// `out` behind them is lost.
    #[inline(always)]
    fn positions(self, bits: u64, at: u32, out: &mut [u32; 64]) {
        positions_one_by_one(bits, at, out);
    }
    /// Writes the bytes whose bit in `keep` is set, close together. What stands in `out`
    /// behind them is lost.
    #[inline(always)]
    fn squeeze(self, block: &Block, keep: u64, out: &mut Block) {
        squeeze::by_runs(block, keep, out);
    }
    /// Whether a line that starts at `start`, with these entries, has all pieces of a
    /// layout, each where its first entry says. If so, `bounds` says where; if not, it is
    /// lost.
    #[inline(always)]
    fn follow(
        self,
        text: &[u8],
        entries: &[u32],
        start: usize,
        layout: &Layout,
        bounds: &mut Bounds,
    ) -> bool {
        layout::follow_one_by_one(self, text, entries, start, layout, bounds)
    }
    /// Runs another kernel as a function of its own: for what is rare.
    fn call<K: Kernel>(self, kernel: K) -> K::Out;
}

/// A loop over some bytes, the same for all lanes. `run` must be `inline(always)`,
/// or else it is compiled without the instructions that it is to use.
pub(super) trait Kernel {
    type Out;
    fn run<L: Lanes>(self, lanes: L) -> Self::Out;
}

/// The lanes to use, chosen once.
#[derive(Clone, Copy, Debug)]
pub(super) enum Level {
    Portable(portable::Portable),
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::Avx512),
}

impl Level {
    /// The level that `isa` asks for, or the next best that works here.
    pub fn new(isa: Isa) -> Self {
        #[cfg(target_arch = "x86_64")]
        if matches!(isa, Isa::Auto | Isa::Avx512)
            && let Some(avx512) = avx512::Avx512::detect()
        {
            return Self::Avx512(avx512);
        }
        #[cfg(target_arch = "x86_64")]
        if isa != Isa::Portable
            && let Some(avx2) = avx2::Avx2::detect()
        {
            return Self::Avx2(avx2);
        }
        let _ = isa;
        Self::Portable(portable::Portable)
    }

    /// Runs a kernel.
    #[inline]
    pub fn run<K: Kernel>(self, kernel: K) -> K::Out {
        match self {
            Self::Portable(lanes) => kernel.run(lanes),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(lanes) => lanes.run(kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(lanes) => lanes.run(kernel),
        }
    }
}

/// Positions of a block that are written always: a fixed number of writes costs less
/// than a loop that ends unpredictably.
const USUAL_POSITIONS: usize = 8;

/// [`Lanes::positions`], one bit after the other.
#[inline(always)]
fn positions_one_by_one(mut bits: u64, at: u32, out: &mut [u32; 64]) {
    let found = bits.count_ones() as usize;
    for slot in &mut out[..USUAL_POSITIONS] {
        *slot = at + bits.trailing_zeros();
        bits &= bits.wrapping_sub(1);
    }
    if found > USUAL_POSITIONS {
        for slot in out[USUAL_POSITIONS..]
            .iter_mut()
            .take(found - USUAL_POSITIONS)
        {
            *slot = at + bits.trailing_zeros();
            bits &= bits.wrapping_sub(1);
        }
    }
}

#[cfg(test)]
mod tests;
