//! Puts the workers' shares of a log in order, and writes each group as soon as it is complete.

use super::file::IndexFile;
use super::group::{Directory, NewPlace};
use super::mark::{Likeness, Mark};
use super::share::{Run, Share};
use super::writer::{Content, Writer};
use super::{GROUP_BYTES, block_of, group_of};
use crate::fault::{Error, Result};
use crate::limits::{INDEX_BLOCK_BYTES, INDEX_GROUP_BLOCKS};
use crate::line::join::Lane;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// What is to be indexed.
pub(super) struct Plan {
    pub(super) log: PathBuf,
    pub(super) target: PathBuf,
    /// Of the log before it is read.
    pub(super) mark: Mark,
    pub(super) salt: u64,
    pub(super) meaning: u64,
    pub(super) compressed: bool,
    /// To be extended.
    pub(super) old: Option<IndexFile>,
}

/// What an index came to.
#[derive(Clone, Debug)]
pub struct Written {
    /// Lines in it.
    pub lines: u64,
    /// Ids in it; one that recurs counts once for each 256 KiB.
    pub ids: u64,
    /// Bytes of the log that it covers, decompressed.
    pub log_bytes: u64,
    /// Its own.
    pub index_bytes: u64,
}

/// What the decoder has told.
#[derive(Default)]
pub(super) struct Places {
    pub(super) list: Vec<NewPlace>,
    /// The whole input's length in decompressed bytes, once it has ended cleanly.
    pub(super) end: Option<u64>,
}

/// The index of a log that is being read.
pub(super) struct Assembly {
    plan: Plan,
    /// The next segment in order, and those that came before their turn.
    next: u64,
    waiting: BTreeMap<u64, (Share, bool)>,
    /// Where the next line must start, or a piece of the log was not read.
    end: u64,
    /// A line too long to be read, until it is known whether it has ended.
    unsure: Option<Run>,
    /// Blocks with lines that are too long, ascending.
    too_long: Vec<u64>,
    /// Lanes with an open record.
    open: [bool; Lane::COUNT],
    /// The first block of which it is not known whether it starts within a record.
    undecided: u64,
    /// The last start of lines at which nothing was open, and the lines since.
    clean_at: Option<u64>,
    since_clean: Vec<(u64, u32)>,
    /// The group being collected, and the next ones.
    group: u64,
    contents: BTreeMap<u64, Content>,
    writer: Option<Writer>,
    done: Option<Result<Written>>,
}

impl Assembly {
    pub(super) fn new(plan: Plan) -> std::io::Result<Self> {
        let mut assembly = Self {
            plan,
            next: 0,
            waiting: BTreeMap::new(),
            end: 0,
            unsure: None,
            too_long: Vec::new(),
            open: [false; Lane::COUNT],
            undecided: 0,
            clean_at: Some(0),
            since_clean: Vec::new(),
            group: 0,
            contents: BTreeMap::new(),
            writer: None,
            done: None,
        };
        let Some(old) = &assembly.plan.old else {
            return Ok(assembly);
        };
        let covered = old.directory.covered;
        let blocks = old.end_block();
        assembly.too_long.clone_from(&old.directory.too_long);
        assembly.end = covered;
        assembly.clean_at = Some(covered);
        assembly.undecided = blocks;
        assembly.group = group_of(block_of(covered));
        if let Some(group) = old.directory.groups.get(assembly.group as usize) {
            let kept = blocks.saturating_sub(assembly.group * INDEX_GROUP_BLOCKS);
            let mut detail = old.detail(group)?;
            detail.lines.truncate(kept as usize);
            detail.inner_starts.truncate(kept as usize);
            let mut entries = old.entries(group)?;
            entries.retain(|entry| entry & 0xff < kept);
            let resumed_at = old
                .restart_before(covered)?
                .map_or(0, |place| place.byte_offset);
            let mut places = Vec::new();
            for place in detail.restarts {
                // Those behind are told again.
                if place.byte_offset <= resumed_at {
                    let window = match &place.deflate {
                        Some(deflate) => old.section(deflate.window)?,
                        None => Vec::new(),
                    };
                    places.push(NewPlace { place, window });
                }
            }
            let content = Content {
                entries,
                lines: detail.lines,
                inner_starts: detail.inner_starts,
                places,
            };
            assembly.contents.insert(assembly.group, content);
        }
        Ok(assembly)
    }

