//! Every output format on the real binary: what it holds, what it must not, and where it goes.
//! (`integrations/report/` opens the page in a browser and reads the rest with others' parsers.)

#![allow(
    clippy::case_sensitive_file_extension_comparisons,
    clippy::format_collect,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs
)] // a test may fail

mod util;

use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use util::{dslog, report};

const FORMATS: [&str; 6] = ["text", "json", "html", "md", "csv", "prom"];

/// Each would do something, somewhere, if it got out raw.
const PAYLOADS: [&str; 16] = [
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

fn any_exit(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dslog"))
        .args(args)
        .output()
        .unwrap()
}

fn stderr(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}

fn printed(format: &str, log: &str, more: &[&str]) -> String {
    let args = [&["analyze", "-q", log, "--format", format], more].concat();
    String::from_utf8(dslog(&args).stdout).unwrap()
}

/// A log whose every field is a payload, in a file whose name is one.
fn hostile_log(dir: &Path) -> String {
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

fn is_hostile(c: char) -> bool {
    c != '\n' && dslog::untrusted::is_hostile(c)
}

#[test]
fn hostile_text_is_inert_in_every_format() {
    let dir = tempfile::tempdir().unwrap();
    let log = hostile_log(dir.path());
    let failures = report(&["analyze", "-q", &log, "--format", "json"])["totals"]["failures"]
        .as_u64()
        .unwrap();
    assert_eq!(failures, PAYLOADS.len() as u64 * 3);
    for lang in ["en", "zh"] {
        for format in FORMATS {
            let text = printed(format, &log, &["--lang", lang, "--top", "100"]);
            assert_eq!(
                text.find(is_hostile),
                None,
                "{format} lets a control character out"
            );
            // Markdown shows the first ten codes only, so not this one for certain.
            let is_shown = ["\\u{202e}gpj.exe", "\\\\u{202e}gpj.exe", "\\u202egpj.exe"]
                .iter()
                .any(|shown| text.contains(shown));
            assert!(
                is_shown || format == "md" && text.contains("\\u{"),
                "{format} hides it"
            );
            if matches!(format, "html" | "md") {
                for tag in [
                    "<img",
                    "<script",
                    "</script",
                    "<svg/",
                    "<iframe",
                    "</style></title>",
                ] {
                    assert!(!text.contains(tag), "{format} lets {tag} out");
                }
            }
        }
    }
    let prom = printed("prom", &log, &[]);
    assert!(
        prom.lines()
            .all(|line| line.starts_with("dslog_") || line.starts_with('#'))
    );
    assert!(!prom.lines().any(|line| line.starts_with("dslog_evil")));
    assert_eq!(prom.lines().filter(|line| *line == "# EOF").count(), 1);
}

#[test]
fn no_cell_is_a_formula() {
    let dir = tempfile::tempdir().unwrap();
    let log = hostile_log(dir.path());
    for table in [
        "codes", "causes", "timeline", "ids", "models", "keys", "statuses", "latency", "inputs",
    ] {
        let text = printed("csv", &log, &["--table", table]);
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        let mut cells = 0;
        for row in rows.records() {
            for cell in &row.unwrap() {
                let is_number = cell.parse::<f64>().is_ok();
                assert!(
                    is_number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                    "{table}: {cell:?}"
                );
                cells += 1;
            }
        }
        assert!(cells > 0, "{table} is empty");
    }
    let ids = printed("csv", &log, &["--table", "ids", "--top", "100"]);
    assert!(
        ids.contains("\n'=cmd|'/c calc'!A1,")
            && ids.contains("\n'-2+3,")
            && ids.contains("\n'\\u{9}=1,")
    );
}

/// Of the views that change least: what they look like. `DSLOG_BLESS=1` writes them anew.
#[test]
fn views_look_as_they_did() {
    for (name, args) in [
        (
            "typical.md",
            &["fixtures/typical_200.jsonl", "--format", "md"][..],
        ),
        (
            "typical.zh.md",
            &[
                "fixtures/typical_200.jsonl",
                "--format",
                "md",
                "--lang",
                "zh",
                "--tz",
                "Asia/Shanghai",
            ],
        ),
        (
            "hostile.md",
            &["fixtures/hostile_html.jsonl", "--format", "md"],
        ),
        (
            "storm-timeline.csv",
            &[
                "fixtures/storm_40.jsonl",
                "--format",
                "csv",
                "--table",
                "timeline",
                "--tz",
                "+08:00",
            ],
        ),
        (
            "hostile-ids.csv",
            &[
                "fixtures/hostile_html.jsonl",
                "--format",
                "csv",
                "--table",
                "ids",
            ],
        ),
        (
            "storm.prom",
            &["fixtures/storm_40.jsonl", "--format", "prom", "--top", "4"],
        ),
    ] {
        let out = dslog(&[&["analyze", "-q"], args].concat());
        // Advice and versions change with the catalogue, which has tests of its own.
        let is_steady = |line: &&str| {
            let is_advice = name.ends_with(".md") && line.starts_with(|c: char| c.is_ascii_digit());
            !is_advice && !line.starts_with("dslog_build_info")
        };
        let text = String::from_utf8(out.stdout).unwrap();
        let got: String = text
            .lines()
            .filter(is_steady)
            .map(|line| format!("{line}\n"))
            .collect();
        let path = Path::new("tests/cases/formats").join(name);
        if std::env::var_os("DSLOG_BLESS").is_some() {
            fs::create_dir_all("tests/cases/formats").unwrap();
            fs::write(&path, &got).unwrap();
        }
        let wanted = fs::read_to_string(&path).unwrap();
        assert_eq!(got, wanted, "{}", path.display());
    }
}

#[test]
fn no_format_shows_of_threads() {
    let log = "fixtures/typical_200.jsonl";
    for format in FORMATS {
        let one = printed(format, log, &["--threads", "1"]);
        let many = printed(
            format,
            log,
            &[
                "--threads",
                "3",
                "--block-bytes",
                "777",
                "--segment-bytes",
                "5000",
            ],
        );
        assert_eq!(one, many, "{format}");
        assert!(one.ends_with('\n'), "{format}");
    }
}

#[test]
fn one_pass_writes_all() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let log = at("app.jsonl");
    fs::copy("fixtures/typical_200.jsonl", &log).unwrap();
    // Twice: the second run finds the first one's outputs beside the log.
    for _ in 0..2 {
        let outputs = ["r.html", "r.json", "r.md", "r.prom", "r.csv", "r.txt"].map(at);
        let mut args = vec!["analyze", "-q", dir.path().to_str().unwrap()];
        for output in &outputs {
            args.extend(["-o", output]);
        }
        args.extend(["-o", "-", "--format", "md"]);
        let out = dslog(&args);
        let text = |name: &str| fs::read_to_string(at(name)).unwrap();
        assert_eq!(String::from_utf8(out.stdout).unwrap(), text("r.md"));
        assert!(
            text("r.html").starts_with("<!doctype html>")
                && text("r.html").trim_end().ends_with("</html>")
        );
        let json: Value = serde_json::from_str(&text("r.json")).unwrap();
        assert_eq!(json["inputs"].as_array().unwrap().len(), 1);
        assert_eq!(json["totals"]["lines"], 200);
        assert!(text("r.prom").ends_with("# EOF\n"));
        assert!(text("r.csv").starts_with("code,count,"));
        assert!(text("r-causes.csv").starts_with("code,cause,count,"));
        assert!(text("r-timeline.csv").starts_with("start,seconds,requests,"));
        assert!(text("r.txt").starts_with("dslog: API failures"));
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            7 + 8,
            "something else was left there"
        );
    }
}

