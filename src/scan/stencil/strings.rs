//! Where a string ends.

use super::super::escapes::{self, Carry};
use super::super::simd::reach::Reach;
use super::super::simd::{GROUP, Kernel, Lanes, Marks};

/// Where the string ends whose content starts at `at`: the place of its quote, or of a control
/// byte before that. `None` if neither is in reach, or if there is an escape that JSON does not
/// know.
#[inline(always)]
pub(super) fn end<L: Lanes>(
    lanes: L,
    text: &[u8],
    reach: Reach<'_, 64>,
    mut at: usize,
    carry: &mut Carry,
) -> Option<usize> {
    loop {
        let there = reach.at(at)?;
        let len = lanes.string_end(there) as usize;
        at += len;
        if let Some(byte) = there.get(len) {
            return match byte {
                b'\\' => lanes.call(Escaped { text, at, carry }),
                _ => Some(at),
            };
        }
    }
}

/// [`end`], from the first `\` on.
struct Escaped<'t> {
    text: &'t [u8],
    at: usize,
    /// What other strings had is expected of this one.
    carry: &'t mut Carry,
}

/// Blocks that are looked at first: most strings with escapes are not much longer.
const FIRST_BLOCKS: usize = 2;

impl Kernel for Escaped<'_> {
    type Out = Option<usize>;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Option<usize> {
        let Self {
            text,
            mut at,
            carry,
        } = self;
        carry.restart();
        let (blocks, _) = text.get(at..)?.as_chunks::<64>();
        let (mut group, mut others) = blocks.split_at(FIRST_BLOCKS.min(blocks.len()));
        let mut marks = Marks::NONE;
        while !group.is_empty() {
            let mut bad = None;
            if lanes.mark(group, &mut marks) | carry.is_pending() {
                bad = escapes::take_out(lanes, group, &mut marks, carry);
            }
            let ends = marks.entries.get(..group.len()).unwrap_or_default();
            if bad.is_some() || ends.iter().fold(0, |any, ends| any | ends) != 0 {
                let end = first(ends);
                // What comes after the end is no part of the string.
                let good = bad.is_none_or(|bad| first(&bad) > end);
                return (good && end < GROUP * 64).then_some(at + end);
            }
            at += group.len() * 64;
            (group, others) = others.split_at(GROUP.min(others.len()));
        }
        None
    }
}

/// Number of the first bit that is set; if there is none, past all of a group.
fn first(bits: &[u64]) -> usize {
    let word = bits.iter().position(|bits| *bits != 0);
    word.map_or(GROUP * 64, |word| {
        word * 64 + bits[word].trailing_zeros() as usize
    })
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
            let reach = Reach::new(self.0)?;
            end(lanes, self.0, reach, self.1, &mut Carry::default())
        }
    }

    fn by_definition(text: &[u8], mut at: usize) -> Option<usize> {
        loop {
            match text.get(at)? {
                b'"' | 0..0x20 => return Some(at),
                b'\\' => {
                    let next = *text.get(at + 1)?;
                    if next == b'\n' {
                        return Some(at + 1);
                    }
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
