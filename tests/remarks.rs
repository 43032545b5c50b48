//! What is said where words, lines or inputs are not what was awaited, on the real binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

mod util;

use serde_json::Value;
use std::io::Write as _;
use std::process::{Command, Stdio};
use util::place::{Place, log};

#[test]
fn wrong_words_are_exit_2_with_what_would_be_right() {
    let place = Place::new(&[("a.jsonl", &log())]);
    for (args, words) in [
        (
            &["analyse", "a.jsonl"][..],
            "similar subcommand exists: 'analyze'",
        ),
        (
            &["analyze", "--recoverd", "a.jsonl"],
            "similar argument exists: '--recovered'",
        ),
        (&["analyze", "--lang", "fr"], "[possible values: en, zh]"),
        (&["analyze", "--threads", "0"], "1..=1024"),
        (
            &["analyze", "--top", "many"],
            "invalid value 'many' for '--top",
        ),
        (&["analyze", "--format", "jsn"], "choose one of text, json"),
        (&["analyze", "--status", "4x"], "429, 5xx or none"),
        (
            &["analyze", "--kind", "throtle"],
            "throttle.rate throttle.tokens",
        ),
        (
            &["analyze", "--field", "statu=x"],
            "names: time status code",
        ),
        (
            &["analyze", "--field", "x"],
            "is not NAME=PATH (for example",
        ),
        (
            &["analyze", "--tz", "Mars"],
            "+08:00 or a name as Asia/Shanghai",
        ),
        (&["analyze", "--since", "soon"], "90m, 2h, 3d"),
        (&["analyze", "--bucket", "7m"], "divides a day, such as 5m"),
        (&["analyze", "--bucket", "x"], "1m, 5m, 1h or auto"),
        (&["analyze", "--memory", "x"], "256M or 2G"),
        (&["analyze", "--catalogue", "nope"], "nope: no such file"),
        (
            &["explain", "--format", "html"],
            "possible values: text, json, md",
        ),
        (&["man", "analyse"], "there is no subcommand"),
        (&["completions", "cmd"], "possible values: bash"),
    ] {
        let ran = place.run(args);
        assert_eq!((ran.exit, &*ran.out), (2, ""), "{args:?}");
        assert!(ran.said.contains(words), "{args:?}: {}", ran.said);
    }
    let alone = place.run(&[]);
    assert_eq!(alone.exit, 2);
    assert!(alone.said.contains("Examples:"), "{}", alone.said);
}

/// Each kind of batch has a remedy of its own.
#[test]
fn lines_of_many_records_are_named_with_their_remedy() {
    for (line, remedy) in [
        (r#"{"Records":[{"eventSource":"x"}]}"#, "'.Records[]'"),
        (r#"{"records":[{"status":429}]}"#, "'.records[]'"),
        (
            r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}"#,
            "'.resourceLogs[].scopeLogs[].logRecords[] | . + (.attributes // [] | from_entries | map_values(.[]))'",
        ),
        (
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}]}"#,
            "'.resourceSpans[].scopeSpans[].spans[]'",
        ),
    ] {
        let place = Place::new(&[("a.jsonl", line.as_bytes())]);
        let ran = place.run(&["analyze", "a.jsonl"]);
        assert!(ran.said.contains(remedy), "{}", ran.said);
        let shown: Vec<&str> = ran.out.split_whitespace().collect();
        assert!(shown.join(" ").contains(remedy), "{}", ran.out);
    }
}

#[test]
fn where_nothing_is_recognised_it_says_what_to_do() {
    let place = Place::new(&[
        ("other.jsonl", b"{\"foo\":1}\n"),
        ("a.jsonl", &log()),
        (
            "text.log",
            b"Nov 22 08:00:00 host sshd[1]: no JSON at all\n",
        ),
    ]);
    for name in ["other.jsonl", "text.log"] {
        let (exit, _, said) = place.report(&[name]);
        assert_eq!(exit, 0);
        assert!(said.contains("`dslog fields`"), "{said}");
        let text = place.run(&["analyze", name]);
        assert!(text.out.contains("dslog fields"), "{}", text.out);
        let quiet = place.run(&["analyze", "-q", name]);
        assert_eq!(quiet.said, "");
    }
    let (exit, report, said) = place.report(&["a.jsonl", "--code", "Throtling"]);
    assert_eq!((exit, &report["totals"]["outside"]), (0, &Value::from(2)));
    assert!(
        said.contains("none of 2 request lines") && said.contains("Throttling"),
        "{said}"
    );
    let (_, _, said) = place.report(&["a.jsonl", "--code", "Throttling", "--model", "no"]);
    assert!(
        said.contains("none of 2") && !said.contains("the catalogue"),
        "{said}"
    );
}

#[test]
fn a_terminal_as_standard_input_says_what_is_awaited() {
    // `script` lends a terminal; where there is none of it, nothing can be shown.
    let Ok(version) = Command::new("script").arg("--version").output() else {
        return;
    };
    if !String::from_utf8_lossy(&version.stdout).contains("util-linux") {
        return;
    }
    let place = Place::new(&[]);
    let mut child = Command::new("script")
        .args([
            "-qec",
            concat!(env!("CARGO_BIN_EXE_dslog"), " analyze"),
            "/dev/null",
        ])
        .current_dir(place.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Ctrl-D at the start of a line ends it.
    child.stdin.take().unwrap().write_all(b"\x04").unwrap();
    let out = child.wait_with_output().unwrap();
    let shown = String::from_utf8_lossy(&out.stdout);
    assert!(
        shown.contains("reading standard input from the terminal"),
        "{shown}"
    );
    assert_eq!(out.status.code(), Some(0), "{shown}");
}
