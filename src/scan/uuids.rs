//! Where something of a UUID's form stands: its four dashes, 64 bytes at a time.

use super::simd::{Block, Isa, Kernel, Lanes, Level};
use crate::uuid_form::{DASHES, UUID_BYTES};

/// Finds texts of a UUID's form (whatever stands between the dashes).
#[derive(Clone, Copy, Debug)]
pub struct UuidFinder(Level);

impl UuidFinder {
    /// A finder that uses the given instructions.
    pub fn new(isa: Isa) -> Self {
        Self(Level::new(isa))
    }

    /// Calls `tell` with the offset of each text of a UUID's form in `bytes`, ascending.
    pub fn find(self, bytes: &[u8], tell: impl FnMut(usize)) {
        self.0.run(Find { bytes, tell });
    }
}

struct Find<'b, F> {
    bytes: &'b [u8],
    tell: F,
}

impl<F: FnMut(usize)> Kernel for Find<'_, F> {
    type Out = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self, lanes: L) {
        let (blocks, rest) = self.bytes.as_chunks::<64>();
        let mut last: Block = [0; 64];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        // A dash and those 5, 10 and 15 behind it: they may stand in the next 64 bytes.
        let mut before = 0_u64;
        let mut at = 0_usize;
        for block in blocks.iter().chain([&last, &[0; 64]]) {
            let dashes = lanes.equal(block, b'-');
            let both = u128::from(before) | u128::from(dashes) << 64;
            let mut starts = (both & both >> 5 & both >> 10 & both >> 15) as u64;
            before = dashes;
            while starts != 0 {
                let dash = at.wrapping_sub(64) + starts.trailing_zeros() as usize;
                starts &= starts - 1;
                let from = dash.wrapping_sub(DASHES[0]);
                if from.saturating_add(UUID_BYTES) <= self.bytes.len() {
                    (self.tell)(from);
                }
            }
            at += 64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uuid_form::has_form;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_looking_everywhere(
            parts in prop::collection::vec(prop::sample::select(vec![
                "-", "12345678", "-1234", "-1234-1234-1234-", "123456789012",
                "12345678-1234-1234-1234-123456789012", "\n", "x", "----------------",
            ]), 0..60),
            lead in 0usize..130,
        ) {
            let text = " ".repeat(lead) + &parts.concat();
            let bytes = text.as_bytes();
            let naive: Vec<usize> = (0..bytes.len().saturating_sub(UUID_BYTES - 1))
                .filter(|at| has_form(&bytes[*at..at + UUID_BYTES]))
                .collect();
            for isa in [Isa::Auto, Isa::Portable] {
                let mut found = Vec::new();
                UuidFinder::new(isa).find(bytes, |at| found.push(at));
                prop_assert_eq!(&found, &naive);
            }
        }
    }
}
