//! Text in Markdown, for renderers of every kind: GitHub, chats, mail.

use super::{is_hostile, push_code_point};

/// Log text as a code span: the one place where no renderer looks for links, mentions or
/// emphasis. What could end the span, a table cell or open an HTML tag (for renderers
/// that pass those through) is shown as `\u{..}`.
pub fn md_code(text: &str) -> String {
    if text.trim().is_empty() {
        // A span needs content; blanks alone would vanish.
        return format!("`\"{}\"`", super::terminal(text));
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('`');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let opens_tag = c == '<'
            && chars
                .peek()
                .is_some_and(|next| next.is_ascii_alphabetic() || "/!?".contains(*next));
        if is_hostile(c) || opens_tag || c == '`' || c == '|' {
            push_code_point(&mut out, c);
        } else {
            out.push(c);
        }
    }
    out.push('`');
    out
}

/// Prose of the catalogue or of a user's own: what Markdown would act on is escaped.
pub fn md_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in super::terminal(text).chars() {
        match c {
            '\\' | '`' | '*' | '[' | ']' | '|' | '_' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_span() {
        assert_eq!(md_code("Throttling.RateQuota"), "`Throttling.RateQuota`");
        assert_eq!(md_code("<400> a<b"), "`<400> a\\u{3c}b`");
        assert_eq!(
            md_code("``` | ```"),
            "`\\u{60}\\u{60}\\u{60} \\u{7c} \\u{60}\\u{60}\\u{60}`"
        );
        assert_eq!(md_code("a\n# b\u{202e}"), "`a\\u{a}# b\\u{202e}`");
        assert_eq!(md_code(" "), "`\" \"`");
        assert_eq!(md_text("a_b <i> [x](y)"), "a\\_b &lt;i&gt; \\[x\\](y)");
    }
}
