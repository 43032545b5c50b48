//! Which log is this? Decided by content: its first bytes, and the bytes before the
//! offset to which it was read. Names, inodes and times decide nothing.

use super::content::{Content, exactly};
use super::known::Known;
use super::meta::{Archive, FileRecord, Hint, Print};
use crate::fault::{Error, Result};
use crate::input::Input;
use crate::limits::{COPY_MIN_BYTES, FINGERPRINT_BYTES};
use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A log before it is read.
pub struct Look {
    /// Its name.
    pub path: PathBuf,
    /// Where it is.
    pub hint: Hint,
    /// Held open, so that all is read from the same file; not if nothing is to be read.
    pub file: Option<Arc<File>>,
    /// How it is stored, if it is compressed.
    pub archive: Option<Archive>,
    /// Its first bytes, decompressed.
    pub head: Vec<u8>,
    /// Its size, if it is not compressed.
    pub plain_size: u64,
    /// Why its beginning could not be read in full: cut off, or still being written.
    pub cut_off: Option<Error>,
    /// What to do with it.
    pub plan: Plan,
}

/// What to do with a log.
#[derive(Debug)]
pub enum Plan {
    /// Nothing in it is new.
    Nothing {
        /// The record of it, if there is one.
        record: Option<usize>,
    },
    /// Read it from a line's start.
    Read {
        /// The record that it continues, if there is one.
        record: Option<usize>,
        /// From here, in decompressed bytes.
        from: u64,
        /// Up to here it was read before; behind `from` if lines wait for their rest.
        known_to: u64,
        /// The bytes before.
        before: Vec<u8>,
    },
    /// It cannot be read.
    Failed(Error),
}

impl Plan {
    fn anew() -> Self {
        Self::Read {
            record: None,
            from: 0,
            known_to: 0,
            before: Vec::new(),
        }
    }
}

/// Looks at an input. `read_bytes` counts stored bytes that were read for it.
pub fn look(
    input: &Input,
    known: &Known,
    files: &[FileRecord],
    zstd_window_log: Option<u32>,
    read_bytes: &mut u64,
) -> Look {
    let path = input
        .file_path()
        .map_or_else(|| PathBuf::from(&input.path), Path::to_path_buf);
    let mut look = Look {
        hint: Hint {
            path: input.path.clone(),
            ..Hint::default()
        },
        path,
        file: None,
        archive: None,
        head: Vec::new(),
        plain_size: 0,
        cut_off: None,
        plan: Plan::Nothing { record: None },
    };
    let plan = decide(&mut look, input, known, files, zstd_window_log, read_bytes);
    look.plan = plan.unwrap_or_else(Plan::Failed);
    if !matches!(look.plan, Plan::Read { .. }) && look.archive.is_some() {
        look.file = None;
    }
    look
}

