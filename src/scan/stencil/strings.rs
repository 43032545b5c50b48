//! Where a string ends.

use super::super::escapes::{escaped_bytes, hex_bytes};
use super::super::simd::reach::Reach;
use super::super::simd::{Block, Kernel, Lanes};
use super::super::text::escape_len;
use super::Gap;

/// Where the string ends: the place of its quote, or of a control byte before that. `None` if
/// neither is in reach, or if there is an escape that JSON does not know.
#[inline(always)]
pub(super) fn any<L: Lanes>(lanes: L, hole: Gap<'_>) -> Option<usize> {
    // Most strings are short.
    match lanes.string_len(hole.there()?) {
        Some(len) => Some(hole.start() + len as usize),
        None => long(lanes, hole.text, hole.start()),
    }
}

/// The same for strings of any length, with escapes or without.
#[inline(always)]
fn long<L: Lanes>(lanes: L, text: Reach<'_, 64>, mut at: usize) -> Option<usize> {
    loop {
        let there = text.at(at)?;
        let len = lanes.string_end(there) as usize;
        at += len;
        if let Some(byte) = there.get(len) {
            if *byte != b'\\' {
                return Some(at);
            }
            if L::BY_BLOCKS {
                return lanes.call(Escaped { text, at });
            }
            at += escape_len(text.at(at)?)?;
        }
    }
}

/// [`long`], from the first `\` on.
struct Escaped<'t> {
    text: Reach<'t, 64>,
    at: usize,
}

impl Kernel for Escaped<'_> {
    type Out = Option<usize>;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Option<usize> {
        const BYTES: usize = size_of::<Block>();
        let Self { text, mut at } = self;
        let mut before = Before::default();
        loop {
            let mut found = Found::of(lanes, text.at(at)?, &mut before);
            // Mostly the string goes on: two blocks for one branch.
            if let Some(next) = text.at(at + BYTES) {
                let after = Found::of(lanes, next, &mut before);
                if found.any() | after.any() == 0 {
                    at += 2 * BYTES;
                    continue;
                }
                if found.any() == 0 {
                    at += BYTES;
                    found = after;
                }
            }
            if found.any() != 0 {
                let end = found.ends.trailing_zeros();
                // What comes after the end is no part of the string.
                return (found.bad.trailing_zeros() > end).then_some(at + end as usize);
            }
            at += BYTES;
        }
    }
}

/// What the blocks before mean for the next one: an escaped first byte, digits first.
#[derive(Default)]
struct Before {
    escape: u64,
    hex: u64,
}

/// What a block of a string with escapes has: bytes that end it, and bad escapes.
#[derive(Clone, Copy)]
struct Found {
    ends: u64,
    bad: u64,
}

impl Found {
    /// All blocks take the same steps: which has what cannot be predicted.
    #[inline(always)]
    fn of<L: Lanes>(lanes: L, block: &Block, before: &mut Before) -> Self {
        let escaped = escaped_bytes(lanes.equal(block, b'\\'), &mut before.escape);
        let unicode = escaped & lanes.equal(block, b'u');
        let digits = hex_bytes(unicode, &mut before.hex);
        Self {
            ends: lanes.entries(block) & !escaped,
            bad: escaped & !lanes.escapable(block) | digits & !lanes.hex(block),
        }
    }

    #[inline(always)]
    fn any(self) -> u64 {
        self.ends | self.bad
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::simd::{Isa, Level};
    use super::*;

    struct End<'t>(&'t [u8], usize);

    impl Kernel for End<'_> {
        type Out = Option<usize>;
        #[inline(always)]
        fn run<L: Lanes>(self, lanes: L) -> Option<usize> {
            any(lanes, Gap::at(Reach::new(self.0)?, self.1))
        }
    }

    fn by_definition(text: &[u8], mut at: usize) -> Option<usize> {
        loop {
            match text.get(at)? {
                b'"' | 0..0x20 => return Some(at),
                b'\\' => {
                    let next = *text.get(at + 1)?;
                    let hex = text.get(at + 2..at + 6).unwrap_or_default();
                    let is_hex = hex.len() == 4 && hex.iter().all(u8::is_ascii_hexdigit);
                    if !b"\"\\/bfnrtu".contains(&next) || (next == b'u' && !is_hex) {
                        return None;
                    }
                    at += 2;
                }
                _ => at += 1,
            }
        }
    }

    fn agrees(text: &[u8], at: usize) {
        let truth = by_definition(text, at);
        for isa in [Isa::Portable, Isa::Avx2, Isa::Avx512] {
            let found = Level::new(isa).run(End(text, at));
            assert_eq!(found, truth, "{isa:?} from {at}: {:?}", text.escape_ascii());
        }
    }

    /// Strings with something at every distance.
    #[test]
    fn ends_are_found_at_any_distance() {
        for what in [
            "",
            "\\\"",
            "\\\\",
            "\\\\\\\"",
            "\\n",
            "\\u4e2d",
            "\\ud83d\\ude00",
            "\\q",
            "\\u12g4",
            "\\u12\"",
            "\\u\\u1234",
            "\\u1\\u2345",
            "\\u12\\u3456\\u7890",
            "\\u123\\u4567",
            "\\u1234\\u5678",
            "\u{1}",
            "\\\n",
            "\n",
            "é\\/",
            "\\\u{1}",
        ] {
            for before in (0..200).chain([500, 511, 512, 513, 700, 1300]) {
                for between in [0, 1, 5, 64, 200] {
                    let mut text = "x".repeat(before) + what + &"y".repeat(between);
                    // What comes after the end does not matter.
                    text += "\",\"a\":\"\\q\\u1\"\n";
                    text += &" ".repeat(700);
                    agrees(text.as_bytes(), 0);
                    agrees(text.as_bytes(), before.min(3));
                }
            }
        }
    }

    #[test]
    fn a_string_without_end_has_none() {
        for len in [0, 1, 63, 64, 65, 127, 128, 640, 700] {
            for text in ["x".repeat(len), "x".repeat(len) + "\\n" + &"x".repeat(len)] {
                for isa in [Isa::Portable, Isa::Avx2, Isa::Avx512] {
                    assert_eq!(Level::new(isa).run(End(text.as_bytes(), 0)), None);
                }
            }
        }
    }
}
