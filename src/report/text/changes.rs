//! What changed since the baseline, and which rules were broken.

use super::canvas::{Canvas, Column, Style};
use super::{Clock, Page, View};
use crate::report::brief::visible;
use crate::report::change::{Diff, RuleRow};
use crate::report::compared::{Compared, describe, origin, rule_figures, verdict};
use crate::report::words as w;
use std::io::{self, Write};

/// Writes the text view of a diff.
pub(in crate::report) fn write_diff(
    diff: &Diff,
    rules: &[RuleRow],
    view: &View,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let mut canvas = Canvas::new(&mut out, view.width, view.color);
    canvas.text(Style::Dim, w::DIFF_TITLE.pick(view.lang))?;
    canvas.gap()?;
    for (word, side) in [(w::DIFF_OLD, &diff.old), (w::DIFF_NEW, &diff.new)] {
        let lead = (Style::Bold, format!("{}  ", word.pick(view.lang)));
        canvas.paragraph(lead, Style::Plain, &describe(side, view, visible))?;
    }
    broken(&mut canvas, rules, view)?;
    let clock = Clock::new(view.tz, diff.new.first, diff.new.last);
    canvas.gap()?;
    account(&mut canvas, diff, view, &clock)?;
    out.flush()
}

impl Page<'_> {
    /// The rules and the changes, where there are any; before all else.
    pub(super) fn changes(&self, canvas: &mut Canvas) -> io::Result<()> {
        broken(canvas, &self.report.fail_on, self.view)?;
        if let Some(diff) = &self.report.diff {
            let aside = origin(&diff.old, self.view, visible);
            canvas.heading(w::CHANGES.pick(self.view.lang), &aside)?;
            account(canvas, diff, self.view, &self.clock)?;
        }
        Ok(())
    }
}

fn broken(canvas: &mut Canvas, rules: &[RuleRow], view: &View) -> io::Result<()> {
    if rules.is_empty() {
        return Ok(());
    }
    canvas.heading(w::RULES.pick(view.lang), "")?;
    for row in rules {
        let (mark, style) = if row.broken {
            ("  ✗ ", Style::Bad)
        } else {
            ("  ✓ ", Style::Plain)
        };
        let says = format!(
            "{}  {} · {}",
            row.rule.terminal(),
            rule_figures(view.lang, row),
            verdict(view.lang, row)
        );
        canvas.paragraph((style, mark.into()), style, &says)?;
    }
    Ok(())
}

fn account(canvas: &mut Canvas, diff: &Diff, view: &View, clock: &Clock) -> io::Result<()> {
    let compared = Compared::new(diff, view, clock, [visible; 2]);
    let style = if compared.is_worse {
        Style::Bad
    } else {
        Style::Bold
    };
    canvas.paragraph((Style::Plain, String::new()), style, &compared.headline)?;
    for bullet in &compared.bullets {
        let (mark, style) = if bullet.is_worse {
            ("  ▲ ", Style::Bad)
        } else {
            ("  ▽ ", Style::Good)
        };
        canvas.paragraph((style, mark.into()), Style::Plain, &bullet.says)?;
        if let Some(detail) = &bullet.detail {
            canvas.paragraph((Style::Plain, "      ".into()), Style::Dim, detail)?;
        }
    }
    for aside in &compared.asides {
        canvas.paragraph((Style::Plain, "  ".into()), Style::Plain, aside)?;
    }
    canvas.gap()?;
    let mut titles = compared.columns.iter();
    let name = Column::name(titles.next().copied().unwrap_or_default());
    let figures = titles
        .zip([8, 9, 6, 7])
        .map(|(title, rank)| Column::figure(title, rank));
    let columns: Vec<Column> = std::iter::once(name).chain(figures).collect();
    let rows: Vec<Vec<String>> = compared.rows.iter().map(|row| row.to_vec()).collect();
    canvas.table(&columns, &rows)?;
    canvas.gap()?;
    for line in &compared.method {
        canvas.paragraph((Style::Plain, "  ".into()), Style::Dim, line)?;
    }
    Ok(())
}
