//! Fixtures in the shapes that people's logs hold, each with all that must come out.

use super::*;
use proptest::prelude::*;
use std::time::{Duration, Instant};

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

#[test]
fn bodies() {
    check(
        &format!(r#"{{"code":"NoSuchKey","message":"The key is unknown.","request_id":"{ID}"}}"#),
        0,
        "NoSuchKey",
        "The key is unknown.",
        ID,
    );
    check(
        &format!(
            r#"{{"error":{{"message":"Slow down.","type":"limit_x","param":null,"code":"limit_x"}},"id":"chatcmpl-{ID}"}}"#
        ),
        0,
        "limit_x",
        "Slow down.",
        ID,
    );
    check(
        r#"{"error":{"message":"No key given. ","type":"invalid_request_error","param":null,"code":null},"request_id":"r-20"}"#,
        0,
        "invalid_request_error",
        "No key given.",
        "r-20",
    );
    check(
        &format!(
            r#"{{"type":"error","error":{{"type":"overloaded_error","message":"Overloaded"}},"request_id":"{ID}"}}"#
        ),
        0,
        "overloaded_error",
        "Overloaded",
        ID,
    );
    check(
        &format!(
            r#"{{"request_id":"{ID}","output":{{"task_id":"t-1","task_status":"FAILED","code":"Broken.Image","message":"Cannot open it."}}}}"#
        ),
        0,
        "Broken.Image",
        "Cannot open it.",
        ID,
    );
    check(
        &format!(
            r#"{{"header":{{"task_id":"{ID}","event":"task-failed","error_code":"CLIENT_ERROR","error_message":"too slow","attributes":{{}}}},"payload":{{}}}}"#
        ),
        0,
        "CLIENT_ERROR",
        "too slow",
        ID,
    );
    check(
        &format!(
            r#"{{"id":"b-1","custom_id":"7","response":{{"status_code":400,"request_id":"{ID}","body":{{"error":{{"code":"bad_x","message":"Bad x."}}}}}},"error":null}}"#
        ),
        400,
        "bad_x",
        "Bad x.",
        ID,
    );
    check(
        &format!(
            r#"{{"statusCode":400,"message":"x is out of range","code":"BadX","isJson":true,"requestId":"{ID}"}}"#
        ),
        400,
        "BadX",
        "x is out of range",
        ID,
    );
    check(
        r#"{"timestamp":"2026-01-02T03:04:05Z","status":404,"error":"Not Found","path":"/api/v1/x"}"#,
        404,
        "",
        "Not Found",
        "",
    );
    check(
        r#"{"error":{"code":1003,"message":"odd"},"status":"503"}"#,
        503,
        "1003",
        "odd",
        "",
    );
    check(
        r#"{"error":{"code":"429","message":"slow"}}"#,
        429,
        "429",
        "slow",
        "",
    );
    check(
        r#"{"code":"0","message":"done","status":200}"#,
        200,
        "",
        "done",
        "",
    );
    check(r#"{"code":"Success","msg":"fine"}"#, 0, "", "fine", "");
}

#[test]
fn request_ids_of_gateways_give_way() {
    check(
        &format!(
            r#"{{"error":{{"message":"Bad x. (request id: 20260102030405123abcd)","type":"t","param":"{ID}","code":"bad_x"}}}}"#
        ),
        0,
        "bad_x",
        "Bad x.",
        ID,
    );
    let other = "00000000-1111-2222-3333-444444444444";
    check(
        &format!(
            r#"{{"error":{{"message":"Bad x.","param":"{other}","code":"bad_x"}},"request_id":"{ID}"}}"#
        ),
        0,
        "bad_x",
        "Bad x.",
        ID,
    );
    check(
        "status_code=429, Too fast for this group. (request id: 20260102030405999zz)",
        429,
        "",
        "Too fast for this group.",
        "20260102030405999zz",
    );
    check(
        &format!("gateway request_id=gw-12345: upstream said Request ID: {ID}"),
        0,
        "",
        "gateway request_id=gw-12345: upstream said",
        ID,
    );
    check(
        &format!(
            r#"{{"id":"resp-{ID}","error":{{"code":"x_y","message":"m","param":"messages"}}}}"#
        ),
        0,
        "x_y",
        "m",
        ID,
    );
}

#[test]
fn json_inside_strings() {
    check(
        &format!(
            r#"{{"message":"{{\"code\":\"Inner.Code\",\"message\":\"why\",\"request_id\":\"{ID}\"}}","code":"WRAPPED"}}"#
        ),
        0,
        "Inner.Code",
        "why",
        ID,
    );
    check(
        &format!(r#""{{\"code\":\"Inner.Code\",\"message\":\"why\",\"request_id\":\"{ID}\"}}""#),
        0,
        "Inner.Code",
        "why",
        ID,
    );
    check(
        r#"{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"message\":\"why\",\"code\":\"inner_x\"}}","provider_name":"P"}}}"#,
        400,
        "inner_x",
        "why",
        "",
    );
    check(
        r#"{"statusCode":500,"message":"POST failed: {\"statusCode\":429,\"message\":\"slow\",\"code\":\"Too.Fast\",\"isJson\":true}"}"#,
        429,
        "Too.Fast",
        "slow",
        "",
    );
    // A service's answer quoted in a message: the message stays whole, the gaps are filled.
    let quoted = format!(
        r#"<5000777> Serving.UnknownError: It sent us [{{"request_id":"{ID}","status_code":503,"status_message":"Come back later."}}]"#
    );
    check(
        &format!("[API Error: {quoted}]"),
        503,
        "Serving.UnknownError",
        &quoted,
        ID,
    );
}

#[test]
fn torn_json() {
    check(
        r#"400 - {"error":{"code":"bad_x","param":null,"message":"a \"b\" c","type":"t"}"#,
        400,
        "bad_x",
        r#"a "b" c"#,
        "",
    );
    check(
        r#"{"code":"Bad.X","message":"cut in the mid"#,
        0,
        "Bad.X",
        "cut in the mid",
        "",
    );
    check(r#"{"message":"whole","code":"Cut.Of"#, 0, "", "whole", "");
    check(
        r#"{\"error\":{\"code\":\"bad_x\",\"message\":\"why\"},\"request_i"#,
        0,
        "bad_x",
        "why",
        "",
    );
    check(
        r#"{"message":"the "x.y" field is bad","code":"Bad.X"}"#,
        0,
        "Bad.X",
        r#"the "x.y" field is bad"#,
        "",
    );
    check(
        "{“code”:“Bad.X”，“message”:“why not”}",
        0,
        "Bad.X",
        "why not",
        "",
    );
}

#[test]
fn python_reprs() {
    check(
        &format!(
            "Error code: 429 - {{'error': {{'message': \"it's 'full'\", 'type': 'limit_x', 'param': None, 'code': 'limit_x'}}, 'request_id': '{ID}'}}"
        ),
        429,
        "limit_x",
        "it's 'full'",
        ID,
    );
    check(
        "{'error': {'code': None, 'message': 'a\\'b', 'type': 'kind_x', 'ok': False}}",
        0,
        "kind_x",
        "a'b",
        "",
    );
    check(
        &format!(
            "got DashScopeAPIResponse(status_code=429, request_id='{ID}', code='Too.Fast', message='Slow, please.', output=None, usage=None)"
        ),
        429,
        "Too.Fast",
        "Slow, please.",
        ID,
    );
    check(
        "Reply(status_code=-1, code='Unknown', message='boom')",
        -1,
        "Unknown",
        "boom",
        "",
    );
    check(
        "resp body b'{\"code\":\"Bad.X\",\"message\":\"\\xe5\\xa5\\xbd\"}'",
        0,
        "Bad.X",
        "好",
        "",
    );
    check(
        &format!("ApiFault{{code=BadX, message=a, b and c, requestId={ID}}}"),
        0,
        "BadX",
        "a, b and c",
        ID,
    );
    check(
        "Error: boom {\n  status: 429,\n  code: 'limit_x',\n  error: { message: 'slow', param: undefined }\n}",
        429,
        "limit_x",
        "slow",
        "",
    );
    check(
        &format!("request_id: {ID} \n status_code: 400 \n code: BadX \n message: x must be y"),
        400,
        "BadX",
        "x must be y",
        ID,
    );
}

#[test]
fn server_sent_events() {
    check(
        &format!(
            "id:1\nevent:error\n:HTTP_STATUS/429\ndata:{{\"code\":\"Too.Fast\",\"message\":\"slow\",\"request_id\":\"{ID}\"}}\n\n"
        ),
        429,
        "Too.Fast",
        "slow",
        ID,
    );
    check(
        "event: error\nstatus: 400\ndata: {\"code\":\"Bad.X\",\"message\":\"why\"}",
        400,
        "Bad.X",
        "why",
        "",
    );
    check(
        "id:1\\nevent:error\\n:HTTP_STATUS/400\\ndata:{\\\"code\\\":\\\"Bad.X\\\",\\\"message\\\":\\\"why\\\"}",
        400,
        "Bad.X",
        "why",
        "",
    );
}

#[test]
fn inner_codes() {
    let message = "<400> Inner.Algo.BadX: Range should be [1, 30]";
    check(
        &format!("[API Error: 400 {message}]"),
        400,
        "Inner.Algo.BadX",
        message,
        "",
    );
    check(message, 400, "Inner.Algo.BadX", message, "");
    check(
        &format!(r#"{{"message":"{message}"}}"#),
        400,
        "Inner.Algo.BadX",
        message,
        "",
    );
    check(
        &format!(r#"{{"code":"Outer","message":"{message}"}}"#),
        400,
        "Outer",
        message,
        "",
    );
    check(
        "[API Error: 400 <400> Inner.Algo.BadX: wrapped by \n  a terminal here\n  twice]",
        400,
        "Inner.Algo.BadX",
        "<400> Inner.Algo.BadX: wrapped by a terminal here twice",
        "",
    );
    check(
        "Inner.Algo.InvalidX: cut out of a log",
        0,
        "Inner.Algo.InvalidX",
        "Inner.Algo.InvalidX: cut out of a log",
        "",
    );
}

#[test]
fn http_in_prose() {
    let whole = |text: &str, status| check(text, status, "", text, "");
    whole(
        "HTTP Request: POST https://api.example.com/v1 \"HTTP/1.1 400 Bad Request\"",
        400,
    );
    whole("Search failed: API error: 429 Too Man", 429);
    whole("Request failed with status code 503", 503);
    check(
        "HTTP 403: The owner has not paid",
        403,
        "",
        "The owner has not paid",
        "",
    );
    check(
        "Internal error: 403 Access to it denied.",
        403,
        "",
        "Access to it denied.",
        "",
    );
    check(
        "429 The tier is used up.\nRequest ID: 5c1d2e3f-0a1b-9c2d-8e3f-405162738495",
        429,
        "",
        "The tier is used up.",
        ID,
    );
    check(
        "Client error '429 Too Many Requests' for url 'https://api.example.com/v1'",
        429,
        "",
        "Too Many Requests' for url 'https://api.example.com/v1'",
        "",
    );
    check(
        "429 请求过于频繁，请稍后再试",
        429,
        "",
        "请求过于频繁，请稍后再试",
        "",
    );
    check(
        "first HTTP 503, then Error code: 429 - {'code': 'Too.Fast', 'message': 'slow'}",
        429,
        "Too.Fast",
        "slow",
        "",
    );
}

#[test]
fn numbers_that_are_no_status() {
    for text in [
        "500 files copied",
        "took 404 ms",
        "port http://localhost:500/x",
        "exit status 101",
        "<5000202>",
        "range [1, 400]",
        "2026-01-02 03:04:05,503 INFO fine",
        "v1.429.0",
        "404.html",
        "error 4291",
        "room 503b",
        "429-abc",
    ] {
        assert_eq!(dig(text).status, None, "{text}");
        assert_eq!(dig(text).code, None, "{text}");
    }
}

#[test]
fn exception_texts() {
    check(
        "Some embedding error: InvalidThing - It is invalid.",
        0,
        "InvalidThing",
        "It is invalid.",
        "",
    );
    check(
        &format!(
            "com.example.FooException: [BadX] <400> Inner.Algo.BadX: no good (requestId: {ID})"
        ),
        400,
        "BadX",
        "<400> Inner.Algo.BadX: no good",
        ID,
    );
    check(
        "HTTP 400 (kind_error: bad_x)\n\nx must be y here",
        400,
        "bad_x",
        "x must be y here",
        "",
    );
    check(
        "litellm.RateLimitError: RateLimitError: DashscopeException - {\"error\":{\"message\":\"slow\",\"code\":\"limit_x\"}}",
        0,
        "limit_x",
        "slow",
        "",
    );
    check(
        "io.grpc.StatusRuntimeException: RESOURCE_EXHAUSTED: too many of them\n\tat io.grpc.X.y(X.java:1)",
        0,
        "RESOURCE_EXHAUSTED",
        "too many of them",
        "",
    );
    check(
        "rpc error: code = Unavailable desc = gone away",
        0,
        "Unavailable",
        "gone away",
        "",
    );
    check(
        "Exception:生成失败, message: Field x is needed",
        0,
        "",
        "Field x is needed",
        "",
    );
    check(
        "**ERROR**: Not in good standing.",
        0,
        "",
        "Not in good standing.",
        "",
    );
    check(
        "Upstream error from Someone: Grew too quickly.",
        0,
        "",
        "Grew too quickly.",
        "",
    );
    check(
        "bad response status code 429, message: slow down, body: {}",
        429,
        "",
        "slow down",
        "",
    );
}

#[test]
fn chatter_has_no_code() {
    for text in [
        "ValueError: nothing to do",
        "MyApp.Services.ChatService: started",
        "java.net.SocketException: Broken pipe",
        "System.Net.Http.HttpRequestException: refused",
        "[models] Error: it is missing",
        "error: Connection - reset",
        "{'role': 'user', 'content': 'code'}",
        "{\"type\":\"event\",\"message\":\"hi\"}",
        "OSError: [Errno 111] refused",
        "run {\"code\": \"print(1)\\nprint(2)\", \"language\": \"python\"}",
        "exit code: FAILURE",
        "a {b} (c) {d: e",
    ] {
        assert_eq!(dig(text).code, None, "{text}");
        assert_eq!(dig(text).status, None, "{text}");
    }
    assert_eq!(dig(""), Dug::default());
    assert_eq!(dig(" \n "), Dug::default());
}

#[test]
fn hosts_and_models() {
    let of = |text: &str| (dig(text).provider_host, dig(text).model);
    let pair = |host: &str, model: &str| {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (some(host), some(model))
    };
    assert_eq!(
        of("POST https://API.example.com/v1/x failed, model=qwen-x1"),
        pair("api.example.com", "qwen-x1")
    );
    assert_eq!(
        of(
            "{\"error\":{\"code\":\"a_b\",\"message\":\"m\"},\"endpoint\":\"https://h.example.com/v1\",\"model\":\"m-1\"}"
        ),
        pair("h.example.com", "m-1")
    );
    assert_eq!(
        of("see https://help.example.com/error-code for more"),
        pair("help.example.com", "")
    );
    assert_eq!(
        of("could not fetch https://pictures.example.com/cat.png"),
        pair("", "")
    );
    assert_eq!(
        of("The model `some-model-7b` does not exist"),
        pair("", "some-model-7b")
    );
    assert_eq!(of("the model is busy"), pair("", ""));
}

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
