//! Outputs on the real binary: where they go, that they are written whole or not at all,
//! and what is said where they cannot be.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

mod util;

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use util::dslog;
use util::hostile::{FORMATS, any_exit, stderr};
use util::place::{Place, counts, log};

#[test]
fn the_report_is_not_its_own_input() {
    let place = Place::new(&[("logs/a.jsonl", &log())]);
    for turn in 0..3 {
        let ran = place.run(&["analyze", "logs", "--format", "json", "-o", "logs/r.json"]);
        assert_eq!(ran.exit, 0, "{}", ran.said);
        let report: Value =
            serde_json::from_slice(&fs::read(place.at("logs/r.json")).unwrap()).unwrap();
        assert_eq!(counts(&report)[0], 2, "turn {turn}");
    }
    // Nor where the shell opens it.
    let file = fs::File::create(place.at("logs/out.log")).unwrap();
    let status = place
        .command(&["analyze", "logs", "--format", "json"])
        .stdout(file)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
    let report: Value =
        serde_json::from_slice(&fs::read(place.at("logs/out.log")).unwrap()).unwrap();
    assert_eq!(counts(&report)[0], 2);
    // A log that would be replaced unread stays.
    let ran = place.run(&["analyze", "logs/a.jsonl", "-o", "logs/a.jsonl"]);
    assert_eq!((ran.exit, &*ran.out), (2, ""));
    assert!(
        ran.said.contains("would be read, and replaced"),
        "{}",
        ran.said
    );
    assert_eq!(fs::read(place.at("logs/a.jsonl")).unwrap(), log());
}

/// Refused before anything is read: standard input here never ends.
#[test]
fn a_log_is_not_replaced_by_its_report() {
    let place = Place::new(&[("a.log", &log()), ("b.log", &log())]);
    let clash = ["a.log", "b.log", "-", "-o", "r.html", "-o", "./a.log"];
    for state in [&[][..], &["--state", "s"]] {
        let args = [&["analyze"], &clash[..], state].concat();
        let mut child = place
            .command(&args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let open = child.stdin.take();
        let out = child.wait_with_output().unwrap();
        drop(open);
        let said = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(2), "{said}");
        assert!(
            said.starts_with("dslog: a.log: would be read, and replaced"),
            "{said}"
        );
        assert!(said.contains("quote the pattern: 'logs/*'"), "{said}");
    }
    assert_eq!(fs::read(place.at("a.log")).unwrap(), log());
    // A report of last night that a shell's pattern names is no log.
    for turn in 0..2 {
        let ran = place.run(&["analyze", "a.log", "b.log", "r.json", "-o", "r.json"]);
        assert_eq!(ran.exit, i32::from(turn == 0), "{}", ran.said); // not there yet: unread
        let report: Value = serde_json::from_slice(&fs::read(place.at("r.json")).unwrap()).unwrap();
        assert_eq!(counts(&report)[0], 4, "turn {turn}");
    }
    // A pattern of our own passes over what the run writes.
    let ran = place.run(&["analyze", "*.log", "-o", "b.log"]);
    assert_eq!(ran.exit, 0, "{}", ran.said);
    assert!(
        ran.said.contains("b.log: not read, this run writes it"),
        "{}",
        ran.said
    );
}

