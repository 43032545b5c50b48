//! `dslog analyze --state` on the real binary: the same report as without a state, days,
//! refusals, full disks, archives that are not read again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

mod util;

use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};
use util::generate;

fn run(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dslog"))
        .current_dir(dir)
        .arg("analyze")
        .args(args)
        .output()
        .unwrap()
}

#[track_caller]
fn report(dir: &Path, args: &[&str]) -> Value {
    let out = run(dir, &[args, &["--format", "json"]].concat());
    let text = String::from_utf8_lossy(&out.stderr);
    assert!(matches!(out.status.code(), Some(0 | 1)), "{args:?}: {text}");
    serde_json::from_slice(&out.stdout).unwrap()
}

/// A refusal: exit code 2, and what it says.
#[track_caller]
fn refused(dir: &Path, args: &[&str], words: &[&str]) {
    let out = run(dir, args);
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(2), "{args:?}: {text}");
    for word in words {
        assert!(text.contains(word), "{args:?}: {word:?} is not in {text}");
    }
}

fn without_run(mut report: Value) -> Value {
    let map = report.as_object_mut().unwrap();
    map.remove("run");
    map.remove("inputs");
    report
}

#[track_caller]
fn assert_same(what: &str, left: Value, right: Value) {
    let (left, right) = (without_run(left), without_run(right));
    for (key, value) in left.as_object().unwrap() {
        assert_eq!(Some(value), right.get(key), "{what}: {key}");
    }
    assert_eq!(left, right, "{what}");
}

#[test]
fn a_log_read_in_parts_gives_the_report_of_the_whole() {
    for (seed, profile) in ["typical", "openai", "docker", "cri", "mixed", "hostile"]
        .iter()
        .enumerate()
    {
        let (dir, log, _) = generate(profile, 1500, seed as u64 + 40);
        let dir = dir.path();
        let mut bytes = fs::read(&log).unwrap();
        if bytes.last() != Some(&b'\n') {
            bytes.push(b'\n');
            fs::write(&log, &bytes).unwrap();
        }
        let whole = report(dir, &[&log, "--top", "50"]);
        for (memory, block) in [("512M", "524288"), ("20K", "100")] {
            let part = dir.join("part.log");
            let state = format!("state-{memory}");
            let _ = fs::remove_file(&part);
            let mut at = 0;
            let mut last = Value::Null;
            for step in 1..=5_u64 {
                let cut = if step == 5 {
                    bytes.len()
                } else {
                    (bytes.len() as u64 * step / 5 + step * 131 % 997) as usize
                };
                let mut file = fs::OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(&part)
                    .unwrap();
                file.write_all(&bytes[at..cut]).unwrap();
                at = cut;
                last = report(
                    dir,
                    &[
                        "--state",
                        &state,
                        "part.log",
                        "--top",
                        "50",
                        "--memory",
                        memory,
                        "--block-bytes",
                        block,
                        "--segment-bytes",
                        "70000",
                    ],
                );
                assert_eq!(last["run"]["seq"], step);
            }
            assert_same(profile, last.clone(), whole.clone());
            // Nothing new: the same but for `run`.
            let again = report(dir, &["--state", &state, "part.log", "--top", "50"]);
            assert_eq!(again["run"]["lines"], 0);
            assert_eq!(again["inputs"], last["inputs"]);
            assert_same(profile, again, last.clone());
            // The state alone.
            let alone = report(dir, &["--state", &state, "--top", "50"]);
            assert_same(profile, alone, last);
            let empty = report(dir, &["--state", &state, "part.log", "--only-new"]);
            assert_eq!(empty["totals"]["lines"], 0);
        }
    }
}

/// One failing request a line.
fn day_log(day: u32, lines: usize) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for n in 0..lines {
        let (hour, minute) = (n * 24 / lines, n % 60);
        writeln!(
            text,
            r#"{{"time":"2026-11-{day:02}T{hour:02}:{minute:02}:00Z","request_id":"r-{day}-{n}","status_code":429,"code":"Throttling.RateQuota","message":"Requests rate limit exceeded, please try again later.","model":"qwen-plus","latency_ms":{n}}}"#
        )
        .unwrap();
    }
    text
}

