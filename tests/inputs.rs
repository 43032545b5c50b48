//! Inputs as they go wrong in practice, on the real binary: what is counted, what is said,
//! and how it ends.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

mod util;

use serde_json::Value;
use std::io::Write as _;
use std::process::Stdio;
use util::place::{FAILED, FINE, Place, counts, gzip, log};

/// Lines that hardly compress.
fn many(lines: u64) -> Vec<u8> {
    let mut seed = 1_u64;
    let mut log = Vec::new();
    for _ in 0..lines {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        writeln!(log, r#"{{"request_id":"{seed:016x}","status":200}}"#).unwrap();
    }
    log
}

#[test]
fn nothing_is_a_report_of_nothing() {
    let place = Place::new(&[
        ("empty.jsonl", b""),
        ("empty.jsonl.gz", b""),
        ("nothing.jsonl.gz", &gzip(b"")),
        ("blank.jsonl", b"\n \n\t\r\n"),
    ]);
    for name in ["empty.jsonl", "empty.jsonl.gz", "nothing.jsonl.gz", "-"] {
        let (exit, report, said) = place.report(&[name]);
        assert_eq!((exit, counts(&report)), (0, [0; 5]), "{name}");
        assert_eq!(said, "", "{name}");
    }
    let (exit, report, _) = place.report(&["blank.jsonl"]);
    assert_eq!((exit, counts(&report)), (0, [3, 3, 0, 0, 0]));
    let text = place.run(&["analyze", "empty.jsonl"]);
    assert!(text.out.contains("0 lines = 0 blank"), "{}", text.out);
}

#[test]
fn odd_bytes_around_good_lines_cost_nothing() {
    let hole = [
        format!("{FAILED}\n").as_bytes(),
        &[0; 5000],
        format!("{FINE}\n").as_bytes(),
    ]
    .concat();
    let bom = [b"\xef\xbb\xbf", &log()[..]].concat();
    let crlf = format!("{FAILED}\r\n{FINE}\r\n");
    let unended = format!("{FAILED}\n{FINE}");
    let place = Place::new(&[
        ("hole", &hole),
        ("bom", &bom),
        ("crlf", crlf.as_bytes()),
        ("unended", unended.as_bytes()),
    ]);
    for name in ["hole", "bom", "crlf", "unended"] {
        let (exit, report, said) = place.report(&[name]);
        assert_eq!((exit, counts(&report)), (0, [2, 0, 0, 2, 1]), "{name}");
        assert_eq!(said, "", "{name}");
        assert_eq!(report["time"]["last"], "2026-11-22T08:00:01Z", "{name}");
    }
}

#[test]
fn wide_text_is_named_with_its_remedy() {
    let units = |to: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let text = String::from_utf8(log()).unwrap();
        text.encode_utf16().flat_map(to).collect()
    };
    let wide = |to: fn(u32) -> [u8; 4]| -> Vec<u8> {
        let text = String::from_utf8(log()).unwrap();
        text.chars().map(u32::from).flat_map(to).collect()
    };
    let (little, big) = (units(u16::to_le_bytes), units(u16::to_be_bytes));
    let (little32, big32) = (wide(u32::to_le_bytes), wide(u32::to_be_bytes));
    let place = Place::new(&[
        ("marked-le-32", &[b"\xff\xfe\0\0", &little32[..]].concat()),
        ("marked-be-32", &[b"\0\0\xfe\xff", &big32[..]].concat()),
        ("bare-le-32", &little32),
        ("bare-be-32", &big32),
        ("be-32.gz", &gzip(&big32)),
        // A hole that three zero bytes make is skipped like any other.
        ("hole", &[b"\0\0\0", &log()[..]].concat()),
        ("marked-le", &[b"\xff\xfe", &little[..]].concat()),
        ("marked-be", &[b"\xfe\xff", &big[..]].concat()),
        ("bare-le", &little),
        ("bare-be", &big),
        ("le.gz", &gzip(&little)),
        ("good.jsonl", &log()),
    ]);
    for (name, iconv) in [
        ("marked-le", "iconv -f UTF-16 -t UTF-8"),
        ("marked-be", "iconv -f UTF-16 -t UTF-8"),
        ("bare-le", "iconv -f UTF-16LE -t UTF-8"),
        ("bare-be", "iconv -f UTF-16BE -t UTF-8"),
        ("le.gz", "iconv -f UTF-16LE -t UTF-8"),
        ("marked-le-32", "iconv -f UTF-32 -t UTF-8"),
        ("marked-be-32", "iconv -f UTF-32 -t UTF-8"),
        ("bare-le-32", "iconv -f UTF-32LE -t UTF-8"),
        ("bare-be-32", "iconv -f UTF-32BE -t UTF-8"),
        ("be-32.gz", "iconv -f UTF-32BE -t UTF-8"),
    ] {
        let (exit, report, said) = place.report(&[name, "good.jsonl"]);
        assert_eq!((exit, counts(&report)), (1, [2, 0, 0, 2, 1]), "{name}");
        assert!(
            said.starts_with(&format!("dslog: {name}: is {} text", &iconv[9..15])),
            "{said}"
        );
        assert!(said.contains(iconv), "{said}");
    }
    let (exit, report, _) = place.report(&["hole"]);
    assert_eq!((exit, counts(&report)), (0, [2, 0, 0, 2, 1]));
}

