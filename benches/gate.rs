//! The speed gate: the whole of `dslog analyze` on one thread against memchr counting the
//! newlines of the same file, in turns, so that a slow or busy machine slows both. Ends with 1
//! if the best ratio is above [`MAX_RATIO`].
//!
//! Then every kind of log that `generate` makes, with each set of instructions, against
//! `typical` with the same: a workload, or a processor, that falls off a cliff ends it too.
//!
//! `cargo bench --bench gate --profile dev`, as `.ci/run` calls it: what is measured is the
//! program that `cargo build --release` makes, so only that one has to be built to be fast.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // it may fail

use dslog::generate::{Plan, Profile, generate};
use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// How many times the newline count's time the report may take, each on one thread and at its
/// best of [`ROUNDS`]. Measured were 4.3 on a Zen 1 EPYC; with a shorter log, for which starting
/// counts more, 5.6 to 7.3 on a Zen 5, whose memory lets newlines be counted faster, and 6.4 on
/// that Zen 1. A lost fast path costs more (`--engine oracle`: 8 times).
const MAX_RATIO: f64 = 11.0;

/// Rounds of which the best of each counts.
const ROUNDS: usize = 30;

/// How often a ratio that is too high is measured again, for a machine that was busy.
const TRIES: usize = 4;

/// About 63 MB of typical lines: long enough that starting the program hardly counts, short
/// enough that some of the rounds run undisturbed on a busy machine.
const LINES: u64 = 120_000;

/// How many times as long as a byte of `typical` one of another kind may take, with the same
/// instructions. Keys in any order take 4 to 6 times as long, the rest at most 3.5; where an
/// instruction was microcode, `docker` took 20 to 30 times as long.
const MAX_CLIFF: f64 = 10.0;

/// About so many bytes of each kind of log, …
const CLIFF_BYTES: u64 = 16 << 20;

/// … and so many rounds, of which the best counts.
const CLIFF_ROUNDS: usize = 5;

fn main() -> ExitCode {
    let dir = tempfile::tempdir().unwrap();
    let dslog = program();
    if is_fast(&dslog, dir.path()) && has_no_cliff(&dslog, dir.path()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The program as it is given out, built now if it is not.
fn program() -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--release",
            "--bin",
            "dslog",
            "--message-format=json",
        ])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(built.status.success());
    let messages = String::from_utf8(built.stdout).unwrap();
    let mut paths = messages.lines().filter_map(|message| {
        let message: serde_json::Value = serde_json::from_str(message).unwrap();
        Some(PathBuf::from(message["executable"].as_str()?))
    });
    paths.next_back().expect("cargo says where the program is")
}

/// Makes a log; its length in bytes.
fn write(log: &Path, profile: Profile, lines: u64) -> u64 {
    let mut out = BufWriter::new(File::create(log).unwrap());
    generate(&Plan::new(profile, lines, 1), &mut out).unwrap();
    out.flush().unwrap();
    std::fs::metadata(log).unwrap().len()
}

/// Whether the report keeps up with the count.
fn is_fast(dslog: &Path, dir: &Path) -> bool {
    let log = dir.join("gate.jsonl");
    let bytes = write(&log, Profile::Typical, LINES);
    for turn in 1..=TRIES {
        let (counting, reporting) = measure(dslog, &log);
        let ratio = reporting.as_secs_f64() / counting.as_secs_f64();
        let rate = |time: Duration| bytes as f64 / time.as_secs_f64() / 1e6;
        println!(
            "gate: {:.0} MB; newlines {:.0} MB/s, report {:.0} MB/s on one thread; ratio {ratio:.2}, at most {MAX_RATIO}",
            bytes as f64 / 1e6,
            rate(counting),
            rate(reporting),
        );
        if ratio <= MAX_RATIO {
            return true;
        }
        if turn < TRIES {
            std::thread::sleep(Duration::from_secs(5));
        }
    }
    eprintln!("gate: too slow; see MAX_RATIO in benches/gate.rs");
    false
}

/// Whether no kind of log takes much longer than `typical` does.
fn has_no_cliff(dslog: &Path, dir: &Path) -> bool {
    // `typical` is the first.
    let logs = Profile::ALL.map(|profile| {
        let log = dir.join(format!("{profile:?}.jsonl"));
        let bytes = write(&log, profile, 1_000);
        let bytes = write(&log, profile, CLIFF_BYTES * 1_000 / bytes);
        (profile, log, bytes)
    });
    let mut is_well = true;
    for isa in ["auto", "avx2", "portable"] {
        let mut typical = f64::NAN;
        print!("gate: {isa}, time of a byte to that of `typical`:");
        for (profile, log, bytes) in &logs {
            let best = (0..CLIFF_ROUNDS).map(|_| {
                let began = Instant::now();
                report(dslog, log, isa);
                began.elapsed()
            });
            let a_byte = best.min().unwrap().as_secs_f64() / *bytes as f64;
            if *profile == Profile::Typical {
                typical = a_byte;
            }
            let ratio = a_byte / typical;
            print!(" {profile:?} {ratio:.2}");
            is_well &= ratio <= MAX_CLIFF;
        }
        println!(" (at most {MAX_CLIFF})");
    }
    if !is_well {
        eprintln!("gate: a cliff; see MAX_CLIFF in benches/gate.rs");
    }
    is_well
}

/// The best times of counting and of reporting, taken in turns.
fn measure(dslog: &Path, log: &Path) -> (Duration, Duration) {
    let (mut counting, mut reporting) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let lines = newlines(log);
        counting = counting.min(began.elapsed());
        assert!(lines >= LINES, "{lines}");
        let began = Instant::now();
        report(dslog, log, "auto");
        reporting = reporting.min(began.elapsed());
    }
    (counting, reporting)
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
fn report(dslog: &Path, log: &Path, isa: &str) {
    let mut command = Command::new(dslog);
    command.arg("analyze").arg(log).arg("--quiet");
    command.args(["--format", "json", "--threads", "1", "--isa", isa]);
    assert!(command.stdout(Stdio::null()).status().unwrap().success());
}
