//! Scanner against oracle, on cases that each once went wrong somewhere.

use super::index::Line;
use super::oracle;
use super::schema::Schema;
use super::walker::{NoTrace, Walker};
use super::{Hits, Scan};
use crate::fault::Fault;
use proptest::prelude::*;

fn schema() -> Schema {
    Schema::new(&[]).unwrap()
}

fn oracle_view(line: &[u8], schema: &Schema) -> Result<Vec<(String, String)>, Fault> {
    let mut hits = Hits::default();
    oracle::parse(line, schema, &mut hits)?;
    Ok(hits
        .list
        .iter()
        .map(|hit| {
            let path = schema.spec(hit.path).unwrap().path.clone();
            (path, String::from_utf8_lossy(hit.raw(line)).into_owned())
        })
        .collect())
}

fn found(line: &str) -> Vec<(String, String)> {
    oracle_view(line.as_bytes(), &schema()).unwrap()
}

fn pair(a: &str, b: &str) -> (String, String) {
    (a.to_owned(), b.to_owned())
}

#[test]
fn nested_flat_and_mixed_paths_are_one() {
    for line in [
        r#"{"http":{"response":{"status_code":429}}}"#,
        r#"{"http.response.status_code":429}"#,
        r#"{"http":{"response.status_code":429}}"#,
        r#"{"http.response":{"status_code":429}}"#,
    ] {
        assert_eq!(
            found(line),
            [pair("http.response.status_code", "429")],
            "{line}"
        );
    }
}

#[test]
fn the_last_of_repeated_keys_wins() {
    assert_eq!(
        found(r#"{"status":400,"status":200}"#),
        [pair("status", "200")]
    );
    assert_eq!(
        found(r#"{"error":{"code":"a"},"error":{"type":"b"}}"#),
        [pair("error.type", "\"b\"")]
    );
    assert_eq!(
        found(r#"{"error":{"code":"a"},"error.code":"b"}"#),
        [pair("error.code", "\"b\"")]
    );
    assert_eq!(
        found(r#"{"error.code":"b","error":{"code":"a"}}"#),
        [pair("error.code", "\"a\"")]
    );
    assert_eq!(
        found(r#"{"error":{"code":"a"},"error":null}"#),
        [pair("error", "null")]
    );
}

#[test]
fn escaped_keys_match() {
    assert_eq!(found(r#"{"co\u0064e":"x"}"#), [pair("code", "\"x\"")]);
}

#[test]
fn faults_have_names() {
    let schema = schema();
    for (line, fault) in [
        ("[1]", Fault::NotObject),
        ("3", Fault::NotObject),
        ("\"a\"", Fault::NotObject),
        ("{", Fault::BadJson),
        ("{}x", Fault::BadJson),
        ("{}{}", Fault::BadJson),
        ("{\"a\":NaN}", Fault::BadJson),
        ("{\"a\":01}", Fault::BadJson),
        ("{\"a\":\"\\q\"}", Fault::BadJson),
        ("{\"a\":\"\t\"}", Fault::BadJson),
        ("{\"a\":1,}", Fault::BadJson),
        ("{'a':1}", Fault::BadJson),
        ("x", Fault::BadJson),
    ] {
        assert_eq!(oracle_view(line.as_bytes(), &schema), Err(fault), "{line}");
    }
}

#[test]
fn odd_but_whole_lines_are_kept() {
    let schema = schema();
    let deep = format!(
        "{{\"a\":{}1{},\"status\":1}}",
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    for line in [
        b"{}".as_slice(),
        b" {\"x\":1e400} \r",
        b"{\"x\":\"\\ud800\"}",
        b"{\"\\ud800\":1,\"status\":2}",
        b"{\"x\":\"\xff\xfe\"}",
        b"{\"\xff\":1}",
        b"\t{\"status\":\t5}",
        deep.as_bytes(),
    ] {
        assert!(
            oracle_view(line, &schema).is_ok(),
            "{}",
            String::from_utf8_lossy(&line[..line.len().min(80)])
        );
    }
}

/// The contract itself: the walker defers or agrees.
fn assert_agrees(line: &[u8], schema: &Schema, walker: &mut Walker) -> Scan {
    let (mut fast, mut slow) = (Hits::default(), Hits::default());
    let verdict = walker.scan(
        &Line::unknown(line, line.len()),
        schema,
        &mut fast,
        &mut NoTrace,
    );
    let truth = oracle::parse(line, schema, &mut slow);
    match verdict {
        Scan::Defer => {}
        Scan::Fields => assert_eq!(
            (Ok(()), &fast),
            (truth, &slow),
            "{}",
            String::from_utf8_lossy(line)
        ),
        Scan::Reject(fault) => assert_eq!(Err(fault), truth, "{}", String::from_utf8_lossy(line)),
    }
    verdict
}

#[test]
fn plain_lines_are_not_deferred() {
    let schema = schema();
    let mut walker = Walker::new();
    for line in [
        r#"{"status":429,"error":{"code":"x","message":"a\"b\u4e2d"},"y":[1,{"status":3}],"z":-1.5e+3}"#,
        "{ \"status\" : 200 , \"a\" : { } , \"b\" : [ ] }\r",
        r#"{"状态":"好","status":"429"}"#,
    ] {
        assert_eq!(
            assert_agrees(line.as_bytes(), &schema, &mut walker),
            Scan::Fields,
            "{line}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn walker_defers_or_agrees_on_token_soup(tokens in prop::collection::vec(prop::sample::select(vec![
        "{", "}", "[", "]", ",", ":", "\"status\"", "\"error\"", "\"code\"", "\"a\"", "429", "\"x\\n\"",
        "null", "true", "-0.1e5", "01", " ", "\t", "\\", "\"", "\"er\\u0072or\"", "\u{e9}", "\"error.code\"",
    ]), 0..24)) {
        let schema = schema();
        let line = tokens.concat();
        assert_agrees(line.as_bytes(), &schema, &mut Walker::new());
    }
}
