//! Request ids: 16 bytes for a UUID, so that millions of them fit.

use super::Raw;
use super::uuid::{Case, Uuid};
use crate::redact::redact;
use crate::uuid_form::UUID_BYTES;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// A request id as it was written, secrets aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RequestId {
    /// A UUID in lower case.
    Uuid(Digits),
    /// Anything else.
    Text(Box<str>),
    /// A UUID in upper case.
    UpperUuid(Digits),
}

/// The 32 digits of a UUID. In words, as ids are moved about a lot, and bytes from an odd place
/// take more steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "[u8; 16]", into = "[u8; 16]")]
pub struct Digits {
    high: u64,
    low: u64,
}

impl Hash for Digits {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128((*self).into());
    }
}

impl From<u128> for Digits {
    #[inline]
    fn from(digits: u128) -> Self {
        Self {
            high: (digits >> 64) as u64,
            low: digits as u64,
        }
    }
}

impl From<Digits> for u128 {
    #[inline]
    fn from(digits: Digits) -> Self {
        Self::from(digits.high) << 64 | Self::from(digits.low)
    }
}

impl From<[u8; 16]> for Digits {
    fn from(bytes: [u8; 16]) -> Self {
        u128::from_be_bytes(bytes).into()
    }
}

impl From<Digits> for [u8; 16] {
    fn from(digits: Digits) -> Self {
        u128::from(digits).to_be_bytes()
    }
}

impl RequestId {
    /// An id out of a text.
    pub fn new(text: &str) -> Self {
        Uuid::parse(text.as_bytes()).map_or_else(|| Self::Text(redact(text).into()), Self::from)
    }

    /// An id out of a raw JSON value.
    #[inline]
    pub fn of_raw(raw: Raw) -> Self {
        let inner = raw.0.get(1..raw.0.len().saturating_sub(1));
        match inner.and_then(Uuid::parse) {
            Some(uuid) => uuid.into(),
            None => Self::new(&raw.text()),
        }
    }

    /// The id as it was written.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            uuid => Cow::Owned(
                uuid.bytes(&mut [0; UUID_BYTES])
                    .iter()
                    .copied()
                    .map(char::from)
                    .collect(),
            ),
        }
    }

    /// The bytes of the text.
    fn bytes<'b>(&'b self, buffer: &'b mut [u8; UUID_BYTES]) -> &'b [u8] {
        let (digits, case) = match self {
            Self::Text(text) => return text.as_bytes(),
            Self::Uuid(digits) => (digits, Case::Lower),
            Self::UpperUuid(digits) => (digits, Case::Upper),
        };
        *buffer = Uuid {
            digits: (*digits).into(),
            case,
        }
        .text();
        buffer
    }
}

impl From<Uuid> for RequestId {
    #[inline]
    fn from(uuid: Uuid) -> Self {
        let digits = uuid.digits.into();
        match uuid.case {
            Case::Lower => Self::Uuid(digits),
            Case::Upper => Self::UpperUuid(digits),
        }
    }
}

impl Hash for RequestId {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Uuid(digits) => digits.hash(state),
            Self::UpperUuid(digits) => state.write_u128(!u128::from(*digits)),
            Self::Text(text) => text.hash(state),
        }
    }
}

impl Ord for RequestId {
    /// By the bytes of the text, which for two UUIDs of one case is the order of their digits.
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Uuid(a), Self::Uuid(b)) | (Self::UpperUuid(a), Self::UpperUuid(b)) => a.cmp(b),
            _ => self
                .bytes(&mut [0; UUID_BYTES])
                .cmp(other.bytes(&mut [0; UUID_BYTES])),
        }
    }
}

impl PartialOrd for RequestId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_keep_their_text_and_order() {
        let texts = [
            "81a373d6-28bd-9968-8335-e22a2127c41b",
            "81a373d6-28bd-9968-8335-e22a2127c41c",
            "81A373D6-28BD-9968-8335-E22A2127C41B",
            "81A373d6-28bd-9968-8335-e22a2127c41b",
            "00000000-0000-0000-0000-000000000000",
            "req-1",
            "",
        ];
        for a in texts {
            assert_eq!(RequestId::new(a).text(), a);
            let raw = format!("\"{a}\"");
            assert_eq!(RequestId::of_raw(Raw(raw.as_bytes())), RequestId::new(a));
            for b in texts {
                assert_eq!(
                    RequestId::new(a).cmp(&RequestId::new(b)),
                    a.cmp(b),
                    "{a} {b}"
                );
            }
        }
        assert_eq!(RequestId::of_raw(Raw(b"17")).text(), "17");
    }

    #[test]
    fn secrets_are_hidden() {
        let id = RequestId::new("sk-abcdefghijklmnop12345");
        assert_eq!(id.text(), "sk-***");
    }
}
