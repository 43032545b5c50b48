//! `dslog analyze --state` on the real binary: the same report as without a state, days,
//! refusals, full disks, archives that are not read again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

mod copies;
mod runs;
mod trouble;
#[path = "../util/mod.rs"]
mod util;

use runs::{assert_same, day_log, report, run};
use serde_json::Value;
use std::fs;
use std::io::Write as _;
use util::generate;

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
            let slow = [
                "--state", "slow", "part.log", "--top", "50", "--engine", "oracle",
            ];
            assert_same(profile, report(dir, &slow), whole.clone());
            fs::remove_file(dir.join("slow")).unwrap();
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
