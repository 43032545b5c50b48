//! What Higress, Alibaba's gateway, says of a call in one string of its access log: `ai_log`,
//! a JSON object with its quotes escaped (its `ai-statistics` plugin).

use super::{Raw, number};
use memchr::memmem;

/// What it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told<'l> {
    /// Model name.
    pub model: Option<Raw<'l>>,
    /// Input tokens.
    pub tokens_in: Option<u64>,
    /// Output tokens.
    pub tokens_out: Option<u64>,
}

impl<'l> Told<'l> {
    /// By the raw value of an `ai_log`.
    #[inline(never)] // for few logs
    pub fn of(raw: &'l [u8]) -> Self {
        let number = |key| value(raw, key).and_then(number::count);
        Self {
            model: model(raw),
            tokens_in: number(br#"\"input_token\":"#.as_slice()),
            tokens_out: number(br#"\"output_token\":"#.as_slice()),
        }
    }
}

/// The model's name, unless it is escaped once more.
fn model(raw: &[u8]) -> Option<Raw<'_>> {
    let quoted = value(raw, br#"\"model\":"#)?;
    let name = quoted.strip_prefix(br#"\""#)?.strip_suffix(br#"\""#)?;
    (!name.is_empty() && !name.contains(&b'\\')).then_some(Raw(name))
}

/// The value behind a key, up to what ends it.
fn value<'l>(raw: &'l [u8], key: &[u8]) -> Option<&'l [u8]> {
    let from = memmem::find(raw, key)? + key.len();
    let rest = raw.get(from..)?.trim_ascii_start();
    let end = memchr::memchr3(b',', b'}', b' ', rest)?;
    rest.get(..end)
}

#[cfg(test)]
mod tests {
    use super::super::call::Call;
    use super::*;

    fn told(raw: &str) -> (Option<String>, Option<u64>, Option<u64>) {
        let told = Told::of(raw.as_bytes());
        let model = told.model.map(|model| model.text().into_owned());
        (model, told.tokens_in, told.tokens_out)
    }

    #[test]
    fn a_gateways_words_are_read() {
        let qwen = || Some("qwen-max".to_owned());
        for (raw, said) in [
            (
                r#""{\"model\":\"qwen-max\",\"input_token\":5,\"output_token\":6}""#,
                (qwen(), Some(5), Some(6)),
            ),
            (
                r#""{\"output_token\": 6, \"question\":\"a\\\"model\\\":\\\"x\\\"\", \"model\": \"qwen-max\"}""#,
                (qwen(), None, Some(6)),
            ),
            (
                r#""{\"model\":\"a\\\"b\",\"input_token\":-1}""#,
                (None, None, None),
            ),
            (r#""{\"model\":null}""#, (None, None, None)),
            (r#""{\"model\":""#, (None, None, None)),
            (r#""-""#, (None, None, None)),
            ("null", (None, None, None)),
        ] {
            assert_eq!(told(raw), said, "{raw}");
        }
    }

    #[test]
    fn what_the_record_says_itself_stands() {
        let own = Call {
            model: Some(Raw(b"\"own\"")),
            tokens_in: Some(1),
            ..Call::default()
        };
        let raw = br#""{\"model\":\"x\",\"input_token\":5,\"output_token\":6}""#;
        let filled = Call {
            tokens_out: Some(6),
            ..own
        };
        assert_eq!(own.filled_by(Told::of(raw)), filled);
    }
}
