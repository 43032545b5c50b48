//! What the words of a text say: `Error code: 429`, `[InvalidX] message`, `<400> Inner.Code: …`.
//!
//! No code is known here by name; a text names a code by where it stands and how it is spelled.

use super::found::{Code, CodeRank, Found};
use super::words;

/// What the words of a text say.
pub(super) fn read(text: &str) -> Found {
    let lower = text.to_ascii_lowercase();
    let statuses = statuses(text, &lower);
    let mut found = Found {
        status: statuses.first().map(|s| s.value),
        last_status: statuses.last().map(|s| s.value),
        host: host(text, &lower),
        model: model(text, &lower),
        ..Found::default()
    };
    for label in words::request_ids(text) {
        found.offer_id(label.rank, label.id);
    }
    // Shapes with a code of their own go before the code inside a message.
    let inner = numbered(text);
    let inner_status = inner.as_ref().and_then(|shape| shape.status);
    let shape = bracketed(text)
        .or_else(|| key_values(text, &lower))
        .or_else(|| parenthesised(text, &statuses))
        .or_else(|| dashed(text, &lower))
        .or(inner)
        .or_else(|| grpc(text))
        .or_else(|| dotted(text))
        .or_else(|| message_alone(text, &lower));
    let message = match shape {
        Some(shape) => {
            found.status = found.status.or(inner_status);
            found.last_status = found.last_status.or(inner_status);
            let rank = if words::error_status(&shape.code).is_some() {
                CodeRank::Weak
            } else {
                CodeRank::Shape
            };
            if words::is_code(&shape.code) {
                found.code = Some(Code {
                    text: shape.code,
                    rank,
                });
            }
            shape.message
        }
        None => residue(text, &statuses),
    };
    found.message = words::clean(without_closers(message));
    found
}

/// A code and its message in prose.
struct Shape<'a> {
    code: String,
    status: Option<i32>,
    message: &'a str,
}

