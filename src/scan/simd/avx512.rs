//! 64 bytes at a time with AVX-512 (VBMI2), on x86-64 since 2019 (Intel) and 2022 (AMD).
#![allow(unsafe_code)]

use super::layout::{Bounds, Layout};
use super::{Block, Kernel, Lanes, Marks, positions_one_by_one};
use std::arch::x86_64::{
    __m128i, __m256i, __m512i, _mm_cmplt_epu8_mask, _mm_loadu_si128, _mm_set1_epi8, _mm_sub_epi8,
    _mm256_cmpeq_epi8_mask, _mm256_loadu_si256, _mm256_mask_cmpneq_epi8_mask, _mm512_add_epi32,
    _mm512_alignr_epi32, _mm512_castsi512_si128, _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask,
    _mm512_cvtepu8_epi32, _mm512_loadu_si512, _mm512_mask_cmpgt_epu32_mask,
    _mm512_mask_cmplt_epu32_mask, _mm512_maskz_compress_epi8, _mm512_maskz_compress_epi32,
    _mm512_maskz_loadu_epi32, _mm512_or_si512, _mm512_permutexvar_epi32, _mm512_set1_epi8,
    _mm512_set1_epi32, _mm512_shuffle_epi8, _mm512_storeu_si512, _mm512_sub_epi8, _mm512_sub_epi32,
};

/// Proof that this processor has AVX-512 as used here: only [`Avx512::detect`] makes
/// one, so every method may rely on it.
#[derive(Clone, Copy, Debug)]
pub struct Avx512(());

impl Avx512 {
    pub fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vbmi2")
            && is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt");
        found.then_some(Self(()))
    }

    /// Runs a kernel compiled for these instructions.
    #[inline]
    pub fn run<K: Kernel>(self, kernel: K) -> K::Out {
        #[inline(never)]
        #[target_feature(
            enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
        )]
        fn enabled<K: Kernel>(lanes: Avx512, kernel: K) -> K::Out {
            kernel.run(lanes)
        }
        // SAFETY: `self` exists, so the processor has all these features.
        unsafe { enabled(self, kernel) }
    }
}

// No closures below, nor `map`: a closure is a function of its own, compiled without
// AVX-512, into which the intrinsics would not be inlined.

#[inline(always)]
fn load(block: &Block) -> __m512i {
    // SAFETY: reads the 64 bytes behind the reference; unaligned loads are allowed.
    // AVX-512 is there, as only methods of `Avx512` call this.
    unsafe { _mm512_loadu_si512(block.as_ptr().cast()) }
}

#[inline(always)]
fn load32(bytes: &[u8; 32]) -> __m256i {
    // SAFETY: reads the 32 bytes behind the reference; see [`load`].
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[inline(always)]
fn equal(bytes: __m512i, byte: u8) -> u64 {
    // SAFETY: AVX-512 is there, as only methods of `Avx512` call this.
    unsafe { _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte as i8)) }
}

#[inline(always)]
fn below(bytes: __m512i, limit: u8) -> u64 {
    // SAFETY: AVX-512 is there, as only methods of `Avx512` call this.
    unsafe { _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(limit as i8)) }
}

#[inline(always)]
fn load16(numbers: &[u32; 16]) -> __m512i {
    // SAFETY: reads the 16 numbers behind the reference; see [`load`].
    unsafe { _mm512_loadu_si512(numbers.as_ptr().cast()) }
}

#[inline(always)]
fn store16(out: &mut [u32; 16], numbers: __m512i) {
    // SAFETY: writes the 16 numbers behind the reference; see [`load`].
    unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), numbers) }
}

/// By low nibble: the byte with that nibble that may follow a `\` (of `"`, `b` and `r`,
/// which share one, `b`), else one with another nibble: never equal.
const ESCAPABLE: [u8; 64] = {
    let mut table = [0xff; 64];
    let mut lane = 0;
    while lane < 64 {
        table[lane + 0x2] = b'b';
        table[lane + 0x4] = b't';
        table[lane + 0x5] = b'u';
        table[lane + 0x6] = b'f';
        table[lane + 0xc] = b'\\';
        table[lane + 0xe] = b'n';
        table[lane + 0xf] = b'/';
        lane += 16;
    }
    table
};

/// 0, 1, 2 … 63.
const NUMBERS: [u8; 64] = {
    let mut numbers = [0; 64];
    let mut n = 0;
    while n < 64 {
        numbers[n] = n as u8;
        n += 1;
    }
    numbers
};

impl Lanes for Avx512 {
    #[inline(always)]
    fn marks(self, block: &Block) -> Marks {
        let bytes = load(block);
        let newline = equal(bytes, b'\n');
        Marks {
            quote: equal(bytes, b'"'),
            colon: equal(bytes, b':'),
            newline,
            special: equal(bytes, b'\\') | (below(bytes, 0x20) ^ newline) != 0,
        }
    }

    #[inline(always)]
    fn equal(self, block: &Block, byte: u8) -> u64 {
        equal(load(block), byte)
    }

    #[inline(always)]
    fn control(self, block: &Block) -> u64 {
        below(load(block), 0x20)
    }

    #[inline(always)]
    fn escapable(self, block: &Block) -> u64 {
        let bytes = load(block);
        // SAFETY: `self` proves AVX-512.
        let by_nibble =
            unsafe { _mm512_cmpeq_epi8_mask(bytes, _mm512_shuffle_epi8(load(&ESCAPABLE), bytes)) };
        by_nibble | equal(bytes, b'"') | equal(bytes, b'r')
    }

