//! How codes and messages are made comparable. `build.rs` compiles this file
//! too: the shipped patterns are normalised once, at build time, by the very
//! code that normalises log messages at run time.

/// What a wildcard looks like in the data files.
pub const WILDCARD: &str = "<*>";

/// A mark in front of a pattern that must be the whole message.
pub const WHOLE: char = '=';

/// A mark in front of a pattern that must be the whole message and needs the
/// code beside it: alone, the text is but a reason phrase of HTTP.
pub const CODED: char = '@';

/// A mark in front of a pattern that any program may say: it counts only where something
/// else shows that a call of an API failed.
pub const CALLED: char = '?';

/// A pattern without its mark.
pub fn unmarked(pattern: &str) -> &str {
    pattern
        .strip_prefix([WHOLE, CODED, CALLED])
        .unwrap_or(pattern)
}

/// Fewest literal bytes of a pattern that may be found inside a longer text.
/// Shorter ones ("Access denied.") would turn up by chance and must be whole.
pub const MIN_CONTAINED_LITERAL_BYTES: usize = 12;

/// Where [`fnv`] starts.
pub const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a: names the catalogue's content; no defence against anyone.
pub fn fnv(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The key under which a code's spelling is found: `InvalidApiKey`,
/// `invalid_api_key` and `INVALID-API-KEY` are one code.
pub fn fold_code(code: &str) -> String {
    code.chars()
        .filter(|c| !matches!(c, '_' | '-'))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// A message as it is compared: ASCII lower case, white space collapsed,
/// full-width punctuation made ASCII, quotes and backslashes dropped.
pub fn normalise(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        let ascii = rest.bytes().position(|b| !b.is_ascii());
        let (ascii, after) = rest.split_at(ascii.unwrap_or(rest.len()));
        for byte in ascii.bytes() {
            match byte {
                b'\'' | b'"' | b'`' | b'\\' => {}
                b'\t'..=b'\r' | b' ' => blank(&mut out),
                byte => out.push(byte.to_ascii_lowercase()),
            }
        }
        let Some(c) = after.chars().next() else { break };
        match c {
            '\u{ff01}'..='\u{ff5e}' => match (u32::from(c) - 0xfee0) as u8 {
                b'\'' | b'"' | b'`' | b'\\' => {}
                byte => out.push(byte.to_ascii_lowercase()),
            },
            '\u{3002}' => out.push(b'.'),
            '\u{3001}' => out.push(b','),
            '\u{2018}'..='\u{201f}' | '\u{300c}'..='\u{300f}' => {}
            c if c.is_whitespace() => blank(&mut out),
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = after.get(c.len_utf8()..).unwrap_or_default();
    }
    // Whole characters went in.
    let mut out = String::from_utf8(out).unwrap_or_default();
    out.truncate(out.trim_end().len());
    out
}

/// White space, however much, is one blank; none at the start.
fn blank(out: &mut Vec<u8>) {
    if !out.is_empty() && out.last() != Some(&b' ') {
        out.push(b' ');
    }
}

/// A normalised message without its closing pointer to a help page and
/// without closing punctuation: what a whole-message pattern is compared with.
pub fn core(normal: &str) -> &str {
    let end = normal.find("for details, see").unwrap_or(normal.len());
    normal
        .get(..end)
        .unwrap_or(normal)
        .trim_end_matches([' ', '.', '!', ',', ';'])
}

/// A message pattern, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// The normalised literal texts between the wildcards; none is empty.
    pub pieces: Vec<String>,
    /// Whether the pattern must be the whole message.
    pub whole: bool,
    /// Whether the pattern counts only beside its row's code.
    pub coded: bool,
    /// Whether the pattern counts only where a call is known to have failed.
    pub called: bool,
}

/// Takes a pattern of the data files apart.
///
/// # Errors
///
/// If nothing literal is left, or too little to be found inside other text.
pub fn compile(pattern: &str) -> Result<Compiled, String> {
    let body = unmarked(pattern);
    let coded = pattern.starts_with(CODED);
    let whole = coded || pattern.starts_with(WHOLE);
    let mut pieces: Vec<String> = body
        .split(WILDCARD)
        .map(normalise)
        .map(|piece| piece.trim().to_string())
        .collect();
    if let Some(last) = pieces.last_mut() {
        let end = last.trim_end_matches(['.', '!', ' ']).len();
        last.truncate(end);
    }
    if whole
        && (pieces.first().is_some_and(String::is_empty)
            || pieces.last().is_some_and(String::is_empty))
    {
        return Err(format!(
            "message {pattern:?}: a whole-message pattern cannot begin or end with a wildcard"
        ));
    }
    pieces.retain(|piece| !piece.is_empty());
    let compiled = Compiled {
        pieces,
        whole,
        coded,
        called: pattern.starts_with(CALLED),
    };
    if compiled.pieces.is_empty() {
        return Err(format!("message {pattern:?} has no literal text"));
    }
    let longest = compiled.pieces.iter().map(String::len).max().unwrap_or(0);
    if !whole && longest < MIN_CONTAINED_LITERAL_BYTES {
        return Err(format!(
            "message {pattern:?} is too short to be looked for inside other text: \
             give it a literal stretch of {MIN_CONTAINED_LITERAL_BYTES} bytes, or write {WHOLE} in front if it is the whole message"
        ));
    }
    Ok(compiled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The rule, character by character.
    fn plainly(text: &str) -> String {
        let mut out = String::new();
        for c in text.chars() {
            let c = match c {
                '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
                '\u{3002}' => '.',
                '\u{3001}' => ',',
                _ => c,
            };
            match c {
                '\'' | '"' | '`' | '\\' | '\u{2018}'..='\u{201f}' | '\u{300c}'..='\u{300f}' => {}
                c if c.is_whitespace() => {
                    if !out.is_empty() && !out.ends_with(' ') {
                        out.push(' ');
                    }
                }
                c => out.push(c.to_ascii_lowercase()),
            }
        }
        out.trim_end().to_string()
    }

    proptest! {
        #[test]
        fn normalising_fast_is_normalising(text in "([ -~]|[\\t\\n\u{b}\u{85}\u{a0}\u{3000}]|[，。、！“”「」ＡｚＺ＇＼]|\\PC){0,60}") {
            prop_assert_eq!(normalise(&text), plainly(&text));
        }
    }

    #[test]
    fn spellings_fold_together() {
        assert_eq!(fold_code("InvalidApiKey"), fold_code("invalid_api_key"));
        assert_ne!(fold_code("network error"), fold_code("network_error"));
    }

    #[test]
    fn typography_is_levelled() {
        assert_eq!(
            normalise("  Url error，please\n check “url”！ "),
            "url error,please check url!"
        );
        assert_eq!(
            normalise(r#"Either \"prompt\" or `messages`"#),
            "either prompt or messages"
        );
        assert_eq!(
            core("access denied. for details, see: https://x"),
            "access denied"
        );
    }

    #[test]
    fn patterns_come_apart_at_wildcards() {
        let pattern = compile("The model <*> does not exist.").unwrap();
        assert_eq!(pattern.pieces, ["the model", "does not exist"]);
        assert!(compile("<*>").is_err());
        assert!(compile("Not found!").is_err(), "too short to be contained");
        assert!(compile("=Not found!").unwrap().whole);
    }
}
