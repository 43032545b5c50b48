//! Guesses which shape a line has, from as few of its bytes as will do.
//!
//! Lines are grouped by how many entries they have and where the first key ends. If a group
//! has several shapes, its lines are told apart by some of their keys: each time a guess
//! proves wrong, by the first at which the two shapes differ as well. A guess may be wrong;
//! then the line is matched piece by piece.

use super::index::Line;
use super::shape::{Details, MIX};
use crate::limits::MAX_GUESS_KEYS;
use std::ops::Range;

/// Which keys tell a group's lines apart, as the numbers of the entries that end them.
#[derive(Clone, Copy)]
struct Group {
    len: u16,
    keys: [u16; MAX_GUESS_KEYS],
    /// While no key does: the shape that was kept last.
    shape: u32,
}

impl Group {
    const NONE: Self = Self {
        len: 0,
        keys: [0; MAX_GUESS_KEYS],
        shape: u32::MAX,
    };
}

/// A shape that lines have in which certain keys were seen.
#[derive(Clone, Copy)]
struct Guess {
    seen: u32,
    shape: u32,
}

impl Guess {
    const NONE: Self = Self {
        seen: 0,
        shape: u32::MAX,
    };
}

/// Guesses by what is seen of a line.
pub(super) struct Guesses {
    groups: Box<[Group; 1 << GROUP_BITS]>,
    /// By what was seen, two for each place: the one that was kept last comes first.
    guesses: Box<[[Guess; 2]]>,
}

/// Groups, as a power of two.
const GROUP_BITS: u32 = 8;

/// Places for guesses, as a power of two: few of a thousand shapes share one.
const GUESS_BITS: u32 = 12;

impl Guesses {
    /// Knows nothing yet.
    pub fn new() -> Self {
        Self {
            groups: Box::new([Group::NONE; 1 << GROUP_BITS]),
            guesses: vec![[Guess::NONE; 2]; 1 << GUESS_BITS].into(),
        }
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.groups.fill(Group::NONE);
        self.guesses.fill([Guess::NONE; 2]);
    }

    #[inline(always)]
    fn group(line: &Line<'_>) -> usize {
        let key = line.entries.get(1).map_or(0, |at| *at - line.start as u32);
        let mixed =
            (line.entries.len() as u32).wrapping_mul(0x9e37_79b1) ^ key.wrapping_mul(0xc2b2_ae35);
        (mixed >> (32 - GROUP_BITS)) as usize
    }

    /// What is seen of a line, and the place for guesses by that.
    #[inline(always)]
    fn look(&self, line: &Line<'_>, number: usize) -> (u32, usize) {
        let mut sum = (number as u64 + 1).wrapping_mul(MIX);
        if let Some(group) = self.groups.get(number) {
            for entry in group.keys.iter().take(usize::from(group.len)) {
                let word = key_word(line, usize::from(*entry)).unwrap_or(0);
                sum = (sum.rotate_left(25) ^ word).wrapping_mul(MIX);
            }
        }
        (sum as u32, (sum >> (64 - GUESS_BITS)) as usize)
    }

    /// The shape that a line may have.
    #[inline(always)]
    pub fn of(&self, line: &Line<'_>) -> Option<usize> {
        let number = Self::group(line);
        let group = self.groups.get(number)?;
        if group.len == 0 {
            return (group.shape != u32::MAX).then_some(group.shape as usize);
        }
        let (seen, place) = self.look(line, number);
        let [last, other] = self.guesses.get(place)?;
        let guess = if last.seen == seen { last } else { other };
        (guess.seen == seen && guess.shape != u32::MAX).then_some(guess.shape as usize)
    }

    /// Keeps the shape of a line for the next one like it. `difference`: the entry that ends
    /// the first key at which two shapes differ.
    pub fn keep(
        &mut self,
        line: &Line<'_>,
        shape: usize,
        difference: impl Fn(usize, usize) -> Option<usize>,
    ) {
        let number = Self::group(line);
        if let Some(other) = self.of(line).filter(|other| *other != shape)
            && let Some(key) = difference(other, shape).and_then(|key| u16::try_from(key).ok())
            && let Some(group) = self.groups.get_mut(number)
            && !group
                .keys
                .iter()
                .take(usize::from(group.len))
                .any(|known| *known == key)
            && let Some(free) = group.keys.get_mut(usize::from(group.len))
        {
            *free = key;
            group.len += 1;
        }
        if let Some(group) = self.groups.get_mut(number) {
            group.shape = shape as u32;
        }
        let (seen, place) = self.look(line, number);
        let guess = Guess {
            seen,
            shape: shape as u32,
        };
        if let Some([last, other]) = self.guesses.get_mut(place) {
            if last.seen != seen {
                *other = *last;
            }
            *last = guess;
        }
    }
}

/// A number for the key that ends at an entry, and for what kind of value follows.
#[inline(always)]
fn key_word(line: &Line<'_>, entry: usize) -> Option<u64> {
    let [open, at] = *line.entries.get(entry.checked_sub(1)?..=entry)? else {
        return None;
    };
    let (open, at) = (open as usize, at as usize);
    let start = u32::from_le_bytes(*line.text.get(open..)?.first_chunk()?);
    // The end of the key, its quote, and what follows. Of a key of one letter also what
    // stands before it: then there are more guesses than needed.
    let end = u64::from_le_bytes(*line.text.get(at.checked_sub(4)?..)?.first_chunk()?);
    let after = (end >> 32) as u32;
    let length = (at - open) as u32;
    let word = u64::from(start ^ length << 25) << 8 ^ (end << 32) ^ u64::from(kind(after >> 16));
    // Values differ from line to line: of a quote that ends no key, that is all to see.
    let is_key = after >> 8 & 0xff == u32::from(b':');
    Some(word * u64::from(is_key))
}

