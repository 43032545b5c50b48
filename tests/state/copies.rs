//! Logs that are there twice, or renamed: none is read or counted again.

use crate::runs::{day_log, report, run};
use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::process::Output;

#[test]
fn archives_are_not_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fs::create_dir(dir.join("logs")).unwrap();
    let gzip = |name: &str, text: &str| {
        let file = fs::File::create(dir.join("logs").join(name)).unwrap();
        let mut out = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        out.write_all(text.as_bytes()).unwrap();
        out.finish().unwrap();
    };
    for day in 1..=29 {
        gzip(&format!("app.log.{}.gz", 30 - day), &day_log(day, 3000));
    }
    let args = [
        "--state",
        "s",
        "logs/*",
        "-v",
        "--format",
        "json",
        "--threads",
        "1",
    ];
    let read_bytes = |out: &Output| {
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        let (_, rest) = text.split_once("new lines; ").unwrap();
        rest.split_once(" bytes read")
            .unwrap()
            .0
            .parse::<u64>()
            .unwrap()
    };
    let first = run(dir, &args);
    let first_bytes = read_bytes(&first);
    // A day later: all are renamed, one is new.
    for number in (1..=29).rev() {
        let name = |n| dir.join(format!("logs/app.log.{n}.gz"));
        fs::rename(name(number), name(number + 1)).unwrap();
    }
    gzip("app.log.1.gz", &day_log(30, 3000));
    let second = run(dir, &args);
    let report: Value = serde_json::from_slice(&second.stdout).unwrap();
    assert_eq!(report["run"]["lines"], 3000);
    assert_eq!(report["totals"]["requests"], 90_000);
    let new = fs::metadata(dir.join("logs/app.log.1.gz")).unwrap().len();
    // Beside the new one, two ends of each of the others, and a look at its beginning.
    let most = new + 31 * 2 * 4096 + (128 << 10);
    let second_bytes = read_bytes(&second);
    assert!(
        second_bytes <= most,
        "{second_bytes} bytes read, at most {most} expected"
    );
    assert!(first_bytes > 5 * new, "{first_bytes} {new}");
}

/// A copy that a compressor is still writing, cut at every few bytes, the last of which
/// leave all of the text readable: what it holds is known, and counts once.
#[test]
fn a_copy_being_compressed_counts_once() {
    let log = day_log(20, 2);
    let mut bz2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    bz2.write_all(log.as_bytes()).unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(log.as_bytes()).unwrap();
    for (ending, whole) in [("bz2", bz2.finish().unwrap()), ("gz", gz.finish().unwrap())] {
        for cut in (1..=whole.len()).rev().step_by(5) {
            let dir = tempfile::tempdir().unwrap();
            let path = |name: &str| dir.path().join(name);
            let args = ["--state", "state", "-q", "app.log*"];
            let lines = || report(dir.path(), &args)["totals"]["lines"].as_u64();
            fs::write(path("app.log"), &log).unwrap();
            assert_eq!(lines(), Some(2));
            fs::rename(path("app.log"), path("app.log.1")).unwrap();
            let copy = path("app.log.1").with_extension(format!("1.{ending}"));
            fs::write(&copy, &whole[..cut]).unwrap();
            assert_eq!(lines(), Some(2), "{ending} cut at {cut}");
            fs::write(&copy, &whole).unwrap();
            fs::remove_file(path("app.log.1")).unwrap();
            assert_eq!(lines(), Some(2), "{ending} complete after {cut}");
        }
    }
}

/// Known while it was too short to be told apart, and copied when it was long enough.
#[test]
fn a_log_that_grew_while_it_was_copied_counts_once() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let log = day_log(20, 10);
    let (first, _) = log.split_at(log.lines().take(3).map(|line| line.len() + 1).sum());
    fs::write(dir.join("app.log"), first).unwrap();
    let args = ["--state", "s", "-q", "app.log", "app.log.1"];
    assert_eq!(report(dir, &args[..4])["totals"]["lines"], 3);
    fs::write(dir.join("app.log"), &log).unwrap();
    fs::write(dir.join("app.log.1"), &log).unwrap();
    assert_eq!(report(dir, &args)["totals"]["lines"], 10);
    fs::write(dir.join("app.log"), "").unwrap();
    assert_eq!(report(dir, &args)["totals"]["lines"], 10);
}

/// Too short to be told apart by their beginnings, and the last line waits for its end.
#[test]
fn a_short_copy_being_compressed_counts_once() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let log = format!("{}not ended", day_log(20, 2));
    fs::write(dir.join("app.log.1"), &log).unwrap();
    assert_eq!(
        report(dir, &["--state", "state", "app.log.1"])["run"]["lines"],
        2
    );
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(log.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    // All of the content, but not yet of the trailer; then a part of the content.
    for length in [gzip.len() - 1, gzip.len() - 8, gzip.len() - 20, 30] {
        fs::write(dir.join("app.log.1.gz"), &gzip[..length]).unwrap();
        let partly = report(dir, &["--state", "state", "app.log.1", "app.log.1.gz"]);
        assert_eq!(partly["totals"]["lines"], 2, "{length}: {partly}");
        assert!(partly["inputs"][1]["error"].is_string(), "{length}");
    }
    // What else there is counts when the archive is whole.
    fs::write(dir.join("app.log.1.gz"), &gzip).unwrap();
    fs::remove_file(dir.join("app.log.1")).unwrap();
    let whole = report(dir, &["--state", "state", "app.log.1.gz"]);
    assert_eq!(whole["run"]["lines"], 1);
    assert_eq!(whole["totals"]["lines"], 3);
}
