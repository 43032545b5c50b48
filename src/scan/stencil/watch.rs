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

#[cfg(test)]
mod tests {
    use super::super::super::Hits;
    use super::super::super::index::Index;
    use super::super::super::matcher::Matcher;
    use super::super::super::schema::Schema;
    use super::super::super::simd::{Isa, Kernel, Lanes};
    use super::*;

    struct IsFit<'m>(&'m mut Matcher, &'m str);

    impl Kernel for IsFit<'_> {
        type Out = bool;
        #[inline(always)]
        fn run<L: Lanes>(self, lanes: L) -> bool {
            let (bounds, turns) = (&mut self.0.scratch.bounds, &mut 0);
            let fit = self
                .0
                .stencils
                .fit(lanes, self.1.as_bytes(), 0, turns, bounds);
            fit.is_some()
        }
    }

    /// Whether stencils fit a line, where of all places it is said that they have this value.
    fn is_fit(line: &str, said: Value) -> bool {
        let schema = Schema::new(&[]).unwrap();
        let mut matcher = Matcher::new(Isa::Auto);
        let text = "{\"a\":12,\"b\":\"xy\"}\n".repeat(8) + &" ".repeat(100);
        let mut index = Index::default();
        index.build(text.as_bytes(), matcher.level, text.len());
        let mut hits = Hits::default();
        for number in 0..8 {
            let known = index.next_known(text.as_bytes()).unwrap();
            matcher.scan(&known, &schema, &mut hits, &mut 0);
            if number > 0 {
                let Matcher {
                    stencils,
                    learned,
                    scratch,
                    ..
                } = &mut matcher;
                stencils.watch(learned, 0, text.as_bytes(), &scratch.bounds);
            }
        }
        let values = &mut matcher.stencils.values;
        assert_eq!(values.len(), 2);
        values.values_mut().for_each(|value| *value = said);
        matcher.stencils.words = super::super::Words::default(); // `xy` is one
        matcher.grow_stencils(1000);
        let line = format!("{line}\n{}", " ".repeat(100));
        let level = matcher.level;
        level.run(IsFit(&mut matcher, &line))
    }

    #[test]
    fn what_is_said_of_a_string_is_not_taken_for_a_scalar() {
        for said in [
            Value::Fixed(2),
            Value::Digits(2),
            Value::Text,
            Value::Scalar,
        ] {
            assert!(is_fit("{\"a\":12,\"b\":\"34\"}", said), "{said:?}");
            for bad in ["}}", "xy", "\"]", "01", "  "] {
                let line = format!("{{\"a\":{bad},\"b\":\"34\"}}");
                assert!(!is_fit(&line, said), "{said:?} {line}");
            }
        }
    }
}
