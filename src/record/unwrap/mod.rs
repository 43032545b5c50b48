//! Digs an error out of whatever text wraps it: JSON in a string, a Python `repr`, an SSE
//! event, an SDK's exception text. It knows shapes, no codes: what a code means is the
//! catalogue's business.
//!
//! Called for failures and error-level lines only, so clarity comes before speed; the cost
//! is linear in the text all the same, and capped.

mod coded;
mod cursor;
mod found;
mod loose;
mod phrases;
mod places;
mod shapes;
mod statuses;
mod strings;
#[cfg(test)]
mod tests;
mod words;

use crate::limits;
use found::{CodeRank, Found};

/// What a text says about the failure of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dug {
    /// HTTP status, or an SDK's stand-in for one (0, −1).
    pub status: Option<i32>,
    /// Error code as written; a numeric one as its digits. Never a success mark.
    pub code: Option<String>,
    /// The provider's message without its wrapping, or the text itself where there was
    /// none; `None` only for an empty text. At most [`limits::MAX_DUG_MESSAGE_BYTES`].
    pub message: Option<String>,
    /// The provider's request id, or failing that the gateway's.
    pub request_id: Option<String>,
    /// Host of the API that was called, or whose documentation the message points to.
    pub provider_host: Option<String>,
    /// Model name.
    pub model: Option<String>,
}

/// Digs through at most [`limits::MAX_UNWRAP_DEPTH`] layers of `text`. Longer texts are
/// looked at in their first [`limits::UNWRAP_HEAD_BYTES`] and last [`limits::UNWRAP_TAIL_BYTES`].
pub fn dig(text: &str) -> Dug {
    found(text).into_dug()
}

/// Tells every id that a text calls a request's, at any layer that [`dig`] reads;
/// one may be told more than once.
pub fn request_ids(text: &str, mut tell: impl FnMut(&str)) {
    let found = found(text);
    let best = found.request_id.iter().map(|(_, id)| id);
    best.chain(&found.other_ids).for_each(|id| tell(id));
    // Ids that the words around a body's ones would have hidden.
    let (head, tail) = ends(text);
    for part in [Some(head), tail].into_iter().flatten() {
        for label in words::request_ids(part) {
            tell(&label.id);
        }
    }
}

/// All that is in a text.
fn found(text: &str) -> Found {
    let (head, tail) = ends(text);
    let mut found = layer(head, 0, &mut { limits::UNWRAP_STEPS });
    if let Some(tail) = tail {
        let last = layer(tail, 0, &mut { limits::UNWRAP_STEPS });
        // A tail begins in mid-sentence: its text is a message only with a code.
        let message = last.code.is_some() || found.message.is_none();
        found.absorb(if message {
            last
        } else {
            Found {
                message: None,
                ..last
            }
        });
    }
    found
}

/// The part of a text that is looked at: all of it, or its two ends.
fn ends(text: &str) -> (&str, Option<&str>) {
    if text.len() <= limits::UNWRAP_HEAD_BYTES + limits::UNWRAP_TAIL_BYTES {
        return (text, None);
    }
    let head = words::prefix(text, limits::UNWRAP_HEAD_BYTES);
    let mut from = text.len() - limits::UNWRAP_TAIL_BYTES;
    while !text.is_char_boundary(from) {
        from += 1;
    }
    (head, text.get(from..))
}

/// One layer: the objects in a text, and what the words around them say.
fn layer(text: &str, depth: usize, steps: &mut usize) -> Found {
    if depth >= limits::MAX_UNWRAP_DEPTH {
        return Found {
            message: words::clean(text),
            ..Found::default()
        };
    }
    let mut objects = objects(text, depth, steps);
    let ranked = |rank| move |o: &Object| o.found.code.as_ref().is_some_and(|c| c.rank >= rank);
    let body = objects
        .iter()
        .position(ranked(CodeRank::Shape))
        .or_else(|| {
            objects
                .iter()
                .position(|o| o.found.code.is_some() || o.found.message.is_some())
        });
    let mut found = match body {
        Some(index) => {
            let Object { start, end, found } = objects.swap_remove(index);
            with_surroundings(text, start, end, found)
        }
        None => phrases::read(text),
    };
    for object in objects {
        found.fill(object.found);
    }
    found
}

/// An error body and the words around it. The words give the status; they give the code
/// as well where they have one and the body has none (a service's answer quoted in a message).
fn with_surroundings(text: &str, start: usize, end: usize, body: Found) -> Found {
    let before = phrases::read(text.get(..start).unwrap_or(""));
    let coded = body.code.as_ref().is_some_and(|c| c.rank > CodeRank::Weak);
    if !coded && before.code.is_some() {
        let mut found = phrases::read(text);
        found.fill(body);
        return found;
    }
    let after = phrases::read(text.get(end..).unwrap_or(""));
    let mut found = body;
    // Of several statuses before a body, the nearest is the body's.
    found.status = found.status.or(before.last_status);
    found.message = found.message.or_else(|| words::clean(text));
    found.fill(Found {
        message: None,
        code: None,
        ..before
    });
    found.fill(Found {
        message: None,
        code: None,
        ..after
    });
    found
}

/// An object in a text that says something about an error.
struct Object {
    start: usize,
    end: usize,
    found: Found,
}

/// The objects in a text, in order, those that say nothing left out.
fn objects(text: &str, depth: usize, steps: &mut usize) -> Vec<Object> {
    let mut objects = Vec::new();
    let mut at = 0;
    while let Some(start) = words::next_opening(text, at) {
        if *steps == 0 {
            break;
        }
        // `{\"code\":…`: a JSON string's content whose own quotes were lost.
        if words::is_escaped_object(text, start) {
            let rest = text.get(start..).unwrap_or("");
            *steps = steps.saturating_sub(rest.len());
            let found = layer(&words::unescape(rest), depth + 1, steps);
            if found.code.is_some() || found.request_id.is_some() {
                objects.push(Object {
                    start,
                    end: text.len(),
                    found,
                });
            }
            break;
        }
        let Some(parsed) = loose::parse(text, start, steps) else {
            at = start + 1;
            continue;
        };
        let found = shapes::read(&parsed.node, depth, steps);
        at = start + 1;
        if !found.is_empty() {
            at = parsed.end.max(at);
            objects.push(Object {
                start,
                end: parsed.end,
                found,
            });
        } else if parsed.whole {
            at = parsed.end.max(at);
        }
    }
    objects
}
