//! A line before it is parsed: what may stand around the record.

pub mod join;

use memchr::memchr;

/// The byte order mark that some editors put at a file's start.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// The line without a byte order mark.
pub fn without_bom(line: &[u8]) -> &[u8] {
    line.strip_prefix(BOM).unwrap_or(line)
}

/// The line without the zero bytes before it (a hole that truncation left), and their number.
pub fn without_hole(line: &[u8]) -> (&[u8], u64) {
    if line.first() != Some(&0) {
        return (line, 0);
    }
    let hole = line.iter().take_while(|byte| **byte == 0).count();
    (line.get(hole..).unwrap_or_default(), hole as u64)
}

/// Nothing but white space.
pub fn is_blank(line: &[u8]) -> bool {
    line.iter()
        .all(|byte| byte.is_ascii_whitespace() || *byte == 0x0b)
}

/// The first byte that is no white space.
pub fn first_byte(line: &[u8]) -> Option<u8> {
    line.iter()
        .copied()
        .find(|byte| !byte.is_ascii_whitespace())
}

/// A line of the Kubernetes container runtime: `TIME stdout F|P TEXT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cri<'l> {
    /// RFC 3339 with nanoseconds.
    pub time: &'l [u8],
    /// Which stream the text was written to.
    pub stream: Stream,
    /// The text goes on in the next line of the stream.
    pub partial: bool,
    /// What the application wrote.
    pub text: &'l [u8],
}

/// A container's output stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl Stream {
    /// By name.
    pub fn of(name: &[u8]) -> Option<Self> {
        match name {
            b"stdout" => Some(Self::Stdout),
            b"stderr" => Some(Self::Stderr),
            _ => None,
        }
    }
}

/// Takes a CRI prefix off, if there is one.
pub fn cri(line: &[u8]) -> Option<Cri<'_>> {
    if !line.first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let (time, rest) = word(line)?;
    let looks_like_time = (20..=35).contains(&time.len()) && time.get(10) == Some(&b'T');
    let (stream, rest) = word(rest)?;
    let (tags, text) = word(rest).unwrap_or((rest.strip_suffix(b"\r").unwrap_or(rest), b""));
    // Tags are separated by colons; only the first has a meaning yet.
    let partial = match tags.split(|byte| *byte == b':').next() {
        Some(b"P") => true,
        Some(b"F") => false,
        _ => return None,
    };
    looks_like_time.then_some(Cri {
        time,
        stream: Stream::of(stream)?,
        partial,
        text,
    })
}

/// The bytes up to the next blank, and those after it.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr(b' ', text.get(..64.min(text.len()))?)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Whether the inside of a JSON string may hold a JSON object.
pub fn may_be_object(inner: &[u8]) -> bool {
    let inner = inner.trim_ascii();
    inner.starts_with(b"{")
        || inner.starts_with(b"\\n")
        || inner.starts_with(b"\\u007b")
        || inner.starts_with(b"\\u007B")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cri_prefixes() {
        let line = b"2026-11-22T10:00:00.123456789Z stdout P {\"a\": 1";
        let cri_line = cri(line).unwrap();
        assert_eq!((cri_line.stream, cri_line.partial), (Stream::Stdout, true));
        assert_eq!(cri_line.text, b"{\"a\": 1");
        assert_eq!(
            cri(b"2026-11-22T10:00:00+08:00 stderr F ").unwrap().text,
            b""
        );
        assert_eq!(
            cri(b"2026-11-22T10:00:00+08:00 stderr F").unwrap().text,
            b""
        );
        for no in [
            "",
            "{}",
            "12 stdout F x",
            "2026-11-22T10:00:00.1Z stdin F x",
            "2026-11-22T10:00:00.1Z stdout X x",
        ] {
            assert_eq!(cri(no.as_bytes()), None, "{no}");
        }
    }

    #[test]
    fn holes_and_blanks() {
        assert_eq!(without_hole(b"\0\0{}"), (b"{}".as_slice(), 2));
        assert_eq!(without_hole(b"{}"), (b"{}".as_slice(), 0));
        assert_eq!(without_bom(b"\xef\xbb\xbf{}"), b"{}");
        assert!(is_blank(b" \t\r") && is_blank(b"") && !is_blank(b" x"));
    }
}
