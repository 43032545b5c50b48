//! Hexadecimal digits, 32 at once: request ids are read by the million.
#![allow(unsafe_code)]

/// The number that 32 hexadecimal digits make, eight in a word, the first one lowest; `None` if
/// one is no digit, or in upper case.
#[inline(always)]
pub fn lower32(text: [u64; 4]) -> Option<u128> {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 processor has SSE2.
    return unsafe { sse2::lower32(text) };
    #[cfg(not(target_arch = "x86_64"))]
    return portable(text);
}

/// [`lower32`] without vectors.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn portable(text: [u64; 4]) -> Option<u128> {
    let bytes = text.into_iter().flat_map(u64::to_le_bytes);
    bytes.into_iter().try_fold(0, |number, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(digit))
    })
}

/// Compilers find most of this by themselves, but not the packing, and sometimes none of it.
#[cfg(target_arch = "x86_64")]
mod sse2 {
    use std::arch::x86_64::{
        __m128i, _mm_add_epi8, _mm_and_si128, _mm_andnot_si128, _mm_cmpeq_epi8, _mm_cvtsi128_si64,
        _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_packus_epi16, _mm_set_epi64x,
        _mm_set1_epi8, _mm_set1_epi16, _mm_slli_epi16, _mm_srli_epi16, _mm_sub_epi8,
        _mm_unpackhi_epi64,
    };

    #[inline]
    #[target_feature(enable = "sse2")]
    pub fn lower32([a, b, c, d]: [u64; 4]) -> Option<u128> {
        let (first, first_valid) = bytes_of(_mm_set_epi64x(b as i64, a as i64));
        let (last, last_valid) = bytes_of(_mm_set_epi64x(d as i64, c as i64));
        if _mm_movemask_epi8(_mm_and_si128(first_valid, last_valid)) != 0xffff {
            return None;
        }
        let bytes = _mm_packus_epi16(first, last);
        let high = _mm_cvtsi128_si64(bytes).swap_bytes() as u64;
        let low = _mm_cvtsi128_si64(_mm_unpackhi_epi64(bytes, bytes)).swap_bytes() as u64;
        Some(u128::from(high) << 64 | u128::from(low))
    }

    /// Eight bytes, each in 16 bits, of 16 digits; and which of these are digits.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn bytes_of(text: __m128i) -> (__m128i, __m128i) {
        let digit = _mm_sub_epi8(text, _mm_set1_epi8(b'0' as i8));
        let letter = _mm_sub_epi8(text, _mm_set1_epi8(b'a' as i8));
        let is_digit = _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit);
        let is_letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(5)), letter);
        let digits = _mm_and_si128(is_digit, digit);
        let letters = _mm_andnot_si128(is_digit, _mm_add_epi8(letter, _mm_set1_epi8(10)));
        let nibbles = _mm_or_si128(digits, letters);
        // Of two neighbours, the first one's nibble goes above.
        let pairs = _mm_or_si128(_mm_slli_epi16(nibbles, 4), _mm_srli_epi16(nibbles, 8));
        let bytes = _mm_and_si128(pairs, _mm_set1_epi16(0xff));
        (bytes, _mm_or_si128(is_digit, is_letter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &[u8]) -> [u64; 4] {
        let words = text.as_chunks::<8>().0.iter().copied();
        let words: Vec<_> = words.map(u64::from_le_bytes).collect();
        words.try_into().unwrap()
    }

    #[test]
    fn every_byte_at_every_place() {
        for at in 0..32 {
            for byte in 0..=255 {
                let mut text = *b"0123456789abcdef89abcdef01234567";
                text[at] = byte;
                let text = words(&text);
                assert_eq!(lower32(text), portable(text), "{at} {byte:#x}");
            }
        }
    }

    proptest! {
        #[test]
        fn number_and_back(number in any::<u128>()) {
            let text = words(format!("{number:032x}").as_bytes());
            prop_assert_eq!(lower32(text), Some(number));
            prop_assert_eq!(portable(text), Some(number));
        }
    }
}
