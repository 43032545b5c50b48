//! Failures known again by their bytes, before any evidence is collected.
//!
//! A log's failures repeat each other word for word, but for the UUIDs in their texts. So
//! all raw values that a judgement rests on are compared with those of a line of the same
//! shape that came before: the same bytes, or a UUID of the same form where that had one,
//! are the same evidence. Whatever differs is looked up by its evidence.

use super::evidence::{Form, holes};
use super::is_failure;
use super::memo::Place;
use crate::limits::{LIKENESS_BYTES, LIKENESS_VALUES, LIKENESSES};
use crate::record::short_status;
use crate::record::uuid::Uuid;
use crate::scan::skim::{Matched, Wanted};
use crate::uuid_form::UUID_BYTES;

/// The values on which judgements of lines of one shape rest: status, codes, texts, hosts,
/// severities.
#[derive(Debug, Default)]
pub struct Marks {
    /// 0: a line of this shape is like no other.
    shape: u32,
    status: Option<Wanted>,
    values: Vec<Mark>,
    /// Severities are the last values, and the rest are so many.
    severities_from: usize,
    /// First code, first text: with the status, they mostly tell failures apart.
    telling: Vec<Wanted>,
}

/// A value on which a judgement rests.
#[derive(Clone, Copy, Debug)]
struct Mark {
    value: Wanted,
    /// A message or another text.
    is_text: bool,
}

impl Marks {
    /// Those of lines of this shape; 0: of lines that are like no other.
    pub fn new(shape: u32, status: Option<Wanted>) -> Self {
        let mut marks = Self {
            shape,
            status,
            ..Self::default()
        };
        marks.add(status, false);
        marks
    }

    /// Adds codes.
    pub fn add_codes(&mut self, codes: impl IntoIterator<Item = Wanted>) {
        let first = self.add(codes, false);
        self.telling.extend(first);
    }

    /// Adds messages and other texts.
    pub fn add_texts(&mut self, texts: impl IntoIterator<Item = Wanted>) {
        let first = self.add(texts, true);
        self.telling.extend(first);
    }

    /// Adds hosts.
    pub fn add_hosts(&mut self, hosts: impl IntoIterator<Item = Wanted>) {
        self.add(hosts, false);
    }

    /// Adds severities; nothing else after them.
    pub fn add_severities(&mut self, severities: impl IntoIterator<Item = Wanted>) {
        let before = self.values.len();
        self.add(severities, false);
        self.severities_from = before;
    }

    /// Gives the first of them.
    fn add(&mut self, values: impl IntoIterator<Item = Wanted>, are_texts: bool) -> Option<Wanted> {
        let before = self.values.len();
        self.values.extend(values.into_iter().map(|value| Mark {
            value,
            is_text: are_texts,
        }));
        self.severities_from = self.values.len();
        if self.values.len() > LIKENESS_VALUES {
            self.shape = 0;
        }
        self.values.get(before).map(|mark| mark.value)
    }

    /// By what a line is known again.
    #[inline(always)]
    pub fn of<'g>(&'g self, line: &'g Matched<'g>) -> Likeness<'g> {
        let mut values = &*self.values;
        let mut mix = u64::from(self.shape);
        if let Some(status) = self.status
            && let (3, Some(text)) = (line.len(status), line.following(status))
            && let Some(status) = short_status(text)
        {
            mix ^= (status as u64) << 32;
            // What failed outright did so at any level.
            if is_failure(status) {
                values = values.get(..self.severities_from).unwrap_or_default();
            }
        }
        // Some lines have nothing but a status.
        mix = mix.wrapping_mul(MIX);
        for value in &self.telling {
            let inner = line.inner(*value);
            // A few bytes do: of short values the first, of long ones some that stand behind
            // what wraps them, and mostly before ids.
            let some = match inner.get(39..47) {
                Some(long) => long.try_into().map_or(0, u64::from_le_bytes),
                None => inner
                    .first_chunk()
                    .map_or(0, |short| u64::from(u32::from_le_bytes(*short))),
            };
            let word = some ^ (inner.len() as u64) << 48;
            mix = (mix.rotate_left(23) ^ word).wrapping_mul(MIX);
        }
        Likeness {
            shape: self.shape,
            line,
            values,
            // In the index.
            place: (mix >> 40) as usize % PLACES,
        }
    }
}

