//! States and arguments that cannot be used, full disks, runs that die.

use crate::runs::{day_log, refused, report, run};
use std::fs;
use std::process::Command;

#[test]
fn what_cannot_be_used_is_refused_with_the_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fs::write(dir.join("a.log"), day_log(1, 10)).unwrap();
    refused(dir, &["--state", "s"], &["no such state", "name the logs"]);
    report(
        dir,
        &[
            "--state",
            "s",
            "a.log",
            "--field",
            "code=code",
            "--model",
            "qwen-plus",
        ],
    );
    for (flags, words) in [
        (
            &["--bucket", "5m"][..],
            &["--bucket 1m, not 5m", "--reset-state"][..],
        ),
        (
            &["--tz", "+08:00"],
            &["--tz utc, not +08:00", "--reset-state"],
        ),
        (
            &["--field", "code=x"],
            &["--field code=code, not --field code=x", "--reset-state"],
        ),
        (
            &["--status", "500"],
            &["no --status, not --status 500", "--reset-state"],
        ),
        (&["--since", "2026-11-01T10:00"], &["is no day"]),
        (&["--keep", "0d"], &["is no number of days"]),
    ] {
        refused(dir, &[&["--state", "s", "a.log"], flags].concat(), words);
    }
    refused(
        dir,
        &["--state", "s", "-"],
        &["standard input", "name the files"],
    );
    refused(dir, &["--state", ".", "a.log"], &["is a directory"]);
    refused(dir, &["--state", "none/s", "a.log"], &["folder must exist"]);
    let out = run(dir, &["--only-new", "a.log"]);
    assert_eq!(out.status.code(), Some(2));
    // What the state was made with goes on without being named.
    assert_eq!(report(dir, &["--state", "s", "a.log"])["run"]["lines"], 0);
    fs::write(dir.join("foreign"), "{\"time\":1}\n").unwrap();
    fs::write(dir.join("newer"), "{\"schema\":\"dslog.state/v2\"}\nxxxx").unwrap();
    fs::write(dir.join("empty"), "").unwrap();
    refused(dir, &["--state", "foreign", "a.log"], &["is no state"]);
    for (state, word) in [("newer", "newer"), ("empty", "is no state")] {
        let before = fs::read(dir.join(state)).unwrap();
        refused(dir, &["--state", state, "a.log"], &[word, "--reset-state"]);
        assert_eq!(fs::read(dir.join(state)).unwrap(), before);
        assert_eq!(
            report(dir, &["--state", state, "--reset-state", "a.log"])["run"]["lines"],
            10
        );
    }
}

/// A slip of the keyboard must not cost a log: only what was a state is ever reset.
#[test]
fn nothing_but_a_state_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let log = day_log(1, 10);
    let report = r#"{"schema":"dslog.report/v1","dslog_version":"0.1.0"}"#;
    for (name, text) in [
        ("a.log", &*log),
        ("x.log", &log),
        ("r", report),
        ("hi", "hi"),
    ] {
        fs::write(dir.join(name), text).unwrap();
    }
    for state in ["x.log", "r", "hi"] {
        let before = fs::read(dir.join(state)).unwrap();
        for flags in [
            &["a.log"][..],
            &["--reset-state", "a.log"],
            &["--reset-state"],
        ] {
            let out = run(dir, &[&["--state", state], flags].concat());
            let text = String::from_utf8_lossy(&out.stderr);
            assert_eq!(out.status.code(), Some(2), "{state} {flags:?}: {text}");
            assert!(text.contains(": is no state of dslog ("), "{text}");
            assert!(!text.contains("--reset-state"), "{text}");
            assert_eq!(fs::read(dir.join(state)).unwrap(), before);
        }
    }
    // Nor is a log its own state, by whatever name, whether it is there or not yet.
    fs::write(dir.join("empty.log"), "").unwrap();
    for (state, log) in [
        ("x.log", "x.log"),
        ("./x.log", "x.log"),
        ("empty.log", "empty.log"),
        ("later.log", "later.log"),
    ] {
        for flags in [&[][..], &["--reset-state"]] {
            let args = [&["--state", state, "a.log", log], flags].concat();
            refused(dir, &args, &["would be read, and replaced by the state"]);
        }
    }
    assert_eq!(fs::read_to_string(dir.join("x.log")).unwrap(), log);
    assert!(!dir.join("later.log").exists());
    // Nor is a report the state.
    refused(
        dir,
        &["--state", "s", "a.log", "-o", "./s"],
        &["both the state and the report"],
    );
    // A state that a shell's pattern names is no log; alone it leaves nothing to read.
    crate::runs::report(dir, &["--state", "s", "a.log"]);
    assert_eq!(
        crate::runs::report(dir, &["--state", "s", "s", "a.log"])["run"]["seq"],
        2
    );
    refused(dir, &["--state", "s", "s"], &["nothing to read"]);
}

