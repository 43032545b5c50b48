//! What the first bytes say the rest is.

use crate::fault::{Error, Result};

/// Bytes that [`format`] wants to see, if there are that many.
pub(super) const PREFIX_BYTES: usize = 10;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const XZ: &[u8] = &[0xfd, b'7', b'z', b'X', b'Z', 0];
const LZ4: &[u8] = &[0x04, 0x22, 0x4d, 0x18];
/// After `BZh` and the level: a block, or the end of an empty stream.
const BZIP2_BLOCK: &[u8] = &[0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
const BZIP2_END: &[u8] = &[0x17, 0x72, 0x45, 0x38, 0x50, 0x90];

/// How an input's bytes are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// As they are.
    Plain,
    /// RFC 1952, any number of members.
    Gzip,
    /// RFC 8878, any number of frames, skippable ones included.
    Zstd,
    /// bzip2, any number of streams.
    Bzip2,
    /// xz, any number of streams.
    Xz,
    /// The LZ4 frame format, any number of frames.
    Lz4,
}

impl Format {
    /// The name used in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Lz4 => "lz4",
        }
    }
}

/// Whether `bytes` start with `magic`, or were cut off inside it. A cut that leaves
/// nothing but text says nothing.
fn is_magic(bytes: &[u8], magic: &[u8]) -> bool {
    bytes.starts_with(magic)
        || (magic.starts_with(bytes) && bytes.iter().any(|b| !(b' '..=b'~').contains(b)))
}

/// The format that starts here, if one does.
pub(super) fn compressed(bytes: &[u8]) -> Option<Format> {
    if is_magic(bytes, GZIP) {
        return Some(Format::Gzip);
    }
    if is_magic(bytes, ZSTD) || is_skippable(bytes) {
        return Some(Format::Zstd);
    }
    if is_magic(bytes, XZ) {
        return Some(Format::Xz);
    }
    if is_magic(bytes, LZ4) {
        return Some(Format::Lz4);
    }
    if let [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] = bytes {
        let fits = |magic: &[u8]| rest.starts_with(magic) || magic.starts_with(rest);
        if fits(BZIP2_BLOCK) || fits(BZIP2_END) {
            return Some(Format::Bzip2);
        }
    }
    None
}

/// The header of a frame to skip, which zstd and LZ4 have in common.
pub(super) fn is_skippable(bytes: &[u8]) -> bool {
    matches!(bytes, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// The format of an input that starts with `prefix` ([`PREFIX_BYTES`], or all there is).
pub(super) fn format(prefix: &[u8]) -> Result<Format> {
    if prefix.is_empty() {
        return Ok(Format::Plain);
    }
    if let Some(format) = compressed(prefix) {
        return Ok(format);
    }
    text(prefix)?;
    match prefix {
        [b'P', b'K', 3, 4, ..] => Err(Error::new("is a zip archive")
            .hint("unpack it, or pipe it in: unzip -p FILE | dslog analyze")),
        [0x1f, 0x9d, ..] => Err(Error::new("is compressed with compress(1)")
            .hint("pipe it in: zcat FILE | dslog analyze")),
        _ => Ok(Format::Plain),
    }
}

/// Bytes that [`text`] wants to see, if there are that many.
pub(super) const TEXT_BYTES: usize = 8;

/// Refuses text that is not made of bytes: every line of it would be malformed.
pub(super) fn text(prefix: &[u8]) -> Result<()> {
    match prefix {
        // Before UTF-16, whose mark begins like this one.
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Err(wide("UTF-32")),
        [b'{', 0, 0, 0, b'"' | b'}' | b' ', 0, 0, 0, ..] => Err(wide("UTF-32LE")),
        [0, 0, 0, b'{', 0, 0, 0, b'"' | b'}' | b' ', ..] => Err(wide("UTF-32BE")),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Err(wide("UTF-16")),
        // An object's first two characters, without a byte order mark.
        [b'{', 0, b'"' | b'}' | b' ', 0, ..] => Err(wide("UTF-16LE")),
        [0, b'{', 0, b'"' | b'}' | b' ', ..] => Err(wide("UTF-16BE")),
        _ => Ok(()),
    }
}

fn wide(name: &str) -> Error {
    let remedy = format!("convert it first: iconv -f {name} -t UTF-8 FILE | dslog analyze");
    let family = name.trim_end_matches(['L', 'B', 'E']);
    Error::new(format!("is {family} text"))
        .offset(0)
        .hint(remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_plain() {
        for text in [
            "{\"a\":1}",
            "(",
            "BZ",
            "BZh9 is no header",
            "7zXZ",
            "\u{feff}{}",
            " ",
            "\n",
        ] {
            assert_eq!(format(text.as_bytes()).unwrap(), Format::Plain, "{text:?}");
        }
        assert_eq!(format(b"").unwrap(), Format::Plain);
    }

    #[test]
    fn cut_headers_keep_their_format() {
        for (magic, expected) in [(GZIP, Format::Gzip), (XZ, Format::Xz), (LZ4, Format::Lz4)] {
            for end in 1..=magic.len() {
                assert_eq!(
                    format(&magic[..end]).unwrap(),
                    expected,
                    "{:?}",
                    &magic[..end]
                );
            }
        }
        assert_eq!(format(&ZSTD[..2]).unwrap(), Format::Zstd);
        assert_eq!(format(b"BZh9").unwrap(), Format::Bzip2);
        assert_eq!(format(b"BZh91AY&SY").unwrap(), Format::Bzip2);
    }

    #[test]
    fn what_is_not_read_says_so() {
        for bytes in [
            &b"\xff\xfe{\0"[..],
            b"\xfe\xff\0{",
            b"{\0\"\0",
            b"\0{\0\"",
            b"PK\x03\x04",
            b"\x1f\x9d\x90",
        ] {
            let error = format(bytes).unwrap_err();
            assert!(error.hint.is_some(), "{error}");
        }
    }
}
