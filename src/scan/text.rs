//! JSON strings: taking escapes off, once for keys and values alike.

use std::borrow::Cow;

/// The content of a raw JSON string (quotes included) as text: escapes taken
/// off, lone surrogates and bad UTF-8 shown as U+FFFD. `None` if it is no string.
pub fn string(raw: &[u8]) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if memchr::memchr(b'\\', inner).is_none() {
        // Nearly all is valid, which is seen faster than what would have to be replaced.
        return Some(match std::str::from_utf8(inner) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(inner),
        });
    }
    let mut bytes = Vec::with_capacity(inner.len());
    unescape(inner, &mut bytes);
    Some(Cow::Owned(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }))
}

/// Appends the content of a valid JSON string (without its quotes) to `out`,
/// escapes taken off. A lone surrogate becomes U+FFFD; other bytes stay as they are.
pub fn unescape(inner: &[u8], out: &mut Vec<u8>) {
    let mut rest = inner;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (plain, from_escape) = rest.split_at(at);
        out.extend_from_slice(plain);
        let (unit, used) = escape(from_escape);
        let mut utf8 = [0; 4];
        out.extend_from_slice(unit.encode_utf8(&mut utf8).as_bytes());
        rest = from_escape.get(used..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

/// What the escape at the start of `text` stands for, and its length.
pub(super) fn escape(text: &[u8]) -> (char, usize) {
    let (unit, used) = match text.get(1) {
        Some(b'u') => unicode(text),
        Some(letter) if let Some(byte) = single(*letter) => (Some(char::from(byte)), 2),
        Some(&other) if other.is_ascii() => (Some(char::from(other)), 2),
        // Not in a valid string; kept, so that nothing is lost.
        _ => (Some('\\'), 1),
    };
    (unit.unwrap_or(char::REPLACEMENT_CHARACTER), used)
}

/// The byte that a letter stands for after a `\`; of escapes that are no `\u`, all there are.
pub(super) fn single(letter: u8) -> Option<u8> {
    Some(match letter {
        b'"' | b'\\' | b'/' => letter,
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 0x8,
        b'f' => 0xc,
        _ => return None,
    })
}

/// Length of the escape that a text begins with, if JSON knows it.
#[inline]
pub(super) fn escape_len(text: &[u8]) -> Option<usize> {
    match *text.get(1)? {
        b'u' => {
            let digits = text.get(2..6)?;
            digits.iter().all(u8::is_ascii_hexdigit).then_some(6)
        }
        letter => single(letter).map(|_| 2),
    }
}

/// Reads `\uXXXX` or a surrogate pair at the start of `escape`: the character (none
/// for a lone surrogate) and the bytes used.
fn unicode(escape: &[u8]) -> (Option<char>, usize) {
    let Some(high) = hex4(escape.get(2..6)) else {
        return (None, 2);
    };
    if let Some(c) = char::from_u32(high) {
        return (Some(c), 6);
    }
    let low = match escape.get(6..8) {
        Some(b"\\u") => hex4(escape.get(8..12)),
        _ => None,
    };
    match low {
        Some(low @ 0xdc00..=0xdfff) if high < 0xdc00 => {
            let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            (char::from_u32(code), 12)
        }
        _ => (None, 6),
    }
}

fn hex4(digits: Option<&[u8]>) -> Option<u32> {
    digits?.iter().try_fold(0, |value, digit| {
        Some(value << 4 | char::from(*digit).to_digit(16)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bad_text_is_shown_not_lost() {
        assert_eq!(string(br#""a\ud800b""#).unwrap(), "a\u{fffd}b");
        assert_eq!(string(b"\"a\xffb\"").unwrap(), "a\u{fffd}b");
        assert_eq!(string(br#""\ud83d\ude00\/\u4e2d""#).unwrap(), "😀/中");
        assert_eq!(string(b"12"), None);
        assert_eq!(string(b"\""), None);
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json(text in any::<String>()) {
            let raw = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(string(raw.as_bytes()).unwrap(), text);
        }

        #[test]
        fn takes_any_bytes(bytes in prop::collection::vec(prop_oneof![Just(b'\\'), Just(b'u'), Just(b'd'), any::<u8>()], 0..40)) {
            unescape(&bytes, &mut Vec::new());
        }
    }
}
