//! What the values of a shape have in common from line to line.

use super::super::learned::Learned;
use super::super::shape::{MIX, Next};
use super::super::simd::layout::Bounds;
use super::Stencils;
use crate::limits::{MAX_FIXED_BYTES, MAX_STENCILS, MAX_WORD_PLACES};

/// What it costs to look at a line that no stencil fits, in lines.
const LOOK: u64 = 64;

/// Such lines that can be looked at in a row.
const MAX_LOOKS: u64 = 64;

/// What all lines had in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A string of this length, without escapes.
    Fixed(u16),
    /// Strings.
    Text,
    /// A number of so many digits, without sign, point or exponent.
    Digits(u16),
    /// The same, of more or fewer digits.
    Whole,
    /// A number with a point after so many digits, and so many after that.
    Point(u8, u8),
    /// Short numbers with a point.
    Decimal,
    /// `true`, `false` or `null`.
    Word,
    /// Scalars.
    Scalar,
}

impl Value {
    fn of(next: Next, content: &[u8]) -> Self {
        if next == Next::String {
            let fixed = content.len() <= MAX_FIXED_BYTES && !content.contains(&b'\\');
            return if fixed {
                Self::Fixed(content.len() as u16)
            } else {
                Self::Text
            };
        }
        let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
        let mut parts = content.split(|byte| *byte == b'.');
        if matches!(content, b"true" | b"false" | b"null") {
            Self::Word
        } else if digits(content) && content.len() <= MAX_FIXED_BYTES {
            Self::Digits(content.len() as u16)
        } else if let (Some(before), Some(after), None) = (parts.next(), parts.next(), parts.next())
            && digits(before)
            && digits(after)
        {
            if content.len() <= MAX_FIXED_BYTES {
                Self::Point(before.len() as u8, after.len() as u8)
            } else {
                Self::Decimal
            }
        } else {
            Self::Scalar
        }
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            _ if self == other => self,
            (Self::Fixed(_) | Self::Text, Self::Fixed(_) | Self::Text) => Self::Text,
            (Self::Digits(_) | Self::Whole, Self::Digits(_) | Self::Whole) => Self::Whole,
            (Self::Point(..) | Self::Decimal, Self::Point(..) | Self::Decimal) => Self::Decimal,
            _ => Self::Scalar,
        }
    }
}

/// Names a place in lines: by all segments before it.
#[derive(Clone, Copy)]
pub(super) struct Place(u64);

impl Place {
    pub const START: Self = Self(0);

    pub fn after(self, segment: u16) -> Self {
        Self((self.0.rotate_left(23) ^ (u64::from(segment) + 1)).wrapping_mul(MIX))
    }

    pub fn key(self) -> u64 {
        self.0
    }
}

impl Stencils {
    /// Notes that lines were read, so that others may be looked at.
    pub(super) fn earn(&mut self, lines: u64) {
        self.credit = (self.credit + lines).min(LOOK * MAX_LOOKS);
    }

    /// Looks at the values of a line of a shape.
    #[cold]
    #[inline(never)]
    pub fn watch(
        &mut self,
        learned: &mut Learned,
        slot: usize,
        text: &[u8],
        bounds: &Bounds,
    ) -> Option<()> {
        let shape = learned.shapes.get_mut(slot)?;
        let full = self.shapes.len() >= MAX_STENCILS;
        if full && !shape.trial.has_stencil {
            shape.trial.lines = 0;
            return None;
        }
        if shape.trial.lines == 0 {
            // Looking costs as much as matching some lines, and may be in vain.
            self.credit = self.credit.checked_sub(LOOK)?;
        }
        let mut changed = false;
        let mut place = Place::START;
        for (number, id) in shape.segments.iter().enumerate() {
            let segment = learned.segments.get(usize::from(*id))?;
            if segment.next == Next::Edge {
                break;
            }
            place = place.after(*id);
            let [start, end] = bounds.value(number as u32, segment.len.into());
            let value = Value::of(segment.next, text.get(start as usize..end as usize)?);
            let known = self.values.entry(place.key()).or_insert(value);
            let both = known.or(value);
            changed |= both != *known;
            *known = both;
            if segment.next == Next::String && number < MAX_WORD_PLACES {
                let content = text.get(start as usize..end as usize)?;
                let is_new = self.words.see(slot, number, content);
                changed |= is_new && self.telling.contains(&place.key());
            }
        }
        self.is_old |= changed;
        if shape.trial.lines > 0 {
            shape.trial.lines -= 1;
            if shape.trial.lines == 0 {
                shape.trial.has_stencil = true;
                self.shapes.push(slot as u32);
                self.is_old = true;
            }
        }
        Some(())
    }
}
