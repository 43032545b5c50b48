//! What any page of dslog is made of: frame, sections, tables.

use crate::lang::Lang;
use askama::Template;
use askama::filters::MaybeSafe;

/// Finished HTML, made by a template and by nothing else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Markup(String);

impl Markup {
    /// Renders a template.
    pub(crate) fn of(template: &impl Template) -> Self {
        // Writing to a String cannot fail, and the templates call nothing that can.
        Self(template.render().unwrap_or_default())
    }

    /// For templates: what a template has made is not escaped again.
    pub(crate) fn whole(&self) -> MaybeSafe<&str> {
        MaybeSafe::Safe(&self.0)
    }
}

/// A page.
#[derive(Template)]
#[template(path = "layout.html")]
pub(crate) struct Layout {
    /// Language of the page.
    pub lang: Lang,
    /// Title of the window.
    pub title: String,
    /// What comes first, with the page's `h1`.
    pub header: Markup,
    /// What follows, also listed as links.
    pub sections: Vec<Section>,
    /// Last line.
    pub footer: String,
}

impl Layout {
    /// The whole page.
    pub(crate) fn page(&self) -> String {
        Markup::of(self).0
    }

    #[allow(clippy::unused_self)] // as the template calls it
    fn style(&self) -> MaybeSafe<&'static str> {
        MaybeSafe::Safe(include_str!("style.css"))
    }

    fn html_lang(&self) -> &'static str {
        self.lang.pick("en", "zh-Hans")
    }

    fn contents(&self) -> &'static str {
        self.lang.pick("Sections", "目录")
    }
}

/// A part of a page under a heading of its own.
#[derive(Clone, Debug, Template)]
#[template(path = "section.html")]
pub(crate) struct Section {
    /// Anchor.
    pub id: &'static str,
    /// Heading.
    pub title: String,
    /// A remark beside it.
    pub aside: String,
    /// What stands there.
    pub parts: Vec<Markup>,
}

impl Section {
    fn markup(&self) -> Markup {
        Markup::of(self)
    }
}

/// A table that a screen reader can read, and a phone can scroll.
#[derive(Clone, Debug, Template)]
#[template(path = "table.html")]
pub(crate) struct Table {
    /// What it shows; for screen readers only, as it repeats the heading.
    pub caption: String,
    /// Headings, and whether the column holds figures. The first column names its row.
    pub heads: Vec<(String, bool)>,
    /// Cells by row.
    pub rows: Vec<Vec<Cell>>,
    /// A remark below; none if empty.
    pub more: String,
}

impl Table {
    /// The table itself.
    pub(crate) fn markup(&self) -> Markup {
        Markup::of(self)
    }

    /// The table behind a line to open it with.
    pub(crate) fn folded(&self, summary: String) -> Markup {
        Markup::of(&Folded {
            summary,
            body: self.markup(),
        })
    }
}

/// One cell.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    /// Words.
    Text(String),
    /// A figure.
    Figure(String),
    /// Something to copy: an id, a code.
    Name(String),
    /// Names with figures.
    Names(Vec<(String, String)>),
    /// A figure with its bar.
    Bar(String, Markup),
}

impl Cell {
    fn is_figure(&self) -> bool {
        matches!(self, Self::Figure(_) | Self::Bar(..))
    }
}

#[derive(Template)]
#[template(path = "folded.html")]
struct Folded {
    summary: String,
    body: Markup,
}

/// A paragraph, of the CSS class given.
#[derive(Template)]
#[template(path = "note.html")]
pub(crate) struct Note {
    /// `note` or `warn`.
    pub class: &'static str,
    /// What it says.
    pub text: String,
}
