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

/// Both ways, so that payloads are new in one diff and gone in the other.
#[test]
fn hostile_text_is_inert_in_every_diff() {
    let dir = tempfile::tempdir().unwrap();
    let log = hostile_log(dir.path());
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    // Often enough to be beyond chance.
    let often = fs::read(&log).unwrap().repeat(8);
    fs::write(&log, often).unwrap();
    // A file name that is a payload, too.
    let (evil, calm) = (at("<img src=x onerror=alert(2)>.json"), at("calm.json"));
    for (log, report) in [(log.as_str(), &evil), ("fixtures/typical_200.jsonl", &calm)] {
        dslog(&["analyze", "-q", log, "--format", "json", "-o", report]);
    }
    let rule = "code:a|b`[x](javascript:alert(3))>0";
    for format in FORMATS {
        let mut seen = false;
        for lang in ["en", "zh"] {
            let look = ["--format", format, "--lang", lang];
            let mut texts = Vec::new();
            for (old, new) in [(&calm, &evil), (&evil, &calm)] {
                let args = ["diff", old, new, "--fail-on", rule];
                texts.push(dslog(&[&args[..], &look].concat()).stdout);
            }
            let args = [
                "analyze",
                "-q",
                &log,
                "--baseline",
                &calm,
                "--fail-on",
                rule,
            ];
            texts.push(dslog(&[&args[..], &look].concat()).stdout);
            for text in texts {
                let text = String::from_utf8(text).unwrap();
                assert!(text.ends_with('\n'), "{format}");
                assert_eq!(
                    text.find(is_hostile),
                    None,
                    "{format} lets a control character out"
                );
                seen |= text.contains("gpj.exe");
                if matches!(format, "html" | "md") {
                    for tag in ["<img", "<script", "</script", "<svg/", "<iframe"] {
                        assert!(!text.contains(tag), "{format} lets {tag} out");
                    }
                }
                if format == "prom" {
                    assert!(
                        text.lines()
                            .all(|line| line.starts_with("dslog_") || line.starts_with('#'))
                    );
                    assert!(!text.lines().any(|line| line.starts_with("dslog_evil")));
                    assert_eq!(text.lines().filter(|line| *line == "# EOF").count(), 1);
                }
            }
        }
        assert!(seen, "{format} hides it");
    }
    for args in [
        &["diff", &calm, &evil, "--format", "csv"][..],
        &[
            "analyze",
            "-q",
            &log,
            "--baseline",
            &calm,
            "--format",
            "csv",
            "--table",
            "changes",
        ],
    ] {
        let text = String::from_utf8(dslog(args).stdout).unwrap();
        assert!(cells_that_are_no_formulas(&text) > 100, "{text}");
    }
}

/// What one page says of a change, the others and the data say as well.
#[test]
fn every_diff_has_the_figures() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (old, csv) = (at("old.json"), at("r.csv"));
    let new = at("new.json");
    let log = "fixtures/storm_40.jsonl";
    for (log, report) in [("fixtures/typical_200.jsonl", &old), (log, &new)] {
        dslog(&["analyze", "-q", log, "--format", "json", "-o", report]);
    }
    let diff = |format: &str| {
        let out = dslog(&["diff", &old, &new, "--format", format]);
        String::from_utf8(out.stdout).unwrap()
    };
    let data: Value = serde_json::from_str(&diff("json")).unwrap();
    let (worse, codes) = (data["worse"].as_u64().unwrap(), &data["codes"]);
    assert!(worse > 0);
    let first = codes[0]["code"].as_str().unwrap();
    let moved = codes[0]["moved"].as_str().unwrap();
    let with_baseline = |format: &str| printed(format, log, &["--baseline", &old]);
    for text in [diff("md"), with_baseline("md")] {
        assert!(
            text.contains(&format!("- ▲ `{first}`: {moved}, ")),
            "{text}"
        );
        assert!(text.contains("\n| failure rate | 8.0% | 69.4% | ×8.3 | beyond chance |\n"));
    }
    let md = with_baseline("md");
    assert!(md.find("## Since the baseline") < md.find("## What to do first"));
    for text in [diff("html"), with_baseline("html")] {
        assert!(text.starts_with("<!doctype html>") && text.trim_end().ends_with("</html>"));
        assert!(text.contains("<section id=\"changes\"") && text.contains("</span> Throttling"));
        assert!(text.contains("<td class=\"n\">69.4%</td>"), "{text}");
    }
    for text in [diff("prom"), with_baseline("prom")] {
        let changed = format!("dslog_code_changed{{code=\"{first}\",change=\"{moved}\"}} 1\n");
        assert!(text.contains(&changed), "{text}");
        assert!(text.contains(&format!("dslog_changes{{direction=\"worse\"}} {worse}\n")));
    }
    let rows = codes.as_array().unwrap().len()
        + data["rates"].as_array().unwrap().len()
        + data["latency_ms"].as_array().unwrap().len()
        + data["templates"].as_array().unwrap().len()
        + usize::from(!data["throttled_minutes"]["buckets"].is_null());
    let table = diff("csv");
    assert_eq!(table.lines().count(), rows + 1);
    let row = format!("code,{first},");
    assert!(table.lines().any(|line| line.starts_with(&row)), "{table}");
    // As a table of the report: on its own, and beside the others.
    let args = ["--baseline", &old, "--table", "changes"];
    assert_eq!(printed("csv", log, &args), table);
    dslog(&["analyze", "-q", log, "--baseline", &old, "-o", &csv]);
    assert_eq!(fs::read_to_string(at("r-changes.csv")).unwrap(), table);
    // Without a baseline there is no such section, metric or table.
    for (format, says) in [
        ("md", "baseline"),
        ("html", "id=\"changes\""),
        ("prom", "_change"),
    ] {
        assert!(!printed(format, log, &[]).contains(says), "{format}");
    }
}

/// How many cells a table has, all of them seen to be harmless.
fn cells_that_are_no_formulas(table: &str) -> usize {
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

#[test]
fn no_cell_is_a_formula() {
    let dir = tempfile::tempdir().unwrap();
    let log = hostile_log(dir.path());
    for table in [
        "codes", "causes", "timeline", "ids", "models", "keys", "statuses", "latency", "inputs",
    ] {
        let text = printed("csv", &log, &["--table", table]);
        assert!(cells_that_are_no_formulas(&text) > 0, "{table} is empty");
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
        (
            &["--format", "csv", "--table", "changes"],
            "--baseline OLD.json",
        ),
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
