//! 64 bytes of a line of which most are known: text that is always the same, and strings of
//! known length.

use super::layout::Row;

/// Bytes in another order: control bytes, then `"`, then all that may stand in a string for
/// itself, and `\` last. So that is one range, and one comparison tells what is in it. Digits
/// keep their places. A linear map of bits, as AVX-512 has an instruction for such.
pub(super) const ORDER: [u8; 256] = {
    // What each bit of a byte contributes.
    const BITS: [u8; 8] = [0x01, 0x02, 0x04, 0x08, 0x12, 0x22, 0xe1, 0x40];
    let mut order = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                order[byte] ^= BITS[bit];
            }
            bit += 1;
        }
        byte += 1;
    }
    order
};

/// [`ORDER`] as a matrix: byte 7 − n has the bits that make bit n.
pub(super) const ORDER_MATRIX: u64 = {
    let mut matrix = 0;
    let mut n = 0;
    while n < 64 {
        let (to, from) = (n / 8, n % 8);
        if ORDER[1 << from] >> to & 1 == 1 {
            matrix |= 1 << (8 * (7 - to) + from);
        }
        n += 1;
    }
    matrix
};

/// The first and the last that may stand in a string for themselves, in [`ORDER`].
const FIRST_IN_STRING: u8 = ORDERED_QUOTE + 1;
pub(super) const ORDERED_QUOTE: u8 = ORDER[b'"' as usize];
pub(super) const LAST_IN_STRING: u8 = ORDER[b'\\' as usize] - 1;

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
    /// The same in [`ORDER`].
    pub(super) ordered_least: [u8; 64],
    pub(super) ordered_above: [u8; 64],
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
        ordered_least: [0; 64],
        ordered_above: [u8::MAX; 64],
        plain: [0; 64],
        known: [0; 64],
        several_bits: 0,
        words: 0,
    };

    /// Says what byte number `at` must be; bytes are told of in order.
    pub fn expect(&mut self, at: usize, byte: u8) {
        (self.least[at], self.above[at]) = (byte, 0);
        (self.ordered_least[at], self.ordered_above[at]) = (ORDER[usize::from(byte)], 0);
        self.known[at] = u8::MAX;
        self.words = at as u8 / 8 + 1;
    }

    /// Says that byte number `at` is a digit, and not below `least`.
    pub fn digit(&mut self, at: usize, least: u8) {
        (self.least[at], self.above[at]) = (least, b'9' - least);
        (self.ordered_least[at], self.ordered_above[at]) = (least, b'9' - least);
        self.several_bits |= 1 << at;
        self.words = at as u8 / 8 + 1;
    }

    /// Says that byte number `at` stands in a string, for itself.
    pub fn in_string(&mut self, at: usize) {
        (self.least[at], self.above[at]) = (b' ', IN_STRING);
        self.ordered_least[at] = FIRST_IN_STRING;
        self.ordered_above[at] = LAST_IN_STRING - FIRST_IN_STRING;
        self.plain[at] = u8::MAX;
        self.words = at as u8 / 8 + 1;
    }

    /// The same as a row, if it has no strings and is as short.
    pub fn as_row(&self, len: usize) -> Option<Row> {
        let known = self.known.get(..len)?.iter().all(|known| *known != 0);
        (known && len <= 32).then(|| Row::new(&self.least[..len]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_stand_in_a_string_is_one_range() {
        let mut seen = [false; 256];
        for byte in 0..=u8::MAX {
            let place = ORDER[usize::from(byte)];
            assert!(!std::mem::replace(&mut seen[usize::from(place)], true));
            let in_string = (FIRST_IN_STRING..=LAST_IN_STRING).contains(&place);
            assert_eq!(in_string, byte >= b' ' && byte != b'"' && byte != b'\\');
            assert!(!byte.is_ascii_digit() || place == byte);
        }
    }

    #[test]
    fn the_matrix_gives_the_order() {
        for byte in 0..=u8::MAX {
            let rows = ORDER_MATRIX.to_be_bytes();
            let bits = rows.iter().enumerate();
            let place = bits.fold(0, |place, (n, row)| {
                place | ((row & byte).count_ones() as u8 & 1) << n
            });
            assert_eq!(place, ORDER[usize::from(byte)]);
        }
    }
}
