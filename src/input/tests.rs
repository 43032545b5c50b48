//! Expansion and decoding under every fault.

use super::*;
use proptest::prelude::*;
use std::io::Write as _;

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zstd(data: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(data: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn xz(data: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 6);
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn lz4(data: &[u8]) -> Vec<u8> {
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    // Several blocks, so that cuts fall between them.
    for piece in data.chunks(37) {
        encoder.write_all(piece).unwrap();
        encoder.flush().unwrap();
    }
    encoder.finish().unwrap()
}

type Encode = fn(&[u8]) -> Vec<u8>;
const ENCODERS: [(Format, Encode); 5] = [
    (Format::Gzip, gzip),
    (Format::Zstd, zstd),
    (Format::Bzip2, bzip2),
    (Format::Xz, xz),
    (Format::Lz4, lz4),
];

/// Everything decodable, and the error at its end.
fn decode(stored: &[u8], step: usize) -> (Vec<u8>, Option<Error>) {
    let reader = io::Cursor::new(stored.to_vec());
    match Decoder::from_reader(reader, Path::new("x")) {
        Ok(Opened::Stream(decoder)) => drain(*decoder, step),
        Ok(_) => (Vec::new(), None),
        Err(error) => (Vec::new(), Some(error)),
    }
}

fn drain(mut decoder: Decoder, step: usize) -> (Vec<u8>, Option<Error>) {
    let mut data = Vec::new();
    let mut space = vec![0; step];
    loop {
        match decoder.read(&mut space) {
            Ok(0) => return (data, None),
            Ok(n) => data.extend_from_slice(&space[..n]),
            Err(error) => {
                assert_eq!(decoder.read(&mut space).unwrap(), 0, "data after the error");
                return (data, Some(error));
            }
        }
    }
}

const TEXT: &[u8] =
    b"{\"request_id\":\"a\",\"status\":429}\n{\"request_id\":\"b\",\"status\":200}\n";

#[test]
fn every_format_in_every_step() {
    let text = TEXT.repeat(50);
    for (format, encode) in ENCODERS {
        let stored = encode(&text);
        assert_eq!(sniff::format(&stored).unwrap(), format);
        for step in [1, 2, 7, 4096] {
            let (data, error) = decode(&stored, step);
            assert!(error.is_none(), "{format:?}: {error:?}");
            assert!(data == text, "{format:?} in steps of {step}");
        }
        // Nothing in a wrapper.
        let (data, error) = decode(&encode(b""), 10);
        assert!(data.is_empty() && error.is_none(), "{format:?}: {error:?}");
    }
}

#[test]
fn members_padding_and_line_breaks_are_clean() {
    for (format, encode) in ENCODERS {
        let both = [TEXT, TEXT].concat();
        for between in [&b""[..], &[0; 512], b"\r\n", b"\0\0\0\0"] {
            for after in [&b""[..], &[0; 512], b"\r\n", b"\n", &[0; 300_000]] {
                let stored = [&encode(TEXT), between, &encode(TEXT), after].concat();
                let (data, error) = decode(&stored, 1000);
                assert!(error.is_none(), "{format:?}: {error:?}");
                assert_eq!(data, both, "{format:?}");
            }
        }
    }
}

#[test]
fn junk_behind_the_end_is_an_error_and_costs_nothing() {
    for (format, encode) in ENCODERS {
        let first = encode(TEXT);
        for junk in [&b"junk"[..], b"\0\0junk", b"\n{}"] {
            let (data, error) = decode(&[&first, junk].concat(), 64);
            assert_eq!(data, TEXT, "{format:?}");
            let error = error.unwrap();
            assert!(error.what.contains("after the end"), "{error}");
            let start = junk.iter().position(|b| !matches!(b, 0 | b'\n')).unwrap();
            assert_eq!(error.byte_offset, Some((first.len() + start) as u64));
        }
    }
}

/// Two members, padded or not, cut at every byte: no panic, the first member is kept
/// from its end on, what comes out is always a start of the text, and never goes back.
#[test]
fn a_cut_at_every_byte_keeps_what_came_before() {
    let both = [TEXT, TEXT].concat();
    for (format, encode) in ENCODERS {
        for padding in [&b""[..], &[0; 512], b"\r\n"] {
            let member = encode(TEXT);
            let stored = [&member, padding, &member, padding].concat();
            let mut known = 0;
            for end in 0..=stored.len() {
                let (data, error) = decode(&stored[..end], 16);
                let text_cut = format == Format::Bzip2 && end < 4;
                let zstd_text_cut = format == Format::Zstd && end == 1;
                if text_cut || zstd_text_cut {
                    // Nothing but text so far: taken for it.
                    assert_eq!(data, &stored[..end]);
                    continue;
                }
                assert!(
                    both.starts_with(&data),
                    "{format:?} cut at {end}: not the text"
                );
                assert!(data.len() >= known, "{format:?} cut at {end}: lost data");
                known = data.len();
                if end >= member.len() {
                    assert!(data.len() >= TEXT.len(), "{format:?} cut at {end}");
                }
                let second = member.len() + padding.len();
                let clean = end == 0
                    || (member.len()..=second).contains(&end)
                    || end >= second + member.len();
                match error {
                    None => assert!(clean, "{format:?} cut at {end}: no error"),
                    Some(error) => {
                        assert!(!clean, "{format:?} cut at {end}: {error}");
                        // Cut inside a magic number that starts as text does.
                        let in_magic = (1..4).contains(&(end.saturating_sub(second)));
                        let truncated = error.what.contains("truncated");
                        assert!(truncated || in_magic, "{format:?} cut at {end}: {error}");
                        assert!(error.byte_offset.unwrap() <= end as u64);
                    }
                }
            }
            assert_eq!(known, both.len());
        }
    }
}

#[test]
fn gzip_keeps_what_one_read_decoded_before_the_fault() {
    // Stored blocks: the text stands in the file as it is.
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    let text = TEXT.repeat(3000);
    encoder.write_all(&text).unwrap();
    let mut stored = encoder.finish().unwrap();
    // The header of the second block.
    let at = 10 + 5 + usize::from(u16::from_le_bytes([stored[11], stored[12]]));
    stored[at] = 0xff;
    let (data, error) = decode(&stored, 1 << 20);
    assert_eq!(data.len(), at - 15);
    assert!(text.starts_with(&data));
    assert!(error.unwrap().what.contains("corrupt"));
}

#[test]
fn checksums_are_checked_and_data_is_kept() {
    let mut stored = gzip(TEXT);
    let at = stored.len() - 6;
    stored[at] ^= 1;
    let (data, error) = decode(&stored, 64);
    assert_eq!(data, TEXT);
    assert!(error.unwrap().what.contains("checksum"));
}

#[test]
fn gzip_headers_with_everything() {
    let plain = gzip(TEXT);
    let mut stored = vec![0x1f, 0x8b, 8, 0b1_1110, 0, 0, 0, 0, 0, 3];
    stored.extend([5, 0, b'e', b'x', b't', b'r', b'a']);
    stored.extend(b"name.log\0a comment\0\x12\x34");
    stored.extend(&plain[10..]);
    let (data, error) = decode(&stored, 64);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(data, TEXT);
}

#[test]
fn frames_to_skip_are_skipped() {
    let skip = [&[0x53, 0x2a, 0x4d, 0x18, 5, 0, 0, 0][..], b"12345"].concat();
    for encode in [zstd, lz4] {
        let stored = [&skip[..], &skip, &encode(TEXT), &skip, &encode(TEXT), &skip].concat();
        let (data, error) = decode(&stored, 64);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(data, [TEXT, TEXT].concat());
        let (data, error) = decode(&stored[..stored.len() - 1], 64);
        assert_eq!(data.len(), 2 * TEXT.len());
        assert!(error.unwrap().what.contains("truncated"));
    }
}

fn long_window() -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(28).unwrap();
    encoder.write_all(TEXT).unwrap();
    encoder.flush().unwrap();
    encoder.write_all(TEXT).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_long_zstd_window_names_the_flag() {
    let stored = [zstd(TEXT), long_window()].concat();
    let (data, error) = decode(&stored, 64);
    assert_eq!(data, TEXT);
    let error = error.unwrap();
    assert!(
        error.to_string().contains("--zstd-window-log 28"),
        "{error}"
    );

    let opened = Decoder::from_reader(io::Cursor::new(stored), Path::new("x")).unwrap();
    let Opened::Stream(mut decoder) = opened else {
        panic!()
    };
    decoder.set_zstd_window_log(28);
    let (data, error) = drain(*decoder, 64);
    assert_eq!((data, error.is_none()), (TEXT.repeat(3), true));
}

#[test]
fn utf16_is_refused_before_any_of_it() {
    for bytes in [&b"\xff\xfe{\0}\0"[..], b"\xfe\xff\0{\0}"] {
        for stored in [bytes.to_vec(), gzip(bytes), lz4(bytes)] {
            let (data, error) = decode(&stored, 1);
            assert!(data.is_empty());
            assert!(error.unwrap().to_string().contains("iconv"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Damage of any kind ends in data and perhaps an error, never in a panic or a hang.
    #[test]
    fn damage_never_panics(
        kind in 0..5_usize,
        at in any::<prop::sample::Index>(),
        junk in prop::collection::vec(any::<u8>(), 1..9),
        step in 1..100_usize,
    ) {
        let mut stored = ENCODERS[kind].1(&TEXT.repeat(5));
        let at = at.index(stored.len());
        let end = (at + junk.len()).min(stored.len());
        stored.splice(at..end, junk);
        decode(&stored, step);
    }
}

/// Sixteen times as much as memory may grow by, of a file a thousand times smaller.
#[cfg(target_os = "linux")]
#[test]
fn a_bomb_runs_through_in_flat_memory() {
    struct Bytes(u64);
    impl crate::block::Consume for Bytes {
        fn segment_start(&mut self, _: usize, _: u64) {}
        fn block(&mut self, block: &crate::block::Block<'_>) {
            self.0 += block.bytes().len() as u64;
        }
        fn skipped_line(&mut self, _: usize, _: u64, _: u64, length_bytes: u64) {
            self.0 += length_bytes;
        }
        fn segment_end(&mut self, _: usize, _: u64, _: bool) {}
    }
    fn address_space_peak() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM"))
            .unwrap();
        line.split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<u64>()
            .unwrap()
            << 10
    }
    const MIB: usize = 1 << 20;
    // Members repeat, so that the test need not compress a gibibyte.
    let member = gzip(&vec![0; 64 * MIB]);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bomb.gz");
    std::fs::write(&path, member.repeat(16)).unwrap();
    drop(member);
    let before = address_space_peak();
    let settings = crate::block::ReadSettings {
        threads: 2,
        ..Default::default()
    };
    let progress = crate::progress::Progress::default();
    let inputs = [Input::file(path)];
    let (consumers, outcomes) = crate::block::run(&inputs, &settings, |_| Bytes(0), &progress);
    assert_eq!(consumers.iter().map(|c| c.0).sum::<u64>(), 1 << 30);
    assert_eq!(outcomes[0].bytes, 1 << 30);
    let grown = address_space_peak() - before;
    assert!(grown < 128 << 20, "memory grew by {} MiB", grown >> 20);
}
