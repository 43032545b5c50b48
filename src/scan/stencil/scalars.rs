//! Where a scalar that is no string ends. What follows it is left to the next run, which knows.

use super::super::number::is_scalar;
use super::super::short::{ZEROS, not_digits};
use super::super::simd::{Block, Kernel, Lanes};
use super::{Gap, eight};

/// The upper halves of bytes.
const HIGH: u64 = u64::from_le_bytes([0xf0; 8]);

/// Where the number ends that stands there, mostly without sign, point or exponent; `None` if it
/// is no scalar.
#[inline(always)]
pub(super) fn whole<L: Lanes>(lanes: L, hole: Gap<'_>) -> Option<usize> {
    // How long it is comes first, and in few steps: what comes after it waits for that. Some
    // other bytes pass for digits here, but not below.
    const SIX: u64 = u64::from_le_bytes([6; 8]);
    let word = u64::from_le_bytes(eight(hole.there()?));
    let len = ((word & HIGH) ^ ZEROS).trailing_zeros() / 8;
    if len.wrapping_sub(1) >= 7 {
        return any(lanes, hole);
    }
    let digits = (word ^ ZEROS) << (64 - 8 * len);
    if (digits + SIX) & HIGH != 0 || (word as u8 == b'0' && len != 1) {
        return any(lanes, hole);
    }
    Some(hole.start() + len as usize)
}

/// The same for one that mostly has a point.
#[inline(always)]
pub(super) fn decimal<L: Lanes>(lanes: L, hole: Gap<'_>) -> Option<usize> {
    const TWO: u64 = u64::from_le_bytes([2; 8]);
    let there = hole.there()?;
    let word = u64::from_le_bytes(eight(there));
    // As above: with two more, points are among what passes for digits. 8: all eight are a part of
    // it. Which are, seven or eight, is not to be predicted.
    let len = ((word.wrapping_add(TWO) & HIGH) ^ ZEROS).trailing_zeros() / 8;
    let word = word ^ ZEROS;
    let others = not_digits(word);
    let point = others.trailing_zeros() / 8;
    let is_short = (others & others.wrapping_sub(1)).trailing_zeros() / 8 == len;
    let goes_on = (len == 8) & there[8].is_ascii_digit();
    let zero = (there[0] == b'0') & (point != 1);
    let is_point = there[point as usize % 8] == b'.';
    if !is_short | !is_point | (point == 0) | (len == point + 1) | zero | goes_on {
        return any(lanes, hole);
    }
    Some(hole.start() + len as usize)
}

/// The same for `true`, `false` or `null`, mostly. Which it is cannot be predicted, so it is
/// looked up; but not how long it is, as what comes after it waits for that.
#[inline(always)]
pub(super) fn word<L: Lanes>(lanes: L, hole: Gap<'_>) -> Option<usize> {
    const WORDS: [u64; 4] = [
        u64::from_le_bytes(*b"false\0\0\0"),
        u64::from_le_bytes(*b"null\0\0\0\0"),
        u64::from_le_bytes(*b"true\0\0\0\0"),
        u64::MAX, // none
    ];
    let there = hole.there()?;
    let len = 4 + usize::from(there[0] == b'f');
    // In these bits the first letters differ.
    let word = WORDS[usize::from(there[0] >> 3) % WORDS.len()];
    let own = u64::from_le_bytes(eight(there)) << (64 - 8 * len) >> (64 - 8 * len);
    if own != word {
        return any(lanes, hole);
    }
    Some(hole.start() + len)
}

/// The same for any.
#[inline(always)]
pub(super) fn any<L: Lanes>(lanes: L, hole: Gap<'_>) -> Option<usize> {
    Some(hole.start() + lanes.call(Any(hole.there()?))?)
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

#[cfg(test)]
mod tests {
    use super::super::super::simd::reach::Reach;
    use super::super::super::simd::{Isa, Level};
    use super::*;
    use proptest::proptest;

    /// Where each way finds the end of what a text begins with.
    struct Ends<'t>(&'t [u8]);

    impl Kernel for Ends<'_> {
        type Out = [Option<usize>; 4];
        #[inline(always)]
        fn run<L: Lanes>(self, lanes: L) -> Self::Out {
            let hole = Gap::at(Reach::new(self.0).unwrap(), 0);
            [
                whole(lanes, hole),
                decimal(lanes, hole),
                word(lanes, hole),
                any(lanes, hole),
            ]
        }
    }

    /// Length of the scalar that a text is, up to a byte that can be no part of one.
    fn truth(text: &str) -> Option<usize> {
        let len = text.find([',', '}', ']', ' ', '\n']).unwrap_or(text.len());
        is_json(text.get(..len)?).then_some(len)
    }

    fn is_json(scalar: &str) -> bool {
        let value: Result<serde::de::IgnoredAny, _> = serde_json::from_str(scalar);
        value.is_ok() && !scalar.starts_with(['"', '[', '{']) && scalar.trim() == scalar
    }

    fn agrees(start: &str) {
        let text = format!("{start}{}", ",\"a\":1}\n".repeat(20));
        let truth = truth(&text);
        for isa in [Isa::Portable, Isa::Avx2, Isa::Avx512] {
            let [ends @ .., of_any] = Level::new(isa).run(Ends(text.as_bytes()));
            assert_eq!(of_any, truth, "{isa:?} {text}");
            for end in ends {
                // A number may be cut short: what follows shows that.
                let cut = end.is_some_and(|end| {
                    let next = text.as_bytes()[end];
                    is_json(&text[..end]) && !matches!(next, b',' | b'}' | b']' | ..=b' ')
                });
                assert!(end == truth || cut, "{isa:?} {end:?} {text}");
            }
        }
    }

    #[test]
    fn known_scalars() {
        for scalar in [
            "0",
            "00",
            "01",
            "0.5",
            "00.5",
            ".5",
            "5.",
            "1.2.3",
            "12345678",
            "1234567",
            "1234567.8",
            "12345.67",
            "123456.789",
            "0.123456789",
            "true",
            "false",
            "null",
            "nulll",
            "nul",
            "True",
            "-1",
            "-0.5",
            "1e5",
            "1.5e-3",
            "12345.6e7",
            "1/5",
            "1:5",
            "",
            "1 ",
            "0.0",
            "@",
            "é",
        ] {
            agrees(scalar);
        }
        agrees(&"9".repeat(63));
        agrees(&"9".repeat(64));
    }

    proptest! {
        #[test]
        fn scalars_of_any_form(start in "[-+0-9.eE:;?/tfn]{0,12}") {
            agrees(&start);
        }
        #[test]
        fn numbers_of_any_length(start in "[0-9]{0,12}[.]?[0-9]{0,12}") {
            agrees(&start);
        }
    }
}