#[test]
fn days_are_reported_again() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let mut text = "{\"note\":\"chatter\"}\nnot json\n{\"status\":500}\n".to_owned();
    for day in 1..=9 {
        text += &day_log(day, 100 + day as usize);
    }
    fs::write(dir.join("a.log"), text).unwrap();
    report(dir, &["--state", "s", "a.log"]);
    for range in [
        &["--since", "2026-11-03", "--until", "2026-11-05"][..],
        &["--since", "2026-11-08"],
        &["--until", "2026-11-02"],
        &["--since", "yesterday", "--now", "2026-11-09T08:00:00Z"],
        &[
            "--since",
            "2d",
            "--until",
            "today",
            "--now",
            "2026-11-09T00:00:00Z",
        ],
    ] {
        let ours = report(dir, &[&["--state", "s"], range].concat());
        assert_same("range", ours, report(dir, &[&["a.log"], range].concat()));
    }
    // Days of another clock.
    report(dir, &["--state", "east", "a.log", "--tz", "+08:00"]);
    let ours = report(
        dir,
        &[
            "--state",
            "east",
            "--since",
            "2026-11-03",
            "--until",
            "2026-11-04",
        ],
    );
    let theirs = report(
        dir,
        &[
            "a.log",
            "--since",
            "2026-11-02T16:00",
            "--until",
            "2026-11-03T16:00",
        ],
    );
    assert_same("east", ours, theirs);
    // Old days go; their lines stay accounted for, whenever they come.
    let all = report(dir, &["--state", "s", "a.log", "--keep", "3d"]);
    assert_eq!(all["totals"]["requests"], 107 + 108 + 109 + 1);
    assert_eq!(all["totals"]["outside"], 101 + 102 + 103 + 104 + 105 + 106);
    fs::write(dir.join("late.log"), day_log(2, 7)).unwrap();
    let late = report(dir, &["--state", "s", "*.log"]);
    assert_eq!(late["totals"]["requests"], 107 + 108 + 109 + 1);
    assert_eq!(late["totals"]["outside"], 621 + 7);
    assert_eq!(late["run"]["requests"], 7);
    let only = report(
        dir,
        &["--state", "t", "*.log", "--only-new", "--keep", "1d"],
    );
    assert_eq!(
        (&only["totals"]["requests"], &only["totals"]["outside"]),
        (&Value::from(110), &Value::from(945 - 109 + 7))
    );
}

#[test]
fn closed_days_keep_their_top_ids() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let mut text = String::new();
    for day in 1..=5 {
        text += &day_log(day, 1200);
        // One id that fails twice.
        let line = day_log(day, 1).replace(&format!("r-{day}-0"), &format!("r-{day}-7"));
        text += &line;
    }
    fs::write(dir.join("a.log"), text).unwrap();
    let all = report(dir, &["--state", "s", "a.log"]);
    assert!(
        all["top_request_ids"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["exact"] == false)
    );
    let day = ["--since", "2026-11-01", "--until", "2026-11-02"];
    let one = report(dir, &[&["--state", "s"], &day[..]].concat());
    assert_same(
        "a closed day",
        one,
        report(dir, &[&["a.log"], &day[..]].concat()),
    );
    let open = ["--since", "2026-11-03"];
    let open = [&["--state", "s", "--top", "4000"], &open[..]].concat();
    let open = report(dir, &open);
    assert_eq!(open["top_request_ids"].as_array().unwrap().len(), 3600);
    assert!(open["top_request_ids"][0].get("exact").is_none());
}

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
    for (state, word) in [
        ("foreign", "is no state"),
        ("newer", "newer"),
        ("empty", "is no state"),
    ] {
        let before = fs::read(dir.join(state)).unwrap();
        refused(dir, &["--state", state, "a.log"], &[word, "--reset-state"]);
        assert_eq!(fs::read(dir.join(state)).unwrap(), before);
        assert_eq!(
            report(dir, &["--state", state, "--reset-state", "a.log"])["run"]["lines"],
            10
        );
    }
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

#[test]
fn the_report_says_what_this_run_has_read() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fs::write(dir.join("a.log"), day_log(1, 5)).unwrap();
    fs::write(dir.join("b.log"), day_log(2, 5) + "{").unwrap();
    let says = |args: &[&str], words: &str| {
        let out = run(dir, args);
        let text = String::from_utf8(out.stdout).unwrap();
        assert!(text.contains(words), "{words:?} is not in {text}");
    };
    let args = ["--state", "s", "a.log", "b.log"];
    says(
        &args,
        "Run 1 of the state: 10 new lines (1.9 KiB), from 2 of 2 inputs; 1 B wait",
    );
    says(
        &args,
        "Run 2 of the state: 0 new lines (0 B), from 0 of 2 inputs",
    );
    let zh = [&args[..], &["--lang", "zh", "--format", "html"]].concat();
    says(&zh, "状态的第 3 次运行：新增 0 行");
    says(
        &["--state", "s", "--format", "md"],
        "- From the state as its run 3 left it",
    );
}

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

#[cfg(unix)]
#[test]
fn a_state_is_for_its_owner_and_follows_links() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fs::create_dir(dir.join("var")).unwrap();
    fs::write(dir.join("a.log"), day_log(1, 10)).unwrap();
    report(dir, &["--state", "var/s", "a.log"]);
    let mode = |name: &str| fs::metadata(dir.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("var/s"), mode("var/s.dslog-lock")), (0o600, 0o600));
    std::os::unix::fs::symlink("var/s", dir.join("link")).unwrap();
    assert_eq!(report(dir, &["--state", "link", "a.log"])["run"]["seq"], 2);
    assert!(fs::symlink_metadata(dir.join("link")).unwrap().is_symlink());
    // The state's own files are no logs.
    let all = report(dir, &["--state", "var/s", "var/*", "a.log"]);
    assert_eq!(all["totals"]["lines"], 10);
    // Secrets in ids do not get there.
    let line = day_log(1, 1).replace("r-1-0", "sk-abcdefghijklmnopqrstuvwxyz0123456789");
    fs::write(dir.join("b.log"), line).unwrap();
    report(dir, &["--state", "var/s", "b.log"]);
    let stored = fs::read(dir.join("var/s")).unwrap();
    assert!(!stored.windows(8).any(|bytes| bytes == b"mnopqrst"));
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
