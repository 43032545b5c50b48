//! What changed, in every output format, on the real binary: as `diff`, and as a part of a
//! report with a baseline.

#![allow(
    clippy::format_collect,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs
)] // a test may fail

mod util;

use serde_json::Value;
use std::fs;
use util::dslog;
use util::hostile::{FORMATS, cells_that_are_no_formulas, hostile_log, is_hostile, printed};
use util::place::Place;

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

/// Twenty minutes of requests: every `nth` fails as `failure` says.
fn minutes(nth: usize, failure: &str) -> String {
    use std::fmt::Write as _;
    let mut log = String::new();
    for at in 0..400_usize {
        let (minute, second) = (at / 20, at % 20 * 3);
        let end = if at % nth == 0 {
            failure
        } else {
            r#""status":200"#
        };
        let latency = 100 + at % 50;
        writeln!(
            log,
            r#"{{"time":"2026-11-22T08:{minute:02}:{second:02}Z","latency_ms":{latency},{end}}}"#
        )
        .unwrap();
    }
    log
}

const ROWS: &str = r#"provider = "dashscope"
[[cause]]
id = "shop.stock"
code = "Shop.Stock"
kind = "throttle.capacity"
retry = "later"
who = "owner"
en = { meaning = "Sold out.", advice = "Order more." }
zh = { meaning = "已售罄。", advice = "请补货。" }
"#;

/// What they look like, in full but for versions and style. `DSLOG_BLESS=1` writes them anew.
#[test]
fn diffs_look_as_they_did() {
    let stock = r#""status":429,"code":"Shop.Stock","message":"none left of <b>|7|</b>""#;
    let gone = r#""status":500,"code":"Shop.Gone","message":"gone for good""#;
    let place = Place::new(&[
        ("old.jsonl", minutes(40, gone).as_bytes()),
        ("new.jsonl", minutes(5, stock).as_bytes()),
        ("own.toml", ROWS.as_bytes()),
    ]);
    let own = ["--catalogue", "own.toml"];
    let old = ["analyze", "old.jsonl", "-o", "old.json"];
    assert_eq!(place.run(&[&old[..], &own].concat()).exit, 0);
    let rules = ["--fail-on", "code:Shop.Stock>100", "--fail-on", "worse>=1"];
    let diff = ["diff", "old.json", "new.json", "--format"];
    let new = ["analyze", "new.jsonl", "-o", "new.json"];
    assert_eq!(place.run(&[&new[..], &own].concat()).exit, 0);
    for format in ["text", "md", "csv", "html", "prom", "json"] {
        for lang in ["en", "zh"] {
            let more = [&[format, "--lang", lang], &rules[..], &own].concat();
            let ran = place.run(&[&diff[..], &more].concat());
            assert_eq!(ran.exit, 3, "{}", ran.said);
            golden(&format!("diff.{lang}.{format}"), &ran.out);
        }
    }
    // The same as a part of a report: first in it.
    let args = [
        "analyze",
        "new.jsonl",
        "--baseline",
        "old.json",
        "--format",
        "text",
    ];
    let ran = place.run(&[&args[..], &rules, &own].concat());
    let first = ran.out.split("\nWHAT TO DO FIRST").next().unwrap();
    golden("report.en.text", first);
}

fn golden(name: &str, text: &str) {
    let steady = |line: &&str| {
        let versions = [
            "catalogue",
            "dslog_build_info",
            "\"dslog_version\"",
            "<footer",
        ];
        !versions.iter().any(|version| line.contains(version))
    };
    let style = text.find("<style>").zip(text.find("</style>"));
    let text = style.map_or(text.to_owned(), |(from, to)| {
        [&text[..from], &text[to..]].concat()
    });
    let got: String = text
        .lines()
        .filter(steady)
        .map(|line| format!("{line}\n"))
        .collect();
    let path = std::path::Path::new("tests/cases/diff_formats").join(name);
    if std::env::var_os("DSLOG_BLESS").is_some() {
        fs::create_dir_all("tests/cases/diff_formats").unwrap();
        fs::write(&path, &got).unwrap();
    }
    let wanted = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(got, wanted, "{}", path.display());
}
