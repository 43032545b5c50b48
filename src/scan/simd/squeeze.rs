//! Bytes brought close together, of which some are left out: for [`Lanes::squeeze`], where
//! no instruction does it.

use super::Block;
#[cfg(doc)]
use super::Lanes;

/// For each choice of eight bytes, by its bits: where those chosen are, the first first.
/// `pext` would need no table, but is microcode on AMD before Zen 3: 60 ns for eight bytes,
/// which made Docker's lines 25 times slower.
pub(super) static TOGETHER: [[u8; 8]; 256] = {
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