    /// Takes what a segment gave, and what has waited for it.
    pub(super) fn segment(
        &mut self,
        segment: u64,
        share: Share,
        is_last: bool,
        places: &Mutex<Places>,
    ) {
        self.waiting.insert(segment, (share, is_last));
        while let Some((share, is_last)) = self.waiting.remove(&self.next) {
            self.next += 1;
            if self.done.is_some() {
                continue;
            }
            let taken = self.take(share, places);
            self.done = match taken {
                Ok(()) if is_last => Some(self.finish(places)),
                Ok(()) => None,
                Err(error) => Some(Err(error)),
            };
            if self.done.is_some() {
                // Files and memory are wanted by other logs.
                self.writer = None;
                self.contents.clear();
                self.plan.old = None;
            }
        }
    }

    /// What became of it, and where it was to be written.
    pub(super) fn end(
        mut self,
        readable: bool,
        places: &Mutex<Places>,
    ) -> Option<(Result<Written>, PathBuf)> {
        // Without a new byte there was no segment.
        if self.done.is_none() && readable && self.next == 0 && self.waiting.is_empty() {
            self.done = Some(self.finish(places));
        }
        Some((self.done?, self.plan.target))
    }

    fn trouble(&self, what: &str) -> Error {
        Error::new(what)
            .at(&self.plan.log)
            .hint("run dslog index again")
    }

    /// Takes the next segment's share.
    fn take(&mut self, share: Share, places: &Mutex<Places>) -> Result<()> {
        for (group, mut entries) in share.entries {
            // The end of a record that was torn long ago: everything since was open, so
            // any block since will do.
            if group < self.group {
                entries.iter_mut().for_each(|entry| *entry &= !0xff);
            }
            let content = self.contents.entry(group.max(self.group)).or_default();
            content.entries.append(&mut entries);
        }
        let mut lanes = share.lanes.iter();
        let mut lanes_done = 0;
        for run in share.runs {
            for effect in lanes.by_ref().take(run.lanes_before - lanes_done) {
                self.lane(*effect);
            }
            lanes_done = run.lanes_before;
            self.run(run)?;
        }
        for effect in lanes {
            self.lane(*effect);
        }
        while self.end >= (self.group + 1) * GROUP_BYTES {
            self.close(places)?;
        }
        Ok(())
    }

    /// A record was opened or closed in a block.
    fn lane(&mut self, (block, lane, is_open): (u64, usize, bool)) {
        self.decide(block + 1);
        if let Some(open) = self.open.get_mut(lane) {
            *open = is_open;
        }
    }

    /// The blocks up to `end` start in the present state.
    fn decide(&mut self, end: u64) {
        let is_inner = self.open.contains(&true);
        while self.undecided < end {
            let block = self.undecided;
            if is_inner {
                let content = self.contents.entry(group_of(block)).or_default();
                set(&mut content.inner_starts, block, true);
            }
            self.undecided += 1;
        }
    }

    fn run(&mut self, run: Run) -> Result<()> {
        if let Some(skipped) = self.unsure.take() {
            self.since_clean.extend(skipped.lines);
            self.end = skipped.end + 1;
        }
        if run.start != self.end {
            return Err(self.trouble("could not be read in full, so it gets no index"));
        }
        if !self.open.contains(&true) {
            self.clean_at = Some(run.start);
            self.flush_lines(u64::MAX);
        }
        self.end = run.lines_end;
        if run.skipped {
            let block = block_of(run.start);
            if self.too_long.last() != Some(&block) {
                self.too_long.push(block);
            }
            self.unsure = Some(run);
        } else {
            self.since_clean.extend(run.lines);
        }
        Ok(())
    }

    /// Counts the lines of the blocks before `end`.
    fn flush_lines(&mut self, end: u64) {
        let now = self.since_clean.partition_point(|(block, _)| *block < end);
        for (block, lines) in self.since_clean.drain(..now) {
            let content = self.contents.entry(group_of(block)).or_default();
            let at = (block % INDEX_GROUP_BLOCKS) as usize;
            if content.lines.len() <= at {
                content.lines.resize(at + 1, 0);
            }
            if let Some(count) = content.lines.get_mut(at) {
                *count += lines;
            }
        }
    }

