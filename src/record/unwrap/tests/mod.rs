//! Fixtures in the shapes that people's logs hold, each with all that must come out.

mod bodies;
mod hostile;
mod prose;

use super::*;

const ID: &str = "5c1d2e3f-0a1b-9c2d-8e3f-405162738495";

/// Checks status, code, message and request id; `""` and 0 stand for none (`-1` is −1).
#[track_caller]
fn check(text: &str, status: i32, code: &str, message: &str, request_id: &str) {
    let dug = dig(text);
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    assert_eq!(dug.code, some(code), "code of {text}");
    assert_eq!(
        dug.status,
        (status != 0).then_some(status),
        "status of {text}"
    );
    assert_eq!(dug.message, some(message), "message of {text}");
    assert_eq!(dug.request_id, some(request_id), "request id of {text}");
}
