//! The status and code that generic errors hide in front of their message:
//! `<400> InternalError.Algo.InvalidParameter: Range of input length …`.

/// What stands in front of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Inner<'a> {
    /// The number in angle brackets, if it is an HTTP status.
    pub(super) status: Option<i32>,
    /// What looks like a code; whether it is one is for the catalogue to say.
    pub(super) code: Option<&'a str>,
    /// Bytes of the message up to the text proper.
    pub(super) prefix_bytes: usize,
}

/// Whether a number is one that HTTP defines as a status.
pub(super) fn is_http_status(number: i32) -> bool {
    (100..=599).contains(&number)
}

/// Reads what stands in front of a message; everything is `None` and 0 if nothing does.
pub(super) fn read(message: &str) -> Inner<'_> {
    if let Some((status, after)) = angled(message) {
        let (code, end) =
            code_and_colon(message, after).map_or((None, after), |(code, end)| (Some(code), end));
        return Inner {
            status,
            code,
            prefix_bytes: end,
        };
    }
    let start = if message.starts_with('[') {
        message.find(']').map_or(0, |end| end + 1)
    } else {
        0
    };
    match code_and_colon(message, start) {
        Some((code, end)) if has_code_shape(code) => Inner {
            status: None,
            code: Some(code),
            prefix_bytes: end,
        },
        _ => Inner::default(),
    }
}

/// The first `<digits>` of the message: the status, and where it ends.
fn angled(message: &str) -> Option<(Option<i32>, usize)> {
    for (open, _) in message.match_indices('<') {
        let digits = message.get(open + 1..)?;
        let len = digits.bytes().take_while(u8::is_ascii_digit).count();
        if len >= 3 && digits.as_bytes().get(len) == Some(&b'>') {
            let number = digits.get(..len).and_then(|d| d.parse().ok());
            return Some((number.filter(|&n| is_http_status(n)), open + len + 2));
        }
    }
    None
}

/// `Code:` at this place, and where the text after it begins.
fn code_and_colon(message: &str, at: usize) -> Option<(&str, usize)> {
    let rest = message.get(at..)?;
    let trimmed = rest.trim_start();
    let start = at + (rest.len() - trimmed.len());
    let len = trimmed
        .bytes()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'))
        .count();
    let code = trimmed.get(..len).filter(|code| !code.is_empty())?;
    let tail = trimmed.get(len..)?;
    let gap = if tail.starts_with(':') {
        1
    } else if tail.starts_with(" - ") {
        3
    } else {
        return None;
    };
    Some((code, start + len + gap))
}

/// Whether a leading word can be told from prose: a dot, an underscore or a
/// capital inside. "Error:" and "Conflict:" are prose.
fn has_code_shape(code: &str) -> bool {
    code.get(1..).is_some_and(|tail| {
        tail.bytes()
            .any(|b| matches!(b, b'.' | b'_') || b.is_ascii_uppercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angled_status_and_code() {
        let message = "[API Error: 400 <400> InternalError.Algo.InvalidParameter: Range of input]";
        let inner = read(message);
        assert_eq!(
            (inner.status, inner.code),
            (Some(400), Some("InternalError.Algo.InvalidParameter"))
        );
        assert_eq!(message[inner.prefix_bytes..].trim(), "Range of input]");
        assert_eq!(
            read("<5000202> A.B: x"),
            Inner {
                status: None,
                code: Some("A.B"),
                prefix_bytes: 14
            }
        );
        assert_eq!(read("<429> slow down").status, Some(429));
    }

    #[test]
    fn a_leading_code() {
        assert_eq!(
            read("InvalidApiKey - Invalid API-key").code,
            Some("InvalidApiKey")
        );
        assert_eq!(
            read("[DashScope] Arrearage: no").code,
            None,
            "one capital is prose"
        );
        assert_eq!(read("Error: no"), Inner::default());
        assert_eq!(read("a <b> c: d"), Inner::default());
        assert_eq!(read("限流<"), Inner::default());
    }
}
