//! Times and latencies, and how the report's JSON writes them.

use chrono::SecondsFormat;
use serde::{Deserialize, Serialize};

/// An instant in milliseconds since 1970 UTC; RFC 3339 in JSON, with milliseconds
/// only where they are not zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// RFC 3339 in UTC, ending in `Z`.
    pub fn rfc3339(self) -> String {
        let Some(time) = chrono::DateTime::from_timestamp_millis(self.0) else {
            return self.0.to_string();
        };
        let digits = if self.0 % 1000 == 0 {
            SecondsFormat::Secs
        } else {
            SecondsFormat::Millis
        };
        time.to_rfc3339_opts(digits, true)
    }
}

impl Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        chrono::DateTime::parse_from_rfc3339(&text)
            .map(|time| Self(time.timestamp_millis()))
            .map_err(serde::de::Error::custom)
    }
}

/// A latency in microseconds; milliseconds with up to three decimals in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis {
    /// The latency.
    pub us: u64,
}

impl Serialize for Millis {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.us.is_multiple_of(1000) {
            serializer.serialize_u64(self.us / 1000)
        } else {
            // Shortest decimal that gives the same f64: three decimals up to 2^53 µs.
            serializer.serialize_f64(self.us as f64 / 1000.0)
        }
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ms = f64::deserialize(deserializer)?;
        Ok(Self {
            us: (ms * 1000.0).round() as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_latencies_in_json() {
        let json = |value: &dyn erased::Json| value.json();
        assert_eq!(json(&Time(1_763_805_600_000)), "\"2025-11-22T10:00:00Z\"");
        assert_eq!(
            json(&Time(1_763_805_600_120)),
            "\"2025-11-22T10:00:00.120Z\""
        );
        assert_eq!(json(&Millis { us: 1_234_500 }), "1234.5");
        assert_eq!(json(&Millis { us: 1 }), "0.001");
        assert_eq!(json(&Millis { us: 2000 }), "2");
        for us in [0, 1, 999, 123_456_789, 86_400_000_001] {
            let json = serde_json::to_string(&Millis { us }).unwrap();
            assert_eq!(serde_json::from_str::<Millis>(&json).unwrap().us, us);
        }
    }

    mod erased {
        pub trait Json {
            fn json(&self) -> String;
        }
        impl<T: serde::Serialize> Json for T {
            fn json(&self) -> String {
                serde_json::to_string(self).unwrap()
            }
        }
    }
}
