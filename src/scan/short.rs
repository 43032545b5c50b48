//! Scalars that are checked and read in one go: most numbers in a log are short.

use super::number::{is_scalar, scalar_end};
use super::simd::Lanes;

/// What was read of a scalar: its digits, if it is a plain number of at most eight bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    /// A digit's value in each byte, the number's last one highest.
    digits: u64,
    /// How many stand after the point; [`OTHER`] if this is no such number.
    places: u8,
}

const OTHER: u8 = u8::MAX;

/// A zero in each byte.
pub const ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);

/// The words, as the last of eight bytes, with a zero taken off each.
const TRUE: u64 = u64::from_le_bytes(*b"0000true") ^ ZEROS;
const FALSE: u64 = u64::from_le_bytes(*b"000false") ^ ZEROS;
const NULL: u64 = u64::from_le_bytes(*b"0000null") ^ ZEROS;

impl Short {
    /// A scalar that is something else, or was not read.
    pub const OTHER: Self = Self {
        digits: 0,
        places: OTHER,
    };

    /// The number without its point, and how many digits stand after that.
    #[inline(always)]
    pub fn decimal(self) -> Option<(u64, u32)> {
        if self.places == OTHER {
            return None;
        }
        Some((number_of(self.digits), u32::from(self.places)))
    }

    /// The number without its point, whatever it is if this was none.
    #[inline(always)]
    pub fn number(self) -> u64 {
        number_of(self.digits)
    }

    /// How many digits stand after the point; 7 in the last three bits if this was no such
    /// number.
    #[inline(always)]
    pub fn places(self) -> usize {
        usize::from(self.places)
    }

    /// The number, if it has no point.
    #[inline(always)]
    pub fn whole(self) -> Option<u64> {
        let (number, places) = self.decimal()?;
        (places == 0).then_some(number)
    }

    /// Reads `text[start..end]`; `None` if that is not exactly one number, `true`, `false`
    /// or `null`.
    #[inline(always)]
    pub(super) fn read<L: Lanes>(lanes: L, text: &[u8], start: u32, end: u32) -> Option<Self> {
        let (len, start, end) = (end.wrapping_sub(start), start as usize, end as usize);
        let there = text.get(start..start + 8).and_then(<[u8]>::first_chunk);
        let (Some(there), 0..8) = (there, len.wrapping_sub(1)) else {
            return is_scalar(lanes, text, start, end).then_some(Self::OTHER);
        };
        // What follows the scalar moves out, zeros come in before it.
        let word = u64::from_le_bytes(*there) ^ ZEROS;
        let digits = word << (64 - 8 * len);
        let others = not_digits(digits);
        if others == 0 {
            return (word as u8 != 0 || len == 1).then_some(Self { digits, places: 0 });
        }
        if (len == 4) & ((digits == TRUE) | (digits == NULL)) | (len == 5) & (digits == FALSE) {
            return Some(Self::OTHER);
        }
        if let Some(short) = Self::decimals(digits, others, len, word as u8 == 0) {
            return Some(short);
        }
        (scalar_end(text, start) == Some(end)).then_some(Self::OTHER)
    }

    /// Reads the number of up to seven digits that a text begins with, and how long it is; `None`
    /// if there is none, or a zero in front.
    #[inline(always)]
    pub(super) fn leading(text: [u8; 8]) -> Option<(Self, usize)> {
        // How long it is comes first, and in few steps: what comes after it waits for that. Some
        // other bytes pass for digits here.
        const HIGH: u64 = u64::from_le_bytes([0xf0; 8]);
        let word = u64::from_le_bytes(text);
        let len = ((word & HIGH) ^ ZEROS).trailing_zeros() / 8;
        let word = word ^ ZEROS;
        if len.wrapping_sub(1) >= 7 {
            return None;
        }
        let digits = word << (64 - 8 * len);
        if not_digits(digits) != 0 || (word as u8 == 0 && len != 1) {
            return None;
        }
        Some((Self { digits, places: 0 }, len as usize))
    }

