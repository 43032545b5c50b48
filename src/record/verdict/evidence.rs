//! What a judgement rests on, as one string of bytes: the key under which it is remembered.
//!
//! Error texts are alike but for the ids of requests. So each UUID in a text is a *hole*:
//! the key holds its form only, and the judge sees a placeholder of that form. That a
//! UUID's digits decide nothing is therefore no assumption but how judging is defined.
//!
//! ```text
//! {"error":"… 'request_id': '611d04b1-cb4a-44ed-8cfe-9df6c1765fc5'}"}
//!   key      … 'request_id': '␂'}"          hole 0 = 611d04b1-…
//!   judged   … 'request_id': '0c0de0ff-…'}" ─► "the request id is hole 0"
//! ```

use crate::catalog::Provider;
use crate::limits::JUDGEMENT_KEY_BYTES;
use crate::record::request_id::RequestId;
use crate::record::uuid::{self, Case, Uuid};
use crate::uuid_form::UUID_BYTES;
use std::ops::Range;

/// What placeholders have in common but for their first digit, and the last three, which
/// number them. An arbitrary UUID.
const PLACEHOLDER: &str = "c0de0ff-5a17-4e3b-9d46-b8f2a6c91";

/// How many holes three hexadecimal digits can number: more than fit into a key.
const HOLE_NUMBERS: usize = 1 << 12;

const _: () = assert!(JUDGEMENT_KEY_BYTES / UUID_BYTES < HOLE_NUMBERS);

/// The evidence of one failure.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    key: Vec<u8>,
    /// Where in the key each text ends.
    ends: Vec<usize>,
    /// The UUIDs left out, in order.
    pub holes: Vec<Uuid>,
}

impl Evidence {
    /// Begins anew, with all that is not text.
    pub fn begin<'a>(
        &mut self,
        flags: u8,
        status: Option<i16>,
        provider: Option<Provider>,
        codes: impl Iterator<Item = &'a [u8]>,
    ) {
        self.key.clear();
        self.ends.clear();
        self.holes.clear();
        self.key
            .extend([flags, provider.map_or(0, |p| p as u8 + 1)]);
        self.key.extend(status.unwrap_or(i16::MIN).to_le_bytes());
        for code in codes {
            self.text_end(code);
        }
        // No text begins with this.
        self.key.push(END);
        self.ends.push(self.key.len());
    }

    /// Whether the codes alone are too much to remember.
    pub fn is_too_long(&self) -> bool {
        self.key.len() > JUDGEMENT_KEY_BYTES
    }

    /// Adds a raw JSON string. False if there is too much to remember.
    pub fn push(&mut self, raw: &[u8]) -> bool {
        if self.key.len() + raw.len() > JUDGEMENT_KEY_BYTES {
            return false;
        }
        let mut done = 0;
        for (start, id) in holes(raw) {
            self.key
                .extend_from_slice(raw.get(done..start).unwrap_or_default());
            self.key.push(Form::of(id) as u8);
            self.holes.push(id);
            done = start + UUID_BYTES;
        }
        self.text_end(raw.get(done..).unwrap_or_default());
        self.ends.push(self.key.len());
        true
    }

    /// Raw JSON strings hold no control characters, so this ends one unmistakably.
    fn text_end(&mut self, raw: &[u8]) {
        self.key.extend_from_slice(raw);
        self.key.push(END);
    }

    /// How many texts there are.
    pub fn texts(&self) -> usize {
        self.ends.len().saturating_sub(1)
    }

    /// The key of the first so many texts.
    pub fn key(&self, texts: usize) -> &[u8] {
        let end = self.ends.get(texts).copied().unwrap_or_default();
        self.key.get(..end).unwrap_or_default()
    }

    /// One of the texts with placeholders in its holes, as a raw JSON string.
    pub fn canonical(&self, text: usize) -> Vec<u8> {
        let range = |n: usize| Some(*self.ends.get(n)?..*self.ends.get(n + 1)? - 1);
        let Range { start, end } = range(text).unwrap_or_default();
        let is_hole = |b: &&u8| Form::from_byte(**b).is_some();
        let before = self.key.get(self.key(0).len()..start).unwrap_or_default();
        let mut number = before.iter().filter(is_hole).count();
        let mut raw = Vec::with_capacity(end - start + 2 * UUID_BYTES);
        for byte in self.key.get(start..end).unwrap_or_default() {
            match Form::from_byte(*byte) {
                Some(form) => {
                    raw.extend_from_slice(form.placeholder(number).as_bytes());
                    number += 1;
                }
                None => raw.push(*byte),
            }
        }
        raw
    }

    /// What an id that was dug out of canonical texts is made of.
    pub fn source(id: &str) -> Source {
        match places(id).next() {
            None => Source::fixed(id),
            Some((0, hole)) if id.len() == UUID_BYTES => Source::Hole(hole),
            Some(_) => Source::Around(id.into()),
        }
    }

    /// The id that a source stands for here.
    #[inline]
    pub fn id(&self, source: &Source) -> RequestId {
        match source {
            Source::Hole(hole) => match self.holes.get(*hole) {
                Some(uuid) => (*uuid).into(),
                None => RequestId::new(""),
            },
            Source::Fixed(id) => id.clone(),
            Source::Around(text) => RequestId::new(&self.filled(text)),
        }
    }

    /// A text with its holes filled.
    fn filled(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut done = 0;
        for (start, hole) in places(text) {
            filled.push_str(text.get(done..start).unwrap_or_default());
            if let Some(uuid) = self.holes.get(hole) {
                filled.extend(uuid.text().map(char::from));
            }
            done = start + UUID_BYTES;
        }
        filled.push_str(text.get(done..).unwrap_or_default());
        filled
    }
}

