//! Inputs: from path arguments to opened bytes.
//!
//! [`expand`] turns arguments into an ordered list of [`Input`]s, each read once;
//! [`Input::open`] looks at the first bytes and says whether they are plain bytes of
//! a file (which any thread may read at any offset) or a stream (standard input, a
//! FIFO, or compressed, decoded by [`decode`]). Names decide nothing here.

mod codec;
pub mod decode;
pub mod expand;
mod gzip;
mod inflate;
mod names;
mod pin;
pub mod restart;
mod sniff;
mod source;
mod step;
#[cfg(test)]
mod tests;

use crate::fault::{Error, Result};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use decode::Decoder;
pub use pin::Pin;
pub use restart::{Restart, Tracker};
pub use sniff::Format;
pub use source::FileAt;

/// At the start of every side index.
pub const INDEX_MAGIC: &[u8; 8] = b"dslogidx";

/// One thing to read: a file, a FIFO, standard input, or an argument that could not be resolved.
#[derive(Debug)]
pub struct Input {
    /// The name to show: as given, or found below a directory as given; `-` is standard input.
    pub path: String,
    /// The part to read, in decompressed bytes. Lines that *start* in it are read,
    /// each to its end. The default is everything.
    pub range: std::ops::Range<u64>,
    /// Where decoding may start to read that part; at the input's start without it.
    pub resume: Option<Restart>,
    /// Is told where decoding may start again.
    pub tracker: Option<Tracker>,
    /// What it must still be when it is opened.
    pub pin: Option<Pin>,
    source: Source,
}

/// Where the bytes come from.
#[derive(Clone, Debug)]
enum Source {
    Stdin,
    File(PathBuf),
    /// Opened already: whatever the name leads to by now, this is what is read.
    Held(PathBuf, Arc<File>),
    /// Found faulty before it was opened; opening it reports this.
    Failed(Error),
    /// Left out: as if empty.
    Nothing,
}

/// An input with its first bytes looked at.
pub enum Opened {
    /// No bytes at all, whatever the name says.
    Empty,
    /// Plain bytes of a regular file.
    Plain {
        /// The file; read it with [`read_at`] only, its cursor belongs to somebody else.
        file: File,
        /// Offset in the file where the input starts, in bytes. Not 0 only for standard
        /// input that somebody has read from already.
        base: u64,
        /// Bytes from `base` to the end of the file when it was opened.
        size: u64,
    },
    /// Bytes in sequence: a pipe, or compressed.
    Stream(Box<Decoder>),
}

impl Input {
    /// A file (or FIFO, or device) by path.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self {
            path: path.to_string_lossy().into_owned(),
            range: 0..u64::MAX,
            resume: None,
            tracker: None,
            pin: None,
            source: Source::File(path),
        }
    }

    /// A regular file that is open already, and its path.
    pub fn held(path: impl Into<PathBuf>, file: Arc<File>) -> Self {
        let path = path.into();
        Self {
            path: path.to_string_lossy().into_owned(),
            range: 0..u64::MAX,
            resume: None,
            tracker: None,
            pin: None,
            source: Source::Held(path, file),
        }
    }

    /// Standard input.
    pub fn stdin() -> Self {
        Self {
            path: "-".to_owned(),
            range: 0..u64::MAX,
            resume: None,
            tracker: None,
            pin: None,
            source: Source::Stdin,
        }
    }

    /// An argument that leads to nothing readable; reported when it is opened.
    pub fn failed(path: impl Into<String>, error: Error) -> Self {
        Self {
            path: path.into(),
            range: 0..u64::MAX,
            resume: None,
            tracker: None,
            pin: None,
            source: Source::Failed(error),
        }
    }

    /// The same input again.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self {
            path: self.path.clone(),
            range: self.range.clone(),
            resume: self.resume.clone(),
            tracker: self.tracker.clone(),
            pin: self.pin,
            source: self.source.clone(),
        }
    }

    /// Reads nothing of it, and does not open it.
    pub fn leave_out(&mut self) {
        self.source = Source::Nothing;
    }

    /// Reads only the lines that start in this part, in decompressed bytes.
    #[must_use]
    pub fn range(mut self, range: std::ops::Range<u64>) -> Self {
        self.range = range;
        self
    }

    /// Starts decoding here. `range` must not start before it.
    #[must_use]
    pub fn resume(mut self, restart: Option<Restart>) -> Self {
        self.resume = restart;
        self
    }

    /// The path to open, unless this is standard input.
    pub fn file_path(&self) -> Option<&Path> {
        match &self.source {
            Source::File(path) | Source::Held(path, _) => Some(path),
            Source::Stdin | Source::Failed(_) | Source::Nothing => None,
        }
    }

    /// Whether this is standard input.
    pub const fn is_stdin(&self) -> bool {
        matches!(self.source, Source::Stdin)
    }

    /// Why the argument led to nothing readable, if so.
    pub const fn failure(&self) -> Option<&Error> {
        match &self.source {
            Source::Failed(error) => Some(error),
            Source::Stdin | Source::File(_) | Source::Held(..) | Source::Nothing => None,
        }
    }

    /// Whether reading it again gives the same bytes: a regular file.
    pub fn is_rereadable(&self) -> bool {
        match &self.source {
            Source::File(path) => path.metadata().is_ok_and(|m| m.is_file()),
            Source::Held(..) => true,
            Source::Stdin => open_stdin().is_ok_and(|stdin| stdin.regular.is_some()),
            Source::Failed(_) | Source::Nothing => false,
        }
    }

    /// Bytes as stored, for showing progress; 0 where that is unknown.
    pub fn stored_bytes(&self) -> u64 {
        match &self.source {
            Source::Held(_, file) => file.metadata().map_or(0, |m| m.len()),
            Source::File(path) => path
                .metadata()
                .map_or(0, |m| if m.is_file() { m.len() } else { 0 }),
            Source::Stdin => open_stdin().map_or(0, |stdin| {
                stdin
                    .regular
                    .map_or(0, |(base, end)| end.saturating_sub(base))
            }),
            Source::Failed(_) | Source::Nothing => 0,
        }
    }

    /// Opens it and looks at its first bytes. A FIFO waits for its writer here.
    ///
    /// # Errors
    /// When the path cannot be opened or read, and when the first bytes show a format
    /// that is not read at all (UTF-16, UTF-32, zip); path, offset and hint are set.
    pub fn open(&self) -> Result<Opened> {
        let name = Path::new(&self.path);
        match &self.source {
            Source::Failed(error) => Err(error.clone()),
            Source::Nothing => Ok(Opened::Empty),
            Source::Stdin => {
                let stdin = open_stdin().map_err(|e| Error::io(name, &e))?;
                match (stdin.file, stdin.regular) {
                    (Some(file), Some((base, end))) => {
                        open_regular(file, base, end.saturating_sub(base), name, self)
                    }
                    (Some(file), None) => Decoder::from_reader(file, name),
                    (None, _) => Decoder::from_reader(io::stdin(), name),
                }
            }
            Source::Held(path, file) => {
                let size = file.metadata().map_err(|e| Error::io(path, &e))?.len();
                let file = file.try_clone().map_err(|e| Error::io(path, &e))?;
                open_regular(file, 0, size, path, self)
            }
            Source::File(path) => {
                let file = File::open(path).map_err(|e| Error::io(path, &e))?;
                let metadata = file.metadata().map_err(|e| Error::io(path, &e))?;
                if let Some(pin) = self.pin {
                    pin.check(&metadata, path)?;
                }
                if metadata.is_dir() {
                    return Err(Error::new("is a directory").at(path));
                }
                if metadata.is_file() {
                    open_regular(file, 0, metadata.len(), path, self)
                } else {
                    Decoder::from_reader(file, path)
                }
            }
        }
    }
}

