use super::*;
use crate::scan::{Hits, oracle};

fn facts(line: &str) -> (Schema, Hits, String) {
    let schema = Schema::new(&[]).unwrap();
    let mut hits = Hits::default();
    oracle::parse(line.as_bytes(), &schema, &mut hits).unwrap();
    (schema, hits, line.to_owned())
}

fn with<T>(line: &str, view: impl Fn(&Facts) -> T) -> T {
    let (schema, hits, line) = facts(line);
    view(&look(
        &schema,
        &mut Clocks::default(),
        line.as_bytes(),
        &hits.list,
    ))
}

#[test]
fn statuses_from_where_loggers_put_them() {
    for (line, status) in [
        (r#"{"status":429}"#, Some(429)),
        (r#"{"status":"429"}"#, Some(429)),
        (r#"{"status":429.0}"#, Some(429)),
        (r#"{"status":-1}"#, Some(-1)),
        (r#"{"status":0}"#, Some(0)),
        (r#"{"status":65537}"#, None),
        (r#"{"status":null}"#, None),
        (r#"{"status":true}"#, None),
        (
            r#"{"status":"success","res":{"statusCode":200}}"#,
            Some(200),
        ),
        (r#"{"fields":{"http.status_code":503}}"#, Some(503)),
        (r#"{"response":{"status":"404"}}"#, Some(404)),
    ] {
        assert_eq!(with(line, |f| f.status), status, "{line}");
    }
}

#[test]
fn codes_pass_over_success_marks() {
    let code = |line: &str| with(line, |f| f.code.map(|c| c.text().into_owned()));
    assert_eq!(
        code(r#"{"code":"OK","error":{"code":"x"}}"#).as_deref(),
        Some("x")
    );
    assert_eq!(code(r#"{"code":0}"#), None);
    assert_eq!(code(r#"{"code":"200"}"#), None);
    assert_eq!(
        code(r#"{"code":null,"error":{"type":"t","code":null}}"#).as_deref(),
        Some("t")
    );
    assert_eq!(
        code(r#"{"code":429,"error":{"code":"limit"}}"#).as_deref(),
        Some("limit")
    );
    assert_eq!(code(r#"{"code":1003}"#).as_deref(), Some("1003"));
    assert!(with(r#"{"code":429}"#, |f| f.code_as_status.is_some()));
}

#[test]
fn a_body_id_is_kept_apart() {
    let ids = |line: &str| {
        with(line, |f| {
            (
                f.body_id.map(|i| i.text().into_owned()),
                f.request_id.map(|i| i.text().into_owned()),
            )
        })
    };
    let (body, outer) = ids(r#"{"request_id":"gw","response":{"body":{"request_id":"p"}}}"#);
    assert_eq!((body.as_deref(), outer.as_deref()), (Some("p"), Some("gw")));
    let (body, _) = ids(r#"{"error":{"param":"messages"}}"#);
    assert_eq!(body, None);
    let (body, _) = ids(r#"{"error":{"param":"81a373d6-28bd-9968-8335-e22a2127c41b"}}"#);
    assert!(body.is_some());
}

#[test]
fn levels_tasks_and_bodies() {
    for line in [
        r#"{"level":"ERROR"}"#,
        r#"{"level":50}"#,
        r#"{"severity":"critical"}"#,
        r#"{"log.level":"fatal"}"#,
    ] {
        assert!(with(line, |f| f.error_level), "{line}");
    }
    assert!(!with(r#"{"level":30}"#, |f| f.error_level));
    assert_eq!(
        with(r#"{"output":{"task_status":"FAILED"}}"#, |f| f.task),
        Some(Task::Failed)
    );
    assert_eq!(
        with(r#"{"output":{"task_status":"RUNNING"}}"#, |f| f.task),
        None
    );
    assert!(with(r#"{"error":{"message":"m","code":null}}"#, |f| f.error_body));
    assert!(!with(r#"{"error":{"message":"m"}}"#, |f| f.error_body));
    assert!(with(r#"{"time":"never"}"#, |f| f.bad_time));
    assert_eq!(with(r#"{"elapsed_us":1500}"#, |f| f.latency_us), Some(1500));
}