/// The UUIDs in a raw JSON string that are holes, and where they begin.
#[inline]
pub(super) fn holes(raw: &[u8]) -> impl Iterator<Item = (usize, Uuid)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some((start, id)) = uuid::find(raw, from) {
            if stands_apart(raw, start) && id.has_decimal() {
                from = start + UUID_BYTES;
                return Some((start, id));
            }
            from = start + 1;
        }
        None
    })
}

/// Where a request id comes from.
#[derive(Debug)]
pub(super) enum Source {
    /// The UUID of a hole.
    Hole(usize),
    /// All lines alike have the same.
    Fixed(RequestId),
    /// A text with placeholders in it.
    Around(Box<str>),
}

impl Source {
    /// Of an id that was dug out of texts without holes.
    pub fn fixed(id: &str) -> Self {
        Self::Fixed(RequestId::new(id))
    }
}

/// Whether a text holds a placeholder.
pub(super) fn has_hole(text: &str) -> bool {
    places(text).next().is_some()
}

/// Ends a part of the key.
const END: u8 = 0;

/// What a judge may tell apart in UUIDs: their case, and whether the first character is a
/// letter. The byte stands for a hole in the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    LowerDigit = 1,
    LowerLetter = 2,
    UpperDigit = 3,
    UpperLetter = 4,
}

impl Form {
    /// How many there are.
    pub const COUNT: usize = 4;

    /// From 0.
    pub fn index(self) -> usize {
        self as usize - 1
    }

    #[inline(always)]
    pub fn of(id: Uuid) -> Self {
        match (id.case, id.starts_with_letter()) {
            (Case::Lower, false) => Self::LowerDigit,
            (Case::Lower, true) => Self::LowerLetter,
            (Case::Upper, false) => Self::UpperDigit,
            (Case::Upper, true) => Self::UpperLetter,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        [
            Self::LowerDigit,
            Self::LowerLetter,
            Self::UpperDigit,
            Self::UpperLetter,
        ]
        .into_iter()
        .find(|form| *form as u8 == byte)
    }

    fn placeholder(self, number: usize) -> String {
        let first = match self {
            Self::LowerDigit | Self::UpperDigit => '0',
            Self::LowerLetter | Self::UpperLetter => 'b',
        };
        let lower = format!("{first}{PLACEHOLDER}{number:03x}");
        match self {
            Self::LowerDigit | Self::LowerLetter => lower,
            Self::UpperDigit | Self::UpperLetter => lower.to_ascii_uppercase(),
        }
    }
}

/// The placeholders in a text: where each begins, and its number.
fn places(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some((start, id)) = uuid::find(text.as_bytes(), from) {
            from = start + 1;
            let written = id.text();
            let inner = written.get(1..UUID_BYTES - 3).unwrap_or_default();
            if inner.eq_ignore_ascii_case(PLACEHOLDER.as_bytes()) {
                from = start + UUID_BYTES;
                return Some((start, id.digits as usize & (HOLE_NUMBERS - 1)));
            }
        }
        None
    })
}

