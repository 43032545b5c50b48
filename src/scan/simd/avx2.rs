//! 32 bytes at a time with AVX2, on x86-64 since 2013 (Intel) and 2015 (AMD).
#![allow(unsafe_code)]

use super::layout::{Bounds, Layout, Row, STARTS, Start};
use super::reach::Reach;
use super::stripe::{IN_STRING, Stripe};
use super::{Block, Kernel, Lanes, squeeze};
use super::{FOLD, FOLDED_LIMIT, Marks};
use std::arch::x86_64::{
    __m128i, __m256i, _mm_add_epi8, _mm_cmplt_epi8, _mm_loadu_si128, _mm_movemask_epi8,
    _mm_set1_epi8, _mm256_add_epi32, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256,
    _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_set1_epi32,
    _mm256_setr_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_sign_epi8,
    _mm256_storeu_si256, _mm256_sub_epi8, _mm256_subs_epu8, _mm256_testz_si256, _mm256_xor_si256,
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
        #[inline(never)]
        #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
        fn enabled<K: Kernel>(lanes: Avx2, kernel: K) -> K::Out {
            kernel.run(lanes)
        }
        // SAFETY: `self` exists, so the processor has all these features.
        unsafe { enabled(self, kernel) }
    }
}

// No closures below, nor `map`: a closure is a function of its own, compiled without
// AVX2, into which the intrinsics would not be inlined.

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

/// One bit per byte.
#[inline(always)]
fn mask32(bytes: __m256i) -> u32 {
    // SAFETY: AVX2 is there, as only methods of `Avx2` call this.
    unsafe { _mm256_movemask_epi8(bytes) as u32 }
}

#[inline(always)]
fn mask(low: __m256i, high: __m256i) -> u64 {
    u64::from(mask32(high)) << 32 | u64::from(mask32(low))
}

#[inline(always)]
fn equal(bytes: __m256i, byte: u8) -> __m256i {
    // SAFETY: AVX2 is there, as only methods of `Avx2` call this.
    unsafe { _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte as i8)) }
}

#[inline(always)]
fn at_most(bytes: __m256i, byte: u8) -> __m256i {
    // SAFETY: AVX2 is there, as only methods of `Avx2` call this.
    unsafe { _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(byte as i8)), bytes) }
}

#[inline(always)]
fn or(a: __m256i, b: __m256i) -> __m256i {
    // SAFETY: AVX2 is there, as only methods of `Avx2` call this.
    unsafe { _mm256_or_si256(a, b) }
}

/// Quotes and control bytes.
#[inline(always)]
fn entries(bytes: __m256i) -> __m256i {
    // SAFETY: AVX2 is there, as only methods of `Avx2` call this.
    let folded = unsafe { _mm256_xor_si256(bytes, _mm256_set1_epi8(FOLD as i8)) };
    at_most(folded, FOLDED_LIMIT - 1)
}

/// Zero where a text is what a row expects, or where that does not matter: there the row
/// has zeros.
///
/// # Safety
/// AVX2 must be there.
#[inline(always)]
pub(super) unsafe fn difference(text: __m256i, row: &Row) -> __m256i {
    // SAFETY: reads the 32 bytes behind the reference.
    unsafe { difference_to(text, &row.expect) }
}

/// The same for what is expected alone.
///
/// # Safety
/// AVX2 must be there.
#[inline(always)]
pub(super) unsafe fn difference_to(text: __m256i, expect: &[u8; 32]) -> __m256i {
    // SAFETY: reads the 32 bytes behind the reference.
    unsafe {
        let expect = load32(expect);
        // Takes the sign of what is expected: of zero, this is zero.
        _mm256_sign_epi8(_mm256_xor_si256(text, expect), expect)
    }
}

