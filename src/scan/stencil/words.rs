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
use hashbrown::{HashMap, HashSet};

/// Names of places.
pub(super) type Places = HashSet<u64, FixedState>;

/// A piece, and the string after it where that belongs to it.
pub(super) type Piece<'w> = (SegmentId, Option<&'w [u8]>);

/// The few strings that lines of a shape have had in one place, such as severities: where they
/// tell shapes apart, they are as good as keys.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// By slot of the shape, then by number of the value.
    of: Vec<Vec<Seen>>,
}

/// What a shape's lines have had in one place.
#[derive(Clone, Debug, Default)]
enum Seen {
    /// Nothing yet.
    #[default]
    None,
    /// These.
    Words(Vec<Box<[u8]>>),
    /// Long strings, or too many.
    Any,
}

impl Words {
    /// Notes a string; whether that changed anything.
    pub fn see(&mut self, slot: usize, number: usize, content: &[u8]) -> bool {
        if self.of.len() <= slot {
            self.of.resize_with(slot + 1, Vec::new);
        }
        let Some(of_shape) = self.of.get_mut(slot) else {
            return false; // cannot be: just made
        };
        if of_shape.len() <= number {
            of_shape.resize_with(number + 1, Seen::default);
        }
        let Some(seen) = of_shape.get_mut(number) else {
            return false; // as above
        };
        let is_word = content.len() <= MAX_WORD_BYTES && !content.contains(&b'\\');
        match seen {
            Seen::Any => return false,
            Seen::Words(words) if words.iter().any(|word| **word == *content) => return false,
            Seen::Words(words) if is_word && words.len() < MAX_WORDS_OF_SHAPE => {
                words.push(content.into());
            }
            Seen::None if is_word => *seen = Seen::Words(vec![content.into()]),
            Seen::None | Seen::Words(_) => *seen = Seen::Any,
        }
        true
    }

    /// The words that a shape has in a place; none: any string may stand there.
    pub fn get(&self, slot: u32, number: usize) -> &[Box<[u8]>] {
        let of_shape = self.of.get(slot as usize);
        match of_shape.and_then(|of_shape| of_shape.get(number)) {
            Some(Seen::Words(words)) => words,
            _ => &[],
        }
    }

    /// Places by whose words shapes are told apart: all that have the place have few there, most
    /// lines are of shapes that have one, and those have not all the same.
    pub fn telling_places(&self, slots: &[u32], learned: &Learned) -> Places {
        #[derive(Default)]
        struct All<'w> {
            /// The first ones.
            words: [Option<&'w [u8]>; MAX_WORDS],
            lines: u64,
            lines_of_one_word: u64,
            any_string: bool,
        }
        let mut seen: HashMap<u64, All<'_>, FixedState> = HashMap::default();
        for (slot, shape) in shapes(slots, learned) {
            let lines = u64::from(shape.trial.seen) + 1;
            for (number, place) in places(&shape.segments).enumerate() {
                let words = self.get(slot, number);
                let all = seen.entry(place.key()).or_default();
                all.any_string |= words.is_empty();
                all.lines += lines;
                all.lines_of_one_word += if words.len() == 1 { lines } else { 0 };
                for word in words {
                    let mut known = all.words.iter_mut();
                    match known.find(|known| known.is_none_or(|known| known == &**word)) {
                        Some(known) => *known = Some(word),
                        None => all.any_string = true,
                    }
                }
            }
        }
        seen.retain(|_, all| {
            !all.any_string && all.words[1].is_some() && all.lines_of_one_word * 4 >= all.lines * 3
        });
        let mut telling: Places = seen.into_keys().collect();
        if telling.is_empty() {
            return telling;
        }
        for (slot, shape) in shapes(slots, learned) {
            let mut ways = 1;
            for (number, place) in places(&shape.segments).enumerate() {
                if telling.contains(&place.key()) {
                    let more = ways * self.get(slot, number).len();
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

    /// The ways of a shape: one for each word that it has in a place that tells.
    pub fn ways(&self, slot: u32, shape: &Shape, telling: &Places) -> Vec<Vec<Piece<'_>>> {
        let way = shape.segments.iter().map(|segment| (*segment, None));
        let mut ways: Vec<Vec<Piece<'_>>> = vec![way.collect()];
        for (number, place) in places(&shape.segments).enumerate() {
            if telling.contains(&place.key()) {
                let words = self.get(slot, number).iter();
                ways = words
                    .flat_map(|word| ways.iter().map(move |way| with_word(way, number, word)))
                    .collect();
            }
        }
        ways
    }
}

/// A way whose value of that number is a word.
fn with_word<'w>(way: &[Piece<'w>], number: usize, word: &'w [u8]) -> Vec<Piece<'w>> {
    let mut way = way.to_vec();
    if let Some((_, of_piece)) = way.get_mut(number) {
        *of_piece = Some(word);
    }
    way
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

/// The places after each of the first segments, where words may tell.
fn places(segments: &[SegmentId]) -> impl Iterator<Item = Place> {
    segments
        .iter()
        .take(MAX_WORD_PLACES)
        .scan(Place::START, |place, segment| {
            *place = place.after(*segment);
            Some(*place)
        })
}
