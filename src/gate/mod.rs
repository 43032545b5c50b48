//! `--fail-on`: rules that a report keeps or breaks, for machines that only look at the
//! exit code.
//!
//! All comparisons are between integers: a share of 5 % is five hundredths exactly, and
//! `failure_rate>5%` is not broken by it. Where there is nothing to judge (a rate of no
//! requests, a latency that no line has), a rule is not broken: `requests<1` is the rule
//! for that.

mod names;
mod rule;

pub use names::help;
pub use rule::Rule;

use crate::report::change::RuleRow;
use crate::report::model::Report;
use crate::untrusted::Untrusted;
use names::{Figure, Metric, Of, is_of_kind};
use rule::Threshold;
use std::cmp::Ordering;

/// Judges every rule.
pub fn judge(rules: &[Rule], report: &Report) -> Vec<RuleRow> {
    rules.iter().map(|rule| one(rule, report)).collect()
}

/// What a metric comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    Count(u64),
    Part(u64, u64),
    Micros(u64),
    Nothing,
}

fn one(rule: &Rule, report: &Report) -> RuleRow {
    let reading = read(&rule.metric, report);
    let order = against(reading, rule.threshold);
    let (count, of, latency_ms) = match reading {
        Reading::Count(n) => (Some(n), None, None),
        Reading::Part(n, of) => (Some(n), Some(of), None),
        Reading::Micros(us) => (None, None, Some(crate::report::model::Millis { us })),
        Reading::Nothing => (None, None, None),
    };
    RuleRow {
        rule: Untrusted::from(rule.text.as_str()),
        broken: order.is_some_and(|order| rule.compare.holds(order)),
        count,
        of,
        latency_ms,
    }
}

fn read(metric: &Metric, report: &Report) -> Reading {
    match metric {
        Metric::Named(named) => match named.figure {
            Figure::Count(count) => count(report).map_or(Reading::Nothing, Reading::Count),
            Figure::Part(part) | Figure::Rate(part) => {
                let (n, of) = part(report);
                Reading::Part(n, of)
            }
            Figure::Change(count) => report
                .diff
                .as_deref()
                .map_or(Reading::Nothing, |diff| Reading::Count(count(diff))),
            Figure::Latency(value) => value(&report.latency_ms.all)
                .map_or(Reading::Nothing, |value| Reading::Micros(value.us)),
        },
        Metric::Of(of, name) => selected(*of, name, report),
    }
}

fn selected(of: Of, name: &str, report: &Report) -> Reading {
    let causes = || report.codes.iter().flat_map(|code| &code.causes);
    let n = match of {
        Of::Code => (report.codes.iter())
            .filter(|code| code.code.raw() == name)
            .fold(0, |sum: u64, code| sum.saturating_add(code.count)),
        Of::Cause => causes()
            .filter(|cause| cause.cause.raw() == name)
            .fold(0, |sum: u64, cause| sum.saturating_add(cause.count)),
        Of::Kind => causes()
            .filter(|cause| is_of_kind(&cause.kind, name))
            .fold(0, |sum: u64, cause| sum.saturating_add(cause.count)),
        Of::Retry => causes()
            .filter(|cause| cause.retry == name)
            .fold(0, |sum: u64, cause| sum.saturating_add(cause.count)),
        Of::Model => {
            let model = report.models.iter().find(|row| row.model.raw() == name);
            let (failures, requests) = model.map_or((0, 0), |row| (row.failures, row.requests));
            return Reading::Part(failures, requests);
        }
        Of::Status => (report.statuses.iter())
            .filter(|(status, _)| is_of_class(status, name))
            .fold(0, |sum: u64, (_, n)| sum.saturating_add(*n)),
    };
    Reading::Part(n, report.totals.requests)
}

/// Whether a status is this one or of this class.
fn is_of_class(status: &str, name: &str) -> bool {
    match name.strip_suffix("xx") {
        Some(digit) => status.len() == 3 && status.starts_with(digit),
        None => status == name,
    }
}

