//! One worker: looks on as lines are read, and notes ids and lines.

use super::block_of;
use super::collect::Collector;
use super::share::{Run, Share};
use super::table::entry;
use crate::block::Block;
use crate::grep::ids;
use crate::grep::locate::IdHash;
use crate::limits::{INDEX_BLOCK_BYTES, INDEX_GROUP_BLOCKS};
use crate::line::join::Lane;
use crate::pipeline::sink::Record;
use crate::pipeline::watch::{Observer, Watch};
use crate::scan::schema::Schema;
use memchr::memchr_iter;

/// Building the indexes of what is read.
#[derive(Clone, Copy)]
pub(super) struct Building<'s> {
    pub(super) schema: &'s Schema,
    pub(super) collector: &'s Collector,
}

impl Watch for Building<'_> {
    fn observer(&self) -> Box<dyn Observer + '_> {
        Box::new(Worker {
            building: *self,
            salt: None,
            share: Share::default(),
            texts: Vec::new(),
            lanes_before: 0,
        })
    }
}

struct Worker<'s> {
    building: Building<'s>,
    /// Of the input being read; `None`: it gets no index.
    salt: Option<u64>,
    share: Share,
    /// Entries of what is no record, by position: which are those of a torn line, that a
    /// segment's end tells.
    texts: Vec<(u64, u64)>,
    /// See [`Run::lanes_before`].
    lanes_before: usize,
}

/// An id as its log's index has it.
fn hash(salt: u64, id: &str) -> u64 {
    super::salted(IdHash::of(id).0, salt)
}

/// Notes an id.
fn note(entries: &mut Vec<(u64, Vec<u64>)>, position: u64, hash: u64) {
    let block = block_of(position);
    let (group, in_group) = (block / INDEX_GROUP_BLOCKS, block % INDEX_GROUP_BLOCKS);
    let entry = entry(hash, in_group as u8);
    match entries.last_mut().filter(|(known, _)| *known == group) {
        // An id often stands twice in a line.
        Some((_, list)) if list.last() == Some(&entry) => {}
        Some((_, list)) => list.push(entry),
        None => entries.push((group, vec![entry])),
    }
}

/// How many lines with their `\n` start in which block of the index.
fn lines(bytes: &[u8], start: u64, lines_end: u64) -> Vec<(u64, u32)> {
    let mut lines = Vec::new();
    let mut from = start;
    while from < lines_end {
        // One at the data's start, and one behind each `\n` but the last.
        let upto = ((block_of(from) + 1) * INDEX_BLOCK_BYTES).min(lines_end);
        let newlines = bytes
            .get((from.max(start + 1) - start - 1) as usize..(upto - start - 1) as usize)
            .unwrap_or_default();
        let count = usize::from(from == start) + memchr_iter(b'\n', newlines).count();
        lines.push((block_of(from), count as u32));
        from = upto;
    }
    lines
}

impl Observer for Worker<'_> {
    fn segment_start(&mut self, input: usize, _segment: u64) {
        self.salt = self.building.collector.salt(input);
        self.texts.clear();
    }

    fn block_start(&mut self) {
        self.lanes_before = self.share.lanes.len();
    }

    fn record(&mut self, record: &Record<'_>) {
        if let Some(salt) = self.salt {
            let entries = &mut self.share.entries;
            let hits = &record.hits.list;
            ids::of_record(self.building.schema, record.json, hits, |id| {
                note(entries, record.position, hash(salt, id));
            });
        }
    }

    fn no_record(&mut self, text: &[u8], position: u64) {
        if let Some(salt) = self.salt {
            let texts = &mut self.texts;
            ids::of_text(text, |id| texts.push((position, hash(salt, id))));
        }
    }

    fn piece(&mut self, lane: Lane, is_open: Option<bool>, position: u64) {
        if let Some(is_open) = is_open {
            let lane = lane.index();
            self.share.lanes.push((block_of(position), lane, is_open));
        }
    }

    fn block_end(&mut self, block: &Block<'_>) {
        if self.salt.is_none() {
            return;
        }
        let (bytes, start) = (block.bytes(), block.byte_offset);
        let lines_end = memchr::memrchr(b'\n', bytes).map_or(start, |at| start + at as u64 + 1);
        self.share.runs.push(Run {
            start,
            lines_end,
            end: start + bytes.len() as u64,
            lines: lines(bytes, start, lines_end),
            skipped: false,
            lanes_before: self.lanes_before,
        });
    }

    fn skipped_line(&mut self, byte_offset: u64, length_bytes: u64) {
        self.share.runs.push(Run {
            start: byte_offset,
            lines_end: byte_offset,
            end: byte_offset + length_bytes,
            lines: vec![(block_of(byte_offset), 1)],
            skipped: true,
            lanes_before: self.share.lanes.len(),
        });
    }

    fn segment_end(&mut self, input: usize, segment: u64, is_last_of_input: bool) {
        let mut share = std::mem::take(&mut self.share);
        // A torn line is searched in any case; it is the last one of its input.
        let torn_from = match share.runs.last() {
            Some(run) if is_last_of_input && !run.skipped => run.lines_end,
            _ => u64::MAX,
        };
        for (position, hash) in self.texts.drain(..) {
            if position < torn_from {
                note(&mut share.entries, position, hash);
            }
        }
        self.building
            .collector
            .segment(input, segment, share, is_last_of_input);
    }

    fn inputs_end(&mut self) {
        // What is open at an input's end is not in its index.
        self.salt = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_where_they_start() {
        let block = INDEX_BLOCK_BYTES;
        let line = |length: u64| [vec![b'x'; length as usize - 1], vec![b'\n']].concat();
        let all = [
            line(10),
            line(block - 10),
            line(3),
            line(2 * block),
            line(5),
            b"torn".to_vec(),
        ]
        .concat();
        let end = all.len() as u64 - 4;
        assert_eq!(lines(&all, 0, end), [(0, 2), (1, 2), (2, 0), (3, 1)]);
        assert_eq!(lines(&all, 7, 7), []);
        assert_eq!(lines(b"\n", block - 1, block), [(0, 1)]);
        assert_eq!(lines(b"\n\n", block - 1, block + 1), [(0, 1), (1, 1)]);
    }
}
