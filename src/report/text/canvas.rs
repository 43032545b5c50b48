//! Lines that are never wider than the terminal and never hold a raw control byte,
//! whatever is drawn on them.

use crate::untrusted::terminal;
use std::io::{self, Write};
use unicode_width::UnicodeWidthChar as _;

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

/// Columns that a character takes. The emoji selector may widen what stands
/// before it, so it is counted as one: better short than over the edge.
fn char_width(c: char) -> usize {
    if c == '\u{fe0f}' {
        1
    } else {
        c.width().unwrap_or(0)
    }
}

/// Columns that a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// The text, padded with blanks to `columns`; longer text stays.
pub(super) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The text, set to the right of `columns`.
pub(super) fn pad_left(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The text cut to `columns`, with `…` where something is missing.
pub(super) fn clip(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += char_width(c);
        if used > columns {
            break;
        }
        out.push(c);
    }
    if columns > 0 {
        out.push('…');
    }
    out
}

/// Breaks text into lines of at most `columns`: at blanks, around Chinese
/// characters, and, where a word is longer than a line, anywhere.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for piece in pieces(text) {
        let wide = width(piece);
        // A word that fits no line begins on this one: it is broken anyway.
        let fits_a_line = width(piece.trim_end()) <= columns;
        if fits_a_line && used + width(piece.trim_end()) > columns && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if line.is_empty() && piece.trim().is_empty() {
            continue;
        }
        if fits_a_line {
            line.push_str(piece);
            used += wide;
        } else {
            for c in piece.chars() {
                if used + char_width(c) > columns {
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                line.push(c);
                used += char_width(c);
            }
        }
    }
    lines.push(line);
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

/// What must stay together: a word with the blanks after it, or a Chinese
/// character with the closing marks after it.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut end = rest.len();
        let mut previous = rest.chars().next()?;
        for (at, c) in rest.char_indices().skip(1) {
            let after_word = previous == ' ' && c != ' ';
            let around_wide = (is_wide(previous) || is_wide(c))
                && c != ' '
                && !is_closing(c)
                && !is_opening(previous);
            if after_word || around_wide {
                end = at;
                break;
            }
            previous = c;
        }
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

fn is_wide(c: char) -> bool {
    char_width(c) == 2
}

/// Marks that must not begin a line.
fn is_closing(c: char) -> bool {
    "。，、；：？！）】》」』”’…％".contains(c) || ",.;:?!)]}%".contains(c)
}

/// Marks that must not end a line.
fn is_opening(c: char) -> bool {
    "（【《「『“‘([{".contains(c)
}

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
    fn wrapped_lines_fit_and_lose_nothing() {
        for text in [
            "",
            "a b  c",
            "one verylongwordthatdoesnotfit two",
            "调用频次触发限流，比如每秒钟请求次数。Use less（每分钟）。",
            "👩‍👩‍👧 ❤️❤️❤️❤️❤️ x",
        ] {
            for columns in 8..30 {
                let lines = wrap(text, columns);
                assert!(
                    lines.iter().all(|line| width(line) <= columns),
                    "{columns}: {lines:?}"
                );
                let kept: String = lines.concat().chars().filter(|c| *c != ' ').collect();
                assert_eq!(kept, text.chars().filter(|c| *c != ' ').collect::<String>());
            }
        }
    }

    #[test]
    fn chinese_marks_do_not_begin_a_line() {
        for columns in 8..20 {
            for line in wrap("限流，限流；限流：“限流”（限流），限流。", columns)
            {
                let first = line.chars().next().unwrap();
                assert!(!"，；：”）。".contains(first), "{columns}: {line}");
                let last = line.chars().last().unwrap();
                assert!(!"“（".contains(last), "{columns}: {line}");
            }
        }
    }

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
