//! Generated days that differ by chance alone, on the real binary: no false alarms, and
//! none missed where one code's rate doubles.
//! (`src/diff/tests/` does the same with a hundred seeds and many habits of failing.)
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

mod util;

use std::path::Path;
use util::{dslog, report};

/// Pairs of days; `DSLOG_DIFF_SEEDS` asks for more.
fn pairs() -> u64 {
    std::env::var("DSLOG_DIFF_SEEDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(6)
}

const LINES: usize = 20_000;
/// Failures of the code that doubles, the day before.
const FROM: usize = 200;

/// A day's log, as JSON lines.
fn day(dir: &Path, seed: u64) -> String {
    let log = dir.join("day.jsonl").to_str().unwrap().to_owned();
    let (lines, seed) = (LINES.to_string(), seed.to_string());
    let size = ["--lines", &lines, "--minutes", "1440", "--seed", &seed];
    dslog(&[&["generate", "--profile", "compact", "-o", &log], &size[..]].concat());
    std::fs::read_to_string(log).unwrap()
}

/// The same day with so many failures more, of one code, at random minutes.
fn with_failures(log: &str, times: usize, seed: u64) -> String {
    use std::fmt::Write as _;
    let mut state = seed;
    let mut log = log.to_owned();
    for n in 0..times {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let minute = (state >> 33) % 1440 + 8 * 60; // generated days begin at 08:00
        let (day, hour, minute) = (22 + minute / 1440, minute / 60 % 24, minute % 60);
        writeln!(
            log,
            r#"{{"time":"2026-11-{day}T{hour:02}:{minute:02}:00Z","status":400,"code":"Doubling","request_id":"d-{seed}-{n}","latency_ms":9}}"#
        )
        .unwrap();
    }
    log
}

/// The path of the report on a log.
fn analyzed(dir: &Path, name: &str, log: &str) -> String {
    let (log_path, out) = (dir.join("one.jsonl"), dir.join(name));
    std::fs::write(&log_path, log).unwrap();
    let (log_path, out) = (log_path.to_str().unwrap(), out.to_str().unwrap());
    dslog(&["analyze", log_path, "--format", "json", "-o", out]);
    out.to_owned()
}

#[test]
fn days_that_differ_by_chance_alone_raise_no_alarm_and_a_doubled_code_does() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let (mut alarmed, mut missed) = (Vec::new(), Vec::new());
    for pair in 0..pairs() {
        let seeds = [2 * pair + 1, 2 * pair + 2];
        let [old, new] = seeds.map(|seed| day(dir, seed));
        let calm = ["old.json", "new.json"];
        let [a, b] = [analyzed(dir, calm[0], &old), analyzed(dir, calm[1], &new)];
        let diff = report(&["diff", &a, &b, "--format", "json"]);
        if diff["alarms"] != 0 {
            alarmed.push((pair, diff));
        }
        let a = analyzed(dir, "old.json", &with_failures(&old, FROM, seeds[0]));
        let b = analyzed(dir, "new.json", &with_failures(&new, 2 * FROM, seeds[1]));
        let diff = report(&["diff", &a, &b, "--format", "json"]);
        let codes = diff["codes"].as_array().unwrap();
        let row = codes.iter().find(|row| row["code"] == "Doubling").unwrap();
        if (&row["old"], &row["new"]) != (&FROM.into(), &(2 * FROM).into())
            || row["alarm"] != true
            || row["moved"] != "up"
        {
            missed.push((pair, row.clone()));
        }
    }
    println!(
        "of {} pairs, {} raised an alarm by chance; {} missed a doubled code",
        pairs(),
        alarmed.len(),
        missed.len()
    );
    assert!(alarmed.len() as u64 <= pairs() / 20, "{alarmed:#?}");
    assert!(missed.is_empty(), "{missed:#?}");
}