/// The reading beside the threshold; `None` where there is nothing to compare.
fn against(reading: Reading, threshold: Threshold) -> Option<Ordering> {
    let scale = 10_u128.pow(threshold.decimals);
    let digits = u128::from(threshold.digits);
    match (reading, threshold.percent) {
        (Reading::Nothing, _) | (Reading::Part(_, 0), true) => None,
        (Reading::Part(n, of), true) => {
            Some((u128::from(n) * 100 * scale).cmp(&(digits * u128::from(of))))
        }
        (Reading::Count(n) | Reading::Part(n, _), _) => Some((u128::from(n) * scale).cmp(&digits)),
        (Reading::Micros(us), _) => Some((u128::from(us) * scale).cmp(&(digits * 1000))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::report::change::Diff;
    use crate::report::model::{CauseRow, CodeRow, Millis, ModelRow, Totals};

    fn report() -> Report {
        let cause = |name: &str, count, kind: &str, retry: &str| CauseRow {
            cause: name.into(),
            count,
            kind: kind.to_owned(),
            retry: retry.to_owned(),
            ..CauseRow::default()
        };
        let mut report = Report {
            totals: Totals {
                lines: 1000,
                malformed: 1,
                requests: 200,
                successes: 190,
                failures: 10,
                throttled: 4,
                ..Totals::default()
            },
            codes: vec![CodeRow {
                code: "InvalidApiKey".into(),
                count: 10,
                causes: vec![
                    cause("a", 6, "auth", "no"),
                    cause("b", 4, "throttle.rate", "backoff"),
                ],
                ..CodeRow::default()
            }],
            models: vec![ModelRow {
                model: "qwen-plus".into(),
                requests: 40,
                failures: 8,
                ..ModelRow::default()
            }],
            ..Report::default()
        };
        report.statuses = [("200", 190), ("401", 6), ("429", 4)]
            .map(|(status, n)| (status.to_owned(), n))
            .into();
        report.latency_ms.all.p99 = Some(Millis { us: 8_000_001 });
        report
    }

    fn broken(text: &str, report: &Report) -> bool {
        let rule = Rule::parse(text, Catalog::shipped()).unwrap();
        judge(&[rule], report).first().is_some_and(|row| row.broken)
    }

    #[test]
    fn every_kind_of_rule_breaks_exactly_at_its_threshold() {
        let report = report();
        for (over, at) in [
            ("failure_rate>4.999999999%", "failure_rate>5%"),
            ("failure_rate>=5%", "failure_rate<5%"),
            ("success_rate<95.1%", "success_rate<95%"),
            ("malformed>0.09%", "malformed>0.1%"),
            ("malformed>0", "malformed>1"),
            ("failures=10", "failures!=10"),
            ("throttled>1.9%", "throttled>2%"),
            ("code:InvalidApiKey>9", "code:InvalidApiKey>10"),
            ("code:invalid_api_key>4.9%", "code:invalid_api_key>5%"),
            ("kind:throttle>3", "kind:throttle>4"),
            ("kind:auth<=6", "kind:auth<6"),
            ("kind:billing<1", "kind:billing>0"),
            ("retry:no>5", "retry:no>6"),
            ("cause:b>3", "cause:b>4"),
            ("model:qwen-plus>19.9%", "model:qwen-plus>20%"),
            ("status:4xx>9", "status:4xx>10"),
            ("status:429>3", "status:429>4"),
            ("status:200<=95%", "status:200<95%"),
            ("requests<201", "requests<200"),
            ("p99_ms>8000", "p99_ms>8000.001"),
            ("codes>0", "codes>1"),
        ] {
            assert!(broken(over, &report), "{over}");
            assert!(!broken(at, &report), "{at}");
        }
    }

    #[test]
    fn nothing_to_judge_breaks_nothing() {
        let none = Report::default();
        for text in [
            "failure_rate>=0%",
            "success_rate<100%",
            "p99_ms>=0",
            "new_codes>=0",
            "throttled_minutes>=0",
            "model:x>=0%",
        ] {
            assert!(!broken(text, &none), "{text}");
        }
        assert!(broken("requests<1", &none));
    }

    #[test]
    fn changes_come_from_the_diff() {
        let mut report = report();
        report.diff = Some(Box::new(Diff {
            new_codes: 2,
            ..Diff::default()
        }));
        assert!(broken("new_codes>1", &report) && !broken("new_codes>2", &report));
        assert!(
            Rule::parse("worse>0", Catalog::shipped())
                .unwrap()
                .needs_baseline()
        );
    }

    #[test]
    fn the_greatest_figures_do_not_overflow() {
        let mut report = report();
        report.totals.failures = u64::MAX;
        report.totals.requests = u64::MAX;
        assert!(broken("failure_rate>=100%", &report));
        assert!(!broken("failure_rate>999999999.999999999%", &report));
        assert!(broken("failures>999999999999999999", &report));
    }
}
