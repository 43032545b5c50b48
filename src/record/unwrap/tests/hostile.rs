//! Nothing panics, recurses with the input, takes more than linear time or is made up.

use super::*;
use proptest::prelude::*;
use std::time::{Duration, Instant};

#[test]
fn both_ends_of_a_long_text_are_read() {
    let filler = "x ".repeat(limits::UNWRAP_HEAD_BYTES);
    check_ends(&format!(
        "Error code: 429 - {{'code': 'A.B', 'message': 'slow'}} {filler}"
    ));
    check_ends(&format!(
        "{filler} Error code: 429 - {{'code': 'A.B', 'message': 'slow'}}"
    ));

    #[track_caller]
    fn check_ends(text: &str) {
        let dug = dig(text);
        assert_eq!((dug.status, dug.code.as_deref()), (Some(429), Some("A.B")));
        assert_eq!(dug.message.as_deref(), Some("slow"));
    }
    let long = dig(&filler).message.unwrap_or_default();
    assert!(long.len() <= limits::MAX_DUG_MESSAGE_BYTES && long.starts_with("x x"));
}

#[test]
fn layers_end() {
    let mut text = r#"{"code":"A.B","message":"m"}"#.to_owned();
    for _ in 0..6 {
        text = serde_json::json!({ "message": text }).to_string();
    }
    // Deeper than the cap: no code, no panic, and the text as message.
    let dug = dig(&text);
    assert_eq!(dug.code, None);
    assert!(dug.message.is_some());
}

#[test]
fn time_is_linear_and_the_stack_is_safe() {
    for piece in [
        "{",
        "'",
        "\\",
        "[{\"a\":",
        "{\"a\":",
        "{'",
        "{\"a\":\"",
        "(",
        "a(b=",
        "{a:",
        "req",
        "request id ",
        "400 ",
        "http 400",
        "<400> ",
        "code:",
        "message: ",
        "error: ",
        ": [",
        "://",
        "model",
        "{\\\"",
        "\"}",
        "{\"error\":{",
        "{\"message\":\"{",
        "：",
        "｛",
        ",",
        "\n ",
        "(request id: abc123)",
        "{\"a\":1,",
        "A.",
        "a b",
        "status = StatusCode.",
        "{\"a\":[",
        "“",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        let start = Instant::now();
        // A small stack: nothing may recurse with the input.
        let worker = std::thread::Builder::new().stack_size(512 << 10);
        worker.spawn(move || dig(&text)).unwrap().join().unwrap();
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "{piece}: {:?}",
            start.elapsed()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn never_panics(text in "\\PC{0,300}|([{}\\[\\]()'\"\\\\:=,<>a4 0\\-n]{0,300})|((code|message|request id|error|Error code|status|data|\\{|\\}|:|=|'|\"|,|\\[|\\]| |400|<400>|A\\.B|None|\\\\n|“|：|🦀){0,60})") {
        dig(&text);
    }

    #[test]
    fn any_bytes_are_fine(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        dig(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_cut_of_a_body_is_fine(cut in 0..400_usize, wraps in 0..4_usize) {
        let mut text = format!(r#"{{"error":{{"code":"bad_x","message":"a \"b\" é","param":null}},"request_id":"{ID}"}}"#);
        for _ in 0..wraps { text = serde_json::json!({ "message": text }).to_string(); }
        let dug = dig(words::prefix(&text, cut.min(text.len())));
        // What was cut off is never made up.
        prop_assert!(dug.code.is_none_or(|code| code == "bad_x"));
        prop_assert!(dug.request_id.is_none_or(|id| id == ID));
    }

    #[test]
    fn any_message_comes_back(message in "[ -~éü限流]{1,80}") {
        let message = words::clean(&message);
        prop_assume!(message.is_some());
        let message = message.unwrap_or_default();
        let body = serde_json::json!({ "code": "Bad.X", "message": message, "request_id": ID }).to_string();
        let dug = dig(&body);
        prop_assert_eq!(dug.code.as_deref(), Some("Bad.X"));
        prop_assert_eq!(dug.request_id.as_deref(), Some(ID));
        prop_assert_eq!(dug.message, Some(message));
    }
}
