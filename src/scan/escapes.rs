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
#[inline(always)]
pub(super) fn hex_bytes(unicode: u64, carry: &mut u64) -> u64 {
    let two = unicode << 1 | unicode << 2;
    let digits = two | two << 2 | *carry;
    let last = unicode >> 60;
    let last = last | last >> 1;
    *carry = last | last >> 2;
    digits
}

/// Bytes that an odd run of `\` stands before. A run may go on from block to block.
#[inline(always)]
pub(super) fn escaped_bytes(slash: u64, carry: &mut u64) -> u64 {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    let slash = slash & !*carry; // an escaped `\` escapes nothing
    let follows = slash << 1 | *carry;
    let odd_starts = slash & !EVEN & !follows;
    let (runs_from_even, overflow) = odd_starts.overflowing_add(slash);
    *carry = u64::from(overflow);
    (EVEN ^ runs_from_even << 1) & follows
}
