//! Whose error it is, by the host or provider name that a record states.

use super::{Catalog, Provider};
use memchr::memmem;

/// Parts of hosts and URLs. Earlier rows win: `DashScope`'s own endpoint for
/// Anthropic's protocol carries both names.
const HOSTS: &[(&str, Provider)] = &[
    ("aliyuncs.com", Provider::DashScope),
    ("dashscope", Provider::DashScope),
    ("bailian", Provider::DashScope),
    ("amazonaws.com", Provider::Aws),
    ("api.anthropic.com", Provider::Anthropic),
    ("api.openai.com", Provider::OpenAi),
    ("openai.azure.com", Provider::OpenAi),
];

/// Whole names, as gateways write them.
const NAMES: &[(&str, Provider)] = &[
    ("aliyun", Provider::DashScope),
    ("qwen", Provider::DashScope),
    ("bedrock", Provider::Aws),
    ("anthropic", Provider::Anthropic),
    ("openai", Provider::OpenAi),
    ("azure", Provider::OpenAi),
];

impl Catalog {
    /// The provider that a raw JSON string (quotes included) names, if it is known.
    /// A method, so that a catalogue of one's own may bring names one day.
    #[allow(clippy::unused_self)]
    pub fn provider_of(&self, raw: &[u8]) -> Option<Provider> {
        let name = raw.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        let host = HOSTS.iter().find(|(part, _)| memmem::find(name, part.as_bytes()).is_some());
        let named = || NAMES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()));
        host.or_else(named).map(|(_, provider)| *provider)
    }
}