fn decide(
    look: &mut Look,
    input: &Input,
    known: &Known,
    files: &[FileRecord],
    zstd_window_log: Option<u32>,
    read_bytes: &mut u64,
) -> Result<Plan> {
    if input.is_stdin() {
        return Err(
            Error::new("standard input cannot be known again by a later run")
                .hint("name the files with --state"),
        );
    }
    if let Some(error) = input.failure() {
        return Err(Error {
            what: error.what.clone(),
            path: error.path.clone(),
            byte_offset: error.byte_offset,
            hint: error.hint.clone(),
        });
    }
    let path = look.path.clone();
    let io = |error: &std::io::Error| Error::io(&path, error);
    if !path.metadata().map_err(|e| io(&e))?.is_file() {
        return Err(Error::new("is no regular file")
            .at(&path)
            .hint("with --state, a log must be a file that can be read again"));
    }
    let file = Arc::new(File::open(&path).map_err(|e| io(&e))?);
    let metadata = file.metadata().map_err(|e| io(&e))?;
    (look.hint.dev, look.hint.ino) = identity(&metadata);
    let size = metadata.len();
    let mut content = Content::open(&path, &file, zstd_window_log)?;
    look.file = Some(Arc::clone(&file));
    if content.is_compressed() {
        let archive = archive_print(&file, size);
        look.archive = archive;
        *read_bytes += 2 * (FINGERPRINT_BYTES as u64).min(size);
        let record = archive.and_then(|archive| known.by_archive(&archive));
        if record.is_some() {
            return Ok(Plan::Nothing { record });
        }
    } else {
        look.plain_size = size;
    }
    let mut head = Vec::new();
    while head.len() < FINGERPRINT_BYTES {
        let bytes = content.next((FINGERPRINT_BYTES - head.len()) as u64);
        if bytes.is_empty() {
            break;
        }
        head.extend_from_slice(&bytes);
    }
    look.head = head;
    let candidates = known.by_head(&look.head);
    let plan = if look.archive.is_some() {
        decide_stream(look, &mut content, candidates, files)
    } else {
        decide_plain(look, &file, &candidates, files)
    };
    *read_bytes += content.stored_bytes();
    if look.head.len() < FINGERPRINT_BYTES {
        look.cut_off = content.failed;
    }
    Ok(plan)
}

/// How good a candidate is: by how far it was read, then by the hint.
fn rank(record: &FileRecord, hint: &Hint) -> (u64, bool, bool) {
    let same_inode = (record.hint.dev, record.hint.ino) == (hint.dev, hint.ino);
    (record.offset, same_inode, record.hint.path == hint.path)
}

fn decide_plain(look: &Look, file: &File, candidates: &[usize], files: &[FileRecord]) -> Plan {
    let mut best: Option<(usize, &FileRecord)> = None;
    for index in candidates {
        let Some(record) = files.get(*index) else {
            continue; // there is none: indexes are of this list
        };
        if best.is_some_and(|(_, known)| rank(known, &look.hint) >= rank(record, &look.hint)) {
            continue; // a better one is found
        }
        let length = u64::from(record.tail.len);
        let tail = (record.offset <= look.plain_size)
            .then(|| exactly(file, record.offset - length, length))
            .flatten();
        if tail.is_some_and(|tail| Print::of(&tail) == record.tail) {
            best = Some((*index, record));
        }
    }
    let Some((index, record)) = best else {
        return Plan::anew();
    };
    let unended = record.unended_bytes;
    let is_known = look.plain_size <= record.copied_to
        || look.plain_size == record.offset
        || (unended > 0 && look.plain_size == record.offset + unended);
    if is_known {
        return Plan::Nothing {
            record: Some(index),
        };
    }
    read_on(index, record, Vec::new())
}

fn read_on(index: usize, record: &FileRecord, before: Vec<u8>) -> Plan {
    let from = record.open.first().copied().unwrap_or(record.offset);
    let before = if from == record.offset {
        before
    } else {
        Vec::new()
    };
    Plan::Read {
        record: Some(index),
        from,
        known_to: record.offset,
        before,
    }
}

