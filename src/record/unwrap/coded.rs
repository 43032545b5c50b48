//! Codes in prose: `[InvalidX] message`, `<400> Inner.Code: message`, `code: X, message: Y`.
//!
//! No code is known here by name; a text names one by where it stands and how it is spelled.

use super::statuses::Status;
use super::words::{self, Word};
use crate::catalog;
use memchr::memmem::Finder;

/// A code and its message in prose.
pub(super) struct Shape<'a> {
    pub code: String,
    pub status: Option<i32>,
    pub message: &'a str,
}

/// `<400> Inner.Code: message`. The message keeps its prefix, the catalogue looks for it.
pub(super) fn numbered(text: &str) -> Option<Shape<'_>> {
    memchr::memchr_iter(b'<', text.as_bytes()).find_map(|start| {
        let rest = text.get(start + 1..)?;
        let digits = rest
            .bytes()
            .take(9)
            .position(|b| !b.is_ascii_digit())
            .filter(|n| *n >= 3)?;
        let after = rest.get(digits..)?.strip_prefix('>')?.trim_start();
        let code = identifier(after);
        let named = code.len() >= 4 && after.get(code.len()..)?.starts_with([':', '：']);
        named.then(|| Shape {
            code: code.to_owned(),
            status: rest.get(..digits).and_then(words::error_status),
            message: text.get(start..).unwrap_or(""),
        })
    })
}

/// `code: X, message: Y`, `status_code=400 code=X message=Y`: as SDK wrappers print a response.
pub(super) fn key_values<'a>(text: &'a str, lower: &str) -> Option<Shape<'a>> {
    let message = labelled_message(text, lower);
    static CODES: [Word; 2] = [
        Word::new(|| Finder::new("code")),
        Word::new(|| Finder::new("错误码")),
    ];
    let code = CODES
        .iter()
        .find_map(|label| labelled_value(text, lower, label))
        .map(|value| {
            let value = words::prefix(value, 96);
            let end = value
                .find([',', ';', '\n', '"', '\'', ')', ']', '}', '，', '；', ' '])
                .unwrap_or(value.len());
            value.get(..end).unwrap_or("").trim_end_matches(['.', ':'])
        });
    match (code, message) {
        // Shorter ones are those of countries and currencies.
        (Some(code), Some(message)) if code.len() >= 3 && words::is_code(code) => Some(Shape {
            code: code.to_owned(),
            status: None,
            message: value_end(message),
        }),
        // `Error code: 429` and `exit code: X` are not this; only a name that looks like one.
        (Some(code), None) if is_coined(code) => Some(Shape {
            code: code.to_owned(),
            status: None,
            message: text,
        }),
        _ => None,
    }
}

/// `message: Y` without a code.
pub(super) fn message_alone<'a>(text: &'a str, lower: &str) -> Option<Shape<'a>> {
    let message = labelled_message(text, lower)?;
    Some(Shape {
        code: String::new(),
        status: None,
        message: value_end(message),
    })
}

fn labelled_message<'a>(text: &'a str, lower: &str) -> Option<&'a str> {
    static MESSAGES: [Word; 3] = [
        Word::new(|| Finder::new("message")),
        Word::new(|| Finder::new("msg")),
        Word::new(|| Finder::new("错误信息")),
    ];
    MESSAGES
        .iter()
        .find_map(|label| labelled_value(text, lower, label))
}

/// What follows `label:` or `label=`, where the label is a word of its own.
fn labelled_value<'a>(text: &'a str, lower: &str, label: &Word) -> Option<&'a str> {
    label.find_iter(lower.as_bytes()).find_map(|at| {
        let before = lower.get(..at)?;
        let before_word = before.trim_end_matches([' ', '_', '-']);
        let status = ["status", "exit", "http", "response"]
            .iter()
            .any(|w| before_word.ends_with(w));
        if status || before.ends_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        let rest = text.get(at + label.needle().len()..)?;
        let rest = rest
            .strip_prefix(['"', '\''])
            .unwrap_or(rest)
            .trim_start_matches(' ');
        let value = rest.strip_prefix([':', '=', '：', '＝'])?.trim_start();
        let value = value.strip_prefix(['"', '\'']).unwrap_or(value);
        (!value.is_empty() && !value.starts_with(['{', '['])).then_some(value)
    })
}