#[test]
fn rules_and_changes_are_tables_of_their_own() {
    let place = Place::new(&[("a.jsonl", &log())]);
    let rules = [
        "--fail-on",
        "failures>0",
        "--fail-on",
        "p99_ms>5",
        "--fail-on",
        "failure_rate<1%",
    ];
    let table = "rule,broken,count,of,latency_ms\n\
                 failures>0,true,1,2,\n\
                 p99_ms>5,false,,,\n\
                 failure_rate<1%,false,1,2,\n";
    let args = [
        &["analyze", "-q", "a.jsonl", "-o", "r.csv", "-o", "r.json"],
        &rules[..],
    ]
    .concat();
    let ran = place.run(&args);
    assert_eq!(ran.exit, 3, "{}", ran.said);
    let text = |name: &str| fs::read_to_string(place.at(name)).unwrap();
    assert_eq!(text("r-rules.csv"), table);
    assert!(!place.at("r-changes.csv").exists());
    let diff = ["diff", "r.json", "r.json"];
    let args = [&diff[..], &["-o", "d.csv", "-o", "d.html"], &rules[..]].concat();
    assert_eq!(place.run(&args).exit, 3);
    assert!(text("d.csv").starts_with("what,name,of,"));
    assert_eq!(text("d-rules.csv"), table);
    assert!(text("d.html").contains("id=\"rules\""));
    let args = [
        &diff[..],
        &["--format", "csv", "--table", "rules"],
        &rules[..],
    ]
    .concat();
    assert_eq!(place.run(&args).out, table);
    // Without rules, without table.
    assert_eq!(
        place.run(&["diff", "r.json", "r.json", "-o", "e.csv"]).exit,
        0
    );
    assert!(place.at("e.csv").exists() && !place.at("e-rules.csv").exists());
    for (args, says) in [
        (["--table", "rules"], "needs --fail-on"),
        (["--table", "codes"], "choose one of changes"),
    ] {
        let ran = place.run(&[&diff[..], &["--format", "csv"], &args[..]].concat());
        assert_eq!(ran.exit, 2);
        assert!(ran.said.contains(says), "{}", ran.said);
    }
}

