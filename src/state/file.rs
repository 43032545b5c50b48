//! The state on disk: a line that says what it is, entries ascending, the meta data,
//! and a checksum over all of it.
//!
//! ```text
//! {"schema":"dslog.state/v1"}\n | length, entry | … | 0 | meta | meta's length | checksum
//! ```
//! Lengths of entries have 4 bytes, the last two numbers 8, the least byte first;
//! entries and meta data are in postcard's format. `tests/state/` holds a state of this
//! version that must stay readable.

use super::entry::{Key, Value};
use super::meta::Meta;
use super::sum::Sum;
use crate::fault::{Error, Result};
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const HEAD: &[u8] = b"{\"schema\":\"dslog.state/v1\"}\n";
/// What every version begins with.
const FAMILY: &[u8] = b"{\"schema\":\"dslog.state/v";
/// So many bytes of the first line may be spoilt, and it still shows that this was a state;
/// a report's first line differs in more.
const SPOILT: usize = 4;
/// Meta's length and the checksum.
const END_BYTES: u64 = 16;

const RESET: &str =
    "restore it from a backup, or start over with --reset-state, which counts all logs anew";

/// A state that was read from disk and is whole.
pub struct Stored {
    /// What it knows beside its counts.
    pub meta: Meta,
    entries: BufReader<File>,
    path: PathBuf,
}

impl Stored {
    /// Opens and checks a state; `None` where there is no file.
    ///
    /// # Errors
    /// If it cannot be read, is no state, of a newer version, or damaged.
    pub fn open(path: &Path) -> Result<Option<Self>> {
        let Some(mut file) = existing(path)? else {
            return Ok(None);
        };
        let meta = check(&mut file).map_err(|trouble| trouble.error(path))?;
        file.seek(SeekFrom::Start(HEAD.len() as u64))
            .map_err(|error| Error::io(path, &error))?;
        Ok(Some(Self {
            meta,
            entries: BufReader::with_capacity(1 << 18, file),
            path: path.to_path_buf(),
        }))
    }

    /// The next entry, ascending, and the bytes it is stored as.
    ///
    /// # Errors
    /// If it cannot be read, or does not hold what it should.
    pub fn next_entry(&mut self) -> Result<Option<(Key, Value, Vec<u8>)>> {
        let io = |error: io::Error| Error::io(&self.path, &error);
        let mut length = [0; 4];
        self.entries.read_exact(&mut length).map_err(io)?;
        let length = u32::from_le_bytes(length);
        if length == 0 {
            return Ok(None);
        }
        let mut bytes = vec![0; length as usize];
        self.entries.read_exact(&mut bytes).map_err(io)?;
        match postcard::from_bytes::<(Key, Value)>(&bytes) {
            Ok((key, value)) if value.fits(&key.item) => Ok(Some((key, value, bytes))),
            _ => Err(Trouble::Damaged.error(&self.path)),
        }
    }
}

/// Makes sure that nothing but a state is lost if this file is replaced: whole, damaged
/// or of any version, or an empty file, or none.
///
/// # Errors
/// If it is anything else, or cannot be read.
pub fn check_replaceable(path: &Path) -> Result<()> {
    let Some(mut file) = existing(path)? else {
        return Ok(());
    };
    let head = head(&mut file).map_err(|error| Error::io(path, &error))?;
    match trouble(&head) {
        Some(Trouble::Foreign) => Err(Trouble::Foreign.error(path)),
        _ => Ok(()),
    }
}

/// Whether a file is a state by its first line, usable or not.
pub fn is_state(path: &Path) -> bool {
    let head = existing(path).map(|file| file.map(|mut file| head(&mut file)));
    match head {
        Ok(Some(Ok(head))) => !matches!(trouble(&head), Some(Trouble::Foreign | Trouble::Empty)),
        _ => false,
    }
}

/// Opens what stands there, if anything does. A pipe or a device is never replaced.
fn existing(path: &Path) -> Result<Option<File>> {
    let opened = std::fs::metadata(path).and_then(|metadata| match metadata.is_file() {
        true => File::open(path).map(Some),
        false => Ok(None),
    });
    match opened {
        Ok(Some(file)) => Ok(Some(file)),
        Ok(None) => Err(Error::new("is no regular file")
            .at(path)
            .hint("name another file with --state")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(path, &error)),
    }
}

