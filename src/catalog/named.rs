//! Codes of the catalogue in texts that have no shape of an error otherwise.

use super::Catalog;
use super::words::Provider;

/// The shortest word that can be told from prose.
const SHORTEST: usize = 5;

/// No code is longer.
const LONGEST: usize = 96;

impl Catalog {
    /// The code that a text names where a code would stand: alone, last after a colon, first in
    /// brackets. Codes of `DashScope` with a point inside, which no prose has, may stand anywhere.
    pub fn code_in<'t>(&self, provider: Option<Provider>, text: &'t str) -> Option<&'t str> {
        let text = text.trim();
        let bracketed = text
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
            .map(|(inside, _)| inside);
        let last = text.rsplit_once(": ").map(|(_, last)| last);
        let mut placed = [Some(text), last, bracketed].into_iter().flatten();
        let is_code = |word: &&str| {
            word.len() <= LONGEST
                && is_coined(word)
                && self
                    .find_code(provider, word)
                    .is_some_and(|found| found.exact)
        };
        placed
            .find(is_code)
            .or_else(|| words(text).find(|word| self.is_unmistakable(word)))
    }

    fn is_unmistakable(&self, word: &str) -> bool {
        word.contains('.')
            && is_coined(word)
            && self
                .find_codes(word)
                .any(|found| found.exact && found.group.provider == Provider::DashScope)
    }
}

/// The words of a text, with the points inside them and without those at their ends.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_')))
        .map(|word| word.trim_matches('.'))
        .filter(|word| word.len() >= SHORTEST)
}

/// Whether a word was made up as a name: `InvalidX`, `limit_x`, `A.B`.
pub fn is_coined(word: &str) -> bool {
    let bytes = word.as_bytes();
    let humps = bytes
        .windows(2)
        .any(|w| matches!(w, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()));
    let joined = bytes.windows(3).any(
        |w| matches!(w, [a, b'_' | b'.', b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic()),
    );
    word.len() >= SHORTEST && (humps || joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_named_where_codes_stand() {
        let catalog = Catalog::shipped();
        for (text, code) in [
            ("InvalidApiKey", Some("InvalidApiKey")),
            ("call failed: InvalidApiKey", Some("InvalidApiKey")),
            ("[InvalidApiKey] giving up", Some("InvalidApiKey")),
            (
                "error Throttling.RateQuota for model x",
                Some("Throttling.RateQuota"),
            ),
            ("it was Throttling.RateQuota.", Some("Throttling.RateQuota")),
            ("the InvalidApiKey of this user", None),
            ("see Throttling.RateQuota.html", None),
            ("Conflict", None),
            ("call failed: timeout", None),
            ("", None),
            (": ", None),
            ("[", None),
        ] {
            assert_eq!(catalog.code_in(None, text), code, "{text:?}");
        }
    }
}
