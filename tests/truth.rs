//! The report against the generator's exact truth, on the real binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

mod util;

use serde_json::Value;
use util::{dslog, generate, report};

const PROFILES: [&str; 9] = [
    "typical", "compact", "wide", "openai", "docker", "cri", "storm", "mixed", "shuffled",
];

/// Lines a profile; `DSLOG_TRUTH_LINES` asks for more.
fn lines() -> u64 {
    std::env::var("DSLOG_TRUTH_LINES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(8_000)
}

#[track_caller]
fn assert_same(what: &str, got: &Value, truth: &Value) {
    assert_eq!(got, truth, "{what}: report on the left, truth on the right");
}

/// The rows of a list, in the report and in the truth: as many.
#[track_caller]
fn pairs<'a>(
    profile: &str,
    list: &str,
    report: &'a Value,
    truth: &'a Value,
) -> impl Iterator<Item = (&'a Value, &'a Value)> {
    let rows = |whole: &'a Value| whole[list].as_array().unwrap();
    let (mine, theirs) = (rows(report), rows(truth));
    assert!(!theirs.is_empty(), "{profile}: the truth has no {list}");
    assert_eq!(mine.len(), theirs.len(), "{profile}: rows of {list}");
    mine.iter().zip(theirs)
}

/// Every key of the truth's totals, statuses, codes, minutes and top ids.
fn compare(profile: &str, report: &Value, truth: &Value) {
    for (key, value) in truth["totals"].as_object().unwrap() {
        assert_same(
            &format!("{profile} totals.{key}"),
            &report["totals"][key],
            value,
        );
    }
    for key in ["faults", "statuses", "time"] {
        let nonzero = |v: &Value| match v.as_object() {
            Some(map) if key == "faults" => Value::Object(
                map.iter()
                    .filter(|(_, n)| **n != 0)
                    .map(|(k, n)| (k.clone(), n.clone()))
                    .collect(),
            ),
            _ => v.clone(),
        };
        assert_same(
            &format!("{profile} {key}"),
            &nonzero(&report[key]),
            &nonzero(&truth[key]),
        );
    }
    let codes = |v: &Value| -> Vec<Value> {
        let list: Vec<Value> = v["codes"].as_array().unwrap().clone();
        list.into_iter()
            .map(|code| {
                let pick = |key: &str| (key.to_owned(), code[key].clone());
                Value::Object(
                    ["code", "count", "statuses", "spellings", "timeline"]
                        .map(pick)
                        .into_iter()
                        .collect(),
                )
            })
            .collect()
    };
    assert_same(
        &format!("{profile} codes"),
        &Value::Array(codes(report)),
        &Value::Array(codes(truth)),
    );
    assert_same(
        &format!("{profile} buckets"),
        &report["timeline"]["buckets"],
        &truth["timeline"]["buckets"],
    );
    for (mine, theirs) in pairs(profile, "top_request_ids", report, truth) {
        for key in [
            "request_id",
            "failures",
            "codes",
            "first_seen",
            "last_seen",
            "recovered",
        ] {
            assert_same(
                &format!("{profile} top ids {key}"),
                &mine[key],
                &theirs[key],
            );
        }
    }
    for group in ["all", "success", "failure"] {
        let (mine, theirs) = (&report["latency_ms"][group], &truth["latency_ms"][group]);
        for key in ["count", "min", "max"] {
            assert_eq!(
                mine[key].as_f64(),
                theirs[key].as_f64(),
                "{profile} latency {group} {key}"
            );
        }
        for key in ["p50", "p90", "p95", "p99", "p999"] {
            let (got, exact) = (mine[key].as_f64().unwrap(), theirs[key].as_f64().unwrap());
            assert!(
                (got - exact).abs() <= exact / 1000.0,
                "{profile} latency {group} {key}: {got}, exactly {exact}"
            );
        }
    }
    let throttled = &report["throttling"]["by_kind"];
    assert_same(
        &format!("{profile} throttling"),
        throttled,
        &truth["throttling"]["by_kind"],
    );
    for (mine, theirs) in pairs(profile, "models", report, truth) {
        for key in ["model", "requests", "failures", "throttled"] {
            assert_same(&format!("{profile} models {key}"), &mine[key], &theirs[key]);
        }
    }
}

#[test]
fn every_profile_equals_its_truth() {
    for (seed, profile) in PROFILES.iter().enumerate() {
        let (dir, log, truth) = generate(profile, lines(), seed as u64 + 7);
        let args = ["analyze", &log, "--format", "json", "--recovered"];
        compare(
            profile,
            &report(&[&args[..], &["--top", "50"]].concat()),
            &truth,
        );
        let all = report(&[&args[..], &["--top", "1000000"]].concat());
        assert_eq!(
            all["top_request_ids"].as_array().unwrap().len() as u64,
            truth["failing_request_ids"].as_u64().unwrap(),
            "{profile}: failing ids"
        );
        drop(dir);
    }
}

#[test]
fn nothing_shows_of_threads_blocks_and_memory() {
    for profile in ["docker", "cri", "storm", "mixed", "shuffled", "hostile"] {
        let (_dir, log, _) = generate(profile, 3_000, 3);
        let base = ["analyze", log.as_str(), "--format", "json", "--recovered"];
        let once = dslog(&base).stdout;
        assert!(!once.is_empty());
        for more in [
            &["--threads", "1"][..],
            &["--threads", "2"],
            &["--threads", "7"],
            &[
                "--threads",
                "3",
                "--block-bytes",
                "1",
                "--segment-bytes",
                "900",
            ],
            &["--block-bytes", "17", "--segment-bytes", "5000"],
            &["--block-bytes", "4096", "--segment-bytes", "70000"],
            &["--block-bytes", "65536"],
            &["--block-bytes", "1048576"],
            &["--memory", "20K"],
            &["--engine", "oracle"],
            &["--isa", "portable"],
        ] {
            let again = dslog(&[&base[..], more].concat()).stdout;
            assert!(once == again, "{profile}: {more:?} changes the report");
        }
    }
}