fn head(file: &mut File) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.take(HEAD.len() as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// What the first bytes say against a state of this version.
fn trouble(head: &[u8]) -> Option<Trouble> {
    let differing = head.iter().zip(HEAD).filter(|(a, b)| a != b).count();
    let allowed = if head.len() == HEAD.len() { SPOILT } else { 0 };
    if head == HEAD {
        None
    } else if head.is_empty() {
        Some(Trouble::Empty)
    } else if head.starts_with(FAMILY) && head.get(FAMILY.len()) != Some(&b'1') {
        Some(Trouble::Newer)
    } else if differing <= allowed {
        Some(Trouble::Damaged)
    } else {
        Some(Trouble::Foreign)
    }
}

enum Trouble {
    Io(io::Error),
    Foreign,
    Empty,
    Newer,
    Damaged,
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        if error.kind() == ErrorKind::UnexpectedEof {
            Self::Damaged
        } else {
            Self::Io(error)
        }
    }
}

impl Trouble {
    fn error(self, path: &Path) -> Error {
        match self {
            Self::Io(error) => Error::io(path, &error),
            Self::Foreign => Error::new("is no state of dslog")
                .at(path)
                .hint("name another file with --state; this one is left as it is"),
            Self::Empty => Error::new("is no state of dslog, but empty")
                .at(path)
                .hint("name another file with --state, or begin one here with --reset-state"),
            Self::Newer => Error::new("is a state of a newer dslog")
                .at(path)
                .hint("use that version, or start over with --reset-state"),
            Self::Damaged => Error::new("is a damaged state; nothing was read or changed")
                .at(path)
                .hint(RESET),
        }
    }
}

/// Reads all of a state, checks its sum, and gives its meta data.
fn check(file: &mut File) -> Result<Meta, Trouble> {
    let size = file.metadata()?.len();
    if let Some(trouble) = trouble(&head(file)?) {
        return Err(trouble);
    }
    let mut hasher = Sum::default();
    hasher.update(HEAD);
    let summed = size
        .checked_sub(HEAD.len() as u64 + 8)
        .ok_or(Trouble::Damaged)?;
    let mut rest = file.take(summed);
    let mut buffer = vec![0; 1 << 18];
    loop {
        let n = rest.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        hasher.update(buffer.get(..n).unwrap_or_default());
    }
    let mut number = [0; 8];
    file.read_exact(&mut number)?;
    if u64::from_le_bytes(number) != hasher.finish() {
        return Err(Trouble::Damaged);
    }
    file.seek(SeekFrom::End(-(END_BYTES as i64)))?;
    file.read_exact(&mut number)?;
    let meta_bytes = u64::from_le_bytes(number);
    let meta_at = size
        .checked_sub(END_BYTES)
        .and_then(|end| end.checked_sub(meta_bytes))
        .ok_or(Trouble::Damaged)?;
    file.seek(SeekFrom::Start(meta_at))?;
    let mut meta = Vec::new();
    file.take(meta_bytes).read_to_end(&mut meta)?;
    postcard::from_bytes(&meta).map_err(|_| Trouble::Damaged)
}

/// Writes a state, front to back.
pub struct Writer<W> {
    out: W,
    hasher: Sum,
    scratch: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins one.
    ///
    /// # Errors
    /// As `out`'s, like all that follows.
    pub fn new(out: W) -> io::Result<Self> {
        let mut writer = Self {
            out,
            hasher: Sum::default(),
            scratch: Vec::new(),
        };
        writer.put(HEAD)?;
        Ok(writer)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.out.write_all(bytes)
    }

    /// Adds an entry; they come ascending.
    pub fn entry(&mut self, key: &Key, value: &Value) -> io::Result<()> {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let scratch = postcard::to_extend(&(key, value), scratch).map_err(io::Error::other)?;
        self.stored_entry(&scratch)?;
        self.scratch = scratch;
        Ok(())
    }

    /// Adds an entry in the form that [`Stored::next_entry`] gave it in.
    pub fn stored_entry(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        self.put(&length.to_le_bytes())?;
        self.put(bytes)
    }

    /// Completes it.
    pub fn finish(mut self, meta: &Meta) -> io::Result<W> {
        self.put(&0_u32.to_le_bytes())?;
        let meta = postcard::to_stdvec(meta).map_err(io::Error::other)?;
        self.put(&meta)?;
        self.put(&(meta.len() as u64).to_le_bytes())?;
        let sum = self.hasher.finish();
        self.out.write_all(&sum.to_le_bytes())?;
        self.out.flush()?;
        Ok(self.out)
    }
}
