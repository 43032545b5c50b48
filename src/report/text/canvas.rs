//! Lines that are never wider than the terminal and never hold a raw control byte,
//! whatever is drawn on them.

use super::columns::{clip, pad, pad_left, width, wrap};
use crate::untrusted::terminal;
use std::io::{self, Write};

/// How a piece of text stands out. Never the only carrier of a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// As it is.
    Plain,
    /// Headings and names.
    Bold,
    /// What can be skipped.
    Dim,
    /// Failures.
    Bad,
    /// Throttling.
    Warn,
    /// What to do.
    Good,
}

impl Style {
    const fn sgr(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Bold => "\x1b[1m",
            Self::Dim => "\x1b[2m",
            Self::Bad => "\x1b[1;31m",
            Self::Warn => "\x1b[33m",
            Self::Good => "\x1b[32m",
        }
    }
}

/// A piece of a line.
pub(super) type Span = (Style, String);

/// Where the text view draws.
pub(super) struct Canvas<'a> {
    out: &'a mut dyn Write,
    width: usize,
    color: bool,
}

impl<'a> Canvas<'a> {
    /// A canvas of `width` columns, held within what the layout can use.
    pub(super) fn new(out: &'a mut dyn Write, width: usize, color: bool) -> Self {
        use crate::limits::{TEXT_WIDTH_MAX, TEXT_WIDTH_MIN};
        Self {
            out,
            width: width.clamp(TEXT_WIDTH_MIN, TEXT_WIDTH_MAX),
            color,
        }
    }

    /// Columns to draw on.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// One line. Every line passes here: it is escaped, then clipped, then coloured.
    pub(super) fn line(&mut self, spans: &[Span]) -> io::Result<()> {
        let mut left = self.width;
        let last = spans
            .iter()
            .rposition(|(_, text)| !text.trim_end().is_empty());
        for (at, (style, text)) in spans.iter().enumerate() {
            if last.is_none_or(|last| at > last) {
                break;
            }
            let text = if last == Some(at) {
                text.trim_end()
            } else {
                text
            };
            let text = clip(&terminal(text), left);
            left -= width(&text).min(left);
            if self.color && *style != Style::Plain && !text.trim().is_empty() {
                write!(self.out, "{}{text}\x1b[0m", style.sgr())?;
            } else {
                self.out.write_all(text.as_bytes())?;
            }
        }
        self.out.write_all(b"\n")
    }

    /// One line of one style.
    pub(super) fn text(&mut self, style: Style, text: impl Into<String>) -> io::Result<()> {
        self.line(&[(style, text.into())])
    }

    /// An empty line.
    pub(super) fn gap(&mut self) -> io::Result<()> {
        self.line(&[])
    }

    /// A section's heading after an empty line, underlined to the width.
    pub(super) fn heading(&mut self, title: &str, aside: &str) -> io::Result<()> {
        self.gap()?;
        let room = self.width.saturating_sub(width(title) + 2);
        let aside = clip(aside, room.saturating_sub(4));
        let dashes = room.saturating_sub(width(&aside) + usize::from(!aside.is_empty()));
        self.line(&[
            (Style::Bold, format!("{title} ")),
            (Style::Dim, "─".repeat(dashes)),
            (
                Style::Dim,
                if aside.is_empty() {
                    String::new()
                } else {
                    format!(" {aside}")
                },
            ),
        ])
    }

    /// A paragraph whose first line begins with `lead`, the others indented as deep.
    pub(super) fn paragraph(&mut self, lead: Span, style: Style, text: &str) -> io::Result<()> {
        let indent = width(&lead.1);
        let mut lead = Some(lead);
        for line in wrap(&terminal(text), self.width.saturating_sub(indent)) {
            let lead = lead
                .take()
                .unwrap_or_else(|| (Style::Plain, " ".repeat(indent)));
            self.line(&[lead, (style, line)])?;
        }
        Ok(())
    }
}

