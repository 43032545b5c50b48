//! Failures known again by their bytes, before any evidence is collected.
//!
//! A log's failures repeat each other word for word, but for the UUIDs in their texts. So
//! all raw values that a judgement rests on are compared with those of a line of the same
//! shape that came before: the same bytes, or a UUID of the same form where that had one,
//! are the same evidence. Whatever differs is looked up by its evidence.

use super::evidence::{Form, holes};
use super::memo::Place;
use crate::limits::{LIKENESS_BYTES, LIKENESS_VALUES, LIKENESSES};
use crate::record::Raw;
use crate::record::uuid::{self, Uuid};

/// The raw values of a line on which its judgement rests: status, codes, texts, hosts,
/// severity.
pub struct Likeness<'g> {
    /// Lines of one shape (not 0) that have equally many values have the same ones.
    shape: u32,
    count: usize,
    values: [&'g [u8]; LIKENESS_VALUES],
    /// Bit n: the value n is a message or another text.
    texts: u32,
    mix: u64,
}

impl<'g> Likeness<'g> {
    /// Of no values yet. `shape` 0: of a line that is like no other.
    #[inline(always)]
    pub fn new(shape: u32) -> Self {
        Self {
            shape,
            count: 0,
            values: [b""; LIKENESS_VALUES],
            texts: 0,
            mix: u64::from(shape),
        }
    }

