//! Text in columns: how many it takes, padded, cut or broken to what there is.

use unicode_width::UnicodeWidthChar as _;

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
}
