//! Text cells that no spreadsheet takes for a formula.

use super::terminal;

/// Escaped for a text cell of a CSV table; quoting is the writer's. What begins like a
/// formula gets a leading `'`, which spreadsheets take as "this is text".
pub fn csv(text: &str) -> String {
    let shown = terminal(text);
    if text.starts_with(is_formula_start) {
        format!("'{shown}")
    } else {
        shown
    }
}

/// Whether a cell that begins with this character is computed by some spreadsheet; of the
/// full-width forms, East Asian ones take all four.
fn is_formula_start(c: char) -> bool {
    "=+-@\t\r\n\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text() {
        for formula in ["=1+1", "+1", "-2", "@SUM(A1)", "\u{ff1d}1"] {
            assert_eq!(csv(formula), format!("'{formula}"));
        }
        assert_eq!(csv("\t=1"), "'\\u{9}=1");
        assert_eq!(csv("\r=1"), "'\\u{d}=1");
        assert_eq!(csv("a=1, \"b\""), "a=1, \"b\"");
        assert_eq!(csv(""), "");
    }
}
