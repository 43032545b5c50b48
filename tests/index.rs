//! Side indexes: what is in a log is found through its index, whatever happens to either.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

mod util;

use dslog::grep::locate::{Candidates, IdHash, Locate};
use dslog::index::{Indexes, Place, meaning};
use dslog::input::{Input, Opened};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use util::{dslog, report};

/// Lines with their ids, and the log they make.
struct Text {
    bytes: Vec<u8>,
    /// Offset, length and id of each line.
    lines: Vec<(u64, u64, String)>,
}

/// A stream of numbers that look random.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 32)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

fn id(numbers: &mut Numbers) -> String {
    let (a, b) = (numbers.next(), numbers.next());
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        a >> 32,
        a >> 16 & 0xffff,
        a & 0xffff,
        b >> 48,
        b & 0xffff_ffff_ffff
    )
}

/// A log of so many lines.
fn text(seed: u64, lines: usize) -> Text {
    let mut numbers = Numbers(seed);
    let mut text = Text {
        bytes: Vec::new(),
        lines: Vec::new(),
    };
    for line in 0..lines {
        let id = id(&mut numbers);
        let at = text.bytes.len() as u64;
        match numbers.below(3) {
            0 => write!(text.bytes, "{{\"status\":200,\"request_id\":\"{id}\",\"line\":{line}}}"),
            1 => write!(text.bytes, "{{\"level\":\"error\",\"msg\":\"failed {{'request_id': '{id}', 'code': 'Throttling'}}\",\"pad\":\"{line:0300}\"}}"),
            _ => write!(text.bytes, "{{\"res\":{{\"statusCode\":429}},\"error\":{{\"code\":\"X\",\"message\":\"m\",\"request_id\":\"{id}\"}}}}"),
        }
        .unwrap();
        text.bytes.push(b'\n');
        text.lines.push((at, text.bytes.len() as u64 - at, id));
    }
    text
}

/// What a log's bytes are stored as.
type Store = fn(&[u8]) -> Vec<u8>;