impl Canvas<'_> {
    /// A sum such as `3 lines = 1 blank + 2 other`, broken before its signs only.
    pub(super) fn sum(&mut self, style: Style, text: &str) -> io::Result<()> {
        let mut line = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let next = rest.match_indices(['=', '+']).find(|(at, _)| *at > 0);
            let (term, after) = rest.split_at(next.map_or(rest.len(), |(at, _)| at));
            if !line.is_empty() && width(&line) + width(term.trim_end()) > self.width {
                self.text(style, std::mem::replace(&mut line, "  ".to_owned()))?;
            }
            line.push_str(term);
            rest = after;
        }
        self.text(style, line)
    }
}

/// A column of a table.
pub(super) struct Column {
    /// Its heading.
    pub title: String,
    /// Set to the left; figures are set to the right.
    pub left: bool,
    /// Columns of lower rank go first where the width does not suffice.
    pub rank: u8,
}

impl Column {
    /// A column of names.
    pub(super) fn name(title: &str) -> Self {
        Self {
            title: title.into(),
            left: true,
            rank: u8::MAX,
        }
    }

    /// A column of figures.
    pub(super) fn figure(title: &str, rank: u8) -> Self {
        Self {
            title: title.into(),
            left: false,
            rank,
        }
    }
}

impl Canvas<'_> {
    /// A table with one name column at the left. What does not fit is dropped by
    /// rank; a name too long for its column wraps.
    pub(super) fn table(&mut self, columns: &[Column], rows: &[Vec<String>]) -> io::Result<()> {
        const NAME_MIN: usize = 16;
        let widest = |at: usize| {
            let cells = rows
                .iter()
                .filter_map(|row| row.get(at))
                .map(|cell| width(cell));
            cells
                .chain(columns.get(at).map(|c| width(&c.title)))
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns.len()).map(widest).collect();
        let mut kept: Vec<usize> = (0..columns.len()).collect();
        let figures = |kept: &[usize]| {
            kept.iter()
                .skip(1)
                .filter_map(|&at| widths.get(at))
                .map(|w| w + 2)
                .sum::<usize>()
        };
        let name_min = widths.first().map_or(0, |&w| w.min(NAME_MIN));
        while 2 + name_min + figures(&kept) > self.width && kept.len() > 2 {
            let rank = |at: &usize| columns.get(*at).map_or(0, |c| c.rank);
            let Some(least) = kept.iter().skip(1).copied().min_by_key(rank) else {
                break;
            };
            kept.retain(|&at| at != least);
        }
        let room = self.width.saturating_sub(2 + figures(&kept));
        let name_width = widths.first().copied().unwrap_or(0).min(room);
        let titles: Vec<String> = columns.iter().map(|c| c.title.clone()).collect();
        for (index, row) in std::iter::once(&titles).chain(rows).enumerate() {
            let style = if index == 0 { Style::Dim } else { Style::Plain };
            let name = row.first().map_or("", String::as_str);
            let mut names = wrap(name, name_width.max(8)).into_iter();
            let mut spans = vec![(
                style,
                format!("  {}", pad(&names.next().unwrap_or_default(), name_width)),
            )];
            for &at in kept.iter().skip(1) {
                let (cell, wide) = (
                    row.get(at).map_or("", String::as_str),
                    widths.get(at).copied().unwrap_or(0),
                );
                let left = columns.get(at).is_some_and(|c| c.left);
                let cell = if left {
                    pad(cell, wide)
                } else {
                    pad_left(cell, wide)
                };
                spans.push((style, format!("  {cell}")));
            }
            self.line(&spans)?;
            for name in names {
                self.line(&[(style, format!("  {name}"))])?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_inert_and_fits() {
        let mut out = Vec::new();
        let mut canvas = Canvas::new(&mut out, 60, false);
        canvas
            .text(Style::Bad, format!("\x1b]52;c;x\x07{}", "限".repeat(80)))
            .unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("\\u{1b}]52;c;x\\u{7}限"));
        assert!(text.ends_with("…\n") && width(text.trim_end()) <= 60);
    }
}
