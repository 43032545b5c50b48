//! Which request lines a report is about. The others are counted as outside.

use crate::catalog::{Catalog, Evidence, Kind};
use crate::fault::{Error, Result};
use crate::record::Facts;
use crate::record::time::TimeMs;
use crate::record::verdict::Judged;

/// Conditions; an empty list or `None` admits everything.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Not before, in ms since 1970 UTC.
    pub since_ms: Option<i64>,
    /// Before, in ms since 1970 UTC.
    pub until_ms: Option<i64>,
    /// Codes, canonical.
    pub codes: Vec<String>,
    /// Kinds, or families of kinds (`throttle`).
    pub kinds: Vec<String>,
    /// Models, as logged.
    pub models: Vec<String>,
    /// Statuses.
    pub statuses: Vec<StatusPattern>,
}

/// A status, `none`, or a class such as `5xx`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusPattern {
    /// This one.
    Exact(i16),
    /// From this hundred.
    Class(i16),
    /// Request lines without a status.
    None,
}

impl std::str::FromStr for StatusPattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let digit = |text: &str| {
            text.parse::<i16>()
                .ok()
                .filter(|digit| (1..=9).contains(digit))
        };
        let class = text
            .strip_suffix("xx")
            .or_else(|| text.strip_suffix("XX"))
            .and_then(digit);
        match (text, class, text.parse()) {
            ("none", ..) => Ok(Self::None),
            (_, Some(class), _) => Ok(Self::Class(class * 100)),
            (.., Ok(status)) => Ok(Self::Exact(status)),
            _ => {
                Err(Error::new(format!("--status {text:?} is no status")).hint("429, 5xx or none"))
            }
        }
    }
}

impl StatusPattern {
    fn admits(self, status: Option<i16>) -> bool {
        match self {
            Self::Exact(wanted) => status == Some(wanted),
            Self::Class(from) => status.is_some_and(|status| (from..from + 100).contains(&status)),
            Self::None => status.is_none(),
        }
    }
}

impl Filter {
    /// A code in any spelling, as the catalogue spells it.
    pub fn canonical(catalog: &Catalog, code: &str) -> String {
        let evidence = Evidence {
            code: Some(code),
            ..Evidence::default()
        };
        catalog.classify(&evidence).code.into_owned()
    }

    /// Checks the name of a kind, or of a family of kinds.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn kind(name: &str) -> Result<String> {
        let known = Kind::ALL.iter().any(|kind| is_of_kind(kind.as_str(), name));
        if known {
            return Ok(name.to_owned());
        }
        let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        Err(Error::new(format!("there is no kind {name:?}"))
            .hint(format!("kinds: throttle {}", names.join(" "))))
    }

    /// Whether a request line belongs to the report.
    #[inline]
    pub fn admits(&self, facts: &Facts, status: Option<i16>, judged: Option<&Judged>) -> bool {
        self.admits_time(facts.time_ms)
            && (self.has_no_lists() || self.lists_admit(facts, status, judged))
    }

    /// Whether a request line of this time may belong to the report.
    #[inline]
    pub fn admits_time(&self, time_ms: Option<TimeMs>) -> bool {
        if self.since_ms.is_none() && self.until_ms.is_none() {
            return true;
        }
        time_ms.is_some_and(|time_ms| {
            self.since_ms.is_none_or(|since| time_ms >= since)
                && self.until_ms.is_none_or(|until| time_ms < until)
        })
    }

    /// Whether time is all that this filter looks at.
    pub fn has_no_lists(&self) -> bool {
        self.codes.is_empty()
            && self.kinds.is_empty()
            && self.models.is_empty()
            && self.statuses.is_empty()
    }

    fn lists_admit(&self, facts: &Facts, status: Option<i16>, judged: Option<&Judged>) -> bool {
        let any = |list: &[String], test: &dyn Fn(&str) -> bool| {
            list.is_empty() || list.iter().any(|one| test(one))
        };
        any(&self.codes, &|code| {
            judged.is_some_and(|j| *j.code == *code || *j.spelling == *code)
        }) && any(&self.kinds, &|kind| {
            judged.is_some_and(|j| is_of_kind(j.kind.as_str(), kind))
        }) && any(&self.models, &|model| {
            facts.model.is_some_and(|raw| raw.text() == model)
        }) && (self.statuses.is_empty()
            || self.statuses.iter().any(|pattern| pattern.admits(status)))
    }
}

/// `throttle.rate` is of the kind `throttle.rate` and of the family `throttle`.
fn is_of_kind(kind: &str, wanted: &str) -> bool {
    kind.strip_prefix(wanted)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_and_kinds() {
        assert_eq!(
            "429".parse::<StatusPattern>().unwrap(),
            StatusPattern::Exact(429)
        );
        assert_eq!(
            "-1".parse::<StatusPattern>().unwrap(),
            StatusPattern::Exact(-1)
        );
        assert!("5xx".parse::<StatusPattern>().unwrap().admits(Some(503)));
        assert!(!"5xx".parse::<StatusPattern>().unwrap().admits(Some(429)));
        assert!("none".parse::<StatusPattern>().unwrap().admits(None));
        assert!("abc".parse::<StatusPattern>().is_err());
        assert!(is_of_kind("throttle.rate", "throttle") && !is_of_kind("throttle.rate", "thr"));
        assert!(Filter::kind("throttle").is_ok() && Filter::kind("nonsense").is_err());
    }

    #[test]
    fn times_are_half_open() {
        let filter = Filter {
            since_ms: Some(10),
            until_ms: Some(20),
            ..Filter::default()
        };
        let at = |time_ms| {
            filter.admits(
                &Facts {
                    time_ms,
                    ..Facts::default()
                },
                None,
                None,
            )
        };
        assert!(at(Some(10)) && at(Some(19)) && !at(Some(20)) && !at(Some(9)) && !at(None));
    }
}
