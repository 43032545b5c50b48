//! 64 bytes at a time with AVX-512 (VBMI2 and GFNI), on x86-64 since 2019 (Intel) and 2022 (AMD).
#![allow(unsafe_code)]

use super::avx2::{self, difference, difference_to};
use super::layout::{Bounds, Layout, Row, STARTS, Start};
use super::reach::Reach;
use super::stripe::{LAST_IN_STRING, ORDER_MATRIX, ORDERED_QUOTE, Stripe};
use super::{Block, Kernel, Lanes, positions_one_by_one};
use super::{FOLD, FOLDED_LIMIT, Marks};
use std::arch::x86_64::{
    __m128i, __m256i, __m512i, _mm_cmplt_epu8_mask, _mm_loadu_si128, _mm_set1_epi8, _mm_sub_epi8,
    _mm256_castsi256_si128, _mm256_extracti128_si256, _mm256_loadu_si256, _mm256_testz_si256,
    _mm512_add_epi32, _mm512_castsi512_si256, _mm512_cmpeq_epi8_mask, _mm512_cmpgt_epu8_mask,
    _mm512_cmplt_epu8_mask, _mm512_cvtepu8_epi32, _mm512_gf2p8affine_epi64_epi8,
    _mm512_loadu_si512, _mm512_maskz_compress_epi8, _mm512_min_epu8, _mm512_or_si512,
    _mm512_permutex2var_epi8, _mm512_set1_epi8, _mm512_set1_epi32, _mm512_set1_epi64,
    _mm512_storeu_si512, _mm512_sub_epi8, _mm512_subs_epu8, _mm512_test_epi8_mask,
    _mm512_testn_epi8_mask, _mm512_xor_si512,
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
            && is_x86_feature_detected!("avx512vbmi")
            && is_x86_feature_detected!("avx512vbmi2")
            && is_x86_feature_detected!("gfni")
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
            enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,avx2,bmi1,bmi2,lzcnt,popcnt"
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

/// Quotes and control bytes.
#[inline(always)]
fn entries(bytes: __m512i) -> u64 {
    // SAFETY: AVX-512 is there, as only methods of `Avx512` call this.
    let folded = unsafe { _mm512_xor_si512(bytes, _mm512_set1_epi8(FOLD as i8)) };
    below(folded, FOLDED_LIMIT)
}

/// Bytes that may not stand in a string for themselves, but for quotes.
#[inline(always)]
fn bad_in_string(bytes: __m512i) -> u64 {
    // SAFETY: AVX-512 with GFNI is there, as only methods of `Avx512` call this.
    unsafe {
        let order = _mm512_set1_epi64(ORDER_MATRIX as i64);
        let places = _mm512_gf2p8affine_epi64_epi8::<0>(bytes, order);
        let above = _mm512_sub_epi8(places, _mm512_set1_epi8(ORDERED_QUOTE as i8));
        _mm512_cmpgt_epu8_mask(
            above,
            _mm512_set1_epi8((LAST_IN_STRING - ORDERED_QUOTE) as i8),
        )
    }
}

/// No zeros where bytes are not as a stripe allows.
#[inline(always)]
fn misfits(text: &Block, stripe: &Stripe) -> __m512i {
    // SAFETY: AVX-512 with GFNI is there, as only methods of `Avx512` call this.
    unsafe {
        let order = _mm512_set1_epi64(ORDER_MATRIX as i64);
        let places = _mm512_gf2p8affine_epi64_epi8::<0>(load(text), order);
        let above = _mm512_sub_epi8(places, load(&stripe.ordered_least));
        _mm512_subs_epu8(above, load(&stripe.ordered_above))
    }
}

#[inline(always)]
fn is_zero(bytes: __m512i) -> bool {
    // SAFETY: AVX-512 is there, as only methods of `Avx512` call this.
    unsafe { _mm512_test_epi8_mask(bytes, bytes) == 0 }
}

/// A set of bytes below 0x80: by low seven bits, the byte itself or one that has others.
type Set = [[u8; 64]; 2];

const fn set(bytes: &[u8]) -> Set {
    let mut set = [[0xff; 64]; 2];
    set[1][63] = 0;
    let mut n = 0;
    while n < bytes.len() {
        let byte = bytes[n];
        set[byte as usize / 64][byte as usize % 64] = byte;
        n += 1;
    }
    set
}

const ESCAPABLE: Set = set(b"\"\\/bfnrtu");
const ESCAPABLE_ALONE: Set = set(b"\"\\/bfnrt");
const PLAIN: Set = set(b"\"\\/");
const HEX: Set = set(b"0123456789abcdefABCDEF");

/// Bytes that are in a set.
#[inline(always)]
fn among(bytes: __m512i, [low, high]: &Set) -> u64 {
    // SAFETY: AVX-512 is there, as only methods of `Avx512` call this.
    unsafe {
        let own = _mm512_permutex2var_epi8(load(low), bytes, load(high));
        _mm512_cmpeq_epi8_mask(bytes, own)
    }
}

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

/// More quotes and control bytes than are written at once.
#[cold]
fn many_positions(bits: u64, at: u32, out: &mut [u32; 64]) {
    positions_one_by_one(bits, at, out);
}

impl Lanes for Avx512 {
    const BY_BLOCKS: bool = true;

    #[inline(always)]
    fn mark(self, blocks: &[Block], marks: &mut Marks) -> bool {
        // SAFETY: `self` proves AVX-512, here and below.
        let mut least = unsafe { _mm512_set1_epi8(-1) };
        for (block, (entries, newlines)) in blocks.iter().zip(marks.iter_mut()) {
            let bytes = load(block);
            *entries = self::entries(bytes);
            *newlines = equal(bytes, b'\n');
            // SAFETY: as above. Zero where a `\` is.
            least = unsafe {
                let slash = _mm512_xor_si512(bytes, _mm512_set1_epi8(b'\\' as i8));
                _mm512_min_epu8(least, slash)
            };
        }
        // SAFETY: as above.
        unsafe { _mm512_testn_epi8_mask(least, least) != 0 }
    }

    #[inline(always)]
    fn equal(self, block: &Block, byte: u8) -> u64 {
        equal(load(block), byte)
    }

    #[inline(always)]
    fn escapable(self, block: &Block) -> u64 {
        among(load(block), &ESCAPABLE)
    }

    #[inline(always)]
    fn escapable_alone(self, block: &Block) -> u64 {
        among(load(block), &ESCAPABLE_ALONE)
    }

    #[inline(always)]
    fn plain(self, block: &Block) -> u64 {
        among(load(block), &PLAIN)
    }

    #[inline(always)]
    fn hex(self, block: &Block) -> u64 {
        among(load(block), &HEX)
    }

    #[inline(always)]
    fn same(self, text: &[u8; 32], row: &Row) -> bool {
        // SAFETY: `self` proves AVX-512, hence AVX2.
        unsafe {
            let differ = difference(load32(text), row);
            _mm256_testz_si256(differ, differ) == 1
        }
    }

    #[inline(always)]
    fn begins(self, text: &[u8; 32], start: &Start) -> bool {
        // SAFETY: `self` proves AVX-512, hence AVX2.
        unsafe {
            let differ = difference_to(load32(text), &start.0);
            _mm256_testz_si256(differ, differ) == 1
        }
    }

    #[inline(always)]
    fn fits(self, text: &Block, stripe: &Stripe) -> bool {
        is_zero(misfits(text, stripe))
    }

    #[inline(always)]
    fn all_fit(self, text: Reach<'_, 64>, mut at: usize, stripes: &[Stripe]) -> bool {
        let [first, others @ ..] = stripes else {
            return true;
        };
        let Some(there) = text.at(at) else {
            return false;
        };
        let mut all = misfits(there, first);
        for stripe in others {
            at += 64;
            let Some(there) = text.at(at) else {
                return false;
            };
            // SAFETY: `self` proves AVX-512.
            all = unsafe { _mm512_or_si512(all, misfits(there, stripe)) };
        }
        is_zero(all)
    }

    #[inline(always)]
    fn add(self, numbers: &[u32; STARTS], to: u32, out: &mut [u32; STARTS]) {
        // SAFETY: `self` proves AVX-512, hence AVX2.
        unsafe { avx2::add(numbers, to, out) }
    }

    #[inline(always)]
    fn below(self, block: &Block, limit: u8) -> u64 {
        below(load(block), limit)
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
    fn entries(self, block: &Block) -> u64 {
        entries(load(block))
    }

    #[inline(always)]
    fn string_end(self, text: &Block) -> u32 {
        let bytes = load(text);
        (entries(bytes) | equal(bytes, b'\\')).trailing_zeros()
    }

    #[inline(always)]
    fn string_len(self, text: &Block) -> Option<u32> {
        let bytes = load(text);
        let len = equal(bytes, b'"').trailing_zeros();
        (bad_in_string(bytes).trailing_zeros() > len).then_some(len)
    }

    #[inline(always)]
    fn positions(self, bits: u64, at: u32, out: &mut [u32; 64]) {
        // SAFETY: `self` proves AVX-512; the stores write the first 32 of 64 numbers.
        unsafe {
            let packed = _mm512_castsi512_si256(_mm512_maskz_compress_epi8(bits, load(&NUMBERS)));
            let at = _mm512_set1_epi32(at as i32);
            let to: *mut __m512i = out.as_mut_ptr().cast();
            let low = _mm512_cvtepu8_epi32(_mm256_castsi256_si128(packed));
            _mm512_storeu_si512(to, _mm512_add_epi32(low, at));
            if bits.count_ones() > 16 {
                let high = _mm512_cvtepu8_epi32(_mm256_extracti128_si256::<1>(packed));
                _mm512_storeu_si512(to.add(1), _mm512_add_epi32(high, at));
            }
        }
        if bits.count_ones() > 32 {
            many_positions(bits, at, out);
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
        entries: &[u32],
        start: usize,
        layout: &Layout,
        bounds: &mut Bounds,
    ) -> bool {
        // SAFETY: `self` proves AVX-512, hence AVX2.
        unsafe { avx2::follow(text, entries, start, layout, bounds) }
    }

    #[inline(always)]
    fn call<K: Kernel>(self, kernel: K) -> K::Out {
        self.run(kernel)
    }
}
