//! Holding an input to what was known of it when it was decided how to read it.

use crate::fault::{Error, Result};
use std::fs::Metadata;
use std::path::Path;

/// A file as it was when parts of it were chosen to be read: under its name, another one
/// may lie by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin {
    identity: (u64, u64),
    size: u64,
}

impl Pin {
    /// The file that this was told of.
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            identity: identity(metadata),
            size: metadata.len(),
        }
    }

    /// Whether this is still the same file, with all that it had.
    ///
    /// # Errors
    /// If it is not.
    pub(super) fn check(self, metadata: &Metadata, path: &Path) -> Result<()> {
        if identity(metadata) == self.identity && metadata.len() >= self.size {
            return Ok(());
        }
        Err(Error::new("was replaced or cut off during the search")
            .at(path)
            .hint("search again"))
    }
}

/// Device and inode; elsewhere the time of creation.
fn identity(metadata: &Metadata) -> (u64, u64) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        (metadata.dev(), metadata.ino())
    }
    #[cfg(not(unix))]
    {
        let created = metadata.created().ok();
        let since = created.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        since.map_or((0, 0), |since| {
            (since.as_secs(), u64::from(since.subsec_nanos()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Input;
    use std::fs;

    #[test]
    fn another_file_under_the_same_name_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.log");
        fs::write(&path, "one\ntwo\n").unwrap();
        let pinned = || {
            let mut input = Input::file(&path);
            input.pin = Some(Pin::of(&fs::metadata(&path).unwrap()));
            input
        };
        let input = pinned();
        assert!(input.open().is_ok());
        fs::write(&path, "one\ntwo\nthree\n").unwrap();
        assert!(input.open().is_ok(), "it may grow");
        let input = pinned();
        fs::write(&path, "one\n").unwrap();
        assert!(input.open().is_err(), "cut off");
        let input = pinned();
        fs::rename(&path, dir.path().join("app.log.1")).unwrap();
        fs::write(&path, "one\ntwo\nthree\n").unwrap();
        assert!(input.open().is_err(), "rotated");
    }
}
