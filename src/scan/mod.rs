//! One line's bytes → the raw slices of the values we want.
//!
//! Two engines share one contract. The [`oracle`] is slow and obvious, built on
//! `serde_json`; all else here is fast. For every byte string `b`:
//! `scan(b) == Defer || scan(b) == oracle(b)` — the scanner may decline, never
//! disagree. Neither interprets a value: both hand raw slices to [`crate::record`],
//! so coercion exists once and equality is slice equality.
//!
//! * What is wanted: [`aliases`], [`role`], [`schema`], `trie`.
//! * Bytes: `simd` (and its portable twin), `index`, `escapes`, `unescape`, [`text`], [`uuids`].
//! * What is known of lines: `shape`, `learned`, `learn` from what the `walker` met.
//! * Knowing them again: `stencil` without an index; with one, `recognise` by the `guess`ed
//!   shape, or `piecewise`; `taking` goes from line to line. `matcher` holds all of these.
//! * Values: [`short`], `number`; `scratch` has where they stand in the line at hand.
//! * For callers: [`engine`]; [`skim`] for lines taken straight out of the scanner's loop.

pub mod aliases;
pub mod engine;
mod escapes;
mod guess;
mod index;
mod known;
mod learn;
mod learned;
mod matcher;
mod number;
pub mod oracle;
mod part;
mod piecewise;
mod quick;
mod recognise;
pub mod role;
mod roster;
pub mod schema;
mod scratch;
mod seen;
mod shape;
pub mod short;
mod simd;
pub use simd::hex;
pub mod skim;
mod stencil;
mod taking;
pub mod text;
mod trie;
mod unescape;
pub mod uuids;
mod walker;

use crate::fault::Fault;

/// Names one wanted path of a [`schema::Schema`]. Ascending ids are ascending
/// (role, precedence), so a sorted list of hits is read front to back.
pub type PathId = u16;

/// One wanted value: the raw JSON of a scalar, a string (quotes included) or an
/// array. Objects are never hits; their members are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which wanted path.
    pub path: PathId,
    /// First byte of the value in the line.
    pub start: u32,
    /// One past its last byte.
    pub end: u32,
}

impl Hit {
    /// The value's raw JSON.
    pub fn raw<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        line.get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }
}

/// What a line holds of the wanted paths.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    /// At most one hit a path, ascending by path.
    pub list: Vec<Hit>,
    /// How many wanted keys stood more than once (the last one won).
    pub repeated: u32,
    /// Which learned shape the line has, so that decisions can be kept per shape:
    /// lines of one shape (within one [`engine::Engine`]) have the same paths in
    /// `list`. 0: not known. No part of what a line holds, so not compared.
    pub shape: u32,
}

impl Hits {
    /// Forgets the last line.
    pub fn clear(&mut self) {
        self.list.clear();
        self.repeated = 0;
        self.shape = 0;
    }
}

impl PartialEq for Hits {
    fn eq(&self, other: &Self) -> bool {
        (&self.list, self.repeated) == (&other.list, other.repeated)
    }
}

impl Eq for Hits {}

/// A scanner's verdict on one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scan {
    /// A whole JSON object; the hits are filled in.
    Fields,
    /// Not decided here: ask the oracle.
    Defer,
    /// Not a whole JSON object.
    Reject(Fault),
}

#[cfg(test)]
mod tests;
