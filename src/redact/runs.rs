//! How far the bytes go that a kind of secret is made of.

/// Bytes that a kind of secret is made of.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Class {
    /// Of a labelled value: all up to a blank, a quote or a bracket.
    Value,
    /// Of a key with a known prefix. A dot at its end is the sentence's.
    Prefixed,
    /// Of `sk-…`.
    Sk,
}

impl Class {
    fn has(self, b: u8) -> bool {
        match self {
            Self::Value => {
                !b.is_ascii_whitespace()
                    && !matches!(
                        b,
                        b'"' | b'\''
                            | b'`'
                            | b'\\'
                            | b','
                            | b';'
                            | b')'
                            | b'}'
                            | b']'
                            | b'>'
                            | b'&'
                            | b'<'
                            | b'|'
                    )
            }
            Self::Prefixed => {
                b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'=' | b'+' | b'/')
            }
            Self::Sk => b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'),
        }
    }

    /// End of the run that begins at an offset.
    fn end(self, text: &str, from: usize) -> usize {
        let mut to = from;
        loop {
            to += run(text, to, |b| self.has(b));
            match escape(text.as_bytes().get(to..).unwrap_or(&[])) {
                Some(length) if self != Self::Sk => to += length,
                _ => break,
            }
        }
        match self {
            Self::Prefixed => from + text.get(from..to).unwrap_or("").trim_end_matches('.').len(),
            _ => to,
        }
    }
}

/// Length of what stands for `/`, `+` or `=` in a string within a string, or in a URL.
fn escape(rest: &[u8]) -> Option<usize> {
    let is_one = |code: Option<&[u8]>, codes: [&[u8]; 3]| {
        code.is_some_and(|code| codes.iter().any(|known| code.eq_ignore_ascii_case(known)))
    };
    if rest.first() == Some(&b'%') {
        return is_one(rest.get(1..3), [b"2b", b"2f", b"3d"]).then_some(3);
    }
    let slashes = rest.iter().take(8).take_while(|b| **b == b'\\').count();
    let code = rest.get(slashes..)?;
    match code.first() {
        _ if slashes == 0 => None,
        Some(b'/') => Some(slashes + 1),
        Some(b'u') => is_one(code.get(1..5), [b"002b", b"002f", b"003d"]).then_some(slashes + 5),
        _ => None,
    }
}

/// The runs of one text.
pub(super) struct Runs<'a> {
    text: &'a str,
    /// The last run of each class, because many triggers may lie in one: `key=key=key=…`
    /// would be measured anew from each of them.
    last: [(usize, usize); 3],
}

impl<'a> Runs<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            last: [(0, 0); 3],
        }
    }

    /// End of the run of a class that begins at an offset, or is entered there.
    pub(super) fn end(&mut self, from: usize, class: Class) -> usize {
        let Some(last) = self.last.get_mut(class as usize) else {
            return from;
        };
        if !(last.0..last.1).contains(&from) {
            *last = (from, class.end(self.text, from));
        }
        last.1
    }
}

/// Number of bytes from an offset that are as wanted.
pub(super) fn run(text: &str, from: usize, wanted: impl Fn(u8) -> bool) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or(&[]);
    rest.iter().position(|b| !wanted(*b)).unwrap_or(rest.len())
}
