//! Small recognisers for the pieces of an error text: ids, codes, hosts, brackets.

use crate::{limits, uuid_form};
use memchr::memmem::Finder;
use std::sync::LazyLock;

/// A search for one word, prepared once.
pub(super) type Word = LazyLock<Finder<'static>>;

/// What stands before and after the first of a word.
pub(super) fn split_once<'t>(text: &'t str, word: &Word) -> Option<(&'t str, &'t str)> {
    let at = word.find(text.as_bytes())?;
    Some((text.get(..at)?, text.get(at + word.needle().len()..)?))
}

/// The longest prefix of at most `bytes` that ends between two characters.
pub(super) fn prefix(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or("")
}

/// Whether a text is a UUID in its usual form.
pub(super) fn is_uuid(text: &str) -> bool {
    uuid_form::is_uuid(text.as_bytes())
}

/// The UUID that an id is, or ends with after a prefix like `chatcmpl-`.
pub(super) fn uuid_at_end(id: &str) -> Option<&str> {
    let (before, _) = uuid_form::at_end(id.as_bytes())?;
    let alone = before.is_empty() || before.ends_with(b"-");
    alone.then(|| id.get(before.len()..))?
}

/// A value that can be an id: one word, not absurdly long.
pub(super) fn id_token(text: &str) -> Option<&str> {
    let text = text.trim();
    let word = !text.is_empty() && text.len() <= 128 && !text.contains(char::is_whitespace);
    (word && !matches!(text, "None" | "null" | "nil" | "undefined" | "-")).then_some(text)
}

/// Whether a text can be an error code: a short name (some hold blanks), no prose, no
/// source code, no success mark.
pub(super) fn is_code(text: &str) -> bool {
    let success = ["", "0", "200", "ok", "success"]
        .iter()
        .any(|mark| text.eq_ignore_ascii_case(mark));
    let void = matches!(text, "None" | "null" | "nil" | "undefined");
    !success
        && !void
        && text.len() <= 96
        && text.split(' ').count() <= 8
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | ' ' | ':' | '/'))
}

/// The status that a text is, if it is one of an error.
pub(super) fn error_status(text: &str) -> Option<i32> {
    let digits = text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|status| digits && (400..600).contains(status))
}

/// A model's name: one word of letters, digits and `-._:/`, with a digit or a hyphen.
pub(super) fn model_name(text: &str) -> Option<String> {
    let text = text.trim();
    let word = (2..=96).contains(&text.len())
        && text.bytes().all(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b':' | b'/' | b'@')
        })
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().any(|b| b == b'-' || b.is_ascii_digit());
    word.then(|| text.to_owned())
}

/// The host of a URL, or of a bare `host/path`; lower case.
pub(super) fn host_of(url: &str) -> Option<String> {
    let url = url.trim();
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest
        .find(['/', '?', '#', ':', ' ', '"', '\'', ')', '>', ','])
        .unwrap_or(rest.len());
    let host = rest.get(..end)?;
    let named = (4..=253).contains(&host.len())
        && host.contains('.')
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
        && host.bytes().any(|b| b.is_ascii_alphabetic());
    named.then(|| host.to_ascii_lowercase())
}

