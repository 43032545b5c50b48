//! When a call happened: text or number → milliseconds since 1970 UTC.

mod epoch;

use crate::limits::{EARLIEST_TIME_MS, LATEST_TIME_MS};
use crate::scan::short::not_digits;
use crate::scan::text;
use epoch::{Epochs, epoch, short_epoch};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type TimeMs = i64;

/// Milliseconds in a minute, the width of the finest bucket.
pub const MINUTE_MS: i64 = 60_000;

/// The time in a raw JSON value: RFC 3339 (also with `+0000`, a blank instead of
/// `T`, a comma before the fraction, or no offset, which means UTC), or an epoch
/// in seconds, milliseconds, microseconds or nanoseconds by its magnitude, as a
/// number or as text. `None` if unreadable or outside the years 2000–2100.
pub fn parse(raw: &[u8]) -> Option<TimeMs> {
    let time_ms = match raw
        .strip_prefix(b"\"")
        .and_then(|raw| raw.strip_suffix(b"\""))
    {
        None => match short_epoch(raw) {
            Some(time_ms) => time_ms,
            None => epoch(raw)?,
        },
        Some(inner) => match calendar(inner) {
            Some(time_ms) => time_ms,
            None if inner.contains(&b'\\') => {
                let plain = text::string(raw)?;
                calendar(plain.trim().as_bytes()).or_else(|| epoch(plain.trim().as_bytes()))?
            }
            None => {
                let inner = inner.trim_ascii();
                calendar(inner).or_else(|| epoch(inner))?
            }
        },
    };
    (EARLIEST_TIME_MS..LATEST_TIME_MS)
        .contains(&time_ms)
        .then_some(time_ms)
}

/// Reads times that are mostly written alike and within a minute of each other: all but
/// the digits of seconds and fraction is compared with the last one, 16 bytes at once.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// The text, with `0` where digits of seconds and fraction stand; zero behind its end,
    /// and while nothing is known.
    words: [u64; 4],
    /// From the seconds on: all bits of the bytes that are such digits, and of those that are
    /// other text.
    digits: [u64; 2],
    text: [u64; 2],
    /// Length of the whole, in bytes.
    len: usize,
    /// Start of that minute.
    minute_ms: TimeMs,
}

/// Clocks by length of the text: loggers that share a file mostly differ in it.
#[derive(Clone, Debug, Default)]
pub struct Clocks {
    clocks: [Clock; 16],
    epochs: Epochs,
}

impl Clocks {
    /// What [`parse`] gives for a raw value. `there`: as in [`Self::known`].
    #[inline(always)]
    pub fn parse(&mut self, raw: &[u8], there: Option<&[u8; CLOCK_BYTES]>) -> Option<TimeMs> {
        match self.known(raw.len(), there) {
            Some(time_ms) => Some(time_ms),
            None => self.learn(raw),
        }
    }

    /// The time in a raw value of this length, if it is like the last one. `there`: the string's
    /// content and what follows it, or the scalar and what does, if so much can be read.
    #[inline(always)]
    pub fn known(&self, len: usize, there: Option<&[u8; CLOCK_BYTES]>) -> Option<TimeMs> {
        let there = there?;
        match self.epochs.known(len, there) {
            Some(time_ms) => Some(time_ms),
            None => self.clocks[len % 16].known(there, len.wrapping_sub(2)),
        }
    }

    /// The time in any raw value; those like it are known from now on.
    #[inline(never)]
    pub fn learn(&mut self, raw: &[u8]) -> Option<TimeMs> {
        self.epochs.learn(raw);
        self.clocks[raw.len() % 16].learn(raw)
    }
}

/// Length of `YYYY-MM-DD?HH:MM:SS`.
const TO_SECONDS: usize = 19;

/// Longest text that a [`Clock`] compares.
pub const CLOCK_BYTES: usize = 32;

impl Clock {
    /// The time in a string of this length, if it is within the known minute. `text`: the
    /// string's content and what follows it.
    #[inline(always)]
    fn known(&self, text: &[u8; CLOCK_BYTES], len: usize) -> Option<TimeMs> {
        let [a, b, c, d] = words(text);
        let [same_a, same_b, zero_c, zero_d] = self.words;
        let [text_c, text_d] = self.text;
        let [digits_c, digits_d] = self.digits;
        // Zero where text is the same; a digit's value where digits are. A byte that is no digit
        // may spoil those after it, but shows itself.
        let differ = |word: u64, text, digits| word & text | not_digits(word) & digits;
        let c = c ^ zero_c;
        let mut differs =
            (a ^ same_a) | (b ^ same_b) | differ(c, text_c, digits_c) | (len ^ self.len) as u64;
        if self.len > 3 * size_of::<u64>() {
            differs |= differ(d ^ zero_d, text_d, digits_d);
        }
        if differs != 0 {
            return None;
        }
        // `:`, two digits of seconds, a point, up to three that matter of the fraction. What
        // is no digit counts as zero. Neighbours together: seconds, tenths, and the rest.
        let c = (c & digits_c) >> 8;
        let pairs = (c * 10 + (c >> 8)) & 0x00ff_00ff_00ff;
        let seconds = pairs & 0xff;
        let ms = pairs.wrapping_mul(1000 << 32 | 100 << 16 | 1) >> 32 & 0xffff;
        (seconds < 60).then_some(self.minute_ms + ms as i64)
    }

