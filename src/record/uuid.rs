//! UUIDs in bytes: read at once as numbers, and found inside longer texts.
//!
//! Request ids are UUIDs almost everywhere, and error texts are alike but for them.

use crate::scan::hex::lower32;
use crate::uuid_form::UUID_BYTES;

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
        let text: &[u8; UUID_BYTES] = text.try_into().ok()?;
        if !has_dashes(text) {
            return None;
        }
        match lower32(digits_of(text)) {
            Some(digits) => Some(Self {
                digits,
                case: Case::Lower,
            }),
            None => Self::parse_upper(text),
        }
    }

    #[cold]
    fn parse_upper(text: &[u8; UUID_BYTES]) -> Option<Self> {
        let mut text = *text;
        if text.iter().any(u8::is_ascii_lowercase) {
            return None;
        }
        text.make_ascii_lowercase();
        Some(Self {
            digits: lower32(digits_of(&text))?,
            case: Case::Upper,
        })
    }

    /// The 36 bytes.
    pub fn text(self) -> [u8; UUID_BYTES] {
        let letters: &[u8; 16] = match self.case {
            Case::Lower => b"0123456789abcdef",
            Case::Upper => b"0123456789ABCDEF",
        };
        let mut text = [b'-'; UUID_BYTES];
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

/// Eight bytes, the first one lowest.
#[inline(always)]
fn eight(text: &[u8; UUID_BYTES], at: usize) -> u64 {
    let bytes = text.get(at..).and_then(<[u8]>::first_chunk);
    bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// Whether the groups end where they must.
#[inline(always)]
fn has_dashes(text: &[u8; UUID_BYTES]) -> bool {
    const TWO: u64 = 0xff | 0xff << 40;
    const DASHES: u64 = TWO & u64::from_le_bytes([b'-'; 8]);
    (eight(text, 8) & TWO == DASHES) & (eight(text, 18) & TWO == DASHES)
}

/// All but the dashes, eight bytes in a word.
#[inline(always)]
fn digits_of(text: &[u8; UUID_BYTES]) -> [u64; 4] {
    let four = |at: usize| {
        let bytes = text.get(at..).and_then(<[u8]>::first_chunk);
        bytes.map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)))
    };
    [
        eight(text, 0),
        four(9) | four(14) << 32,
        four(19) | four(24) << 32,
        eight(text, 28),
    ]
}

/// The first UUID at or after an offset, and where it begins.
#[inline]
pub fn find(text: &[u8], from: usize) -> Option<(usize, Uuid)> {
    let mut at = from + 8;
    loop {
        at += memchr::memchr(b'-', text.get(at..)?)?;
        let start = at - 8;
        if text.get(at + 5) == Some(&b'-')
            && let Some(uuid) = text.get(start..start + UUID_BYTES).and_then(Uuid::parse)
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
            for at in 0..UUID_BYTES {
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
            prop_assert_eq!(Uuid::parse(&text[start..start + UUID_BYTES]).is_some(), true);
            prop_assert!((0..start).all(|at| Uuid::parse(&text[at..at + UUID_BYTES]).is_none()));
        }
    }
}
