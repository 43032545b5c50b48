//! Inputs that change, vanish or fail while they are read.

use super::tests::{Collect, events, file, gzip, settings};
use super::*;
use std::fs::File;
use std::io::Write as _;

/// Runs `between` once, when the first block has come.
struct Meddle<F: FnMut() + Send> {
    between: F,
    blocks: usize,
    bytes: usize,
}

impl<F: FnMut() + Send> Consume for Meddle<F> {
    fn segment_start(&mut self, _: usize, _: u64) {}
    fn block(&mut self, block: &Block<'_>) {
        if self.blocks == 0 {
            (self.between)();
        }
        self.blocks += 1;
        self.bytes += block.bytes().len();
    }
    fn skipped_line(&mut self, _: usize, _: u64, _: u64, _: u64) {}
    fn segment_end(&mut self, _: usize, _: u64, _: bool) {}
}

fn meddle(
    input: Input,
    settings: &ReadSettings,
    between: impl Fn() + Send + Sync,
) -> (usize, InputOutcome) {
    let between = &between;
    let make = |_| Meddle {
        between,
        blocks: 0,
        bytes: 0,
    };
    let (consumers, mut outcomes) = run(&[input], settings, make, &Progress::default());
    let bytes = consumers.iter().map(|consumer| consumer.bytes).sum();
    (bytes, outcomes.remove(0))
}

#[test]
fn shrinking_is_an_error_and_keeps_what_was_read() {
    let dir = tempfile::tempdir().unwrap();
    for segment in [40, 1 << 20] {
        let input = file(dir.path(), "log", &b"0123456789abcde\n".repeat(100));
        let path = input.file_path().unwrap().to_path_buf();
        let settings = settings(1, 160, segment);
        let (bytes, outcome) = meddle(input, &settings, || {
            File::options()
                .write(true)
                .open(&path)
                .unwrap()
                .set_len(1000)
                .unwrap();
        });
        assert_eq!((bytes, outcome.bytes), (1000, 1000));
        let error = outcome.error.unwrap();
        assert_eq!(error.byte_offset, Some(1000), "{error}");
        assert!(error.what.contains("shrank") && error.path == Some(path.clone()));
        assert!(!outcome.ends_with_newline);
    }
}

#[test]
fn growth_only_completes_the_last_line() {
    let dir = tempfile::tempdir().unwrap();
    let input = file(dir.path(), "log", b"one\ntwo\nthr");
    let path = input.file_path().unwrap().to_path_buf();
    let (bytes, outcome) = meddle(input, &settings(1, 4, 1 << 20), || {
        let mut file = File::options().append(true).open(&path).unwrap();
        file.write_all(b"ee\nfour\n").unwrap();
    });
    assert_eq!((bytes, outcome.bytes), (14, 14));
    assert!(outcome.ends_with_newline && outcome.error.is_none());

    let input = file(dir.path(), "log", b"one\ntwo\n");
    let (bytes, _) = meddle(input, &settings(1, 4, 1 << 20), || {
        let mut file = File::options().append(true).open(&path).unwrap();
        file.write_all(b"three\n").unwrap();
    });
    assert_eq!(bytes, 8);
}

#[test]
fn a_vanished_file_is_an_error_and_the_others_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let inputs = [
        Input::file(dir.path().join("gone")),
        file(dir.path(), "here", b"{}\n"),
        Input::file(dir.path()),
        file(dir.path(), "empty.gz", b""),
        file(dir.path(), "utf16.gz", &gzip(b"\xff\xfe{\0}\0")),
    ];
    let (found, outcomes) = events(&inputs, &settings(2, 64, 64));
    let counts: Vec<usize> = found.iter().map(Vec::len).collect();
    assert_eq!(counts, [0, 1, 0, 0, 0]);
    let failed: Vec<bool> = outcomes
        .iter()
        .map(|outcome| outcome.error.is_some())
        .collect();
    assert_eq!(failed, [true, false, true, false, true]);
}

#[test]
fn two_threads_share_a_small_file() {
    let dir = tempfile::tempdir().unwrap();
    let data = b"{\"a\":1}\n".repeat(3 << 17);
    let inputs = [file(dir.path(), "log", &data)];
    let settings = ReadSettings {
        threads: 2,
        ..ReadSettings::default()
    };
    let (consumers, _) = run(
        &inputs,
        &settings,
        |_| Collect::default(),
        &Progress::default(),
    );
    let segments: usize = consumers
        .iter()
        .map(|consumer| consumer.segments.len())
        .sum();
    assert!(segments >= 4, "{segments} segments");
}

#[test]
#[should_panic(expected = "a consumer fails")]
fn a_panic_is_seen_and_nobody_waits_forever() {
    struct Fails;
    impl Consume for Fails {
        fn segment_start(&mut self, _: usize, _: u64) {}
        fn block(&mut self, _: &Block<'_>) {
            panic!("a consumer fails");
        }
        fn skipped_line(&mut self, _: usize, _: u64, _: u64, _: u64) {}
        fn segment_end(&mut self, _: usize, _: u64, _: bool) {}
    }
    let dir = tempfile::tempdir().unwrap();
    let data = gzip(&b"{}\n".repeat(100_000));
    let inputs: Vec<Input> = (0..8)
        .map(|n| file(dir.path(), &n.to_string(), &data))
        .collect();
    run(
        &inputs,
        &settings(1, 64, 64),
        |_| Fails,
        &Progress::default(),
    );
}
