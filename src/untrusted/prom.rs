//! Label values of the Prometheus text formats.

use super::terminal;

/// Escaped for the inside of a quoted label value.
pub fn prom(text: &str) -> String {
    // No newline is left once hostile characters are shown.
    terminal(text).replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_value() {
        assert_eq!(prom("a\"} 1\n# EOF\\"), "a\\\"} 1\\\\u{a}# EOF\\\\");
    }
}