    /// Adds a value.
    #[inline(always)]
    pub fn push(&mut self, raw: &'g [u8], is_text: bool) {
        let Some(value) = self.values.get_mut(self.count) else {
            self.shape = 0;
            return;
        };
        *value = raw;
        self.texts |= u32::from(is_text) << self.count;
        self.count += 1;
        // A few bytes do: of short values the first, of long ones some that stand behind
        // what wraps them, and mostly before ids.
        let some = match (raw.get(40..48), raw.first_chunk::<4>()) {
            (Some(long), _) => long.try_into().map_or(0, u64::from_le_bytes),
            (None, Some(short)) => u64::from(u32::from_le_bytes(*short)),
            (None, None) => 0,
        };
        let word = some ^ (raw.len() as u64) << 48;
        self.mix = (self.mix.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn values(&self) -> &[&'g [u8]] {
        self.values.get(..self.count).unwrap_or_default()
    }

    /// In the index.
    fn place(&self) -> usize {
        (self.mix >> 40) as usize % PLACES
    }
}

/// A line that was judged.
#[derive(Debug, Default)]
struct Known {
    /// 0: none.
    shape: u32,
    count: usize,
    lens: [u32; LIKENESS_VALUES],
    /// Bit n: the value n has holes.
    holed: u32,
    /// The values, one after the other.
    bytes: Vec<u8>,
    holes: Vec<Hole>,
    place: Place,
    epoch: u32,
}

/// A UUID in a value.
#[derive(Clone, Copy, Debug)]
struct Hole {
    value: usize,
    at: usize,
    form: Form,
}

impl Known {
    /// Whether a line is like this one; then its UUIDs are in `uuids`.
    #[inline]
    fn is(&self, line: &Likeness<'_>, uuids: &mut Vec<Uuid>) -> bool {
        if line.shape == 0 || self.shape != line.shape || self.count != line.count {
            return false;
        }
        let mut bytes = &*self.bytes;
        for (n, (value, len)) in line.values().iter().zip(self.lens).enumerate() {
            if value.len() != len as usize {
                return false;
            }
            let Some((known, rest)) = bytes.split_at_checked(value.len()) else {
                return false;
            };
            bytes = rest;
            let same = match self.holed >> n & 1 {
                0 => known == *value,
                _ => self.is_but_for_holes(n, known, value, uuids),
            };
            if !same {
                return false;
            }
        }
        true
    }

    fn is_but_for_holes(
        &self,
        n: usize,
        known: &[u8],
        value: &[u8],
        uuids: &mut Vec<Uuid>,
    ) -> bool {
        let mut done = 0;
        for hole in self.holes.iter().filter(|hole| hole.value == n) {
            let id = value.get(hole.at..hole.at + uuid::LENGTH);
            let Some(id) = id.and_then(Uuid::parse) else {
                return false;
            };
            if !id.has_decimal()
                || Form::of(id) != hole.form
                || known.get(done..hole.at) != value.get(done..hole.at)
            {
                return false;
            }
            uuids.push(id);
            done = hole.at + uuid::LENGTH;
        }
        known.get(done..) == value.get(done..)
    }

    fn set(&mut self, line: &Likeness<'_>, place: Place, epoch: u32) {
        self.bytes.clear();
        self.holes.clear();
        self.holed = 0;
        for (n, (value, len)) in line.values().iter().zip(&mut self.lens).enumerate() {
            *len = value.len() as u32;
            self.bytes.extend_from_slice(value);
            // All else decides as it stands.
            let is_text = line.texts >> n & 1 == 1 && Raw(value).is_full_string();
            for (at, id) in is_text.then(|| holes(value)).into_iter().flatten() {
                self.holed |= 1 << n;
                let form = Form::of(id);
                self.holes.push(Hole { value: n, at, form });
            }
        }
        (self.shape, self.count) = (line.shape, line.count);
        (self.place, self.epoch) = (place, epoch);
    }
}

/// The lines known.
#[derive(Debug)]
pub(super) struct Likenesses {
    /// At most [`LIKENESSES`].
    known: Vec<Known>,
    /// Which of them is at a place; many more places than lines, so that few share one.
    /// Each line may be at one of two: there are UUIDs of two forms in most texts.
    index: Box<[u16; PLACES]>,
    /// Which is to be forgotten next.
    oldest: usize,
    /// What may still be spent on remembering, or a log in which no two lines are alike
    /// would be all remembering.
    credit: u32,
}

/// What remembering a line costs; a line known again brings 1.
const COST: u32 = 8;

/// No line at all.
const NOWHERE: u16 = u16::MAX;

/// Places in the index.
const PLACES: usize = 8 * LIKENESSES;

impl Default for Likenesses {
    fn default() -> Self {
        Self {
            known: Vec::new(),
            index: Box::new([NOWHERE; PLACES]),
            oldest: 0,
            credit: Self::MAX_CREDIT,
        }
    }
}

impl Likenesses {
    const MAX_CREDIT: u32 = 4 * LIKENESSES as u32 * COST;

    /// The judgement of a line like this; then its UUIDs are in `uuids`.
    #[inline]
    pub fn find(
        &mut self,
        line: &Likeness<'_>,
        epoch: u32,
        uuids: &mut Vec<Uuid>,
    ) -> Option<Place> {
        let place = line.place();
        for at in [place, place ^ 1] {
            uuids.clear();
            let known = self.known.get(usize::from(self.index[at]));
            if let Some(known) = known
                && known.epoch == epoch
                && known.is(line, uuids)
            {
                self.credit = (self.credit + 1).min(Self::MAX_CREDIT);
                return Some(known.place);
            }
        }
        None
    }

    /// Remembers a line.
    #[cold]
    pub fn keep(&mut self, line: &Likeness<'_>, place: Place, epoch: u32) {
        let bytes: usize = line.values().iter().map(|value| value.len()).sum();
        if line.shape == 0 || bytes > LIKENESS_BYTES || self.credit < COST {
            return;
        }
        self.credit -= COST;
        if self.known.len() < LIKENESSES {
            self.oldest = self.known.len();
            self.known.push(Known::default());
        } else {
            self.oldest = (self.oldest + 1) % LIKENESSES;
        }
        if let Some(known) = self.known.get_mut(self.oldest) {
            known.set(line, place, epoch);
            let (first, second) = (line.place(), line.place() ^ 1);
            let at = if self.index[first] == NOWHERE {
                first
            } else {
                second
            };
            self.index[at] = self.oldest as u16;
        }
    }
}

const _: () = assert!(LIKENESSES < NOWHERE as usize && PLACES.is_power_of_two());
