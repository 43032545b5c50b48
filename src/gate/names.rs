//! What a rule can be about: every name, what it selects and where its figure comes from.

use crate::catalog::{Catalog, Evidence, Kind};
use crate::report::model::{LatencyRow, Millis, Report};

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

/// All names, for whoever has misspelt one.
pub(super) fn listed() -> String {
    let selected = SELECTED.iter().map(|(prefix, _)| format!("{prefix}NAME"));
    let names = NAMED.iter().map(|named| named.name.to_owned());
    names.chain(selected).collect::<Vec<_>>().join(" ")
}

/// What a rule can say, for `--fail-on help`.
pub fn help() -> String {
    let names = |of: fn(&Figure) -> bool| {
        let of_it = NAMED.iter().filter(|named| of(&named.figure));
        of_it.map(|named| named.name).collect::<Vec<_>>().join(" ")
    };
    let selected = SELECTED
        .map(|(prefix, _)| format!("{prefix}NAME"))
        .join(" ");
    format!(
        "\
A rule is a name, a comparison (< > <= >= = !=) and a number, as failure_rate>5%.

Shares, compared with a percentage:
  {}
Counts, or with % shares:
  {}
  {selected}
Counts:
  {}
Latencies in milliseconds:
  {}
Changes, counted; analyze needs --baseline for them:
  {}
",
        names(|figure| matches!(figure, Figure::Rate(_))),
        names(|figure| matches!(figure, Figure::Part(_))),
        names(|figure| matches!(figure, Figure::Count(_))),
        names(|figure| matches!(figure, Figure::Latency(_))),
        names(|figure| matches!(figure, Figure::Change(_))),
    )
}

impl Metric {
    pub(super) fn parse(name: &str, catalog: &Catalog) -> Result<Self, String> {
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

    pub(super) fn admits(&self, percent: bool) -> Result<(), &'static str> {
        let Self::Named(named) = self else {
            return Ok(());
        };
        match (named.figure, percent) {
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
