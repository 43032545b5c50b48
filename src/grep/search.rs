//! A worker: blocks → candidates → the lines that matter.

use super::batch::{Batch, Line, Note, Role};
use super::confirm::{Confirm, Rules};
use super::filter::{Candidate, Filter};
use super::lanes::{Found, Lanes};
use super::order::Order;
use super::wanted::Match;
use crate::block::{Block, Consume};
use crate::pipeline::stitch::Shared;
use memchr::memchr_iter;
use std::collections::VecDeque;
use std::ops::Range;

/// What a worker must find out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Task {
    /// Lines before and after a wanted one.
    pub(super) before: usize,
    pub(super) after: usize,
    /// Count lines.
    pub(super) numbers: bool,
    /// Keep texts.
    pub(super) texts: bool,
    /// Keep ids and details.
    pub(super) notes: bool,
    /// Wanted lines of an input beyond these do not matter.
    pub(super) most: u64,
}

impl Task {
    const fn has_context(&self) -> bool {
        self.before > 0 || self.after > 0
    }
}

/// One worker.
pub(super) struct Searcher<'s, 'o, 'r> {
    task: Task,
    filter: &'s Filter<'s>,
    how: Match,
    confirm: Confirm<'s>,
    order: &'r Order<'s, 'o>,
    lanes: Lanes,
    batch: Batch,
    /// Wanted lines in the batch, pieces not counted.
    wanted: u64,
    candidates: Vec<Candidate>,
    pieces: Vec<Found>,
    /// Lines before the next one, in case it is wanted.
    recent: VecDeque<Recent>,
    /// Lines up to this one follow a wanted one.
    near_until: u64,
}

/// A line that may become context.
struct Recent {
    index: u64,
    byte_offset: u64,
    text: RecentText,
}

enum RecentText {
    /// In the current block.
    Here(Range<usize>),
    Kept(Vec<u8>),
}

impl<'s, 'o, 'r> Searcher<'s, 'o, 'r> {
    pub(super) fn new(
        task: Task,
        rules: Rules<'s>,
        shared: &'s Shared,
        filter: &'s Filter<'s>,
        order: &'r Order<'s, 'o>,
    ) -> Self {
        Self {
            task,
            filter,
            how: rules.wanted.how(),
            confirm: Confirm::new(rules, shared),
            order,
            lanes: Lanes::new(),
            batch: Batch::default(),
            wanted: 0,
            candidates: Vec::new(),
            pieces: Vec::new(),
            recent: VecDeque::new(),
            near_until: 0,
        }
    }

    /// Whether a candidate is wanted, and what is told of it.
    #[expect(
        clippy::option_option,
        reason = "wanted or not, with a note or without"
    )]
    fn decide(&mut self, line: &[u8], literal: bool, first: bool) -> Option<Option<Box<Note>>> {
        let anywhere = self.how == Match::Anywhere && literal;
        let told = self.task.notes;
        let confirmed = (!anywhere || told) && self.confirm.are_wanted(line, first);
        if !confirmed && !anywhere {
            self.batch.elsewhere += u64::from(literal);
            return None;
        }
        if !told {
            return Some(None);
        }
        let mut found = self.confirm.found();
        if anywhere {
            for place in self.filter.places(line) {
                let id = String::from_utf8_lossy(line.get(place).unwrap_or_default());
                if !found.iter().any(|known| *known == id) {
                    found.push(id.into_owned());
                }
            }
        }
        let details = self.confirm.details();
        Some(Some(Box::new(Note {
            found,
            details,
            related: false,
        })))
    }

    fn push(&mut self, index: u64, byte_offset: u64, text: &[u8], role: Role) {
        let is_piece = matches!(role, Role::Piece(..));
        let text = if self.task.texts || is_piece {
            self.batch.text.push(text)
        } else {
            0..0
        };
        self.batch.lines.push(Line {
            index,
            byte_offset,
            text,
            role,
            note: None,
        });
    }

    /// Takes a line that is a candidate or a piece.
    fn take(&mut self, block: &Block<'_>, found: Picked, index: u64) -> bool {
        let range = match &found {
            Picked::Line(candidate) => candidate.line.clone(),
            Picked::Piece(piece) => piece.line.clone(),
        };
        let line = block.bytes().get(range.clone()).unwrap_or_default();
        let byte_offset = block.byte_offset + range.start as u64;
        match found {
            Picked::Line(candidate) => {
                let first = block.first && range.start == 0;
                let Some(note) = self.decide(line, candidate.literal, first) else {
                    return false;
                };
                self.wanted += 1;
                self.flush_recent(block);
                self.push(index, byte_offset, line, Role::Wanted);
                if let Some(last) = self.batch.lines.last_mut() {
                    last.note = note;
                }
            }
            Picked::Piece(piece) => {
                self.flush_recent(block);
                self.push(
                    index,
                    byte_offset,
                    line,
                    Role::Piece(piece.lane, piece.piece),
                );
            }
        }
        true
    }

    /// Hands on what came right before a line that matters.
    fn flush_recent(&mut self, block: &Block<'_>) {
        while let Some(recent) = self.recent.pop_front() {
            let text = match &recent.text {
                RecentText::Here(range) => block.bytes().get(range.clone()).unwrap_or_default(),
                RecentText::Kept(text) => text,
            };
            self.push(recent.index, recent.byte_offset, text, Role::Near);
        }
    }

    /// Without context, only the lines that are picked are looked at.
    fn without_context(&mut self, block: &Block<'_>, picked: Vec<Picked>) {
        let bytes = block.bytes();
        let mut counted = 0;
        for found in picked {
            // Pieces may belong to a record that began before: they always matter.
            if self.wanted >= self.task.most && matches!(found, Picked::Line(_)) {
                continue;
            }
            if self.task.numbers {
                let start = found.start();
                let passed = bytes.get(counted..start).unwrap_or_default();
                self.batch.count += memchr_iter(b'\n', passed).count() as u64;
                counted = start;
            }
            let index = self.batch.count;
            self.take(block, found, index);
        }
        if self.task.numbers {
            let rest = bytes.get(counted..).unwrap_or_default();
            self.batch.count += memchr_iter(b'\n', rest).count() as u64;
            self.batch.count += u64::from(!bytes.ends_with(b"\n"));
        }
    }

    /// With context, every line is passed.
    fn with_context(&mut self, block: &Block<'_>, picked: Vec<Picked>) {
        let bytes = block.bytes();
        let mut picked = picked.into_iter().peekable();
        let mut start = 0;
        while start < bytes.len() {
            let rest = bytes.get(start..).unwrap_or_default();
            let end = start + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let index = self.batch.count;
            self.batch.count += 1;
            let taken = match picked.next_if(|found| found.start() == start) {
                Some(found) => self.take(block, found, index),
                None => false,
            };
            let byte_offset = block.byte_offset + start as u64;
            if taken {
                self.near_until = index + 1 + self.task.after as u64;
            } else if index < self.near_until {
                let line = bytes.get(start..end).unwrap_or_default();
                self.push(index, byte_offset, line, Role::Near);
            } else {
                if self.recent.len() >= self.task.before {
                    self.recent.pop_front();
                }
                if self.task.before > 0 {
                    self.recent.push_back(Recent {
                        index,
                        byte_offset,
                        text: RecentText::Here(start..end),
                    });
                }
            }
            start = end + 1;
        }
        for recent in &mut self.recent {
            if let RecentText::Here(range) = &recent.text {
                let line = bytes.get(range.clone()).unwrap_or_default();
                recent.text = RecentText::Kept(line.to_vec());
            }
        }
    }
}

