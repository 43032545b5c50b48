//! Random histories of logs against a model: whatever is done to the logs, and whenever
//! a run is killed, every line is counted exactly once.
//!
//! `DSLOG_STATE_PROGRAMS` sets how many programs run, `DSLOG_STATE_SEED` the first seed; a
//! failure prints the program's seed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail
#![cfg(unix)]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Below this, two files that both exist are two (`limits::COPY_MIN_BYTES`).
const COPY_MIN_BYTES: usize = 1 << 10;

struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Codec {
    Plain,
    Gzip,
    Zstd,
    Bzip2,
}

impl Codec {
    fn ending(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
            Self::Bzip2 => ".bz2",
        }
    }

    fn encode(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Plain => bytes.to_vec(),
            Self::Gzip => {
                let mut out =
                    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                out.write_all(bytes).unwrap();
                out.finish().unwrap()
            }
            Self::Zstd => zstd::encode_all(bytes, 1).unwrap(),
            Self::Bzip2 => {
                let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
                out.write_all(bytes).unwrap();
                out.finish().unwrap()
            }
        }
    }
}

/// A rotated log.
struct Rotated {
    content: Vec<u8>,
    codec: Codec,
}

struct World {
    rng: Rng,
    dir: tempfile::TempDir,
    serial: u64,
    /// `app.log`; `None` where there is none.
    live: Option<Vec<u8>>,
    /// What is still to be written of a line.
    rest: Vec<u8>,
    /// `app.log.1` and on.
    rotated: Vec<Rotated>,
    /// Lines that committed runs have seen, and whether they have a line break.
    counted: BTreeMap<Vec<u8>, bool>,
    seq: u64,
    trace: Vec<String>,
}

