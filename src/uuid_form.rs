//! The usual form of a UUID: 8-4-4-4-12 hexadecimal digits.

/// Bytes of it.
pub const UUID_BYTES: usize = 36;

/// Offsets of its dashes.
pub const DASHES: [usize; 4] = [8, 13, 18, 23];

/// Whether a text is as long and has dashes where they belong, whatever stands between them.
pub fn has_form(text: &[u8]) -> bool {
    text.len() == UUID_BYTES && DASHES.iter().all(|at| text.get(*at) == Some(&b'-'))
}

/// Whether a text is a UUID; its letters may be small, large or mixed.
pub fn is_uuid(text: &[u8]) -> bool {
    let is_digit = |(at, byte): (usize, &u8)| DASHES.contains(&at) || byte.is_ascii_hexdigit();
    has_form(text) && text.iter().enumerate().all(is_digit)
}

/// What stands before a UUID at the end of a text, and the UUID.
pub fn at_end(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (before, id) = text.split_at_checked(text.len().checked_sub(UUID_BYTES)?)?;
    is_uuid(id).then_some((before, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_counts() {
        let uuid = *b"4dc2be6c-0A1b-9c0b-8a4c-1f2e3d4c5b6a";
        assert!(is_uuid(&uuid));
        for at in 0..UUID_BYTES {
            let mut other = uuid;
            other[at] = b'x';
            assert!(!is_uuid(&other), "{at}");
            assert_eq!(has_form(&other), !DASHES.contains(&at), "{at}");
        }
        assert!(!has_form(&uuid[1..]) && !is_uuid(b""));
        let behind = [b"chatcmpl-", &uuid[..]].concat();
        assert_eq!(at_end(&behind), Some((&b"chatcmpl-"[..], &uuid[..])));
        assert_eq!(at_end(&uuid), Some((&b""[..], &uuid[..])));
        assert_eq!(at_end(&uuid[1..]), None);
    }
}
