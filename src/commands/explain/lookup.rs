//! Finding what a question is about.

use super::{Dig, Dug};
use crate::catalog::{Catalog, Cause, Evidence, Provider, Verdict};
use crate::limits::{MAX_EXPLAIN_FINDINGS, NEAREST_NAMES};
use crate::untrusted::Untrusted;

/// What was found.
pub(super) enum Answer<'c> {
    /// Rows of a code, an id, or the whole table.
    Rows(Vec<&'c Cause>),
    /// Rows of a wildcard: the code itself is not there.
    Family(Untrusted, Vec<&'c Cause>),
    /// The row of a bare status, and the codes that come with it.
    Status(&'c Cause, i32, Vec<&'c Cause>),
    /// What a pasted error says.
    Findings(Vec<Finding<'c>>, Omitted),
    /// Nothing; the closest names.
    Nothing(Untrusted, Vec<&'c Cause>),
}

/// Whether findings were left out because there were too many.
pub(super) type Omitted = bool;

/// One pasted error, judged.
pub(super) struct Finding<'c> {
    pub(super) verdict: Verdict<'c>,
    pub(super) cause: &'c Cause,
    pub(super) status: Option<i32>,
    pub(super) request_id: Option<Untrusted>,
    pub(super) message: Option<Untrusted>,
}

impl Answer<'_> {
    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing(..))
    }
}

/// The whole table.
pub(super) fn everything(catalog: &Catalog) -> Answer<'_> {
    Answer::Rows(catalog.causes().iter().collect())
}

/// Code, id, status, error text – in this order.
pub(super) fn look_up<'c>(catalog: &'c Catalog, question: &str, dig: Dig<'_>) -> Answer<'c> {
    let name = question.trim();
    let rows = catalog.rows_of_code(name);
    if !rows.is_empty() {
        let rows = generic_first(rows);
        return if catalog.holds_code(name) {
            Answer::Rows(rows)
        } else {
            Answer::Family(Untrusted::from(name), rows)
        };
    }
    if let Some(cause) = catalog.cause(name) {
        return Answer::Rows(vec![cause]);
    }
    if let Some(cause) = catalog.by_status(None).filter(|_| is_http_none(name)) {
        return Answer::Rows(vec![cause]);
    }
    if let Some((status, cause)) =
        status_of(name).and_then(|s| Some((s, catalog.by_status(Some(s))?)))
    {
        let codes = catalog
            .causes()
            .iter()
            .filter(|c| !c.code.is_empty() && c.statuses.contains(&status));
        return Answer::Status(cause, status, codes.collect());
    }
    let (findings, omitted) = judge_text(catalog, name, dig);
    // A message that is known says more than its words alone.
    if !findings.iter().any(|finding| finding.verdict.listed)
        && let Some((status, code)) = code_beside_status(name)
        && catalog.holds_code(code)
    {
        return Answer::Rows(of_status(catalog.rows_of_code(code), status));
    }
    if findings.is_empty() {
        return Answer::Nothing(Untrusted::from(name), catalog.nearest(name, NEAREST_NAMES));
    }
    Answer::Findings(findings, omitted)
}

/// A row that stands for its code comes before the special cases.
fn generic_first(mut rows: Vec<&Cause>) -> Vec<&Cause> {
    let order: Vec<(Provider, &str)> = rows.iter().map(|c| (c.provider, &*c.code)).collect();
    rows.sort_by_key(|c| {
        (
            order.iter().position(|key| *key == (c.provider, &*c.code)),
            !c.generic,
        )
    });
    rows
}

/// `HTTP none`, as reports call failures with neither status nor code.
fn is_http_none(name: &str) -> bool {
    let mut words = name.split_whitespace();
    let mut next_is = |word: &str| words.next().is_some_and(|w| w.eq_ignore_ascii_case(word));
    next_is("HTTP") && next_is("none") && words.next().is_none()
}

/// Status and code of `429 Throttling`, `HTTP 429: Throttling` or `Throttling (429)`.
fn code_beside_status(name: &str) -> Option<(i32, &str)> {
    let mut words = name
        .split(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | '(' | ')'))
        .filter(|word| !word.is_empty() && !word.eq_ignore_ascii_case("HTTP"));
    let (first, second) = (words.next()?, words.next()?);
    if words.next().is_some() {
        return None;
    }
    let fits = |status: &str, code| Some((status_of(status)?, code));
    fits(first, second).or_else(|| fits(second, first))
}

/// The rows that come with a status; all of them if none does.
fn of_status(rows: Vec<&Cause>, status: i32) -> Vec<&Cause> {
    let comes_with = |cause: &&Cause| cause.statuses.contains(&status);
    let fitting: Vec<&Cause> = rows.iter().copied().filter(comes_with).collect();
    generic_first(if fitting.is_empty() { rows } else { fitting })
}

/// `429` or `HTTP 429`.
fn status_of(name: &str) -> Option<i32> {
    let digits = name
        .strip_prefix("HTTP")
        .or_else(|| name.strip_prefix("http"))
        .unwrap_or(name);
    digits
        .trim()
        .parse()
        .ok()
        .filter(|status| (-1..1000).contains(status))
}

/// A paste may be one error over several lines, or several lines with an error each.
fn judge_text<'c>(catalog: &'c Catalog, text: &str, dig: Dig<'_>) -> (Vec<Finding<'c>>, Omitted) {
    let dug = dig(text);
    let told = dug.code.is_some() || dug.status.is_some();
    let whole = judge(catalog, text, dug);
    if told || text.lines().nth(1).is_none() {
        return (whole.into_iter().collect(), false);
    }
    let mut findings: Vec<Finding<'c>> = Vec::new();
    for line in text.lines().map(str::trim) {
        let Some(finding) = judge(catalog, line, dig(line)) else {
            continue;
        };
        if !finding.verdict.listed
            || findings
                .iter()
                .any(|other| other.cause.id == finding.cause.id)
        {
            continue;
        }
        if findings.len() == MAX_EXPLAIN_FINDINGS {
            return (findings, true);
        }
        findings.push(finding);
    }
    if findings.is_empty() {
        findings.extend(whole);
    }
    (findings, false)
}

/// What one text says, if the catalogue can make anything of it.
fn judge<'c>(catalog: &'c Catalog, text: &str, dug: Dug) -> Option<Finding<'c>> {
    if text.is_empty() {
        return None;
    }
    let Dug {
        code,
        message,
        status,
        request_id,
        provider,
    } = dug;
    let message = message.unwrap_or_else(|| text.to_string());
    let evidence = Evidence {
        provider,
        code: code.as_deref(),
        message: Some(&message),
        status,
        doubtful: false,
    };
    let verdict = catalog.classify(&evidence);
    let cause = verdict.cause?;
    // With neither status nor code the borrowed row is "no status", which explains nothing.
    if !verdict.listed && code.is_none() && status.is_none() && cause.no_status {
        return None;
    }
    // A line of a call that went well is no error.
    let good = status.is_some_and(|status| (100..400).contains(&status));
    if !verdict.listed && code.is_none() && good {
        return None;
    }
    Some(Finding {
        verdict,
        cause,
        status,
        request_id: request_id.map(Untrusted::from),
        message: Some(Untrusted::from(message)),
    })
}