/// The kernel's files are of size 0, whatever is in them.
#[cfg(target_os = "linux")]
#[test]
fn a_size_of_0_is_no_proof_of_emptiness() {
    let place = Place::new(&[("empty.jsonl", b"")]);
    let (exit, report, said) = place.report(&["/proc/cpuinfo", "empty.jsonl"]);
    assert_eq!(
        (exit, &*said),
        (
            0,
            "dslog: no line was recognised as a request; `dslog fields` shows which keys were looked for\n"
        )
    );
    let lines = std::fs::read_to_string("/proc/cpuinfo")
        .unwrap()
        .lines()
        .count();
    assert_eq!(report["inputs"][0]["lines"], lines);
    assert_eq!(report["inputs"][1]["lines"], 0);
    let stdin = std::fs::File::open("/proc/cpuinfo").unwrap();
    let out = place
        .command(&["analyze", "--format", "json"])
        .stdin(stdin)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(report["totals"]["lines"], lines);
    let (exit, report, said) = place.report(&["/proc/self/mem", "empty.jsonl"]);
    assert_eq!(exit, 1);
    assert!(said.starts_with("dslog: /proc/self/mem: "), "{said}");
    assert!(report["inputs"][0]["error"].is_string(), "{said}");
}

#[test]
fn an_over_long_line_is_one_fault() {
    let long = format!("{FAILED}\n{{\"a\":\"{}\"}}\n{FINE}\n", "x".repeat(20 << 20));
    let place = Place::new(&[
        ("long.jsonl", long.as_bytes()),
        ("long.jsonl.gz", &gzip(long.as_bytes())),
    ]);
    for name in ["long.jsonl", "long.jsonl.gz"] {
        let (exit, report, _) = place.report(&[name]);
        assert_eq!((exit, counts(&report)), (0, [3, 0, 1, 2, 1]), "{name}");
        assert_eq!(report["faults"]["too_long"], 1, "{name}");
        assert_eq!(report["totals"]["bytes"], long.len(), "{name}");
    }
}