/// A message printed among other keys ends where a known next key begins.
fn value_end(message: &str) -> &str {
    const NEXT: [&str; 7] = [
        "request_id",
        "requestid",
        "request id",
        "status_code",
        "statuscode",
        "body:",
        "code:",
    ];
    let lower = message.to_ascii_lowercase();
    let end = NEXT
        .iter()
        .filter_map(|key| {
            let at = lower.find(key)?;
            lower
                .get(..at)?
                .ends_with([' ', ',', '\n', '(', '|', ';'])
                .then_some(at)
        })
        .min()
        .unwrap_or(message.len());
    message
        .get(..end)
        .unwrap_or(message)
        .trim_end_matches([' ', ',', '\n', ';', '|', '(', '"', '\''])
}

/// `SomeException: [Code] message`.
pub(super) fn bracketed(text: &str) -> Option<Shape<'_>> {
    static OPENING: Word = Word::new(|| Finder::new(": ["));
    OPENING.find_iter(text.as_bytes()).find_map(|at| {
        let before = text.get(..at)?;
        let thrown =
            before.ends_with("Exception") || before.ends_with("Error") || before.ends_with("error");
        let rest = text.get(at + 3..)?;
        let code = identifier(rest);
        let message = rest.get(code.len()..)?.strip_prefix(']')?.trim_start();
        let mixed = code.len() >= 4
            && code
                .bytes()
                .any(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'.'));
        (thrown && mixed && !message.is_empty()).then(|| Shape {
            code: code.to_owned(),
            status: None,
            message,
        })
    })
}

/// `HTTP 400 (type: code)`, a blank line, the message.
pub(super) fn parenthesised<'a>(text: &'a str, statuses: &[Status]) -> Option<Shape<'a>> {
    statuses.iter().find_map(|status| {
        let rest = text
            .get(status.end..)?
            .trim_start_matches(' ')
            .strip_prefix('(')?;
        let kind = identifier(rest);
        let rest = rest
            .get(kind.len()..)?
            .strip_prefix(':')?
            .trim_start_matches(' ');
        let code = identifier(rest);
        let message = rest.get(code.len()..)?.strip_prefix(')')?;
        let code = if code.is_empty() { kind } else { code };
        (!code.is_empty()).then(|| Shape {
            code: code.to_owned(),
            status: None,
            message: message.trim_start_matches([':', ' ', '\n', '\r']),
        })
    })
}

/// gRPC as Java, Go and Python print it.
pub(super) fn grpc(text: &str) -> Option<Shape<'_>> {
    static JAVA: [Word; 2] = [
        Word::new(|| Finder::new("StatusRuntimeException: ")),
        Word::new(|| Finder::new("StatusException: ")),
    ];
    static GO: Word = Word::new(|| Finder::new("rpc error: code = "));
    static PYTHON: Word = Word::new(|| Finder::new("status = StatusCode."));
    for label in &JAVA {
        if let Some((_, rest)) = words::split_once(text, label) {
            let code = identifier(rest);
            let message = rest.get(code.len()..)?;
            let message = message.strip_prefix(':').unwrap_or(message).trim_start();
            let message = message.split("\n\tat ").next().unwrap_or(message);
            return (!code.is_empty()).then(|| Shape {
                code: code.to_owned(),
                status: None,
                message,
            });
        }
    }
    if let Some((_, rest)) = words::split_once(text, &GO) {
        let code = identifier(rest);
        let message = rest
            .get(code.len()..)?
            .trim_start()
            .strip_prefix("desc = ")?;
        return (!code.is_empty()).then(|| Shape {
            code: code.to_owned(),
            status: None,
            message,
        });
    }
    let (_, rest) = words::split_once(text, &PYTHON)?;
    let code = identifier(rest);
    let details = rest
        .split_once("details = \"")
        .map_or("", |(_, details)| details);
    let message = details.split("\"\n").next().unwrap_or(details);
    (!code.is_empty()).then(|| Shape {
        code: code.to_owned(),
        status: None,
        message,
    })
}

