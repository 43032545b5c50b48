//! Ids that escapes hide: `\u0061` for `a`, in JSON, in JSON within JSON, in a repr.
//!
//! A search for literal text finds no id that is written with an escape. Such an id has
//! at least one of its characters out of an escape, so it stands in a line with an escape
//! that gives a character of a wanted id, or a character that further escapes are made
//! of. Those lines, few in practice, are looked at in full.

use memchr::memchr_iter;

/// Which characters matter.
#[derive(Clone, Debug)]
pub(super) struct Hidden {
    /// Bytes of the wanted ids, and those that escapes are made of.
    bytes: [bool; 256],
    /// A wanted id has characters beyond ASCII.
    wide: bool,
}

impl Hidden {
    pub(super) fn new<'i>(ids: impl IntoIterator<Item = &'i str>) -> Self {
        let mut bytes = [false; 256];
        let mut wide = false;
        for byte in b"0123456789abcdefABCDEFuxU" {
            bytes[usize::from(*byte)] = true;
        }
        for id in ids {
            for byte in id.bytes() {
                bytes[usize::from(byte)] = true;
                wide |= !byte.is_ascii();
            }
        }
        Self { bytes, wide }
    }

    /// The first escape from `from` on that may hide a part of an id: its offset.
    pub(super) fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        let rest = text.get(from..)?;
        memchr_iter(b'\\', rest)
            .find(|at| self.matters(rest.get(at + 1..).unwrap_or_default()))
            .map(|at| from + at)
    }

    /// Whether an escape matters; `after` is what follows its backslash.
    fn matters(&self, after: &[u8]) -> bool {
        match after {
            [b'u', rest @ ..] => self.gives(hex(rest, 4)),
            [b'x', rest @ ..] => self.gives(hex(rest, 2)),
            // A repr's eight digits.
            [b'U', ..] => true,
            // Line ends and tabs, wherever they are read.
            [b'n' | b't' | b'r', ..] => {
                self.bytes[usize::from(b'\n')]
                    || self.bytes[usize::from(b'\t')]
                    || self.bytes[usize::from(b'\r')]
            }
            // Some readers take any other escaped character for itself.
            [other, ..] => self.bytes[usize::from(*other)],
            [] => false,
        }
    }

    /// Whether a character matters that four or two digits give; digits that are none may
    /// be escaped themselves.
    fn gives(&self, character: Option<u32>) -> bool {
        match character {
            None | Some(0x5c) => true,
            Some(ascii @ 0..0x80) => self.bytes[ascii as usize],
            Some(_) => self.wide,
        }
    }
}

fn hex(digits: &[u8], count: usize) -> Option<u32> {
    digits.get(..count)?.iter().try_fold(0, |value, digit| {
        Some(value << 4 | char::from(*digit).to_digit(16)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_that_matter_are_found() {
        let hidden = Hidden::new(["9f-a"]);
        for text in [
            r"\u0061",
            r"\\u0061",
            r"\\\\u0061",
            r"\u005cu0061",
            r"\\u00\u0036\u0031",
            r"\x61",
            r"\U00000061",
            r"\-",
            r"\u00",
            r"\f",
        ] {
            assert!(hidden.find(text.as_bytes(), 0).is_some(), "{text}");
        }
        for text in [
            "",
            "9f-a",
            r#"\"\\\/\n\t\r"#,
            r"\u003c\u0026",
            r"\u4e2d\ud83d\ude00",
            r"\x1b[0m",
            "\\",
        ] {
            assert_eq!(hidden.find(text.as_bytes(), 0), None, "{text}");
        }
        assert_eq!(hidden.find(br"\u003c \u0061", 0), Some(7));
        assert_eq!(hidden.find(br"\u0061 \u0061", 1), Some(7));
        assert!(Hidden::new(["中"]).find(br"\u4e2d", 0).is_some());
        assert!(Hidden::new(["a/b"]).find(br"a\/b", 0).is_some());
    }
}
