//! Where the secret is that a trigger leads to, if it leads to one.

use super::Rule;
use super::encoded::is_encoded;
use super::runs::{Class, Runs, run};

/// One text being searched.
pub(super) struct Scan<'a> {
    text: &'a str,
    runs: Runs<'a>,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            runs: Runs::new(text),
        }
    }

    /// The secret that a trigger leads to, as offsets.
    pub(super) fn secret(
        &mut self,
        start: usize,
        end: usize,
        rule: Rule,
    ) -> Option<(usize, usize)> {
        let text = self.text;
        match rule {
            Rule::Prefix(prefix) => {
                if !text.get(start..)?.starts_with(prefix) || !is_boundary(text, start) {
                    return None;
                }
                let to = self.runs.end(end, Class::Prefixed);
                // `ASIA-PACIFIC` is none: what follows such a prefix has no punctuation.
                let named = prefix.bytes().all(|b| b.is_ascii_uppercase());
                let solid = run(start_of(text, (end, text.len())), 0, |b| {
                    b.is_ascii_alphanumeric()
                });
                (to - start >= 11 && (solid >= 7 || !named)).then_some((start, to))
            }
            Rule::SkPrefix => {
                let class = match has_parts(text.get(end..)?) {
                    true => Class::Prefixed,
                    false => Class::Sk,
                };
                let to = self.runs.end(end, class);
                let length = to - end;
                let begins =
                    is_boundary(text, start) || (length >= 16 && !ends_everyday_word(text, start));
                (begins && length >= 8).then_some((start, to))
            }
            Rule::Temporary => {
                let begins = text.get(start..)?.starts_with("STS.") && is_boundary(text, start);
                (begins && is_temporary_id(text.get(end..)?))
                    .then(|| (start, self.runs.end(end, Class::Prefixed)))
            }
            Rule::Bearer => self.value(end + scheme_gap(text, end)?, 8),
            Rule::Basic => {
                let from = end + scheme_gap(text, end)?;
                let found = (from, self.runs.end(from, Class::Prefixed));
                let cut_off = is_cut_off(text.get(found.1..)?);
                (is_boundary(text, start) && is_encoded(start_of(text, found), cut_off))
                    .then_some(found)
            }
            Rule::Authorization => {
                let from = end + separators(text, end)?;
                // The scheme is optional: `Basic SECRET`.
                let word = run(text, from, |b| b.is_ascii_alphanumeric() || b == b'-');
                let gap = run(text, from + word, |b| b == b' ');
                self.value(
                    if gap > 0 && word <= 20 {
                        from + word + gap
                    } else {
                        from
                    },
                    8,
                )
            }
            Rule::Key | Rule::Label | Rule::Password => self.labelled(start, end, rule),
        }
    }

    /// `NAME = SECRET`, where the name ends with the trigger.
    fn labelled(&mut self, start: usize, end: usize, rule: Rule) -> Option<(usize, usize)> {
        let text = self.text;
        let bytes = text.as_bytes();
        // The rest of the name: `signature`, `password`, `passwd`.
        let rest = ["ature", "ord", "d"].into_iter().find(|rest| {
            let there = text.get(end..end + rest.len()).unwrap_or("");
            !matches!(rule, Rule::Key) && there.eq_ignore_ascii_case(rest)
        });
        let end = end + rest.map_or(0, str::len);
        if bytes
            .get(end)
            .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
        {
            return None;
        }
        let before = tail(text.get(..start)?);
        let name = before
            .trim_end_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
        if name.ends_with(['?', '&']) && bytes.get(end) == Some(&b'=') {
            return self.value(end + 1, 6);
        }
        let owner = before
            .trim_end_matches(['_', '-', ' '])
            .to_ascii_lowercase();
        let strong = match rule {
            Rule::Key => KEY_OWNERS.iter().any(|word| owner.ends_with(word)),
            Rule::Password => true,
            _ => false,
        };
        if matches!(rule, Rule::Key) && !strong {
            return None;
        }
        // `Incorrect API key provided: SECRET`.
        let provided = text
            .get(end..)
            .is_some_and(|r| r.starts_with(" provided: "));
        let end = end + if provided { " provided".len() } else { 0 };
        let Some(gap) = separators(text, end) else {
            // `api key SECRET`: only what cannot be prose.
            let gap = run(text, end, |b| matches!(b, b' ' | b'"' | b'\''));
            let found = if strong && gap > 0 {
                self.value(end + gap, 12)
            } else {
                None
            }?;
            return start_of(text, found)
                .bytes()
                .any(|b| b.is_ascii_digit())
                .then_some(found);
        };
        let from = end + gap;
        let quote = bytes.get(from - 1).filter(|b| matches!(b, b'"' | b'\''));
        let found = match quote {
            // A pass phrase may hold blanks.
            Some(quote) if matches!(rule, Rule::Password) => until_quote(text, from, *quote)?,
            _ => self.value(from, 8)?,
        };
        let secret = start_of(text, found);
        let number = secret.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        // `token: something` may be prose; after `=` or in quotes it is a value.
        let assigned = quote.is_some() || text.get(end..from)?.contains('=');
        let digit = secret.bytes().any(|b| b.is_ascii_digit());
        (!number && (strong || assigned || digit)).then_some(found)
    }

    /// The value at an offset, if it is long enough and no placeholder.
    fn value(&mut self, from: usize, least: usize) -> Option<(usize, usize)> {
        let to = self.runs.end(from, Class::Value);
        let found = self.text.get(from..to)?;
        let capitals = || found.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        let placeholder = found.starts_with(['$', '{', '*'])
            || (found.len() < 24 && found.contains('_') && capitals());
        (found.len() >= least && !placeholder).then_some((from, to))
    }
}

