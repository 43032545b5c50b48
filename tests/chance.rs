//! Generated days that differ by chance alone, on the real binary: no false alarms.
//! (`src/diff/tests.rs` does the same with a hundred seeds and many habits of failing.)
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

mod util;

use serde_json::Value;
use std::path::Path;
use util::{dslog, report};

/// Pairs of days; `DSLOG_DIFF_SEEDS` asks for more.
fn pairs() -> u64 {
    std::env::var("DSLOG_DIFF_SEEDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(6)
}

fn day(dir: &Path, seed: u64) -> String {
    let log = dir.join("day.jsonl").to_str().unwrap().to_owned();
    let out = dir
        .join(format!("{seed}.json"))
        .to_str()
        .unwrap()
        .to_owned();
    let seed = seed.to_string();
    dslog(&[
        "generate",
        "--profile",
        "compact",
        "--lines",
        "20000",
        "--minutes",
        "1440",
        "--seed",
        &seed,
        "-o",
        &log,
    ]);
    dslog(&["analyze", &log, "--format", "json", "-o", &out]);
    out
}

#[test]
fn generated_days_that_differ_by_chance_alone_raise_no_alarm() {
    let dir = tempfile::tempdir().unwrap();
    let mut alarmed: Vec<(u64, Value)> = Vec::new();
    for pair in 0..pairs() {
        let (old, new) = (day(dir.path(), 2 * pair + 1), day(dir.path(), 2 * pair + 2));
        let diff = report(&["diff", &old, &new, "--format", "json"]);
        if diff["alarms"] != 0 {
            alarmed.push((pair, diff));
        }
    }
    println!("{} of {} pairs raised an alarm", alarmed.len(), pairs());
    assert!(alarmed.len() as u64 <= pairs() / 20, "{alarmed:#?}");
}
