//! Runs the real binary.
#![allow(dead_code)] // each test file uses its part

pub mod hostile;
pub mod numbers;
pub mod pieces;
pub mod place;

use serde_json::Value;
use std::process::{Command, Output};

/// Runs `dslog`; fails the test unless it ends with 0 or 1.
#[track_caller]
pub fn dslog(args: &[&str]) -> Output {
    let out = Command::new(env!("CARGO_BIN_EXE_dslog"))
        .args(args)
        .output()
        .unwrap();
    assert!(
        matches!(out.status.code(), Some(0 | 1)),
        "dslog {args:?} ended with {:?}: {}",
        out.status,
        String::from_utf8_lossy(&out.stderr)
    );
    out
}

/// The JSON that a command prints.
#[track_caller]
pub fn report(args: &[&str]) -> Value {
    serde_json::from_slice(&dslog(args).stdout).unwrap()
}

/// A generated log and its truth.
pub fn generate(profile: &str, lines: u64, seed: u64) -> (tempfile::TempDir, String, Value) {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("app.jsonl").to_str().unwrap().to_owned();
    let truth = dir.path().join("truth").to_str().unwrap().to_owned();
    let (lines, seed) = (lines.to_string(), seed.to_string());
    dslog(&[
        "generate",
        "--profile",
        profile,
        "--lines",
        &lines,
        "--seed",
        &seed,
        "-o",
        &log,
        "--truth",
        &truth,
    ]);
    let truth = serde_json::from_slice(&std::fs::read(truth).unwrap()).unwrap();
    (dir, log, truth)
}