/// A line to look at.
enum Picked {
    Line(Candidate),
    Piece(Found),
}

impl Picked {
    const fn start(&self) -> usize {
        match self {
            Self::Line(candidate) => candidate.line.start,
            Self::Piece(found) => found.line.start,
        }
    }
}

impl Consume for Searcher<'_, '_, '_> {
    fn segment_start(&mut self, input: usize, segment: u64) {
        self.batch = Batch {
            input,
            segment,
            ..Batch::default()
        };
        self.wanted = 0;
        self.recent.clear();
        // The head of a segment may be context of what ends the one before.
        self.near_until = self.task.after as u64;
        self.lanes.begin(segment == 0);
    }

    fn block(&mut self, block: &Block<'_>) {
        if self.order.is_stopped(block.input) {
            return;
        }
        let bytes = block.bytes();
        let mut candidates = std::mem::take(&mut self.candidates);
        let mut pieces = std::mem::take(&mut self.pieces);
        if self.wanted < self.task.most {
            self.filter.candidates(bytes, &mut candidates);
        }
        self.lanes
            .pieces(bytes, block.first, &mut self.confirm, &mut pieces);
        let mut picked: Vec<Picked> = Vec::new();
        {
            let mut lines = candidates.drain(..).peekable();
            for piece in pieces.drain(..) {
                let before = |line: &Candidate| line.line.start < piece.line.start;
                while let Some(line) = lines.next_if(before) {
                    picked.push(Picked::Line(line));
                }
                lines.next_if(|line| line.line.start == piece.line.start);
                picked.push(Picked::Piece(piece));
            }
            picked.extend(lines.map(Picked::Line));
        }
        self.candidates = candidates;
        self.pieces = pieces;
        if self.task.has_context() {
            self.with_context(block, picked);
        } else {
            self.without_context(block, picked);
        }
    }

    fn skipped_line(&mut self, _: usize, _: u64, byte_offset: u64, length_bytes: u64) {
        self.batch.count += 1;
        self.batch.too_long.push((byte_offset, length_bytes));
    }

    fn segment_end(&mut self, _: usize, _: u64, is_last_of_input: bool) {
        // The tail may be context of what the next segment begins with.
        while let Some(recent) = self.recent.pop_front() {
            if let RecentText::Kept(text) = &recent.text {
                self.push(recent.index, recent.byte_offset, text, Role::Near);
            }
        }
        let mut batch = std::mem::take(&mut self.batch);
        batch.is_last = is_last_of_input;
        self.order.deliver(batch);
    }

    fn no_segment(&mut self, input: usize, failed: bool) {
        self.order.nothing(input, failed);
    }
}
