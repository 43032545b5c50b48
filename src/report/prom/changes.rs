//! Gauges about changes and rules, for alerts.

use super::Metrics;
use crate::limits::PROM_VALUES;
use crate::report::change::{Diff, RuleRow};
use std::io::{self, Write};

/// Writes the whole view.
pub(in crate::report) fn write(
    diff: &Diff,
    rules: &[RuleRow],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Metrics::new();
    changes(diff, &mut page);
    self::rules(rules, &mut page);
    out.write_all(page.finish().as_bytes())
}

/// What changed since the baseline.
pub(in crate::report) fn changes(diff: &Diff, page: &mut Metrics) {
    let better = diff.alarms.saturating_sub(diff.worse);
    page.gauge(
        "dslog_changes",
        "Changes against the baseline that are beyond chance, by direction.",
        [
            (vec![("direction", "worse")], diff.worse),
            (vec![("direction", "better")], better),
        ],
    );
    page.gauge(
        "dslog_changed_names",
        "Names that only one of report and baseline has, beyond chance or not.",
        [
            (vec![("change", "new_codes")], diff.new_codes),
            (vec![("change", "gone_codes")], diff.gone_codes),
            (vec![("change", "new_templates")], diff.new_templates),
        ],
    );
    // Those beyond chance come first in the list.
    let codes = diff.codes.iter().filter(|row| row.shares.alarm);
    page.gauge(
        "dslog_code_changed",
        "Codes whose rate has changed beyond chance, 1 each.",
        codes.take(PROM_VALUES).map(|row| {
            let labels = vec![
                ("code", row.code.raw()),
                ("change", row.shares.moved.as_str()),
            ];
            (labels, 1)
        }),
    );
}

/// How the rules came out.
pub(in crate::report) fn rules(rules: &[RuleRow], page: &mut Metrics) {
    page.gauge(
        "dslog_rule_broken",
        "Above 0 where a --fail-on rule is broken.",
        rules
            .iter()
            .map(|row| (vec![("rule", row.rule.raw())], u64::from(row.broken))),
    );
}