    #[inline(always)]
    fn hex(self, block: &Block) -> u64 {
        let bytes = load(block);
        // SAFETY: `self` proves AVX-512.
        let (digit, letter) = unsafe {
            let folded = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
            (
                _mm512_sub_epi8(bytes, _mm512_set1_epi8(b'0' as i8)),
                _mm512_sub_epi8(folded, _mm512_set1_epi8(b'a' as i8)),
            )
        };
        below(digit, 10) | below(letter, 6)
    }

    #[inline(always)]
    fn same(self, text: &[u8; 32], expect: &[u8; 32], ignore: u32) -> bool {
        // SAFETY: `self` proves AVX-512.
        let same = unsafe { _mm256_cmpeq_epi8_mask(load32(text), load32(expect)) };
        same | ignore == u32::MAX
    }

    #[inline(always)]
    fn digits(self, text: &[u8; 16]) -> u32 {
        // SAFETY: reads the 16 bytes behind the reference; SSE2 is part of x86-64.
        let bytes: __m128i = unsafe { _mm_loadu_si128(text.as_ptr().cast()) };
        // SAFETY: `self` proves AVX-512.
        let digits = unsafe {
            let moved = _mm_sub_epi8(bytes, _mm_set1_epi8(b'0' as i8));
            _mm_cmplt_epu8_mask(moved, _mm_set1_epi8(10))
        };
        u32::from(digits)
    }

    #[inline(always)]
    fn positions(self, bits: u64, at: u32, out: &mut [u32; 64]) {
        if bits.count_ones() > 16 {
            return positions_one_by_one(bits, at, out);
        }
        // SAFETY: `self` proves AVX-512; the store writes the first 16 of 64 numbers.
        unsafe {
            let packed = _mm512_maskz_compress_epi8(bits, load(&NUMBERS));
            let wide = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(packed));
            let positions = _mm512_add_epi32(wide, _mm512_set1_epi32(at as i32));
            _mm512_storeu_si512(out.as_mut_ptr().cast(), positions);
        }
    }

    #[inline(always)]
    fn squeeze(self, block: &Block, keep: u64, out: &mut Block) {
        // SAFETY: `self` proves AVX-512; the store writes the 64 bytes behind the reference.
        unsafe {
            let packed = _mm512_maskz_compress_epi8(keep, load(block));
            _mm512_storeu_si512(out.as_mut_ptr().cast(), packed);
        }
    }

    #[inline(always)]
    fn follow(
        self,
        text: &[u8],
        anchors: &[u32],
        start: usize,
        layout: &Layout,
        bounds: &mut Bounds,
    ) -> bool {
        if anchors.len() != layout.anchors() || text.len() < 32 {
            return false;
        }
        // Where the pieces start and the values do: none may overlap, all must lie within
        // the text. A start below zero wraps around and is past the text's end.
        let last_start = (text.len() - 32).min(u32::MAX as usize) as u32;
        let (mut packed, mut wrong) = (0, 0_u16);
        // SAFETY: `self` proves AVX-512 here and below.
        let limit = unsafe { _mm512_set1_epi32(last_start as i32) };
        // The last lane: where the value before the next piece starts.
        // SAFETY: as above.
        let mut behind = unsafe { _mm512_set1_epi32(start as i32) };
        for (number, sixteen) in layout.sixteens.iter().enumerate() {
            let rest = anchors.get(16 * number..).unwrap_or_default();
            let there = u32::MAX.checked_shr(32 - rest.len().min(16) as u32);
            let pieces = sixteen.last.count_ones();
            let own = u32::MAX.checked_shr(32 - pieces).unwrap_or(0) as u16;
            let starts = bounds.starts.get_mut(packed..);
            let values = bounds.values.get_mut(packed..);
            let (Some(starts), Some(values)) = (
                starts.and_then(<[u32]>::first_chunk_mut),
                values.and_then(<[u32]>::first_chunk_mut),
            ) else {
                return false; // cannot be: layouts are no longer than bounds
            };
            // SAFETY: as above. The load reads only the anchors that are there; the other
            // loads and the stores stay behind references to sixteen numbers.
            unsafe {
                let there = there.unwrap_or(0) as u16;
                let anchors = _mm512_maskz_loadu_epi32(there, rest.as_ptr().cast());
                let last = _mm512_maskz_compress_epi32(sixteen.last, anchors);
                let from = _mm512_sub_epi32(last, load16(&sixteen.before));
                let to = _mm512_add_epi32(from, load16(&sixteen.len));
                let value = _mm512_alignr_epi32::<15>(to, behind);
                wrong |= _mm512_mask_cmplt_epu32_mask(own, from, value)
                    | _mm512_mask_cmpgt_epu32_mask(own, from, limit);
                store16(starts, from);
                store16(values, to);
                if pieces != 0 {
                    let last = _mm512_set1_epi32(pieces as i32 - 1);
                    behind = _mm512_permutexvar_epi32(last, to);
                }
            }
            packed += pieces as usize;
        }
        if wrong != 0 || packed != layout.expect.len() || bounds.starts[0] as usize != start {
            return false;
        }
        let mut differ = 0_u32;
        for ((start, expect), care) in bounds.starts.iter().zip(&layout.expect).zip(&layout.care) {
            // SAFETY: `self` proves AVX-512. `start + 32` is at most the text's length: else
            // `wrong` would not be 0.
            unsafe {
                let there = _mm256_loadu_si256(text.as_ptr().add(*start as usize).cast());
                differ |= _mm256_mask_cmpneq_epi8_mask(*care, there, load32(expect));
            }
        }
        differ == 0
    }

    #[inline(always)]
    fn call<K: Kernel>(self, kernel: K) -> K::Out {
        self.run(kernel)
    }
}
