//! How rules came out, in words.

use super::words::{RULE_BROKEN, RULE_KEPT, RULE_NOTHING, RULE_SHARE};
use crate::lang::Lang;
use crate::report::change::RuleRow;
use crate::report::figures::{count, latency, share};

/// A rule's outcome: kept, broken, or nothing to judge.
pub(in crate::report) fn verdict(lang: Lang, row: &RuleRow) -> &'static str {
    let nothing = row.count.is_none() && row.latency_ms.is_none();
    let word = match row.broken {
        true => RULE_BROKEN,
        false if nothing => RULE_NOTHING,
        false => RULE_KEPT,
    };
    word.pick(lang)
}

/// The figures that a rule was judged by.
pub(in crate::report) fn rule_figures(lang: Lang, row: &RuleRow) -> String {
    match (row.count, row.of, row.latency_ms) {
        (Some(n), Some(of), _) if of > 0 => {
            RULE_SHARE.say(lang, &[&share(n, of), &count(n), &count(of)])
        }
        (Some(n), ..) => count(n),
        (_, _, Some(measured)) => latency(Some(measured)),
        _ => "–".to_owned(),
    }
}
