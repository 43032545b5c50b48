//! `failure_rate>5%`: what is measured, how it is compared, with what.

use crate::catalog::{Catalog, Evidence, Kind};
use crate::fault::{Error, Result};
use crate::report::model::{LatencyRow, Millis, Report};

/// A rule of `--fail-on`: broken where the comparison holds.
#[derive(Clone, Debug)]
pub struct Rule {
    /// As given.
    pub text: String,
    pub(super) metric: Metric,
    pub(super) compare: Compare,
    pub(super) threshold: Threshold,
}

/// What is measured.
#[derive(Clone, Debug)]
pub(super) enum Metric {
    /// One of [`NAMED`], by its place there.
    Named(&'static Named),
    /// `code:NAME` and its kin.
    Of(Of, String),
}

/// What a name with a colon selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// Failures of a code, in the catalogue's spelling.
    Code,
    /// Failures of a cause, by its stable id.
    Cause,
    /// Failures of a kind, or of a family of kinds.
    Kind,
    /// Failures for which a retry is or is not advised.
    Retry,
    /// Failures of a model, out of its own requests.
    Model,
    /// Request lines with a status, or of a class of statuses.
    Status,
}

/// A metric that needs no further name.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: &'static str,
    pub(super) figure: Figure,
}

/// Where its value comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Figure {
    /// A count that has no whole.
    Count(fn(&Report) -> Option<u64>),
    /// A count, or with `%` its share.
    Part(fn(&Report) -> (u64, u64)),
    /// A share: needs `%`.
    Rate(fn(&Report) -> (u64, u64)),
    /// A count of a diff: needs a baseline.
    Change(fn(&crate::report::change::Diff) -> u64),
    /// Milliseconds over all request lines.
    Latency(fn(&LatencyRow) -> Option<Millis>),
}

const fn named(name: &'static str, figure: Figure) -> Named {
    Named { name, figure }
}

/// Every metric without a colon.
static NAMED: [Named; 31] = [
    named(
        "failure_rate",
        Figure::Rate(|r| (r.totals.failures, r.totals.requests)),
    ),
    named(
        "throttle_rate",
        Figure::Rate(|r| (r.totals.throttled, r.totals.requests)),
    ),
    named(
        "success_rate",
        Figure::Rate(|r| (r.totals.successes, r.totals.requests)),
    ),
    named(
        "malformed_rate",
        Figure::Rate(|r| (r.totals.malformed, r.totals.lines)),
    ),
    named(
        "failures",
        Figure::Part(|r| (r.totals.failures, r.totals.requests)),
    ),
    named(
        "throttled",
        Figure::Part(|r| (r.totals.throttled, r.totals.requests)),
    ),
    named(
        "successes",
        Figure::Part(|r| (r.totals.successes, r.totals.requests)),
    ),
    named(
        "undated",
        Figure::Part(|r| (r.time.undated, r.totals.requests)),
    ),
    named(
        "requests",
        Figure::Part(|r| (r.totals.requests, r.totals.lines)),
    ),
    named(
        "malformed",
        Figure::Part(|r| (r.totals.malformed, r.totals.lines)),
    ),
    named("blank", Figure::Part(|r| (r.totals.blank, r.totals.lines))),
    named("other", Figure::Part(|r| (r.totals.other, r.totals.lines))),
    named(
        "outside",
        Figure::Part(|r| (r.totals.outside, r.totals.lines)),
    ),
    named("lines", Figure::Count(|r| Some(r.totals.lines))),
    named("bytes", Figure::Count(|r| Some(r.totals.bytes))),
    named(
        "unreadable",
        Figure::Count(|r| {
            Some(
                r.inputs
                    .iter()
                    .filter(|input| input.error.is_some())
                    .count() as u64,
            )
        }),
    ),
    named("codes", Figure::Count(|r| Some(r.codes.len() as u64))),
    named(
        "throttled_minutes",
        Figure::Count(crate::diff::minutes_throttled),
    ),
    named("new_codes", Figure::Change(|d| d.new_codes)),
    named("gone_codes", Figure::Change(|d| d.gone_codes)),
    named("new_templates", Figure::Change(|d| d.new_templates)),
    named("alarms", Figure::Change(|d| d.alarms)),
    named("worse", Figure::Change(|d| d.worse)),
    named("min_ms", Figure::Latency(|l| l.min)),
    named("mean_ms", Figure::Latency(|l| l.mean)),
    named("p50_ms", Figure::Latency(|l| l.p50)),
    named("p90_ms", Figure::Latency(|l| l.p90)),
    named("p95_ms", Figure::Latency(|l| l.p95)),
    named("p99_ms", Figure::Latency(|l| l.p99)),
    named("p999_ms", Figure::Latency(|l| l.p999)),
    named("max_ms", Figure::Latency(|l| l.max)),
];

