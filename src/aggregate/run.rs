//! Sorted runs of spilled entries. A nameless temporary file holds all that one table spills:
//! there are many tables, and a process may open few files.

use crate::fault::{Error, Result};
use crate::input::FileAt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Take, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of buffer for each run that is written or read.
const BUFFER_BYTES: usize = 64 << 10;

/// A file of runs, one behind the other.
pub struct Spill {
    file: Arc<File>,
    dir: PathBuf,
    len_bytes: u64,
}

impl Spill {
    /// An empty one in `dir`. The file has no name: it goes when the program ends, however that is.
    ///
    /// # Errors
    /// If the directory does not take it.
    pub fn create(dir: &Path) -> Result<Self> {
        let file = tempfile::tempfile_in(dir).map_err(|error| spill_error(dir, &error))?;
        Ok(Self {
            file: Arc::new(file),
            dir: dir.to_path_buf(),
            len_bytes: 0,
        })
    }

    /// Begins a run.
    pub fn begin(&mut self) -> RunWriter<'_> {
        RunWriter {
            out: BufWriter::with_capacity(BUFFER_BYTES, Arc::clone(&self.file)),
            len_bytes: 0,
            scratch: Vec::new(),
            spill: self,
        }
    }
}

/// A run that is being written.
pub struct RunWriter<'s> {
    spill: &'s mut Spill,
    out: BufWriter<Arc<File>>,
    len_bytes: u64,
    scratch: Vec<u8>,
}

impl RunWriter<'_> {
    /// Adds an entry; entries must come ascending.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub fn push<T: Serialize>(&mut self, entry: &T) -> Result<()> {
        self.scratch.clear();
        let bytes = postcard::to_extend(entry, std::mem::take(&mut self.scratch))
            .map_err(|error| Error::new(format!("cannot write an entry out: {error}")))?;
        self.scratch = bytes;
        let length = (self.scratch.len() as u64).to_le_bytes();
        self.len_bytes += (length.len() + self.scratch.len()) as u64;
        self.out
            .write_all(&length)
            .and_then(|()| self.out.write_all(&self.scratch))
            .map_err(|error| spill_error(&self.spill.dir, &error))
    }

    /// Completes the run.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub fn finish(mut self) -> Result<Run> {
        self.out
            .flush()
            .map_err(|error| spill_error(&self.spill.dir, &error))?;
        let start = FileAt::new(Arc::clone(&self.spill.file), self.spill.len_bytes);
        self.spill.len_bytes += self.len_bytes;
        Ok(Run {
            part: start.take(self.len_bytes),
            dir: self.spill.dir.clone(),
        })
    }
}

/// A complete run.
pub struct Run {
    part: Take<FileAt<Arc<File>>>,
    dir: PathBuf,
}

impl Run {
    /// Reads it from its start.
    pub fn reader(self) -> RunReader {
        RunReader {
            part: BufReader::with_capacity(BUFFER_BYTES, self.part),
            dir: self.dir,
            scratch: Vec::new(),
        }
    }
}

/// Reads a run back, entry by entry.
pub struct RunReader {
    part: BufReader<Take<FileAt<Arc<File>>>>,
    dir: PathBuf,
    scratch: Vec<u8>,
}

impl RunReader {
    /// The next entry.
    ///
    /// # Errors
    /// If the file cannot be read, or does not hold what was written.
    pub fn pop<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        let mut length = [0; 8];
        match self.part.read_exact(&mut length) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            other => other.map_err(|error| spill_error(&self.dir, &error))?,
        }
        self.scratch.resize(u64::from_le_bytes(length) as usize, 0);
        self.part
            .read_exact(&mut self.scratch)
            .map_err(|error| spill_error(&self.dir, &error))?;
        postcard::from_bytes(&self.scratch)
            .map(Some)
            .map_err(|error| {
                Error::new(format!("a temporary file was damaged: {error}")).at(&self.dir)
            })
    }
}

fn spill_error(dir: &Path, error: &io::Error) -> Error {
    Error::io(dir, error).hint("temporary files for large counts; --temp-dir names another place")
}
