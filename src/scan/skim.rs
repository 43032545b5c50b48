//! The short way: lines of known shapes, one after the other, straight to who takes them.
//!
//! A log is mostly lines of a few shapes. Going from line to line within one loop, with
//! all that differs between processors already decided, saves what calls and hits cost;
//! a line that has no known shape, or that the taker does not want in this form, ends
//! the loop and takes the long way.

use super::known::Known;
pub use super::shape::Wanted;
use super::short::Short;
use super::simd::layout::Bounds;
use std::ops::Range;

/// Takes lines off the short way.
pub trait Skim {
    /// Takes a line. `false`: it needs the long way, and nothing has happened.
    fn take(&mut self, line: &Matched<'_>) -> bool;

    /// Takes a record that stands in a string of another line, from which its line's end was
    /// taken too. `false`: as above.
    fn take_wrapped(&mut self, _envelope: &Matched<'_>, _record: &Matched<'_>) -> bool {
        false
    }
}

/// A line that has a known shape: valid JSON, its wanted values in reach.
#[derive(Clone)]
pub struct Matched<'m> {
    text: &'m [u8],
    line: Range<usize>,
    wanted: &'m [Wanted],
    shape: u32,
    slot: usize,
    bounds: &'m Bounds,
}

impl<'m> Matched<'m> {
    /// A line of a shape, with its id and slot.
    #[inline(always)]
    pub(super) fn new(
        text: &'m [u8],
        line: Range<usize>,
        wanted: &'m [Wanted],
        (shape, slot): (u32, usize),
        bounds: &'m Bounds,
    ) -> Self {
        Self {
            text,
            line,
            wanted,
            shape,
            slot,
            bounds,
        }
    }

    /// The whole line, without its `\n`.
    pub fn line(&self) -> &'m [u8] {
        self.text.get(self.line.clone()).unwrap_or_default()
    }

    /// What [`Self::span`] counts from.
    #[inline(always)]
    pub fn text(&self) -> &'m [u8] {
        self.text
    }

    /// Names the shape among those known at this time: small, and given again later.
    #[inline(always)]
    pub fn slot(&self) -> usize {
        self.slot
    }

    /// Names the shape for good (within one engine); 0: it has none.
    #[inline(always)]
    pub fn shape(&self) -> u32 {
        self.shape
    }

    /// The wanted values of the line, in no order. Lines of one shape have the same.
    pub fn wanted(&self) -> &'m [Wanted] {
        self.wanted
    }

    /// A number (in a string or not), if it is short.
    #[inline(always)]
    pub fn short(&self, value: Wanted) -> Short {
        match self.following(value) {
            Some(there) => Short::read(*there, self.len(value)),
            None => Short::OTHER,
        }
    }

    /// The raw JSON of a value.
    #[inline(always)]
    pub fn raw(&self, value: Wanted) -> &'m [u8] {
        let Range { start, end } = self.span(value);
        self.text
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    /// A value without its quotes.
    #[inline(always)]
    pub fn inner(&self, value: Wanted) -> &'m [u8] {
        let [start, end] = self.bounds.value(value.value, value.piece_len);
        self.text
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    /// Where in [`Self::text`] the raw JSON of a value stands.
    #[inline(always)]
    pub fn span(&self, value: Wanted) -> Range<u32> {
        let [start, end] = self.bounds.value(value.value, value.piece_len);
        let quote = u32::from(value.string);
        start.wrapping_sub(quote)..end.wrapping_add(quote)
    }
}

/// Access to what stands around a value, which is cheaper to look at in fixed amounts.
impl<'m> Matched<'m> {
    /// Length of a value, without quotes.
    #[inline(always)]
    pub fn len(&self, value: Wanted) -> usize {
        let [start, end] = self.bounds.value(value.value, value.piece_len);
        end.wrapping_sub(start) as usize
    }

    /// Length of the raw JSON of a value.
    #[inline(always)]
    pub fn raw_len(&self, value: Wanted) -> usize {
        self.len(value) + 2 * usize::from(value.string)
    }

    /// The first bytes of a value (without quotes) and what follows, if there is so much.
    #[inline(always)]
    pub fn following<const N: usize>(&self, value: Wanted) -> Option<&'m [u8; N]> {
        let start = self.bounds.value(value.value, value.piece_len)[0] as usize;
        self.text.get(start..start + N)?.first_chunk()
    }
}

/// A line that ended the short way.
pub(super) struct Left {
    /// Where it stands in the window.
    pub line: Range<usize>,
    /// What is known of it if it was matched; then its bounds are in the scratch.
    pub known: Option<Known>,
}
