//! Which lines of a block may be wanted: found in raw bytes, before any line work.
//!
//! One id is searched for as a substring; ids of a UUID's form are looked up in a table
//! wherever something of that form stands, so their number does not matter; others go
//! into one automaton. Lines with escapes that could hide an id are candidates too.

use super::detail::Traces;
use super::hidden::Hidden;
use super::wanted::{Match, Wanted};
use crate::fault::{Error, Result};
use crate::limits::MAX_AUTOMATON_IDS;
use crate::scan::engine::Isa;
use crate::scan::uuids::UuidFinder;
use crate::uuid_form::{UUID_BYTES, has_form};
use aho_corasick::AhoCorasick;
use memchr::memmem;
use std::ops::Range;

/// A line that may be wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Its bytes in the block, without `\n`.
    pub(super) line: Range<usize>,
    /// A wanted id stands in it literally.
    pub(super) literal: bool,
}

/// Finds candidates.
pub(super) struct Filter<'w> {
    wanted: &'w Wanted,
    traces: Option<&'w Traces>,
    finder: UuidFinder,
    uuids: Option<UuidTable>,
    others: Others,
    hidden: Hidden,
}

/// How ids are found that are no UUIDs.
enum Others {
    None,
    One(Box<memmem::Finder<'static>>),
    Many(AhoCorasick),
    /// Too many to be searched for: every line is looked at.
    Every,
}

impl<'w> Filter<'w> {
    /// A filter for the wanted ids and traces.
    ///
    /// # Errors
    /// If the ids are too much for one automaton.
    pub(super) fn new(wanted: &'w Wanted, traces: Option<&'w Traces>) -> Result<Self> {
        let ids = wanted.ids().iter().map(|id| &**id);
        let traced = traces.iter().flat_map(|traces| traces.0.iter());
        let ids: Vec<&str> = ids.chain(traced.map(|trace| &**trace)).collect();
        let as_uuids = ids.len() > 1 && wanted.how() != Match::Prefix;
        let is_uuid = |id: &str| as_uuids && has_form(id.as_bytes());
        let (uuids, others): (Vec<&str>, Vec<&str>) = ids.iter().partition(|id| is_uuid(id));
        // What replaces bytes that are no UTF-8 cannot be searched for.
        let replaced = others.iter().any(|id| id.contains('\u{fffd}'));
        let others = match others.as_slice() {
            _ if replaced => Others::Every,
            [] => Others::None,
            [one] => Others::One(Box::new(memmem::Finder::new(one.as_bytes()).into_owned())),
            many if many.len() > MAX_AUTOMATON_IDS && wanted.how() != Match::Anywhere => {
                Others::Every
            }
            many => Others::Many(AhoCorasick::new(many).map_err(|error| {
                Error::new(format!("cannot search for so many ids at once: {error}"))
            })?),
        };
        Ok(Self {
            wanted,
            traces,
            finder: UuidFinder::new(Isa::Auto),
            uuids: (!uuids.is_empty()).then(|| UuidTable::new(&uuids)),
            others,
            hidden: Hidden::new(ids),
        })
    }

    /// The candidates among the lines of `bytes`, in order, each once.
    pub(super) fn candidates(&self, bytes: &[u8], out: &mut Vec<Candidate>) {
        out.clear();
        if matches!(self.others, Others::Every) {
            let mut from = 0;
            while from < bytes.len() {
                let line = line_at(bytes, from);
                from = line.end + 1;
                out.push(Candidate {
                    line,
                    literal: false,
                });
            }
            return;
        }
        match &self.others {
            Others::One(finder) => lines(bytes, true, out, |from| {
                finder.find(bytes.get(from..)?).map(|at| from + at)
            }),
            Others::Many(automaton) => lines(bytes, true, out, |from| {
                let found = automaton.find(bytes.get(from..)?)?;
                Some(from + found.start())
            }),
            Others::None | Others::Every => {}
        }
        let mut sorted = usize::from(!out.is_empty());
        if let Some(uuids) = &self.uuids {
            let mut known = 0;
            self.finder.find(bytes, |at| {
                let uuid = bytes.get(at..at + UUID_BYTES).unwrap_or_default();
                if at >= known && uuids.may_hold(uuid) && self.is_wanted(uuid) {
                    let line = line_at(bytes, at);
                    known = line.end;
                    out.push(Candidate {
                        line,
                        literal: true,
                    });
                    sorted |= 2;
                }
            });
        }
        let before = out.len();
        lines(bytes, false, out, |from| self.hidden.find(bytes, from));
        if out.len() > before || sorted == 3 {
            // A literal find goes before a hidden one in the same line.
            out.sort_by_key(|candidate| (candidate.line.start, !candidate.literal));
            out.dedup_by(|next, kept| next.line.start == kept.line.start);
        }
    }

