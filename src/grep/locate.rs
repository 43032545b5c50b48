//! Where an index may save reading: the boundary between searching and indexing.
//!
//! A search asks a [`Locate`] for each input which parts of it may hold the wanted ids,
//! and reads those parts only. Whoever answers may err on the side of more, never of
//! less: a part too many costs time, a part too few would be a wrong "not found".

use crate::input::Input;
use crate::template::stable_hash;

/// A request id as an index knows it: the hash of its decoded text. Never changes, so
/// that it can be stored; gives nothing away of the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdHash(pub u64);

impl IdHash {
    /// The hash of an id, as [`super::ids`] tells it.
    pub fn of(id: &str) -> Self {
        Self(stable_hash(id.as_bytes()))
    }
}

/// What of an input must be searched.
#[derive(Debug)]
pub enum Candidates {
    /// Everything: no index, or none that can be trusted.
    All,
    /// These parts only, ascending and disjoint; none where no id can be there.
    Parts(Vec<Part>),
}

/// A part of an input: whole lines, and of a record that its envelope split, all lines.
#[derive(Debug)]
pub struct Part {
    /// Ready to be opened; its `range` says which lines, in decompressed bytes of the
    /// whole input.
    pub input: Input,
    /// Lines of the input before this part, for `-n`; `None` where that is not known.
    pub lines_before: Option<u64>,
}

/// Knows where ids may stand.
pub trait Locate: Sync {
    /// The parts of an input that may hold a line with any of these ids, as
    /// [`super::ids`] finds ids in lines.
    fn candidates(&self, input: &Input, ids: &[IdHash]) -> Candidates;
}

/// Without an index, everything must be searched.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoIndex;

impl Locate for NoIndex {
    fn candidates(&self, _: &Input, _: &[IdHash]) -> Candidates {
        Candidates::All
    }
}
