//! Callers' keys, and values by the name they were logged under, as a report shows them.

use std::borrow::Cow;

use super::{HIDDEN, hint, redact};
use crate::stable_hash::stable_hash;
use crate::uuid_form::is_uuid;

/// A caller's key as the report shows it. Names, UUIDs and workspace ids stay as logged;
/// what may be a secret becomes its hint, `***` and four hexadecimal digits of a stable
/// hash, so that two keys stay apart.
pub fn redact_key(key: &str) -> String {
    let key = key.trim();
    let bare = key
        .strip_prefix("Bearer ")
        .or_else(|| key.strip_prefix("bearer "))
        .unwrap_or(key)
        .trim();
    let redacted = redact(bare);
    if matches!(redacted, Cow::Borrowed(_)) && is_public_id(bare) {
        return bare.to_owned();
    }
    marked(bare)
}

/// A value as a report shows it that was logged under a name: under the name of a secret
/// (`password`, `headers.authorization`) it is one, whatever it looks like.
pub fn redact_named<'v>(name: &str, value: &'v str) -> Cow<'v, str> {
    // The rules for labels in text know the names. They are asked of a secret that they are
    // sure to find, because a value may hold quotes.
    let label = format!("{name}=\"{SECRET}\"");
    let number = value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    match value.len() < 8 || number || redact(&label) == label {
        true => redact(value),
        false => Cow::Owned(marked(value)),
    }
}

/// Looks like a secret after a label, and by itself like none.
const SECRET: &str = "Zq8vLkP2mN4xR7tY";

fn marked(secret: &str) -> String {
    let mark = stable_hash(secret.as_bytes()) & 0xffff;
    format!("{}{HIDDEN}{mark:04x}", hint(secret))
}

/// Whether a key is a name that its owner gave or an id that opens nothing.
fn is_public_id(key: &str) -> bool {
    let short = key.chars().count() <= 15;
    let workspace = ["ws-", "llm-"].iter().any(|p| key.starts_with(p)) && key.len() <= 64;
    // Already cut down by whoever logged it.
    let starred = key.contains("**") && key.split('*').all(|part| part.len() < 8);
    short || workspace || starred || is_uuid(key.as_bytes()) || is_plain_words(key)
}

/// Words and small numbers joined by punctuation: `team search / batch-2`, `bob@example.com`.
fn is_plain_words(key: &str) -> bool {
    key.len() <= 128
        && key.split(|c: char| !c.is_alphanumeric()).all(|part| {
            let digits = part.bytes().all(|b| b.is_ascii_digit());
            let word = part.chars().all(char::is_alphabetic)
                && part.chars().skip(1).filter(|c| c.is_uppercase()).count() * 4
                    <= part.chars().count().max(4);
            (digits && part.len() <= 4) || (word && part.chars().count() <= 15)
        })
}