    /// The same for a number of up to seven digits, with a point between them. `next`: the byte
    /// after the eight.
    #[inline(always)]
    pub(super) fn leading_decimal(text: [u8; 8], next: u8) -> Option<(Self, usize)> {
        let word = u64::from_le_bytes(text) ^ ZEROS;
        // Those that are no digits, this time exactly.
        const LOW: u64 = u64::from_le_bytes([0x7f; 8]);
        let above = (word & LOW) + u64::from_le_bytes([0x80 - 10; 8]);
        let others = (above | word) & !LOW;
        let point = others.trailing_zeros() & !7;
        // 64: all eight are a part of it. Which are, seven or eight, is not to be predicted.
        let bits = (others & others.wrapping_sub(1)).trailing_zeros() & !7;
        let goes_on = (bits == 64) & (next.is_ascii_digit() | (next | 0x20 == b'e'));
        let zero = word as u8 == 0 && point != 8;
        let is_point = word.checked_shr(point).unwrap_or_default() as u8 == b'.' ^ b'0';
        if !is_point | (point == 0) | (bits == point + 8) | zero | goes_on {
            return None;
        }
        let digits = word << (64 - bits);
        let point_bits = point + 64 - bits;
        let before = digits & !(u64::MAX << point_bits);
        let after = digits & (!0xff << point_bits);
        let short = Self {
            digits: before << 8 | after,
            places: ((bits - point) / 8 - 1) as u8,
        };
        Some((short, bits as usize / 8))
    }

    /// Digits round one point. `digits`: bytes with those of a `0` taken off; `others`: which
    /// are none; `zero`: the first is a 0.
    #[inline(always)]
    fn decimals(digits: u64, others: u64, len: u32, zero: bool) -> Option<Self> {
        const POINT: u8 = b'.' ^ b'0';
        let bits = others.trailing_zeros() & !7; // those before its byte
        let before_point = (bits / 8 + len).wrapping_sub(8);
        if (digits >> bits) as u8 != POINT || bits == 56 || before_point == 0 {
            return None;
        }
        // What stands before the point moves up into its place.
        let before = digits & !(u64::MAX << bits);
        let after = digits & !0xff << bits;
        let digits = before << 8 | after;
        let leading_zero = zero && before_point != 1;
        (not_digits(digits) == 0 && !leading_zero).then_some(Self {
            digits,
            places: 7 - (bits / 8) as u8,
        })
    }
}

/// The number of eight digits, the last one highest.
#[inline(always)]
pub fn number_of(digits: u64) -> u64 {
    // Neighbours together: digits, then pairs, then fours.
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    (fours * 10_000 + (fours >> 32)) & 0xffff_ffff
}

/// Has bits in the bytes that are above nine. Of those after the first such byte, some may be
/// wrong.
#[inline(always)]
pub fn not_digits(bytes: u64) -> u64 {
    let above = bytes.wrapping_add(u64::from_le_bytes([0x80 - 10; 8]));
    (bytes | above) & u64::from_le_bytes([0x80; 8])
}

#[cfg(test)]
mod tests {
    use super::super::simd::{Isa, Kernel, Level};
    use super::*;
    use proptest::prelude::*;

