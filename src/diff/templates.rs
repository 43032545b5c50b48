//! Messages that neither the catalogue nor the old report knows.

use super::Judge;
use super::bursts::Scatter;
use crate::report::change::TemplateChange;
use crate::report::model::{CauseRow, CodeRow};
use crate::template::WILDCARD;
use std::collections::BTreeSet;

/// How causes are named whose message the catalogue lacks.
const UNLISTED: &str = "unlisted: ";

/// The templates of one code that are new.
pub(super) fn new_ones(
    before: Option<&CodeRow>,
    now: Option<&CodeRow>,
    scatter: &[Scatter],
    judge: &mut Judge,
) -> Vec<TemplateChange> {
    let Some(now) = now else { return Vec::new() };
    let known = Known::new(before.into_iter().flat_map(|row| &row.causes));
    let unlisted = now
        .causes
        .iter()
        .filter_map(|cause| Some((cause, template(cause)?)));
    unlisted
        .filter(|(_, template)| !known.knows(template))
        .map(|(cause, _)| TemplateChange {
            code: now.code.clone(),
            cause: cause.cause.clone(),
            shares: judge.of_requests(0, cause.count, scatter),
            message: cause.message.clone(),
            request_ids: cause.request_ids.clone(),
        })
        .collect()
}

fn template(cause: &CauseRow) -> Option<&str> {
    let template = cause.cause.raw().strip_prefix(UNLISTED)?;
    // What did not fit into memory has no name that two reports could share.
    (template != "(other)").then_some(template)
}

/// The templates of the old report.
struct Known<'a> {
    exactly: BTreeSet<&'a str>,
    words: Vec<Vec<&'a str>>,
}

impl<'a> Known<'a> {
    fn new(causes: impl Iterator<Item = &'a CauseRow>) -> Self {
        let exactly: BTreeSet<&str> = causes.filter_map(template).collect();
        let words = exactly
            .iter()
            .map(|template| template.split_whitespace().collect())
            .collect();
        Self { exactly, words }
    }

    /// Templates are drawn from the messages of their own day: what varied on one day may
    /// have stood still on the other. So one is known if an old one fits it, or it an old one.
    fn knows(&self, template: &str) -> bool {
        if self.exactly.contains(template) {
            return true;
        }
        let words: Vec<&str> = template.split_whitespace().collect();
        self.words
            .iter()
            .any(|old| fits(old, &words) || fits(&words, old))
    }
}

/// Whether a template stands for these words; a wildcard is one or more of them.
fn fits(template: &[&str], words: &[&str]) -> bool {
    // Where the last wildcard began, and what it may swallow next.
    let mut retry: Option<(usize, usize)> = None;
    let (mut at, mut word) = (0, 0);
    while word < words.len() {
        let here = template.get(at).copied();
        if here.is_some_and(|here| here.contains(WILDCARD)) {
            retry = Some((at, word + 1));
            (at, word) = (at + 1, word + 1);
        } else if here.is_some() && here == words.get(word).copied() {
            (at, word) = (at + 1, word + 1);
        } else if let Some((wildcard, swallow)) = retry {
            retry = Some((wildcard, swallow + 1));
            (at, word) = (wildcard + 1, swallow + 1);
        } else {
            return false;
        }
    }
    at == template.len()
}

#[cfg(test)]
mod tests {

    #[test]
    fn a_template_fits_what_it_stands_for() {
        let fits = |template: &str, words: &str| {
            let split = |text: &'static str| -> Vec<&str> { text.split_whitespace().collect() };
            let (template, words) = (template.to_owned().leak(), words.to_owned().leak());
            super::fits(&split(template), &split(words))
        };
        assert!(fits("a b", "a b"));
        assert!(fits("a <*> b", "a x b"));
        assert!(fits("a <*> b", "a x y b"));
        assert!(fits("<*> b <*> d", "a b b b c d"));
        assert!(fits("a <*>", "a x y"));
        assert!(fits("model=<*> gone", "model=x gone"));
        assert!(!fits("a <*> b", "a b"));
        assert!(!fits("a b", "a b c"));
        assert!(!fits("a b c", "a b"));
        assert!(!fits("", "a"));
    }
}
