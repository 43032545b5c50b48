//! Short numbers, read where they are wanted: most in a log have at most eight bytes.

/// A number of at most eight bytes, read: its digits, if it has no more than those and a point.
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

impl Short {
    /// What is no such number.
    pub const OTHER: Self = Self {
        digits: 0,
        places: OTHER,
    };

    /// Reads the first `len` bytes of a text.
    #[inline(always)]
    pub fn read(text: [u8; 8], len: usize) -> Self {
        if len.wrapping_sub(1) >= 8 {
            return Self::OTHER;
        }
        // What follows the number moves out, zeros come in before it.
        let digits = (u64::from_le_bytes(text) ^ ZEROS) << (64 - 8 * len);
        let others = not_digits(digits);
        if others == 0 {
            return Self { digits, places: 0 };
        }
        Self::decimal_of(digits, others, len)
    }

    /// Digits round one point. `digits`: bytes with those of a `0` taken off; `others`: which
    /// are none.
    #[inline(always)]
    fn decimal_of(digits: u64, others: u64, len: usize) -> Self {
        const POINT: u8 = b'.' ^ b'0';
        let bits = others.trailing_zeros() & !7; // those before its byte
        if (digits >> bits) as u8 != POINT || bits == 56 || bits as usize == 64 - 8 * len {
            return Self::OTHER;
        }
        // What stands before the point moves up into its place.
        let before = digits & !(u64::MAX << bits);
        let after = digits & !0xff << bits;
        let digits = before << 8 | after;
        if not_digits(digits) != 0 {
            return Self::OTHER;
        }
        Self {
            digits,
            places: 7 - (bits / 8) as u8,
        }
    }

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
}

/// The number of eight digits, the last one highest.
#[inline(always)]
pub fn number_of(digits: u64) -> u64 {
    // Neighbours together: digits, then pairs, then fours. Each multiplication puts the sum in the
    // place of the second.
    let pairs = digits.wrapping_mul(10 << 8 | 1) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100 << 16 | 1) >> 16 & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000 << 32 | 1) >> 32
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
    use super::*;
    use proptest::prelude::*;

    fn read(number: &str, after: &str) -> Option<(u64, u32)> {
        let text = format!("{number}{after}        ");
        Short::read(*text.as_bytes().first_chunk().unwrap(), number.len()).decimal()
    }

    /// The number in all its digits, and its places.
    fn truth(number: &str) -> Option<(u64, u32)> {
        let point = number.find('.');
        let plain = number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && number.matches('.').count() <= 1
            && (1..=8).contains(&number.len())
            && point.is_none_or(|point| point > 0 && point + 1 < number.len());
        let places = point.map_or(0, |point| number.len() - point - 1);
        plain.then(|| (number.replace('.', "").parse().unwrap(), places as u32))
    }

    #[test]
    fn known_numbers() {
        for number in [
            "0",
            "0.5",
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
            "null",
            "-1",
            "1e5",
            "1/5",
            "1:5",
            "",
            ".",
            "0.0",
            "1.0",
            "00.5",
        ] {
            for after in [",\"x\":1", "}", "99999999", "."] {
                assert_eq!(read(number, after), truth(number), "{number}{after}");
            }
        }
    }

    proptest! {
        #[test]
        fn numbers_of_any_form(number in "[-+0-9.e:/]{0,9}", after in "[-,}. 0-9]{0,9}") {
            prop_assert_eq!(read(&number, &after), truth(&number));
        }
        #[test]
        fn any_eight_bytes(text in any::<[u8; 8]>(), len in 0_usize..10) {
            let number = std::str::from_utf8(text.get(..len).unwrap_or_default());
            let truth = number.ok().and_then(truth);
            prop_assert_eq!(Short::read(text, len).decimal(), truth);
        }
        #[test]
        fn whole_numbers_have_no_point(number in "[0-9.]{1,8}") {
            let truth = truth(&number).filter(|(_, places)| *places == 0);
            let text = format!("{number}        ");
            let short = Short::read(*text.as_bytes().first_chunk().unwrap(), number.len());
            prop_assert_eq!(short.whole(), truth.map(|(number, _)| number));
        }
    }
}
