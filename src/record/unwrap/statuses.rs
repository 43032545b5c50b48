//! HTTP statuses in prose: `HTTP/1.1 429`, `status_code=429`, `429 Too Many Requests`.

use super::words;

/// A status in prose.
pub(super) struct Status {
    pub value: i32,
    /// Offset of its first digit.
    pub from: usize,
    /// Offset of the first byte after it.
    pub end: usize,
}

/// Words that a status follows. Compared with what stands before a number, separators left out.
const STATUS_LABELS: [&str; 24] = [
    "http",
    "http/1",
    "http/1.0",
    "http/1.1",
    "http/2",
    "http/2.0",
    "http/3",
    "http status",
    "http_status",
    "httpstatus",
    "http code",
    "http_code",
    "http error",
    "status",
    "status code",
    "status_code",
    "status-code",
    "statuscode",
    "response code",
    "response_code",
    "error code",
    "error_code",
    "api error",
    "状态码",
];

/// The reason phrases that HTTP libraries put behind an error's status.
const REASONS: [&str; 19] = [
    "too many requests",
    "bad request",
    "unauthorized",
    "forbidden",
    "not found",
    "payment required",
    "internal server error",
    "internal error",
    "service unavailable",
    "bad gateway",
    "gateway time",
    "request time",
    "unprocessable",
    "conflict",
    "payload too large",
    "content too large",
    "request entity too large",
    "client error",
    "server error",
];

/// Every HTTP status of an error that a text names as one.
pub(super) fn statuses(text: &str, lower: &str) -> Vec<Status> {
    let bytes = lower.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(from) = bytes
        .get(at..)
        .and_then(|b| b.iter().position(u8::is_ascii_digit))
        .map(|p| at + p)
    {
        let end = bytes
            .get(from..)
            .and_then(|b| b.iter().position(|b| !b.is_ascii_digit()))
            .map_or(bytes.len(), |p| from + p);
        at = end;
        if end - from != 3 || !stands_alone(bytes, from, end) {
            continue;
        }
        let Some(value) = lower
            .get(from..end)
            .and_then(|digits| digits.parse::<i32>().ok())
        else {
            continue;
        };
        let (Some(before), Some(after)) = (lower.get(..from), text.get(end..)) else {
            continue;
        };
        if is_status(value, before, after) {
            found.push(Status { value, from, end });
        }
    }
    found
}

/// Whether a number is no part of a longer word, number or URL.
fn stands_alone(bytes: &[u8], from: usize, end: usize) -> bool {
    let before = from.checked_sub(1).and_then(|at| bytes.get(at));
    let after = bytes.get(end);
    let word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'%');
    let decimal = after == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric);
    // `<400>` belongs to a message, not to HTTP; a hyphen to a name or a date.
    !before.is_some_and(|b| word(b) || matches!(b, b'.' | b'-' | b'<'))
        && !after.is_some_and(|b| word(b) || matches!(b, b'/' | b'-'))
        && !decimal
}

fn is_status(value: i32, before: &str, after: &str) -> bool {
    // Lower ones are nobody's error, and prose is full of numbers.
    if !(400..600).contains(&value) {
        return false;
    }
    let label = before.trim_end_matches(is_status_separator);
    let separated = label.len() < before.len();
    let labelled = separated
        && STATUS_LABELS.iter().any(|l| {
            label
                .strip_suffix(l)
                .is_some_and(|b| !b.ends_with(|c: char| c.is_ascii_alphanumeric()))
        })
        && !["exit status", "exit code"]
            .iter()
            .any(|l| label.ends_with(l));
    if labelled {
        return true;
    }
    let next = after.trim_start_matches([' ', '\'', '"', ')', ':', '-', '(', ',']);
    let reason = words::prefix(next, 32).to_ascii_lowercase();
    if REASONS.iter().any(|r| reason.starts_with(r)) {
        return true;
    }
    // `429 Access …`, `Internal error: 403 Access …`: a sentence must follow, not `files`.
    let opens = before.len() <= 16 && before.chars().all(|c| !c.is_alphanumeric());
    let after_error = separated && label.ends_with("error");
    let spaced = after.is_empty() || after.starts_with([' ', ':', ',', '\n', ']', ')', '"']);
    (opens || after_error) && spaced && starts_sentence(next)
}

fn is_status_separator(c: char) -> bool {
    matches!(
        c,
        ' ' | ':' | '=' | '(' | '[' | '"' | '\'' | '/' | '：' | '＝' | '（' | '>' | '\\'
    )
}

fn starts_sentence(text: &str) -> bool {
    match text.chars().next() {
        None => true,
        Some(c) => {
            matches!(c, '<' | '{' | '[' | '\n')
                || c.is_uppercase()
                || (c.is_alphabetic() && !c.is_ascii())
        }
    }
}
