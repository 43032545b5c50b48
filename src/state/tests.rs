//! A state under failing disks, flipped bytes and split records.

use super::file::{Stored, Writer};
use super::meta::{FileRecord, Meta};
use super::*;
use crate::aggregate::Memory;
use crate::block::ReadSettings;
use crate::catalog::Catalog;
use crate::pipeline::filter::Filter;
use crate::scan::engine::{Choice, Isa};
use crate::scan::schema::Schema;
use std::cell::Cell;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use tempfile::TempPath;

/// Reads logs into the state; gives the totals `(lines, requests)` of its report.
fn run(dir: &Path, logs: &[&str], disk: &dyn Disk) -> Result<(u64, u64)> {
    run_at(dir, logs, disk, "utc")
}

fn run_at(dir: &Path, logs: &[&str], disk: &dyn Disk, tz: &str) -> Result<(u64, u64)> {
    let schema = Schema::new(&[]).unwrap();
    let filter = Filter::default();
    let settings = Settings {
        schema: &schema,
        catalog: Catalog::shipped(),
        filter: &filter,
        read: ReadSettings {
            threads: 2,
            hold_tail: true,
            ..ReadSettings::default()
        },
        engine: Choice::Fast,
        isa: Isa::Auto,
        memory: Memory {
            cap_bytes: 1 << 20,
            temp_dir: std::env::temp_dir(),
        },
        top: 20,
    };
    let how = How {
        settings: &settings,
        tz: tz.parse().unwrap(),
        days: None,
        only_new: false,
    };
    let place = Place::lock(&dir.join("state"))?;
    let state = State::open(&place.path, false, Asked::default(), None)?;
    let inputs: Vec<Input> = logs.iter().map(|log| Input::file(dir.join(log))).collect();
    let outcome = state.run(&inputs, &place, disk, &how, &Progress::default())?;
    let counts = outcome.figures.whole.counts;
    Ok((counts.lines(), counts.ends.requests))
}

#[allow(clippy::format_collect)] // short
fn lines(from: u32, to: u32) -> String {
    (from..to)
        .map(|n| {
            let day = 1 + n % 5;
            format!("{{\"time\":\"2026-11-0{day}T10:00:00Z\",\"request_id\":\"r-{n}\",\"status_code\":429,\"model\":\"m\",\"api_key\":\"k{n}\"}}\n")
        })
        .collect()
}

/// Fails at one of its steps, and at all after it; a failing write may write a part.
struct Failing {
    steps: Cell<u32>,
    fails_at: u32,
    partly: bool,
}

impl Failing {
    fn step(&self) -> io::Result<()> {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > self.fails_at {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "no space left"));
        }
        Ok(())
    }
}

impl Disk for Failing {
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<usize> {
        use std::io::Write as _;
        // In small pieces, so that there are many places to fail.
        let some = bytes.get(..bytes.len().min(1000)).unwrap();
        if self.partly && self.steps.get() + 1 == self.fails_at {
            self.step()?;
            return file.write(&some[..some.len().div_ceil(2)]);
        }
        self.step()?;
        file.write(some)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        self.step()?;
        RealDisk.sync(file)
    }