const SELECTED: [(&str, Of); 6] = [
    ("code:", Of::Code),
    ("cause:", Of::Cause),
    ("kind:", Of::Kind),
    ("retry:", Of::Retry),
    ("model:", Of::Model),
    ("status:", Of::Status),
];

/// How it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    More,
    AtLeast,
    Less,
    AtMost,
    Equal,
    Unequal,
}

const COMPARE: [(&str, Compare); 7] = [
    (">=", Compare::AtLeast),
    ("<=", Compare::AtMost),
    ("==", Compare::Equal),
    ("!=", Compare::Unequal),
    (">", Compare::More),
    ("<", Compare::Less),
    ("=", Compare::Equal),
];

impl Compare {
    pub(super) fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::More => order.is_gt(),
            Self::AtLeast => order.is_ge(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
        }
    }
}

/// What it is compared with: `digits / 10^decimals`, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Threshold {
    pub(super) digits: u64,
    pub(super) decimals: u32,
    pub(super) percent: bool,
}

/// Digits after the point; with them every comparison fits into 128 bits.
const MAX_DECIMALS: usize = 9;
const MAX_DIGITS: usize = 18;

impl Rule {
    /// Reads a rule. Codes are taken in any spelling that the catalogue knows.
    ///
    /// # Errors
    /// With the column, and the names that there are.
    pub fn parse(text: &str, catalog: &Catalog) -> Result<Self> {
        let wrong = |at: usize, what: &str| wrong(text, at, what);
        let Some(last) = text.rfind(['<', '>', '=', '!']) else {
            return Err(wrong(text.len(), "there is no comparison: < > <= >= = !="));
        };
        let start = match text
            .get(..last)
            .and_then(|before| before.chars().next_back())
        {
            Some('<' | '>' | '=' | '!') => last - 1,
            _ => last,
        };
        let sign = text.get(start..=last).unwrap_or_default();
        let Some((_, compare)) = COMPARE.iter().find(|(known, _)| *known == sign) else {
            return Err(wrong(start, "no such comparison; there are < > <= >= = !="));
        };
        let (name, number) = (
            text.get(..start).unwrap_or_default(),
            text.get(last + 1..).unwrap_or_default(),
        );
        let name_at = name.len() - name.trim_start().len();
        let number_at = last + 1 + (number.len() - number.trim_start().len());
        let metric = Metric::parse(name.trim(), catalog).map_err(|what| wrong(name_at, &what))?;
        let threshold =
            Threshold::parse(number.trim()).map_err(|(at, what)| wrong(number_at + at, what))?;
        metric
            .admits(threshold)
            .map_err(|what| wrong(number_at, what))?;
        Ok(Self {
            text: text.trim().to_owned(),
            metric,
            compare: *compare,
            threshold,
        })
    }

    /// Whether it can only be judged beside another report.
    pub fn needs_baseline(&self) -> bool {
        matches!(self.metric, Metric::Named(named) if matches!(named.figure, Figure::Change(_)))
    }
}

fn wrong(text: &str, at: usize, what: &str) -> Error {
    let column = text.get(..at).unwrap_or(text).chars().count() + 1;
    let shown = crate::untrusted::terminal(text);
    let names: Vec<&str> = NAMED.iter().map(|named| named.name).collect();
    let selected: Vec<String> = SELECTED
        .iter()
        .map(|(prefix, _)| format!("{prefix}NAME"))
        .collect();
    Error::new(format!("--fail-on '{shown}', column {column}: {what}")).hint(format!(
        "a rule is NAME, a comparison and a number, as failure_rate>5%; names: {} {}",
        names.join(" "),
        selected.join(" ")
    ))
}

impl Metric {
    fn parse(name: &str, catalog: &Catalog) -> Result<Self, String> {
        if name.is_empty() {
            return Err("there is no name".to_owned());
        }
        for (prefix, of) in SELECTED {
            let Some(rest) = name.strip_prefix(prefix).map(str::trim) else {
                continue;
            };
            if rest.is_empty() {
                return Err(format!("{prefix} needs a name after the colon"));
            }
            return of.checked(rest, catalog).map(|rest| Self::Of(of, rest));
        }
        let known = NAMED.iter().find(|known| known.name == name);
        known
            .map(Self::Named)
            .ok_or_else(|| format!("there is no {:?}", crate::untrusted::terminal(name)))
    }

    fn admits(&self, threshold: Threshold) -> Result<(), &'static str> {
        let Self::Named(named) = self else {
            return Ok(());
        };
        match (named.figure, threshold.percent) {
            (Figure::Rate(_), false) => Err("a rate is compared with a percentage: add %"),
            (Figure::Count(_) | Figure::Change(_) | Figure::Latency(_), true) => {
                Err("this is no share: leave % out")
            }
            _ => Ok(()),
        }
    }
}