/// [`Lanes::follow`], which looks at all pieces before it says no.
///
/// # Safety
/// AVX2 must be there.
#[inline(always)]
pub(super) unsafe fn follow(
    text: &[u8],
    entries: &[u32],
    start: usize,
    layout: &Layout,
    bounds: &mut Bounds,
) -> bool {
    let Some(last_start) = text.len().checked_sub(32) else {
        return false;
    };
    if entries.len() != layout.entries() {
        return false;
    }
    // SAFETY: AVX2 is there.
    let mut differ = unsafe { _mm256_setzero_si256() };
    let pieces = layout.places.iter().zip(&layout.rows);
    let (starts, _) = bounds.starts.as_chunks_mut::<2>();
    for ((places, rows), starts) in pieces.zip(starts) {
        for ((place, row), from) in places.iter().zip(rows).zip(starts) {
            // SAFETY: there are as many entries as the layout has, and it names no other.
            let at = unsafe { *entries.get_unchecked(place.entry as usize) };
            // A start below zero wraps around and is past the text's end.
            let start = at.wrapping_sub(place.before);
            if start as usize > last_start {
                return false;
            }
            *from = start;
            // SAFETY: AVX2 is there, and 32 bytes from `start` on, as was just seen.
            unsafe {
                let there = _mm256_loadu_si256(text.as_ptr().add(start as usize).cast());
                differ = _mm256_or_si256(differ, difference(there, row));
            }
        }
    }
    // SAFETY: AVX2 is there.
    let same = unsafe { _mm256_testz_si256(differ, differ) == 1 };
    same & (bounds.starts[0] as usize == start)
}

/// [`Lanes::add`].
///
/// # Safety
/// AVX2 must be there.
#[inline(always)]
pub(super) unsafe fn add(numbers: &[u32; STARTS], to: u32, out: &mut [u32; STARTS]) {
    // SAFETY: reads and writes the 32 bytes behind the references.
    unsafe {
        let numbers = _mm256_loadu_si256(numbers.as_ptr().cast());
        let sums = _mm256_add_epi32(numbers, _mm256_set1_epi32(to as i32));
        _mm256_storeu_si256(out.as_mut_ptr().cast(), sums);
    }
}

/// Bytes that may follow a `\`.
#[inline(always)]
fn escapable(bytes: __m256i) -> __m256i {
    // By low nibble: the byte with that nibble that may follow a `\` (of `"`, `b`
    // and `r`, which share one, `b`), else one with another nibble: never equal.
    // SAFETY: AVX2 is there, as only methods of `Avx2` call this.
    let by_nibble = unsafe {
        let table = _mm256_setr_epi8(
            -1, -1, 0x62, -1, 0x74, 0x75, 0x66, -1, -1, -1, -1, -1, 0x5c, -1, 0x6e, 0x2f, //
            -1, -1, 0x62, -1, 0x74, 0x75, 0x66, -1, -1, -1, -1, -1, 0x5c, -1, 0x6e, 0x2f,
        );
        _mm256_cmpeq_epi8(bytes, _mm256_shuffle_epi8(table, bytes))
    };
    or(by_nibble, or(equal(bytes, b'"'), equal(bytes, b'r')))
}

#[inline(always)]
fn hex(bytes: __m256i) -> __m256i {
    // SAFETY: AVX2 is there, as only methods of `Avx2` call this.
    let (digit, letter) = unsafe {
        let folded = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
        (
            _mm256_sub_epi8(bytes, _mm256_set1_epi8(b'0' as i8)),
            _mm256_sub_epi8(folded, _mm256_set1_epi8(b'a' as i8)),
        )
    };
    or(at_most(digit, 9), at_most(letter, 5))
}

/// Not zero if a byte is not as the [`Stripe`] allows.
#[inline(always)]
fn misfits(text: &Block, stripe: &Stripe) -> __m256i {
    let [low, high] = load(text);
    let [least_low, least_high] = load(&stripe.least);
    let [above_low, above_high] = load(&stripe.above);
    or(
        misfits32(low, least_low, above_low),
        misfits32(high, least_high, above_high),
    )
}

/// The same for half of it.
#[inline(always)]
fn misfits32(bytes: __m256i, least: __m256i, above: __m256i) -> __m256i {
    let plain = equal(above, IN_STRING);
    let marks = or(equal(bytes, b'"'), equal(bytes, b'\\'));
    // SAFETY: AVX2 is there, as only methods of `Avx2` call this.
    unsafe {
        let outside = _mm256_subs_epu8(_mm256_sub_epi8(bytes, least), above);
        or(outside, _mm256_and_si256(marks, plain))
    }
}

#[inline(always)]
fn is_zero(bytes: __m256i) -> bool {
    // SAFETY: AVX2 is there, as only methods of `Avx2` call this.
    unsafe { _mm256_testz_si256(bytes, bytes) == 1 }
}

