//! Where quotes and control bytes are, one bit a byte: where strings end.

use super::super::escapes::{self, Carry};
use super::super::simd::reach::Reach;
use super::super::simd::{GROUP, Lanes, Marks};

/// Text that is looked at ahead, but for the rest of its last line; it and its marks stay in
/// the caches.
const WINDOW_BYTES: usize = 16 << 10;

/// The marks of some lines of a text.
#[derive(Debug, Default)]
pub(in super::super) struct Quotes {
    /// Where they start.
    origin: usize,
    /// How many bytes were looked at.
    bytes: usize,
    /// Unescaped quotes and control bytes. Some more than count, so that all can be read eight
    /// bytes at a time.
    marks: Vec<u8>,
}

impl Quotes {
    /// Forgets the text.
    pub fn clear(&mut self) {
        self.bytes = 0;
    }

    /// Where the marks start.
    pub fn origin(&self) -> usize {
        self.origin
    }

    /// Whether a line that starts at `at` was looked at.
    #[inline(always)]
    pub fn has(&self, at: usize) -> bool {
        at.wrapping_sub(self.origin) < self.bytes.min(WINDOW_BYTES)
    }

    /// Looks at the lines that start in a window from `origin` on; not beyond an escape that
    /// JSON does not know.
    #[inline(always)]
    pub fn look<L: Lanes>(&mut self, lanes: L, text: &[u8], origin: usize) {
        let (blocks, _) = text.get(origin..).unwrap_or_default().as_chunks::<64>();
        let mut carry = Carry::default();
        let mut marks = Marks::NONE;
        self.origin = origin;
        self.bytes = 0;
        for group in blocks.chunks(GROUP) {
            let at = self.bytes / 8;
            if self.marks.len() < at + GROUP * 8 + 8 {
                self.marks.resize(2 * at + WINDOW_BYTES / 8, 0);
            }
            if (lanes.mark(group, &mut marks) | carry.is_pending())
                && escapes::take_out(lanes, group, &mut marks, &mut carry).is_some()
            {
                break;
            }
            if let Some(out) = self.marks.get_mut(at..at + GROUP * 8) {
                for (out, marks) in out.as_chunks_mut().0.iter_mut().zip(&marks.entries) {
                    *out = marks.to_le_bytes();
                }
            }
            self.bytes += group.len() * 64;
            if self.bytes > WINDOW_BYTES && marks.newlines.iter().any(|newlines| *newlines != 0) {
                break;
            }
        }
        // Behind them there are none.
        let at = self.bytes / 8;
        self.marks.resize(self.marks.len().max(at + 8), 0);
        if let Some(behind) = self.marks.get_mut(at..at + 8) {
            behind.fill(0);
        }
    }

    /// The marks, eight bytes at a time; behind them are none.
    #[inline(always)]
    pub fn marks(&self) -> Option<Marks8<'_>> {
        Some(Marks8(Reach::new(self.marks.get(..self.bytes / 8 + 8)?)?))
    }
}

/// The marks of a text.
#[derive(Clone, Copy)]
pub(in super::super) struct Marks8<'q>(Reach<'q, 8>);

impl Marks8<'_> {
    /// Where the next one is, from a place after the origin on.
    #[inline(always)]
    pub fn next(self, mut at: usize) -> Option<usize> {
        loop {
            let bits = u64::from_le_bytes(*self.0.at(at / 8)?) >> (at % 8);
            if bits != 0 {
                return Some(at + bits.trailing_zeros() as usize);
            }
            at += 56;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::simd::{Isa, Kernel, Level};
    use super::*;

    struct Look<'q, 't>(&'q mut Quotes, &'t [u8], usize);

    impl Kernel for Look<'_, '_> {
        type Out = ();
        #[inline(always)]
        fn run<L: Lanes>(self, lanes: L) {
            self.0.look(lanes, self.1, self.2);
        }
    }

    /// The unescaped quotes and control bytes of a text, and the first bad escape, if any.
    fn by_definition(text: &[u8]) -> (Vec<usize>, Option<usize>) {
        let (mut found, mut bad) = (Vec::new(), None);
        let mut at = 0;
        while at < text.len() {
            if text[at] == b'\\' && text.get(at + 1).is_some_and(|next| *next != b'\n') {
                let next = text[at + 1];
                let hex = text.get(at + 2..at + 6).unwrap_or_default();
                let is_hex = hex.len() == 4 && hex.iter().all(u8::is_ascii_hexdigit);
                if !b"\"\\/bfnrtu".contains(&next) || (next == b'u' && !is_hex) {
                    bad = bad.or(Some(at));
                }
                at += 2;
                continue;
            }
            if text[at] == b'"' || text[at] < 0x20 {
                found.push(at);
            }
            at += 1;
        }
        (found, bad)
    }

    fn agrees(isa: Isa, text: &[u8], origin: usize) {
        let mut quotes = Quotes::default();
        Level::new(isa).run(Look(&mut quotes, text, origin));
        assert_eq!(quotes.origin(), origin);
        let rest = &text[origin..];
        let (found, bad) = by_definition(rest);
        let marks = quotes.marks().unwrap();
        assert!(quotes.bytes <= bad.unwrap_or(rest.len()) + 8);
        for at in 0..quotes.bytes + 70 {
            let next = found.iter().find(|found| **found >= at).copied();
            assert_eq!(
                marks.next(at),
                next.filter(|next| *next < quotes.bytes),
                "{isa:?} from {at}"
            );
        }
    }

    #[test]
    fn quotes_are_found_from_anywhere() {
        let line = br#"{"a":"xy","prompt":"say \"hi\", C:\\dir\\ \u4e2d","n":1}"#;
        let mut text = Vec::new();
        for n in 0..90 {
            text.extend_from_slice(line);
            text.extend(std::iter::repeat_n(b' ', n * 3 % 200));
            text.push(b'\n');
        }
        for isa in [Isa::Portable, Isa::Avx2, Isa::Avx512] {
            for origin in [0, 1, 63, 64, 500] {
                agrees(isa, &text, origin);
            }
            for len in [0, 1, 63, 64, 65, 511, 512, 513] {
                agrees(isa, &text[..len], 0);
            }
        }
    }

    #[test]
    fn nothing_is_told_beyond_a_bad_escape() {
        let mut text = b"\"a\"\n".repeat(300);
        text.extend_from_slice(b"{\"a\":\"b\\q\"}\n");
        text.extend(b"\"a\"\n".repeat(300));
        for isa in [Isa::Portable, Isa::Avx2, Isa::Avx512] {
            agrees(isa, &text, 0);
            let mut quotes = Quotes::default();
            Level::new(isa).run(Look(&mut quotes, &text, 0));
            assert!(quotes.bytes > 600 && quotes.bytes <= 1208, "{isa:?}");
        }
    }

    #[test]
    fn a_window_ends_with_a_line() {
        let mut text = vec![b'x'; WINDOW_BYTES + 5000];
        text.push(b'\n');
        text.extend(vec![b'"'; 2 * WINDOW_BYTES]);
        let mut quotes = Quotes::default();
        Level::new(Isa::Auto).run(Look(&mut quotes, &text, 0));
        assert!(quotes.bytes > WINDOW_BYTES + 5000 && quotes.bytes < WINDOW_BYTES + 6000);
        assert!(quotes.has(0) && quotes.has(WINDOW_BYTES - 1) && !quotes.has(WINDOW_BYTES));
        assert_eq!(quotes.marks().unwrap().next(3), Some(WINDOW_BYTES + 5000));
    }
}