    fn rename(&self, from: TempPath, to: &Path) -> io::Result<()> {
        self.step()?;
        RealDisk.rename(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.step()?;
        RealDisk.sync_folder(folder)
    }
}

#[test]
fn a_failure_at_any_step_leaves_the_old_state_or_the_new() {
    for begins in [true, false] {
        for partly in [false, true] {
            let mut fails_at = 0;
            let (mut old_seen, mut new_seen) = (0, 0);
            loop {
                let dir = tempfile::tempdir().unwrap();
                let log = dir.path().join("a.log");
                fs::write(&log, lines(0, 50)).unwrap();
                if !begins {
                    run(dir.path(), &["a.log"], &RealDisk).unwrap();
                    fs::write(&log, lines(0, 120)).unwrap();
                }
                let state = dir.path().join("state");
                let old = fs::read(&state).ok();
                let steps = Cell::new(0);
                let disk = Failing {
                    steps,
                    fails_at,
                    partly,
                };
                let result = run(dir.path(), &["a.log"], &disk);
                let now = fs::read(&state).ok();
                let names = fs::read_dir(dir.path()).unwrap().count();
                let expected = 2 + usize::from(now.is_some());
                assert_eq!(names, expected, "something was left behind");
                if now == old {
                    old_seen += 1;
                    assert!(result.is_err(), "an unsaved state was called saved");
                } else {
                    new_seen += 1;
                    assert!(Stored::open(&state).unwrap().is_some(), "half a state");
                }
                // Whichever it is, the next run counts every line once.
                let total = if begins { 50 } else { 120 };
                let next = run(dir.path(), &["a.log"], &RealDisk).unwrap();
                assert_eq!(next, (total, total), "step {fails_at}");
                if result.is_ok() {
                    break;
                }
                fails_at += 1;
            }
            // Write, sync, rename, sync: each was a place to fail.
            assert!(old_seen >= 4 && new_seen == 2, "{old_seen} {new_seen}");
        }
    }
}

#[test]
fn any_flipped_byte_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.log"), lines(0, 3)).unwrap();
    run(dir.path(), &["a.log"], &RealDisk).unwrap();
    let state = dir.path().join("state");
    let good = fs::read(&state).unwrap();
    for at in 0..good.len() {
        for bit in [0, 3, 7] {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            fs::write(&state, &bad).unwrap();
            let Err(error) = Stored::open(&state) else {
                panic!("byte {at} of {} flipped unseen", good.len());
            };
            assert!(error.to_string().contains("--reset-state"), "{error}");
        }
    }
    for length in 0..good.len() {
        fs::write(&state, &good[..length]).unwrap();
        assert!(Stored::open(&state).is_err(), "cut at {length} unseen");
    }
}

#[test]
fn what_is_written_is_read() {
    let meta = Meta {
        seq: 7,
        files: vec![FileRecord {
            offset: 9,
            open: vec![1, 2],
            ..FileRecord::default()
        }],
        ..Meta::default()
    };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s");
    let out = Writer::new(Vec::new()).unwrap().finish(&meta).unwrap();
    fs::write(&path, out).unwrap();
    let mut stored = Stored::open(&path).unwrap().unwrap();
    assert_eq!(stored.meta, meta);
    assert!(stored.next_entry().unwrap().is_none());
}

/// A state of this version, written once. If this fails, a stored type has changed its
/// form: states on disk could not be read any more. Give the new form a new version and
/// keep reading the old one; before any release, `DSLOG_BLESS=1` writes it anew.
#[test]
fn an_old_state_stays_readable() {
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/state/v1.dslog-state");
    let dir = tempfile::tempdir().unwrap();
    let log = "{\"note\":1}\nnot json\n".to_owned()
        + &lines(0, 20)
        + "{\"status_code\":400,\"code\":\"InvalidParameter\",\"message\":\"never seen 17\",\"latency_ms\":5}\n{\"status_code\":200,\"latency_ms\":7}\n";
    fs::write(dir.path().join("a.log"), &log).unwrap();
    if std::env::var_os("DSLOG_BLESS").is_some() {
        run(dir.path(), &["a.log"], &RealDisk).unwrap();
        fs::create_dir_all(golden.parent().unwrap()).unwrap();
        fs::copy(dir.path().join("state"), &golden).unwrap();
    }
    fs::copy(&golden, dir.path().join("state")).unwrap();
    // Known by content, whatever the path and the inode were.
    let more = log + &lines(20, 23);
    fs::write(dir.path().join("a.log"), more).unwrap();
    assert_eq!(run(dir.path(), &["a.log"], &RealDisk).unwrap(), (27, 25));
}

