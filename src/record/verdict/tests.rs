use super::*;
use crate::record::look;
use crate::record::time::Clocks;
use crate::scan::engine::Choice;
use crate::scan::{Hits, oracle};
use proptest::prelude::*;

/// A line's verdict, without the names of judgements.
fn verdict(judge: &mut Judge, line: &str) -> String {
    let mut hits = Hits::default();
    if oracle::parse(line.as_bytes(), judge.schema, &mut hits).is_err() {
        return "malformed".to_owned();
    }
    let facts = look(
        judge.schema,
        &mut Clocks::default(),
        line.as_bytes(),
        &hits.list,
    );
    match judge.judge(line.as_bytes(), &hits.list, &facts) {
        Line::Failure(Failure { judged, request_id }) => {
            let Judged {
                epoch: _,
                serial: _,
                code,
                spelling,
                status,
                kind,
                row,
                unlisted,
                message,
            } = &**judged;
            format!(
                "{code} {spelling} {status:?} {kind:?} {row} {unlisted:?} {message:?} {request_id:?}"
            )
        }
        other => format!("{other:?}"),
    }
}

fn schema() -> Schema {
    Schema::new(&[]).unwrap()
}

/// Error texts as applications log them; `U` is a UUID.
const TEXTS: &[&str] = &[
    "Error code: 429 - {'error': {'message': 'Requests rate limit exceeded, please try again later.', 'type': 'limit_requests', 'param': None, 'code': 'limit_requests'}, 'request_id': 'U'}",
    "{\"error\":{\"message\":\"Input data may contain inappropriate content.\",\"code\":\"data_inspection_failed\"},\"request_id\":\"U\",\"id\":\"chatcmpl-U\"}",
    "{\"code\":\"InvalidApiKey\",\"message\":\"Invalid API-key provided.\",\"request_id\":\"U\"}",
    "id:1\nevent:error\n:HTTP_STATUS/400\ndata:{\"code\":\"InvalidParameter\",\"message\":\"task U can not be null\",\"request_id\":\"U\"}",
    "Task U failed (request id: U) (request id: U)",
    "openai.InternalServerError: Error code: 503 - {'error': {'message': 'Too many requests (request id: U)', 'type': 'ServiceUnavailable', 'param': 'U', 'code': None}}",
    "{\"status_code\": 400, \"request_id\": \"U\", \"code\": \"U\", \"message\": \"Model can not be found.\"}",
    "status_code=429 code=Throttling message=Requests throttling triggered. request_id=U",
    "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 6000], U",
    "com.alibaba.dashscope.exception.ApiException: {\"statusCode\":401,\"message\":\"No API-key provided.\",\"code\":\"InvalidApiKey\",\"isJson\":true,\"requestId\":\"U\"}; status body:{\"a\":1}",
    "{\\\"error\\\":{\\\"code\\\":\\\"model_not_found\\\",\\\"message\\\":\\\"x\\\"},\\\"request_id\\\":\\\"U\\\"}",
    "429 U happened",
    "请求ID：U 欠费 Arrearage",
    "{'output': {'task_id': 'U', 'task_status': 'FAILED', 'code': 'InvalidURL', 'message': 'U is bad'}}",
    "connection U reset by peer",
    "message: U, code: U, request_id: req-U",
    "error: U - U [U] (U: U)",
    "U",
];

const KEYS: &[&str] = &[
    "error",
    "message",
    "msg",
    "detail",
    "response",
    "exc_info",
    "error_message",
    "stack",
];

fn uuid() -> impl Strategy<Value = String> {
    let forms = [
        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        "[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}",
        "[a-f]{8}-[a-f]{4}-[a-f]{4}-[a-f]{4}-[a-f]{12}",
        "[0-9]{8}-[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{12}",
        "[0-9a-f]{7}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    ];
    (0..12_usize).prop_flat_map(move |n| match n {
        0..8 => forms[0],
        n => forms[n - 7],
    })
}

/// A text with a few characters put in, taken out or doubled.
fn text() -> impl Strategy<Value = String> {
    let edit = (
        any::<prop::sample::Index>(),
        "[-\"'{}()\\\\:uxn 0-9a-f，<>\\[\\]]{0,2}",
        0..3_usize,
    );
    let edits = prop_oneof![
        2 => Just(Vec::new()),
        1 => prop::collection::vec(edit, 0..4),
    ];
    (prop::sample::select(TEXTS), edits).prop_map(|(text, edits)| {
        let mut chars: Vec<char> = text.chars().collect();
        for (at, new, gone) in edits {
            let at = at.index(chars.len() + 1);
            let end = (at + gone).min(chars.len());
            chars.splice(at..end, new.chars());
        }
        chars.into_iter().collect()
    })
}

fn filled(text: &str, ids: &[String]) -> String {
    let mut ids = ids.iter().cycle();
    text.chars()
        .map(|c| match c {
            'U' => ids.next().unwrap().clone(),
            other => other.to_string(),
        })
        .collect()
}

prop_compose! {
    fn line()(
        texts in prop::collection::vec((prop::sample::select(KEYS), text()), 0..3),
        status in prop::option::of(prop::sample::select(&[200, 400, 429, 503][..])),
        code in prop::option::of(prop::sample::select(&["Throttling", "limit_requests", "InvalidParameter", "Wibble", "429"][..])),
        error_level in any::<bool>(),
        id in prop::option::of(uuid()),
        ascii in any::<bool>(),
    ) -> String {
        let mut line = serde_json::Map::new();
        for (key, text) in texts { line.insert(key.to_owned(), text.into()); }
        if let Some(status) = status { line.insert("status_code".to_owned(), status.into()); }
        if let Some(code) = code { line.insert("code".to_owned(), code.into()); }
        if error_level { line.insert("level".to_owned(), "error".into()); }
        if let Some(id) = id { line.insert("request_id".to_owned(), id.into()); }
        let line = serde_json::Value::from(line).to_string();
        if !ascii { return line; }
        // As Python writes it.
        line.chars().map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", c as u32) }).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("DSLOG_JUDGE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(400)
    ))]
    /// What is remembered is what would be judged anew, whatever ids stand in the texts.
    #[test]
    fn memory_changes_nothing(
        lines in prop::collection::vec(line(), 1..3),
        ids in prop::collection::vec(prop::collection::vec(uuid(), 3), 1..6),
    ) {
        let schema = schema();
        let mut with = Judge::new(Catalog::shipped(), &schema, Choice::Fast);
        let mut without = Judge::new(Catalog::shipped(), &schema, Choice::Oracle);
        for ids in &ids {
            for line in &lines {
                let line = filled(line, ids);
                prop_assert_eq!(verdict(&mut with, &line), verdict(&mut without, &line), "{}", line);
            }
        }
    }
}

