//! A tolerant parser for the objects people paste into logs: JSON, Python's `repr`, Node's
//! `inspect`, Java's `toString`, whole or cut off. It never fails after the first key; it
//! returns what was whole until the trouble.

use crate::limits;

/// A parsed value.
#[derive(Debug, PartialEq)]
pub(super) enum Node {
    /// `null`, `None`, `undefined`.
    Null,
    /// `true`, `False`.
    Bool,
    /// A number, as written.
    Number(String),
    /// A string or a bare word; `whole` is false where the input ended inside.
    Text {
        /// The decoded text.
        text: String,
        /// Whether its end was seen.
        whole: bool,
    },
    /// An object, a dict, or a call's named arguments.
    Map(Vec<(String, Node)>),
    /// A list, tuple or a call's unnamed arguments.
    List(Vec<Node>),
}

/// What [`parse`] found.
pub(super) struct Parsed {
    /// The object.
    pub node: Node,
    /// Offset of the first byte after it.
    pub end: usize,
    /// Whether its closing brace was seen.
    pub whole: bool,
}

/// Parses the object that opens at `start` (a brace, or the parenthesis of `Name(key=…`).
/// `None` where nothing there looks like a first key. `steps` are paid per character.
pub(super) fn parse(text: &str, start: usize, steps: &mut usize) -> Option<Parsed> {
    let mut cursor = Cursor {
        text,
        at: start,
        torn: false,
        steps,
    };
    let close = match cursor.next()? {
        '{' | '｛' => '}',
        '(' => ')',
        _ => return None,
    };
    let map = cursor.map(close, 0);
    if map.is_empty() {
        return None;
    }
    Some(Parsed {
        node: Node::Map(map),
        end: cursor.at,
        whole: !cursor.torn,
    })
}

/// What a string stands for decides what may follow its closing quote.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Key,
    MapValue,
    ListItem,
}

struct Cursor<'a, 'b> {
    text: &'a str,
    at: usize,
    /// Set at the first trouble; everything then returns what it has.
    torn: bool,
    steps: &'b mut usize,
}

