//! Two kinds of trouble, kept apart: a [`Fault`] is bad data (counted, the run
//! goes on), an [`Error`] is a failing environment (reported with path, offset
//! and a hint).

use std::fmt;
use std::path::{Path, PathBuf};

/// Why a line was not a whole JSON object. Counted, never fatal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// Bad syntax anywhere in the line, trailing bytes after the object included.
    BadJson,
    /// The last line of an input has no `\n` and is not whole.
    TornTail,
    /// Longer than [`crate::limits::MAX_LINE_BYTES`]; skipped to its end.
    TooLong,
    /// Well-formed JSON, but an array or a scalar.
    NotObject,
}

impl Fault {
    /// Every fault, in the order of the report's `faults`.
    pub const ALL: [Self; 4] = [
        Self::BadJson,
        Self::TornTail,
        Self::TooLong,
        Self::NotObject,
    ];

    /// The name the report's JSON uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadJson => "bad_json",
            Self::TornTail => "torn_tail",
            Self::TooLong => "too_long",
            Self::NotObject => "not_object",
        }
    }
}

/// A failing environment: what went wrong, where, and what to do about it.
#[derive(Clone, Debug)]
pub struct Error {
    /// What happened, in one line, without the path.
    pub what: String,
    /// The file concerned, if any.
    pub path: Option<PathBuf>,
    /// Offset in that file, in bytes as stored (compressed ones too).
    pub byte_offset: Option<u64>,
    /// What the user can do.
    pub hint: Option<String>,
}

impl Error {
    /// An error that concerns no file.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            path: None,
            byte_offset: None,
            hint: None,
        }
    }

    /// An I/O error on `path`.
    pub fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::new(describe_io(error)).at(path)
    }

    /// Names the file.
    #[must_use]
    pub fn at(mut self, path: &Path) -> Self {
        self.path = Some(path.to_path_buf());
        self
    }

    /// Names the offset in the file, in bytes.
    #[must_use]
    pub fn offset(mut self, byte_offset: u64) -> Self {
        self.byte_offset = Some(byte_offset);
        self
    }

    /// Says what the user can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The operating system's words without Rust's `(os error N)` tail.
fn describe_io(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_lowercase(),
        None => text,
    }
}

impl fmt::Display for Error {
    /// One line; file names are escaped for a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(
                f,
                "{}: ",
                crate::untrusted::terminal(&path.to_string_lossy())
            )?;
        }
        f.write_str(&self.what)?;
        if let Some(byte_offset) = self.byte_offset {
            write!(f, " at byte {byte_offset}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// A result whose error names path, offset and remedy.
pub type Result<T, E = Error> = std::result::Result<T, E>;
