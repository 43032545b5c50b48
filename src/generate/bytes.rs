//! Writing numbers, ids, times and escaped text into a byte buffer without
//! `format!`: a bench log has millions of lines.

pub(super) fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

pub(super) fn put_u64(out: &mut Vec<u8>, mut n: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

pub(super) fn put_i64(out: &mut Vec<u8>, n: i64) {
    if n < 0 {
        out.push(b'-');
    }
    put_u64(out, n.unsigned_abs());
}

/// `n` in exactly `width` digits, zeroes first.
pub(super) fn put_padded(out: &mut Vec<u8>, n: u64, width: u32) {
    let mut scale = 10_u64.pow(width.saturating_sub(1));
    while scale > 0 {
        out.push(b'0' + (n / scale % 10) as u8);
        scale /= 10;
    }
}

/// `n` thousandths (`digits` 3), tenths (1) … as a decimal: 12345 with 3 is `12.345`.
pub(super) fn put_decimal(out: &mut Vec<u8>, n: u64, digits: u32) {
    let scale = 10_u64.pow(digits);
    put_u64(out, n / scale);
    out.push(b'.');
    put_padded(out, n % scale, digits);
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// The lowest `nibbles` hexadecimal digits of `n`.
pub(super) fn put_hex(out: &mut Vec<u8>, n: u128, nibbles: u32) {
    for nibble in (0..nibbles).rev() {
        out.push(HEX[(n >> (4 * nibble)) as usize & 15]);
    }
}

pub(super) fn put_uuid(out: &mut Vec<u8>, id: u128) {
    for (from, nibbles) in [(96, 8), (80, 4), (64, 4), (48, 4), (0, 12)] {
        if from != 96 {
            out.push(b'-');
        }
        put_hex(out, id >> from, nibbles);
    }
}

/// `2026-11-22T10:00:00`, with `separator` for the `T`.
pub(super) fn put_second(out: &mut Vec<u8>, unix_ms: i64, separator: u8) {
    let seconds = unix_ms.div_euclid(1000);
    let (days, second) = (
        seconds.div_euclid(86_400),
        seconds.rem_euclid(86_400) as u64,
    );
    // Days to a civil date, with years that begin in March (the leap day comes last).
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    put_padded(out, year as u64, 4);
    out.push(b'-');
    put_padded(out, month as u64, 2);
    out.push(b'-');
    put_padded(out, day as u64, 2);
    out.push(separator);
    put_padded(out, second / 3600, 2);
    out.push(b':');
    put_padded(out, second / 60 % 60, 2);
    out.push(b':');
    put_padded(out, second % 60, 2);
}

/// `2026-11-22T10:00:00.123Z`.
pub(super) fn put_time(out: &mut Vec<u8>, unix_ms: i64) {
    put_second(out, unix_ms, b'T');
    out.push(b'.');
    put_padded(out, unix_ms.rem_euclid(1000) as u64, 3);
    out.push(b'Z');
}

/// As the report writes times: milliseconds only where they are not zero.
pub(super) fn report_time(unix_ms: i64) -> String {
    let mut out = Vec::with_capacity(24);
    if unix_ms.rem_euclid(1000) == 0 {
        put_second(&mut out, unix_ms, b'T');
        out.push(b'Z');
    } else {
        put_time(&mut out, unix_ms);
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// `text` as the inside of a JSON string.
pub(super) fn put_escaped(out: &mut Vec<u8>, mut text: &[u8]) {
    while let Some(at) = memchr::memchr3(b'"', b'\\', b'\n', text) {
        let (before, rest) = text.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(match rest[0] {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            _ => b"\\n",
        });
        text = &rest[1..];
    }
    out.extend_from_slice(text);
}

/// `text` as Python's `repr` of a string would show it.
pub(super) fn put_repr(out: &mut Vec<u8>, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    out.push(quote as u8);
    for c in text.chars() {
        if c == quote || c == '\\' {
            out.push(b'\\');
        }
        put(out, c.encode_utf8(&mut [0; 4]));
    }
    out.push(quote as u8);
}
