//! What blocks must add up to: a split of the whole input by `\n`, on every way.

use super::*;
use proptest::prelude::*;
use std::io::Write as _;
use std::path::Path;

/// A line, or that one was skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Line(u64, Vec<u8>),
    Skipped(u64, u64),
}

#[derive(Default)]
pub(super) struct Collect {
    open: Option<(usize, u64)>,
    /// Input, segment, whether it is the last, what it held.
    pub(super) segments: Vec<(usize, u64, bool, Vec<Event>)>,
    first: Vec<usize>,
    /// Inputs whose last block came, with the offset of its end.
    last: Vec<(usize, u64)>,
}

impl Consume for Collect {
    fn segment_start(&mut self, input: usize, segment: u64) {
        assert_eq!(self.open.replace((input, segment)), None);
        self.segments.push((input, segment, false, Vec::new()));
    }

    fn block(&mut self, block: &Block<'_>) {
        assert_eq!(self.open, Some((block.input, block.segment)));
        let bytes = block.bytes();
        assert!(!bytes.is_empty() && (bytes.ends_with(b"\n") || block.last));
        assert_eq!(block.first, block.byte_offset == 0);
        let mut at = block.byte_offset;
        let events = &mut self.segments.last_mut().unwrap().3;
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            events.push(Event::Line(at, line.to_vec()));
            at += line.len() as u64;
        }
        if block.first {
            self.first.push(block.input);
        }
        if block.last {
            self.last.push((block.input, at));
        }
    }

    fn skipped_line(&mut self, input: usize, segment: u64, byte_offset: u64, length_bytes: u64) {
        assert_eq!(self.open, Some((input, segment)));
        let events = &mut self.segments.last_mut().unwrap().3;
        events.push(Event::Skipped(byte_offset, length_bytes));
    }

    fn segment_end(&mut self, input: usize, segment: u64, is_last_of_input: bool) {
        assert_eq!(self.open.take(), Some((input, segment)));
        self.segments.last_mut().unwrap().2 = is_last_of_input;
    }
}

/// Every input's events in order, after checks that hold for any input.
pub(super) fn events(
    inputs: &[Input],
    settings: &ReadSettings,
) -> (Vec<Vec<Event>>, Vec<InputOutcome>) {
    let progress = Progress::default();
    let (consumers, outcomes) = run(inputs, settings, |_| Collect::default(), &progress);
    let mut segments = Vec::new();
    let mut lasts = Vec::new();
    let mut firsts = Vec::new();
    for consumer in consumers {
        assert_eq!(consumer.open, None);
        segments.extend(consumer.segments);
        lasts.extend(consumer.last);
        firsts.extend(consumer.first);
    }
    segments.sort_by_key(|(input, segment, ..)| (*input, *segment));
    let mut all = vec![Vec::new(); inputs.len()];
    for (index, outcome) in outcomes.iter().enumerate() {
        let own: Vec<_> = segments
            .iter()
            .filter(|(input, ..)| *input == index)
            .collect();
        for (number, (_, segment, is_last, events)) in own.iter().enumerate() {
            assert_eq!(
                *segment, number as u64,
                "a segment is missing or came twice"
            );
            assert_eq!(*is_last, number + 1 == own.len());
            all[index].extend(events.iter().cloned());
        }
        // Without gap or overlap, and as many bytes as the outcome says.
        let mut at = inputs[index].range.start;
        let ranged = inputs[index].range != (0..u64::MAX);
        let mut bytes = 0;
        for (number, event) in all[index].iter().enumerate() {
            let is_final = number + 1 == all[index].len();
            let (start, length) = match event {
                Event::Line(start, line) => {
                    assert!(line.ends_with(b"\n") || (is_final && !outcome.ends_with_newline));
                    (*start, line.len() as u64)
                }
                Event::Skipped(start, length) => {
                    let torn = is_final && !outcome.ends_with_newline && outcome.held_bytes == 0;
                    (*start, *length + u64::from(!torn))
                }
            };
            assert!(
                start == at || (ranged && number == 0),
                "{event:?} not at {at}"
            );
            at = start + length;
            bytes += length;
        }
        assert_eq!(bytes, outcome.bytes);
        assert!(firsts.iter().filter(|input| **input == index).count() <= 1);
        let last: Vec<_> = lasts.iter().filter(|(input, _)| *input == index).collect();
        assert!(last.len() <= 1);
        if let Some((_, end)) = last.first() {
            assert_eq!(*end, at, "the last block is not at the end");
        }
        if let Some(Event::Line(..)) = all[index].last()
            && outcome.held_bytes == 0
            && !ranged
            && outcome.error.is_none()
        {
            assert_eq!(last.len(), 1, "no block was the last");
        }
    }
    (all, outcomes)
}

