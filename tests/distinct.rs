//! Messages that differ in every line: one template, and memory that does not grow.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};

/// Lines; `DSLOG_DISTINCT_LINES` asks for more, a million for one.
fn lines() -> u64 {
    std::env::var("DSLOG_DISTINCT_LINES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(60_000)
}

/// A log in which each line names other things.
fn log(lines: u64) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut out = std::io::BufWriter::new(file.as_file_mut());
    for n in 0..lines {
        let id = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        writeln!(
            out,
            r#"{{"timestamp":"2026-11-22T08:00:00Z","level":"ERROR","status":400,"code":"InvalidParameter","message":"The thing 'up-{n}' of user {} was not there after 12.{n} ms, see job {:08x}-5c1e-4a7b-9d20-{n:012x}"}}"#,
            id >> 40,
            id >> 32,
        )
        .unwrap();
    }
    out.flush().unwrap();
    drop(out);
    file
}

/// The report, and the most memory that the program held, in KiB (where the system tells).
fn analyze(lines: u64) -> (Value, Option<u64>) {
    let log = log(lines);
    let report = tempfile::NamedTempFile::new().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_dslog"))
        .args(["analyze", "--threads", "2", "--format", "json", "-o"])
        .args([report.path(), log.path()])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut most = None;
    let status = loop {
        let file = format!("/proc/{}/status", child.id());
        let peak = std::fs::read_to_string(file).ok().and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        });
        most = most.max(peak);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    };
    assert!(status.success());
    let report = std::fs::read(report.path()).unwrap();
    (serde_json::from_slice(&report).unwrap(), most)
}

#[test]
fn distinct_values_make_one_template_and_no_memory_growth() {
    let (report, few) = analyze(lines() / 6);
    assert_eq!(report["totals"]["failures"], lines() / 6);
    let (report, many) = analyze(lines());
    let causes = report["codes"][0]["causes"].as_array().unwrap();
    assert_eq!(causes.len(), 1, "{causes:?}");
    assert_eq!(
        causes[0]["cause"],
        "unlisted: The thing <*> of user <*> was not there after <*> ms, see job <*>"
    );
    assert_eq!(causes[0]["count"], lines());
    // The least of all messages by bytes.
    assert!(
        causes[0]["message"]
            .as_str()
            .unwrap()
            .starts_with("The thing 'up-0' of user 0 was")
    );
    if let (Some(few), Some(many)) = (few, many) {
        assert!(many < few + 16 * 1024, "{few} KiB grew to {many} KiB");
    }
}