    /// What [`parse`] gives; its minute is the one that is known from now on.
    fn learn(&mut self, raw: &[u8]) -> Option<TimeMs> {
        let time_ms = parse(raw)?;
        // Only what `calendar` reads as it stands; offsets are whole minutes.
        if let [b'"', text @ .., b'"'] = raw
            && text.len() <= CLOCK_BYTES
            && calendar(text) == Some(time_ms)
            && text.get(16) == Some(&b':')
        {
            let fraction = match text.get(TO_SECONDS) {
                Some(b'.' | b',') => {
                    let digits = text.get(TO_SECONDS + 1..).unwrap_or_default();
                    digits.iter().take_while(|b| b.is_ascii_digit()).count()
                }
                _ => 0,
            };
            let mut whole = [0; CLOCK_BYTES];
            for (to, from) in whole.iter_mut().zip(text) {
                *to = *from;
            }
            let (mut digits, mut others) = ([0; CLOCK_BYTES], [0; CLOCK_BYTES]);
            for at in 16..text.len() {
                let is_digit = (17..TO_SECONDS).contains(&at)
                    || (TO_SECONDS + 1..TO_SECONDS + 1 + fraction).contains(&at);
                let kind = if is_digit { &mut digits } else { &mut others };
                if let Some(byte) = kind.get_mut(at) {
                    *byte = 0xff;
                }
                if is_digit && let Some(digit) = whole.get_mut(at) {
                    *digit = b'0';
                }
            }
            let [_, _, digits_c, digits_d] = words(&digits);
            let [_, _, text_c, text_d] = words(&others);
            *self = Self {
                words: words(&whole),
                digits: [digits_c, digits_d],
                text: [text_c, text_d],
                len: text.len(),
                minute_ms: time_ms.div_euclid(MINUTE_MS) * MINUTE_MS,
            };
        }
        Some(time_ms)
    }
}

/// The text, eight bytes at a time.
#[inline(always)]
fn words(text: &[u8; CLOCK_BYTES]) -> [u64; 4] {
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(text.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

/// The time in plain text, such as a CRI prefix.
pub fn parse_text(text: &[u8]) -> Option<TimeMs> {
    calendar(text).filter(|time_ms| (EARLIEST_TIME_MS..LATEST_TIME_MS).contains(time_ms))
}

/// `YYYY-MM-DD?HH:MM:SS[.,fraction][zone]`, with `T`, `t`, `_` or a blank between,
/// and `-` or `/` in the date.
fn calendar(text: &[u8]) -> Option<TimeMs> {
    let (head, tail) = text.split_at_checked(19)?;
    let [
        y0,
        y1,
        y2,
        y3,
        s0,
        m0,
        m1,
        s1,
        d0,
        d1,
        sep,
        h0,
        h1,
        c0,
        i0,
        i1,
        c1,
        x0,
        x1,
    ] = *head
    else {
        return None;
    };
    let separators = (s0 == b'-' || s0 == b'/') && s1 == s0 && c0 == b':' && c1 == b':';
    if !separators || !matches!(sep, b'T' | b't' | b' ' | b'_') {
        return None;
    }
    let year = two(y0, y1)? * 100 + two(y2, y3)?;
    let (month, day) = (two(m0, m1)?, two(d0, d1)?);
    let (hour, minute, second) = (two(h0, h1)?, two(i0, i1)?, two(x0, x1)?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (fraction_ms, zone) = fraction(tail)?;
    let offset_minutes = offset(zone)?;
    // A leap second stays in its minute.
    let in_minute = if second == 60 {
        59_999
    } else {
        second * 1000 + fraction_ms
    };
    let minutes = (days_since_1970(year, month, day) * 24 + hour) * 60 + minute - offset_minutes;
    Some(minutes * MINUTE_MS + in_minute)
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant's
/// `days_from_civil`); the year counts from March, so that leap days come last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Splits `.123456Z` into milliseconds (further digits are cut off) and `Z`.
fn fraction(tail: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = tail.strip_prefix(b".").or_else(|| tail.strip_prefix(b",")) else {
        return Some((0, tail));
    };
    let end = digits
        .iter()
        .position(|b| !b.is_ascii_digit())
        .unwrap_or(digits.len());
    let (digits, zone) = digits.split_at(end);
    let value = digits
        .iter()
        .chain(b"000")
        .take(3)
        .fold(0, |v, b| v * 10 + i64::from(b - b'0'));
    (!digits.is_empty()).then_some((value, zone))
}

/// Minutes east of UTC.
fn offset(zone: &[u8]) -> Option<i64> {
    let (sign, rest) = match zone.trim_ascii_start() {
        b"" | b"Z" | b"z" | b"UTC" | b"GMT" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match *rest {
        [h0, h1] => (two(h0, h1)?, 0),
        [h0, h1, m0, m1] | [h0, h1, b':', m0, m1] => (two(h0, h1)?, two(m0, m1)?),
        _ => return None,
    };
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
}

#[cfg(test)]
mod tests;
