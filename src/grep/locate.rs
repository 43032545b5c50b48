//! Where an index may save reading: the boundary between searching and indexing.
//!
//! A search asks a [`Locate`] for each input which parts of it may hold the wanted ids,
//! and reads those parts only. Whoever answers may err on the side of more, never of
//! less: a part too many costs time, a part too few would be a wrong "not found".

use crate::input::Input;

/// A request id as an index knows it: the hash of its decoded text. Never changes, so
/// that it can be stored; gives nothing away of the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdHash(pub u64);

impl IdHash {
    /// The hash of an id, as [`super::ids`] tells it.
    pub fn of(id: &str) -> Self {
        // Eight bytes at a step: building an index hashes the id of every line.
        let (words, rest) = id.as_bytes().as_chunks::<8>();
        let mut last = [0; 8];
        for (to, byte) in last.iter_mut().zip(rest) {
            *to = *byte;
        }
        let words = words.iter().chain([&last]);
        let hash = words.fold(id.len() as u64, |hash, word| {
            let mixed = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            mixed ^ (mixed >> 32)
        });
        let hash = (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        Self(hash ^ (hash >> 32))
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn hashes_are_spread_and_never_change() {
        // Stored in indexes.
        assert_eq!(IdHash::of("").0, 0);
        let id = "5aa3c9e3-0c3b-9c0b-8a4c-1f2e3d4c5b6a";
        assert_eq!(IdHash::of(id).0, 11_904_464_260_817_168_396);
        let mut short = HashSet::new();
        let mut bits = [0_u32; 64];
        for n in 0..20_000_u32 {
            let forms = [
                n.to_string(),
                format!("req-{n:08}"),
                format!("{n:08x}-0000-4000-8000-000000000000"),
                format!("00000000-0000-4000-8000-{n:012x}"),
                "x".repeat(n as usize % 300) + &n.to_string() + "\u{4e2d}",
            ];
            for hash in forms.map(|id| IdHash::of(&id).0) {
                short.insert(hash >> 24);
                for (bit, count) in bits.iter_mut().enumerate() {
                    *count += (hash >> bit & 1) as u32;
                }
            }
        }
        assert!(short.len() > 99_980, "{}", short.len());
        for (bit, count) in bits.iter().enumerate() {
            assert!((49_000..51_000).contains(count), "bit {bit}: {count}");
        }
    }
}
