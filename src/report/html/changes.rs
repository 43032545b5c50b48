//! What changed since the baseline, and how the rules came out: sections of the report's
//! page, and a page of their own.

use super::{Cell, Layout, Markup, Section, Table, name};
use crate::report::View;
use crate::report::change::{Diff, RuleRow};
use crate::report::compared::{Compared, FIGURE, describe, rule_figures, verdict};
use crate::report::tz::Clock;
use crate::report::words as w;
use askama::Template;
use std::io::{self, Write};

/// What changed, in sentences. Everything is escaped by the template.
#[derive(Template)]
#[template(path = "changes.html")]
struct Changes {
    lead: String,
    failing: bool,
    /// Mark, sentence, what to do.
    bullets: Vec<(&'static str, String, String)>,
    asides: Vec<String>,
}

#[derive(Template)]
#[template(path = "method.html")]
struct Method {
    lines: Vec<String>,
}

#[derive(Template)]
#[template(path = "diff_header.html")]
struct Header {
    title: String,
    sides: Vec<(String, String)>,
}

fn whole(text: &str) -> String {
    text.to_owned()
}

/// Writes the whole page.
pub(in crate::report) fn write(
    diff: &Diff,
    rules: &[RuleRow],
    view: &View,
    out: &mut dyn Write,
) -> io::Result<()> {
    let clock = Clock::new(view.tz, diff.new.first, diff.new.last);
    let title = w::DIFF_TITLE.pick(view.lang).to_owned();
    let sides = [(w::DIFF_OLD, &diff.old), (w::DIFF_NEW, &diff.new)].map(|(word, side)| {
        let word = w::sentence_case(word.pick(view.lang));
        (word, describe(side, view, name))
    });
    let header = Header {
        title: title.clone(),
        sides: sides.into(),
    };
    let mut changes = section(diff, view, &clock);
    // Both sides stand in the header.
    changes.aside.clear();
    let catalogue = name(diff.new.catalogue_version.raw());
    let layout = Layout {
        lang: view.lang,
        title,
        header: Markup::of(&header),
        sections: self::rules(rules, view)
            .into_iter()
            .chain([changes])
            .collect(),
        footer: w::MADE_BY.say(view.lang, &[&diff.dslog_version, &catalogue]),
    };
    out.write_all(layout.page().as_bytes())?;
    out.write_all(b"\n")
}

/// How the rules came out; nothing without rules.
pub(in crate::report) fn rules(rules: &[RuleRow], view: &View) -> Option<Section> {
    let rows: Vec<Vec<Cell>> = rules
        .iter()
        .map(|row| {
            let mark = if row.broken { "✗" } else { "✓" };
            vec![
                Cell::Name(row.rule.raw().to_owned()),
                Cell::Figure(rule_figures(view.lang, row)),
                Cell::Text(format!("{mark} {}", verdict(view.lang, row))),
            ]
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    let title = w::sentence_case(w::RULES.pick(view.lang));
    let table = Table {
        caption: title.clone(),
        heads: vec![
            (w::COL_RULE.pick(view.lang).to_owned(), false),
            (FIGURE.pick(view.lang).to_owned(), true),
            (w::COL_RESULT.pick(view.lang).to_owned(), false),
        ],
        rows,
        more: String::new(),
    };
    Some(Section {
        id: "rules",
        title,
        aside: String::new(),
        parts: vec![table.markup()],
    })
}

/// What changed since the baseline.
pub(in crate::report) fn section(diff: &Diff, view: &View, clock: &Clock) -> Section {
    let compared = Compared::new(diff, view, clock, [name, whole]);
    let changes = Changes {
        lead: compared.headline,
        failing: compared.is_worse,
        bullets: compared
            .bullets
            .into_iter()
            .map(|bullet| {
                let mark = if bullet.is_worse { "▲" } else { "▽" };
                (mark, bullet.says, bullet.detail.unwrap_or_default())
            })
            .collect(),
        asides: compared.asides,
    };
    // Between the figure's name and what is thought of it.
    let is_figure = |at: usize| (1..=3).contains(&at);
    let title = w::sentence_case(w::CHANGES.pick(view.lang));
    let table = Table {
        caption: title.clone(),
        heads: compared
            .columns
            .iter()
            .enumerate()
            .map(|(at, head)| ((*head).to_owned(), is_figure(at)))
            .collect(),
        rows: compared
            .rows
            .into_iter()
            .map(|cells| {
                cells
                    .into_iter()
                    .enumerate()
                    .map(|(at, cell)| {
                        if is_figure(at) {
                            Cell::Figure(cell)
                        } else {
                            Cell::Text(cell)
                        }
                    })
                    .collect()
            })
            .collect(),
        more: String::new(),
    };
    let method = Method {
        lines: compared.method,
    };
    Section {
        id: "changes",
        title,
        aside: describe(&diff.old, view, name),
        parts: vec![Markup::of(&changes), table.markup(), Markup::of(&method)],
    }
}