/// Spreads bits to higher ones.
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// By what a line is known again.
#[derive(Clone, Copy)]
pub struct Likeness<'g> {
    /// Lines of one shape (not 0) that have equally many values have the same ones.
    shape: u32,
    line: &'g Matched<'g>,
    values: &'g [Mark],
    place: usize,
}

/// A line that was judged.
#[derive(Debug, Default)]
struct Known {
    /// 0: none.
    shape: u32,
    count: usize,
    parts: [Part; LIKENESS_VALUES],
    /// The values, without quotes, one after the other.
    bytes: Vec<u8>,
    holes: Vec<Hole>,
    /// The judgements, by the form of the first hole; without holes there is one only.
    places: [Option<Place>; Form::COUNT],
    epoch: u32,
    /// Where in the index it is.
    at: usize,
}

/// One of the values.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    len: u32,
    /// How many of the holes are in it.
    holes: u32,
}

/// A UUID in a value.
#[derive(Clone, Copy, Debug)]
struct Hole {
    at: usize,
    /// `None`: of any form.
    form: Option<Form>,
}

impl Known {
    /// Whether a line is like this one, but for the form of its first UUID; then its UUIDs
    /// are in `uuids`.
    #[inline(always)]
    fn is(&self, line: &Likeness<'_>, uuids: &mut Vec<Uuid>) -> bool {
        if line.shape == 0 || self.shape != line.shape || self.count != line.values.len() {
            return false;
        }
        let mut bytes = &*self.bytes;
        let mut holes = &*self.holes;
        for (mark, part) in line.values.iter().zip(&self.parts) {
            let value = line.line.inner(mark.value);
            if value.len() != part.len as usize {
                return false;
            }
            let Some((known, rest)) = bytes.split_at_checked(value.len()) else {
                return false;
            };
            bytes = rest;
            if part.holes == 0 {
                if !same(known, value) {
                    return false;
                }
                continue;
            }
            let Some((own, rest)) = holes.split_at_checked(part.holes as usize) else {
                return false;
            };
            holes = rest;
            if !same_but_for_holes(known, own, value, uuids) {
                return false;
            }
        }
        true
    }

    fn set(&mut self, line: &Likeness<'_>, place: Place, epoch: u32, uuids: &mut Vec<Uuid>) {
        uuids.clear();
        self.bytes.clear();
        self.holes.clear();
        for (mark, part) in line.values.iter().zip(&mut self.parts) {
            let value = line.line.inner(mark.value);
            self.bytes.extend_from_slice(value);
            let before = self.holes.len();
            // All else decides as it stands.
            if mark.is_text && mark.value.string && !value.is_empty() {
                let holes = holes(line.line.raw(mark.value));
                for (at, id) in holes {
                    let form = (!self.holes.is_empty()).then(|| Form::of(id));
                    self.holes.push(Hole {
                        at: at - 1, // the quote
                        form,
                    });
                    uuids.push(id);
                }
            }
            part.len = value.len() as u32;
            part.holes = (self.holes.len() - before) as u32;
        }
        (self.shape, self.count) = (line.shape, line.values.len());
        (self.places, self.epoch) = ([None; Form::COUNT], epoch);
        self.add(place, uuids);
    }

    /// The judgement of a line like this one with these UUIDs.
    #[inline(always)]
    fn place(&self, uuids: &[Uuid]) -> Option<Place> {
        let form = uuids.first().map_or(0, |id| Form::of(*id).index());
        *self.places.get(form)?
    }

    fn add(&mut self, place: Place, uuids: &[Uuid]) {
        let form = uuids.first().map_or(0, |id| Form::of(*id).index());
        if let Some(known) = self.places.get_mut(form) {
            *known = Some(place);
        }
    }
}