    /// Every place in a line where a wanted id stands literally, ascending, not overlapping.
    pub(super) fn places(&self, line: &[u8]) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        match &self.others {
            Others::One(finder) => {
                let length = finder.needle().len();
                places.extend(finder.find_iter(line).map(|at| at..at + length));
            }
            Others::Many(automaton) => {
                places.extend(automaton.find_iter(line).map(|found| found.range()));
            }
            Others::None | Others::Every => {}
        }
        if let Some(uuids) = &self.uuids {
            self.finder.find(line, |at| {
                let uuid = line.get(at..at + UUID_BYTES).unwrap_or_default();
                if uuids.may_hold(uuid) && self.is_wanted(uuid) {
                    places.push(at..at + UUID_BYTES);
                }
            });
        }
        places.sort_by_key(|place| place.start);
        let mut end = 0;
        places.retain(|place| {
            let free = place.start >= end;
            end = if free { place.end } else { end };
            free
        });
        places
    }

    fn is_wanted(&self, id: &[u8]) -> bool {
        std::str::from_utf8(id).is_ok_and(|id| {
            let traced = |traces: &Traces| traces.0.contains(id);
            self.wanted.of_id(id).is_some() || self.traces.is_some_and(traced)
        })
    }
}

/// The lines that hold what `find` finds from an offset on, each once.
fn lines(
    bytes: &[u8],
    literal: bool,
    out: &mut Vec<Candidate>,
    mut find: impl FnMut(usize) -> Option<usize>,
) {
    let mut from = 0;
    while let Some(at) = find(from) {
        let line = line_at(bytes, at);
        from = line.end + 1;
        out.push(Candidate { line, literal });
    }
}

/// The line that holds an offset.
pub(super) fn line_at(bytes: &[u8], at: usize) -> Range<usize> {
    let start = memchr::memrchr(b'\n', bytes.get(..at).unwrap_or_default()).map_or(0, |at| at + 1);
    let rest = bytes.get(at..).unwrap_or_default();
    let end = memchr::memchr(b'\n', rest).map_or(bytes.len(), |end| at + end);
    start..end
}

/// Hashes of the wanted UUIDs, for a quick no.
struct UuidTable {
    /// Open addressing, a power of two; 0 is free.
    slots: Vec<u64>,
}

impl UuidTable {
    fn new(uuids: &[&str]) -> Self {
        let mut slots = vec![0; (uuids.len() * 2).next_power_of_two().max(64)];
        let mask = slots.len() - 1;
        for uuid in uuids {
            let hash = hash(uuid.as_bytes());
            let mut at = hash as usize & mask;
            while slots[at] != 0 && slots[at] != hash {
                at = (at + 1) & mask;
            }
            slots[at] = hash;
        }
        Self { slots }
    }

    fn may_hold(&self, uuid: &[u8]) -> bool {
        let hash = hash(uuid);
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at] != 0 {
            if self.slots[at] == hash {
                return true;
            }
            at = (at + 1) & mask;
        }
        false
    }
}

/// Of a UUID's 36 bytes, all of them; never 0.
fn hash(uuid: &[u8]) -> u64 {
    let (words, rest) = uuid.as_chunks::<8>();
    let tail = rest
        .first_chunk::<4>()
        .map_or(0, |t| u64::from(u32::from_le_bytes(*t)));
    let mixed = words.iter().fold(tail, |hash, word| {
        (hash.rotate_left(23) ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    });
    (mixed ^ mixed >> 32) | 1 << 63
}