#[test]
fn further_texts_count_only_where_the_first_says_little() {
    let schema = schema();
    let mut judge = Judge::new(Catalog::shipped(), &schema, Choice::Fast);
    let mut code = |line: &str| {
        let verdict = verdict(&mut judge, line);
        verdict.split(' ').next().unwrap_or_default().to_owned()
    };
    for _ in 0..2 {
        let known =
            r#"{"status":400,"error":"InvalidApiKey - Invalid API-key provided.","msg":"N"}"#;
        let bland = r#"{"status":429,"error":"it went wrong","msg":"N"}"#;
        let two = r#"{"status":429,"error":"it went wrong","msg":"Error code: 429 - {'error': {'code': 'limit_requests', 'message': 'x'}}"}"#;
        assert_eq!(code(known), "InvalidApiKey");
        assert_eq!(code(bland), "HTTP");
        assert_eq!(code(two), "Throttling.RateQuota");
        assert_eq!(code(r#"{"status":429,"error":"it went wrong"}"#), "HTTP");
    }
    assert!(judge.memo.len() < 12);
}

#[test]
fn a_flood_of_different_errors_is_forgotten() {
    let schema = schema();
    let mut judge = Judge::new(Catalog::shipped(), &schema, Choice::Fast);
    for n in 0..3 * crate::limits::JUDGEMENTS {
        verdict(
            &mut judge,
            &format!(r#"{{"status":400,"code":"E{n}x","error":"no {n}"}}"#),
        );
        assert!(judge.memo.len() <= crate::limits::JUDGEMENTS);
    }
}

#[test]
fn what_is_long_is_not_remembered() {
    let schema = schema();
    let mut judge = Judge::new(Catalog::shipped(), &schema, Choice::Fast);
    let long = "Ab".repeat(JUDGEMENT_KEY_BYTES);
    for line in [
        format!(r#"{{"status":400,"code":"{long}"}}"#),
        format!(r#"{{"status":400,"code":"{long}","message":"x"}}"#),
        format!(r#"{{"status":400,"code":"Wibble","message":"{long}"}}"#),
    ] {
        let first = verdict(&mut judge, &line);
        assert_eq!(verdict(&mut judge, &line), first);
        assert_eq!(judge.memo.len(), 0);
    }
    // A long text behind one that decides does no harm.
    let line = format!(r#"{{"status":401,"error":"Invalid API-key provided.","stack":"{long}"}}"#);
    verdict(&mut judge, &line);
    assert_eq!(judge.memo.len(), 1);
}

#[test]
fn ids_in_other_texts_are_remembered_by_place() {
    let schema = schema();
    let mut judge = Judge::new(Catalog::shipped(), &schema, Choice::Fast);
    for id in [
        "611d04b1-cb4a-44ed-8cfe-9df6c1765fc5",
        "711d04b1-cb4a-44ed-8cfe-9df6c1765fc6",
        "r-123456",
    ] {
        let line = format!(
            r#"{{"status":429,"error":{{"code":"Throttling.RateQuota","message":"Requests rate limit exceeded"}},"msg":"gave up, request_id={id}","request_id":"gateway-1"}}"#
        );
        assert!(
            verdict(&mut judge, &line).ends_with(&format!("{:?}", Some(RequestId::new(id)))),
            "{line}"
        );
    }
}

#[test]
fn what_is_cut_is_redacted_before() {
    let schema = schema();
    let mut judge = Judge::new(Catalog::shipped(), &schema, Choice::Fast);
    // Nothing of the quotations shows, so the template is cut in the middle of the token.
    let quotations = format!("'{}' ", "x".repeat(190)).repeat(10);
    let gap = "y".repeat(2048 - quotations.len() - 24);
    let line = format!(
        "{{\"status\":418,\"code\":\"Odd\",\"message\":\"{quotations}`{gap}` token: abcdefghijklmnopqrstuvwxyz1\"}}"
    );
    let shown = verdict(&mut judge, &line);
    assert!(shown.contains("token: abc"), "{shown}");
    assert!(!shown.contains("abcdefgh"), "{shown}");
}
