//! What changed since the baseline, and how the rules came out: for chats and mails.

use super::code;
use crate::report::View;
use crate::report::change::{Diff, RuleRow};
use crate::report::compared::{Compared, describe, rule_figures, verdict};
use crate::report::tz::Clock;
use crate::report::words as w;
use crate::untrusted::{md_code, md_text};
use std::io::{self, Write};

/// Writes the whole view.
pub(in crate::report) fn write(
    diff: &Diff,
    rules: &[RuleRow],
    view: &View,
    out: &mut dyn Write,
) -> io::Result<()> {
    let clock = Clock::new(view.tz, diff.new.first, diff.new.last);
    let sides = [(w::DIFF_OLD, &diff.old), (w::DIFF_NEW, &diff.new)].map(|(word, side)| {
        let word = w::sentence_case(word.pick(view.lang));
        format!("- **{word}** {}", describe(side, view, code))
    });
    let rules = self::rules(rules, view);
    // Without rules the page's own heading is enough.
    let heading = rules.as_ref().map(|_| heading(w::CHANGES, view));
    let parts = [
        Some(format!("# {}", w::DIFF_TITLE.pick(view.lang))),
        Some(sides.join("\n")),
        rules,
        heading,
        Some(account(diff, view, &clock)),
    ];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n");
    writeln!(out, "{text}")
}

/// How the rules came out, under a heading; nothing without rules.
pub(in crate::report) fn rules(rules: &[RuleRow], view: &View) -> Option<String> {
    let lines = rules.iter().map(|row| {
        format!(
            "- {} {}: {} · {}",
            if row.broken { "✗" } else { "✓" },
            md_code(row.rule.raw()),
            rule_figures(view.lang, row),
            verdict(view.lang, row)
        )
    });
    let lines = lines.collect::<Vec<_>>().join("\n");
    (!lines.is_empty()).then(|| format!("{}\n\n{lines}", heading(w::RULES, view)))
}

/// What changed since the baseline, under a heading.
pub(in crate::report) fn section(diff: &Diff, view: &View, clock: &Clock) -> String {
    let parts = [
        heading(w::CHANGES, view),
        describe(&diff.old, view, code),
        account(diff, view, clock),
    ];
    parts.join("\n\n")
}

fn heading(word: w::Word, view: &View) -> String {
    format!("## {}", w::sentence_case(word.pick(view.lang)))
}

fn account(diff: &Diff, view: &View, clock: &Clock) -> String {
    let compared = Compared::new(diff, view, clock, [code, md_text]);
    let mut parts = vec![format!("**{}**", compared.headline)];
    let bullets = compared.bullets.iter().map(|bullet| {
        let mark = if bullet.is_worse { "▲" } else { "▽" };
        let detail = bullet.detail.as_ref();
        let detail = detail.map_or_else(String::new, |detail| format!("\\\n  {detail}"));
        format!("- {mark} {}{detail}", bullet.says)
    });
    let asides = compared.asides.iter().map(|aside| format!("- {aside}"));
    parts.push(bullets.chain(asides).collect::<Vec<_>>().join("\n"));
    let row = |cells: Vec<&str>| format!("| {} |", cells.join(" | "));
    let head = row(compared.columns.to_vec());
    let rows = compared.rows.iter();
    let rows = rows.map(|cells| row(cells.iter().map(String::as_str).collect()));
    let table: Vec<String> = [head, "| :--- | ---: | ---: | ---: | :--- |".to_owned()]
        .into_iter()
        .chain(rows)
        .collect();
    parts.push(table.join("\n"));
    parts.extend(compared.method);
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}
