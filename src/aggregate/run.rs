//! One sorted run of spilled entries: a nameless temporary file.

use crate::fault::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Bytes of buffer for each open run.
const BUFFER_BYTES: usize = 64 << 10;

/// A run that is being written, or is complete.
pub struct Run {
    file: BufWriter<File>,
    dir: PathBuf,
    scratch: Vec<u8>,
}

impl Run {
    /// An empty run in `dir`. The file has no name: it goes when the program ends, however that is.
    ///
    /// # Errors
    /// If the directory does not take it.
    pub fn create(dir: &Path) -> Result<Self> {
        let file = tempfile::tempfile_in(dir).map_err(|error| spill_error(dir, &error))?;
        Ok(Self {
            file: BufWriter::with_capacity(BUFFER_BYTES, file),
            dir: dir.to_path_buf(),
            scratch: Vec::new(),
        })
    }

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
        self.file
            .write_all(&length)
            .and_then(|()| self.file.write_all(&self.scratch))
            .map_err(|error| spill_error(&self.dir, &error))
    }

    /// Completes the run.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub fn finish(mut self) -> Result<Self> {
        self.file
            .flush()
            .map_err(|error| spill_error(&self.dir, &error))?;
        self.scratch = Vec::new();
        Ok(self)
    }

    /// Reads the run from its start.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn reader(self) -> Result<RunReader> {
        let Self { file, dir, .. } = self;
        let mut file = file
            .into_inner()
            .map_err(|error| spill_error(&dir, error.error()))?;
        file.seek(SeekFrom::Start(0))
            .map_err(|error| spill_error(&dir, &error))?;
        Ok(RunReader {
            file: BufReader::with_capacity(BUFFER_BYTES, file),
            dir,
            scratch: Vec::new(),
        })
    }
}

/// Reads a run back, entry by entry.
pub struct RunReader {
    file: BufReader<File>,
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
        match self.file.read_exact(&mut length) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            other => other.map_err(|error| spill_error(&self.dir, &error))?,
        }
        self.scratch.resize(u64::from_le_bytes(length) as usize, 0);
        self.file
            .read_exact(&mut self.scratch)
            .map_err(|error| spill_error(&self.dir, &error))?;
        postcard::from_bytes(&self.scratch)
            .map(Some)
            .map_err(|error| {
                Error::new(format!("a temporary file was damaged: {error}")).at(&self.dir)
            })
    }
}

fn spill_error(dir: &Path, error: &std::io::Error) -> Error {
    Error::io(dir, error).hint("temporary files for large counts; --temp-dir names another place")
}
