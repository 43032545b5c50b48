//! `dslog grep` says the same with and without an index, whatever became of the log.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

mod util;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use util::numbers::Numbers;
use util::pieces::pieces;
use util::{dslog, generate, report};

/// What a search says: standard output, and the exit code.
#[derive(PartialEq)]
struct Said(Vec<u8>, i32);

fn grep(args: &[&str]) -> Said {
    let out = Command::new(env!("CARGO_BIN_EXE_dslog"))
        .arg("grep")
        .args(args)
        .output()
        .unwrap();
    Said(out.stdout, out.status.code().unwrap())
}

#[track_caller]
fn same(args: &[&str]) -> Said {
    let with = grep(args);
    let without = grep(&[args, &["--no-index"]].concat());
    let show = |said: &Said| String::from_utf8_lossy(&said.0).into_owned();
    assert!(
        with == without,
        "{args:?}\nwith an index ({}):\n{}\nwithout ({}):\n{}",
        with.1,
        show(&with),
        without.1,
        show(&without)
    );
    with
}

fn index(path: &Path) {
    dslog(&["index", "-q", path.to_str().unwrap()]);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd_frames(bytes: &[u8]) -> Vec<u8> {
    bytes
        .chunks(700_000)
        .flat_map(|part| zstd::encode_all(part, 1).unwrap())
        .collect()
}

type Store = fn(&[u8]) -> Vec<u8>;

const STORES: [(&str, Store); 3] = [
    ("app.jsonl", <[u8]>::to_vec),
    ("app.jsonl.gz", gzip),
    ("app.jsonl.zst", zstd_frames),
];

/// A log of so many lines, each with an id of its own.
fn log(numbers: &mut Numbers, lines: usize) -> (Vec<u8>, Vec<String>) {
    let (mut bytes, mut ids) = (Vec::new(), Vec::new());
    for line in 0..lines {
        let id = numbers.id();
        match numbers.below(3) {
            0 => writeln!(
                bytes,
                "{{\"status\":200,\"request_id\":\"{id}\",\"pad\":\"{line:0200}\"}}"
            ),
            1 => writeln!(
                bytes,
                "{{\"level\":\"error\",\"msg\":\"failed {{'request_id': '{id}', 'code': 'Throttling'}}\"}}"
            ),
            _ => writeln!(bytes, "[ERROR] call failed (request id: {id})"),
        }
        .unwrap();
        ids.push(id);
    }
    (bytes, ids)
}

/// All ids of a list are found in as many lines, with and without an index.
#[track_caller]
fn all_found(dir: &Path, log: &str, ids: &[String]) {
    let list = dir.join("ids");
    fs::write(&list, ids.join("\n")).unwrap();
    let said = same(&["--ids-from", list.to_str().unwrap(), "-c", log]);
    assert_eq!(String::from_utf8_lossy(&said.0), format!("{}\n", ids.len()));
    // And some by themselves, so that hardly anything is read.
    for id in ids.iter().step_by(ids.len().div_ceil(5)) {
        let said = same(&["-n", id, log]);
        let text = String::from_utf8(said.0).unwrap();
        assert!(
            text.contains(id.as_str()) && text.lines().count() == 1,
            "{text}"
        );
    }
}

#[track_caller]
fn none_found(dir: &Path, log: &str, ids: &[String]) {
    let list = dir.join("ids");
    fs::write(&list, ids.join("\n")).unwrap();
    let said = same(&["--ids-from", list.to_str().unwrap(), log]);
    assert!(said.0.is_empty() && said.1 == 1, "{}", said.1);
    for id in ids.iter().step_by(ids.len().div_ceil(3)) {
        assert_eq!(same(&[id, log]).1, 1);
    }
}

/// Ten thousand that are there and ten thousand that are not: after the index was built,
/// and then while it is stale: appended to, rotated, truncated, replaced.
#[test]
fn present_ids_are_found_and_absent_ones_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let mut numbers = Numbers(1);
    let (old, old_ids) = log(&mut numbers, 10_000);
    let (new, new_ids) = log(&mut numbers, 10_000);
    let absent: Vec<String> = (0..10_000).map(|_| numbers.id()).collect();
    for (name, store) in STORES {
        let path = dir.path().join(name);
        let log = path.to_str().unwrap();
        let put = |bytes: &[u8]| fs::write(&path, bytes).unwrap();
        put(&store(&old));
        index(&path);
        all_found(dir.path(), log, &old_ids);
        none_found(dir.path(), log, &absent);
        none_found(dir.path(), log, &new_ids);
        // Appended to: by a member or a frame, if it is compressed.
        put(&[store(&old), store(&new)].concat());
        all_found(dir.path(), log, &[&old_ids[..], &new_ids[..]].concat());
        none_found(dir.path(), log, &absent);
        // Truncated, and then something shorter written.
        put(&store(&old));
        index(&path);
        let half = new.iter().position(|b| *b == b'\n').unwrap() + 1;
        put(&store(&new[..half]));
        all_found(dir.path(), log, &new_ids[..1]);
        none_found(dir.path(), log, &old_ids);
        // Rotated: the index is that of another log.
        put(&store(&old));
        index(&path);
        fs::rename(&path, dir.path().join("rotated")).unwrap();
        put(&store(&new));
        all_found(dir.path(), log, &new_ids);
        none_found(dir.path(), log, &old_ids);
        // Rotated, and the new one has grown beyond the old one's size.
        put(&store(&[&new[..], &old[..]].concat()));
        all_found(dir.path(), log, &[&new_ids[..], &old_ids[..]].concat());
        // Replaced by one of the same size, the first line kept.
        put(&store(&old));
        index(&path);
        let mut mixed = old.clone();
        let line = old.iter().position(|b| *b == b'\n').unwrap() + 1;
        let room = old.len() - line;
        mixed[line..].fill(b'\n');
        let from = new.len().min(room);
        let whole = new[..from].iter().rposition(|b| *b == b'\n').unwrap() + 1;
        mixed[line..line + whole].copy_from_slice(&new[..whole]);
        put(&store(&mixed));
        let there = new[..whole].iter().filter(|b| **b == b'\n').count();
        all_found(dir.path(), log, &new_ids[..there]);
        none_found(dir.path(), log, &old_ids[1..]);
    }
}