#[test]
fn an_output_that_cannot_be_written_is_exit_2() {
    let place = Place::new(&[("a.jsonl", &log())]);
    let ran = place.run(&["analyze", "a.jsonl", "-o", "gone/r.json"]);
    assert_eq!((ran.exit, &*ran.out), (2, ""));
    assert_eq!(
        ran.said,
        "dslog: gone/r.json: no such file or directory (its directory must exist)\n"
    );
    if !Path::new("/dev/full").exists() {
        return;
    }
    for args in [
        &["analyze", "a.jsonl"][..],
        &["analyze", "a.jsonl", "--format", "json"],
        &["fields", "a.jsonl"],
        &["explain"],
        &["explain", "429", "--format", "json"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
        &["--version"],
        &["-h"],
        &["analyze", "--help"],
        &["help", "grep"],
    ] {
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let out = place.command(args).stdout(full).output().unwrap();
        assert_eq!(out.status.code(), Some(2), "{args:?}");
        let said = String::from_utf8(out.stderr).unwrap();
        assert_eq!(
            said, "dslog: standard output: no space left on device\n",
            "{args:?}"
        );
    }
    let ran = place.run(&["analyze", "a.jsonl", "-o", "/dev/full"]);
    assert_eq!(ran.exit, 2);
    assert!(
        ran.said.starts_with("dslog: /dev/full: no space left"),
        "{}",
        ran.said
    );
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    let place = Place::new(&[("a.jsonl", &log())]);
    for args in [
        &["analyze", "a.jsonl"][..],
        &["analyze", "a.jsonl", "--format", "json"],
        &["fields", "a.jsonl"],
        &["explain"],
        &["man"],
        &["--help"],
        &["--version"],
        &["analyze", "--help"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let out = place.command(args).stdout(writer).output().unwrap();
        assert_eq!(out.status.code(), Some(0), "{args:?}");
        assert!(out.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn one_pass_writes_all() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let log = at("app.jsonl");
    fs::copy("fixtures/typical_200.jsonl", &log).unwrap();
    // Twice: the second run finds the first one's outputs beside the log.
    for _ in 0..2 {
        let outputs = ["r.html", "r.json", "r.md", "r.prom", "r.csv", "r.txt"].map(at);
        let mut args = vec!["analyze", "-q", dir.path().to_str().unwrap()];
        for output in &outputs {
            args.extend(["-o", output]);
        }
        args.extend(["-o", "-", "--format", "md"]);
        let out = dslog(&args);
        let text = |name: &str| fs::read_to_string(at(name)).unwrap();
        assert_eq!(String::from_utf8(out.stdout).unwrap(), text("r.md"));
        assert!(
            text("r.html").starts_with("<!doctype html>")
                && text("r.html").trim_end().ends_with("</html>")
        );
        let json: Value = serde_json::from_str(&text("r.json")).unwrap();
        assert_eq!(json["inputs"].as_array().unwrap().len(), 1);
        assert_eq!(json["totals"]["lines"], 200);
        assert!(text("r.prom").ends_with("# EOF\n"));
        assert!(text("r.csv").starts_with("code,count,"));
        assert!(text("r-causes.csv").starts_with("code,cause,count,"));
        assert!(text("r-timeline.csv").starts_with("start,seconds,requests,"));
        assert!(text("r.txt").starts_with("dslog: API failures"));
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            7 + 8,
            "something else was left there"
        );
    }
}

#[test]
fn what_cannot_be_written_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let old = dir.path().join("old.json");
    fs::write(&old, "old").unwrap();
    let old_path = old.to_str().unwrap();
    let log = "fixtures/typical_200.jsonl";
    #[cfg(target_os = "linux")]
    for format in FORMATS {
        let out = any_exit(&["analyze", "-q", log, "--format", format, "-o", "/dev/full"]);
        assert_eq!(out.status.code(), Some(2), "{format}");
        assert!(
            stderr(&out).contains("/dev/full"),
            "{format}: {}",
            stderr(&out)
        );
        let out = any_exit(&[
            "analyze",
            "-q",
            log,
            "--format",
            format,
            "-o",
            old_path,
            "-o",
            "/dev/full",
        ]);
        assert_eq!(out.status.code(), Some(2));
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_dslog"));
        let out = command
            .args(["analyze", "-q", log, "--format", format])
            .stdout(full)
            .output()
            .unwrap();
        assert_eq!(out.status.code(), Some(2), "{format} on standard output");
    }
    let missing = dir.path().join("none/report.html");
    // Refused before standard input is read, which here never ends.
    let mut child = Command::new(env!("CARGO_BIN_EXE_dslog"))
        .args([
            "analyze",
            "-q",
            "-o",
            old_path,
            "-o",
            missing.to_str().unwrap(),
        ])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let open = child.stdin.take();
    let out = child.wait_with_output().unwrap();
    drop(open);
    assert_eq!(out.status.code(), Some(2));
    assert!(
        stderr(&out).contains("none/report.html") && stderr(&out).contains("must exist"),
        "{}",
        stderr(&out)
    );
    assert_eq!(fs::read_to_string(&old).unwrap(), "old");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    for format in FORMATS {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dslog"))
            .args([
                "analyze",
                "-q",
                "fixtures/typical_200.jsonl",
                "--format",
                format,
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let out = child.wait_with_output().unwrap();
        assert_eq!(
            (out.status.code(), stderr(&out)),
            (Some(0), String::new()),
            "{format}"
        );
    }
}

#[test]
fn wrong_usage_names_the_remedy() {
    for (args, says) in [
        (&["--format", "pdf"][..], "text, json, html, md, csv, prom"),
        (&["--table", "ids"], "--format csv"),
        (
            &["--format", "csv", "--table", "rows"],
            "codes, causes, timeline",
        ),
        (&["-o", "a.json", "-o", "a.json"], "a name of its own"),
        (
            &["--format", "csv", "--table", "changes"],
            "--baseline OLD.json",
        ),
    ] {
        let out = any_exit(&[&["analyze", "fixtures/typical_200.jsonl"], args].concat());
        assert_eq!(out.status.code(), Some(2), "{args:?}");
        assert!(stderr(&out).contains(says), "{args:?}: {}", stderr(&out));
    }
}
