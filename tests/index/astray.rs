//! Indexes that are not of their log any more, or damaged.

use crate::found::{build, check_present, indexes, is_trusted, read_part, run_index};
use crate::logs::{STORES, gzip, text};
use crate::util::numbers::Numbers;
use dslog::grep::locate::{Candidates, IdHash, Locate};
use dslog::input::Input;
use std::fs;
use std::path::PathBuf;

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