/// The obvious way.
fn split(data: &[u8], max_line_bytes: usize) -> Vec<Event> {
    let mut at = 0;
    data.split_inclusive(|b| *b == b'\n')
        .map(|line| {
            let start = at;
            at += line.len() as u64;
            let length = line.strip_suffix(b"\n").unwrap_or(line).len();
            if length > max_line_bytes {
                Event::Skipped(start, length as u64)
            } else {
                Event::Line(start, line.to_vec())
            }
        })
        .collect()
}

pub(super) fn settings(threads: usize, block_bytes: usize, segment_bytes: u64) -> ReadSettings {
    ReadSettings {
        threads,
        block_bytes,
        segment_bytes,
        ..ReadSettings::default()
    }
}

pub(super) fn file(dir: &Path, name: &str, data: &[u8]) -> Input {
    let path = dir.join(name);
    std::fs::write(&path, data).unwrap();
    Input::file(path)
}

pub(super) fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zstd(data: &[u8]) -> Vec<u8> {
    zstd::encode_all(data, 1).unwrap()
}

/// Two members, cut anywhere.
fn two(encode: fn(&[u8]) -> Vec<u8>, data: &[u8], cut: usize) -> Vec<u8> {
    let (a, b) = data.split_at(cut % (data.len() + 1));
    [encode(a), encode(b)].concat()
}

/// Writes to a pipe in pieces while `read` has its other end as a path.
fn piped<T>(data: &[u8], piece: usize, read: impl FnOnce(Input) -> T) -> T {
    use std::os::fd::AsRawFd as _;
    let (reader, mut writer) = std::io::pipe().unwrap();
    let data = data.to_vec();
    let writing = std::thread::spawn(move || {
        for piece in data.chunks(piece.max(1)) {
            writer.write_all(piece).unwrap();
        }
    });
    let input = Input::file(format!("/dev/fd/{}", reader.as_raw_fd()));
    // Reopened before the writer can be gone: the reader stays open until the end.
    let result = read(input);
    writing.join().unwrap();
    drop(reader);
    result
}