impl<'a> Cursor<'a, '_> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        if *self.steps == 0 {
            self.torn = true;
            return None;
        }
        *self.steps -= 1;
        self.at += c.len_utf8();
        Some(c)
    }

    fn skip(&mut self, mut unwanted: impl FnMut(char) -> bool) {
        while self.peek().is_some_and(&mut unwanted) {
            if self.next().is_none() {
                return;
            }
        }
    }

    fn map(&mut self, close: char, depth: usize) -> Vec<(String, Node)> {
        let mut entries = Vec::new();
        loop {
            self.skip(|c| c.is_whitespace() || is_separator(c));
            match self.peek() {
                None => {
                    self.torn = true;
                    return entries;
                }
                Some(c) if closes(c, close) => {
                    self.next();
                    return entries;
                }
                Some(_) => {}
            }
            let Some(key) = self.key(close) else {
                self.torn = true;
                return entries;
            };
            let value = self.value(Place::MapValue, depth + 1);
            if let Some(value) = value {
                entries.push((key, value));
            }
            if self.torn {
                return entries;
            }
            self.skip(char::is_whitespace);
            match self.peek() {
                Some(c) if is_separator(c) || closes(c, close) => {}
                // A missing comma is forgiven where the next line begins with a quote.
                Some('"' | '\'') => {}
                _ => {
                    self.torn = true;
                    return entries;
                }
            }
        }
    }

    /// A key and its separator. `Name(key=…)` takes `=` alone: `f(a: b)` is prose.
    fn key(&mut self, close: char) -> Option<String> {
        let quoted = self.peek().and_then(Quote::opened_by);
        let key = if let Some(quote) = quoted {
            let (key, whole) = self.string(quote, Place::Key, false);
            whole.then_some(key)?
        } else {
            let word = word_at(self.rest());
            if word.is_empty() {
                return None;
            }
            self.at += word.len();
            *self.steps = self.steps.saturating_sub(word.len());
            word.to_owned()
        };
        self.skip(char::is_whitespace);
        match self.peek()? {
            '=' | '＝' => {}
            ':' | '：' if close != ')' => {}
            _ => return None,
        }
        self.next();
        // `=>` of Ruby and PHP.
        if self.peek() == Some('>') {
            self.next();
        }
        Some(key)
    }

    fn value(&mut self, place: Place, depth: usize) -> Option<Node> {
        if depth >= limits::MAX_LOOSE_DEPTH {
            self.torn = true;
            return None;
        }
        self.skip(char::is_whitespace);
        let Some(c) = self.peek() else {
            self.torn = true;
            return None;
        };
        match c {
            '{' | '｛' => {
                self.next();
                Some(Node::Map(self.map('}', depth)))
            }
            '[' | '［' => {
                self.next();
                Some(Node::List(self.list(']', depth)))
            }
            '(' => {
                self.next();
                Some(Node::List(self.list(')', depth)))
            }
            _ => {
                if let Some(quote) = Quote::opened_by(c) {
                    let (text, whole) = self.string(quote, place, false);
                    return Some(Node::Text { text, whole });
                }
                if let Some((prefix, quote)) = string_prefix(self.rest()) {
                    self.at += prefix;
                    let (text, whole) = self.string(quote, place, c == 'b');
                    return Some(Node::Text { text, whole });
                }
                let word = word_at(self.rest());
                if !word.is_empty()
                    && self
                        .rest()
                        .get(word.len()..)
                        .is_some_and(|r| r.starts_with('('))
                {
                    self.at += word.len() + 1;
                    return Some(self.call(depth));
                }
                Some(self.bare(place))
            }
        }
    }

    /// The arguments of `Name(…)`, named or not.
    fn call(&mut self, depth: usize) -> Node {
        self.skip(char::is_whitespace);
        let word = word_at(self.rest());
        let named = !word.is_empty()
            && self
                .rest()
                .get(word.len()..)
                .is_some_and(|r| r.trim_start().starts_with('='));
        if named {
            Node::Map(self.map(')', depth))
        } else {
            Node::List(self.list(')', depth))
        }
    }

    fn list(&mut self, close: char, depth: usize) -> Vec<Node> {
        let mut items = Vec::new();
        loop {
            self.skip(|c| c.is_whitespace() || is_separator(c));
            match self.peek() {
                None => {
                    self.torn = true;
                    return items;
                }
                Some(c) if closes(c, close) => {
                    self.next();
                    return items;
                }
                // Someone else's bracket: the list was cut off.
                Some('}' | ')' | ']') => {
                    self.torn = true;
                    return items;
                }
                Some(_) => {}
            }
            let before = self.at;
            if let Some(item) = self.value(Place::ListItem, depth + 1) {
                items.push(item);
            }
            if self.torn || self.at == before {
                self.torn = true;
                return items;
            }
        }
    }

    /// An unquoted scalar: up to a bracket that is not its own, a line's end, or a comma
    /// that another key follows (`message=a, b, code=c`).
    fn bare(&mut self, place: Place) -> Node {
        let start = self.at;
        let mut open = 0_usize;
        let mut whole = false;
        while let Some(c) = self.peek() {
            match c {
                '(' | '[' | '{' => open += 1,
                ')' | ']' | '}' if open == 0 => {
                    whole = true;
                    break;
                }
                ')' | ']' | '}' => open -= 1,
                '\n' => {
                    whole = true;
                    break;
                }
                c if is_separator(c) && open == 0 => {
                    let after = self.rest().get(c.len_utf8()..).unwrap_or("");
                    if place == Place::ListItem || starts_key(after) {
                        whole = true;
                        break;
                    }
                }
                _ => {}
            }
            if self.next().is_none() {
                break;
            }
        }
        let text = self.text.get(start..self.at).unwrap_or("").trim();
        if !whole {
            self.torn = true;
        }
        match text {
            "null" | "None" | "nil" | "undefined" | "NULL" | "" => Node::Null,
            "true" | "True" | "false" | "False" => Node::Bool,
            _ if text.parse::<f64>().is_ok()
                && text.starts_with(|c: char| c.is_ascii_digit() || c == '-') =>
            {
                if whole {
                    Node::Number(text.to_owned())
                } else {
                    Node::Null
                }
            }
            _ => Node::Text {
                text: text.to_owned(),
                whole,
            },
        }
    }

    /// The string whose opening quote is next; and whether it was closed. `bytes` is for
    /// Python's `b'…'`, whose `\x` are bytes of UTF-8.
    fn string(&mut self, quote: Quote, place: Place, bytes: bool) -> (String, bool) {
        self.next();
        let mut out = Vec::new();
        while let Some(c) = self.next() {
            if c == '\\' {
                self.escape(&mut out, bytes);
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

    fn escape(&mut self, out: &mut Vec<u8>, bytes: bool) {
        let Some(c) = self.next() else { return };
        match c {
            'n' => out.push(b'\n'),
            't' => out.push(b'\t'),
            'r' => out.push(b'\r'),
            'b' | 'f' => out.push(b' '),
            'x' => match self.hex(2) {
                Some(value) if bytes => out.push(value as u8),
                Some(value) => push_code(out, value),
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

/// The quote a string was opened with. Typographic quotes close each other, plain ones
/// only themselves: a message may well hold typographic ones.
#[derive(Clone, Copy)]
enum Quote {
    Plain(char),
    CurlyDouble,
    CurlySingle,
}

impl Quote {
    fn opened_by(c: char) -> Option<Self> {
        match c {
            '"' | '\'' | '`' => Some(Self::Plain(c)),
            '“' | '”' | '„' | '‟' | '＂' => Some(Self::CurlyDouble),
            '‘' | '’' | '‚' | '‛' | '＇' => Some(Self::CurlySingle),
            _ => None,
        }
    }

    fn closed_by(self, c: char) -> bool {
        match self {
            Self::Plain(open) => c == open,
            Self::CurlyDouble => matches!(c, '“' | '”' | '„' | '‟' | '＂' | '"'),
            Self::CurlySingle => matches!(c, '‘' | '’' | '‚' | '‛' | '＇' | '\''),
        }
    }
}

fn is_separator(c: char) -> bool {
    matches!(c, ',' | '，' | ';')
}

fn closes(c: char, close: char) -> bool {
    c == close || (close == '}' && c == '｝') || (close == ']' && c == '］')
}

/// The identifier a text begins with: letters, digits, `_`, `-`, `.`, `$`, `@`; at most 64 bytes.
fn word_at(text: &str) -> &str {
    let end = text
        .bytes()
        .take(65)
        .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'$' | b'@')))
        .unwrap_or(text.len().min(65));
    match text.as_bytes().first() {
        Some(first)
            if end <= 64
                && (first.is_ascii_alphabetic() || matches!(first, b'_' | b'$' | b'@')) =>
        {
            text.get(..end).unwrap_or("")
        }
        _ => "",
    }
}

/// Whether what follows a comma can be the next key, or nothing at all.
fn starts_key(after: &str) -> bool {
    let after = after.trim_start();
    match after.chars().next() {
        None | Some('}' | ')' | ']') => true,
        Some(c) if Quote::opened_by(c).is_some() => true,
        Some(_) => {
            let word = word_at(after);
            !word.is_empty()
                && after
                    .get(word.len()..)
                    .is_some_and(|r| r.trim_start().starts_with([':', '=', '：', '＝']))
        }
    }
}

/// Length and quote of Python's string prefixes: `b'`, `u"`, `r'`, `f'`.
fn string_prefix(text: &str) -> Option<(usize, Quote)> {
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
