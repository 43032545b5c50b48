//! The side index that makes `grep` immediate: which blocks of a log may hold an id.
//!
//! ```text
//! building: Watched reader ─► Worker (ids, lines) ─► Assembly ─► Writer ─► app.jsonl.dslog-idx
//! asking:   log + index ─► mark (is it of this log?) ─► table (which blocks?) ─► parts to search
//! ```
//! A log is thought of as blocks of 256 KiB (a line belongs to the block it starts in),
//! 256 of which are a group. Each group has a table of its ids: hashes of 30 bits, each
//! with the number of a block. What the index does not know for certain — lines after
//! the last whole one, what was appended since — is always searched; an index that is
//! not of this log, or not whole, is passed over. `docs/index-format.md` has the bytes.

mod assembly;
mod build;
mod collect;
mod file;
mod group;
mod lookup;
mod mark;
mod place;
mod share;
mod table;
mod worker;
mod writer;

pub use assembly::Written;
pub use build::{Indexed, Job, Outcome, Pass, Settings, build, prepare};
pub use lookup::Indexes;
pub use place::Place;

use crate::limits::{INDEX_BLOCK_BYTES, INDEX_GROUP_BLOCKS};
use crate::stable_hash::stable_hash;
use std::fmt::Write as _;

/// Decompressed bytes of a group.
const GROUP_BYTES: u64 = INDEX_BLOCK_BYTES * INDEX_GROUP_BLOCKS;

/// The block that a line belongs to.
const fn block_of(byte_offset: u64) -> u64 {
    byte_offset / INDEX_BLOCK_BYTES
}

/// The group that a block belongs to.
const fn group_of(block: u64) -> u64 {
    block / INDEX_GROUP_BLOCKS
}

/// What decides which ids a line has: the version of this program and its table of names,
/// and the `--field`s it was told of. An index made with another meaning is none for this
/// run.
pub fn meaning(fields: &[String]) -> u64 {
    let mut text = String::from(env!("CARGO_PKG_VERSION"));
    for field in fields {
        text.push('\n');
        text.push_str(field);
    }
    // Two builds of one version may differ in it.
    for (role, path) in crate::scan::aliases::all() {
        let _ = write!(text, "\n{role:?} {path}"); // a String takes all
    }
    stable_hash(text.as_bytes())
}

/// An id's hash as one log's index has it. The salt is not secret: it makes equal ids of
/// different logs look different.
const fn salted(hash: u64, salt: u64) -> u64 {
    let mixed = (hash ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    mixed ^ (mixed >> 32)
}
