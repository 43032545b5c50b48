//! What `\` stands before, several blocks at a time.
//!
//! Escapes are judged without knowing what is a string. That is right for valid lines, as
//! they have no `\` elsewhere, and only valid lines are matched.

use super::simd::{Block, GROUP, Lanes, Marks};

/// What the bytes before a block mean for it.
#[derive(Clone, Copy, Default)]
pub(super) struct Carry {
    /// Bit 0: the last byte was a `\` that escapes the next one.
    escape: u64,
    /// The first bytes of the next block must be hexadecimal digits.
    hex: u64,
    /// For how many groups of blocks to expect more than single escapes of one letter.
    careful: u32,
}

/// For so many groups, what was met once is expected again: trying in vain costs more than
/// what it saves where it succeeds.
const CAREFUL: u32 = 16;

impl Carry {
    /// Whether the next block depends on what came before it.
    #[inline(always)]
    pub fn is_pending(self) -> bool {
        (self.escape | self.hex) != 0
    }
}

/// Takes escaped quotes out of the marks of some blocks; gives where an escape is none that
/// JSON knows, if anywhere.
///
/// All blocks take the same steps: which of them has a `\` cannot be predicted, and a
/// wrong prediction costs more than looking.
#[inline(always)]
pub(super) fn take_out<L: Lanes>(
    lanes: L,
    blocks: &[Block],
    marks: &mut Marks,
    carry: &mut Carry,
) -> Option<[u64; GROUP]> {
    if carry.careful == 0 && take_out_single(lanes, blocks, marks, carry) {
        return None;
    }
    take_out_any(lanes, blocks, marks, carry)
}

/// The usual case: no `\` after a `\`, no `\u`, and nothing bad. If it is another, the marks
/// are as before, and so is what is carried.
#[inline(always)]
fn take_out_single<L: Lanes>(
    lanes: L,
    blocks: &[Block],
    marks: &mut Marks,
    carry: &mut Carry,
) -> bool {
    let mut before = carry.escape << 63;
    let mut others = carry.hex;
    for (block, (entries, newlines)) in blocks.iter().zip(marks.iter_mut()) {
        let slash = lanes.equal(block, b'\\');
        let escaped = slash << 1 | before >> 63;
        before = slash;
        others |= escaped & (slash | !lanes.escapable_alone(block));
        *entries = *entries & !escaped | *newlines;
    }
    if others == 0 {
        carry.escape = before >> 63;
        return true;
    }
    lanes.mark(blocks, marks);
    false
}

/// [`take_out`] for all cases.
#[inline(always)]
fn take_out_any<L: Lanes>(
    lanes: L,
    blocks: &[Block],
    marks: &mut Marks,
    carry: &mut Carry,
) -> Option<[u64; GROUP]> {
    let (mut bad, mut unicode) = ([0; GROUP], [0; GROUP]);
    let (mut any_unicode, mut any_bad) = (carry.hex, 0);
    let mut any_run = 0;
    let found = bad.iter_mut().zip(&mut unicode);
    for ((block, (entries, newlines)), (bad, unicode)) in
        blocks.iter().zip(marks.iter_mut()).zip(found)
    {
        let slash = lanes.equal(block, b'\\');
        let escaped = escaped_bytes(slash, &mut carry.escape);
        any_run |= escaped & slash;
        // An escaped `\n` ends a line all the same. Other control bytes that are escaped are
        // bad escapes, so no matter.
        *entries = *entries & !escaped | *newlines;
        *bad = escaped & !lanes.escapable(block);
        *unicode = escaped & lanes.equal(block, b'u');
        any_unicode |= *unicode;
        any_bad |= *bad;
    }
    carry.careful = if any_run | any_unicode | any_bad == 0 {
        carry.careful.saturating_sub(1)
    } else {
        CAREFUL
    };
    if any_unicode != 0 {
        for (block, (bad, unicode)) in blocks.iter().zip(bad.iter_mut().zip(unicode)) {
            *bad |= hex_bytes(unicode, &mut carry.hex) & !lanes.hex(block);
            any_bad |= *bad;
        }
    }
    (any_bad != 0).then_some(bad)
}

/// The four bytes after each `u` of an escape; those past the block are the next one's first.
///
/// Escapes overlap only where digits are missing: then what comes after the first byte that should
/// be one may be wrong.
#[inline(always)]
pub(super) fn hex_bytes(unicode: u64, carry: &mut u64) -> u64 {
    const FOUR_AFTER: u128 = 0b1_1110;
    let digits = u128::from(unicode) * FOUR_AFTER;
    let before = std::mem::replace(carry, (digits >> 64) as u64);
    digits as u64 | before
}

/// Bytes that an odd run of `\` stands before. A run may go on from block to block. (The way of
/// simdjson.)
#[inline(always)]
pub(super) fn escaped_bytes(slash: u64, carry: &mut u64) -> u64 {
    const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
    let starts = slash & !*carry; // an escaped `\` escapes nothing
    // Subtracting borrows along each run, from its start to the byte after its end.
    let ends = ((starts << 1 | ODD).wrapping_sub(starts)) ^ ODD;
    let escaped = ends ^ (slash | *carry);
    *carry = (ends & slash) >> 63;
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Marks of the bytes of some blocks.
    fn marks(text: &[u8], is: impl Fn(usize) -> bool) -> Vec<u64> {
        let mut blocks = vec![0; text.len() / 64];
        for at in 0..text.len() {
            blocks[at / 64] |= u64::from(is(at)) << (at % 64);
        }
        blocks
    }

    proptest! {
        #[test]
        fn every_byte_after_an_odd_run(text in prop::collection::vec(prop::sample::select(&b"\\\\x"[..]), 256)) {
            let is_odd = |at: usize| text[..at].iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1;
            let truth = marks(&text, is_odd);
            let mut carry = 0;
            let found: Vec<u64> = marks(&text, |at| text[at] == b'\\')
                .into_iter()
                .map(|slash| escaped_bytes(slash, &mut carry))
                .collect();
            prop_assert_eq!(found, truth);
        }

        /// Up to the first byte that should be a digit and is none.
        #[test]
        fn every_digit_of_an_escape(text in "([xa0]{0,3}|\\\\u[0a]{4}|\\\\u[0a]{0,3}|\\\\n){64,}") {
            let mut text = text.into_bytes();
            text.truncate(text.len() / 64 * 64);
            let is_escaped = |at: usize| at > 0 && text[at - 1] == b'\\';
            let is_u = |at: usize| is_escaped(at) && text[at] == b'u';
            let should_be = |at: usize| (at.saturating_sub(4)..at).any(is_u);
            let is_hex = |at: usize| text[at].is_ascii_hexdigit();
            let first_bad = (0..text.len()).find(|at| should_be(*at) && !is_hex(*at));
            let end = first_bad.map_or(text.len(), |at| at + 1);
            let mut carry = 0;
            for (n, unicode) in marks(&text, is_u).into_iter().enumerate() {
                let digits = hex_bytes(unicode, &mut carry);
                for at in n * 64..(n * 64 + 64).min(end) {
                    prop_assert_eq!(digits >> (at % 64) & 1 == 1, should_be(at), "{} of {}", at, text.escape_ascii());
                }
            }
        }
    }
}
