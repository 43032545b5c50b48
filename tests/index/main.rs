//! Side indexes: what is in a log is found through its index, whatever happens to either.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

mod astray;
mod found;
mod logs;
#[path = "../util/mod.rs"]
mod util;

use dslog::grep::locate::{Candidates, IdHash, Locate};
use dslog::input::Input;
use found::{build, check_present, indexes, is_trusted, looks_for_absent, read_part, run_index};
use logs::{STORES, gzip, text};
use std::fs;
use util::dslog;
use util::numbers::Numbers;

#[test]
fn ten_thousand_present_ones_are_found_and_absent_ones_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let text = text(1, 30_000);
    for (name, store) in STORES {
        let log = dir.path().join(format!("app.log.{name}"));
        fs::write(&log, store(&text.bytes)).unwrap();
        let row = build(&log);
        assert_eq!(
            (&row["state"], &row["lines"]),
            (&"built".into(), &30_000.into()),
            "{name}: {row}"
        );
        assert_eq!(row["bytes"], text.bytes.len() as u64);
        let share = row["index_bytes"].as_f64().unwrap() / text.bytes.len() as f64;
        assert!(share < 0.03, "{name}: {share}");
        assert!(is_trusted(&log));
        let step = if name == "plain" { 3 } else { 31 };
        check_present(&log, &text.lines, step, name);
        let looks = looks_for_absent(&log, 30_000 / step);
        assert!(looks < 50, "{name}: {looks}");
        // The part really holds the line, and decoding starts near it.
        for (at, length, id) in text.lines.iter().step_by(1999) {
            let Candidates::Parts(parts) =
                indexes().candidates(&Input::file(&log), &[IdHash::of(id)])
            else {
                panic!("{name}: no index");
            };
            let part = parts
                .iter()
                .find(|part| part.input.range.contains(at))
                .unwrap();
            let bytes = read_part(&part.input);
            let within = (at - part.input.range.start) as usize;
            let line = &text.bytes[*at as usize..(at + length) as usize];
            let some = &bytes[within..bytes.len().min(within + line.len())];
            assert!(line.starts_with(some) && !some.is_empty(), "{name}: {id}");
            let resumed = part
                .input
                .resume
                .as_ref()
                .map_or(0, |place| place.byte_offset);
            let far = match name {
                "gz" => 3 << 20,
                "frames.zst" => 4 << 20,
                _ => u64::MAX,
            };
            assert!(at - resumed < far, "{name}: {at} from {resumed}");
            let before = part.lines_before.unwrap();
            let lines = text
                .lines
                .iter()
                .filter(|(at, ..)| *at < part.input.range.start)
                .count();
            assert_eq!(before, lines as u64, "{name}: lines before");
        }
        assert_eq!(build(&log)["state"], "kept");
    }
}

#[test]
fn a_log_that_grows_is_extended() {
    let dir = tempfile::tempdir().unwrap();
    let text = text(2, 24_000);
    for (name, store) in STORES {
        let log = dir.path().join(format!("app.log.{name}"));
        let whole = dir.path().join("whole");
        let mut numbers = Numbers(9);
        let mut lines = 0;
        let mut stored = Vec::new();
        while lines < text.lines.len() {
            let next = (lines + 1 + numbers.below(9000)).min(text.lines.len());
            let (from, to) = (
                text.lines[lines].0,
                text.lines
                    .get(next)
                    .map_or(text.bytes.len() as u64, |line| line.0),
            );
            stored.extend(store(&text.bytes[from as usize..to as usize]));
            // A plain log may be caught in the middle of a line.
            let torn = name == "plain" && next < text.lines.len();
            let mut now = stored.clone();
            if torn {
                now.extend(&text.bytes[to as usize..to as usize + 40]);
            }
            fs::write(&log, &now).unwrap();
            // Under the index of before, and under its own.
            check_present(&log, &text.lines[..next], 41, name);
            let row = build(&log);
            let state = if lines == 0 { "built" } else { "extended" };
            assert_eq!(
                (row["state"].as_str(), row["lines"].as_u64()),
                (Some(state), Some(next as u64)),
                "{name}"
            );
            assert!(is_trusted(&log));
            check_present(&log, &text.lines[..next], 41, name);
            lines = next;
        }
        // The same index as if it had been built at once, but for the time.
        fs::write(&whole, &stored).unwrap();
        let (grown, fresh) = (build(&log), build(&whole));
        assert_eq!(
            (&grown["ids"], &grown["lines"]),
            (&fresh["ids"], &fresh["lines"]),
            "{name}"
        );
        let looks = looks_for_absent(&log, 2_000);
        assert!(looks < 20, "{name}: {looks}");
    }
}

