//! Lines that Docker or CRI may have split a record into.
//!
//! A piece of a split record shows nothing of the other pieces, and an id may be split
//! itself. So every line that may be a piece is handed on, to be joined where segments
//! are put in order. Whole lines of containers, nearly all, are recognised in passing.

use super::confirm::Confirm;
use super::filter::line_at;
use crate::line::join::{Ending, Lane, Piece};
use crate::line::{self, Stream};
use memchr::memmem;
use std::ops::Range;

/// Bytes at a line's end in which Docker's `stream` stands.
const TAIL_BYTES: usize = 128;

/// A piece in a block.
pub(super) struct Found {
    pub(super) line: Range<usize>,
    pub(super) lane: Lane,
    pub(super) piece: Piece,
}

/// What is open in the lanes of a segment.
pub(super) struct Lanes {
    /// `std`, as in `stdout` and `stderr`, which every such line holds.
    std: memmem::Finder<'static>,
    tail: memmem::Finder<'static>,
    states: [State; Lane::COUNT],
}

#[derive(Clone, Copy, Default)]
struct State {
    /// Whether a record is open does not depend on earlier segments.
    settled: bool,
    open: bool,
}

impl Lanes {
    pub(super) fn new() -> Self {
        Self {
            std: memmem::Finder::new(b"std"),
            tail: memmem::Finder::new(b"\\n\",\"stream\":\"std"),
            states: [State::default(); Lane::COUNT],
        }
    }

    /// A segment begins. `is_start`: nothing can be open before it.
    pub(super) fn begin(&mut self, is_start: bool) {
        self.states = [State {
            settled: is_start,
            open: false,
        }; Lane::COUNT];
    }

    /// The pieces in a block, in order.
    pub(super) fn pieces(
        &mut self,
        bytes: &[u8],
        first: bool,
        confirm: &mut Confirm<'_>,
        out: &mut Vec<Found>,
    ) {
        out.clear();
        let mut from = 0;
        while let Some(at) = self.std.find(bytes.get(from..).unwrap_or_default()) {
            let at = from + at;
            from = at + 3;
            let word = bytes.get(at + 3..at + 6);
            if word != Some(b"out") && word != Some(b"err") {
                continue;
            }
            let range = line_at(bytes, at);
            from = range.end;
            let line = bytes.get(range.clone()).unwrap_or_default();
            if let Some(lane) = self.whole(line)
                && let Some(state) = self.states.get(lane.index())
                && state.settled
                && !state.open
            {
                continue;
            }
            let Some((lane, piece)) = confirm.piece(line, first && range.start == 0) else {
                continue;
            };
            let Some(state) = self.states.get_mut(lane.index()) else {
                continue;
            };
            let ends = matches!(piece.ending, Ending::Final | Ending::Whole);
            let stands_alone = ends && state.settled && !state.open;
            *state = State {
                settled: state.settled || ends,
                open: !ends,
            };
            if !stands_alone {
                out.push(Found {
                    line: range,
                    lane,
                    piece,
                });
            }
        }
    }

    /// The lane of a line that surely ends its record.
    fn whole(&self, line: &[u8]) -> Option<Lane> {
        if let Some(cri) = line::cri(line) {
            return (!cri.partial).then_some(Lane {
                docker: false,
                stream: cri.stream,
            });
        }
        let tail = line.get(line.len().saturating_sub(TAIL_BYTES)..)?;
        let at = self.tail.find(tail)?;
        let word = tail.get(at + self.tail.needle().len()..)?.get(..3)?;
        let stream = if word == b"out" {
            Stream::Stdout
        } else {
            Stream::Stderr
        };
        // The backslash of `\n` is none of a `\\` before an `n`.
        let before = tail.get(..at)?;
        let escapes = before.iter().rev().take_while(|b| **b == b'\\').count();
        (escapes % 2 == 0 && escapes < before.len()).then_some(Lane {
            docker: true,
            stream,
        })
    }
}