fn data() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![Just(b'\r'), Just(0), Just(b'a'), any::<u8>()];
    let line = prop_oneof![
        8 => prop::collection::vec(byte.clone(), 0..40),
        1 => prop::collection::vec(byte, 100..500),
    ];
    (
        prop::collection::vec((line, any::<bool>()), 0..25),
        any::<bool>(),
    )
        .prop_map(|(lines, ended)| {
            let mut data = Vec::new();
            for (mut line, crlf) in lines {
                line.retain(|b| *b != b'\n');
                data.extend(line);
                data.extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
            }
            if !ended {
                data.pop();
            }
            data
        })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn blocks_are_the_lines(
        data in data(),
        block in 1..130_usize,
        segment in 1..200_u64,
        threads in prop::sample::select(vec![1, 2, 7]),
        max_line in prop_oneof![Just(16 << 20), 1..150_usize],
        hold_tail in any::<bool>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let cut = cut.index(data.len() + 1);
        let inputs = [
            file(dir.path(), "plain", &data),
            file(dir.path(), "gz", &two(gzip, &data, cut)),
            file(dir.path(), "zst", &two(zstd, &data, cut)),
            file(dir.path(), "plain again", &data),
        ];
        let settings = ReadSettings {
            max_line_bytes: max_line,
            hold_tail,
            ..settings(threads, block, segment)
        };
        let all = split(&data, max_line);
        let torn = !data.is_empty() && !data.ends_with(b"\n");
        // To the clean end of a compressed stream nothing will be added: it is not held.
        let mut growing = (all.clone(), 0);
        if torn && hold_tail {
            growing.1 = match growing.0.pop() {
                Some(Event::Line(_, line)) => line.len() as u64,
                Some(Event::Skipped(_, length)) => length,
                None => 0,
            };
        }
        let complete = (all, 0);
        let check = |found: (Vec<Vec<Event>>, Vec<InputOutcome>), may_grow: &[bool]| {
            for ((found, outcome), may_grow) in found.0.iter().zip(&found.1).zip(may_grow) {
                let (expected, held) = if *may_grow { &growing } else { &complete };
                assert_eq!(found, expected);
                assert!(outcome.error.is_none(), "{:?}", outcome.error);
                assert_eq!(outcome.ends_with_newline, !torn);
                assert_eq!(outcome.held_bytes, *held);
                assert_eq!(outcome.bytes + held, data.len() as u64);
            }
        };
        check(events(&inputs, &settings), &[true, false, false, true]);
        check(piped(&data, cut + 1, |input| events(&[input], &settings)), &[true]);
        check(piped(&gzip(&data), cut + 1, |input| events(&[input], &settings)), &[false]);
    }

    #[test]
    fn ranges_add_up(
        data in data(),
        block in 1..130_usize,
        segment in 1..200_u64,
        max_line in prop_oneof![Just(16 << 20), 1..150_usize],
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut cuts: Vec<u64> = cuts.iter().map(|cut| cut.index(data.len() + 3) as u64).collect();
        cuts.extend([0, u64::MAX]);
        cuts.sort_unstable();
        file(dir.path(), "plain", &data);
        file(dir.path(), "gz", &two(gzip, &data, data.len() / 2));
        let settings = ReadSettings { max_line_bytes: max_line, ..settings(2, block, segment) };
        for name in ["plain", "gz"] {
            let parts: Vec<Input> = cuts
                .windows(2)
                .map(|range| Input::file(dir.path().join(name)).range(range[0]..range[1]))
                .collect();
            let (found, outcomes) = events(&parts, &settings);
            for (part, found) in parts.iter().zip(&found) {
                for event in found {
                    let (Event::Line(start, _) | Event::Skipped(start, _)) = event;
                    assert!(part.range.contains(start));
                }
            }
            prop_assert_eq!(found.concat(), split(&data, max_line));
            let bytes: u64 = outcomes.iter().map(|outcome| outcome.bytes).sum();
            prop_assert_eq!(bytes, data.len() as u64);
        }
    }
}

#[test]
fn many_files_of_every_kind_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let data: Vec<Vec<u8>> = (0..200)
        .map(|n| format!("{{\"n\":{n}}}\n").repeat(n % 37).into_bytes())
        .collect();
    let inputs: Vec<Input> = data
        .iter()
        .enumerate()
        .map(|(n, data)| {
            let stored = match n % 3 {
                0 => data.clone(),
                1 => gzip(data),
                _ => zstd(data),
            };
            file(dir.path(), &n.to_string(), &stored)
        })
        .chain([Input::failed("missing", Error::new("no such file"))])
        .collect();
    for threads in [1, 2, 7] {
        let (found, outcomes) = events(&inputs, &settings(threads, 64, 128));
        for (found, data) in found.iter().zip(&data) {
            assert_eq!(found, &split(data, 1 << 20));
        }
        let errors = outcomes
            .iter()
            .filter(|outcome| outcome.error.is_some())
            .count();
        assert_eq!(errors, 1);
    }
}

#[test]
fn skips_exactly_the_long_line() {
    let dir = tempfile::tempdir().unwrap();
    for long in [1_000_000, 1_000_001, 2 << 20, 9_000_000] {
        let data = [b"good\n".to_vec(), vec![b'x'; long], b"\ngood\n".to_vec()].concat();
        let inputs = [
            file(dir.path(), "a", &data),
            file(dir.path(), "b", &gzip(&data)),
        ];
        let settings = ReadSettings {
            max_line_bytes: 1_000_000,
            ..settings(2, 64 << 10, 1 << 20)
        };
        let (found, _) = events(&inputs, &settings);
        for found in found {
            assert_eq!(found.len(), 3);
            assert_eq!(found, split(&data, 1_000_000));
            let skipped = matches!(found[1], Event::Skipped(5, length) if length == long as u64);
            assert_eq!(skipped, long > 1_000_000);
        }
    }
}