#[test]
fn a_cut_compressed_file_counts_what_came_before() {
    let log = many(3_000);
    let stored = gzip(&log);
    let half = stored.len() / 2;
    let place = Place::new(&[
        ("cut.jsonl.gz", &stored[..half]),
        ("cut.jsonl.zst", &{
            let mut stored = zstd::encode_all(&log[..], 1).unwrap();
            stored.truncate(stored.len() - 1);
            stored
        }),
        ("good.jsonl", &self::log()),
    ]);
    let (exit, report, said) = place.report(&["cut.jsonl.gz", "good.jsonl"]);
    assert_eq!(exit, 1);
    let input = &report["inputs"][0];
    let lines = input["lines"].as_u64().unwrap();
    assert!((1_000..2_500).contains(&lines), "{lines}");
    assert_eq!(
        said,
        format!(
            "dslog: cut.jsonl.gz: truncated gzip data at byte {half} (cut off, or still being \
             written); {lines} lines of it were counted\n"
        )
    );
    assert!(input["error"].as_str().unwrap().contains("truncated"));
    assert_eq!(report["inputs"][1]["error"], Value::Null);
    assert_eq!(report["inputs"][1]["lines"], 2);
    // The last line before the cut is torn, as a whole file's would be.
    assert_eq!(report["faults"]["torn_tail"], 1);
    let (exit, report, said) = place.report(&["cut.jsonl.zst"]);
    assert_eq!(exit, 1, "{said}");
    // A frame that lacks its last byte still held complete blocks.
    assert!(
        counts(&report)[0] > 0 || said.contains("truncated zstd"),
        "{said}"
    );
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_read() {
    let place = Place::new(&[
        ("good.jsonl", &log()),
        ("dir.jsonl/notes.txt", b"no log"),
        ("old.zip", b"PK\x03\x04"),
    ]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("loop", place.at("loop")).unwrap();
    for (path, words) in [
        (
            "missing.jsonl",
            "missing.jsonl: no such file or directory\n",
        ),
        (
            "logs/*.gz",
            "logs/*.gz: no file of this name, and none that it matches",
        ),
        (
            "dir.jsonl",
            "dir.jsonl: no logs in this directory (taken are *.jsonl",
        ),
        ("old.zip", "old.zip: is a zip archive (unpack it"),
        #[cfg(unix)]
        ("loop", "loop: too many levels of symbolic links\n"),
    ] {
        let (exit, report, said) = place.report(&[path, "good.jsonl"]);
        assert_eq!((exit, counts(&report)), (1, [2, 0, 0, 2, 1]), "{path}");
        assert!(said.starts_with(&format!("dslog: {words}")), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        let listed = report["inputs"].as_array().unwrap();
        let failed: Vec<_> = listed.iter().filter(|i| !i["error"].is_null()).collect();
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0]["path"], path);
    }
    // A report names it once.
    for format in ["text", "md"] {
        let ran = place.run(&["analyze", "--format", format, "missing.jsonl"]);
        let line = ran.out.lines().find(|line| line.contains("no such file"));
        let named = line.map_or(0, |line| line.matches("missing.jsonl").count());
        assert_eq!(named, 1, "{}", ran.out);
    }
    // A pattern does not trip over links that it does not name.
    let (exit, _, said) = place.report(&["*.jsonl"]);
    assert_eq!(exit, 1);
    assert!(said.starts_with("dslog: dir.jsonl: no logs"), "{said}");
    let (exit, report, said) = place.report(&["g*.jsonl"]);
    assert_eq!((exit, counts(&report)[0], &*said), (0, 2, ""));
}

#[cfg(unix)]
#[test]
fn one_file_counts_once_by_any_name() {
    let place = Place::new(&[("a.jsonl", &log())]);
    std::os::unix::fs::symlink("a.jsonl", place.at("b.jsonl")).unwrap();
    std::fs::hard_link(place.at("a.jsonl"), place.at("c.jsonl")).unwrap();
    for paths in [
        &["a.jsonl", "a.jsonl"][..],
        &["c.jsonl", "./a.jsonl", "b.jsonl"],
        &[".", "*.jsonl"],
    ] {
        let (exit, report, said) = place.report(paths);
        assert_eq!((exit, counts(&report)), (0, [2, 0, 0, 2, 1]), "{paths:?}");
        assert_eq!(report["inputs"].as_array().unwrap().len(), 1, "{paths:?}");
        assert_eq!(said, "", "{paths:?}");
    }
}

#[test]
fn standard_input_and_pipes_are_read() {
    let place = Place::new(&[]);
    for args in [
        &["analyze", "--format", "json"][..],
        &["analyze", "--format", "json", "-"],
        &["analyze", "--format", "json", "-", "--recovered"],
    ] {
        for stored in [log(), gzip(&log())] {
            let mut child = place
                .command(args)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            child.stdin.take().unwrap().write_all(&stored).unwrap();
            let out = child.wait_with_output().unwrap();
            assert_eq!(out.status.code(), Some(0), "{args:?}");
            let report: Value = serde_json::from_slice(&out.stdout).unwrap();
            assert_eq!(counts(&report), [2, 0, 0, 2, 1], "{args:?}");
            let said = String::from_utf8(out.stderr).unwrap();
            let twice = args.contains(&"--recovered");
            assert_eq!(said.contains("cannot be read twice"), twice, "{said}");
        }
    }
}
