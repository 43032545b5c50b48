//! Logs of random ids, and what they are stored as.

use crate::util::numbers::Numbers;
use std::io::Write as _;

/// Lines with their ids, and the log they make.
pub struct Text {
    pub bytes: Vec<u8>,
    /// Offset, length and id of each line.
    pub lines: Vec<(u64, u64, String)>,
}

/// A log of so many lines.
pub fn text(seed: u64, lines: usize) -> Text {
    let mut numbers = Numbers(seed);
    let mut text = Text {
        bytes: Vec::new(),
        lines: Vec::new(),
    };
    for line in 0..lines {
        let id = numbers.id();
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
pub type Store = fn(&[u8]) -> Vec<u8>;

pub fn plain(bytes: &[u8]) -> Vec<u8> {
    bytes.to_vec()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// In frames of 1 MB.
pub fn zstd_frames(bytes: &[u8]) -> Vec<u8> {
    bytes
        .chunks(1_000_000)
        .flat_map(|part| zstd::encode_all(part, 1).unwrap())
        .collect()
}

pub fn zstd_one(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

pub const STORES: [(&str, Store); 4] = [
    ("plain", plain),
    ("gz", gzip),
    ("frames.zst", zstd_frames),
    ("one.zst", zstd_one),
];
