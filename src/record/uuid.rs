//! UUIDs in bytes: read at once as numbers, and found inside longer texts.
//!
//! Request ids are UUIDs almost everywhere, and error texts are alike but for them.

/// Bytes of the 8-4-4-4-12 form.
pub const LENGTH: usize = 36;

/// A byte in each byte of a word.
const ONES: u64 = 0x0101_0101_0101_0101;

/// How a UUID is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Case {
    /// `4dc2be6c-…`, also where there are digits alone.
    Lower,
    /// `4DC2BE6C-…`.
    Upper,
}

/// A UUID and how it is written: all that its text says. Both cases mixed is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Uuid {
    /// The 32 digits.
    pub digits: u128,
    /// Of its letters.
    pub case: Case,
}

impl Uuid {
    /// Reads exactly 36 bytes.
    #[inline]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text: &[u8; LENGTH] = text.try_into().ok()?;
        if (text[8], text[13], text[18], text[23]) != (b'-', b'-', b'-', b'-') {
            return None;
        }
        let eight = |at: usize| {
            text.get(at..at + 8)
                .and_then(|b| b.try_into().ok())
                .map_or(0, u64::from_be_bytes)
        };
        let four = |at: usize| {
            text.get(at..at + 4)
                .and_then(|b| b.try_into().ok())
                .map_or(0, u32::from_be_bytes)
        };
        let words = [
            eight(0),
            u64::from(four(9)) << 32 | u64::from(four(14)),
            u64::from(four(19)) << 32 | u64::from(four(24)),
            eight(28),
        ];
        let (digits, case) = hex32(words)?;
        Some(Self { digits, case })
    }

    /// The 36 bytes.
    pub fn text(self) -> [u8; LENGTH] {
        let letters: &[u8; 16] = match self.case {
            Case::Lower => b"0123456789abcdef",
            Case::Upper => b"0123456789ABCDEF",
        };
        let mut text = [b'-'; LENGTH];
        let mut shift = 128;
        for (at, byte) in text.iter_mut().enumerate() {
            if !matches!(at, 8 | 13 | 18 | 23) {
                shift -= 4;
                *byte = letters[(self.digits >> shift) as usize & 15];
            }
        }
        text
    }

    /// Whether one of the 32 digits is below ten. Real ones have some; without, it may
    /// pass for a word.
    pub fn has_decimal(self) -> bool {
        let eights = 0x8888_8888_8888_8888_8888_8888_8888_8888_u128;
        let fours = self.digits & eights >> 1;
        let twos = self.digits & eights >> 2;
        // A nibble is above nine if its 8 is set, and its 4 or its 2.
        self.digits & eights & (fours << 1 | twos << 2) != eights
    }

    /// Whether the first digit is a letter.
    pub const fn starts_with_letter(self) -> bool {
        self.digits >> 124 > 9
    }
}

/// 32 hexadecimal digits, if that is what they are, and their case, if it is one.
#[inline]
fn hex32(words: [u64; 4]) -> Option<(u128, Case)> {
    let mut nibbles = [0; 4];
    let (mut lower, mut upper) = (0, 0);
    let (mut other, mut beyond) = (0, 0);
    // No step depends on another word's: processors do several at once.
    for (word, nibbles) in words.into_iter().zip(&mut nibbles) {
        let letters = word >> 6 & ONES;
        let low = word >> 5 & letters;
        lower |= low;
        upper |= letters ^ low;
        *nibbles = (word & (ONES * 15)).wrapping_add((letters << 3) + letters);
        // Written out again they must be what they were ('A' is 17 above '0', 'a' 32 above 'A') …
        let again = (ONES * u64::from(b'0'))
            .wrapping_add(*nibbles)
            .wrapping_add((letters << 3) - letters)
            .wrapping_add(low << 5);
        other |= again ^ word;
        // … and letters, and only they, are above nine; none is above 15.
        beyond |= nibbles.wrapping_add(ONES * 6) ^ letters << 4 | *nibbles;
    }
    if other != 0 || beyond & (ONES * 0xf0) != 0 || (lower != 0 && upper != 0) {
        return None;
    }
    let mut digits = 0;
    for nibbles in nibbles {
        let pairs = (nibbles | nibbles >> 4) & 0x00ff_00ff_00ff_00ff;
        let fours = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
        digits = digits << 32 | u128::from((fours | fours >> 16) as u32);
    }
    let case = if upper == 0 { Case::Lower } else { Case::Upper };
    Some((digits, case))
}

/// The first UUID at or after an offset, and where it begins.
#[inline]
pub fn find(text: &[u8], from: usize) -> Option<(usize, Uuid)> {
    let mut at = from + 8;
    loop {
        at += memchr::memchr(b'-', text.get(at..)?)?;
        let start = at - 8;
        if text.get(at + 5) == Some(&b'-')
            && let Some(uuid) = text.get(start..start + LENGTH).and_then(Uuid::parse)
        {
            return Some((start, uuid));
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The obvious way.
    fn slow(text: &[u8]) -> Option<Uuid> {
        let text = std::str::from_utf8(text).ok()?;
        let groups: Vec<&str> = text.split('-').collect();
        let lengths: Vec<usize> = groups.iter().map(|g| g.len()).collect();
        let digits = groups.concat();
        let hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
        let (lower, upper) = (
            digits.bytes().any(|b| b.is_ascii_lowercase()),
            digits.bytes().any(|b| b.is_ascii_uppercase()),
        );
        if lengths != [8, 4, 4, 4, 12] || !hex || (lower && upper) {
            return None;
        }
        Some(Uuid {
            digits: u128::from_str_radix(&digits, 16).unwrap(),
            case: if upper { Case::Upper } else { Case::Lower },
        })
    }

    #[test]
    fn every_byte_at_every_place() {
        for original in [
            b"81a373d6-28bd-9968-8335-e22a2127c41b",
            b"81A373D6-28BD-9968-8335-E22A2127C41B",
            b"00000000-0000-0000-0000-000000000000",
            b"ffffffff-ffff-ffff-ffff-ffffffffffff",
        ] {
            for at in 0..LENGTH {
                for byte in 0..=255 {
                    let mut text = *original;
                    text[at] = byte;
                    assert_eq!(Uuid::parse(&text), slow(&text), "{at} {byte:#x}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn text_and_back(digits in any::<u128>(), upper in any::<bool>(), before in "[a-f0-9x -]{0,12}") {
            let uuid = Uuid { digits, case: if upper && digits.to_be_bytes().iter().any(|b| b & 15 > 9) { Case::Upper } else { Case::Lower } };
            prop_assert_eq!(Uuid::parse(&uuid.text()), Some(uuid));
            let decimal = uuid.text().iter().any(u8::is_ascii_digit);
            prop_assert_eq!(uuid.has_decimal(), decimal);
            let text = [before.as_bytes(), &uuid.text(), b" and"].concat();
            let (start, _) = find(&text, 0).unwrap();
            prop_assert_eq!(Uuid::parse(&text[start..start + LENGTH]).is_some(), true);
            prop_assert!((0..start).all(|at| Uuid::parse(&text[at..at + LENGTH]).is_none()));
        }
    }
}