fn decide_stream(
    look: &Look,
    content: &mut Content,
    mut candidates: Vec<usize>,
    files: &[FileRecord],
) -> Plan {
    candidates.sort_by_key(|index| files.get(*index).map(|record| rank(record, &look.hint)));
    let mut best: Option<(usize, &FileRecord, Vec<u8>)> = None;
    let mut missed = false;
    for index in candidates {
        let Some(record) = files.get(index) else {
            continue; // there is none: indexes are of this list
        };
        // The head was read already: a shorter log is compared with that.
        let recent = if record.offset < content.offset {
            look.head.get(..record.offset as usize).map(<[u8]>::to_vec)
        } else {
            content.go_to(record.offset).then(|| content.recent.clone())
        };
        let Some(recent) = recent else {
            missed |= record.head.len as usize >= COPY_MIN_BYTES;
            break;
        };
        let start = recent.len().checked_sub(record.tail.len as usize);
        let tail = start.and_then(|start| recent.get(start..));
        if tail.is_some_and(|tail| Print::of(tail) == record.tail) {
            best = Some((index, record, recent));
        }
    }
    if content.failed.is_some() && missed {
        // The beginning of a log that is known further: a copy still being written.
        let record = best.map(|(index, ..)| index);
        return Plan::Nothing { record };
    }
    let Some((index, record, before)) = best else {
        let is_short = look.head.len() < FINGERPRINT_BYTES;
        return match content.failed.take() {
            // Too little to tell whether it is the beginning of a log that is known: its
            // lines are counted when there is more of it.
            Some(error) if is_short => Plan::Failed(error),
            _ => Plan::anew(),
        };
    };
    // Is anything behind what is known?
    let wanted = record.offset.max(record.copied_to) + record.unended_bytes;
    let mut end = content.offset;
    while end <= wanted && !content.next(wanted + 1 - end).is_empty() {
        end = content.offset;
    }
    let is_over = end <= wanted && content.failed.is_none();
    let is_known = end == record.offset
        || end <= record.copied_to
        || end == record.offset + record.unended_bytes;
    if is_over && is_known {
        return Plan::Nothing {
            record: Some(index),
        };
    }
    // All that can be read of it is known from another log: a copy still being written, of
    // which only the trailer is missing. Read on, it would become a log of its own.
    let is_own = record.hint.path == look.hint.path
        || (record.hint.dev, record.hint.ino) == (look.hint.dev, look.hint.ino);
    if end <= wanted
        && is_known
        && !is_own
        && let Some(error) = content.failed.take()
    {
        return Plan::Failed(error);
    }
    read_on(index, record, before)
}

/// A compressed file as it is stored; `None` if it shrinks meanwhile.
pub fn archive_print(file: &File, size: u64) -> Option<Archive> {
    let length = (FINGERPRINT_BYTES as u64).min(size);
    Some(Archive {
        size,
        head: Print::of(&exactly(file, 0, length)?),
        tail: Print::of(&exactly(file, size - length, length)?),
    })
}

/// Device and inode, where there is such a thing.
pub fn identity(metadata: &Metadata) -> (u64, u64) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        (metadata.dev(), metadata.ino())
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        (0, 0)
    }
}

/// Of several files that claim one short record, only one continues it: a few equal
/// bytes are no evidence against files that both exist.
pub fn settle_claims(looks: &mut [Look], files: &[FileRecord]) {
    let mut claims: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, look) in looks.iter().enumerate() {
        let (Plan::Read { record, .. } | Plan::Nothing { record }) = &look.plan else {
            continue; // failed: claims nothing
        };
        if let Some(record) = record {
            claims.entry(*record).or_default().push(at);
        }
    }
    for (record, claimants) in claims {
        let Some(known) = files.get(record) else {
            continue; // there is none: indexes are of this list
        };
        if claimants.len() < 2 || known.offset >= COPY_MIN_BYTES as u64 {
            continue; // not in dispute
        }
        let of = |at: &usize| {
            let look = looks.get(*at)?;
            Some((look.cut_off.is_none(), rank(known, &look.hint)))
        };
        // The first of equals: names are sorted.
        let winner = claimants
            .iter()
            .copied()
            .reduce(|a, b| if of(&b) > of(&a) { b } else { a });
        for at in claimants.into_iter().filter(|at| Some(*at) != winner) {
            let Some(look) = looks.get_mut(at).filter(|look| look.file.is_some()) else {
                continue; // an archive that is known whole by its stored bytes stays known
            };
            match look.cut_off.take() {
                // Perhaps a copy still being written, and too little of it to be told by
                // `copies`. What else it holds is counted when there is more of it.
                Some(error) if look.head.len() < COPY_MIN_BYTES => {
                    look.plan = Plan::Failed(error);
                    look.file = None;
                }
                _ => look.plan = Plan::anew(),
            }
        }
    }
}
