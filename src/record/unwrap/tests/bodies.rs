//! Error bodies: whole, torn, nested, as JSON, `repr` and event streams.

use super::*;

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
