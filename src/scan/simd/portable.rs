//! Eight bytes at a time in plain 64-bit arithmetic, for processors without a
//! file of their own here, and as the twin that the others are tested against.

use super::layout::{Row, STARTS, Start};
use super::stripe::Stripe;
use super::{Block, Kernel, Lanes};
use super::{FOLD, FOLDED_LIMIT, Marks};

const ONES: u64 = 0x0101_0101_0101_0101;
const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Works everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

/// The high bit of each byte that is zero; exact, no borrow runs into the next byte.
#[inline(always)]
fn zero(word: u64) -> u64 {
    !(((word & LOW) + LOW) | word | LOW)
}

/// The high bit of each byte equal to `byte`.
#[inline(always)]
fn equal(word: u64, byte: u8) -> u64 {
    zero(word ^ (ONES * u64::from(byte)))
}

/// The high bit of each byte below `limit`, which is at most 0x80.
#[inline(always)]
fn below(word: u64, limit: u8) -> u64 {
    !((word & LOW) + ONES * u64::from(0x80 - limit)) & !word & HIGH
}

/// The high bit of each byte within `first..=last`, both ASCII.
#[inline(always)]
fn within(word: u64, first: u8, last: u8) -> u64 {
    below(word, last + 1) & !below(word, first)
}

/// Has high bits if any byte is zero. Those of bytes above such a one may be wrong.
#[inline(always)]
fn any_zero(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word
}

/// The same for control bytes.
#[inline(always)]
fn any_below_space(word: u64) -> u64 {
    word.wrapping_sub(ONES * u64::from(b' ')) & !word
}

/// Packs the high bits of eight bytes into one byte.
#[inline(always)]
fn pack(high_bits: u64) -> u64 {
    ((high_bits >> 7).wrapping_mul(0x0102_0408_1020_4080)) >> 56
}

#[inline(always)]
fn words(block: &Block) -> [u64; 8] {
    let mut words = [0; 8];
    for (word, bytes) in words.iter_mut().zip(block.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

/// One bit per byte of the block from one high bit per byte of each word.
#[inline(always)]
fn mask(block: &Block, test: impl Fn(u64) -> u64) -> u64 {
    words(block)
        .iter()
        .rev()
        .fold(0, |mask, word| mask << 8 | pack(test(*word)))
}

impl Lanes for Portable {
    const BY_BLOCKS: bool = false;

    #[inline(always)]
    fn mark(self, blocks: &[Block], marks: &mut Marks) -> bool {
        let mut slash = 0;
        for (block, (entries, newlines)) in blocks.iter().zip(marks.iter_mut()) {
            (*entries, *newlines) = (0, 0);
            let mut control = 0;
            for word in words(block).into_iter().rev() {
                let folded = word ^ (ONES * u64::from(FOLD));
                *entries = *entries << 8 | pack(below(folded, FOLDED_LIMIT));
                control |= any_below_space(word);
                slash |= any_zero(word ^ (ONES * u64::from(b'\\')));
            }
            // Few blocks have any, so a closer look at those costs less than one at each.
            if control & HIGH != 0 {
                *newlines = mask(block, |word| equal(word, b'\n'));
            }
        }
        slash & HIGH != 0
    }

    #[inline(always)]
    fn equal(self, block: &Block, byte: u8) -> u64 {
        mask(block, |word| equal(word, byte))
    }

    #[inline(always)]
    fn escapable(self, block: &Block) -> u64 {
        mask(block, |word| {
            b"\"\\/bfnrtu"
                .iter()
                .fold(0, |any, byte| any | equal(word, *byte))
        })
    }

    #[inline(always)]
    fn hex(self, block: &Block) -> u64 {
        mask(block, |word| {
            within(word, b'0', b'9') | within(word | (ONES * 0x20), b'a', b'f')
        })
    }

    #[inline(always)]
    fn same(self, text: &[u8; 32], row: &Row) -> bool {
        let eights = |bytes: &[u8; 32]| {
            let mut words = [0; 4];
            for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
                *word = u64::from_le_bytes(*bytes);
            }
            words
        };
        let (text, expect, care) = (eights(text), eights(&row.expect), eights(&row.care));
        let differ = (0..4).fold(0, |differ, n| differ | (text[n] ^ expect[n]) & care[n]);
        differ == 0
    }

    #[inline(always)]
    fn begins(self, text: &[u8; 32], start: &Start) -> bool {
        let pairs = text.as_chunks().0.iter().zip(start.0.as_chunks().0);
        let differ = pairs.fold(0, |differ, (text, start)| {
            let (text, start) = (u64::from_le_bytes(*text), u64::from_le_bytes(*start));
            // All bits of the bytes that are expected.
            let care = !((zero(start) >> 7) * 0xff);
            differ | (text ^ start) & care
        });
        differ == 0
    }

    #[inline(always)]
    fn fits(self, block: &Block, stripe: &Stripe) -> bool {
        let (text, plain) = (words(block), words(&stripe.plain));
        let (least, known) = (words(&stripe.least), words(&stripe.known));
        let mut misfits = 0;
        for n in 0..usize::from(stripe.words).min(8) {
            misfits |= (text[n] ^ least[n]) & known[n];
            if plain[n] != 0 {
                let string = text[n] | !plain[n]; // no other byte is any of these
                let ends = any_below_space(string)
                    | any_zero(string ^ (ONES * u64::from(b'"')))
                    | any_zero(string ^ (ONES * u64::from(b'\\')));
                misfits |= ends & HIGH;
            }
        }
        let mut several = stripe.several_bits;
        while several != 0 {
            let at = several.trailing_zeros() as usize % 64;
            let above = block[at].wrapping_sub(stripe.least[at]);
            misfits |= u64::from(above > stripe.above[at]);
            several &= several - 1;
        }
        misfits == 0
    }

    #[inline(always)]
    fn string_end(self, text: &Block) -> u32 {
        let mut before = 0;
        for word in words(text) {
            // Bits above the first may be wrong.
            let ends = any_below_space(word)
                | any_zero(word ^ (ONES * u64::from(b'"')))
                | any_zero(word ^ (ONES * u64::from(b'\\')));
            if ends & HIGH != 0 {
                return before + (ends & HIGH).trailing_zeros() / 8;
            }
            before += 8;
        }
        before
    }

    #[inline(always)]
    fn add(self, numbers: &[u32; STARTS], to: u32, out: &mut [u32; STARTS]) {
        // Mostly there is one.
        for (out, number) in out.iter_mut().zip(numbers) {
            *out = number.wrapping_add(to);
            if *number == numbers[STARTS - 1] {
                break;
            }
        }
    }

    #[inline(always)]
    fn below(self, block: &Block, limit: u8) -> u64 {
        mask(block, |word| below(word, limit))
    }

    #[inline(always)]
    fn digits(self, text: &[u8; 16]) -> u32 {
        text.as_chunks::<8>().0.iter().rev().fold(0, |mask, bytes| {
            let word = u64::from_le_bytes(*bytes);
            mask << 8 | pack(within(word, b'0', b'9')) as u32
        })
    }

    #[inline(never)]
    fn call<K: Kernel>(self, kernel: K) -> K::Out {
        kernel.run(self)
    }
}