/// `DashScope embedding error: Code - message`. A plain word counts as a code only where
/// the text speaks of the provider; elsewhere it must be a coined word.
pub(super) fn dashed<'a>(text: &'a str, lower: &str) -> Option<Shape<'a>> {
    const PROVIDERS: [&str; 6] = [
        "dashscope",
        "bailian",
        "百炼",
        "tongyi",
        "qwen",
        "model studio",
    ];
    static ERROR: Word = Word::new(|| Finder::new("error: "));
    ERROR.find_iter(lower.as_bytes()).find_map(|at| {
        let rest = text.get(at + "error: ".len()..)?;
        let code = identifier(rest);
        let message = rest.get(code.len()..)?.strip_prefix(" - ")?;
        let provider = || {
            lower
                .get(..at)
                .is_some_and(|b| PROVIDERS.iter().any(|p| words::prefix(b, 256).contains(p)))
        };
        let named = (is_coined(code) && !code.ends_with("Exception"))
            || (code.len() >= 6
                && code.starts_with(char::is_uppercase)
                && !code.ends_with("Exception")
                && provider());
        named.then(|| Shape {
            code: code.to_owned(),
            status: None,
            message,
        })
    })
}

/// `Some.Dotted.Code: message`, where one of its parts says that something failed. That
/// leaves out the names of loggers and classes.
pub(super) fn dotted(text: &str) -> Option<Shape<'_>> {
    const FAILED: [&str; 12] = [
        "error",
        "invalid",
        "denied",
        "exceed",
        "fail",
        "quota",
        "limit",
        "unavailable",
        "timeout",
        "notfound",
        "unsupported",
        "overdue",
    ];
    static COLON: Word = Word::new(|| Finder::new(": "));
    COLON.find_iter(text.as_bytes()).find_map(|at| {
        let before = text.get(..at)?;
        let code = identifier_before(before);
        let parts = code.split('.');
        let capital = parts.clone().count() >= 2
            && parts
                .clone()
                .all(|p| p.starts_with(|c: char| c.is_ascii_uppercase()));
        let failed = || {
            let lower = code.to_ascii_lowercase();
            FAILED.iter().any(|word| lower.contains(word))
        };
        let class = code.ends_with("Exception")
            || ["System.", "Microsoft."]
                .iter()
                .any(|p| code.starts_with(p));
        (capital && !class && failed()).then(|| Shape {
            code: code.to_owned(),
            status: None,
            message: text.get(at - code.len()..).unwrap_or(""),
        })
    })
}

/// The identifier a text begins with: letters, digits, `_` and dots between them; at most 96 bytes.
fn identifier(text: &str) -> &str {
    let end = text
        .bytes()
        .take(97)
        .position(|b| !is_identifier_byte(b))
        .unwrap_or(text.len().min(97));
    let word = text.get(..end).unwrap_or("").trim_end_matches('.');
    if end <= 96 && word.starts_with(|c: char| c.is_ascii_alphabetic()) {
        word
    } else {
        ""
    }
}

/// The identifier a text ends with.
fn identifier_before(text: &str) -> &str {
    let length = text
        .bytes()
        .rev()
        .take(97)
        .position(|b| !is_identifier_byte(b))
        .unwrap_or(text.len().min(97));
    if length > 96 {
        ""
    } else {
        text.get(text.len() - length..).unwrap_or("")
    }
}

fn is_identifier_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.')
}

/// Whether a word was made up as a code's name.
fn is_coined(word: &str) -> bool {
    catalog::is_coined(word) && words::is_code(word)
}