impl Of {
    /// The name as reports have it.
    fn checked(self, name: &str, catalog: &Catalog) -> Result<String, String> {
        match self {
            Self::Code => {
                let evidence = Evidence {
                    code: Some(name),
                    ..Evidence::default()
                };
                Ok(catalog.classify(&evidence).code.into_owned())
            }
            Self::Kind => {
                let mut kinds = Kind::ALL.iter().map(|kind| kind.as_str());
                if kinds.any(|kind| is_of_kind(kind, name)) {
                    return Ok(name.to_owned());
                }
                let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
                Err(format!(
                    "there is no kind {:?}; kinds: throttle {}",
                    crate::untrusted::terminal(name),
                    names.join(" ")
                ))
            }
            Self::Retry if !["backoff", "later", "no", "unknown"].contains(&name) => {
                Err("retry: takes backoff, later, no or unknown".to_owned())
            }
            Self::Status => {
                let class = name
                    .strip_suffix("xx")
                    .is_some_and(|digit| digit.len() == 1 && digit.parse::<u8>().is_ok());
                if class || name == "none" || name.parse::<i16>().is_ok() {
                    Ok(name.to_owned())
                } else {
                    Err("status: takes 429, 5xx or none".to_owned())
                }
            }
            Self::Cause | Self::Model | Self::Retry => Ok(name.to_owned()),
        }
    }
}

/// Whether a kind is this one or of this family.
pub(super) fn is_of_kind(kind: &str, name: &str) -> bool {
    kind == name
        || kind
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('.'))
}

impl Threshold {
    /// On failure, the byte where it goes wrong, and how.
    fn parse(text: &str) -> Result<Self, (usize, &'static str)> {
        let (number, percent) = match text.strip_suffix('%') {
            Some(number) => (number.trim_end(), true),
            None => (text, false),
        };
        if let Some(at) = number.find(|c: char| !c.is_ascii_digit() && c != '.') {
            return Err((
                at,
                "a number is digits, perhaps with a point, perhaps with %",
            ));
        }
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() || decimals.contains('.') || number.ends_with('.') {
            return Err((0, "there is no number"));
        }
        if decimals.len() > MAX_DECIMALS || whole.len() + decimals.len() > MAX_DIGITS {
            return Err((0, "the number has too many digits"));
        }
        let digits = format!("{whole}{decimals}");
        let digits = digits.parse().map_err(|_| (0, "there is no number"))?;
        Ok(Self {
            digits,
            decimals: decimals.len() as u32,
            percent,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Rule::parse(text, Catalog::shipped())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn rules_are_read() {
        for text in [
            "failure_rate>5%",
            "code:InvalidApiKey>0",
            "throttled_minutes > 30",
            "new_codes>0",
            "malformed>0.1%",
            "malformed>=10",
            "p99_ms>8000",
            "kind:billing>0",
            "kind:throttle>=0.5%",
            "code:HTTP 429>0",
            "status:5xx>10",
            "model:qwen-plus>2.5 %",
            "retry:no!=0",
            "requests<1",
            "success_rate<=99.9%",
        ] {
            let rule = Rule::parse(text, Catalog::shipped()).unwrap();
            assert_eq!(rule.text, text);
        }
        let rule = Rule::parse("code:invalid_api_key>0", Catalog::shipped()).unwrap();
        assert!(matches!(rule.metric, Metric::Of(Of::Code, name) if name == "InvalidApiKey"));
    }

    #[test]
    fn errors_name_the_column_and_the_names() {
        for (text, column, says) in [
            ("", 1, "no comparison"),
            ("failures", 9, "no comparison"),
            (">5", 1, "no name"),
            ("failures>", 10, "no number"),
            ("failures>5x", 11, "digits"),
            ("failures>-5", 10, "digits"),
            ("failures>1.2.3", 10, "no number"),
            ("failures=>5", 9, "no such comparison"),
            ("  fehler>5", 3, "there is no \"fehler\""),
            ("失败率>5", 1, "there is no"),
            ("code:>0", 1, "needs a name"),
            ("kind:bills>0", 1, "kinds: throttle throttle.rate"),
            ("status:teapot>0", 1, "429, 5xx or none"),
            ("failure_rate>5", 14, "add %"),
            ("p99_ms>5%", 8, "leave % out"),
            ("failures>0.1234567890", 10, "too many digits"),
        ] {
            let error = error(text);
            assert!(
                error.contains(&format!("column {column}:")),
                "{text}: {error}"
            );
            assert!(error.contains(says), "{text}: {error}");
            assert!(
                error.contains("throttled_minutes new_codes"),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn no_rule_panics() {
        for text in [
            "=",
            "!",
            "<>",
            "限流>=限流",
            "a\u{7}>1",
            "%",
            ">%",
            "failures>%",
            "===",
        ] {
            assert!(Rule::parse(text, Catalog::shipped()).is_err(), "{text}");
        }
    }
}