#[test]
fn split_records_wait_for_their_ends() {
    let cri = |stream: &str, tag: &str, text: &str| {
        format!("2026-11-01T10:00:00.0Z {stream} {tag} {text}\n")
    };
    let pieces = [
        cri("stdout", "P", "{\"status_code\":429,"),
        cri("stderr", "F", "{\"status_code\":200}"),
        cri("stdout", "P", "\"request_id\":"),
        cri("stderr", "P", "{\"status_code\""),
        cri("stdout", "F", "\"r-1\"}"),
        cri("stderr", "F", ":500}"),
        cri("stdout", "F", "{\"status_code\":200}"),
    ];
    // After each line: lines and requests that are whole.
    let expected = [(0, 0), (1, 1), (1, 1), (1, 1), (4, 2), (6, 3), (7, 4)];
    let dir = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for (piece, expected) in pieces.iter().zip(expected) {
        text += piece;
        fs::write(dir.path().join("a.log"), &text).unwrap();
        assert_eq!(
            run(dir.path(), &["a.log"], &RealDisk).unwrap(),
            expected,
            "{text}"
        );
        // Again, and under another name.
        fs::rename(dir.path().join("a.log"), dir.path().join("b.log")).unwrap();
        assert_eq!(
            run(dir.path(), &["b.log"], &RealDisk).unwrap(),
            expected,
            "{text}"
        );
    }
}

#[test]
fn two_files_with_one_banner_are_two() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    let banner = "{\"note\":\"started\"}\n";
    write("a.log", banner);
    write("b.log", banner);
    let both = ["a.log", "b.log"];
    assert_eq!(run(dir.path(), &both, &RealDisk).unwrap(), (2, 0));
    write("a.log", &(banner.to_owned() + &lines(0, 3)));
    assert_eq!(run(dir.path(), &both, &RealDisk).unwrap(), (5, 3));
    write("b.log", &(banner.to_owned() + &lines(3, 8)));
    assert_eq!(run(dir.path(), &both, &RealDisk).unwrap(), (10, 8));
    // Truncated, and grown beyond the old offset.
    write("b.log", &(banner.to_owned() + &lines(8, 30)));
    assert_eq!(run(dir.path(), &both, &RealDisk).unwrap(), (33, 30));
    // A copy of enough bytes is a copy.
    fs::copy(dir.path().join("b.log"), dir.path().join("c.log")).unwrap();
    let three = ["a.log", "b.log", "c.log"];
    assert_eq!(run(dir.path(), &three, &RealDisk).unwrap(), (33, 30));
}

#[test]
fn a_line_cut_anywhere_is_counted_once() {
    let text = lines(0, 3);
    for cut in 0..=text.len() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("a.log");
        fs::write(&log, &text[..cut]).unwrap();
        let whole = text[..cut].matches('\n').count() as u64;
        assert_eq!(
            run(dir.path(), &["a.log"], &RealDisk).unwrap(),
            (whole, whole)
        );
        fs::write(&log, &text).unwrap();
        assert_eq!(
            run(dir.path(), &["a.log"], &RealDisk).unwrap(),
            (3, 3),
            "cut at {cut}"
        );
    }
}

#[test]
fn days_begin_on_their_clock() {
    let day = |tz: &str, time: &str| {
        let time = chrono::DateTime::parse_from_rfc3339(time).unwrap();
        tz.parse::<Tz>().unwrap().day(time.timestamp_millis())
    };
    let utc = day("utc", "2026-11-22T00:00:00Z");
    assert_eq!(day("utc", "2026-11-21T23:59:59.999Z"), utc - 1);
    assert_eq!(day("+08:00", "2026-11-21T16:00:00Z"), utc);
    assert_eq!(day("America/New_York", "2026-11-22T05:00:00Z"), utc);
    assert_eq!(day("America/New_York", "2026-11-22T04:59:59Z"), utc - 1);
    for tz in [
        "utc",
        "+08:00",
        "-03:30",
        "America/New_York",
        "Asia/Shanghai",
        "Australia/Lord_Howe",
    ] {
        let tz: Tz = tz.parse().unwrap();
        for day in (utc - 400)..utc {
            let start = tz.day_start(day);
            assert_eq!((tz.day(start - 1), tz.day(start)), (day - 1, day));
        }
    }
}