#[test]
fn what_cannot_be_written_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let old = dir.path().join("old.json");
    fs::write(&old, "old").unwrap();
    let old_path = old.to_str().unwrap();
    let log = "fixtures/typical_200.jsonl";
    #[cfg(target_os = "linux")]
    for format in FORMATS {
        let out = any_exit(&["analyze", "-q", log, "--format", format, "-o", "/dev/full"]);
        assert_eq!(out.status.code(), Some(2), "{format}");
        assert!(
            stderr(&out).contains("/dev/full"),
            "{format}: {}",
            stderr(&out)
        );
        let out = any_exit(&[
            "analyze",
            "-q",
            log,
            "--format",
            format,
            "-o",
            old_path,
            "-o",
            "/dev/full",
        ]);
        assert_eq!(out.status.code(), Some(2));
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_dslog"));
        let out = command
            .args(["analyze", "-q", log, "--format", format])
            .stdout(full)
            .output()
            .unwrap();
        assert_eq!(out.status.code(), Some(2), "{format} on standard output");
    }
    let missing = dir.path().join("none/report.html");
    // Refused before standard input is read, which here never ends.
    let mut child = Command::new(env!("CARGO_BIN_EXE_dslog"))
        .args([
            "analyze",
            "-q",
            "-o",
            old_path,
            "-o",
            missing.to_str().unwrap(),
        ])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let open = child.stdin.take();
    let out = child.wait_with_output().unwrap();
    drop(open);
    assert_eq!(out.status.code(), Some(2));
    assert!(
        stderr(&out).contains("none/report.html") && stderr(&out).contains("must exist"),
        "{}",
        stderr(&out)
    );
    assert_eq!(fs::read_to_string(&old).unwrap(), "old");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    for format in FORMATS {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dslog"))
            .args([
                "analyze",
                "-q",
                "fixtures/typical_200.jsonl",
                "--format",
                format,
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let out = child.wait_with_output().unwrap();
        assert_eq!(
            (out.status.code(), stderr(&out)),
            (Some(0), String::new()),
            "{format}"
        );
    }
}

#[test]
fn wrong_usage_names_the_remedy() {
    for (args, says) in [
        (&["--format", "pdf"][..], "text, json, html, md, csv, prom"),
        (&["--table", "ids"], "--format csv"),
        (
            &["--format", "csv", "--table", "rows"],
            "codes, causes, timeline",
        ),
        (&["-o", "a.json", "-o", "a.json"], "a name of its own"),
    ] {
        let out = any_exit(&[&["analyze", "fixtures/typical_200.jsonl"], args].concat());
        assert_eq!(out.status.code(), Some(2), "{args:?}");
        assert!(stderr(&out).contains(says), "{args:?}: {}", stderr(&out));
    }
}

/// Nothing, no requests, no failures, no times: each view still says something true.
#[test]
fn thin_logs_make_whole_reports() {
    let dir = tempfile::tempdir().unwrap();
    for (name, log, says) in [
        ("empty", "", "holds no lines"),
        (
            "chatter",
            "{\"msg\":\"hello\"}\nnonsense\n",
            "No request line",
        ),
        (
            "fine",
            "{\"status\":200,\"timestamp\":\"2026-11-22T00:00:00Z\",\"latency_ms\":5}\n",
            "No failures",
        ),
        (
            "undated",
            "{\"status\":429,\"code\":\"Throttling\"}\n",
            "no failing request has a readable time",
        ),
    ] {
        let path = dir.path().join(name);
        fs::write(&path, log).unwrap();
        for format in FORMATS {
            for lang in ["en", "zh"] {
                let text = printed(format, path.to_str().unwrap(), &["--lang", lang]);
                assert!(!text.trim().is_empty());
                if lang == "en" && matches!(format, "text" | "html" | "md") {
                    let text = text.replace('\n', " ");
                    assert!(text.contains(says), "{name} as {format}: {text}");
                }
            }
        }
    }
}

#[test]
fn ten_thousand_codes_make_a_small_page() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    let line = |at: usize| {
        let record = json!({
            "timestamp": format!("2026-11-22T{:02}:{:02}:00Z", at / 500, at % 60), "status": 400 + at % 100,
            "code": format!("Code{at}.{}", "LongName".repeat(12)), "message": format!("{at} {}", "x<".repeat(300)),
            "request_id": format!("{at}{}", "-id".repeat(40)), "model": format!("{at}{}", "<model>".repeat(20)),
        });
        format!("{record}\n")
    };
    fs::write(&path, (0..10_000).map(line).collect::<String>()).unwrap();
    let html = printed("html", path.to_str().unwrap(), &[]);
    assert!(html.len() < 500_000, "{} bytes", html.len());
    assert!(html.contains("9,780 more codes"));
    let prom = printed("prom", path.to_str().unwrap(), &["--top", "10000"]);
    assert!(prom.lines().count() < 600);
    assert!(prom.contains("dslog_failures_by_code{code=\"(other)\"} 9950"));
}
