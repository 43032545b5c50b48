//! Takes out of a message what varies from one occurrence to the next.

use crate::limits;

/// What stands for the parts that vary.
pub const WILDCARD: &str = "<*>";

/// A redacted message without its ids, numbers, quoted values, addresses, paths and model
/// names: each run of them is one [`WILDCARD`]. White space squeezed, at most
/// [`limits::MAX_MASKED_BYTES`].
pub fn mask(message: &str) -> String {
    // Only the start can end up in the result; a quoted value may be long. Redacted only now,
    // it would show what the cut leaves of a secret.
    let message = prefix(message, 4 * limits::MAX_MASKED_BYTES);
    let mut out = Masked {
        text: String::with_capacity(message.len()),
    };
    let mut rest = message.trim();
    while let Some(c) = rest.chars().next() {
        if out.text.len() >= limits::MAX_MASKED_BYTES {
            break;
        }
        if c.is_whitespace() {
            out.blank();
            rest = rest.trim_start();
        } else if let Some(after) = quoted(rest, out.text.chars().next_back()) {
            out.wildcard();
            rest = after;
        } else if let Some(after) = bracketed_number(rest) {
            out.wildcard();
            rest = after;
        } else if is_word_char(c) {
            let end = rest.find(|c| !is_word_char(c)).unwrap_or(rest.len());
            let (word, mut after) = rest.split_at(end);
            if word.contains("://") {
                // An address goes on where a word would end.
                let end = after.find(|c: char| {
                    c.is_whitespace()
                        || !c.is_ascii()
                        || matches!(c, '"' | '\'' | '`' | ')' | '>' | ']')
                });
                after = after.get(end.unwrap_or(after.len())..).unwrap_or("");
                out.wildcard();
            } else {
                mask_word(word, &mut out);
            }
            rest = after;
        } else {
            out.text.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or("");
        }
    }
    let end = prefix(&out.text, limits::MAX_MASKED_BYTES).trim_end().len();
    out.text.truncate(end);
    out.text
}

/// The masked text so far.
struct Masked {
    text: String,
}

impl Masked {
    fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
    }

    /// A wildcard; lists of them, however long, are one: `[1, 2, 3]` and `[1, 2]` are alike.
    fn wildcard(&mut self) {
        let before = self
            .text
            .trim_end_matches([' ', ',', ':', '-', '/', '.', '、', '，', '|', 'x', '~']);
        if before.ends_with(WILDCARD) {
            let end = before.len();
            self.text.truncate(end);
        } else {
            self.text.push_str(WILDCARD);
        }
    }
}

/// Characters that ids, numbers, addresses, paths and names are made of.
fn is_word_char(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(
            c,
            '_' | '-'
                | '.'
                | '/'
                | ':'
                | '@'
                | '%'
                | '+'
                | '~'
                | '\\'
                | '#'
                | '?'
                | '='
                | '&'
                | '*'
                | '$'
        )
}

/// What follows the quoted value that a text begins with. A quote inside a word is an
/// apostrophe; a long quotation is prose.
fn quoted(text: &str, before: Option<char>) -> Option<&str> {
    let open = text.chars().next()?;
    let close = match open {
        '"' | '`' => open,
        '\'' if !before.is_some_and(char::is_alphanumeric) => open,
        '“' => '”',
        '‘' => '’',
        '「' => '」',
        '『' => '』',
        '《' => '》',
        _ => return None,
    };
    let inside = text.get(open.len_utf8()..)?;
    let end = prefix(inside, limits::MAX_QUOTED_BYTES)
        .match_indices(close)
        .map(|(at, _)| at)
        .find(|at| {
            // The closing apostrophe is followed by no letter.
            close != '\''
                || !inside
                    .get(at + 1..)
                    .is_some_and(|r| r.starts_with(|c: char| c.is_ascii_alphanumeric()))
        })?;
    inside.get(end + close.len_utf8()..)
}

/// What follows a number in angle brackets, `<400>`: with them the wildcard would be doubled.
fn bracketed_number(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('<')?;
    let after = inside.trim_start_matches(|c: char| c.is_ascii_digit());
    if after.len() == inside.len() {
        None
    } else {
        after.strip_prefix('>')
    }
}

