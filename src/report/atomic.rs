//! Files that are replaced only when they are complete.
//!
//! A regular target keeps its old content until [`AtomicFile::commit`]: the new one is
//! written to a file of a random name beside it (same directory, so the final rename
//! is atomic), flushed to disk, and renamed. Whatever happens before, the old content
//! stays, and the temporary file is removed.
//!
//! A target that is a symbolic link is followed: the file it leads to is replaced, the
//! link stays. Devices, FIFOs and the like (`/dev/stdout`, `/dev/full`) cannot be
//! replaced and are written directly.

#[cfg(test)]
mod tests;

use crate::fault::{Error, Result};
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// A file being written, which takes its name when it is complete. Dropping it leaves
/// the target as it was. Writing is not buffered.
#[derive(Debug)]
pub struct AtomicFile {
    /// As given, for messages.
    path: PathBuf,
    output: Output,
}

#[derive(Debug)]
enum Output {
    Replace {
        temporary: NamedTempFile,
        /// The target, behind any links.
        target: PathBuf,
    },
    Direct(File),
}

impl AtomicFile {
    /// Starts to write what is to become `path`.
    ///
    /// # Errors
    /// When the directory cannot be written to, the path is a directory or a chain of
    /// links without end, or a device cannot be opened.
    pub fn create(path: &Path) -> Result<Self> {
        let output = Self::open(path).map_err(|e| describe(path, &e))?;
        Ok(Self {
            path: path.to_path_buf(),
            output,
        })
    }

    fn open(path: &Path) -> io::Result<Output> {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => return Err(ErrorKind::IsADirectory.into()),
            Ok(metadata) if !metadata.is_file() => {
                // Truncating is what a shell's `>` does; devices do not mind.
                let file = OpenOptions::new().write(true).truncate(true).open(path)?;
                return Ok(Output::Direct(file));
            }
            Ok(_) if is_descriptor(path) => {
                // Where the shell sent it (`>>` too): replacing that file, or starting
                // at its beginning, is not ours to do.
                return OpenOptions::new()
                    .append(true)
                    .open(path)
                    .map(Output::Direct);
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let target = follow(path)?;
        let directory = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let name = target
            .file_name()
            .ok_or_else(|| io::Error::from(ErrorKind::IsADirectory))?;
        // Long names leave no room for more: a few of their characters will do.
        let short: String = name.to_string_lossy().chars().take(32).collect();
        // Never opens what is there already, so that a planted link leads nowhere;
        // only the owner can read what is not complete.
        let temporary = Builder::new()
            .prefix(&format!(".{short}."))
            .suffix(".dslog-tmp")
            .rand_bytes(12)
            .tempfile_in(directory)?;
        Ok(Output::Replace { temporary, target })
    }

    /// Completes the file: flushes it to disk and gives it its name. A replaced file's
    /// mode is kept; a new one's is what the umask makes of 0644.
    ///
    /// # Errors
    /// When the disk is full or the rename fails; then the target is as it was.
    pub fn commit(self) -> Result<()> {
        Self::commit_all(vec![self])
    }

    /// Completes several files. None takes its name before all of them are on disk.
    ///
    /// # Errors
    /// As [`Self::commit`]. Where a rename fails, those before it have their names.
    pub fn commit_all(mut files: Vec<Self>) -> Result<()> {
        for file in &mut files {
            let written = file.output.sync();
            written.map_err(|error| describe(&file.path, &error))?;
        }
        let mut directories = BTreeSet::new();
        for Self { path, output } in files {
            let directory = output.rename().map_err(|error| describe(&path, &error))?;
            directories.extend(directory);
        }
        directories.iter().for_each(|path| sync_directory(path));
        Ok(())
    }

    /// An error of writing to this file, with its path and what to do.
    pub fn error(&self, error: &io::Error) -> Error {
        describe(&self.path, error)
    }
}

impl Output {
    /// Brings all of it to the disk.
    fn sync(&mut self) -> io::Result<()> {
        match self {
            Self::Direct(file) => file.flush(),
            Self::Replace { temporary, target } => {
                temporary.flush()?;
                set_mode(temporary.as_file(), target)?;
                temporary.as_file().sync_all()
            }
        }
    }

    /// Gives it its name; says in which directory.
    fn rename(self) -> io::Result<Option<PathBuf>> {
        match self {
            Self::Direct(_) => Ok(None),
            Self::Replace { temporary, target } => {
                temporary.persist(&target).map_err(|e| e.error)?;
                let parent = target.parent().filter(|p| !p.as_os_str().is_empty());
                Ok(Some(parent.unwrap_or(Path::new(".")).to_path_buf()))
            }
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.output {
            Output::Replace { temporary, .. } => temporary.write(bytes),
            Output::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.output {
            Output::Replace { temporary, .. } => temporary.flush(),
            Output::Direct(file) => file.flush(),
        }
    }
}

/// Writes all of `content` to `path`, or leaves the path as it was.
///
/// # Errors
/// As [`AtomicFile::create`] and [`AtomicFile::commit`].
pub fn write(path: &Path, content: &[u8]) -> Result<()> {
    let mut file = AtomicFile::create(path)?;
    if let Err(error) = file.write_all(content) {
        return Err(file.error(&error));
    }
    file.commit()
}

/// Whether `path` could be written, as far as can be told beforehand without a trace: a
/// long run should not end with a directory that was never there.
///
/// # Errors
/// As [`AtomicFile::create`].
pub fn check(path: &Path) -> Result<()> {
    // Opening a FIFO would wait for its reader, and closing it would end the reader.
    if fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir()) {
        return Ok(());
    }
    AtomicFile::create(path).map(drop)
}

/// Whether the path stands for an open descriptor, whatever file that is.
fn is_descriptor(path: &Path) -> bool {
    path == Path::new("/dev/stdout")
        || path == Path::new("/dev/stderr")
        || path.starts_with("/dev/fd")
        || path.starts_with("/proc/self/fd")
}

/// The path behind symbolic links, which need not exist.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    // As many as Linux follows.
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(link) => {
                path.pop();
                path.push(link);
            }
            // No link, or nothing there.
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

#[cfg(unix)]
fn set_mode(file: &File, target: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = match fs::metadata(target) {
        Ok(metadata) => metadata.permissions().mode() & 0o777,
        Err(_) => 0o644 & !umask(),
    };
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &File, _: &Path) -> io::Result<()> {
    Ok(())
}

/// The process's umask, which only Linux lets one read without changing it; elsewhere
/// the usual one.
#[cfg(unix)]
fn umask() -> u32 {
    fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix("Umask:"))?;
            u32::from_str_radix(line.trim(), 8).ok()
        })
        .unwrap_or(0o022)
}

/// Makes renames in it survive a power loss. The files are complete either way, and not
/// every file system can do this, so a failure is none of the report's.
fn sync_directory(path: &Path) {
    if let Ok(directory) = File::open(path) {
        let _ = directory.sync_all();
    }
}

/// The error with its path and what to do about it.
fn describe(path: &Path, error: &io::Error) -> Error {
    let hint = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "free some space, or write elsewhere with -o; what was there before is unchanged"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "its directory must be writable, since the file is replaced as a whole"
        }
        ErrorKind::NotFound => "its directory must exist",
        ErrorKind::IsADirectory => "name a file",
        _ => "nothing was replaced",
    };
    // tempfile adds the path of its own file, which means nothing to anybody.
    let inner = error
        .get_ref()
        .and_then(|inner| inner.source())
        .and_then(|source| source.downcast_ref::<io::Error>());
    Error::io(path, inner.unwrap_or(error)).hint(hint)
}
