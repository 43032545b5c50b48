//! Counts that go to disk, where few files may be open at once.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

use std::io::Write;
use std::process::Command;

/// Failures, each with an id of its own; every other one a UUID.
fn log(lines: u64) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut out = std::io::BufWriter::new(file.as_file_mut());
    for n in 0..lines {
        let digits = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (first, last) = (digits >> 32, digits & 0xffff_ffff_ffff);
        let id = if n % 2 == 0 {
            format!("{first:08x}-5c1e-4a7b-9d20-{last:012x}")
        } else {
            format!("req-{digits:016x}")
        };
        writeln!(
            out,
            r#"{{"ts":"2026-11-22T08:00:00Z","status":429,"code":"Throttling.RateQuota","request_id":"{id}"}}"#
        )
        .unwrap();
    }
    out.flush().unwrap();
    drop(out);
    file
}

/// The report, with so much memory for counts and so many open files.
fn report(log: &tempfile::NamedTempFile, memory: &str, files: u32) -> String {
    let limited = format!("ulimit -Sn {files} && exec \"$@\"");
    let output = Command::new("sh")
        .args(["-c", &limited, "sh", env!("CARGO_BIN_EXE_dslog"), "analyze"])
        .args(["--threads", "2", "--format", "json", "--memory", memory])
        .arg(log.path())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn many_ids_need_few_files() {
    let log = log(400_000);
    let in_memory = report(&log, "512M", 200);
    assert_eq!(report(&log, "1M", 200), in_memory);
}
