//! Wrapping to a width in columns, Chinese included.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Punctuation that must not begin a line.
const CLOSING: &str = "，。；：、！？）】”’》」,.;:!?)]}";
/// Punctuation that must not end a line.
const OPENING: &str = "（【“‘《「([{";

/// Breaks `text` into lines of at most `width` columns: at spaces, and between
/// wide characters. A word wider than that is cut.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    for unit in units(text) {
        let glued = line.width() + unit.trim_end().width();
        if glued > width && !line.trim().is_empty() {
            lines.push(line.trim_end().to_string());
            line.clear();
        }
        if unit.width() > width {
            for c in unit.chars() {
                if line.width() + c.width().unwrap_or(0) > width {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(c);
            }
        } else {
            line.push_str(unit);
        }
    }
    if !line.trim().is_empty() {
        lines.push(line.trim_end().to_string());
    }
    lines
}

/// Pieces between which a line may be broken.
fn units(text: &str) -> Vec<&str> {
    let mut units = Vec::new();
    let mut start = 0;
    let mut previous: Option<char> = None;
    for (at, c) in text.char_indices() {
        let breakable = previous.is_some_and(|p| {
            let wide = |c: char| c.width() == Some(2);
            (p == ' ' && c != ' ')
                || ((wide(p) || wide(c))
                    && c != ' '
                    && !CLOSING.contains(c)
                    && !OPENING.contains(p))
        });
        if breakable {
            units.extend(text.get(start..at));
            start = at;
        }
        previous = Some(c);
    }
    units.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_within_the_width() {
        let text = "调用过多，服务端暂时拒绝请求，但未说明 (which limit) 触发的是哪一种限流。 And a verylongwordthatdoesnotfitanywhereatall.";
        for width in 8..90 {
            for line in wrap(text, width) {
                assert!(line.width() <= width + 2, "{width}: {line}");
                assert!(!line.starts_with('，'), "{width}: {line}");
            }
        }
    }

    #[test]
    fn loses_nothing() {
        let text = "Retry with growing pauses；退避后重试。";
        for width in 8..60 {
            let joined: String = wrap(text, width).concat();
            assert_eq!(joined.replace(' ', ""), text.replace(' ', ""), "{width}");
        }
        assert!(wrap("", 40).is_empty());
    }
}
