//! Numbers as loggers write them: JSON numbers and numbers in strings, without floats.

use crate::scan::short::Short;

/// A decimal number: `digits × 10^-places`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: i128,
    places: i32,
}

impl Decimal {
    /// Reads `-12.5e3`, as a JSON number or the inside of a string. Digits beyond
    /// what 10^30 can hold are cut off after the decimal point; `None` before it.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (negative, text) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let (mut digits, mut places, mut any, mut after_point) = (0_i128, 0_i32, false, false);
        let mut bytes = text.iter();
        let mut exponent = 0_i32;
        while let Some(byte) = bytes.next() {
            match byte {
                b'0'..=b'9' => {
                    any = true;
                    if digits < 10_i128.pow(30) {
                        digits = digits * 10 + i128::from(byte - b'0');
                        places += i32::from(after_point);
                    } else if !after_point {
                        return None;
                    }
                }
                b'.' if !after_point => after_point = true,
                b'e' | b'E' if any => {
                    exponent = std::str::from_utf8(bytes.as_slice()).ok()?.parse().ok()?;
                    break;
                }
                _ => return None,
            }
        }
        let places = places.checked_sub(exponent)?;
        any.then_some(Self {
            digits: if negative { -digits } else { digits },
            places,
        })
    }

    /// The number × 10^`shift`, rounded half away from zero; `None` beyond 10^36.
    pub fn scaled(self, shift: i32) -> Option<i128> {
        let drop = self.places.checked_sub(shift)?;
        if drop <= 0 {
            if self.digits == 0 {
                return Some(0);
            }
            let factor = 10_i128.checked_pow(drop.unsigned_abs())?;
            return self.digits.checked_mul(factor);
        }
        if drop > 36 {
            return Some(0);
        }
        let divisor = 10_i128.pow(drop.unsigned_abs());
        Some((self.digits + self.digits.signum() * (divisor / 2)) / divisor)
    }

    /// The number × 10^`shift`, rounded down; `None` beyond 10^36.
    pub fn floored(self, shift: i32) -> Option<i128> {
        let drop = self.places.checked_sub(shift)?;
        match drop {
            ..=0 => self.scaled(shift),
            1..=36 => Some(self.digits.div_euclid(10_i128.pow(drop.unsigned_abs()))),
            _ => Some(if self.digits < 0 { -1 } else { 0 }),
        }
    }

    /// The number if it is whole.
    pub fn integer(self) -> Option<i64> {
        let value = self.scaled(0)?;
        let exact = self.places <= 0 || {
            let scale = 10_i128.checked_pow(self.places.unsigned_abs())?;
            value.checked_mul(scale)? == self.digits
        };
        exact.then(|| i64::try_from(value).ok())?
    }
}

/// The number in a raw JSON value, also within a string (`"429"`).
pub fn decimal(raw: &[u8]) -> Option<Decimal> {
    match raw.strip_prefix(b"\"") {
        Some(inner) => Decimal::parse(inner.strip_suffix(b"\"")?.trim_ascii()),
        None => Decimal::parse(raw),
    }
}

/// A whole number ≥ 0 in a raw JSON value: token counts and the like.
#[inline(always)]
pub fn count(raw: &[u8]) -> Option<u64> {
    if raw.len() <= 18 && !raw.is_empty() {
        let mut value = 0;
        for byte in raw {
            if !byte.is_ascii_digit() {
                return any_count(raw);
            }
            value = value * 10 + u64::from(byte - b'0');
        }
        return Some(value);
    }
    any_count(raw)
}

#[cold]
fn any_count(raw: &[u8]) -> Option<u64> {
    u64::try_from(decimal(raw)?.integer()?).ok()
}

/// The unit of a latency, and what a number in it is multiplied by, by how many digits stand
/// after its point, to be one in microseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scale {
    /// The unit of a bare number.
    pub unit_nanos: u64,
    by_places: [u64; 8],
}

impl Scale {
    /// The scale of a unit.
    pub fn new(unit_nanos: u64) -> Self {
        let mut by_places = [0; 8];
        // What was not read has the last place.
        for (scale, divisor) in by_places.iter_mut().zip(POWERS_OF_TEN).take(7) {
            let nanos = unit_nanos / divisor;
            // 0 where it would be finer than 1 µs.
            *scale = if nanos * divisor == unit_nanos && nanos.is_multiple_of(1000) {
                nanos / 1000
            } else {
                0
            };
        }
        Self {
            unit_nanos,
            by_places,
        }
    }

    /// [`latency_us`] of a number that was read before, if it is no finer than 1 µs.
    #[inline(always)]
    pub fn latency_us(&self, short: Short) -> Option<u64> {
        let scale = self.by_places[short.places() % 8];
        (scale != 0).then(|| short.number() * scale)
    }
}