fn plain(bytes: &[u8]) -> Vec<u8> {
    bytes.to_vec()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// In frames of 1 MB.
fn zstd_frames(bytes: &[u8]) -> Vec<u8> {
    bytes
        .chunks(1_000_000)
        .flat_map(|part| zstd::encode_all(part, 1).unwrap())
        .collect()
}

fn zstd_one(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

fn indexes() -> Indexes {
    Indexes {
        place: Place::default(),
        meaning: meaning(&[]),
        ..Indexes::default()
    }
}

fn run_index(args: &[&str]) -> serde_json::Value {
    let mut all = vec!["index", "--format", "json", "-q"];
    all.extend(args);
    report(&all)
}

fn build(log: &Path) -> serde_json::Value {
    run_index(&[log.to_str().unwrap()])["indexes"][0].clone()
}

/// Through the index, lines are found by their ids (every `step`th is tried); how many
/// bytes of the log that takes, on average.
#[track_caller]
fn check_present(log: &Path, lines: &[(u64, u64, String)], step: usize, what: &str) -> u64 {
    let (indexes, input) = (indexes(), Input::file(log));
    let (mut read, mut tried) = (0, 0);
    for (at, _, id) in lines.iter().rev().step_by(step) {
        tried += 1;
        match indexes.candidates(&input, &[IdHash::of(id)]) {
            Candidates::All => {}
            Candidates::Parts(parts) => {
                let here = parts.iter().any(|part| part.input.range.contains(at));
                assert!(here, "{what}: {id} at {at} was not found");
                read += parts
                    .iter()
                    .map(|p| p.input.range.end.min(1 << 40) - p.input.range.start)
                    .sum::<u64>();
            }
        }
    }
    read / u64::max(tried, 1)
}

/// Of ids that are not there, how many cost a look into the log all the same.
fn looks_for_absent(log: &Path, count: usize) -> usize {
    let (indexes, input) = (indexes(), Input::file(log));
    let mut numbers = Numbers(0xdead);
    (0..count)
        .filter(|_| {
            let hash = IdHash::of(&id(&mut numbers));
            !matches!(indexes.candidates(&input, &[hash]), Candidates::Parts(parts) if parts.is_empty())
        })
        .count()
}

fn is_trusted(log: &Path) -> bool {
    matches!(
        indexes().candidates(&Input::file(log), &[]),
        Candidates::Parts(_)
    )
}

/// What a part of a log holds, read as a search would.
fn read_part(input: &Input) -> Vec<u8> {
    let range = input.range.clone();
    match input.open().unwrap() {
        Opened::Empty => Vec::new(),
        Opened::Plain { .. } => {
            let all = fs::read(input.file_path().unwrap()).unwrap();
            all[range.start as usize..(range.end as usize).min(all.len())].to_vec()
        }
        Opened::Stream(mut decoder) => {
            let mut at = decoder.byte_offset();
            let (mut space, mut part) = (vec![0; 1 << 16], Vec::new());
            while at < range.end {
                let n = decoder.read(&mut space).unwrap();
                if n == 0 {
                    break;
                }
                let skip = range.start.saturating_sub(at).min(n as u64) as usize;
                let take = (range.end - at).min(n as u64) as usize;
                part.extend_from_slice(&space[skip.min(take)..take]);
                at += n as u64;
            }
            part
        }
    }
}

const STORES: [(&str, Store); 4] = [
    ("plain", plain),
    ("gz", gzip),
    ("frames.zst", zstd_frames),
    ("one.zst", zstd_one),
];

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
fn a_stale_index_hides_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = (text(3, 9_000), text(4, 9_000));
    let mut numbers = Numbers(5);
    for (name, store) in [STORES[0], STORES[1], STORES[2]] {
        let log = dir.path().join(format!("app.log.{name}"));
        for round in 0..12 {
            fs::write(&log, store(&old.bytes)).unwrap();
            build(&log);
            let what = format!("{name}, round {round}");
            let stored = fs::read(&log).unwrap();
            match round % 6 {
                // Rotated: another log under the old name, shorter, longer.
                0 => fs::write(&log, store(&new.bytes)).unwrap(),
                1 => {
                    fs::rename(&log, dir.path().join("app.log.1")).unwrap();
                    fs::write(&log, store(&[&new.bytes[..], &new.bytes[..]].concat())).unwrap();
                }
                // Truncated and written anew, as copytruncate does.
                2 => {
                    let cut = new.lines[numbers.below(8_000)].0 as usize;
                    fs::write(&log, store(&new.bytes[..cut])).unwrap();
                    check_present(
                        &log,
                        new.lines
                            .iter()
                            .filter(|l| l.0 < cut as u64)
                            .cloned()
                            .collect::<Vec<_>>()
                            .as_slice(),
                        29,
                        &what,
                    );
                    continue;
                }
                // Replaced by one of the same size.
                3 => {
                    let mut other = store(&new.bytes);
                    other.resize(stored.len(), b'\n');
                    fs::write(&log, other).unwrap();
                    if name != "plain" {
                        assert!(!is_trusted(&log), "{what}");
                        continue;
                    }
                    let end = stored.len() as u64;
                    let lines: Vec<_> = new
                        .lines
                        .iter()
                        .filter(|l| l.0 + l.1 <= end)
                        .cloned()
                        .collect();
                    check_present(&log, &lines, 29, &what);
                    continue;
                }
                // Appended to.
                4 => {
                    fs::write(&log, [stored, store(&new.bytes)].concat()).unwrap();
                    let offset = old.bytes.len() as u64;
                    let more: Vec<_> = new
                        .lines
                        .iter()
                        .map(|(at, n, id)| (at + offset, *n, id.clone()))
                        .collect();
                    assert!(is_trusted(&log), "{what}");
                    check_present(&log, &more, 29, &what);
                    check_present(&log, &old.lines, 29, &what);
                    continue;
                }
                // Edited in place, size and ends kept, and the time is another.
                _ => {
                    let mut edited = old.bytes.clone();
                    let (at, length, _) = &old.lines[4_000];
                    edited[*at as usize..(at + length) as usize - 1].fill(b' ');
                    fs::write(&log, store(&edited)).unwrap();
                    assert!(!is_trusted(&log), "{what}");
                    continue;
                }
            }
            check_present(&log, &new.lines, 29, &what);
        }
    }
}

#[test]
fn a_damaged_index_hides_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let text = text(6, 16_000);
    let log = dir.path().join("app.log.gz");
    fs::write(&log, gzip(&text.bytes)).unwrap();
    build(&log);
    let index = PathBuf::from(format!("{}.dslog-idx", log.display()));
    let good = fs::read(&index).unwrap();
    let some: Vec<_> = text.lines.iter().step_by(151).cloned().collect();
    let mut numbers = Numbers(7);
    for round in 0..200 {
        let mut bad = good.clone();
        match round % 4 {
            // Half of the flips in the last bytes: the directory and the footer.
            0 | 1 => {
                let span = if round % 2 == 0 { bad.len() } else { 400 };
                let at = bad.len() - 1 - numbers.below(span);
                bad[at] ^= 1 << numbers.below(8);
            }
            2 => bad.truncate(numbers.below(good.len())),
            _ => {
                let at = numbers.below(good.len());
                let end = (at + 1 + numbers.below(600)).min(good.len());
                bad[at..end].fill(0);
            }
        }
        fs::write(&index, &bad).unwrap();
        check_present(&log, &some, 1, &format!("round {round}"));
        // What decoding would start from is right, or not there.
        if let Candidates::Parts(parts) =
            indexes().candidates(&Input::file(&log), &[IdHash::of(&some[20].2)])
        {
            let part = &parts[0].input;
            let bytes = read_part(part);
            let from = part.range.start as usize;
            assert!(
                bytes == text.bytes[from..from + bytes.len()],
                "round {round}"
            );
        }
    }
    // Of another log; and of one read with other fields.
    let other = dir.path().join("other.log");
    fs::write(&other, &text.bytes).unwrap();
    fs::write(dir.path().join("other.log.dslog-idx"), &good).unwrap();
    assert!(!is_trusted(&other));
    run_index(&[other.to_str().unwrap(), "--field", "request_id=x"]);
    assert!(!is_trusted(&other));
    // Damaged ones are built anew.
    fs::write(&index, &good[..good.len() - 1]).unwrap();
    assert_eq!(build(&log)["state"], "built");
    assert!(is_trusted(&log));
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
