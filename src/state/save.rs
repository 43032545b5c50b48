//! The state's place on disk: one run at a time may change it, and it is replaced as a
//! whole or not at all.

use crate::fault::{Error, Result};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempPath};

const TEMP_SUFFIX: &str = ".dslog-tmp";
const TEMP_CHARS: usize = 12;

/// What saving asks of the operating system; tests put failures in between.
pub trait Disk {
    /// Writes some bytes.
    ///
    /// # Errors
    /// The operating system's.
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<usize> {
        file.write(bytes)
    }

    /// Waits until a file's bytes are on the disk.
    ///
    /// # Errors
    /// The operating system's.
    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    /// Gives a file its name, replacing what has it.
    ///
    /// # Errors
    /// The operating system's.
    fn rename(&self, from: TempPath, to: &Path) -> io::Result<()> {
        from.persist(to).map_err(|error| error.error)
    }

    /// Waits until a folder's names are on the disk.
    ///
    /// # Errors
    /// The operating system's.
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        if cfg!(unix) {
            File::open(folder)?.sync_all()
        } else {
            Ok(())
        }
    }
}

/// The disk itself.
pub struct RealDisk;

impl Disk for RealDisk {}

/// A state's place, locked against other runs while this is held.
pub struct Place {
    /// The file, behind any links.
    pub path: PathBuf,
    /// Names the lock.
    pub lock_path: PathBuf,
    _lock: File,
}

/// Where a state is, whether or not it exists: its name with links followed.
///
/// # Errors
/// If its folder does not exist, or it is a folder itself.
pub fn resolve(path: &Path) -> Result<PathBuf> {
    match fs::canonicalize(path) {
        Ok(real) if real.is_dir() => {
            return Err(Error::new("is a directory")
                .at(path)
                .hint("name a file for --state"));
        }
        Ok(real) => return Ok(real),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(Error::io(path, &error)),
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let name = path.file_name().ok_or_else(|| {
        Error::new("is no name for a file")
            .at(path)
            .hint("name a file for --state")
    })?;
    let folder = fs::canonicalize(folder)
        .map_err(|error| Error::io(path, &error).hint("the state's folder must exist"))?;
    Ok(folder.join(name))
}

impl Place {
    /// Takes the lock.
    ///
    /// # Errors
    /// If another run holds it, or it cannot be made.
    pub fn lock(path: &Path) -> Result<Self> {
        let path = resolve(path)?;
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(".dslog-lock");
        let lock_path = path.with_file_name(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let lock = options
            .open(&lock_path)
            .map_err(|error| Error::io(&lock_path, &error).hint("it guards the state"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path,
                lock_path,
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(Error::new("another run is using this state")
                .at(&path)
                .hint("wait until it has ended; what was new is read by the next run")),
            Err(TryLockError::Error(error)) => Err(Error::io(&lock_path, &error)
                .hint("keep the state on a local file system, where files can be locked")),
        }
    }
}

/// A state being written, which takes the old one's place only when it is complete.
/// Dropping it leaves the old one.
pub struct Saving<'d> {
    out: BufWriter<Output<'d>>,
    name: TempPath,
    target: PathBuf,
}

/// A file through a [`Disk`].
struct Output<'d> {
    file: File,
    disk: &'d dyn Disk,
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.disk.write(&mut self.file, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'d> Saving<'d> {
    /// Begins, in the same folder and under a random name.
    ///
    /// # Errors
    /// If the folder does not take it.
    pub fn begin(target: &Path, disk: &'d dyn Disk) -> Result<Self> {
        let folder = target.parent().unwrap_or_else(|| Path::new("."));
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        // Long names leave no room for more: a few of their characters will do.
        let short: String = name.chars().take(32).collect();
        let prefix = format!(".{short}.");
        remove_leftovers(folder, &prefix);
        let temp: io::Result<NamedTempFile> = tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(TEMP_SUFFIX)
            .rand_bytes(TEMP_CHARS)
            .tempfile_in(folder);
        let (file, name) = temp
            .map_err(|error| save_error(target, &error))?
            .into_parts();
        if let Ok(metadata) = fs::metadata(target) {
            // Readable for whom the old one was; a new one for its owner only.
            let _ = file.set_permissions(metadata.permissions());
        }
        Ok(Self {
            out: BufWriter::with_capacity(1 << 18, Output { file, disk }),
            name,
            target: target.to_path_buf(),
        })
    }

    /// Takes the old one's place.
    ///
    /// # Errors
    /// If it cannot. Then the old one is still there, unless only the last step, making
    /// the new name durable, has failed.
    pub fn commit(self) -> Result<()> {
        let Self { out, name, target } = self;
        let error = |error: io::Error| save_error(&target, &error);
        let Output { file, disk } = out.into_inner().map_err(|e| error(e.into_error()))?;
        disk.sync(&file).map_err(error)?;
        drop(file);
        disk.rename(name, &target).map_err(error)?;
        let folder = target.parent().unwrap_or_else(|| Path::new("."));
        disk.sync_folder(folder).map_err(error)
    }
}

impl Write for Saving<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// What runs that were killed have left: nobody but the lock's holder writes such files.
/// Names cut short may be another state's, so those stay.
fn remove_leftovers(folder: &Path, prefix: &str) {
    if prefix.chars().count() >= 32 {
        return;
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let random = name
            .to_str()
            .and_then(|name| name.strip_prefix(prefix)?.strip_suffix(TEMP_SUFFIX));
        let is_ours = random.is_some_and(|random| {
            random.len() == TEMP_CHARS && random.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        if is_ours {
            // If it cannot be removed, it is only in the way.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// An error of saving, with what it means.
pub fn save_error(target: &Path, error: &io::Error) -> Error {
    Error::io(target, error).hint("the state could not be saved; the next run reads the same again")
}
