//! Hosts and models in prose.

use super::words::{self, Word};
use memchr::memmem::Finder;

/// The host that a text shows to be the API's: behind an HTTP verb, `for url` or an address
/// key; else that of the documentation it points to, which is the provider's as well.
pub(super) fn host(text: &str, lower: &str) -> Option<String> {
    const CALLS: [&str; 12] = [
        "post",
        "get",
        "put",
        "delete",
        "for url",
        "from url",
        "endpoint",
        "api_base",
        "base_url",
        "baseurl",
        "url",
        "connect to",
    ];
    const DOCUMENTS: [&str; 3] = ["/error-code", "/docs/", "/help/"];
    let mut documentation = None;
    static SCHEME_END: Word = Word::new(|| Finder::new("://"));
    for at in SCHEME_END.find_iter(lower.as_bytes()).take(16) {
        let before = lower
            .get(..at)?
            .trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let scheme = lower.get(before.len()..at)?;
        if !matches!(scheme, "http" | "https" | "ws" | "wss") {
            continue;
        }
        let url = words::prefix(text.get(before.len()..)?, 512);
        let label = before.trim_end_matches([' ', ':', '=', '"', '\'', '(', '`']);
        if CALLS.iter().any(|call| label.ends_with(call)) {
            return words::host_of(url);
        }
        let url = url.split([' ', '"', '\'', ')', '\n']).next().unwrap_or(url);
        let host = words::host_of(url).unwrap_or_default();
        if host.starts_with("help.")
            || host.starts_with("docs.")
            || DOCUMENTS.iter().any(|d| url.contains(d))
        {
            documentation = documentation.or(Some(host));
        }
    }
    documentation.filter(|host| !host.is_empty())
}

/// The model that a text names: `model=X`, ``The model `X` ``.
pub(super) fn model(text: &str, lower: &str) -> Option<String> {
    static MODEL: Word = Word::new(|| Finder::new("model"));
    MODEL.find_iter(lower.as_bytes()).take(16).find_map(|at| {
        let rest = text.get(at + "model".len()..)?;
        let value = rest.trim_start_matches([' ', ':', '=', '"', '\'', '`', '\\', '“', '‘', '：']);
        let separators = rest.get(..rest.len() - value.len())?;
        if !separators.contains(['=', ':', '`', '"', '\'', '“', '‘', '：']) {
            return None;
        }
        let end = value
            .find(|c: char| {
                !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':' | '/' | '@'))
            })
            .unwrap_or(value.len());
        words::model_name(value.get(..end)?.trim_end_matches(['.', ':']))
    })
}