impl Lanes for Avx2 {
    const BY_BLOCKS: bool = true;

    #[inline(always)]
    fn mark(self, blocks: &[Block], marks: &mut Marks) -> bool {
        // SAFETY: `self` proves AVX2.
        let mut slash = unsafe { _mm256_setzero_si256() };
        for (block, (marked, newlines)) in blocks.iter().zip(marks.iter_mut()) {
            let [low, high] = load(block);
            *marked = mask(entries(low), entries(high));
            *newlines = mask(equal(low, b'\n'), equal(high, b'\n'));
            slash = or(slash, or(equal(low, b'\\'), equal(high, b'\\')));
        }
        mask32(slash) != 0
    }

    #[inline(always)]
    fn equal(self, block: &Block, byte: u8) -> u64 {
        let [low, high] = load(block);
        mask(equal(low, byte), equal(high, byte))
    }

    #[inline(always)]
    fn escapable(self, block: &Block) -> u64 {
        let [low, high] = load(block);
        mask(escapable(low), escapable(high))
    }

    #[inline(always)]
    fn hex(self, block: &Block) -> u64 {
        let [low, high] = load(block);
        mask(hex(low), hex(high))
    }

    #[inline(always)]
    fn same(self, text: &[u8; 32], row: &Row) -> bool {
        // SAFETY: `self` proves AVX2.
        is_zero(unsafe { difference(load32(text), row) })
    }

    #[inline(always)]
    fn begins(self, text: &[u8; 32], start: &Start) -> bool {
        // SAFETY: `self` proves AVX2.
        is_zero(unsafe { difference_to(load32(text), &start.0) })
    }

    #[inline(always)]
    fn fits(self, text: &Block, stripe: &Stripe) -> bool {
        is_zero(misfits(text, stripe))
    }

    #[inline(always)]
    fn all_fit(self, text: Reach<'_, 64>, mut at: usize, stripes: &[Stripe]) -> bool {
        // SAFETY: `self` proves AVX2.
        let mut all = unsafe { _mm256_setzero_si256() };
        for stripe in stripes {
            let Some(there) = text.at(at) else {
                return false;
            };
            all = or(all, misfits(there, stripe));
            at += 64;
        }
        is_zero(all)
    }

    #[inline(always)]
    fn add(self, numbers: &[u32; STARTS], to: u32, out: &mut [u32; STARTS]) {
        // SAFETY: `self` proves AVX2.
        unsafe { add(numbers, to, out) }
    }

    #[inline(always)]
    fn below(self, block: &Block, limit: u8) -> u64 {
        let [low, high] = load(block);
        mask(at_most(low, limit - 1), at_most(high, limit - 1))
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

    #[inline(always)]
    fn squeeze(self, block: &Block, keep: u64, out: &mut Block) {
        // SAFETY: `self` proves AVX2.
        unsafe { squeeze::by_shuffles(block, keep, out) }
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
        // SAFETY: `self` proves AVX2.
        unsafe { follow(text, entries, start, layout, bounds) }
    }

    #[inline(always)]
    fn entries(self, block: &Block) -> u64 {
        let [low, high] = load(block);
        mask(entries(low), entries(high))
    }

    #[inline(always)]
    fn string_end(self, text: &Block) -> u32 {
        // Most strings are short.
        for (n, half) in text.as_chunks().0.iter().enumerate() {
            let bytes = load32(half);
            let ends = mask32(or(entries(bytes), equal(bytes, b'\\')));
            if ends != 0 {
                return 32 * n as u32 + ends.trailing_zeros();
            }
        }
        64
    }

    #[inline(always)]
    fn string_len(self, text: &Block) -> Option<u32> {
        let mut before = 0;
        for half in text.as_chunks().0 {
            let bytes = load32(half);
            let quotes = mask32(equal(bytes, b'"'));
            let ends = mask32(or(entries(bytes), equal(bytes, b'\\')));
            if quotes != 0 {
                let len = quotes.trailing_zeros();
                return (ends.trailing_zeros() == len).then_some(before + len);
            }
            if ends != 0 {
                return None;
            }
            before += 32;
        }
        None
    }

    #[inline(always)]
    fn call<K: Kernel>(self, kernel: K) -> K::Out {
        self.run(kernel)
    }
}
