//! Takes secrets out of log text before anything is stored: a request log is where API
//! keys leak, and a report is what gets passed around.
//!
//! Looser than secret scanners on purpose: a word wrongly hidden costs little, a key that
//! survives in a report costs a lot. Keys cut off in the middle are hidden as well.

mod encoded;
mod keys;
mod runs;
mod scan;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

pub use keys::{redact_key, redact_named};
use scan::Scan;

/// Characters of a secret that stay as a hint.
const HINT: usize = 3;

/// What stands for the rest of a secret.
const HIDDEN: &str = "***";

/// How a trigger leads to a secret.
#[derive(Clone, Copy)]
enum Rule {
    /// The trigger begins the secret; its spelling must be exact.
    Prefix(&'static str),
    /// `sk-`, which also ends everyday words.
    SkPrefix,
    /// `STS.…`, which also begins the names of operations.
    Temporary,
    /// `Bearer SECRET`.
    Bearer,
    /// `Basic SECRET`, where it looks like one.
    Basic,
    /// `Authorization: SCHEME SECRET`.
    Authorization,
    /// `…key = SECRET`.
    Key,
    /// `token`, `sign`: secrets in a query, or where the value looks like one.
    Label,
    /// `password`, `secret`: whatever the value looks like.
    Password,
}

/// Every trigger, found in any case.
const TRIGGERS: [(&str, Rule); 26] = [
    ("sk-", Rule::SkPrefix),
    ("bearer", Rule::Bearer),
    ("basic", Rule::Basic),
    ("authorization", Rule::Authorization),
    ("akia", Rule::Prefix("AKIA")),
    ("asia", Rule::Prefix("ASIA")),
    ("ltai", Rule::Prefix("LTAI")),
    ("aiza", Rule::Prefix("AIza")),
    ("sts.", Rule::Temporary),
    ("eyj", Rule::Prefix("eyJ")),
    ("ghp_", Rule::Prefix("ghp_")),
    ("gho_", Rule::Prefix("gho_")),
    ("ghu_", Rule::Prefix("ghu_")),
    ("ghs_", Rule::Prefix("ghs_")),
    ("ghr_", Rule::Prefix("ghr_")),
    ("github_pat_", Rule::Prefix("github_pat_")),
    ("xoxa-", Rule::Prefix("xoxa-")),
    ("xoxb-", Rule::Prefix("xoxb-")),
    ("xoxp-", Rule::Prefix("xoxp-")),
    ("xoxr-", Rule::Prefix("xoxr-")),
    ("xoxs-", Rule::Prefix("xoxs-")),
    ("key", Rule::Key),
    ("token", Rule::Label),
    ("sign", Rule::Label),
    ("secret", Rule::Password),
    ("passw", Rule::Password),
];

/// One pass over a text finds all triggers; most texts have none.
static SEARCH: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .build(TRIGGERS.map(|(word, _)| word))
        .ok()
});

/// The text with every secret cut down to its first three characters and `***`.
/// Ids, model names and prose stay.
pub fn redact(text: &str) -> Cow<'_, str> {
    let Some(search) = SEARCH.as_ref() else {
        // Cannot happen; if it does, nothing leaks.
        return Cow::Borrowed(HIDDEN);
    };
    let mut scan = Scan::new(text);
    let mut spans: Vec<(usize, usize)> = search
        .find_overlapping_iter(text)
        .filter_map(|found| {
            let (_, rule) = TRIGGERS.get(found.pattern().as_usize())?;
            scan.secret(found.start(), found.end(), *rule)
        })
        .collect();
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    spans.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (start, end) in spans {
        if end <= done {
            continue;
        }
        if start >= done {
            out.push_str(text.get(done..start).unwrap_or(""));
            out.push_str(hint(text.get(start..end).unwrap_or("")));
            out.push_str(HIDDEN);
        }
        // A secret that overlaps the one before was begun by that one's hint.
        done = end;
    }
    out.push_str(text.get(done..).unwrap_or(""));
    Cow::Owned(out)
}

/// The first characters of a secret.
fn hint(secret: &str) -> &str {
    let end = secret
        .char_indices()
        .nth(HINT)
        .map_or(secret.len(), |(at, _)| at);
    secret.get(..end).unwrap_or("")
}
