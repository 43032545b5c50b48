//! Logs, and what is done to them.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;

/// Below this, two files that both exist are two (`limits::COPY_MIN_BYTES`).
const COPY_MIN_BYTES: usize = 1 << 10;

/// The `SplitMix64` generator.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Codec {
    Plain,
    Gzip,
    Zstd,
    Bzip2,
}

impl Codec {
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
            Self::Bzip2 => ".bz2",
        }
    }

    pub(crate) fn encode(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Plain => bytes.to_vec(),
            Self::Gzip => {
                let mut out =
                    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                out.write_all(bytes).unwrap();
                out.finish().unwrap()
            }
            Self::Zstd => zstd::encode_all(bytes, 1).unwrap(),
            Self::Bzip2 => {
                let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
                out.write_all(bytes).unwrap();
                out.finish().unwrap()
            }
        }
    }
}

/// A rotated log.
pub(crate) struct Rotated {
    pub(crate) content: Vec<u8>,
    pub(crate) codec: Codec,
}

pub(crate) struct World {
    pub(crate) rng: Rng,
    pub(crate) dir: tempfile::TempDir,
    pub(crate) serial: u64,
    /// `app.log`; `None` where there is none.
    pub(crate) live: Option<Vec<u8>>,
    /// What is still to be written of a line.
    pub(crate) rest: Vec<u8>,
    /// `app.log.1` and on.
    pub(crate) rotated: Vec<Rotated>,
    /// Lines that committed runs have seen, and whether they have a line break.
    pub(crate) counted: BTreeMap<Vec<u8>, bool>,
    pub(crate) seq: u64,
    pub(crate) trace: Vec<String>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            rng: Rng(seed),
            dir: tempfile::tempdir().unwrap(),
            serial: 0,
            live: None,
            rest: Vec::new(),
            rotated: Vec::new(),
            counted: BTreeMap::new(),
            seq: 0,
            trace: Vec::new(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("logs").join(name)
    }

    pub(crate) fn rotated_path(&self, number: usize, codec: Codec) -> PathBuf {
        self.path(&format!("app.log.{}{}", number + 1, codec.ending()))
    }

