//! The speed gate: the whole of `dslog analyze` on one thread against memchr counting the
//! newlines of the same file, in one process, in turns, so that a slow or busy machine
//! slows both. Ends with 1 if the best ratio is above [`MAX_RATIO`].
//!
//! `cargo bench --bench gate`, as `.ci/run` calls it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // it may fail

use clap::Parser as _;
use dslog::cli::{Cli, Command};
use dslog::commands;
use dslog::generate::{Plan, Profile, generate};
use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How many times the newline count's time the report may take, each on one thread and at
/// its best of [`ROUNDS`]. Measured: 5.3 to 7.3 on a very busy machine of two EPYC cores;
/// the rest is slack for noise. A lost fast path costs more (`--engine oracle`: 8 times).
const MAX_RATIO: f64 = 10.0;

const ROUNDS: usize = 7;

/// About 64 MB of typical lines: long enough that starting up does not count.
const LINES: u64 = 120_000;

fn main() -> ExitCode {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("gate.jsonl");
    let mut out = BufWriter::new(File::create(&log).unwrap());
    generate(&Plan::new(Profile::Typical, LINES, 1), &mut out).unwrap();
    out.flush().unwrap();
    let bytes = std::fs::metadata(&log).unwrap().len();

    let (mut counting, mut reporting) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let lines = newlines(&log);
        counting = counting.min(began.elapsed());
        assert!(lines >= LINES, "{lines}");
        let began = Instant::now();
        report(&log);
        reporting = reporting.min(began.elapsed());
    }
    let ratio = reporting.as_secs_f64() / counting.as_secs_f64();
    let rate = |time: Duration| bytes as f64 / time.as_secs_f64() / 1e6;
    println!(
        "gate: {:.0} MB; newlines {:.0} MB/s, report {:.0} MB/s on one thread; ratio {ratio:.2}, at most {MAX_RATIO}",
        bytes as f64 / 1e6,
        rate(counting),
        rate(reporting),
    );
    if ratio <= MAX_RATIO {
        return ExitCode::SUCCESS;
    }
    eprintln!("gate: too slow; see MAX_RATIO in benches/gate.rs");
    ExitCode::FAILURE
}

/// What `wc -l` does: reads in pieces that stay in the cache, and counts.
fn newlines(log: &Path) -> u64 {
    let mut file = File::open(log).unwrap();
    let mut space = vec![0; 256 << 10];
    let mut count = 0;
    loop {
        let n = file.read(&mut space).unwrap();
        if n == 0 {
            return count;
        }
        count += memchr::memchr_iter(b'\n', &space[..n]).count() as u64;
    }
}

/// The command itself, with everything on; only its output goes nowhere.
fn report(log: &Path) {
    let log = log.to_str().unwrap();
    let args = [
        "dslog",
        "analyze",
        log,
        "--format",
        "json",
        "-o",
        "/dev/null",
        "--threads",
        "1",
    ];
    let Command::Analyze(args) = Cli::try_parse_from(args).unwrap().command else {
        panic!("another command");
    };
    assert_eq!(commands::analyze::run(&args).unwrap(), 0);
}
