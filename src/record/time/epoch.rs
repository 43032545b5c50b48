//! Times as numbers: seconds, milliseconds and finer since 1970 UTC.

use super::super::number::Decimal;
use super::{CLOCK_BYTES, TimeMs};
use crate::limits::{EARLIEST_TIME_MS, LATEST_TIME_MS};
use crate::scan::short::{ZEROS, not_digits, number_of};
use std::ops::RangeInclusive;

/// Digits of a time in milliseconds, from 2001 to 2286.
const MS_DIGITS: usize = 13;

/// Digits of the seconds in it, which a point may follow.
const SECOND_DIGITS: usize = 10;

/// Lengths of raw values that [`Epochs`] reads: in milliseconds, or in seconds with three to
/// eight places.
const LENGTHS: RangeInclusive<usize> = MS_DIGITS..=SECOND_DIGITS + 1 + 8;

/// Digits that [`Epochs`] compares; the other eight to the millisecond, some 28 hours, are read.
const SAME: usize = MS_DIGITS - 8;

/// What these can be, in milliseconds.
const SPAN_MS: TimeMs = 100_000_000;

/// Reads times in milliseconds, or in seconds with places, whose first digits are the last one's.
#[derive(Clone, Debug, Default)]
pub(super) struct Epochs {
    /// Those digits; zeros while nothing is known.
    first: [u8; SAME],
    /// What they stand for.
    base_ms: TimeMs,
}

impl Epochs {
    /// The time in a raw value of this length, if it is a number that starts with the known
    /// digits. `there`: the value and what follows it; of a string, what stands in its quotes.
    #[inline(always)]
    pub fn known(&self, len: usize, there: &[u8; CLOCK_BYTES]) -> Option<TimeMs> {
        if !LENGTHS.contains(&len) {
            return None;
        }
        let (first, rest) = there.split_first_chunk::<SAME>()?;
        let mut digits = u64::from_le_bytes(*rest.first_chunk()?);
        if len > MS_DIGITS {
            const SECONDS: u64 = (1 << (8 * (SECOND_DIGITS - SAME))) - 1;
            let (_, places) = there.split_first_chunk::<{ SECOND_DIGITS + 1 }>()?;
            let after = u64::from_le_bytes(*places.first_chunk()?);
            let more = places.get(3..len - SECOND_DIGITS - 1)?;
            if there[SECOND_DIGITS] != b'.' || !more.iter().all(u8::is_ascii_digit) {
                return None;
            }
            digits = digits & SECONDS | (after & 0xff_ffff) << SECONDS.count_ones();
        }
        let digits = digits ^ ZEROS;
        if *first != self.first || not_digits(digits) != 0 {
            return None;
        }
        Some(self.base_ms + number_of(digits) as TimeMs)
    }

    /// Takes a raw value's first digits for known, if all times that start with them are valid.
    pub fn learn(&mut self, raw: &[u8]) {
        // Zeros in front may make the unit another one.
        let is_plain = match raw.split_at_checked(SECOND_DIGITS) {
            Some((seconds, [b'.', ..])) => seconds.iter().all(u8::is_ascii_digit),
            _ => raw.len() == MS_DIGITS && raw.iter().all(u8::is_ascii_digit),
        };
        if let Some(first) = raw.first_chunk()
            && first[0] != b'0'
            && is_plain
            && let Some(time_ms) = short_epoch(raw)
        {
            let base_ms = time_ms / SPAN_MS * SPAN_MS;
            if base_ms >= EARLIEST_TIME_MS && base_ms + SPAN_MS <= LATEST_TIME_MS {
                *self = Self {
                    first: *first,
                    base_ms,
                };
            }
        }
    }
}

