//! Tells `Basic dXNlcjpwYXNz` from `Basic subscription`.

/// Whether a text looks like Base64 rather than words. A user's name and password are text
/// with a colon once decoded, which words are not but by chance; where a log cut them off,
/// the colon may be missing. Whatever else may be sent is longer and more mixed than words.
pub(super) fn is_encoded(text: &str, cut_off: bool) -> bool {
    // A slash may be escaped.
    let digits: Vec<u8> = text
        .bytes()
        .filter(|b| *b != b'\\')
        .take_while(|b| value(*b).is_some())
        .collect();
    let padded = text.ends_with('=');
    if text.len() < 8 || (digits.len() < 8 && !padded) {
        return false;
    }
    let decoded = decode(&digits, padded);
    let pair = decoded.contains(&b':') || (cut_off && !padded);
    (pair && is_text(&decoded)) || is_mixed(&digits)
}

/// The bytes that whole groups of four digits stand for, and the last one if it was padded.
fn decode(digits: &[u8], padded: bool) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(digits.len());
    for group in digits.chunks(4) {
        if group.len() == 4 || (padded && group.len() > 1) {
            let digit = |n: usize| group.get(n).and_then(|b| value(*b)).unwrap_or_default();
            let bits = (0..4).fold(0, |bits, n| bits << 6 | u32::from(digit(n)));
            decoded.extend(bits.to_be_bytes().into_iter().skip(1).take(group.len() - 1));
        }
    }
    decoded
}

/// Whether bytes are a text, which may be cut in the middle of a character.
fn is_text(bytes: &[u8]) -> bool {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(cut) if cut.error_len().is_none() => {
            let whole = bytes.get(..cut.valid_up_to());
            whole.and_then(|whole| std::str::from_utf8(whole).ok())
        }
        Err(_) => None,
    };
    text.is_some_and(|text| !text.contains(char::is_control))
}

/// Whether small letters, capitals and digits are mixed, though not as in `Subscription`.
fn is_mixed(digits: &[u8]) -> bool {
    let kinds = [
        u8::is_ascii_lowercase,
        u8::is_ascii_uppercase,
        u8::is_ascii_digit,
    ];
    let kinds = kinds
        .iter()
        .filter(|is| digits.iter().skip(1).any(is))
        .count();
    digits.len() >= if kinds == 3 { 16 } else { 20 } && kinds > 1
}

/// What a digit of Base64 stands for.
fn value(b: u8) -> Option<u8> {
    Some(match b {
        b'A'..=b'Z' => b - b'A',
        b'a'..=b'z' => b - b'a' + 26,
        b'0'..=b'9' => b - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}
