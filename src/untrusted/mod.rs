//! Log content, which must never reach an output by accident.
//!
//! [`Untrusted`] has no `Display`: the only ways to its text are the escapers,
//! one per output format. Each of them shows hostile characters as `\u{..}` and then
//! does what its format needs; code that writes a format of its own uses them too.

mod csv;
mod html;
mod md;
mod prom;

pub use csv::csv;
pub use html::{Html, html};
pub use md::{md_code, md_text};
pub use prom::prom;

use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// Text that came out of a log. Already redacted where it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Untrusted(Box<str>);

impl Untrusted {
    /// Wraps log text; the caller has redacted it.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The raw text, for comparing, hashing, measuring and the escapers; not for printing.
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// Escaped for a terminal or a plain-text file.
    pub fn terminal(&self) -> String {
        terminal(&self.0)
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Untrusted {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// Whether a character may act on a terminal or reorder text: C0, DEL, C1, bidi
/// controls, line separators and other invisible format characters.
pub fn is_hostile(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Text with every hostile character shown as `\u{..}`, on a terminal or not.
pub fn terminal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hostile(c) {
            push_code_point(&mut out, c);
        } else {
            out.push(c);
        }
    }
    out
}

/// Adds a character as `\u{..}`.
fn push_code_point(out: &mut String, c: char) {
    // Writing to a String cannot fail.
    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_byte_survives() {
        for code in (0..0xa0).chain(0x200b..0x2070).chain([0xfeff, 0xe0041]) {
            let Some(c) = char::from_u32(code) else {
                continue;
            };
            let shown = terminal(&c.to_string());
            assert!(
                shown.chars().all(|c| !is_hostile(c)),
                "U+{code:04X} came out raw"
            );
        }
    }

    #[test]
    fn plain_text_passes() {
        assert_eq!(terminal("限流 Throttling – ok"), "限流 Throttling – ok");
        assert_eq!(terminal("a\x1b]52;c;x\x07b"), "a\\u{1b}]52;c;x\\u{7}b");
    }
}