/// A regular file of `size` bytes from `base` on: plain or compressed?
fn open_regular(file: File, base: u64, size: u64, path: &Path, input: &Input) -> Result<Opened> {
    if size == 0 {
        return open_sizeless(file, base, path, input);
    }
    let mut prefix = [0; sniff::PREFIX_BYTES];
    let mut known = 0;
    while let Some(space) = prefix.get_mut(known..).filter(|space| !space.is_empty()) {
        match read_at(&file, space, base.saturating_add(known as u64)) {
            Ok(0) => break,
            Ok(n) => known += n,
            Err(error) => return Err(Error::io(path, &error).offset(known as u64)),
        }
    }
    let prefix = prefix.get(..known).unwrap_or_default();
    match sniff::format(prefix).map_err(|e| e.at(path))? {
        Format::Plain => Ok(Opened::Plain { file, base, size }),
        format => {
            let start = input.resume.as_ref().map_or(0, |from| from.stored_offset);
            let reader = FileAt::new(file, base.saturating_add(start));
            let mut source = source::Buffered::new(Box::new(reader), Vec::new());
            source.byte_offset = start;
            let mut decoder = match input.resume.clone() {
                Some(restart) => Decoder::resumed(format, source, path, restart),
                None => Decoder::new(format, source, path),
            };
            if let Some(tracker) = input.tracker.clone() {
                decoder.track(tracker);
            }
            Ok(Opened::Stream(Box::new(decoder)))
        }
    }
}

/// A file of size 0. Those of /proc and /sys say so, whatever is in them: only reading tells.
fn open_sizeless(file: File, base: u64, path: &Path, input: &Input) -> Result<Opened> {
    // What was held had its size taken before: it is read up to there.
    if matches!(input.source, Source::Held(..)) {
        return Ok(Opened::Empty);
    }
    match read_at(&file, &mut [0], base) {
        Ok(0) => Ok(Opened::Empty),
        // Some of them can be read from their start only, and in one piece.
        Ok(_) => Decoder::from_reader(FileAt::new(file, base), path),
        Err(error) => Err(Error::io(path, &error).offset(0)),
    }
}

/// Reads at an offset without moving the file's cursor; retries when interrupted.
///
/// # Errors
/// As the operating system's read.
pub fn read_at(file: &File, space: &mut [u8], byte_offset: u64) -> io::Result<usize> {
    loop {
        #[cfg(unix)]
        let result = std::os::unix::fs::FileExt::read_at(file, space, byte_offset);
        #[cfg(windows)]
        let result = std::os::windows::fs::FileExt::seek_read(file, space, byte_offset);
        match result {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Standard input as a file of ours.
struct Stdin {
    /// A descriptor of our own, where the platform can give one.
    file: Option<File>,
    /// For a regular file: the cursor and the end, in bytes.
    regular: Option<(u64, u64)>,
}

fn open_stdin() -> io::Result<Stdin> {
    #[cfg(unix)]
    {
        use std::io::Seek as _;
        use std::os::fd::AsFd as _;
        let mut file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        let metadata = file.metadata()?;
        let regular = if metadata.is_file() {
            file.stream_position()
                .ok()
                .map(|base| (base, metadata.len()))
        } else {
            None
        };
        Ok(Stdin {
            file: Some(file),
            regular,
        })
    }
    #[cfg(not(unix))]
    Ok(Stdin {
        file: None,
        regular: None,
    })
}

/// How a file that begins with these bytes (16 will do, or all there are) is stored.
///
/// # Errors
/// If it is of a format that is not read at all.
pub fn format_of(prefix: &[u8]) -> Result<Format> {
    sniff::format(prefix)
}