    struct Read<'t>(&'t [u8], usize, usize);
    impl Kernel for Read<'_> {
        type Out = Option<Short>;
        #[inline(always)]
        fn run<L: Lanes>(self, lanes: L) -> Self::Out {
            Short::read(lanes, self.0, self.1 as u32, self.2 as u32)
        }
    }

    fn read(before: &str, scalar: &str, after: &str) -> Option<Short> {
        let text = format!("{before}{scalar}{after}");
        let end = before.len() + scalar.len();
        Level::new(Isa::Auto).run(Read(text.as_bytes(), before.len(), end))
    }

    /// The number in all its digits, and its places.
    fn truth(scalar: &str) -> Option<(u64, u32)> {
        let plain = scalar.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let places = scalar.split_once('.').map_or(0, |(_, after)| after.len());
        let number = scalar.replace('.', "");
        (plain && scalar.len() <= 8).then(|| (number.parse().unwrap(), places as u32))
    }

    fn agrees(before: &str, scalar: &str, after: &str) {
        let valid = serde_json::from_str::<serde::de::IgnoredAny>(scalar).is_ok()
            && scalar.trim() == scalar
            && !scalar.starts_with('"');
        let short = read(before, scalar, after);
        assert_eq!(short.is_some(), valid, "{before}{scalar}{after}");
        if let Some(short) = short {
            // In a text that is shorter than what is read at once, nothing is known.
            if scalar.len() + after.len() >= 8 {
                assert_eq!(short.decimal(), truth(scalar), "{scalar}");
            }
            assert_eq!(
                short.whole(),
                short.decimal().filter(|d| d.1 == 0).map(|d| d.0)
            );
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
            "01.5",
            ".5",
            "5.",
            "1.2.3",
            "1",
            "12345678",
            "123456789",
            "1234567.8",
            "123456.7",
            "0.123456",
            "true",
            "false",
            "null",
            "nulll",
            "xtrue",
            "0true",
            "000false",
            "0null",
            "-1",
            "1e5",
            "1.e5",
            "1/5",
            "1:5",
            "\u{b1}",
            "",
            ".",
            "0.0",
            "1.0",
        ] {
            for (before, after) in [
                ("\"abcdefg\":", ",\"x\":1   "),
                ("1", "}"),
                ("99999999", ""),
            ] {
                agrees(before, scalar, after);
            }
        }
    }

    /// What stands at the start of a text, if it has fewer bytes than that.
    fn longest(text: &[u8], point: bool) -> Option<(Option<(u64, u32)>, usize)> {
        let digits = |bytes: &[u8]| bytes.iter().take_while(|b| b.is_ascii_digit()).count();
        let whole = digits(text);
        let len = if point {
            let after = text.get(whole..)?.strip_prefix(b".")?;
            whole + 1 + digits(after)
        } else {
            whole
        };
        let number = std::str::from_utf8(text.get(..len)?).ok()?;
        let valid = serde_json::from_str::<serde_json::Number>(number).is_ok();
        (valid && len < text.len()).then(|| (truth(number), len))
    }

    proptest! {
        #[test]
        fn numbers_at_the_start(text in "[0-9]{0,8}[.,}x/@]?[0-9]{0,8}[-,}. ]{9}") {
            let text = text.as_bytes();
            let (eight, next) = (*text.first_chunk().unwrap(), text[8]);
            let whole = Short::leading(eight).map(|(short, len)| (short.decimal(), len));
            prop_assert_eq!(whole, longest(&eight, false));
            let decimal = Short::leading_decimal(eight, next).map(|(short, len)| (short.decimal(), len));
            prop_assert_eq!(decimal, longest(&text[..9], true));
        }
        #[test]
        fn any_eight_bytes(text in any::<[u8; 9]>()) {
            let (eight, next) = (*text.first_chunk().unwrap(), text[8]);
            let whole = Short::leading(eight).map(|(short, len)| (short.decimal(), len));
            let expected = longest(&eight, false);
            prop_assert!(whole.is_none() || whole == expected);
            let decimal = Short::leading_decimal(eight, next).map(|(short, len)| (short.decimal(), len));
            prop_assert!(decimal.is_none() || decimal == longest(&text, true));
        }
        #[test]
        fn agrees_with_serde_json(before in "[0-9.\"]{0,9}", scalar in "[-+0-9.eE]{1,10}") {
            agrees(&before, &scalar, ",");
        }
        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 8..40), start in 0_usize..40, len in 0_usize..12) {
            let end = (start + len).min(bytes.len());
            let start = start.min(end);
            let scalar = &bytes[start..end];
            let truth = serde_json::from_slice::<serde::de::IgnoredAny>(scalar).is_ok()
                && scalar.trim_ascii() == scalar
                && !matches!(scalar.first(), Some(b'"' | b'[' | b'{'));
            let short = Level::new(Isa::Auto).run(Read(&bytes, start, end));
            // What follows a scalar in a line cannot go on with it.
            let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
            if truth && short.is_none() {
                prop_assert!(bytes.get(end).is_some_and(goes_on));
            } else {
                prop_assert_eq!(short.is_some(), truth);
            }
        }
    }
}