/// A key without case, `_` and `-`: `request_id`, `requestId` and `Request-Id` are one.
pub(super) fn folded_key(key: &str) -> String {
    prefix(key, 64)
        .chars()
        .filter(|c| !matches!(c, '_' | '-'))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Offset of the next place where an object may open: a brace, or a name's parenthesis.
pub(super) fn next_opening(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    // The third is the first byte of the full-width brace.
    for at in memchr::memchr3_iter(b'{', b'(', 0xef, bytes.get(from..)?) {
        let at = from + at;
        let opens = match bytes.get(at) {
            Some(b'{') => true,
            Some(b'(') => at > 0 && bytes.get(at - 1).is_some_and(u8::is_ascii_alphanumeric),
            _ => text.get(at..).is_some_and(|rest| rest.starts_with('｛')),
        };
        if opens {
            return Some(at);
        }
    }
    None
}

/// Whether the object at `start` has its quotes escaped: `{\"code\": …`, once or more.
pub(super) fn is_escaped_object(text: &str, start: usize) -> bool {
    let rest = text.get(start..).unwrap_or("");
    let Some(inside) = rest.strip_prefix('{') else {
        return false;
    };
    let inside = prefix(inside, 64);
    let inside = inside.trim_start_matches([' ', '\n', '\t', '\r']);
    let inside = inside.strip_prefix("\\n").unwrap_or(inside).trim_start();
    inside.starts_with('\\') && inside.trim_start_matches('\\').starts_with(['"', '\''])
}

/// One layer of backslashes taken off.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('u') => {
                let code = chars
                    .as_str()
                    .get(..4)
                    .and_then(|hex| u32::from_str_radix(hex, 16).ok());
                match code {
                    Some(code) => {
                        out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                        chars = chars.as_str().get(4..).unwrap_or("").chars();
                    }
                    None => out.push('u'),
                }
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

/// A message as one line: each run of white space that holds a line's end becomes one
/// blank (terminals wrap, `\n  `), and the length is capped. `None` if nothing is left.
pub(super) fn clean(text: &str) -> Option<String> {
    let text = prefix(text.trim(), limits::MAX_DUG_MESSAGE_BYTES).trim_end();
    if text.is_empty() {
        return None;
    }
    if memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_none() {
        return Some(text.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(char::is_whitespace) {
        let (word, after) = rest.split_at(at);
        let next = after.trim_start();
        let gap = after.get(..after.len() - next.len()).unwrap_or(" ");
        out.push_str(word);
        out.push_str(if gap.contains(['\n', '\r']) { " " } else { gap });
        rest = next;
    }
    out.push_str(rest);
    Some(out)
}

/// A message without the status that Node's SDKs put before it, `429 Slow down`.
pub(super) fn without_status(message: &str, status: Option<i32>) -> &str {
    let Some(status) = status.filter(|s| (400..600).contains(s)) else {
        return message;
    };
    let rest = message
        .trim_start()
        .strip_prefix(&status.to_string())
        .and_then(|rest| rest.strip_prefix(' '));
    rest.map(str::trim_start)
        .filter(|rest| rest.starts_with(|c: char| c.is_uppercase() || c == '<'))
        .unwrap_or(message)
}

/// A message without the request ids at its end, `(request id: …)`, and the best of them.
pub(super) fn without_request_id(message: &str) -> (&str, Option<String>) {
    let mut text = message;
    let mut best: Option<String> = None;
    // Gateways behind gateways each add theirs.
    for _ in 0..4 {
        let tail_from = text.len() - tail(text).len();
        let Some(label) = request_ids(tail(text)).pop() else {
            break;
        };
        let after = text.get(tail_from + label.end..).unwrap_or("");
        if !after
            .trim_matches(|c: char| {
                c.is_whitespace() || matches!(c, ')' | ']' | '}' | '"' | '\'' | '.' | '）')
            })
            .is_empty()
        {
            break;
        }
        let before = text.get(..tail_from + label.start).unwrap_or("");
        text = before.trim_end_matches(|c: char| {
            c.is_whitespace() || matches!(c, '(' | '[' | '（' | ',' | '，' | ';' | '"' | '\'' | '|')
        });
        if best.as_deref().is_none_or(|have| !is_uuid(have)) {
            best = Some(label.id);
        }
    }
    (text, best)
}

/// The end of a message, where gateways append their ids.
fn tail(text: &str) -> &str {
    let mut from = text.len().saturating_sub(256);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text.get(from..).unwrap_or("")
}

/// A request id in prose, label and all.
pub(super) struct LabelledId {
    pub start: usize,
    pub end: usize,
    pub id: String,
}

/// Every `Request ID: …`, `request_id=…`, `(requestId: …)`, `请求ID：…` in a text.
pub(super) fn request_ids(text: &str) -> Vec<LabelledId> {
    let lower = text.to_ascii_lowercase();
    static ID: Word = Word::new(|| Finder::new("id"));
    ID.find_iter(lower.as_bytes())
        .filter_map(|at| labelled(text, &lower, at))
        .collect()
}

/// The id labelled by the `id` at an offset, if the word before it is `request`.
fn labelled(text: &str, lower: &str, at: usize) -> Option<LabelledId> {
    let before = lower.get(..at)?;
    let before = before.strip_suffix([' ', '_', '-']).unwrap_or(before);
    let before = ["request", "req", "请求"]
        .iter()
        .find_map(|label| before.strip_suffix(label))?;
    let start = before.strip_suffix("x-").unwrap_or(before).len();
    let rest = lower.get(at + 2..)?;
    let value = rest.trim_start_matches([' ', ':', '=', '"', '\'', '：', '\\', '`', '[']);
    // Without a separator it was the middle of a word.
    if value.len() == rest.len() {
        return None;
    }
    let from = lower.len() - value.len();
    let length = value
        .bytes()
        .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')))
        .unwrap_or(value.len());
    let id = text
        .get(from..from + length)?
        .trim_end_matches(['.', '-', '_']);
    // Cut off at the text's end: half a UUID, or a string that was not closed.
    let quoted = rest.get(..rest.len() - value.len())?.ends_with(['"', '\'']);
    // An escape goes on with the id: who reads the escape has all of it.
    let after = value.get(length..).unwrap_or_default();
    let escape = after.trim_start_matches('\\');
    if escape.len() < after.len() && escape.starts_with(['u', 'x']) {
        return None;
    }
    let ends = from + length == text.len();
    let half_uuid = id.len() < uuid_form::UUID_BYTES
        && id.as_bytes().get(8) == Some(&b'-')
        && id.bytes().take(8).all(|b| b.is_ascii_hexdigit());
    if ends && (quoted || half_uuid) {
        return None;
    }
    let plausible = (6..=128).contains(&id.len()) && id.bytes().any(|b| b.is_ascii_digit());
    plausible.then(|| LabelledId {
        start,
        end: from + id.len(),
        id: id.to_owned(),
    })
}
