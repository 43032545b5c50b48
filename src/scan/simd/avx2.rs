//! 32 bytes at a time with AVX2, on x86-64 since 2013 (Intel) and 2015 (AMD).
#![allow(unsafe_code)]

use super::{Block, Kernel, Lanes, Marks};
use std::arch::x86_64::{
    __m128i, __m256i, _mm_add_epi8, _mm_cmplt_epi8, _mm_loadu_si128, _mm_movemask_epi8,
    _mm_set1_epi8, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8,
    _mm256_or_si256, _mm256_set1_epi8, _mm256_setr_epi8, _mm256_shuffle_epi8, _mm256_sub_epi8,
};

/// Proof that this processor has AVX2 and what comes with it: only [`Avx2::detect`]
/// makes one, so every method may rely on it.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

impl Avx2 {
    pub fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt");
        found.then_some(Self(()))
    }

    /// Runs a kernel compiled for these instructions.
    #[inline]
    pub fn run<K: Kernel>(self, kernel: K) -> K::Out {
        #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
        fn enabled<K: Kernel>(lanes: Avx2, kernel: K) -> K::Out {
            kernel.run(lanes)
        }
        // SAFETY: `self` exists, so the processor has all these features.
        unsafe { enabled(self, kernel) }
    }
}

#[inline(always)]
fn load(block: &Block) -> [__m256i; 2] {
    let (halves, _) = block.as_chunks::<32>();
    [load32(&halves[0]), load32(&halves[1])]
}

#[inline(always)]
fn load32(bytes: &[u8; 32]) -> __m256i {
    // SAFETY: reads the 32 bytes behind the reference; unaligned loads are allowed.
    // AVX2 is there, as only methods of `Avx2` call this.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

/// One bit per byte, of both halves of a block.
#[inline(always)]
fn mask(halves: [__m256i; 2]) -> u64 {
    // SAFETY: AVX2 is there, as only methods of `Avx2` call this.
    let [low, high] = halves.map(|half| unsafe { _mm256_movemask_epi8(half) } as u32);
    u64::from(high) << 32 | u64::from(low)
}

#[inline(always)]
fn equal(halves: [__m256i; 2], byte: u8) -> [__m256i; 2] {
    // SAFETY: AVX2 is there, as only methods of `Avx2` call this.
    halves.map(|half| unsafe { _mm256_cmpeq_epi8(half, _mm256_set1_epi8(byte as i8)) })
}

#[inline(always)]
fn at_most(half: __m256i, byte: u8) -> __m256i {
    // SAFETY: AVX2 is there, as only methods of `Avx2` call this.
    unsafe { _mm256_cmpeq_epi8(_mm256_min_epu8(half, _mm256_set1_epi8(byte as i8)), half) }
}

#[inline(always)]
fn or(a: __m256i, b: __m256i) -> __m256i {
    // SAFETY: AVX2 is there, as only methods of `Avx2` call this.
    unsafe { _mm256_or_si256(a, b) }
}

impl Lanes for Avx2 {
    #[inline(always)]
    fn marks(self, block: &Block) -> Marks {
        let halves = load(block);
        let [low, high] = halves;
        let [slash_low, slash_high] = equal(halves, b'\\');
        // SAFETY: `self` proves AVX2.
        let least = unsafe { _mm256_min_epu8(low, high) };
        let special = or(or(slash_low, slash_high), at_most(least, 0x1f));
        Marks {
            quote: mask(equal(halves, b'"')),
            colon: mask(equal(halves, b':')),
            // SAFETY: `self` proves AVX2.
            special: unsafe { _mm256_movemask_epi8(special) } != 0,
        }
    }

    #[inline(always)]
    fn equal(self, block: &Block, byte: u8) -> u64 {
        mask(equal(load(block), byte))
    }

    #[inline(always)]
    fn control(self, block: &Block) -> u64 {
        mask(load(block).map(|half| at_most(half, 0x1f)))
    }

    #[inline(always)]
    fn escapable(self, block: &Block) -> u64 {
        // By low nibble: the byte with that nibble that may follow a `\` (of `"`, `b`
        // and `r`, which share one, `b`), else one with another nibble: never equal.
        let halves = load(block).map(|half| {
            // SAFETY: `self` proves AVX2.
            let by_nibble = unsafe {
                let table = _mm256_setr_epi8(
                    -1, -1, 0x62, -1, 0x74, 0x75, 0x66, -1, -1, -1, -1, -1, 0x5c, -1, 0x6e, 0x2f,
                    -1, -1, 0x62, -1, 0x74, 0x75, 0x66, -1, -1, -1, -1, -1, 0x5c, -1, 0x6e, 0x2f,
                );
                _mm256_cmpeq_epi8(half, _mm256_shuffle_epi8(table, half))
            };
            let [quote, r] = [b'"', b'r'].map(|byte| equal([half, half], byte)[0]);
            or(by_nibble, or(quote, r))
        });
        mask(halves)
    }

    #[inline(always)]
    fn hex(self, block: &Block) -> u64 {
        mask(load(block).map(|half| {
            // SAFETY: `self` proves AVX2.
            let (digit, letter) = unsafe {
                let folded = _mm256_or_si256(half, _mm256_set1_epi8(0x20));
                (
                    _mm256_sub_epi8(half, _mm256_set1_epi8(b'0' as i8)),
                    _mm256_sub_epi8(folded, _mm256_set1_epi8(b'a' as i8)),
                )
            };
            or(at_most(digit, 9), at_most(letter, 5))
        }))
    }

    #[inline(always)]
    fn same(self, text: &[u8; 32], expect: &[u8; 32], ignore: u32) -> bool {
        // SAFETY: `self` proves AVX2.
        let same = unsafe { _mm256_movemask_epi8(_mm256_cmpeq_epi8(load32(text), load32(expect))) };
        same as u32 | ignore == u32::MAX
    }

    #[inline(always)]
    fn digits(self, text: &[u8; 16]) -> u32 {
        // SAFETY: reads the 16 bytes behind the reference; SSE2 is part of x86-64.
        let bytes: __m128i = unsafe { _mm_loadu_si128(text.as_ptr().cast()) };
        // SAFETY: SSE2. Moves '0'..='9' to the ten least signed values.
        let digits = unsafe {
            let moved = _mm_add_epi8(bytes, _mm_set1_epi8(0x80_u8.wrapping_sub(b'0') as i8));
            _mm_cmplt_epi8(moved, _mm_set1_epi8(-128 + 10))
        };
        // SAFETY: SSE2.
        unsafe { _mm_movemask_epi8(digits) as u32 }
    }
}
