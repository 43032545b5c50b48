//! Segments of an input put in order again: records across their ends, and line counts.

use crate::line::join::{Piece, Seam};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the inputs' segments share: the ends that must be stitched, and line counts.
#[derive(Default)]
pub struct Shared {
    inputs: Mutex<BTreeMap<usize, Stitching>>,
    resume: BTreeMap<usize, Resume>,
}

/// What an earlier run has counted of an input.
#[derive(Clone, Debug, Default)]
pub struct Resume {
    /// All lines that start before this offset, in decompressed bytes, …
    pub counted_to: u64,
    /// … but for those that start here, ascending: parts of records without their ends.
    pub open: Vec<u64>,
}

impl Resume {
    pub(super) fn has_counted(&self, position: u64) -> bool {
        position < self.counted_to && self.open.binary_search(&position).is_err()
    }
}

/// Lines of one input.
#[derive(Clone, Copy, Debug, Default)]
pub struct LineCount {
    /// All lines.
    pub lines: u64,
    /// Malformed ones.
    pub malformed: u64,
}

impl LineCount {
    fn add(&mut self, other: Self) {
        self.lines += other.lines;
        self.malformed += other.malformed;
    }
}

/// The stitching of one input's segments, in order.
#[derive(Default)]
struct Stitching {
    next: u64,
    /// Those that came too early; most inputs never have one, and pay nothing for it.
    waiting: BTreeMap<u64, Seam>,
    whole: Option<Seam>,
    count: LineCount,
}

/// What is left when all segments are done.
#[derive(Default)]
pub(super) struct Left {
    /// Pieces that nothing completes, with the inputs (by index) that they are of.
    pub pieces: Vec<(usize, Piece)>,
    /// Where the lines start that wait for the rest of their records, in inputs that go on.
    pub held: BTreeMap<usize, Vec<u64>>,
}

impl Shared {
    /// For inputs (by index) of which earlier runs have counted something.
    pub fn resuming(resume: BTreeMap<usize, Resume>) -> Self {
        Self {
            resume,
            ..Self::default()
        }
    }

    /// Line counts by input.
    pub fn counts(&self) -> BTreeMap<usize, LineCount> {
        self.inputs()
            .iter()
            .map(|(input, stitching)| (*input, stitching.count))
            .collect()
    }

    /// What an earlier run has counted of an input, if it was resumed.
    pub(super) fn resume(&self, input: usize) -> Option<&Resume> {
        self.resume.get(&input)
    }

    /// Takes a segment's line counts and its seam; gives what is complete now that it is in order.
    pub(super) fn stitch(
        &self,
        (input, segment): (usize, u64),
        count: LineCount,
        seam: Seam,
    ) -> Vec<Piece> {
        let mut inputs = self.inputs();
        let stitching = inputs.entry(input).or_default();
        stitching.count.add(count);
        let mut next = if segment == stitching.next {
            Some(seam)
        } else {
            stitching.waiting.insert(segment, seam);
            None
        };
        let mut ready = Vec::new();
        while let Some(seam) = next {
            stitching.next += 1;
            let whole = stitching.whole.get_or_insert_with(Seam::at_start);
            ready.extend(whole.append(seam).into_iter().map(|(_, piece)| piece));
            next = stitching.waiting.remove(&stitching.next);
        }
        ready
    }

    /// Adds to an input's line counts.
    pub(super) fn add(&self, input: usize, count: LineCount) {
        let mut inputs = self.inputs();
        inputs.entry(input).or_default().count.add(count);
    }

    /// Ends all inputs. In those (by index) that `hold` says will go on, lines that wait for
    /// the rest of their records are held, and no longer counted.
    pub(super) fn finish(&self, hold: impl Fn(usize) -> bool) -> Left {
        let mut left = Left::default();
        for (&input, stitching) in self.inputs().iter_mut() {
            let pieces = &mut left.pieces;
            let mut leave = |(_, piece)| pieces.push((input, piece));
            let whole = stitching.whole.get_or_insert_with(Seam::at_start);
            // Segments behind one that could not be read have waited in vain.
            for (_, seam) in std::mem::take(&mut stitching.waiting) {
                whole.append(seam).into_iter().for_each(&mut leave);
            }
            if hold(input) {
                let lines = whole.open_lines();
                stitching.count.lines -= lines.len() as u64;
                left.held.insert(input, lines);
                continue; // not lost: a later run reads and counts these lines
            }
            whole.finish().into_iter().for_each(&mut leave);
        }
        left
    }

    fn inputs(&self) -> MutexGuard<'_, BTreeMap<usize, Stitching>> {
        self.inputs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Stream;
    use crate::line::join::{Ending, Lane};

    const LANE: Lane = Lane {
        docker: true,
        stream: Stream::Stdout,
    };

    /// The seam of a segment that has one piece.
    fn seam(segment: u64, text: &str, ending: Ending) -> Seam {
        let mut seam = if segment == 0 {
            Seam::at_start()
        } else {
            Seam::default()
        };
        let piece = Piece {
            text: text.into(),
            ending,
            time_ms: None,
            lines: 1,
            position: segment,
            earlier: Vec::new(),
            too_long: false,
        };
        assert_eq!(seam.feed(LANE, piece), []);
        seam
    }

    #[test]
    fn segments_may_end_in_any_order() {
        let parts = [
            ("{\"a\":", Ending::Partial),
            ("1", Ending::Partial),
            ("}", Ending::Final),
        ];
        for order in [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ] {
            let shared = Shared::default();
            let mut records = Vec::new();
            for (done, segment) in order.into_iter().enumerate() {
                let (text, ending) = parts[segment];
                let count = LineCount {
                    lines: 10,
                    malformed: segment as u64,
                };
                let segment = segment as u64;
                let ready = shared.stitch((7, segment), count, seam(segment, text, ending));
                assert!(done == 2 || ready.is_empty(), "{order:?}");
                records.extend(ready);
            }
            let [record] = &*records else {
                panic!("{order:?}: one record");
            };
            assert_eq!((&*record.text, record.lines), (&b"{\"a\":1}"[..], 3));
            let count = shared.counts()[&7];
            assert_eq!((count.lines, count.malformed), (30, 3));
            assert!(shared.inputs()[&7].waiting.is_empty());
        }
    }
}
