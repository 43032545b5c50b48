//! 64 bytes at a time with AVX-512 (VBMI2), on x86-64 since 2019 (Intel) and 2022 (AMD).
#![allow(unsafe_code)]

use super::{Block, Kernel, Lanes, Marks, positions_one_by_one};
use std::arch::x86_64::{
    __m128i, __m256i, __m512i, _mm_cmplt_epu8_mask, _mm_loadu_si128, _mm_set1_epi8, _mm_sub_epi8,
    _mm256_cmpeq_epi8_mask, _mm256_loadu_si256, _mm512_add_epi32, _mm512_castsi512_si128,
    _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask, _mm512_cvtepu8_epi32, _mm512_loadu_si512,
    _mm512_maskz_compress_epi8, _mm512_or_si512, _mm512_set1_epi8, _mm512_set1_epi32,
    _mm512_shuffle_epi8, _mm512_storeu_si512, _mm512_sub_epi8,
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
        Marks {
            quote: equal(bytes, b'"'),
            colon: equal(bytes, b':'),
            special: equal(bytes, b'\\') | below(bytes, 0x20) != 0,
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
    fn call<K: Kernel>(self, kernel: K) -> K::Out {
        self.run(kernel)
    }
}
