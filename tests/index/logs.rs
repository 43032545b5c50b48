//! Logs of random ids, and what they are stored as.

use std::io::Write as _;

/// Lines with their ids, and the log they make.
pub struct Text {
    pub bytes: Vec<u8>,
    /// Offset, length and id of each line.
    pub lines: Vec<(u64, u64, String)>,
}

/// A stream of numbers that look random.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 32)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

pub fn id(numbers: &mut Numbers) -> String {
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
pub fn text(seed: u64, lines: usize) -> Text {
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
