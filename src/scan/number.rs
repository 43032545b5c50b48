//! The grammar of scalars that are not strings.

use super::simd::Lanes;

/// Whether `text[start..end]` is exactly one number, `true`, `false` or `null`.
#[inline(always)]
pub(super) fn is_scalar<L: Lanes>(lanes: L, text: &[u8], start: usize, end: usize) -> bool {
    let Some(bytes) = text
        .get(start..start + 16)
        .and_then(|rest| rest.first_chunk())
    else {
        return scalar_end(text, start) == Some(end);
    };
    let len = end.wrapping_sub(start);
    if len.wrapping_sub(1) >= 16 {
        return scalar_end(text, start) == Some(end);
    }
    let others = ((1 << len) - 1) & !lanes.digits(bytes);
    if others == 0 {
        return bytes[0] != b'0' || len == 1;
    }
    // Without branches, as there is no telling which word it will be.
    let word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    let four = (word == u32::from_le_bytes(*b"true")) | (word == u32::from_le_bytes(*b"null"));
    let five = word == u32::from_le_bytes(*b"fals") && bytes[4] == b'e';
    if (four & (len == 4)) | (five & (len == 5)) {
        return true;
    }
    // Digits around one point.
    let point = others.trailing_zeros() as usize;
    if others & (others - 1) == 0
        && point != 0
        && point != len - 1
        && bytes.get(point) == Some(&b'.')
    {
        return bytes[0] != b'0' || point == 1;
    }
    scalar_end(text, start) == Some(end)
}

/// One past the end of the scalar that starts at `at`.
pub(super) fn scalar_end(text: &[u8], at: usize) -> Option<usize> {
    let literal = |word: &[u8]| text.get(at..)?.starts_with(word).then_some(at + word.len());
    match text.get(at)? {
        b't' => literal(b"true"),
        b'f' => literal(b"false"),
        b'n' => literal(b"null"),
        _ => number_end(text, at),
    }
}

/// One past the end of the number at `at`: `-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?`.
fn number_end(text: &[u8], mut at: usize) -> Option<usize> {
    let digits = |from: usize| {
        let rest = text.get(from..)?;
        let len = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        (len > 0).then_some(from + len)
    };
    if text.get(at) == Some(&b'-') {
        at += 1;
    }
    at = if text.get(at) == Some(&b'0') {
        at + 1
    } else {
        digits(at)?
    };
    if text.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        at += 1;
        if matches!(text.get(at), Some(b'+' | b'-')) {
            at += 1;
        }
        at = digits(at)?;
    }
    Some(at)
}

/// Whether a byte can begin a scalar that is not a string.
#[inline]
pub(super) fn starts_scalar(byte: u8) -> bool {
    matches!(byte, b'-' | b'0'..=b'9' | b't' | b'f' | b'n')
}

#[cfg(test)]
mod tests {
    use super::super::simd::{Isa, Kernel, Level};
    use super::*;
    use proptest::prelude::*;

    struct Check<'t>(&'t [u8], usize);
    impl Kernel for Check<'_> {
        type Out = bool;
        #[inline(always)]
        fn run<L: Lanes>(self, lanes: L) -> bool {
            is_scalar(lanes, self.0, 3, 3 + self.1)
        }
    }

    fn agrees(scalar: &str) {
        let truth = serde_json::from_str::<serde::de::IgnoredAny>(scalar).is_ok()
            && scalar.trim() == scalar;
        for after in [
            ",",
            "",
            "}                        ",
            "00000000000000000000",
            "\"x\":1",
        ] {
            for isa in [Isa::Avx512, Isa::Avx2, Isa::Portable] {
                let text = format!("ab:{scalar}{after}");
                let found = Level::new(isa).run(Check(text.as_bytes(), scalar.len()));
                // What follows may lengthen the number; then it does not end here.
                if found {
                    assert!(truth, "{text}");
                } else if !after.starts_with('0') {
                    assert!(!truth, "{text}");
                }
            }
        }
    }

    #[test]
    fn known_scalars() {
        for scalar in [
            "",
            "0",
            "-0",
            "00",
            "01",
            "-01",
            "-",
            "1",
            "1.",
            ".1",
            "1.5",
            "0.5",
            "00.5",
            "1..5",
            "1.5.5",
            "1e5",
            "1E+5",
            "1e",
            "1e+",
            "0e1",
            "-1.5e-3",
            "true",
            "false",
            "null",
            "tru",
            "truee",
            "nul",
            "NaN",
            "Infinity",
            "1234567890123456",
            "12345678901234567",
            "12345678901234.5",
            "123456789012345.6",
            "0123456789012345",
            "+1",
            "1_0",
            "1 ",
            "0x1",
            "1,2",
            "9e999",
            "１",
        ] {
            agrees(scalar);
        }
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json(scalar in "[-+0-9.eE]{0,18}") {
            agrees(&scalar);
        }
    }
}
