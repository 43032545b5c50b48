//! What the words of a text say, all recognisers together.

use super::found::{Code, CodeRank, Found};
use super::statuses::{Status, statuses};
use super::{coded, places, words};

/// What the words of a text say.
pub(super) fn read(text: &str) -> Found {
    if text.trim().is_empty() {
        return Found::default();
    }
    let lower = text.to_ascii_lowercase();
    let statuses = statuses(text, &lower);
    let mut found = Found {
        status: statuses.first().map(|s| s.value),
        last_status: statuses.last().map(|s| s.value),
        host: places::host(text, &lower),
        model: places::model(text, &lower),
        ..Found::default()
    };
    for label in words::request_ids(text) {
        found.offer_text_id(label.id);
    }
    let (shape, inner_status) = shape(text, &lower, &statuses);
    let message = match shape {
        Some(shape) => {
            found.status = found.status.or(inner_status);
            found.last_status = found.last_status.or(inner_status);
            let rank = if words::error_status(&shape.code).is_some() {
                CodeRank::Weak
            } else {
                CodeRank::Shape
            };
            if words::is_code(&shape.code) {
                found.code = Some(Code {
                    text: shape.code,
                    rank,
                });
            }
            shape.message
        }
        None => residue(text, &statuses),
    };
    found.message = words::clean(without_closers(message));
    found
}

/// The code that the words name, and the status of a code inside the message.
fn shape<'a>(
    text: &'a str,
    lower: &str,
    statuses: &[Status],
) -> (Option<coded::Shape<'a>>, Option<i32>) {
    // Every shape has one of these; most messages are plain sentences.
    if !text
        .bytes()
        .any(|b| matches!(b, b':' | b'=' | b'<' | b'(') || !b.is_ascii())
    {
        return (None, None);
    }
    let inner = coded::numbered(text);
    let inner_status = inner.as_ref().and_then(|shape| shape.status);
    // Shapes with a code of their own go before the code inside a message.
    let shape = coded::bracketed(text)
        .or_else(|| coded::key_values(text, lower))
        .or_else(|| coded::parenthesised(text, statuses))
        .or_else(|| coded::dashed(text, lower))
        .or(inner)
        .or_else(|| coded::grpc(text))
        .or_else(|| coded::dotted(text))
        .or_else(|| coded::message_alone(text, lower));
    (shape, inner_status)
}

/// The message of a text that names no code: what follows the status if that is a
/// sentence, otherwise all of it without the usual labels.
fn residue<'a>(text: &'a str, statuses: &[Status]) -> &'a str {
    if let Some(status) = statuses.first() {
        let (before, rest) = (
            text.get(..status.from).unwrap_or(""),
            text.get(status.end..).unwrap_or(""),
        );
        // `(channel #3, status code: 429, type: x): message`.
        let in_brackets = before
            .rfind('(')
            .is_some_and(|at| before.get(at..).is_some_and(|b| !b.contains(')')));
        let rest = match rest.split_once("): ") {
            Some((_, after)) if in_brackets => after,
            _ => rest,
        };
        let rest = rest.trim_start_matches(|c: char| {
            c.is_whitespace()
                || matches!(
                    c,
                    ')' | ']' | ':' | '-' | ',' | '.' | '"' | '>' | '，' | '：'
                )
        });
        let sentence =
            rest.split_whitespace().nth(2).is_some() || (rest.len() >= 12 && !rest.is_ascii());
        // Within quotes, `'429 Too Many Requests' for url`, the rest is no sentence.
        if sentence && !before.ends_with(['"', '\'']) {
            return rest;
        }
    }
    unlabelled(text.trim())
}

/// A text without `**ERROR**:`, `x.SomeError: XException - `, `Upstream error from X:` before it.
fn unlabelled(text: &str) -> &str {
    let start = words::prefix(text, 128);
    if let Some(at) = start.find("Exception - ") {
        return text
            .get(at + "Exception - ".len()..)
            .filter(|rest| !rest.trim().is_empty())
            .unwrap_or(text);
    }
    let Some((label, _)) = start.split_once(": ") else {
        return text;
    };
    let bare = label
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_ascii_lowercase();
    let is_label = matches!(
        bare.as_str(),
        "error" | "errors" | "exception" | "warning" | "fatal" | "错误"
    ) || (bare.starts_with("upstream error from ") && bare.split(' ').count() <= 5);
    let rest = text.get(label.len() + 2..).unwrap_or("").trim_start();
    if is_label && !rest.is_empty() {
        rest
    } else {
        text
    }
}

/// A message without the closing brackets of what stood before it.
fn without_closers(message: &str) -> &str {
    let mut text = message.trim();
    for (open, close) in [('[', ']'), ('(', ')')] {
        let count = |wanted: char| text.matches(wanted).count();
        let mut surplus = count(close).saturating_sub(count(open));
        while surplus > 0 && text.ends_with(close) {
            text = text.strip_suffix(close).unwrap_or(text).trim_end();
            surplus -= 1;
        }
    }
    text
}