    /// A line, unique, without its line break.
    pub(crate) fn line(&mut self) -> Vec<u8> {
        self.serial += 1;
        let (n, day, hour) = (self.serial, 20 + self.rng.below(3), self.rng.below(24));
        let time = format!("2026-11-{day}T{hour:02}:{:02}:00Z", self.rng.below(60));
        let pad = "x".repeat(self.rng.below(200));
        match self.rng.below(10) {
            0 => format!("not json {n}"),
            1 => format!(r#"{{"time":"{time}","note":"chatter {n}"}}"#),
            2 | 3 => format!(
                r#"{{"time":"{time}","request_id":"ok-{n}","status_code":200,"latency_ms":{n}}}"#
            ),
            4 => format!(
                r#"{{"time":"{time}","request_id":"r-{n}","status_code":400,"code":"InvalidParameter","message":"{pad}"}}"#
            ),
            _ => format!(
                r#"{{"time":"{time}","request_id":"r-{n}","status_code":429,"code":"Throttling.RateQuota","message":"Requests rate limit exceeded, please try again later.","pad":"{pad}"}}"#
            ),
        }
        .into_bytes()
    }

    pub(crate) fn write_live(&mut self, bytes: &[u8]) {
        let path = self.path("app.log");
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        file.write_all(bytes).unwrap();
        self.live.get_or_insert_default().extend_from_slice(bytes);
    }

    pub(crate) fn append(&mut self, lines: usize) {
        let mut bytes = std::mem::take(&mut self.rest);
        for _ in 0..lines {
            bytes.extend(self.line());
            bytes.push(b'\n');
        }
        self.write_live(&bytes);
    }

    pub(crate) fn append_part(&mut self) {
        if !self.rest.is_empty() {
            return;
        }
        let mut line = self.line();
        line.push(b'\n');
        let cut = 1 + self.rng.below(line.len() - 1);
        self.rest = line.split_off(cut);
        self.write_live(&line);
    }

    /// Renames every rotated log to the next number.
    pub(crate) fn shift(&mut self) {
        for number in (0..self.rotated.len()).rev() {
            let codec = self.rotated[number].codec;
            let (from, to) = (
                self.rotated_path(number, codec),
                self.rotated_path(number + 1, codec),
            );
            fs::rename(from, to).unwrap();
        }
    }

    pub(crate) fn rotate(&mut self) {
        if self.live.is_none() {
            return;
        }
        self.shift();
        fs::rename(self.path("app.log"), self.rotated_path(0, Codec::Plain)).unwrap();
        let mut content = self.live.take().unwrap();
        let rest = std::mem::take(&mut self.rest);
        if self.rng.below(2) == 0 {
            // The writer ends its line where it began it.
            let mut file = OpenOptions::new()
                .append(true)
                .open(self.rotated_path(0, Codec::Plain))
                .unwrap();
            file.write_all(&rest).unwrap();
            content.extend(rest);
        }
        self.rotated.insert(
            0,
            Rotated {
                content,
                codec: Codec::Plain,
            },
        );
    }

    pub(crate) fn copytruncate(&mut self) {
        let Some(content) = self.live.clone() else {
            return;
        };
        if !self.rest.is_empty() {
            // What the writer still adds will be no line that was there before.
            self.serial += 1;
            self.rest = format!("rest of a line {}\n", self.serial).into_bytes();
        }
        self.shift();
        let copy = self.rotated_path(0, Codec::Plain);
        self.rotated.insert(
            0,
            Rotated {
                content: content.clone(),
                codec: Codec::Plain,
            },
        );
        if content.len() >= COPY_MIN_BYTES && self.rng.below(2) == 0 {
            // A run while the copy grows, and one before the original is truncated.
            let part = COPY_MIN_BYTES + self.rng.below(content.len() - COPY_MIN_BYTES + 1);
            fs::write(&copy, &content[..part]).unwrap();
            self.run();
            let mut file = OpenOptions::new().append(true).open(&copy).unwrap();
            file.write_all(&content[part..]).unwrap();
            if self.rng.below(2) == 0 {
                self.run();
            }
        } else {
            fs::write(&copy, &content).unwrap();
        }
        OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(self.path("app.log"))
            .unwrap();
        self.live = Some(Vec::new());
    }

    pub(crate) fn compress(&mut self) {
        let plain: Vec<usize> = (0..self.rotated.len())
            .filter(|number| self.rotated[*number].codec == Codec::Plain)
            .collect();
        if plain.is_empty() {
            return;
        }
        let number = plain[self.rng.below(plain.len())];
        let codec = [Codec::Gzip, Codec::Gzip, Codec::Zstd, Codec::Bzip2][self.rng.below(4)];
        let stored = codec.encode(&self.rotated[number].content);
        let path = self.rotated_path(number, codec);
        if self.rng.below(3) == 0 {
            // A run while the archive is being written beside the original.
            fs::write(&path, &stored[..self.rng.below(stored.len())]).unwrap();
            self.run();
        }
        fs::write(&path, &stored).unwrap();
        fs::remove_file(self.rotated_path(number, Codec::Plain)).unwrap();
        self.rotated[number].codec = codec;
    }

    pub(crate) fn delete_oldest(&mut self) {
        if let Some(rotated) = self.rotated.pop() {
            fs::remove_file(self.rotated_path(self.rotated.len(), rotated.codec)).unwrap();
        }
    }

    /// Removes `app.log`, or empties it; it is written anew, longer or not.
    pub(crate) fn begin_anew(&mut self) {
        if self.live.is_none() {
            return;
        }
        self.rest.clear();
        let path = self.path("app.log");
        if self.rng.below(2) == 0 {
            fs::remove_file(path).unwrap();
            self.live = None;
        } else {
            OpenOptions::new()
                .write(true)
                .truncate(true)
                .open(path)
                .unwrap();
            self.live = Some(Vec::new());
        }
        let lines = 1 + self.rng.below(30);
        self.append(lines);
    }
}