/// A latency in microseconds. `unit_nanos` is the unit of a bare number; text may
/// carry its own (`"812ms"`, `"1.5s"`, `"350µs"`). Negative values are none.
#[inline(always)]
pub fn latency_us(raw: &[u8], unit_nanos: u64) -> Option<u64> {
    short_latency_us(raw, unit_nanos).or_else(|| any_latency_us(raw, unit_nanos))
}

/// The same for the usual case, a number of few digits in ms or µs.
#[inline(always)]
fn short_latency_us(raw: &[u8], unit_nanos: u64) -> Option<u64> {
    let per_unit = unit_nanos / 1000;
    if raw.len() > 15 || !matches!(unit_nanos, 1_000 | 1_000_000 | 1_000_000_000) {
        return None;
    }
    let (mut digits, mut places, mut point) = (0_u64, 0_usize, false);
    for byte in raw {
        match byte {
            b'0'..=b'9' => {
                digits = digits * 10 + u64::from(byte - b'0');
                places += usize::from(point);
            }
            b'.' if !point => point = true,
            _ => return None,
        }
    }
    // Fewer than 15 digits times at most 10^6 is far below 2^64.
    let divisor = *POWERS_OF_TEN.get(places)?;
    let digit_count = raw.len() - usize::from(point);
    (digit_count > 0).then(|| (digits * per_unit + divisor / 2) / divisor)
}

/// 10^0, 10^1 …
const POWERS_OF_TEN: [u64; 16] = {
    let mut powers = [1; 16];
    let mut n = 1;
    while n < 16 {
        powers[n] = powers[n - 1] * 10;
        n += 1;
    }
    powers
};

#[cold]
fn any_latency_us(raw: &[u8], unit_nanos: u64) -> Option<u64> {
    let (number, unit_nanos) = match raw.strip_prefix(b"\"") {
        None => (raw, unit_nanos),
        Some(inner) => {
            let inner = inner.strip_suffix(b"\"")?.trim_ascii();
            let unit_at = inner
                .iter()
                .position(|b| !matches!(b, b'0'..=b'9' | b'.' | b'-' | b'+'));
            let (number, unit) = inner.split_at(unit_at.unwrap_or(inner.len()));
            match unit.trim_ascii() {
                b"" => (number, unit_nanos),
                b"s" | b"sec" => (number, 1_000_000_000),
                b"ms" => (number, 1_000_000),
                b"us" | b"\xc2\xb5s" | b"\xce\xbcs" => (number, 1_000),
                b"ns" => (number, 1),
                _ => (inner, unit_nanos),
            }
        }
    };
    let shift = unit_nanos.checked_ilog10()? as i32 - 3;
    u64::try_from(Decimal::parse(number)?.scaled(shift)?).ok()
}

/// Milliseconds in the nanoseconds of a second; 0 for what are none.
#[inline(never)] // for few logs
pub fn millis_of_nanos(raw: &[u8]) -> i64 {
    let nanos = count(raw).filter(|nanos| *nanos < 1_000_000_000);
    nanos.map_or(0, |nanos| (nanos / 1_000_000) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn statuses_in_every_form() {
        for raw in ["429", "\"429\"", "429.0", "4.29e2", "\" 429 \"", "42900e-2"] {
            assert_eq!(
                decimal(raw.as_bytes()).and_then(Decimal::integer),
                Some(429),
                "{raw}"
            );
        }
        for raw in [
            "429.5", "null", "true", "\"\"", "\"4 29\"", "1e400", "[]", "-", ".",
        ] {
            assert_eq!(
                decimal(raw.as_bytes()).and_then(Decimal::integer),
                None,
                "{raw}"
            );
        }
    }

    #[test]
    fn latencies_by_unit() {
        for (raw, unit_nanos, us) in [
            ("1234.5", 1_000_000, 1_234_500),
            ("0.3456785", 1_000_000_000, 345_679),
            ("1999", 1, 2),
            ("7", 1_000, 7),
            ("\"12\"", 1_000_000, 12_000),
            ("\"812ms\"", 1, 812_000),
            ("\"1.5s\"", 1_000_000, 1_500_000),
            ("\"350µs\"", 1, 350),
            ("0", 1_000_000, 0),
        ] {
            assert_eq!(latency_us(raw.as_bytes(), unit_nanos), Some(us), "{raw}");
        }
        for raw in ["-1", "\"-\"", "null", "\"fast\"", "1e40", "\"0.1, 0.2\""] {
            assert_eq!(latency_us(raw.as_bytes(), 1_000_000), None, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(raw in "[-+0-9.eE\"]{0,50}") {
            let _ = decimal(raw.as_bytes()).map(|d| (d.integer(), d.scaled(3), d.scaled(-6)));
            latency_us(raw.as_bytes(), 1_000_000);
            count(raw.as_bytes());
        }

        #[test]
        fn counts_are_exact(n in any::<u32>()) {
            prop_assert_eq!(count(n.to_string().as_bytes()), Some(u64::from(n)));
        }
    }
}