/// Whether what stands before a UUID in a raw JSON string leaves it one when the string is
/// decoded: no word, and no escape that reaches into it.
fn stands_apart(raw: &[u8], start: usize) -> bool {
    match raw.get(..start).unwrap_or_default() {
        [] | [.., b'\\', b'n' | b't' | b'r'] => true,
        [.., b'\\', b'u', a, b, c, d] if [a, b, c, d].iter().all(|x| x.is_ascii_hexdigit()) => true,
        [.., last] => !last.is_ascii_alphanumeric(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(texts: &[&str]) -> Evidence {
        let mut evidence = Evidence::default();
        evidence.begin(0, None, None, std::iter::empty());
        for text in texts {
            assert!(evidence.push(text.as_bytes()));
        }
        evidence
    }

    const ID: &str = "611d04b1-cb4a-44ed-8cfe-9df6c1765fc5";
    const OTHER: &str = "711d04b1-cb4a-44ed-8cfe-9df6c1765fc6";

    #[test]
    fn a_uuid_is_a_hole() {
        for text in [
            "\"ID\"",
            "\"id: 'ID'\"",
            "\"chatcmpl-ID\"",
            "\"\\uff1aID.\"",
            "\"a\\nID\"",
            "\"ID, ID\"",
        ] {
            let (a, b) = (text.replace("ID", ID), text.replace("ID", OTHER));
            let (a, b) = (evidence(&["\"x\"", &a]), evidence(&["\"x\"", &b]));
            assert_eq!(a.key(2), b.key(2), "{text}");
            assert_ne!(a.holes, b.holes);
            assert_eq!(a.canonical(1), b.canonical(1));
            let canonical = String::from_utf8(a.canonical(1)).unwrap();
            assert_eq!(a.filled(&canonical), text.replace("ID", ID));
        }
    }

    #[test]
    fn what_may_be_no_uuid_is_none() {
        for text in [
            "\"xID\"",
            "\"\\xID\"",
            "\"\\u61ID\"",
            "\"7ID\"",
            "\"ffffffff-ffff-ffff-ffff-ffffffffffff\"",
        ] {
            let text = text.replace("ID", ID);
            assert_eq!(evidence(&[&text]).holes, [], "{text}");
        }
        // One form of each does not stand for another.
        let (lower, upper) = (format!("\"{ID}\""), format!("\"{}\"", ID.to_uppercase()));
        assert_ne!(evidence(&[&lower]).key(1), evidence(&[&upper]).key(1));
    }

    #[test]
    fn ids_are_found_again() {
        let raw = format!("\"{ID} {OTHER}\"");
        let evidence = evidence(&[&raw]);
        let canonical = String::from_utf8(evidence.canonical(0)).unwrap();
        let second = canonical.get(38..74).unwrap();
        assert_eq!(evidence.id(&Evidence::source(second)).text(), OTHER);
        let around = format!("req_{second}");
        assert_eq!(
            evidence.id(&Evidence::source(&around)).text(),
            format!("req_{OTHER}")
        );
        assert_eq!(evidence.id(&Evidence::source("r-17")).text(), "r-17");
    }

    #[test]
    fn texts_do_not_run_together() {
        let (a, b) = (evidence(&["\"a\"", "\"b\""]), evidence(&["\"a\"\"b\""]));
        assert_ne!(a.key(2), b.key(1));
        assert_eq!(a.key(1), evidence(&["\"a\""]).key(1));
    }
}