    /// Writes the group being collected.
    fn close(&mut self, places: &Mutex<Places>) -> Result<()> {
        let end_block = (self.group + 1) * INDEX_GROUP_BLOCKS;
        self.decide(end_block);
        if self.open.contains(&true) && self.since_clean.iter().any(|(block, _)| *block < end_block)
        {
            // What is written cannot be taken back.
            self.clean_at = None;
        }
        self.flush_lines(end_block);
        let mut content = self.contents.remove(&self.group).unwrap_or_default();
        let end = (self.group + 1) * GROUP_BYTES;
        {
            let mut places = places.lock().unwrap_or_else(PoisonError::into_inner);
            let here = places
                .list
                .partition_point(|new| new.place.byte_offset < end);
            content.places.extend(places.list.drain(..here));
        }
        let blocks = content.lines.len().max(content.inner_starts.len());
        content.lines.resize(blocks, 0);
        content.inner_starts.resize(blocks, false);
        let keep = self.group as usize;
        let target = &self.plan.target;
        let written = match &mut self.writer {
            Some(writer) => writer.group(content),
            none => {
                let old = self.plan.old.as_ref().map(|old| (old, keep));
                Writer::create(target, old).and_then(|writer| none.insert(writer).group(content))
            }
        };
        written.map_err(|error| Error::io(target, &error))?;
        self.group += 1;
        Ok(())
    }

    /// The log has been read: completes its index.
    fn finish(&mut self, places: &Mutex<Places>) -> Result<Written> {
        let mut covered = self.end;
        if self.open.contains(&true) {
            // A record may go on in what will be appended: from its start on, all is
            // left to the search.
            self.since_clean.clear();
            self.open = Default::default();
            covered = self.clean_at.unwrap_or(0);
        }
        self.flush_lines(u64::MAX);
        let log = File::open(&self.plan.log).map_err(|e| Error::io(&self.plan.log, &e))?;
        let metadata = log.metadata().map_err(|e| Error::io(&self.plan.log, &e))?;
        let likeness = self
            .plan
            .mark
            .compare(&log, &metadata)
            .map_err(|e| Error::io(&self.plan.log, &e))?;
        if likeness == Likeness::Other || (likeness == Likeness::Grown && self.plan.compressed) {
            return Err(self.trouble("changed while it was being indexed"));
        }
        let before = &self.plan.mark;
        let mark = if self.plan.compressed || covered <= before.size {
            let modified_ns = before.modified_ns.filter(|_| likeness == Likeness::Same);
            before.timed(modified_ns)
        } else {
            Mark::take(&log, covered, None).map_err(|e| Error::io(&self.plan.log, &e))?
        };
        let end = places.lock().unwrap_or_else(PoisonError::into_inner).end;
        let is_whole = if self.plan.compressed {
            end == Some(covered)
        } else {
            covered == mark.size
        };
        while self.group * GROUP_BYTES < covered
            || !places
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .list
                .is_empty()
        {
            self.close(places)?;
        }
        if self.writer.is_none() {
            // Nothing but what the old index has, or nothing at all.
            self.close(places)?;
        }
        let target = &self.plan.target;
        let Some(mut writer) = self.writer.take() else {
            return Err(self.trouble("has no index"));
        };
        if covered == 0 {
            writer.groups.clear();
        }
        self.too_long
            .retain(|block| block * INDEX_BLOCK_BYTES < covered);
        let directory = Directory {
            meaning: self.plan.meaning,
            mark,
            salt: self.plan.salt,
            compressed: self.plan.compressed,
            covered,
            is_whole,
            lines: if covered == 0 { 0 } else { writer.lines() },
            too_long: std::mem::take(&mut self.too_long),
            groups: std::mem::take(&mut writer.groups),
        };
        let ids = directory.groups.iter().map(|group| group.entries).sum();
        let index_bytes = writer
            .finish(&directory, target, &metadata)
            .map_err(|error| Error::io(target, &error))?;
        Ok(Written {
            lines: directory.lines,
            ids,
            log_bytes: covered,
            index_bytes,
        })
    }
}

fn set(list: &mut Vec<bool>, block: u64, value: bool) {
    let at = (block % INDEX_GROUP_BLOCKS) as usize;
    if list.len() <= at {
        list.resize(at + 1, false);
    }
    if let Some(place) = list.get_mut(at) {
        *place = value;
    }
}