impl World {
    fn new(seed: u64) -> Self {
        Self {
            rng: Rng(seed),
            dir: tempfile::tempdir().unwrap(),
            serial: 0,
            live: None,
            rest: Vec::new(),
            rotated: Vec::new(),
            counted: BTreeMap::new(),
            seq: 0,
            trace: Vec::new(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("logs").join(name)
    }

    fn rotated_path(&self, number: usize, codec: Codec) -> PathBuf {
        self.path(&format!("app.log.{}{}", number + 1, codec.ending()))
    }

    /// A line, unique, without its line break.
    fn line(&mut self) -> Vec<u8> {
        self.serial += 1;
        let (n, day, hour) = (self.serial, 20 + self.rng.below(3), self.rng.below(24));
        let time = format!("2026-11-{day}T{hour:02}:{:02}:00Z", self.rng.below(60));
        let pad = "x".repeat(self.rng.below(200));
        match self.rng.below(10) {
            0 => format!("not json {n}"),
            1 => format!(r#"{{"time":"{time}","note":"chatter {n}"}}"#),
            2 | 3 => format!(
                r#"{{"time":"{time}","request_id":"ok-{n}","status_code":200,"latency_ms":{n}}}"#
            ),
            4 => format!(
                r#"{{"time":"{time}","request_id":"r-{n}","status_code":400,"code":"InvalidParameter","message":"{pad}"}}"#
            ),
            _ => format!(
                r#"{{"time":"{time}","request_id":"r-{n}","status_code":429,"code":"Throttling.RateQuota","message":"Requests rate limit exceeded, please try again later.","pad":"{pad}"}}"#
            ),
        }
        .into_bytes()
    }

    fn write_live(&mut self, bytes: &[u8]) {
        let path = self.path("app.log");
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        file.write_all(bytes).unwrap();
        self.live.get_or_insert_default().extend_from_slice(bytes);
    }

    fn append(&mut self, lines: usize) {
        let mut bytes = std::mem::take(&mut self.rest);
        for _ in 0..lines {
            bytes.extend(self.line());
            bytes.push(b'\n');
        }
        self.write_live(&bytes);
    }

    fn append_part(&mut self) {
        if !self.rest.is_empty() {
            return;
        }
        let mut line = self.line();
        line.push(b'\n');
        let cut = 1 + self.rng.below(line.len() - 1);
        self.rest = line.split_off(cut);
        self.write_live(&line);
    }

    /// Renames every rotated log to the next number.
    fn shift(&mut self) {
        for number in (0..self.rotated.len()).rev() {
            let codec = self.rotated[number].codec;
            let (from, to) = (
                self.rotated_path(number, codec),
                self.rotated_path(number + 1, codec),
            );
            fs::rename(from, to).unwrap();
        }
    }

    fn rotate(&mut self) {
        if self.live.is_none() {
            return;
        }
        self.shift();
        fs::rename(self.path("app.log"), self.rotated_path(0, Codec::Plain)).unwrap();
        let mut content = self.live.take().unwrap();
        let rest = std::mem::take(&mut self.rest);
        if self.rng.below(2) == 0 {
            // The writer ends its line where it began it.
            let mut file = OpenOptions::new()
                .append(true)
                .open(self.rotated_path(0, Codec::Plain))
                .unwrap();
            file.write_all(&rest).unwrap();
            content.extend(rest);
        }
        self.rotated.insert(
            0,
            Rotated {
                content,
                codec: Codec::Plain,
            },
        );
    }

    fn copytruncate(&mut self) {
        let Some(content) = self.live.clone() else {
            return;
        };
        if !self.rest.is_empty() {
            // What the writer still adds will be no line that was there before.
            self.serial += 1;
            self.rest = format!("rest of a line {}\n", self.serial).into_bytes();
        }
        self.shift();
        let copy = self.rotated_path(0, Codec::Plain);
        self.rotated.insert(
            0,
            Rotated {
                content: content.clone(),
                codec: Codec::Plain,
            },
        );
        if content.len() >= COPY_MIN_BYTES && self.rng.below(2) == 0 {
            // A run while the copy grows, and one before the original is truncated.
            let part = COPY_MIN_BYTES + self.rng.below(content.len() - COPY_MIN_BYTES + 1);
            fs::write(&copy, &content[..part]).unwrap();
            self.run();
            let mut file = OpenOptions::new().append(true).open(&copy).unwrap();
            file.write_all(&content[part..]).unwrap();
            if self.rng.below(2) == 0 {
                self.run();
            }
        } else {
            fs::write(&copy, &content).unwrap();
        }
        OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(self.path("app.log"))
            .unwrap();
        self.live = Some(Vec::new());
    }

    fn compress(&mut self) {
        let plain: Vec<usize> = (0..self.rotated.len())
            .filter(|number| self.rotated[*number].codec == Codec::Plain)
            .collect();
        if plain.is_empty() {
            return;
        }
        let number = plain[self.rng.below(plain.len())];
        let codec = [Codec::Gzip, Codec::Gzip, Codec::Zstd, Codec::Bzip2][self.rng.below(4)];
        let stored = codec.encode(&self.rotated[number].content);
        let path = self.rotated_path(number, codec);
        if self.rng.below(3) == 0 {
            // A run while the archive is being written beside the original.
            fs::write(&path, &stored[..self.rng.below(stored.len())]).unwrap();
            self.run();
        }
        fs::write(&path, &stored).unwrap();
        fs::remove_file(self.rotated_path(number, Codec::Plain)).unwrap();
        self.rotated[number].codec = codec;
    }

    fn delete_oldest(&mut self) {
        if let Some(rotated) = self.rotated.pop() {
            fs::remove_file(self.rotated_path(self.rotated.len(), rotated.codec)).unwrap();
        }
    }

    /// Removes `app.log`, or empties it; it is written anew, longer or not.
    fn begin_anew(&mut self) {
        if self.live.is_none() {
            return;
        }
        self.rest.clear();
        let path = self.path("app.log");
        if self.rng.below(2) == 0 {
            fs::remove_file(path).unwrap();
            self.live = None;
        } else {
            OpenOptions::new()
                .write(true)
                .truncate(true)
                .open(path)
                .unwrap();
            self.live = Some(Vec::new());
        }
        let lines = 1 + self.rng.below(30);
        self.append(lines);
    }

    /// Lines that a run sees now.
    fn visible(&self) -> BTreeMap<Vec<u8>, bool> {
        let mut lines = BTreeMap::new();
        let files = self.rotated.iter().map(|r| (&r.content, r.codec));
        for (content, codec) in files.chain(self.live.iter().map(|content| (content, Codec::Plain)))
        {
            for line in content.split_inclusive(|byte| *byte == b'\n') {
                let ended = line.ends_with(b"\n");
                // What has no end waits for it; in an archive there will be none.
                if ended || codec != Codec::Plain {
                    lines.insert(line.strip_suffix(b"\n").unwrap_or(line).to_vec(), ended);
                }
            }
        }
        lines
    }

    fn command(&mut self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dslog"));
        let block = [17, 300, 4096, 1 << 19][self.rng.below(4)];
        command
            .current_dir(self.dir.path())
            .args([
                "analyze", "--state", "state", "-q", "--top", "100000", "--format", "json",
            ])
            .args(["--threads", "2", "--block-bytes", &block.to_string()])
            .args(["-o", "report.json", "logs/*"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Takes the lines that are there as counted.
    fn commit(&mut self) {
        let visible = self.visible();
        self.counted.extend(visible);
        self.seq += 1;
    }

    fn run(&mut self) {
        if self.live.is_none() && self.rotated.is_empty() {
            return;
        }
        let out = self.command().output().unwrap();
        assert_good(&out);
        self.commit();
        self.check();
    }

    fn run_twice(&mut self) {
        self.run();
        if self.seq > 0 {
            let before = self.report();
            self.run();
            let strip = |mut report: Value| {
                report.as_object_mut().unwrap().remove("run");
                report
            };
            if self.live.is_some() || !self.rotated.is_empty() {
                assert_eq!(
                    strip(self.report()),
                    strip(before),
                    "nothing new, another report"
                );
            }
        }
    }

    /// Kills a run after a while; the state says whether it had come to its end.
    fn kill(&mut self) {
        if self.live.is_none() && self.rotated.is_empty() {
            return;
        }
        let before = fs::read(self.dir.path().join("report.json")).ok();
        let mut child = self.command().spawn().unwrap();
        let pause = self.rng.below(kill_within_us());
        std::thread::sleep(Duration::from_micros(pause as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        if self.stored_seq() > self.seq {
            self.commit();
        }
        let after = fs::read(self.dir.path().join("report.json")).ok();
        if after != before {
            // Not half of it.
            self.check();
        }
    }

    fn two_at_once(&mut self) {
        if self.live.is_none() && self.rotated.is_empty() {
            return;
        }
        let first = self.command().spawn().unwrap();
        let second = self.command().spawn().unwrap();
        let outs = [first, second].map(|child| child.wait_with_output().unwrap());
        let good = outs
            .iter()
            .filter(|out| out.status.code() != Some(2))
            .count();
        assert!(good >= 1, "both were refused");
        for out in outs {
            if out.status.code() == Some(2) {
                let text = String::from_utf8_lossy(&out.stderr).into_owned();
                assert!(text.contains("another run is using this state"), "{text}");
            } else {
                assert_good(&out);
                self.commit();
            }
        }
        self.check();
    }

    fn stored_seq(&self) -> u64 {
        let out = Command::new(env!("CARGO_BIN_EXE_dslog"))
            .current_dir(self.dir.path())
            .args(["analyze", "--state", "state", "--format", "json"])
            .output()
            .unwrap();
        if out.status.code() == Some(2) {
            let text = String::from_utf8_lossy(&out.stderr).into_owned();
            assert!(text.contains("there is no such state yet"), "{text}");
            return 0;
        }
        assert_good(&out);
        let report: Value = serde_json::from_slice(&out.stdout).unwrap();
        report["run"]["seq"].as_u64().unwrap()
    }

    fn report(&self) -> Value {
        serde_json::from_slice(&fs::read(self.dir.path().join("report.json")).unwrap()).unwrap()
    }

    /// The report against the model.
    fn check(&self) {
        let report = self.report();
        let mut expected: BTreeMap<&str, u64> = BTreeMap::new();
        let mut codes: BTreeMap<String, u64> = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for (line, ended) in &self.counted {
            *expected.entry("bytes").or_default() += line.len() as u64 + u64::from(*ended);
            *expected.entry("lines").or_default() += 1;
            let json: Option<Value> = serde_json::from_slice(line).ok();
            let json = json.filter(Value::is_object);
            let kind = match json.as_ref().map(|json| json["status_code"].as_u64()) {
                None => "malformed",
                Some(None) => "other",
                Some(Some(200)) => "successes",
                Some(Some(_)) => {
                    let json = json.unwrap();
                    *codes
                        .entry(json["code"].as_str().unwrap().to_owned())
                        .or_default() += 1;
                    ids.insert(json["request_id"].as_str().unwrap().to_owned());
                    "failures"
                }
            };
            *expected.entry(kind).or_default() += 1;
        }
        let of = |key: &str| expected.get(key).copied().unwrap_or_default();
        for key in [
            "lines",
            "malformed",
            "other",
            "successes",
            "failures",
            "bytes",
        ] {
            assert_eq!(
                report["totals"][key].as_u64(),
                Some(of(key)),
                "totals.{key}"
            );
        }
        let reported: BTreeMap<String, u64> = report["codes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|code| {
                (
                    code["code"].as_str().unwrap().to_owned(),
                    code["count"].as_u64().unwrap(),
                )
            })
            .collect();
        assert_eq!(reported, codes);
        let rows = report["top_request_ids"].as_array().unwrap();
        assert!(
            rows.iter().all(|row| row["failures"] == 1),
            "an id counted twice"
        );
        let reported: BTreeSet<String> = rows
            .iter()
            .map(|row| row["request_id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(reported, ids);
        let buckets = report["timeline"]["buckets"].as_array().unwrap();
        let requests: u64 = buckets
            .iter()
            .map(|b| b["requests"].as_u64().unwrap())
            .sum();
        assert_eq!(requests, of("successes") + of("failures"));
    }

    fn step(&mut self) {
        let (name, act): (&str, fn(&mut Self)) = match self.rng.below(20) {
            0..=3 => ("append", |world| {
                let lines = 1 + world.rng.below(4);
                world.append(lines);
            }),
            4 => ("append many", |world| {
                let lines = 20 + world.rng.below(40);
                world.append(lines);
            }),
            5 | 6 => ("append part", Self::append_part),
            7 | 8 => ("rotate", Self::rotate),
            9 | 10 => ("compress", Self::compress),
            11 => ("copytruncate", Self::copytruncate),
            12 => ("delete oldest", Self::delete_oldest),
            13 => ("begin anew", Self::begin_anew),
            14 => ("kill", Self::kill),
            15 => ("two at once", Self::two_at_once),
            16 => ("run twice", Self::run_twice),
            _ => ("run", Self::run),
        };
        self.trace.push(name.to_owned());
        act(self);
    }
}

#[track_caller]
fn assert_good(out: &Output) {
    assert!(
        matches!(out.status.code(), Some(0 | 1)),
        "{:?}: {}",
        out.status,
        String::from_utf8_lossy(&out.stderr)
    );
}

/// A run takes about this long here: kills are spread over it.
fn kill_within_us() -> usize {
    static MEASURED: AtomicU64 = AtomicU64::new(0);
    let mut us = MEASURED.load(Ordering::Relaxed);
    if us == 0 {
        let start = std::time::Instant::now();
        let _ = Command::new(env!("CARGO_BIN_EXE_dslog"))
            .args(["analyze", "-", "--format", "json"])
            .stdin(Stdio::null())
            .output();
        us = start.elapsed().as_micros() as u64 * 2 + 1000;
        MEASURED.store(us, Ordering::Relaxed);
    }
    us as usize
}

fn program(seed: u64) {
    let mut world = World::new(seed);
    fs::create_dir(world.path("")).unwrap();
    let steps = 5 + world.rng.below(20);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        for _ in 0..steps {
            world.step();
        }
        world.trace.push("run".to_owned());
        world.run();
    }));
    if let Err(panic) = result {
        eprintln!(
            "program failed: DSLOG_STATE_SEED={seed} DSLOG_STATE_PROGRAMS=1; steps: {}",
            world.trace.join(", ")
        );
        if std::env::var_os("DSLOG_STATE_LEAVE").is_some() {
            eprintln!("left in {}", world.dir.keep().display());
        }
        std::panic::resume_unwind(panic);
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(default)
}

#[test]
fn every_line_is_counted_exactly_once() {
    let programs = number("DSLOG_STATE_PROGRAMS", 300);
    let first = number("DSLOG_STATE_SEED", 1);
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get) as u64;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                for seed in (first..first + programs)
                    .skip(thread as usize)
                    .step_by(threads as usize)
                {
                    program(seed);
                }
            });
        }
    });
    println!("{programs} programs from seed {first}: every report equals the model");
}