/// Appends a word, its varying parts as wildcards.
fn mask_word(word: &str, out: &mut Masked) {
    let core = word.trim_end_matches(['.', ':', '-', '?', '=', '#', '&', '*']);
    let tail = word.get(core.len()..).unwrap_or("");
    let slashes = core.matches(['/', '\\']).count();
    let path =
        slashes >= 2 || (core.starts_with(['/', '~', '\\']) && core.len() > 1 && slashes > 0);
    let mail = core
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    if path || mail {
        out.wildcard();
    } else {
        for part in core.split_inclusive(['=', ':', '/', '#', '?', '&', '@']) {
            let bare = part.trim_end_matches(['=', ':', '/', '#', '?', '&', '@']);
            if varies(bare) {
                out.wildcard();
            } else {
                out.text.push_str(bare);
            }
            out.text.push_str(part.get(bare.len()..).unwrap_or(""));
        }
    }
    out.text.push_str(tail);
}

/// Families whose names need no digit to be a model's: `qwen-plus`.
const FAMILIES: [&str; 14] = [
    "qwen",
    "qwq",
    "qvq",
    "wan",
    "wanx",
    "cosyvoice",
    "paraformer",
    "sambert",
    "deepseek",
    "glm",
    "gpt",
    "claude",
    "llama",
    "kimi",
];

/// Whether a word is an id, a number or a model's name rather than language. Short words
/// with a digit or two are language: `mp3`, `h2`, `base64`.
fn varies(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    let model = || {
        FAMILIES.iter().any(|family| {
            word.get(..family.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(family))
                && word
                    .get(family.len()..)
                    .is_some_and(|rest| rest.starts_with(|c: char| c == '-' || c.is_ascii_digit()))
        })
    };
    if digits == 0 {
        return model() || (letters >= 16 && word.bytes().all(|b| b.is_ascii_hexdigit()));
    }
    // A number with its unit (`483s`) starts with a digit; a name with a number does not.
    letters == 0
        || digits >= 3
        || word.contains('-')
        || word.starts_with(|c: char| c.is_ascii_digit())
        || model()
}

fn prefix(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn varying_parts_are_masked() {
        for (message, wanted) in [
            ("Voice 'anna_2' not found.", "Voice <*> not found."),
            (
                "The model `qwen-nosuch` does  not\n exist",
                "The model <*> does not exist",
            ),
            ("model qwen-vl-max is down", "model <*> is down"),
            ("use text-embedding-v3 now", "use <*> now"),
            ("timeout after 483s, gave up", "timeout after <*>, gave up"),
            ("range is [1, 30720]", "range is [<*>]"),
            ("range is [1, 2, 3]", "range is [<*>]"),
            (
                "request 7f0c2a1e-55aa-4bcd-9d10-0123456789ab failed",
                "request <*> failed",
            ),
            (
                "digest 9f86d081884c7d659a2feaa0c55ad015 differs",
                "digest <*> differs",
            ),
            (
                "get https://a.example/x?y=1&z=(2) failed",
                "get <*>) failed",
            ),
            ("mail bob@example.com now", "mail <*> now"),
            ("host 10.0.0.1:8080 is down", "host <*> is down"),
            ("no file /var/log/app.log here", "no file <*> here"),
            ("didn't find mp3 or base64", "didn't find mp3 or base64"),
            ("message[15].role is bad", "message[<*>].role is bad"),
            ("请求超时483秒，请重试", "请求超时<*>秒，请重试"),
            ("声音“小云”不存在", "声音<*>不存在"),
            ("max_tokens=4096 is too much", "max_tokens=<*> is too much"),
            ("input/output error", "input/output error"),
            ("key sk-*** is bad", "key sk-*** is bad"),
            ("<400> Inner.Code: too long", "<*> Inner.Code: too long"),
            ("", ""),
        ] {
            assert_eq!(mask(message), wanted, "{message}");
        }
    }

    #[test]
    fn a_million_values_give_one_text() {
        let texts: BTreeSet<String> = (0..1_000_000_u32)
            .map(|n| mask(&format!("task {n:08x} of user-{n} took {n} ms")))
            .collect();
        assert!(texts.len() <= 2, "{texts:?}");
    }

    proptest! {
        #[test]
        fn never_panics_and_is_bounded(message in "\\PC{0,400}|(['\"`“a1 ./]{0,3000})") {
            let masked = mask(&message);
            prop_assert!(masked.len() <= limits::MAX_MASKED_BYTES);
            prop_assert!(!masked.contains("  "));
        }
    }
}
