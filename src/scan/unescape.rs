//! Takes the escapes off a long JSON string, 64 bytes at once: envelopes hold whole
//! records in one string, in which every quote is escaped.
//!
//! The same as [`super::text::unescape`], which says what each escape means.

use super::escapes::escaped_bytes;
use super::simd::reach::Reach;
use super::simd::{Block, Kernel, Lanes};
use super::text;

/// Appends what `inner`, a valid string's content, stands for to `out`.
pub(super) struct Unescape<'u> {
    pub inner: &'u [u8],
    pub out: &'u mut Vec<u8>,
}

impl Kernel for Unescape<'_> {
    type Out = ();

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let Self { inner, out } = self;
        // No escape is shorter than what it stands for; blocks are written whole.
        let mut to = out.len();
        out.resize(to + inner.len() + size_of::<Block>(), 0);
        let mut rest = inner;
        while !rest.is_empty() {
            let mut last = [0; 64];
            let block = match rest.first_chunk::<64>() {
                Some(block) => block,
                None => {
                    for (to, from) in last.iter_mut().zip(rest) {
                        *to = *from;
                    }
                    &last
                }
            };
            let len = rest.len().min(64);
            let slash = lanes.equal(block, b'\\');
            let mut unfinished = 0;
            let escaped = escaped_bytes(slash, &mut unfinished);
            let others = (escaped & !lanes.plain(block)) >> 1 | unfinished << 63;
            let Some(place) = out.get_mut(to..).and_then(<[u8]>::first_chunk_mut) else {
                break; // cannot be: there is room for all of `inner` and a block
            };
            let keep = !(escaped >> 1);
            if others == 0 && len == 64 {
                // A branch, so that the next block need not wait for what this one holds.
                lanes.squeeze(block, keep, place);
                to += keep.count_ones() as usize;
                rest = rest.get(64..).unwrap_or_default();
                continue; // to the next block
            }
            let taken = (others.trailing_zeros() as usize).min(len);
            let keep = keep & u64::MAX.checked_shr(64 - taken as u32).unwrap_or(0);
            lanes.squeeze(block, keep, place);
            to += keep.count_ones() as usize;
            rest = rest.get(taken..).unwrap_or_default();
            if taken < len {
                let (unit, used) = text::escape(rest);
                let mut utf8 = [0; 4];
                let utf8 = unit.encode_utf8(&mut utf8).as_bytes();
                if let Some(place) = out.get_mut(to..to + utf8.len()) {
                    place.copy_from_slice(utf8);
                }
                to += utf8.len();
                rest = rest.get(used..).unwrap_or_default();
            }
        }
        out.truncate(to);
    }
}

/// A string that was freed of its escapes.
pub(super) struct Freed {
    /// Where its closing quote is.
    pub end: usize,
    /// Length of what it stands for, in bytes.
    pub bytes: usize,
}

/// What is read at once after the end of a text.
const ROOM: usize = 2 * size_of::<Block>();

/// Writes to the start of `out` what a string stands for whose content starts at `at`; what is
/// behind that in `out` has no meaning. `None`: it is no string, its end is not in reach, or it
/// has a `\u`.
#[inline(always)]
pub(super) fn string<L: Lanes>(
    lanes: L,
    text: Reach<'_, 64>,
    at: usize,
    out: &mut Vec<u8>,
) -> Option<Freed> {
    if L::BY_BLOCKS {
        string_by_blocks(lanes, text, at, out)
    } else {
        string_by_runs(lanes, text, at, out)
    }
}

/// Where `out` has room for a block behind so many bytes.
#[inline(always)]
fn room(out: &mut Vec<u8>, bytes: usize) -> Option<&mut Block> {
    if out.len() < bytes + size_of::<Block>() + ROOM {
        out.resize(2 * out.len() + size_of::<Block>() + ROOM, 0);
    }
    out.get_mut(bytes..)?.first_chunk_mut()
}

/// [`string`], 64 bytes at once.
#[inline(always)]
fn string_by_blocks<L: Lanes>(
    lanes: L,
    text: Reach<'_, 64>,
    mut at: usize,
    out: &mut Vec<u8>,
) -> Option<Freed> {
    let (mut bytes, mut unfinished) = (0, 0);
    loop {
        let block = text.at(at)?;
        let place = room(out, bytes)?;
        let escaped = escaped_bytes(lanes.equal(block, b'\\'), &mut unfinished);
        let ends = lanes.entries(block) & !escaped;
        let len = ends.trailing_zeros();
        let inside = !u64::MAX.checked_shl(len).unwrap_or(0);
        let keep = !(escaped >> 1 | unfinished << 63) & inside;
        lanes.squeeze(block, keep, place);
        let mut others = escaped & !lanes.plain(block) & inside;
        while others != 0 {
            let letter = others.trailing_zeros();
            let before = (keep & !(u64::MAX << letter)).count_ones() as usize;
            place[before % 64] = text::single(block[letter as usize % 64])?;
            others &= others - 1;
        }
        bytes += keep.count_ones() as usize;
        if let Some(end) = block.get(len as usize) {
            let end = (*end == b'"').then_some(at + len as usize)?;
            return Some(Freed { end, bytes });
        }
        at += size_of::<Block>();
    }
}

