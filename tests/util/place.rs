//! A directory to run the real binary in.

use serde_json::Value;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// A throttled request.
pub const FAILED: &str =
    r#"{"request_id":"a","status":429,"time":"2026-11-22T08:00:00Z","code":"Throttling"}"#;
/// A success.
pub const FINE: &str = r#"{"request_id":"b","status":200,"time":"2026-11-22T08:00:01Z"}"#;

/// A directory to run in, so that messages name files as a user would.
pub struct Place(tempfile::TempDir);

/// How a run ended and what it said.
pub struct Ran {
    /// The exit code.
    pub exit: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub said: String,
}

impl Place {
    pub fn new(files: &[(&str, &[u8])]) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        for (name, content) in files {
            place.write(name, content);
        }
        place
    }

    pub fn path(&self) -> &std::path::Path {
        self.0.path()
    }

    pub fn at(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: &[u8]) {
        let path = self.at(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dslog"));
        command
            .args(args)
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        let out = self.command(args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran {
            exit: out.status.code().expect("no signal"),
            out: text(out.stdout),
            said: text(out.stderr),
        }
    }

    /// `analyze` as JSON: exit code, report, complaints.
    pub fn report(&self, paths: &[&str]) -> (i32, Value, String) {
        let ran = self.run(&[&["analyze", "--format", "json"], paths].concat());
        let report = serde_json::from_str(&ran.out)
            .unwrap_or_else(|error| panic!("{error}: {} {}", ran.out, ran.said));
        (ran.exit, report, ran.said)
    }
}

pub fn log() -> Vec<u8> {
    format!("{FAILED}\n{FINE}\n").into_bytes()
}

/// `[lines, blank, malformed, requests, failures]`
pub fn counts(report: &Value) -> [u64; 5] {
    ["lines", "blank", "malformed", "requests", "failures"]
        .map(|key| report["totals"][key].as_u64().unwrap())
}

pub fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}