#[test]
fn a_state_with_a_flipped_byte_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fs::write(dir.join("a.log"), day_log(1, 1)).unwrap();
    report(dir, &["--state", "s", "a.log"]);
    let good = fs::read(dir.join("s")).unwrap();
    // A process each is slow: the unit tests flip every byte, these a few.
    for at in (0..good.len()).step_by(good.len() / 20) {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        fs::write(dir.join("s"), &bad).unwrap();
        refused(dir, &["--state", "s", "a.log"], &["--reset-state"]);
        assert_eq!(fs::read(dir.join("s")).unwrap(), bad);
    }
    fs::write(dir.join("s"), &good[..good.len() - 1]).unwrap();
    refused(
        dir,
        &["--state", "s", "a.log"],
        &["damaged", "--reset-state"],
    );
    for cut in [good.len() - 1, 40, 9] {
        fs::write(dir.join("s"), &good[..cut]).unwrap();
        let again = report(dir, &["--state", "s", "--reset-state", "a.log"]);
        assert_eq!(again["run"]["seq"], 1, "cut at {cut}");
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_state_and_report() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fs::write(dir.join("a.log"), day_log(1, 200)).unwrap();
    report(dir, &["--state", "s", "a.log"]);
    let args = ["--state", "s", "a.log", "-o", "r.json"];
    assert_eq!(run(dir, &args).status.code(), Some(0));
    let before = (
        fs::read(dir.join("s")).unwrap(),
        fs::read(dir.join("r.json")).unwrap(),
    );
    fs::write(dir.join("a.log"), day_log(1, 200) + &day_log(2, 200)).unwrap();
    let names = || fs::read_dir(dir).unwrap().count();
    let count = names();
    // Files cannot grow beyond a few KiB: what a full disk does, for everybody to test.
    let script = "trap '' XFSZ; ulimit -f 8; exec \"$0\" analyze \"$@\"";
    let out = Command::new("bash")
        .current_dir(dir)
        .args(["-c", script, env!("CARGO_BIN_EXE_dslog")])
        .args(args)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(2), "{text}");
    assert!(text.contains("the state could not be saved"), "{text}");
    assert_eq!(
        (
            fs::read(dir.join("s")).unwrap(),
            fs::read(dir.join("r.json")).unwrap()
        ),
        before
    );
    assert_eq!(names(), count, "something was left behind");
    // And when there is room again, nothing is lost or counted twice.
    assert_eq!(
        report(dir, &["--state", "s", "a.log"])["totals"]["requests"],
        400
    );
}

/// A run that dies while it writes its report (from a signal that no program can outlive,
/// at the first write beyond a size) leaves the old report; the next run is right.
/// `integrations/state/` kills at every system call.
#[cfg(unix)]
#[test]
fn dying_in_mid_report_leaves_the_old_one() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let args = ["--state", "s", "a.log", "-o", "r.json", "-o", "r.html"];
    let paths = ["r.json", "r.html"];
    let read = || paths.map(|name| fs::read(dir.join(name)).unwrap());
    fs::write(dir.join("a.log"), day_log(1, 50)).unwrap();
    assert_eq!(run(dir, &args).status.code(), Some(0));
    let (before, state) = (read(), fs::read(dir.join("s")).unwrap());
    fs::write(dir.join("a.log"), day_log(1, 50) + &day_log(2, 50)).unwrap();
    let mut died = 0;
    // Blocks of 1 KiB.
    for size in [1, 2, 4, 8, 16, 32] {
        fs::write(dir.join("s"), &state).unwrap();
        let script = format!("ulimit -c 0; ulimit -f {size}; exec \"$0\" analyze \"$@\"");
        let out = Command::new("bash")
            .current_dir(dir)
            .args(["-c", &script, env!("CARGO_BIN_EXE_dslog")])
            .args(args)
            .output()
            .unwrap();
        let signal = std::os::unix::process::ExitStatusExt::signal(&out.status);
        assert!(signal.is_some(), "{size}: {:?}", out.status);
        assert_eq!(read(), before, "{size}");
        let is_saved = fs::read(dir.join("s")).unwrap() != state;
        died += usize::from(is_saved);
        // What that run has read is in the next one's report, once.
        let next = report(dir, &["--state", "s", "a.log"]);
        assert_eq!(next["totals"]["requests"], 100, "{size}");
        assert_eq!(
            next["run"]["requests"],
            if is_saved { 0 } else { 50 },
            "{size}"
        );
    }
    assert!(died > 1, "none died after the state was saved");
}
