//! `failure_rate>5%`: a name, how its figure is compared, with what.

use super::names::{self, Figure, Metric};
use crate::catalog::Catalog;
use crate::fault::{Error, Result};

/// A rule of `--fail-on`: broken where the comparison holds.
#[derive(Clone, Debug)]
pub struct Rule {
    /// As given.
    pub text: String,
    pub(super) metric: Metric,
    pub(super) compare: Compare,
    pub(super) threshold: Threshold,
}

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
            .admits(threshold.percent)
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
    Error::new(format!("--fail-on '{shown}', column {column}: {what}")).hint(format!(
        "a rule is NAME, a comparison and a number, as failure_rate>5%; names: {}",
        names::listed()
    ))
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
        assert!(
            matches!(rule.metric, Metric::Of(names::Of::Code, name) if name == "InvalidApiKey")
        );
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
