//! Where a log's index lies.

use crate::stable_hash::stable_hash;
use std::path::{Path, PathBuf};

/// Where indexes lie.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// All of them here; without it, each beside its log.
    pub dir: Option<PathBuf>,
}

impl Place {
    /// `app.jsonl.dslog-idx` beside the log; in a directory of their own, where logs of
    /// one name meet, the name has a mark of the log's full path.
    pub fn of(&self, log: &Path) -> PathBuf {
        let mut name = log.file_name().unwrap_or_default().to_os_string();
        let Some(dir) = &self.dir else {
            name.push(".dslog-idx");
            return log.with_file_name(name);
        };
        let full = std::fs::canonicalize(log).unwrap_or_else(|_| log.to_path_buf());
        let mark = stable_hash(full.as_os_str().as_encoded_bytes());
        name.push(format!("-{mark:016x}.dslog-idx"));
        dir.join(name)
    }
}
