//! What pieces of a line have of what is wanted, and what they have together.
//!
//! A wanted key or path that stands twice must not go unnoticed. Each has a bit; where two
//! segments of a line share one, it is repeated.

/// Kinds of values, and wanted keys and paths, that are told apart.
pub(super) const MAX_BITS: usize = u64::BITS as usize;

/// What a segment has of what is wanted. No number is wider than a byte, so that all of a segment
/// is in one cache line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// Its keys and its path, a bit each.
    marks: [u8; 8],
    /// The number of the kind of the value after it; [`NO_KIND`] if that is not wanted, and
    /// [`UNSURE`] if this does not say all.
    number: u8,
}

/// In place of the number of a kind: none, …
pub(super) const NO_KIND: u8 = MAX_BITS as u8;

/// … or more than can be told apart.
const UNSURE: u8 = NO_KIND + 1;

impl Part {
    /// More than can be told apart.
    pub const UNSURE: Self = Self {
        marks: [0; 8],
        number: UNSURE,
    };

    /// One of these keys and paths, and this kind.
    pub fn new(marks: u64, number: u8) -> Self {
        Self {
            marks: marks.to_le_bytes(),
            number,
        }
    }

    /// Where in bounds by kind the start of the value after it is noted; behind it, its end.
    #[inline(always)]
    pub fn place(self) -> usize {
        2 * usize::from(self.number)
    }
}

/// The parts of a line so far.
#[derive(Clone, Copy)]
pub(super) struct Parts {
    marks: u64,
    repeated: u64,
    kinds: u64,
    are_sure: bool,
}

/// What is known of a whole line's parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sum {
    /// Its kinds, each once.
    Kinds(u64),
    /// Something wanted is repeated.
    Repeated,
    /// Too much to be told apart.
    Unsure,
}

impl Parts {
    pub const NONE: Self = Self {
        marks: 0,
        repeated: 0,
        kinds: 0,
        are_sure: true,
    };

    #[inline(always)]
    pub fn add(&mut self, part: Part) {
        let marks = u64::from_le_bytes(part.marks);
        self.repeated |= self.marks & marks;
        self.marks |= marks;
        self.kinds |= u64::from(part.number < NO_KIND) << (part.number % NO_KIND);
        self.are_sure &= part.number != UNSURE;
    }

    pub fn sum(self) -> Sum {
        if self.repeated != 0 {
            Sum::Repeated
        } else if self.are_sure {
            Sum::Kinds(self.kinds)
        } else {
            Sum::Unsure
        }
    }
}