/// [`string`], from escape to escape.
#[inline(always)]
fn string_by_runs<L: Lanes>(
    lanes: L,
    text: Reach<'_, 64>,
    mut at: usize,
    out: &mut Vec<u8>,
) -> Option<Freed> {
    let mut bytes = 0;
    loop {
        let block = text.at(at)?;
        *room(out, bytes)? = *block;
        let len = lanes.string_end(block) as usize;
        (at, bytes) = (at + len, bytes + len);
        match block.get(len) {
            None => {}
            Some(b'"') => return Some(Freed { end: at, bytes }),
            Some(b'\\') => {
                *out.get_mut(bytes)? = text::single(text.at(at)?[1])?;
                (at, bytes) = (at + 2, bytes + 1);
            }
            Some(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::simd::{Isa, Level};
    use super::*;
    use proptest::prelude::*;

    struct Free<'t>(&'t [u8]);

    impl Kernel for Free<'_> {
        type Out = Option<(usize, Vec<u8>)>;
        #[inline(always)]
        fn run<L: Lanes>(self, lanes: L) -> Self::Out {
            let mut out = vec![b'?'; 30]; // of another string
            let freed = string(lanes, Reach::new(self.0)?, 1, &mut out)?;
            assert!(out.len() >= freed.bytes + ROOM);
            out.truncate(freed.bytes);
            Some((freed.end, out))
        }
    }

    /// What a string stands for, and where its quote is; `"` at the start.
    fn freed(text: &[u8]) -> Option<(usize, Vec<u8>)> {
        let [portable, avx2, avx512] =
            [Isa::Portable, Isa::Avx2, Isa::Avx512].map(|isa| Level::new(isa).run(Free(text)));
        assert_eq!(portable, avx2, "{}", text.escape_ascii());
        assert_eq!(portable, avx512, "{}", text.escape_ascii());
        portable
    }

    #[test]
    fn strings_end_at_their_quote() {
        for (what, good) in [
            ("", true),
            ("\\n\\t\\r\\b\\f\\/", true),
            ("\\\"", true),
            ("\\\\\\\"", true),
            ("\\\\", true),
            ("中文", true),
            ("\\u4e2d", false),
            ("\\q", false),
            ("\u{1}", false),
            ("\n", false),
            ("\\\n", false),
        ] {
            for before in (0..140).chain([1000]) {
                let inner = "x".repeat(before) + what + &"y".repeat(before % 70);
                // What comes after the end does not matter.
                let text = format!("\"{inner}\",\"stream\":\"\\q\"}}\n{}", " ".repeat(70));
                let mut truth = Vec::new();
                text::unescape(inner.as_bytes(), &mut truth);
                let truth = good.then_some((inner.len() + 1, truth));
                assert_eq!(freed(text.as_bytes()), truth, "{inner:?}");
            }
        }
        assert_eq!(freed(format!("\"{}", "x".repeat(200)).as_bytes()), None);
        assert_eq!(freed(b"\"\""), None); // out of reach
    }

    proptest! {
        #[test]
        fn strings_of_any_parts(
            parts in prop::collection::vec(r#"[a-z]{0,70}|\\["\\/bfnrt]|[你好]{1,30}|\\{2}|(\\{2}){1,40}"#, 0..12),
        ) {
            let inner = parts.concat();
            let text = format!("\"{inner}\",{}", "x".repeat(70));
            let mut truth = Vec::new();
            text::unescape(inner.as_bytes(), &mut truth);
            prop_assert_eq!(freed(text.as_bytes()), Some((inner.len() + 1, truth)));
        }

        #[test]
        fn the_same_as_byte_by_byte(
            parts in prop::collection::vec(
                r#"[a-z"]{0,70}|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}|\\ud83d\\ude00|\\ud83d|[你好]{1,30}|\\\\{1,70}"#,
                0..12,
            ),
            before in 0..70_usize,
        ) {
            let inner = parts.concat();
            let mut truth = vec![b'x'; before];
            text::unescape(inner.as_bytes(), &mut truth);
            for isa in [Isa::Avx512, Isa::Avx2, Isa::Portable] {
                let mut out = vec![b'x'; before];
                Level::new(isa).run(Unescape { inner: inner.as_bytes(), out: &mut out });
                prop_assert_eq!(&out, &truth, "{:?}", isa);
            }
        }
    }
}
