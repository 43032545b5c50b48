//! Errors told in words.

use super::*;

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
    whole(
        "Client error '429 Too Many Requests' for url 'https://api.example.com/v1'",
        429,
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
fn wrappers_are_taken_off_the_message() {
    check(
        "litellm.RateLimitError: RateLimitError: DashscopeException - Slow down a bit.",
        0,
        "",
        "Slow down a bit.",
        "",
    );
    check(
        "channel error (channel #12, status code: 400, type: kind_x): Should be [1, 6000] (request id: 20260102abc)",
        400,
        "",
        "Should be [1, 6000]",
        "20260102abc",
    );
    check(
        &format!("调用失败：状态码：429，错误码：Too.Fast，错误信息：请求过快，请求ID：{ID}"),
        429,
        "Too.Fast",
        "请求过快",
        ID,
    );
    check(
        r#"{"err":{"status":429,"code":"limit_x","message":"429 Slow down"}}"#,
        429,
        "limit_x",
        "Slow down",
        "",
    );
}

#[test]
fn a_success_in_prose_is_no_status() {
    for text in [
        "POST https://h.example/v1 \"HTTP/1.1 200 OK\"",
        "status: 200",
        "HTTP 302",
    ] {
        assert_eq!(dig(text).status, None, "{text}");
    }
}
