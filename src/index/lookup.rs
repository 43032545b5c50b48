//! Which parts of a log a search must read.

use super::file::IndexFile;
use super::mark::Likeness;
use super::{Place, block_of};
use crate::grep::locate::{Candidates, IdHash, Locate, Part};
use crate::input::{Input, Pin, Restart};
use crate::limits::INDEX_BLOCK_BYTES;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The indexes that `dslog index` has left.
#[derive(Debug, Default)]
pub struct Indexes {
    /// Where they lie.
    pub place: Place,
    /// See [`super::meaning`]; an index of another is passed over.
    pub meaning: u64,
    /// Indexes that were there and could not be used: changed logs, damage, another meaning.
    pub passed_over: AtomicUsize,
}

impl Locate for Indexes {
    fn candidates(&self, input: &Input, ids: &[IdHash]) -> Candidates {
        let Some(path) = input.file_path().filter(|_| input.range == (0..u64::MAX)) else {
            return Candidates::All;
        };
        // Whatever is wrong with an index, the log itself has the answer.
        match self.parts(path, input, ids) {
            Ok(Some(parts)) => Candidates::Parts(parts),
            Ok(None) | Err(_) => {
                if self.place.of(path).exists() {
                    self.passed_over.fetch_add(1, Ordering::Relaxed);
                }
                Candidates::All
            }
        }
    }
}

impl Indexes {
    fn parts(&self, path: &Path, input: &Input, ids: &[IdHash]) -> io::Result<Option<Vec<Part>>> {
        let index = IndexFile::open(&self.place.of(path))?;
        let directory = &index.directory;
        let log = File::open(path)?;
        let metadata = log.metadata()?;
        if directory.meaning != self.meaning || directory.covered == 0 || !metadata.is_file() {
            return Ok(None);
        }
        let likeness = directory.mark.compare(&log, &metadata)?;
        if likeness == Likeness::Other {
            return Ok(None);
        }
        let hashes: Vec<u64> = ids.iter().map(|id| id.0).collect();
        let mut blocks = index.blocks(&hashes)?;
        // Lines too long to be read have no ids in the index; the search names them.
        blocks.extend_from_slice(&directory.too_long);
        blocks.sort_unstable();
        blocks.dedup();
        let mut ranges = ranges(&index, &blocks)?;
        if likeness == Likeness::Grown || !directory.is_whole {
            match ranges.last_mut() {
                Some(last) if last.end >= directory.covered => last.end = u64::MAX,
                _ => ranges.push(directory.covered..u64::MAX),
            }
        }
        let mut parts: Vec<Part> = Vec::with_capacity(ranges.len());
        for range in ranges {
            let resume = if directory.compressed {
                index.restart_before(range.start)?
            } else {
                None
            };
            // From the same place one would have to decode what lies between again.
            if directory.compressed
                && let Some(last) = parts.last_mut()
                && decodes_from(resume.as_ref()) < last.input.range.end
            {
                last.input.range.end = range.end;
                continue;
            }
            let lines_before = if range.start == directory.covered {
                directory.lines
            } else {
                index.lines_before(block_of(range.start))?
            };
            let mut part = Input::file(path).range(range).resume(resume);
            part.path.clone_from(&input.path);
            part.pin = Some(Pin::of(&metadata));
            parts.push(Part {
                input: part,
                lines_before: Some(lines_before),
            });
        }
        Ok(Some(parts))
    }
}

fn decodes_from(resume: Option<&Restart>) -> u64 {
    resume.map_or(0, |place| place.byte_offset)
}

/// The parts of a log that blocks stand for, as far as it is indexed.
fn ranges(index: &IndexFile, blocks: &[u64]) -> io::Result<Vec<Range<u64>>> {
    let end_block = index.end_block();
    let covered = index.directory.covered;
    let mut ranges: Vec<Range<u64>> = Vec::new();
    let mut next = 0;
    for block in blocks.iter().copied() {
        if block < next || block >= end_block {
            continue;
        }
        // With all blocks that one split record, or a chain of them, ties together.
        let mut first = block;
        while first > 0 && index.is_inner_start(first)? {
            first -= 1;
        }
        let mut end = block + 1;
        while end < end_block && index.is_inner_start(end)? {
            end += 1;
        }
        next = end;
        let range = first * INDEX_BLOCK_BYTES..(end * INDEX_BLOCK_BYTES).min(covered);
        match ranges.last_mut() {
            Some(last) if last.end >= range.start => last.end = range.end,
            _ => ranges.push(range),
        }
    }
    Ok(ranges)
}
