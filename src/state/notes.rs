//! Writes down, for the next run, how each log is known again and how far it was read.

use super::content::{exactly, trim};
use super::copies::Copy;
use super::look::{Look, archive_print};
use super::meta::{FileRecord, Meta, Print};
use super::row::{Row, Share};
use crate::block::InputOutcome;
use crate::limits::FINGERPRINT_BYTES;
use crate::pipeline::stitch::LineCount;
use std::collections::{BTreeMap, BTreeSet};

/// An input that was read.
pub struct Done {
    /// Bytes, and where they end.
    pub outcome: InputOutcome,
    /// Lines counted.
    pub lines: LineCount,
    /// Where records begin that wait for their rest.
    pub open: Vec<u64>,
}

/// Writes the records of logs.
pub struct Notes<'m> {
    meta: &'m mut Meta,
    /// Records that a log has continued in this run.
    taken: BTreeSet<usize>,
    /// By input, the record of it.
    records: BTreeMap<usize, usize>,
}

impl<'m> Notes<'m> {
    /// None yet.
    pub fn new(meta: &'m mut Meta) -> Self {
        Self {
            meta,
            taken: BTreeSet::new(),
            records: BTreeMap::new(),
        }
    }

    pub fn seen(&mut self, at: usize, look: &Look, record: Option<usize>) {
        let seq = self.meta.seq;
        if let Some(index) = record
            && let Some(record) = self.meta.files.get_mut(index)
        {
            record.seen_seq = seq;
            if look.archive.is_some() {
                // Known without decoding from now on.
                record.archive = look.archive;
            }
            if self.taken.insert(index) {
                record.hint = look.hint.clone();
            }
            self.records.insert(at, index);
        }
    }

    /// The record to write to: the one that the log continues, if no other log has.
    fn place(
        &mut self,
        at: usize,
        record: Option<usize>,
        consumed: u64,
    ) -> Option<&mut FileRecord> {
        let index = match record {
            Some(index) if self.taken.insert(index) => index,
            _ if consumed == 0 => return None,
            _ => {
                self.meta.files.push(FileRecord::default());
                self.meta.files.len() - 1
            }
        };
        self.taken.insert(index);
        self.records.insert(at, index);
        self.meta.files.get_mut(index)
    }

    pub fn read(
        &mut self,
        at: usize,
        look: &Look,
        (record, from, known_to, before): (Option<usize>, u64, u64, Vec<u8>),
        done: &Done,
        row: &mut Row,
    ) {
        let Some(file) = &look.file else { return };
        let outcome = &done.outcome;
        let consumed = from + outcome.bytes - outcome.unended_bytes;
        let head_bytes = consumed.min(FINGERPRINT_BYTES as u64);
        let (head, tail) = if look.archive.is_some() {
            let head = look.head.get(..head_bytes as usize).map(Print::of);
            let mut tail = before;
            if consumed - from > outcome.tail.len() as u64 {
                tail.clear();
            }
            tail.extend_from_slice(&outcome.tail);
            trim(&mut tail);
            (head, tail)
        } else {
            let head = exactly(file, 0, head_bytes).as_deref().map(Print::of);
            let tail = exactly(file, consumed - head_bytes, head_bytes);
            (head, tail.unwrap_or_default())
        };
        let archive = look.archive.filter(|archive| {
            outcome.error.is_none() && archive_print(file, archive.size) == Some(*archive)
        });
        // A record that another log has continued in this run is that one's now.
        let mine = record.filter(|record| !self.taken.contains(record));
        let old = mine.and_then(|record| self.meta.files.get(record)).cloned();
        let old = old.unwrap_or_default();
        let seq = self.meta.seq;
        row.new = Share {
            bytes: consumed.saturating_sub(known_to) + outcome.unended_bytes,
            lines: done.lines,
        };
        let is_worth = consumed.max(u64::from(archive.is_some()));
        let Some(place) = self.place(at, mine, is_worth) else {
            return;
        };
        *place = FileRecord {
            hint: look.hint.clone(),
            head: head.unwrap_or(old.head),
            tail: if consumed == old.offset {
                old.tail
            } else {
                Print::of(&tail)
            },
            offset: consumed,
            open: done.open.clone(),
            unended_bytes: outcome.unended_bytes,
            copied_to: old.copied_to,
            archive,
            lines: old.lines + done.lines.lines,
            malformed: old.malformed + done.lines.malformed,
            seen_seq: seq,
        };
    }

    /// A copy is known as far as it goes, if what it is a copy of was read that far.
    pub fn copied(&mut self, at: usize, look: &Look, copy: &Copy) {
        let original = self.records.get(&copy.of);
        let copied_to = original
            .and_then(|index| self.meta.files.get(*index))
            .map_or(0, |record| record.offset);
        let Some(end) = &copy.end else {
            return; // not complete: the whole of it will be known by the original
        };
        if copied_to < end.offset {
            return; // the original was not read: the copy will be
        }
        let head_bytes = end.offset.min(FINGERPRINT_BYTES as u64) as usize;
        let head = look.head.get(..head_bytes).map(Print::of);
        let seq = self.meta.seq;
        if let Some(head) = head
            && let Some(place) = self.place(at, None, end.offset)
        {
            *place = FileRecord {
                hint: look.hint.clone(),
                head,
                tail: Print::of(&end.tail),
                offset: end.offset,
                copied_to,
                archive: look.archive,
                seen_seq: seq,
                ..FileRecord::default()
            };
        }
    }

    pub fn share(&self, at: usize) -> Share {
        let index = self.records.get(&at);
        let record = index.and_then(|index| self.meta.files.get(*index));
        record.map_or_else(Share::default, |record| Share {
            bytes: if record.lines == 0 {
                0
            } else {
                record.offset + record.unended_bytes
            },
            lines: LineCount {
                lines: record.lines,
                malformed: record.malformed,
            },
        })
    }
}
