//! A tolerant parser for the objects people paste into logs: JSON, Python's `repr`, Node's
//! `inspect`, Java's `toString`, whole or cut off. It never fails after the first key; it
//! returns what was whole until the trouble.

use super::cursor::{Cursor, Place, Quote, is_separator, starts_key, word_at};
use super::strings::string_prefix;
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

impl Cursor<'_, '_> {
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
            let (key, whole) = self.string(quote, Place::Key);
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
                    let (text, whole) = self.string(quote, place);
                    return Some(Node::Text { text, whole });
                }
                if let Some((prefix, quote)) = string_prefix(self.rest()) {
                    self.at += prefix;
                    let (text, whole) = self.string(quote, place);
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
                Some(c) if closes(c, close) => {
                    self.next();
                    return items;
                }
                // Cut off, or someone else's bracket.
                None | Some('}' | ')' | ']') => {
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
}

fn closes(c: char, close: char) -> bool {
    c == close || (close == '}' && c == '｝') || (close == ']' && c == '］')
}
