//! Runs, killed or not, and what their reports must say.

use super::world::{Codec, World};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

impl World {
    /// Lines that a run sees now.
    pub(crate) fn visible(&self) -> BTreeMap<Vec<u8>, bool> {
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

    pub(crate) fn command(&mut self) -> Command {
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
    pub(crate) fn commit(&mut self) {
        let visible = self.visible();
        self.counted.extend(visible);
        self.seq += 1;
    }

    pub(crate) fn run(&mut self) {
        if self.live.is_none() && self.rotated.is_empty() {
            return;
        }
        let out = self.command().output().unwrap();
        assert_good(&out);
        self.commit();
        self.check();
    }

    pub(crate) fn run_twice(&mut self) {
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
    pub(crate) fn kill(&mut self) {
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

    pub(crate) fn two_at_once(&mut self) {
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

    pub(crate) fn stored_seq(&self) -> u64 {
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

    pub(crate) fn report(&self) -> Value {
        serde_json::from_slice(&fs::read(self.dir.path().join("report.json")).unwrap()).unwrap()
    }

    /// The report against the model.
    pub(crate) fn check(&self) {
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
