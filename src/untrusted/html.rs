//! Text in HTML: content and quoted attributes.

use super::{is_hostile, terminal};
use askama::filters::Escaper;
use std::fmt::{self, Write};

/// The escaper that every `{{ }}` of the templates passes through (`askama.toml`): HTML's
/// own escapes, and hostile characters shown as `\u{..}`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Html;

impl Escaper for Html {
    fn write_escaped_str<W: Write>(&self, out: W, text: &str) -> fmt::Result {
        if text.contains(is_hostile) {
            askama::filters::Html.write_escaped_str(out, &terminal(text))
        } else {
            askama::filters::Html.write_escaped_str(out, text)
        }
    }
}

/// Escaped for HTML content and quoted attributes, where no template is at hand.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Writing to a String cannot fail.
    let _ = Html.write_escaped_str(&mut out, text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_tags_nor_attributes_nor_controls_get_out() {
        assert_eq!(
            html("</script><img src=x onerror='a\"'>\u{202e}&\0"),
            "&#60;/script&#62;&#60;img src=x onerror=&#39;a&#34;&#39;&#62;\\u{202e}&#38;\\u{0}"
        );
    }
}
