//! 64 bytes of a line of which most are known: text that is always the same, and strings of
//! known length.

use super::layout::Row;

/// [`Stripe::above`] of bytes in a string, and of no others: no control bytes, and they must be
/// none of `"` and `\` either. So two vectors say it all, and are all that has to be near.
pub(super) const IN_STRING: u8 = u8::MAX - b' ';

/// What each of 64 bytes may be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(align(64))]
pub(in crate::scan) struct Stripe {
    /// The least that a byte may be, …
    pub(super) least: [u8; 64],
    /// … and how much above that the greatest is.
    pub(super) above: [u8; 64],
    /// Without vectors: all bits of the bytes in strings, …
    pub(super) plain: [u8; 64],
    /// … and of those that must be what [`Self::least`] says.
    pub(super) known: [u8; 64],
    /// Bytes that may be some of several, a bit a byte.
    pub(super) several_bits: u64,
    /// How many words of eight bytes matter; behind them all is allowed.
    pub(super) words: u8,
}

impl Stripe {
    /// Allows everything.
    pub const ANY: Self = Self {
        least: [0; 64],
        above: [u8::MAX; 64],
        plain: [0; 64],
        known: [0; 64],
        several_bits: 0,
        words: 0,
    };

    /// Says what byte number `at` must be; bytes are told of in order.
    pub fn expect(&mut self, at: usize, byte: u8) {
        (self.least[at], self.above[at]) = (byte, 0);
        self.known[at] = u8::MAX;
        self.words = at as u8 / 8 + 1;
    }

    /// Says that byte number `at` is one of several.
    pub fn within(&mut self, at: usize, least: u8, greatest: u8) {
        debug_assert_ne!(greatest - least, IN_STRING);
        (self.least[at], self.above[at]) = (least, greatest - least);
        self.several_bits |= 1 << at;
        self.words = at as u8 / 8 + 1;
    }

    /// Says that byte number `at` stands in a string, for itself.
    pub fn in_string(&mut self, at: usize) {
        (self.least[at], self.above[at]) = (b' ', IN_STRING);
        self.plain[at] = u8::MAX;
        self.words = at as u8 / 8 + 1;
    }

    /// The same as a row, if it has no strings and is as short.
    pub fn as_row(&self, len: usize) -> Option<Row> {
        let known = self.known.get(..len)?.iter().all(|known| *known != 0);
        (known && len <= 32).then(|| Row::new(&self.least[..len]))
    }
}
