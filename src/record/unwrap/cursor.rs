//! Where the tolerant parser stands in its text, and what it recognises there.

/// What a string stands for decides what may follow its closing quote.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    Key,
    MapValue,
    ListItem,
}

/// A position in a text.
pub(super) struct Cursor<'a, 'b> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    /// Set at the first trouble; everything then returns what it has.
    pub(super) torn: bool,
    pub(super) steps: &'b mut usize,
}

impl<'a> Cursor<'a, '_> {
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        if *self.steps == 0 {
            self.torn = true;
            return None;
        }
        *self.steps -= 1;
        self.at += c.len_utf8();
        Some(c)
    }

    pub(super) fn skip(&mut self, mut unwanted: impl FnMut(char) -> bool) {
        while self.peek().is_some_and(&mut unwanted) {
            if self.next().is_none() {
                return;
            }
        }
    }
}

/// The quote a string was opened with. Typographic quotes close each other, plain ones
/// only themselves: a message may well hold typographic ones.
#[derive(Clone, Copy)]
pub(super) enum Quote {
    Plain(char),
    CurlyDouble,
    CurlySingle,
}

impl Quote {
    pub(super) fn opened_by(c: char) -> Option<Self> {
        match c {
            '"' | '\'' | '`' => Some(Self::Plain(c)),
            '“' | '”' | '„' | '‟' | '＂' => Some(Self::CurlyDouble),
            '‘' | '’' | '‚' | '‛' | '＇' => Some(Self::CurlySingle),
            _ => None,
        }
    }

    pub(super) fn closed_by(self, c: char) -> bool {
        match self {
            Self::Plain(open) => c == open,
            Self::CurlyDouble => matches!(c, '“' | '”' | '„' | '‟' | '＂' | '"'),
            Self::CurlySingle => matches!(c, '‘' | '’' | '‚' | '‛' | '＇' | '\''),
        }
    }
}

pub(super) fn is_separator(c: char) -> bool {
    matches!(c, ',' | '，' | ';')
}

/// The identifier a text begins with: letters, digits, `_`, `-`, `.`, `$`, `@`; at most 64 bytes.
pub(super) fn word_at(text: &str) -> &str {
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
pub(super) fn starts_key(after: &str) -> bool {
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
