//! Places in a compressed file where decoding may start, so that a part of it can be
//! read without all that is before.

use std::fmt;
use std::sync::Arc;

/// A place where decoding may start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restart {
    /// The first byte to read, as stored.
    pub stored_offset: u64,
    /// What is decoded first, as an offset in decompressed bytes.
    pub byte_offset: u64,
    /// The byte before that is a `\n` (or there is none).
    pub after_newline: bool,
    /// The input ended here, whole; a later run may find more.
    pub is_end: bool,
    /// What the decoder must know.
    pub entry: Entry,
}

/// What a decoder must know to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Nothing: a member, frame or stream begins.
    Member,
    /// Between two deflate blocks.
    Deflate {
        /// Bits of the byte before that belong to the next block; at most 7.
        bits: u8,
        /// These bits.
        bit_buffer: u8,
        /// The last bytes decoded, at most 32 KiB.
        window: Vec<u8>,
    },
}

/// Is told of the places of one input, in order, about
/// [`crate::limits::RESTART_SPACING_BYTES`] apart.
#[derive(Clone)]
pub struct Tracker(Arc<dyn Fn(Restart) + Send + Sync>);

impl Tracker {
    /// A tracker that calls `tell`.
    pub fn new(tell: impl Fn(Restart) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    pub(super) fn tell(&self, restart: Restart) {
        (self.0)(restart);
    }
}

impl fmt::Debug for Tracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tracker")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Input, Opened};
    use std::io::Write as _;
    use std::path::Path;
    use std::sync::Mutex;

    /// Some megabytes of lines, hardly compressible in part.
    fn text(megabytes: usize) -> Vec<u8> {
        let mut text = Vec::new();
        let mut state = 1_u64;
        while text.len() < megabytes << 20 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let _ = writeln!(
                text,
                "{{\"request_id\":\"{state:016x}\",\"model\":\"qwen-plus\"}}"
            );
        }
        text
    }

    fn decode(input: &Input) -> Vec<u8> {
        let Opened::Stream(mut decoder) = input.open().unwrap() else {
            panic!("a stream");
        };
        let (mut all, mut space) = (Vec::new(), vec![0; 100_000]);
        loop {
            match decoder.read(&mut space).unwrap() {
                0 => return all,
                n => all.extend_from_slice(&space[..n]),
            }
        }
    }

    fn check(path: &Path, text: &[u8], at_least: usize) {
        let places: Arc<Mutex<Vec<Restart>>> = Arc::default();
        let told = Arc::clone(&places);
        let mut input = Input::file(path);
        input.tracker = Some(Tracker::new(move |place| told.lock().unwrap().push(place)));
        assert!(decode(&input) == text, "tracking changes nothing");
        let places = std::mem::take(&mut *places.lock().unwrap());
        assert!(places.len() >= at_least, "{} places", places.len());
        let (end, inside) = places.split_last().unwrap();
        assert!(end.is_end && end.byte_offset == text.len() as u64 && end.after_newline);
        for place in inside {
            let at = place.byte_offset as usize;
            assert_eq!(place.after_newline, text[at - 1] == b'\n');
            let rest = decode(
                &Input::file(path)
                    .range(at as u64..u64::MAX)
                    .resume(Some(place.clone())),
            );
            assert!(rest == text[at..], "from {at}");
        }
    }

    #[test]
    fn decoding_goes_on_from_every_place() {
        let dir = tempfile::tempdir().unwrap();
        let text = text(9);
        let gzip = |part: &[u8], level| {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
            encoder.write_all(part).unwrap();
            encoder.finish().unwrap()
        };
        for level in [0, 6] {
            let path = dir.path().join(format!("{level}.gz"));
            std::fs::write(&path, gzip(&text, level)).unwrap();
            check(&path, &text, 4);
        }
        let members = |size, encode: &dyn Fn(&[u8]) -> Vec<u8>| {
            text.chunks(size).flat_map(encode).collect::<Vec<u8>>()
        };
        let path = dir.path().join("members.gz");
        std::fs::write(&path, members(3_000_000, &|part| gzip(part, 6))).unwrap();
        check(&path, &text, 5);
        let path = dir.path().join("frames.zst");
        std::fs::write(
            &path,
            members(1_000_000, &|part| zstd::encode_all(part, 1).unwrap()),
        )
        .unwrap();
        check(&path, &text, 4);
    }
}
