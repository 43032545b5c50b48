//! The HTML view: one self-contained page. No script, no outside request, and a content
//! security policy that would forbid both.
//!
//! The answer comes first, then what to do, then the evidence. Shapes are SVG without any
//! text in it, stretched to the width there is; their labels are HTML, so that a phone shows
//! them at reading size. What a pointer learns from a tooltip stands in a table as well.
//!
//! Log text reaches the page through the templates alone, and every `{{ }}` of a template
//! through [`crate::untrusted::Html`] (`askama.toml`); [`Markup`] can be made by nothing else.
//!
//! For pages of other commands: [`Layout`], [`Section`], [`Table`] and the charts of
//! [`chart`] know nothing of this report.

mod answer;
mod changes;
pub(crate) mod chart;
mod codes;
mod coverage;
mod heat;
mod layout;
mod tables;
mod time;

pub(super) use changes::write as write_diff;
pub(crate) use layout::{Cell, Layout, Markup, Section, Table};

use super::View;
use super::brief;
use super::model::Report;
use super::tz::Clock;
use super::words as w;
use crate::lang::Lang;
use crate::limits::HTML_NAME_CHARS;
use std::io::{self, Write};

/// What every section needs.
struct Page<'a> {
    report: &'a Report,
    view: &'a View,
    clock: Clock,
}

/// Writes the page.
pub(super) fn write(report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let clock = Clock::new(view.tz, report.time.first, report.time.last);
    let page = Page {
        report,
        view,
        clock,
    };
    let diff = report.diff.as_deref();
    let sections = [
        changes::rules(&report.fail_on, view),
        diff.map(|diff| changes::section(diff, view, &page.clock)),
        page.first_actions(),
        page.over_time(),
        page.codes(),
        page.heat_map(),
        page.ids(),
        page.latency(),
        page.models(),
        page.keys(),
        page.statuses(),
        Some(page.coverage()),
    ];
    let layout = Layout {
        lang: view.lang,
        title: page.title(),
        header: page.answer(),
        sections: sections.into_iter().flatten().collect(),
        footer: w::MADE_BY.say(
            view.lang,
            &[&report.dslog_version, &report.catalogue_version],
        ),
    };
    out.write_all(layout.page().as_bytes())?;
    out.write_all(b"\n")
}

/// The text cut to `chars` characters, with `…` where something is missing.
pub(crate) fn clip(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// Log text for a template, which escapes it: a name, cut to what a page can bear.
fn name(text: &str) -> String {
    clip(text, HTML_NAME_CHARS)
}

impl Page<'_> {
    fn lang(&self) -> Lang {
        self.view.lang
    }

    fn say(&self, word: w::Word) -> String {
        word.pick(self.lang()).to_owned()
    }

    /// A heading or label, not in capitals.
    fn label(&self, word: w::Word) -> String {
        w::sentence_case(word.pick(self.lang()))
    }

    fn code_name(&self, code: &str) -> String {
        brief::code_name(code, self.view, name)
    }

    fn section(&self, id: &'static str, title: w::Word, parts: Vec<Markup>) -> Section {
        Section {
            id,
            title: self.label(title),
            aside: String::new(),
            parts,
        }
    }

    /// A table that shows the first of `all` rows and says how many it left out.
    fn table(
        &self,
        caption: w::Word,
        heads: &[(w::Word, bool)],
        rows: Vec<Vec<Cell>>,
        all: usize,
    ) -> Table {
        let hidden = all.saturating_sub(rows.len());
        let more = if hidden == 0 {
            String::new()
        } else {
            w::MORE_IN_JSON.say(self.lang(), &[&super::figures::count(hidden as u64)])
        };
        let heads = heads
            .iter()
            .map(|(word, figure)| (self.say(*word), *figure))
            .collect();
        Table {
            caption: self.label(caption),
            heads,
            rows,
            more,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The one way around the escaper is not used.
    #[test]
    fn no_template_says_safe() {
        for file in std::fs::read_dir("src/report/html").unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let templates = if path.extension().is_some_and(|ending| ending == "rs") {
                text.lines()
                    .filter(|line| line.contains("#[template"))
                    .collect()
            } else {
                text
            };
            let filters = templates.replace(' ', "");
            assert!(!filters.contains("|safe"), "{}", path.display());
        }
    }

    #[test]
    fn what_is_in_a_template_is_escaped() {
        let evil = "<b a=\"'\">\u{202e}";
        let table = Table {
            caption: evil.into(),
            heads: vec![(evil.into(), false)],
            rows: vec![vec![
                Cell::Name(evil.into()),
                Cell::Text(evil.into()),
                Cell::Names(vec![(evil.into(), evil.into())]),
                Cell::Bar(evil.into(), chart::bar(&[("ok".into(), 1)], 2, evil.into())),
            ]],
            more: evil.into(),
        };
        let section = Section {
            id: "x",
            title: evil.into(),
            aside: evil.into(),
            parts: vec![table.markup()],
        };
        let page = Layout {
            lang: Lang::En,
            title: evil.into(),
            header: Markup::default(),
            sections: vec![section],
            footer: evil.into(),
        }
        .page();
        assert!(
            !page.contains("<b a") && !page.contains('\u{202e}'),
            "{page}"
        );
        assert!(page.contains("<th scope=\"row\"><bdi class=\"id\">&#60;b a=&#34;&#39;&#34;&#62;\\u{202e}</bdi></th>"), "{page}");
        assert!(page.contains("<rect class=\"ok\" x=\"0\" width=\"500\" height=\"10\"/>"));
    }

    #[test]
    fn cut_names_end_where_a_character_does() {
        assert_eq!(clip("限流限流", 2), "限流…");
        assert_eq!(clip("限流", 2), "限流");
    }
}
