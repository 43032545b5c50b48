//! Lines held back until it is known what becomes of the records that they are pieces of.

use super::batch::Note;
use super::confirm::Confirm;
use super::detail::Detail;
use crate::limits::MAX_LINE_BYTES;
use crate::line::join::{Lane, Open, Piece};
use std::collections::VecDeque;

/// A line on its way out.
pub(super) struct Held {
    pub(super) number: u64,
    pub(super) byte_offset: u64,
    pub(super) text: Vec<u8>,
    /// `None` until the record that it is a piece of is known.
    pub(super) wanted: Option<bool>,
    pub(super) note: Option<Box<Note>>,
}

/// Lines not yet decided, and those behind them.
pub(super) struct HeldBack<'s> {
    confirm: Confirm<'s>,
    held: VecDeque<Held>,
    /// Number of lines that left `held`, to name those inside.
    passed: u64,
    lanes: [OpenLane; Lane::COUNT],
}

/// A record whose pieces are still coming.
#[derive(Default)]
struct OpenLane {
    open: Open,
    /// Its lines, as counted by `passed` and the place in `held`.
    lines: Vec<u64>,
    bytes: usize,
    /// Lines that were let go because the record is above the cap.
    dropped: u64,
}

impl<'s> HeldBack<'s> {
    pub(super) fn new(confirm: Confirm<'s>) -> Self {
        Self {
            confirm,
            held: VecDeque::new(),
            passed: 0,
            lanes: Default::default(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Takes a line that is decided, to follow those that are held.
    pub(super) fn follow(&mut self, held: Held) {
        self.held.push_back(held);
    }

    /// Takes a piece of a record; decides about the records that are complete now.
    pub(super) fn piece(&mut self, lane: Lane, piece: Piece, held: Held) {
        let place = self.passed + self.held.len() as u64;
        let at = lane.index();
        let mut complete = Vec::new();
        if let Some(lane) = self.lanes.get_mut(at) {
            lane.bytes += held.text.len();
            lane.lines.push(place);
            complete.extend(lane.open.feed(piece).map(|piece| piece.lines));
        }
        self.held.push_back(held);
        for lines in complete {
            self.complete(at, usize::try_from(lines).unwrap_or(usize::MAX));
        }
        self.drop_above_cap(at);
    }

    /// Nothing follows: decides about the records that are still open.
    pub(super) fn finish(&mut self) {
        for lane in 0..Lane::COUNT {
            if self
                .lanes
                .get_mut(lane)
                .is_some_and(|lane| lane.open.finish().is_some())
            {
                self.complete(lane, usize::MAX);
            }
        }
    }

    /// The first line, if it is decided.
    pub(super) fn next_decided(&mut self) -> Option<Held> {
        self.held.front()?.wanted?;
        self.passed += 1;
        self.held.pop_front()
    }

    /// A record of so many lines is complete: decides about them.
    fn complete(&mut self, lane: usize, lines: usize) {
        let Some(lane) = self.lanes.get_mut(lane) else {
            return;
        };
        let dropped = usize::try_from(std::mem::take(&mut lane.dropped)).unwrap_or(usize::MAX);
        let count = lines.saturating_sub(dropped).min(lane.lines.len());
        let places: Vec<u64> = lane.lines.drain(..count).collect();
        let mut record = Vec::new();
        for place in &places {
            if let Some(held) = self.held.get((place - self.passed) as usize) {
                record.extend_from_slice(&held.text);
                record.push(b'\n');
            }
        }
        lane.bytes = lane.bytes.saturating_sub(record.len() - places.len());
        let first = places
            .first()
            .and_then(|place| self.held.get((place - self.passed) as usize))
            .is_some_and(|held| held.byte_offset == 0);
        let wanted = dropped == 0 && self.confirm.are_wanted(&record, first);
        let note = Note {
            found: self.confirm.found(),
            details: self.confirm.details(),
            related: false,
        };
        for (nth, place) in places.iter().enumerate() {
            if let Some(held) = self.held.get_mut((place - self.passed) as usize) {
                held.wanted = Some(wanted);
                let details = if nth == 0 {
                    note.details.clone()
                } else {
                    // The lines after the first say nothing of their own.
                    note.details
                        .iter()
                        .map(|detail| Detail {
                            call: None,
                            ..detail.clone()
                        })
                        .collect()
                };
                held.note = wanted.then(|| {
                    Box::new(Note {
                        found: note.found.clone(),
                        details,
                        related: false,
                    })
                });
            }
        }
    }

    /// A record above the cap for lines is no record: its lines are let go.
    fn drop_above_cap(&mut self, at: usize) {
        let Some(lane) = self
            .lanes
            .get_mut(at)
            .filter(|lane| lane.bytes > MAX_LINE_BYTES)
        else {
            return;
        };
        lane.bytes = 0;
        lane.dropped += lane.lines.len() as u64;
        for place in lane.lines.drain(..) {
            if let Some(held) = self.held.get_mut((place - self.passed) as usize) {
                held.wanted = Some(false);
            }
        }
    }
}
