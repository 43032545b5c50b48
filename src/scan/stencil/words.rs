//! Strings by which shapes are told apart, as by keys.
//!
//! A logger's severity stands in front, and its errors have other keys than its successes:
//!
//! ```text
//! {"ts":"2026-11-22T10:00:00Z","level":"INFO","model":"qwen-max","latency_ms":12}
//! {"ts":"2026-11-22T10:00:00Z","level":"ERROR","model":"qwen-max","code":"Throttling"}
//! ```
//!
//! With `INFO` and `ERROR` as a part of the constant text the ways of these lines part there, and
//! there is no end of a string to look for.

use super::super::learned::Learned;
use super::super::shape::{SegmentId, Shape};
use super::watch::Place;
use crate::limits::{MAX_WORD_BYTES, MAX_WORD_PLACES, MAX_WORDS, MAX_WORDS_OF_SHAPE};
use foldhash::fast::FixedState;
use hashbrown::hash_map::Entry;
use hashbrown::{HashMap, HashSet};

/// Names of places.
pub(super) type Places = HashSet<u64, FixedState>;

/// The few strings that lines of a shape have had in one place, such as severities: where they
/// tell shapes apart, they are as good as keys.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// By slot of the shape and place; none: there were long ones, or too many.
    of: HashMap<(u32, u64), Vec<Box<[u8]>>, FixedState>,
}

impl Words {
    /// Notes a string; whether that changed anything.
    pub fn see(&mut self, slot: usize, place: Place, content: &[u8]) -> bool {
        let is_word = content.len() <= MAX_WORD_BYTES && !content.contains(&b'\\');
        match self.of.entry((slot as u32, place.key())) {
            Entry::Vacant(entry) => {
                entry.insert(if is_word {
                    vec![content.into()]
                } else {
                    Vec::new()
                });
                true
            }
            Entry::Occupied(mut entry) => {
                let words = entry.get_mut();
                if words.is_empty() || words.iter().any(|word| **word == *content) {
                    return false;
                }
                if is_word && words.len() < MAX_WORDS_OF_SHAPE {
                    words.push(content.into());
                } else {
                    words.clear();
                }
                true
            }
        }
    }

    /// The words that a shape has in a place; none: any string may stand there.
    pub fn get(&self, slot: u32, place: Place) -> &[Box<[u8]>] {
        let words = self.of.get(&(slot, place.key()));
        words.map_or(&[], Vec::as_slice)
    }

    /// Places by whose words shapes are told apart: all that have the place have few there, most
    /// lines are of shapes that have one, and those have not all the same.
    pub fn telling_places(&self, slots: &[u32], learned: &Learned) -> Places {
        #[derive(Default)]
        struct Seen<'w> {
            words: Vec<&'w [u8]>,
            lines: u64,
            lines_of_one_word: u64,
            any_string: bool,
        }
        let mut seen: HashMap<u64, Seen<'_>, FixedState> = HashMap::default();
        for (slot, shape) in shapes(slots, learned) {
            for place in places(&shape.segments).take(MAX_WORD_PLACES) {
                let (words, lines) = (self.get(slot, place), u64::from(shape.trial.seen) + 1);
                let seen = seen.entry(place.key()).or_default();
                seen.any_string |= words.is_empty();
                seen.lines += lines;
                seen.lines_of_one_word += if words.len() == 1 { lines } else { 0 };
                for word in words {
                    if !seen.words.contains(&&**word) {
                        seen.words.push(word);
                    }
                }
            }
        }
        seen.retain(|_, seen| {
            !seen.any_string
                && (2..=MAX_WORDS).contains(&seen.words.len())
                && seen.lines_of_one_word * 4 >= seen.lines * 3
        });
        let mut telling: Places = seen.into_keys().collect();
        for (slot, shape) in shapes(slots, learned) {
            let mut ways = 1;
            for place in places(&shape.segments).take(MAX_WORD_PLACES) {
                if telling.contains(&place.key()) {
                    let more = ways * self.get(slot, place).len();
                    if more > MAX_WORDS {
                        telling.remove(&place.key());
                    } else {
                        ways = more;
                    }
                }
            }
        }
        telling
    }
}

/// The shapes in some slots.
pub(super) fn shapes<'l>(
    slots: &'l [u32],
    learned: &'l Learned,
) -> impl Iterator<Item = (u32, &'l Shape)> {
    slots
        .iter()
        .filter_map(|slot| Some((*slot, learned.shapes.get(*slot as usize)?)))
}

/// The places after each of some segments.
pub(super) fn places(segments: &[SegmentId]) -> impl Iterator<Item = Place> {
    segments.iter().scan(Place::START, |place, segment| {
        *place = place.after(*segment);
        Some(*place)
    })
}