/// The ids of a log as searches know them.
fn ids_of(log: &str) -> Vec<String> {
    let mut args: Vec<String> = vec!["--json".into(), "--prefix".into()];
    for first in ('0'..='9').chain('a'..='z').chain('A'..='Z') {
        args.extend(["-e".into(), first.to_string()]);
    }
    args.push(log.into());
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let said = grep(&args);
    let mut starts = BTreeSet::new();
    for line in said
        .0
        .split(|b| *b == b'\n')
        .filter(|line| !line.is_empty())
    {
        let line: serde_json::Value = serde_json::from_slice(line).unwrap();
        starts.insert(line["text"].as_str().unwrap_or_default().to_owned());
    }
    // The ids themselves stand in the lines; what looks like one will do.
    let mut ids = BTreeSet::new();
    for text in &starts {
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))) {
            if word.len() >= 16 && word.contains(|c: char| c.is_ascii_digit()) {
                ids.insert(word.to_owned());
            }
        }
    }
    ids.into_iter().collect()
}

#[test]
fn every_kind_of_log_reads_the_same() {
    for (profile, lines) in [
        ("docker", 6_000),
        ("cri", 6_000),
        ("mixed", 12_000),
        ("hostile", 6_000),
        ("storm", 12_000),
        ("openai", 6_000),
    ] {
        let (dir, log, _) = generate(profile, lines, 5);
        let bytes = fs::read(&log).unwrap();
        let ids = ids_of(&log);
        assert!(ids.len() > 1000, "{profile}: {}", ids.len());
        let mut numbers = Numbers(lines);
        let mut found = 0;
        for (name, store) in STORES {
            let path = dir.path().join(name);
            fs::write(&path, store(&bytes)).unwrap();
            index(&path);
            let log = path.to_str().unwrap();
            let shapes: [&[&str]; 6] =
                [&[], &["-n"], &["-Hn"], &["-c"], &["--json"], &["-n", "-m1"]];
            for round in 0..8 {
                let id = &ids[numbers.below(ids.len())];
                let args = [shapes[round % shapes.len()], &["-e", id, log]].concat();
                found += usize::from(same(&args).1 == 0);
            }
            let some: Vec<&str> = (0..300)
                .map(|_| ids[numbers.below(ids.len())].as_str())
                .collect();
            let list = dir.path().join("ids");
            fs::write(&list, some.join("\n")).unwrap();
            let list = list.to_str().unwrap();
            same(&["-n", "--ids-from", list, log]);
            same(&["-l", "--ids-from", list, log]);
            same(&["-n", "-C2", "-e", some[0], "-e", some[1], log]);
            same(&["--anywhere", "-e", some[0], log]);
            same(&["--prefix", "-e", &some[0][..8], log]);
            if name == "app.jsonl" {
                same(&["--related", "-e", some[0], log]);
                same(&["--ticket", "--tz", "+08:00", "-e", some[1], log]);
            }
        }
        assert!(found > 3, "{profile}: {found} of {}", ids.len());
    }
}

