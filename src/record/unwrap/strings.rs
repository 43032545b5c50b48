//! The strings of the tolerant parser: every quote and escape that people's tools write.

use super::cursor::{Cursor, Place, Quote, is_separator, starts_key};

impl Cursor<'_, '_> {
    /// The string whose opening quote is next; and whether it was closed.
    pub(super) fn string(&mut self, quote: Quote, place: Place) -> (String, bool) {
        self.next();
        let mut out = Vec::new();
        while let Some(c) = self.next() {
            if c == '\\' {
                self.escape(&mut out);
            } else if quote.closed_by(c) && self.may_close(place) {
                return (into_text(out), true);
            } else {
                push_char(&mut out, c);
            }
        }
        self.torn = true;
        (into_text(out), false)
    }

    /// Whether a quote just read is the closing one: something must follow that can follow
    /// a value. People's copies hold unescaped quotes, well-formed text always passes.
    fn may_close(&mut self, place: Place) -> bool {
        let rest = self.rest().trim_start();
        let Some(next) = rest.chars().next() else {
            return true;
        };
        match (place, next) {
            (Place::Key, _) => matches!(next, ':' | '=' | '：' | '＝'),
            (_, '}' | '｝' | ']' | '］' | ')') => true,
            (Place::ListItem, _) => is_separator(next),
            (Place::MapValue, _) => {
                if is_separator(next) {
                    let after = rest.get(next.len_utf8()..).unwrap_or("");
                    starts_key(after)
                } else {
                    // The missing comma: a quote at the start of the next line.
                    self.rest()
                        .trim_start_matches([' ', '\t', '\r'])
                        .starts_with('\n')
                        && matches!(next, '"' | '\'')
                }
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) {
        let Some(c) = self.next() else { return };
        match c {
            'n' => out.push(b'\n'),
            't' => out.push(b'\t'),
            'r' => out.push(b'\r'),
            'b' | 'f' => out.push(b' '),
            'x' => match self.hex(2) {
                // Python prints bytes so; what is left of text are control characters.
                Some(value) => out.push(value as u8),
                None => push_char(out, 'x'),
            },
            'u' => match self.hex(4) {
                Some(high @ 0xd800..=0xdbff) => {
                    let low = self.rest().starts_with("\\u").then(|| {
                        self.at += 2;
                        self.hex(4)
                    });
                    match low.flatten() {
                        Some(low @ 0xdc00..=0xdfff) => {
                            push_code(out, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
                        }
                        Some(other) => {
                            push_char(out, '\u{fffd}');
                            push_code(out, other);
                        }
                        None => push_char(out, '\u{fffd}'),
                    }
                }
                Some(value) => push_code(out, value),
                None => push_char(out, 'u'),
            },
            'U' => match self.hex(8) {
                Some(value) => push_code(out, value),
                None => push_char(out, 'U'),
            },
            other => push_char(out, other),
        }
    }

    fn hex(&mut self, digits: usize) -> Option<u32> {
        let value = u32::from_str_radix(self.rest().get(..digits)?, 16).ok()?;
        self.at += digits;
        Some(value)
    }
}

/// Length and quote of Python's string prefixes: `b'`, `u"`, `r'`, `f'`.
pub(super) fn string_prefix(text: &str) -> Option<(usize, Quote)> {
    let mut chars = text.chars();
    let first = chars.next()?;
    let quote = chars.next()?;
    (matches!(first, 'b' | 'u' | 'r' | 'f') && matches!(quote, '\'' | '"'))
        .then_some((1, Quote::Plain(quote)))
}

fn push_char(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn push_code(out: &mut Vec<u8>, code: u32) {
    push_char(out, char::from_u32(code).unwrap_or('\u{fffd}'));
}

fn into_text(bytes: Vec<u8>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}
