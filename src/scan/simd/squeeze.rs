//! Bytes brought close together, of which some are left out: for [`Lanes::squeeze`], where
//! no instruction does it.
#![allow(unsafe_code)]

use super::Block;
#[cfg(doc)]
use super::Lanes;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{_mm_cvtsi64_si128, _mm_cvtsi128_si64, _mm_shuffle_epi8};

/// For each choice of eight bytes, by its bits: where those chosen are, the first first.
/// `pext` would need no table, but is microcode on AMD before Zen 3: 60 ns for eight bytes,
/// which made Docker's lines 17 times slower.
#[cfg(target_arch = "x86_64")]
static TOGETHER: [[u8; 8]; 256] = {
    let mut all = [[0; 8]; 256];
    let mut choice = 0;
    while choice < all.len() {
        let (mut from, mut to) = (0, 0);
        while from < 8 {
            if choice >> from & 1 == 1 {
                all[choice][to] = from as u8;
                to += 1;
            }
            from += 1;
        }
        choice += 1;
    }
    all
};

/// [`Lanes::squeeze`], eight bytes at a time.
///
/// # Safety
/// AVX2 must be there.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) unsafe fn by_shuffles(block: &Block, keep: u64, out: &mut Block) {
    let mut to = 0;
    for (n, bytes) in block.as_chunks::<8>().0.iter().enumerate() {
        let keep = keep >> (8 * n) & 0xff;
        let places = i64::from_le_bytes(TOGETHER[keep as usize]);
        // SAFETY: AVX2 is there, hence SSSE3.
        let bytes = unsafe {
            let bytes = _mm_cvtsi64_si128(i64::from_le_bytes(*bytes));
            _mm_cvtsi128_si64(_mm_shuffle_epi8(bytes, _mm_cvtsi64_si128(places)))
        };
        if let Some(place) = out.get_mut(to..).and_then(<[u8]>::first_chunk_mut) {
            *place = bytes.to_le_bytes();
        }
        to += keep.count_ones() as usize;
    }
}

/// Bytes that are copied at once by [`by_runs`].
const RUN: usize = 16;

/// [`Lanes::squeeze`], run by run of bytes that are kept.
#[inline(always)]
pub(super) fn by_runs(block: &Block, mut keep: u64, out: &mut Block) {
    // With room for copies of fixed length.
    let mut from = [0; 64 + RUN];
    let mut to = [0; 64 + RUN];
    from[..64].copy_from_slice(block);
    let mut written = 0;
    while keep != 0 {
        let mut start = keep.trailing_zeros() as usize;
        let len = (!(keep >> start)).trailing_zeros() as usize;
        let end = start + len;
        let next = written + len;
        while start < end {
            let run: Option<&[u8; RUN]> = from.get(start..).and_then(<[u8]>::first_chunk);
            let place = to.get_mut(written..).and_then(<[u8]>::first_chunk_mut);
            if let (Some(run), Some(place)) = (run, place) {
                *place = *run;
            }
            start += RUN;
            written += RUN;
        }
        written = next;
        keep &= u64::MAX.checked_shl(end as u32).unwrap_or(0);
    }
    out.copy_from_slice(&to[..64]);
}

#[cfg(test)]
mod tests {
    use super::super::{Isa, Kernel, Lanes, Level};
    use super::*;

    struct Squeeze<'b>(&'b Block, u64);

    impl Kernel for Squeeze<'_> {
        type Out = Block;
        #[inline(always)]
        fn run<L: Lanes>(self, lanes: L) -> Block {
            let mut out = [b'?'; 64];
            lanes.squeeze(self.0, self.1, &mut out);
            out
        }
    }

    #[test]
    fn every_instruction_set_keeps_what_is_chosen() {
        let block: Block = std::array::from_fn(|at| at as u8);
        // Each choice of eight bytes at each place, between others.
        for choice in 0..=255_u64 {
            for place in 0..8 {
                let others = choice.wrapping_mul(0x0123_4567_89ab_cdef);
                let keep = others & !(0xff << (8 * place)) | choice << (8 * place);
                let kept: Vec<u8> = (0..64).filter(|at| keep >> at & 1 == 1).collect();
                for isa in [Isa::Portable, Isa::Avx2, Isa::Avx512] {
                    let out = Level::new(isa).run(Squeeze(&block, keep));
                    assert_eq!(out[..kept.len()], kept, "{isa:?} {keep:#x}");
                }
            }
        }
        for isa in [Isa::Portable, Isa::Avx2, Isa::Avx512] {
            assert_eq!(Level::new(isa).run(Squeeze(&block, u64::MAX)), block);
        }
    }
}