/// What follows a key's colon, with or without a blank: string, object, array or other.
#[inline(always)]
fn kind(after: u32) -> u8 {
    let [first, second, ..] = after.to_le_bytes();
    let blank = first == b' ';
    KINDS[usize::from(if blank { second } else { first })] + u8::from(blank)
}

/// Kinds of value by their first byte; even, so that one may be added for a blank.
const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    kinds[b'"' as usize] = 2;
    kinds[b'{' as usize] = 4;
    kinds[b'[' as usize] = 6;
    kinds
};

/// A key in a piece.
#[derive(PartialEq, Eq)]
struct Key<'p> {
    name: &'p [u8],
    kind: u8,
}

/// The keys of a shape's pieces, each with the number of the entry that ends it.
fn keys<'p>(pieces: impl Iterator<Item = &'p Details>) -> impl Iterator<Item = (usize, Key<'p>)> {
    let mut before = 0;
    pieces.flat_map(move |piece| {
        let text = &*piece.text;
        let entry = |byte: u8| byte == b'"' || byte < 0x20;
        let places: Vec<usize> = (0..text.len()).filter(|at| entry(text[*at])).collect();
        let first = before;
        before += places.len();
        let pairs: Vec<Range<usize>> = places.windows(2).map(|pair| pair[0]..pair[1]).collect();
        pairs
            .into_iter()
            .enumerate()
            .filter_map(move |(number, quotes)| {
                let rest = text.get(quotes.end + 1..)?;
                let name = text.get(quotes.start + 1..quotes.end)?;
                let is_key = rest.first() == Some(&b':');
                // Past the piece a number or the like begins.
                let byte = |n: usize| rest.get(n).copied().unwrap_or(b'0');
                let kind = kind(u32::from_le_bytes([byte(1), byte(2), 0, 0]));
                is_key.then_some((first + number + 1, Key { name, kind }))
            })
    })
}

/// The entry that ends the first key at which two shapes differ, if it is in both at the
/// same place.
pub(super) fn first_difference<'p>(
    one: impl Iterator<Item = &'p Details>,
    other: impl Iterator<Item = &'p Details>,
) -> Option<usize> {
    keys(one)
        .zip(keys(other))
        .find(|(one, other)| one != other)
        .filter(|(one, other)| one.0 == other.0)
        .map(|(one, _)| one.0)
}

#[cfg(test)]
mod tests {
    use super::super::index::Index;
    use super::super::simd::{Isa, Level};
    use super::*;

    /// Which shape is guessed for each line, after each was kept with its number and once more.
    fn guesses(lines: &[&str], key: Option<usize>) -> Vec<Option<usize>> {
        let mut guesses = Guesses::new();
        let mut index = Index::default();
        let text = format!("{}{}", lines.join("\n"), "\n".repeat(80));
        let mut found = Vec::new();
        for round in 0..3 {
            index.build(text.as_bytes(), Level::new(Isa::Auto), 1 << 15);
            for shape in 0..lines.len() {
                let line = index.next_known(text.as_bytes()).unwrap();
                if round < 2 {
                    guesses.keep(&line, shape, |_, _| key);
                } else {
                    found.push(guesses.of(&line));
                }
            }
        }
        found
    }

    #[test]
    fn keys_tell_lines_with_as_many_entries_apart() {
        let lines = [
            r#"{"ts":"x","status":1}"#,
            r#"{"ts":"x","stream":1}"#,
            r#"{"ts":"y","a":"b"}"#,
            r#"{"ts":"y","a": {"b":1}}"#,
        ];
        assert_eq!(guesses(&lines, Some(5)), [0, 1, 2, 3].map(Some));
    }

    #[test]
    fn what_cannot_be_told_apart_has_the_latest_guess() {
        let lines = [r#"{"a":"x","b":1}"#, r#"{"a":"y","b":2}"#];
        assert_eq!(guesses(&lines, None), [Some(1), Some(1)]);
        assert_eq!(guesses(&lines, Some(3)), [Some(1), Some(1)]); // a value tells nothing
    }

    #[test]
    fn the_first_key_that_differs_is_found() {
        let details = |texts: &[&str]| -> Vec<Details> {
            let details = |text: &&str| Details {
                text: text.as_bytes().into(),
                keys: Box::default(),
                path: None,
            };
            texts.iter().map(details).collect()
        };
        let one = details(&["{\"ts\":\"", "\",\"a\":{\"b\":", "}}\n"]);
        for (other, entry) in [
            (
                details(&["{\"ts\":\"", "\",\"a\":{\"c\":", "}}\n"]),
                Some(7),
            ),
            (details(&["{\"ts\":\"", "\",\"a\":[\"", "\"]}\n"]), Some(5)),
            (details(&["{\"ts\":", ",\"a\":{\"b\":", "}}\n"]), Some(1)),
            (
                details(&["{\"ts\":\"", "\",\"a\":{\"b\":\"", "\"}}\n"]),
                Some(7),
            ),
            (details(&["{\"ts\":\"", "\"}\n"]), None),
        ] {
            assert_eq!(first_difference(one.iter(), other.iter()), entry);
            assert_eq!(first_difference(other.iter(), one.iter()), entry);
        }
        assert_eq!(first_difference(one.iter(), one.iter()), None);
    }
}