/// A status in prose.
struct Status {
    value: i32,
    /// Offset of the first byte after it.
    end: usize,
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

/// Every HTTP status that a text names as one.
fn statuses(text: &str, lower: &str) -> Vec<Status> {
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
            found.push(Status { value, end });
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
    let is_error = (400..600).contains(&value);
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
        // `Error code: 200` is the service's own numbering, `HTTP 200` is a status.
        return is_error
            || (100..400).contains(&value)
                && !label.ends_with("code") | label.ends_with("status code");
    }
    if !is_error {
        return false;
    }
    let next = after.trim_start_matches([' ', '\'', '"', ')', ':', '-', '(', ',']);
    let reason = next
        .get(..next.len().min(32))
        .or_else(|| next.get(..0))
        .unwrap_or("")
        .to_ascii_lowercase();
    if REASONS.iter().any(|r| reason.starts_with(r)) {
        return true;
    }
    // `429 Access …`, `Internal error: 403 Access …`: a sentence must follow, not `files`.
    let opens = before.trim().chars().all(|c| !c.is_alphanumeric()) && before.len() <= 16;
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

/// `<400> Inner.Code: message`. The message keeps its prefix, the catalogue looks for it.
fn numbered(text: &str) -> Option<Shape<'_>> {
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
fn key_values<'a>(text: &'a str, lower: &str) -> Option<Shape<'a>> {
    let message =
        labelled_value(text, lower, "message").or_else(|| labelled_value(text, lower, "msg"));
    let code = labelled_value(text, lower, "code")
        .map(|v| words::prefix(v, 96))
        .map(|v| {
            let end = v
                .find([',', ';', '\n', '"', '\'', ')', ']', '}', '，', ' '])
                .unwrap_or(v.len());
            v.get(..end).unwrap_or("").trim_end_matches(['.', ':'])
        });
    match (code, message) {
        (Some(code), Some(message)) if words::is_code(code) => Some(Shape {
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
fn message_alone<'a>(text: &'a str, lower: &str) -> Option<Shape<'a>> {
    let message =
        labelled_value(text, lower, "message").or_else(|| labelled_value(text, lower, "msg"))?;
    Some(Shape {
        code: String::new(),
        status: None,
        message: value_end(message),
    })
}

/// What follows `label:` or `label=`, where the label is a word of its own.
fn labelled_value<'a>(text: &'a str, lower: &str, label: &str) -> Option<&'a str> {
    memchr::memmem::find_iter(lower.as_bytes(), label).find_map(|at| {
        let before = lower.get(..at)?;
        let before_word = before.trim_end_matches([' ', '_', '-']);
        let status = ["status", "exit", "http", "response"]
            .iter()
            .any(|w| before_word.ends_with(w));
        if status || before.ends_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        let rest = text.get(at + label.len()..)?;
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
fn bracketed(text: &str) -> Option<Shape<'_>> {
    memchr::memmem::find_iter(text.as_bytes(), ": [").find_map(|at| {
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
fn parenthesised<'a>(text: &'a str, statuses: &[Status]) -> Option<Shape<'a>> {
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
fn grpc(text: &str) -> Option<Shape<'_>> {
    for label in ["StatusRuntimeException: ", "StatusException: "] {
        if let Some((_, rest)) = text.split_once(label) {
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
    if let Some((_, rest)) = text.split_once("rpc error: code = ") {
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
    let (_, rest) = text.split_once("status = StatusCode.")?;
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
fn dashed<'a>(text: &'a str, lower: &str) -> Option<Shape<'a>> {
    const PROVIDERS: [&str; 6] = [
        "dashscope",
        "bailian",
        "百炼",
        "tongyi",
        "qwen",
        "model studio",
    ];
    memchr::memmem::find_iter(lower.as_bytes(), "error: ").find_map(|at| {
        let rest = text.get(at + "error: ".len()..)?;
        let code = identifier(rest);
        let message = rest.get(code.len()..)?.strip_prefix(" - ")?;
        let provider = || {
            lower
                .get(..at)
                .is_some_and(|b| PROVIDERS.iter().any(|p| words::prefix(b, 256).contains(p)))
        };
        let named = is_coined(code)
            || (code.len() >= 6 && code.starts_with(char::is_uppercase) && provider());
        named.then(|| Shape {
            code: code.to_owned(),
            status: None,
            message,
        })
    })
}

/// `Some.Dotted.Code: message`, where one of its parts says that something failed. That
/// leaves out the names of loggers and classes.
fn dotted(text: &str) -> Option<Shape<'_>> {
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
    memchr::memmem::find_iter(text.as_bytes(), ": ").find_map(|at| {
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

/// Whether a word was made up as a name: `InvalidX`, `limit_x`, `A.B`.
fn is_coined(word: &str) -> bool {
    let bytes = word.as_bytes();
    let humps = bytes
        .windows(2)
        .any(|w| matches!(w, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()));
    let joined = bytes.windows(3).any(
        |w| matches!(w, [a, b'_' | b'.', b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic()),
    );
    word.len() >= 5 && (humps || joined) && words::is_code(word)
}

/// The message of a text that names no code: what follows the status if that is a
/// sentence, otherwise all of it without the usual labels.
fn residue<'a>(text: &'a str, statuses: &[Status]) -> &'a str {
    if let Some(status) = statuses.first() {
        let rest = text.get(status.end..).unwrap_or("");
        let rest = rest.trim_start_matches(|c: char| {
            c.is_whitespace() || matches!(c, ')' | ']' | ':' | '-' | ',' | '.' | '"' | '>')
        });
        let sentence =
            rest.split_whitespace().nth(2).is_some() || (rest.len() >= 12 && !rest.is_ascii());
        if sentence {
            return rest;
        }
    }
    unlabelled(text.trim())
}

/// A text without `**ERROR**:`, `Exception:`, `Upstream error from X:` before it.
fn unlabelled(text: &str) -> &str {
    let Some((label, _)) = words::prefix(text, 64).split_once(": ") else {
        return text;
    };
    let bare = label
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_ascii_lowercase();
    let is_label = matches!(
        bare.as_str(),
        "error" | "errors" | "exception" | "warning" | "fatal" | "错误"
    ) || (bare.starts_with("upstream error from ") && bare.split(' ').count() <= 5);
    let rest = text.get(label.len() + 2..).unwrap_or("").trim_start();
    if is_label && !rest.is_empty() {
        rest
    } else {
        text
    }
}

/// A message without the closing brackets of what stood before it.
fn without_closers(message: &str) -> &str {
    let mut text = message.trim();
    for (open, close) in [('[', ']'), ('(', ')')] {
        let count = |wanted: char| text.matches(wanted).count();
        let mut surplus = count(close).saturating_sub(count(open));
        while surplus > 0 && text.ends_with(close) {
            text = text.strip_suffix(close).unwrap_or(text).trim_end();
            surplus -= 1;
        }
    }
    text
}

/// The host that a text shows to be the API's: behind an HTTP verb, `for url` or an address
/// key; else that of the documentation it points to, which is the provider's as well.
fn host(text: &str, lower: &str) -> Option<String> {
    const CALLS: [&str; 12] = [
        "post",
        "get",
        "put",
        "delete",
        "for url",
        "from url",
        "endpoint",
        "api_base",
        "base_url",
        "baseurl",
        "url",
        "connect to",
    ];
    const DOCUMENTS: [&str; 3] = ["/error-code", "/docs/", "/help/"];
    let mut documentation = None;
    for at in memchr::memmem::find_iter(lower.as_bytes(), "://").take(16) {
        let before = lower
            .get(..at)?
            .trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let scheme = lower.get(before.len()..at)?;
        if !matches!(scheme, "http" | "https" | "ws" | "wss") {
            continue;
        }
        let url = words::prefix(text.get(before.len()..)?, 512);
        let label = before.trim_end_matches([' ', ':', '=', '"', '\'', '(', '`']);
        if CALLS.iter().any(|call| label.ends_with(call)) {
            return words::host_of(url);
        }
        let url = url.split([' ', '"', '\'', ')', '\n']).next().unwrap_or(url);
        let host = words::host_of(url).unwrap_or_default();
        if host.starts_with("help.")
            || host.starts_with("docs.")
            || DOCUMENTS.iter().any(|d| url.contains(d))
        {
            documentation = documentation.or(Some(host));
        }
    }
    documentation.filter(|host| !host.is_empty())
}

/// The model that a text names: `model=X`, ``The model `X` ``.
fn model(text: &str, lower: &str) -> Option<String> {
    memchr::memmem::find_iter(lower.as_bytes(), "model")
        .take(16)
        .find_map(|at| {
            let rest = text.get(at + "model".len()..)?;
            let value =
                rest.trim_start_matches([' ', ':', '=', '"', '\'', '`', '\\', '“', '‘', '：']);
            let separators = rest.get(..rest.len() - value.len())?;
            if !separators.contains(['=', ':', '`', '"', '\'', '“', '‘', '：']) {
                return None;
            }
            let end = value
                .find(|c: char| {
                    !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':' | '/' | '@'))
                })
                .unwrap_or(value.len());
            words::model_name(value.get(..end)?.trim_end_matches(['.', ':']))
        })
}
