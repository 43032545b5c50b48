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

use serde_json::json;
use std::fs;
use std::path::Path;
use util::hostile::{
    FORMATS, PAYLOADS, cells_that_are_no_formulas, hostile_log, is_hostile, printed,
};
use util::{dslog, report};

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

/// They are part of the schema; nothing is said in them yet, and no view speaks of them.
#[test]
fn json_has_the_keys_that_are_still_empty() {
    let log = "fixtures/storm_40.jsonl";
    let throttling = report(&["analyze", "-q", log, "--format", "json"])["throttling"].take();
    assert!(throttling["minutes"].as_u64() > Some(0));
    assert_eq!(throttling["episodes"], json!([]));
    assert_eq!(throttling["limits"], json!([]));
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
