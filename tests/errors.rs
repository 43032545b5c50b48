//! Errors as applications log them, on the real binary: code, kind, status and request id.
//! The cases are files in `tests/cases/errors`; what they hold is said at their heads.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

mod util;

use serde_json::Value;
use std::fmt::Write;
use util::report;

/// What the report says of a log of one line, in the cases' notation.
fn said(line: &str) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), line).unwrap();
    let report = report(&["analyze", "--format", "json", file.path().to_str().unwrap()]);
    let Some(code) = report["codes"].get(0) else {
        let success = report["totals"]["successes"] == 1;
        return if success { "success" } else { "other" }.to_owned();
    };
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let cause = &code["causes"][0];
    let status = code["statuses"].as_object().unwrap().keys().next().unwrap();
    format!(
        "{} | {} | {status} | {}",
        text(&code["code"]),
        text(&cause["kind"]),
        text(&cause["request_ids"][0])
    )
}

#[test]
fn every_case() {
    let mut wrong = String::new();
    let mut cases = 0;
    for entry in std::fs::read_dir("tests/cases/errors").unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let (mut note, mut line) = ("", "");
        for row in text.lines() {
            if let Some(comment) = row.strip_prefix("# ") {
                note = comment;
            } else if let Some(wanted) = row.strip_prefix("= ") {
                cases += 1;
                let said = said(line);
                if said != wanted {
                    let name = path.file_name().unwrap().to_string_lossy();
                    writeln!(
                        wrong,
                        "{name}, {note}:\n  {line}\n  said   {said}\n  wanted {wanted}"
                    )
                    .unwrap();
                }
            } else if !row.is_empty() {
                line = row;
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(cases > 100, "the cases were not found");
}
