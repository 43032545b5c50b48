//! Log text that would do something, somewhere, if it got out raw.

use super::dslog;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Every output format.
pub const FORMATS: [&str; 6] = ["text", "json", "html", "md", "csv", "prom"];

/// Each would do something, somewhere, if it got out raw.
pub const PAYLOADS: [&str; 16] = [
    "</script><img src=x onerror=alert(1)>",
    "\"><svg/onload=alert(1)>",
    "' onmouseover='alert(1)",
    "</style></title><iframe src=//evil.example>",
    "\u{1b}]52;c;aGk=\u{7}\u{1b}[2J",
    "\u{202e}gpj.exe\u{202c}\u{2066}x\u{2069}",
    "\u{0}\u{85}\u{200b}\u{feff}",
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "a | b\n| --- | --- |",
    "``` `x` [x](javascript:alert(1)) ![i](//evil.example)",
    "a\"} 1\ndslog_evil 1\n# EOF\\",
    "{{ 7*7 }} {% x %} &lt;",
];

pub fn any_exit(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dslog"))
        .args(args)
        .output()
        .unwrap()
}

pub fn stderr(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}

pub fn printed(format: &str, log: &str, more: &[&str]) -> String {
    let args = [&["analyze", "-q", log, "--format", format], more].concat();
    String::from_utf8(dslog(&args).stdout).unwrap()
}

/// A log whose every field is a payload, in a file whose name is one.
pub fn hostile_log(dir: &Path) -> String {
    let mut log = String::new();
    for at in 0..PAYLOADS.len() * 3 {
        let payload = |step: usize| PAYLOADS[(at * step + step) % PAYLOADS.len()];
        let record = json!({
            "timestamp": format!("2026-11-22T00:{:02}:00Z", at % 60), "status_code": 400 + at % 100,
            "code": payload(1), "message": payload(3), "request_id": payload(5), "model": payload(7),
            "api_key": payload(9), "latency_ms": at,
        });
        log.push_str(&record.to_string());
        log.push('\n');
    }
    let path = dir.join("<img src=x onerror=alert(1)>.jsonl");
    fs::write(&path, log).unwrap();
    path.to_str().unwrap().to_owned()
}

pub fn is_hostile(c: char) -> bool {
    c != '\n' && dslog::untrusted::is_hostile(c)
}

/// How many cells a table has, all of them seen to be harmless.
pub fn cells_that_are_no_formulas(table: &str) -> usize {
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let mut cells = 0;
    for row in rows.records() {
        for cell in &row.unwrap() {
            let is_number = cell.parse::<f64>().is_ok();
            assert!(
                is_number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell:?} in {table}"
            );
            cells += 1;
        }
    }
    cells
}