/// An epoch whose unit its magnitude tells: |n| < 1e11 s, < 1e14 ms, < 1e17 µs, else ns.
pub(super) fn epoch(raw: &[u8]) -> Option<TimeMs> {
    let value = Decimal::parse(raw)?;
    let whole = value.floored(0)?.unsigned_abs();
    // Decimal digits that separate the unit from milliseconds.
    let shift = match whole {
        0..100_000_000_000 => 3,
        100_000_000_000..100_000_000_000_000 => 0,
        100_000_000_000_000..100_000_000_000_000_000 => -3,
        _ => -6,
    };
    i64::try_from(value.floored(shift)?).ok()
}

/// [`epoch`] for the usual case: digits with at most one point, in s or ms.
pub(super) fn short_epoch(raw: &[u8]) -> Option<TimeMs> {
    if raw.len() > 18 {
        return None;
    }
    let (mut digits, mut places, mut point) = (0_i64, 0, false);
    for byte in raw {
        match byte {
            // More than three do not count: times are rounded down.
            b'0'..=b'9' if places < 3 => {
                digits = digits * 10 + i64::from(byte - b'0');
                places += i32::from(point);
            }
            b'0'..=b'9' => {}
            b'.' if !point => point = true,
            _ => return None,
        }
    }
    let whole = match places {
        0 => digits,
        1 => digits / 10,
        2 => digits / 100,
        _ => digits / 1000,
    };
    match whole {
        1..100_000_000_000 => Some(match places {
            0 => digits * 1000,
            1 => digits * 100,
            2 => digits * 10,
            _ => digits,
        }),
        100_000_000_000..100_000_000_000_000 => Some(whole),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Clocks, parse};
    use super::*;
    use proptest::prelude::*;

    /// What clocks make of a number, and of a string that holds it.
    fn read(clocks: &mut Clocks, number: &str) -> [Option<TimeMs>; 2] {
        [number.to_string(), format!("\"{number}\"")].map(|raw| {
            let text = format!("{raw},{}", "\"next\":1 ".repeat(8));
            let quote = usize::from(raw.starts_with('"'));
            let there = text.as_bytes().get(quote..).and_then(<[u8]>::first_chunk);
            assert!(there.is_some());
            let time_ms = clocks.parse(raw.as_bytes(), there);
            assert_eq!(time_ms, parse(raw.as_bytes()), "{raw}");
            time_ms
        })
    }

    #[test]
    fn known_numbers() {
        let mut clocks = Clocks::default();
        for (number, time_ms) in [
            ("1795334400000", Some(1_795_334_400_000)),
            ("0001629437047", Some(1_629_437_047_000)), // in seconds; no JSON, but in our reach
            ("1795334499999", Some(1_795_334_499_999)),
            ("1795399999999", Some(1_795_399_999_999)),
            ("17953344000.5", Some(17_953_344_000_500)),
            ("1795334400.25", Some(1_795_334_400_250)),
            ("179533440000", Some(179_533_440_000)),
            ("4102444799999", Some(4_102_444_799_999)),
            ("4102444800000", None),
            ("4102400000000", Some(4_102_400_000_000)),
            ("0000000000000", None),
            ("17953e4400000", None),
            ("1795334400-00", None),
            ("1795334400.125", Some(1_795_334_400_125)),
            ("1795334400.1259", Some(1_795_334_400_125)),
            ("1795334400.12599999", Some(1_795_334_400_125)),
            ("1795334400.125999999", Some(1_795_334_400_125)),
            ("1795334400.1e5", None),
            ("0795334400.125", Some(795_334_400_125)),
        ] {
            let expected = time_ms.filter(|ms| (EARLIEST_TIME_MS..LATEST_TIME_MS).contains(ms));
            assert_eq!(read(&mut clocks, number), [expected; 2], "{number}");
        }
    }

    proptest! {
        #[test]
        fn clocks_agree_with_parsing(numbers in prop::collection::vec("(1795[0-9]{9}|1795[0-9]{6}[.][0-9]{0,9}|179533[0-9]{4}[.][0-9]{3}[-+eE.0-9]{0,5}|[0-9]{13}|[0-9.]{9,15})", 1..20)) {
            let mut clocks = Clocks::default();
            for number in numbers {
                read(&mut clocks, &number);
            }
        }
    }
}