/// Whether two values, equally long, are the same.
#[inline(always)]
fn same(a: &[u8], b: &[u8]) -> bool {
    // Most are short, and two overlapping parts of fixed size need no call.
    match a.len() {
        17.. => ends::<16>(a, b) && (a.len() <= 32 || a == b),
        8.. => ends::<8>(a, b),
        3.. => ends::<3>(a, b) && (a.len() <= 6 || a.get(3) == b.get(3)),
        _ => a == b,
    }
}

/// Whether the first and the last bytes are the same.
#[inline(always)]
fn ends<const N: usize>(a: &[u8], b: &[u8]) -> bool {
    let ends = |s: &[u8]| Some((*s.first_chunk::<N>()?, *s.last_chunk::<N>()?));
    ends(a) == ends(b)
}

#[inline]
fn same_but_for_holes(known: &[u8], holes: &[Hole], value: &[u8], uuids: &mut Vec<Uuid>) -> bool {
    let mut done = 0;
    for hole in holes {
        let id = value.get(hole.at..hole.at + UUID_BYTES);
        let Some(id) = id.and_then(Uuid::parse) else {
            return false;
        };
        if hole.form.is_some_and(|form| Form::of(id) != form)
            || !id.has_decimal()
            || known.get(done..hole.at) != value.get(done..hole.at)
        {
            return false;
        }
        uuids.push(id);
        done = hole.at + UUID_BYTES;
    }
    known.get(done..) == value.get(done..)
}

/// The lines known.
#[derive(Debug)]
pub(super) struct Likenesses {
    /// At most [`LIKENESSES`].
    known: Vec<Known>,
    /// Which of them is at a place; many more places than lines, so that few share one.
    /// Each line may be at one of two.
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
    #[inline(always)]
    pub fn find(
        &mut self,
        line: &Likeness<'_>,
        epoch: u32,
        uuids: &mut Vec<Uuid>,
    ) -> Option<Place> {
        let mut at = line.place;
        loop {
            uuids.clear();
            let known = self.known.get(usize::from(self.index[at]));
            if let Some(known) = known
                && known.epoch == epoch
                && known.is(line, uuids)
                && let Some(place) = known.place(uuids)
            {
                self.credit = (self.credit + 1).min(Self::MAX_CREDIT);
                return Some(place);
            }
            at ^= 1;
            if at == line.place {
                return None;
            }
        }
    }

    /// Remembers a line.
    #[cold]
    pub fn keep(&mut self, line: &Likeness<'_>, place: Place, epoch: u32) {
        let lens = line.values.iter().map(|mark| line.line.len(mark.value));
        let bytes: usize = lens.sum();
        if line.shape == 0 || bytes > LIKENESS_BYTES || self.credit < COST {
            return;
        }
        self.credit -= COST;
        let mut uuids = Vec::new();
        // Known but for the form of a UUID?
        for at in [line.place, line.place ^ 1] {
            uuids.clear();
            let known = self.known.get_mut(usize::from(self.index[at]));
            if let Some(known) = known
                && known.epoch == epoch
                && known.is(line, &mut uuids)
            {
                known.add(place, &uuids);
                return;
            }
        }
        if self.known.len() < LIKENESSES {
            self.oldest = self.known.len();
            self.known.push(Known::default());
        } else {
            self.oldest = (self.oldest + 1) % LIKENESSES;
        }
        if let Some(known) = self.known.get_mut(self.oldest) {
            if usize::from(self.index[known.at]) == self.oldest {
                self.index[known.at] = NOWHERE;
            }
            known.set(line, place, epoch, &mut uuids);
            let (first, second) = (line.place, line.place ^ 1);
            known.at = if self.index[first] == NOWHERE {
                first
            } else {
                second
            };
            self.index[known.at] = self.oldest as u16;
        }
    }
}

const _: () = assert!(LIKENESSES < NOWHERE as usize && PLACES.is_power_of_two());
