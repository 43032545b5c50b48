//! The logs a state knows, found by content.

use super::meta::{Archive, FileRecord, Print};
use std::collections::HashMap;

/// The logs a state knows, by what they can be known by.
pub struct Known {
    /// By first bytes.
    heads: HashMap<Print, Vec<usize>>,
    /// Lengths of first bytes, ascending.
    lengths: Vec<u32>,
    archives: HashMap<Archive, usize>,
}

impl Known {
    /// Of these records.
    pub fn new(files: &[FileRecord]) -> Self {
        let mut heads: HashMap<Print, Vec<usize>> = HashMap::new();
        let mut archives = HashMap::new();
        for (index, file) in files.iter().enumerate() {
            if file.offset > 0 {
                heads.entry(file.head).or_default().push(index);
            }
            if let Some(archive) = file.archive {
                archives.insert(archive, index);
            }
        }
        let mut lengths: Vec<u32> = heads.keys().map(|head| head.len).collect();
        lengths.sort_unstable();
        lengths.dedup();
        Self {
            heads,
            lengths,
            archives,
        }
    }

    /// The record of an archive stored like this, if there is one.
    pub fn by_archive(&self, archive: &Archive) -> Option<usize> {
        self.archives.get(archive).copied()
    }

    /// Records whose first bytes are those of `head`.
    pub fn by_head(&self, head: &[u8]) -> Vec<usize> {
        let mut found = Vec::new();
        for length in &self.lengths {
            let Some(start) = head.get(..*length as usize) else {
                break;
            };
            if let Some(indexes) = self.heads.get(&Print::of(start)) {
                found.extend_from_slice(indexes);
            }
        }
        found
    }
}
