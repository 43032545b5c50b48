//! Runs with a state, and what is the same about their reports.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

pub fn run(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dslog"))
        .current_dir(dir)
        .arg("analyze")
        .args(args)
        .output()
        .unwrap()
}

#[track_caller]
pub fn report(dir: &Path, args: &[&str]) -> Value {
    let out = run(dir, &[args, &["--format", "json"]].concat());
    let text = String::from_utf8_lossy(&out.stderr);
    assert!(matches!(out.status.code(), Some(0 | 1)), "{args:?}: {text}");
    serde_json::from_slice(&out.stdout).unwrap()
}

/// A refusal: exit code 2, and what it says.
#[track_caller]
pub fn refused(dir: &Path, args: &[&str], words: &[&str]) {
    let out = run(dir, args);
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(2), "{args:?}: {text}");
    for word in words {
        assert!(text.contains(word), "{args:?}: {word:?} is not in {text}");
    }
}

pub fn without_run(mut report: Value) -> Value {
    let map = report.as_object_mut().unwrap();
    map.remove("run");
    map.remove("inputs");
    report
}

#[track_caller]
pub fn assert_same(what: &str, left: Value, right: Value) {
    let (left, right) = (without_run(left), without_run(right));
    for (key, value) in left.as_object().unwrap() {
        assert_eq!(Some(value), right.get(key), "{what}: {key}");
    }
    assert_eq!(left, right, "{what}");
}

/// One failing request a line.
pub fn day_log(day: u32, lines: usize) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for n in 0..lines {
        let (hour, minute) = (n * 24 / lines, n % 60);
        writeln!(
            text,
            r#"{{"time":"2026-11-{day:02}T{hour:02}:{minute:02}:00Z","request_id":"r-{day}-{n}","status_code":429,"code":"Throttling.RateQuota","message":"Requests rate limit exceeded, please try again later.","model":"qwen-plus","latency_ms":{n}}}"#
        )
        .unwrap();
    }
    text
}
