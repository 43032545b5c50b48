//! Two tables: every comparison, and every rule, for spreadsheets and scripts.

use super::millis;
use crate::report::View;
use crate::report::change::{Diff, RuleRow, Shares};
use crate::report::model::Time;
use crate::untrusted::csv;
use std::io::{self, Write};

/// Writes the table; nothing but the headings if nothing was compared. `what` is rate,
/// minutes, code, message or latency; `name` says which. For latencies, `old` and `new`
/// are milliseconds; for minutes, they are buckets.
pub(in crate::report) fn write(
    diff: Option<&Diff>,
    view: &View,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = ::csv::Writer::from_writer(out);
    let rows = diff.map_or_else(Vec::new, |diff| rows(diff, view));
    let head = [
        "what",
        "name",
        "of",
        "kind",
        "change",
        "old",
        "old_of",
        "new",
        "new_of",
        "expected",
        "p_value",
        "alarm",
        "first_seen",
        "advice",
    ];
    out.write_record(head).map_err(io::Error::from)?;
    for row in rows {
        out.write_record(row).map_err(io::Error::from)?;
    }
    out.flush()
}

/// Writes the rules; nothing but the headings without any. `count` is empty for latencies,
/// `latency_ms` for all others, both where there was nothing to judge.
pub(in crate::report) fn write_rules(rules: &[RuleRow], out: &mut dyn Write) -> io::Result<()> {
    let mut out = ::csv::Writer::from_writer(out);
    let head = ["rule", "broken", "count", "of", "latency_ms"];
    out.write_record(head).map_err(io::Error::from)?;
    for rule in rules {
        let figure = |n: Option<u64>| n.map_or_else(String::new, |n| n.to_string());
        let row = [
            csv(rule.rule.raw()),
            rule.broken.to_string(),
            figure(rule.count),
            figure(rule.of),
            millis(rule.latency_ms),
        ];
        out.write_record(row).map_err(io::Error::from)?;
    }
    out.flush()
}

/// Cells that name a row, then those of its figures, then when and what to do.
fn row(names: [String; 4], shares: &Shares, rest: [String; 2]) -> Vec<String> {
    let figures = [
        shares.moved.as_str().to_owned(),
        shares.old.to_string(),
        shares.old_of.to_string(),
        shares.new.to_string(),
        shares.new_of.to_string(),
        shares.expected.to_string(),
        number(shares.p_value),
        shares.alarm.to_string(),
    ];
    names.into_iter().chain(figures).chain(rest).collect()
}

fn number(p: Option<f64>) -> String {
    p.map_or_else(String::new, |p| p.to_string())
}

fn rows(diff: &Diff, view: &View) -> Vec<Vec<String>> {
    let none = String::new;
    let time = |time: Option<Time>| time.map_or_else(String::new, |time| view.tz.rfc3339(time));
    let mut rows = Vec::new();
    for rate in &diff.rates {
        let names = ["rate".to_owned(), csv(&rate.rate), none(), none()];
        rows.push(row(names, &rate.shares, [none(), none()]));
    }
    if let Some(shares) = &diff.throttled_minutes.buckets {
        let names = ["minutes", "throttled", "", ""].map(str::to_owned);
        rows.push(row(names, shares, [none(), none()]));
    }
    for code in &diff.codes {
        let names = [
            "code".to_owned(),
            csv(code.code.raw()),
            none(),
            csv(code.kind.raw()),
        ];
        let rest = [time(code.first_seen), csv(code.advice.raw())];
        rows.push(row(names, &code.shares, rest));
    }
    for template in &diff.templates {
        let names = [
            "message".to_owned(),
            csv(template.cause.raw()),
            csv(template.code.raw()),
            none(),
        ];
        rows.push(row(names, &template.shares, [none(), none()]));
    }
    for latency in &diff.latency_ms {
        rows.push(vec![
            "latency".to_owned(),
            csv(&latency.quantile),
            csv(&latency.of),
            none(),
            latency.moved.as_str().to_owned(),
            millis(latency.old),
            none(),
            millis(latency.new),
            none(),
            none(),
            number(latency.p_value),
            latency.alarm.to_string(),
            none(),
            none(),
        ]);
    }
    rows
}
