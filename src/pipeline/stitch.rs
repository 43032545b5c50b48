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

/// The stitching of one input's segments, in order.
#[derive(Default)]
struct Stitching {
    next: u64,
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

    /// Takes a segment's seam; gives what is complete now that it is in order.
    pub(super) fn stitch(&self, input: usize, segment: u64, seam: Seam) -> Vec<Piece> {
        let mut inputs = self.inputs();
        let stitching = inputs.entry(input).or_default();
        stitching.waiting.insert(segment, seam);
        let mut ready = Vec::new();
        while let Some(seam) = stitching.waiting.remove(&stitching.next) {
            stitching.next += 1;
            let whole = stitching.whole.get_or_insert_with(Seam::at_start);
            ready.extend(whole.append(seam).into_iter().map(|(_, piece)| piece));
        }
        ready
    }

    /// Adds to an input's line counts.
    pub(super) fn add(&self, input: usize, count: LineCount) {
        let mut inputs = self.inputs();
        let total = &mut inputs.entry(input).or_default().count;
        total.lines += count.lines;
        total.malformed += count.malformed;
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