#[test]
fn records_in_pieces_read_the_same() {
    for seed in 0..3 {
        let dir = tempfile::tempdir().unwrap();
        let mut numbers = Numbers(seed);
        let mut ids = Vec::new();
        let bytes = pieces(&mut numbers, &mut ids);
        let (name, store) = STORES[seed as usize];
        let path = dir.path().join(name);
        fs::write(&path, store(&bytes)).unwrap();
        let row = &report(&["index", "--format", "json", path.to_str().unwrap()])["indexes"][0];
        assert!(
            row["bytes"].as_u64().unwrap() * 3 > bytes.len() as u64,
            "{row}"
        );
        let log = path.to_str().unwrap();
        let mut found = 0;
        for id in ids.iter().step_by(ids.len() / 30) {
            found += usize::from(same(&["-n", id, log]).1 == 0);
        }
        assert!(found > 15, "{found}");
    }
}

#[test]
fn a_line_too_long_to_be_searched_is_named_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("app.log");
    let (mut bytes, ids) = log(&mut Numbers(3), 3_000);
    bytes.extend(vec![b'x'; 17 << 20]);
    bytes.push(b'\n');
    let (more, more_ids) = log(&mut Numbers(4), 3_000);
    bytes.extend(more);
    fs::write(&path, bytes).unwrap();
    index(&path);
    let log = path.to_str().unwrap();
    for id in [&ids[5], &more_ids[2_000], &Numbers(9).id()] {
        assert_eq!(same(&["-n", id, log]).1, 2, "{id}");
    }
}

#[test]
fn indexes_may_lie_elsewhere_and_be_many() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    let indexes = dir.path().join("indexes");
    fs::create_dir_all(logs.join("old")).unwrap();
    fs::create_dir(&indexes).unwrap();
    let mut numbers = Numbers(7);
    let mut some = Vec::new();
    for (day, (_, store)) in STORES.iter().cycle().take(7).enumerate() {
        let (bytes, ids) = log(&mut numbers, 4_000);
        let path = logs
            .join(["", "old"][day % 2])
            .join(format!("app-{day}.log"));
        fs::write(path, store(&bytes)).unwrap();
        some.extend(ids.iter().step_by(1_500).cloned());
    }
    let (logs, indexes) = (logs.to_str().unwrap(), indexes.to_str().unwrap());
    dslog(&["index", "-q", "--index-dir", indexes, logs]);
    assert_eq!(fs::read_dir(indexes).unwrap().count(), 7);
    // What a shell's `*` names besides the logs is no log.
    let all: Vec<String> = fs::read_dir(indexes)
        .unwrap()
        .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
        .collect();
    let mut args = vec!["grep", "-c", "-e", "x", logs];
    args.extend(all.iter().map(String::as_str));
    let out = Command::new(env!("CARGO_BIN_EXE_dslog"))
        .args(&args)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&out.stdout).lines().count(), 7);
    assert_eq!(grep(&["-e", "x", &all[0]]).1, 2);
    for id in &some {
        for shape in ["-Hn", "-c", "-l"] {
            let with = grep(&[shape, "--index-dir", indexes, id, logs]);
            assert!(with == grep(&[shape, id, logs]) && with.1 == 0, "{id}");
        }
    }
    let args = ["--index-dir", indexes, "--no-index", "x", logs];
    assert_eq!(grep(&args).1, 2, "a contradiction");
    // With other fields, the index is another's.
    let field = [
        "--field",
        "request_id=pad",
        &some[0],
        logs,
        "--index-dir",
        indexes,
    ];
    assert!(grep(&field) == grep(&field[..4]));
}