#[test]
fn groups_follow_each_other() {
    // Above 64 MiB, so that there are several tables, and an extension adds to one.
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("app.log");
    let mut text = text(12, 9_000);
    let pad = vec![b' '; 16_000];
    let mut bytes = Vec::new();
    for (at, length, _) in &mut text.lines {
        let line = &text.bytes[*at as usize..(*at + *length) as usize - 1];
        *at = bytes.len() as u64;
        bytes.extend_from_slice(line);
        bytes.extend_from_slice(&pad);
        bytes.push(b'\n');
        *length = bytes.len() as u64 - *at;
    }
    for (lines, state) in [(4_100, "built"), (4_300, "extended"), (9_000, "extended")] {
        let end = text
            .lines
            .get(lines)
            .map_or(bytes.len(), |line| line.0 as usize);
        fs::write(&log, &bytes[..end]).unwrap();
        let row = build(&log);
        assert_eq!(
            (row["state"].as_str(), row["lines"].as_u64()),
            (Some(state), Some(lines as u64))
        );
        let read = check_present(&log, &text.lines[..lines], 17, state);
        // Hardly more than the block of each.
        assert!(read < 270_000, "{read}");
    }
    let Candidates::Parts(parts) =
        indexes().candidates(&Input::file(&log), &[IdHash::of(&text.lines[8_500].2)])
    else {
        panic!("no index");
    };
    let before = text
        .lines
        .iter()
        .filter(|(at, ..)| *at < parts[0].input.range.start)
        .count();
    assert_eq!(parts[0].lines_before, Some(before as u64));
    assert_eq!(looks_for_absent(&log, 2_000), 0);
}

#[test]
fn threads_and_blocks_do_not_show() {
    let (_dir, log, _) = util::generate("mixed", 4_000, 3);
    let index = format!("{log}.dslog-idx");
    let mut first: Option<Vec<u8>> = None;
    for args in [
        vec![],
        vec!["--threads", "1"],
        vec![
            "--threads",
            "3",
            "--segment-bytes",
            "65536",
            "--block-bytes",
            "4096",
        ],
    ] {
        let mut all = vec![log.as_str(), "--rebuild"];
        all.extend(args.iter());
        run_index(&all);
        let bytes = fs::read(&index).unwrap();
        assert!(
            first.as_ref().is_none_or(|first| *first == bytes),
            "{args:?}"
        );
        first = Some(bytes);
    }
    // The same when it is built while the log is analyzed.
    fs::remove_file(&index).unwrap();
    let with = dslog(&["analyze", "--format", "json", "--index", &log]).stdout;
    assert!(first.unwrap() == fs::read(&index).unwrap());
    let without = dslog(&["analyze", "--format", "json", &log]).stdout;
    assert!(with == without, "an index changes no report");
}

#[test]
fn what_cannot_be_indexed_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("a.log");
    fs::write(&log, "{\"request_id\":\"short-1\"}\n").unwrap();
    let (indexes, name) = (dir.path().join("indexes"), log.to_str().unwrap());
    let run = |args: &[&str]| {
        let out = std::process::Command::new(env!("CARGO_BIN_EXE_dslog"))
            .args(args)
            .output()
            .unwrap();
        (
            out.status.code().unwrap(),
            String::from_utf8(out.stderr).unwrap(),
        )
    };
    let (code, said) = run(&["index", name, "--index-dir", indexes.to_str().unwrap()]);
    assert!(code == 2 && said.contains("indexes"), "{code}: {said}");
    fs::create_dir(&indexes).unwrap();
    assert_eq!(
        run(&["index", name, "--index-dir", indexes.to_str().unwrap()]).0,
        0
    );
    let (code, said) = run(&["index", "-"]);
    assert!(
        code == 1 && said.contains("standard input cannot be indexed"),
        "{code}: {said}"
    );
    let (code, said) = run(&["index", dir.path().join("none.log").to_str().unwrap()]);
    assert!(code == 1 && said.contains("none.log"), "{code}: {said}");
    let empty = dir.path().join("empty.log");
    fs::write(&empty, "").unwrap();
    assert_eq!(run(&["index", empty.to_str().unwrap()]).0, 0);
    // Cut off: what is there is indexed, and the rest is named.
    let text = text(8, 3_000);
    let cut = dir.path().join("cut.log.gz");
    let stored = gzip(&text.bytes);
    fs::write(&cut, &stored[..stored.len() / 2]).unwrap();
    let (code, said) = run(&["index", cut.to_str().unwrap()]);
    assert!(code == 1 && said.contains("truncated"), "{code}: {said}");
    assert!(is_trusted(&cut));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&log, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(run(&["index", name]).0, 0);
        let mode = fs::metadata(format!("{name}.dslog-idx"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}