/// Words before `key` that make it a secret; `sort_key` and `cache key` are none.
const KEY_OWNERS: [&str; 9] = [
    "api",
    "access",
    "secret",
    "private",
    "auth",
    "app",
    "dashscope",
    "openai",
    "client",
];

/// What a value looks like shows in its first bytes.
fn start_of(text: &str, (from, to): (usize, usize)) -> &str {
    let mut end = to.min(from + 256);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(from..end).unwrap_or("")
}

/// A value in quotes, up to the closing one; at least eight bytes.
fn until_quote(text: &str, from: usize, quote: u8) -> Option<(usize, usize)> {
    let rest = text.as_bytes().get(from..)?;
    let length = rest
        .iter()
        .take(4096)
        .position(|b| *b == quote || matches!(b, b'\n' | b'\\'));
    let mut to = from + length.unwrap_or(rest.len().min(4096));
    while !text.is_char_boundary(to) {
        to += 1;
    }
    let placeholder = text.get(from..to)?.starts_with(['$', '{', '*', '<']);
    (to - from >= 8 && !placeholder).then_some((from, to))
}

/// Length of the `": "`, `=`, `\": \"` between a name and its value; `None` without `:` or `=`.
fn separators(text: &str, from: usize) -> Option<usize> {
    let length = run(text, from, |b| {
        matches!(
            b,
            b'"' | b'\'' | b'\\' | b' ' | b'\t' | b':' | b'=' | b'[' | b'>'
        )
    });
    let gap = text.get(from..from + length)?;
    gap.contains([':', '=']).then_some(length)
}

/// Length of the blanks between a scheme and its secret, which may be escaped for a URL.
fn scheme_gap(text: &str, from: usize) -> Option<usize> {
    let blanks = run(text, from, |b| matches!(b, b' ' | b'\t' | b':'));
    let escaped = ["+", "%20"]
        .iter()
        .find(|e| text.get(from..).is_some_and(|r| r.starts_with(**e)));
    let gap = blanks.max(escaped.map_or(0, |e| e.len()));
    (gap > 0).then_some(gap)
}

/// Whether what follows `sk-` begins a key with dots inside: `ws-H.`, `sp-D.`, a word and a
/// capital. In others a dot ends the sentence, or it is a name (`sk-learn.org`).
fn has_parts(rest: &str) -> bool {
    let word = run(rest, 0, |b| b.is_ascii_lowercase());
    match rest.as_bytes().get(word..) {
        Some([b'-', capital, b'.', ..]) => word >= 2 && capital.is_ascii_uppercase(),
        _ => false,
    }
}

/// Whether what follows `STS.` is an id rather than the name of an operation
/// (`STS.AssumeRole`): no word, as long as an id, or one that is cut off.
fn is_temporary_id(rest: &str) -> bool {
    let solid = run(rest, 0, |b| b.is_ascii_alphanumeric());
    let (id, after) = rest.split_at(solid);
    let has_digit = || id.bytes().any(|b| b.is_ascii_digit());
    solid >= 20 || (solid >= 8 && (has_digit() || is_cut_off(after)))
}

/// Whether what stands after the start of a secret shows that it is no more than the start.
fn is_cut_off(after: &str) -> bool {
    after.is_empty() || ["...", "…", "*"].iter().any(|end| after.starts_with(end))
}

/// Whether a secret may begin at an offset: not in the middle of a word, unless what
/// stands before is an escape (`%3D`, `\n`, `\u003d`).
fn is_boundary(text: &str, at: usize) -> bool {
    let before = text.as_bytes().get(..at).unwrap_or(&[]);
    match before {
        []
        | [.., b'%', _, _]
        | [.., b'\\', b'n' | b't' | b'r' | b'b' | b'f']
        | [.., b'\\', b'u', _, _, _, _]
        | [.., b'\\', b'x', _, _] => true,
        [.., last] => !last.is_ascii_alphanumeric(),
    }
}

/// Whether the `sk` at an offset ends a word of the language: `task-…`, `disk-…`.
fn ends_everyday_word(text: &str, at: usize) -> bool {
    let before = tail(text.get(..at).unwrap_or("")).to_ascii_lowercase();
    [
        "ta", "di", "ri", "de", "ma", "fla", "a", "du", "kio", "tu", "whi", "hu", "dama",
    ]
    .iter()
    .any(|start| {
        before
            .strip_suffix(start)
            .is_some_and(|rest| !rest.ends_with(|c: char| c.is_ascii_alphanumeric()))
    })
}

/// The end of a text, enough for any name that is looked for.
fn tail(text: &str) -> &str {
    let mut from = text.len().saturating_sub(64);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text.get(from..).unwrap_or("")
}
