//! Where a scalar that is no string ends. What follows it is left to the next run, which knows.

use super::super::number::is_scalar;
use super::super::short::ZEROS;
use super::super::simd::reach::Reach;
use super::super::simd::{Block, Kernel, Lanes};
use super::eight;

/// Where the number ends that starts at `at`, mostly without sign, point or exponent; `None` if
/// there is no scalar.
#[inline(always)]
pub(super) fn whole<L: Lanes>(lanes: L, text: Reach<'_, 64>, at: usize) -> Option<usize> {
    // How long it is comes first, and in few steps: what comes after it waits for that. Some
    // other bytes pass for digits here, but not below.
    const HIGH: u64 = u64::from_le_bytes([0xf0; 8]);
    const SIX: u64 = u64::from_le_bytes([6; 8]);
    let word = u64::from_le_bytes(eight(text.at(at)?));
    let len = ((word & HIGH) ^ ZEROS).trailing_zeros() / 8;
    if len.wrapping_sub(1) >= 7 {
        return any(lanes, text, at);
    }
    let digits = (word ^ ZEROS) << (64 - 8 * len);
    if (digits + SIX) & HIGH != 0 || (word as u8 == b'0' && len != 1) {
        return any(lanes, text, at);
    }
    Some(at + len as usize)
}

/// The same for one that mostly has a point.
#[inline(always)]
pub(super) fn decimal<L: Lanes>(lanes: L, text: Reach<'_, 64>, at: usize) -> Option<usize> {
    const LOW: u64 = u64::from_le_bytes([0x7f; 8]);
    let there = text.at(at)?;
    let word = u64::from_le_bytes(eight(there)) ^ ZEROS;
    let above = (word & LOW) + u64::from_le_bytes([0x80 - 10; 8]);
    let others = (above | word) & !LOW;
    let point = others.trailing_zeros() / 8;
    // 8: all eight are a part of it. Which are, seven or eight, is not to be predicted.
    let len = (others & others.wrapping_sub(1)).trailing_zeros() / 8;
    let goes_on = (len == 8) & there[8].is_ascii_digit();
    let zero = (there[0] == b'0') & (point != 1);
    let is_point = there[point as usize % 8] == b'.';
    if !is_point | (point == 0) | (len == point + 1) | zero | goes_on {
        return any(lanes, text, at);
    }
    Some(at + len as usize)
}

/// The same for `true`, `false` or `null`, mostly. Which it is cannot be predicted, so it is
/// looked up.
#[inline(always)]
pub(super) fn word<L: Lanes>(lanes: L, text: Reach<'_, 64>, at: usize) -> Option<usize> {
    const WORDS: [(u64, usize); 4] = [
        (u64::from_le_bytes(*b"false\0\0\0"), 5),
        (u64::from_le_bytes(*b"null\0\0\0\0"), 4),
        (u64::from_le_bytes(*b"true\0\0\0\0"), 4),
        (u64::MAX, 4), // none
    ];
    let there = text.at(at)?;
    // In these bits the first letters differ.
    let (word, len) = WORDS[usize::from(there[0] >> 3) % WORDS.len()];
    let own = u64::from_le_bytes(eight(there)) << (64 - 8 * len) >> (64 - 8 * len);
    if own != word {
        return any(lanes, text, at);
    }
    Some(at + len)
}

/// The same for any.
#[inline(always)]
pub(super) fn any<L: Lanes>(lanes: L, text: Reach<'_, 64>, at: usize) -> Option<usize> {
    lanes.call(Any(text.at(at)?)).map(|len| at + len)
}

struct Any<'t>(&'t Block);

impl Kernel for Any<'_> {
    type Out = Option<usize>;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Option<usize> {
        let len = lanes.scalar_end(self.0) as usize;
        is_scalar(lanes, self.0, 0, len).then_some(len)
    }
}
