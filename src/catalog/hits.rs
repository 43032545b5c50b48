//! Which message patterns fit a text, and which of them counts.

use super::cause::{Cause, Message, Pattern};
use super::words::Provider;
use super::{Catalog, Group};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::cmp::Reverse;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A pattern that fits the message.
#[derive(Clone, Copy)]
pub(super) struct Hit {
    /// Index of the cause.
    pub(super) cause: usize,
    /// How well it fits, in literal bytes.
    pub(super) fit: usize,
    /// Whether it counts only beside the code.
    coded: bool,
    /// Whether it counts only where a call is known to have failed.
    pub(super) called: bool,
}

/// Finds every pattern whose longest literal occurs in a text, in one pass.
#[derive(Debug)]
pub(super) struct Patterns {
    /// `None` only if the automaton could not be built; then nothing matches by message alone.
    automaton: Option<AhoCorasick>,
    /// A larger and faster one, built when it pays.
    fast: OnceLock<Option<AhoCorasick>>,
    /// Messages searched so far.
    searched: AtomicU32,
    /// Cause and message index of each literal.
    owners: Vec<(usize, usize)>,
}

impl Patterns {
    pub(super) fn new(causes: &[Cause]) -> Self {
        let mut owners = Vec::new();
        for (c, cause) in causes.iter().enumerate() {
            owners.extend((0..cause.messages.len()).map(|m| (c, m)));
        }
        // The cheapest automaton to build: most runs see few different messages.
        let automaton = AhoCorasick::builder()
            .prefilter(false)
            .dense_depth(1)
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .build(literals(causes));
        Self {
            automaton: automaton.ok(),
            fast: OnceLock::new(),
            searched: AtomicU32::new(0),
            owners,
        }
    }

    /// The automaton to search with.
    fn automaton(&self, causes: &[Cause]) -> Option<&AhoCorasick> {
        if self.searched.load(Ordering::Relaxed) < MANY_MESSAGES {
            self.searched.fetch_add(1, Ordering::Relaxed);
            return self.automaton.as_ref();
        }
        let fast = self.fast.get_or_init(|| {
            AhoCorasick::builder()
                .prefilter(false)
                .kind(Some(AhoCorasickKind::DFA))
                .build(literals(causes))
                .ok()
        });
        fast.as_ref().or(self.automaton.as_ref())
    }
}

/// The longest literal of every pattern.
fn literals(causes: &[Cause]) -> impl Iterator<Item = &str> {
    causes
        .iter()
        .flat_map(|cause| cause.messages.iter())
        .map(Pattern::longest_piece)
}

/// Different messages after which a faster automaton has paid for its making.
const MANY_MESSAGES: u32 = 1 << 14;

impl Catalog {
    /// Every pattern that fits a message, found in one pass.
    pub(super) fn hits(&self, message: &Message) -> Vec<Hit> {
        let patterns = self.patterns.get_or_init(|| Patterns::new(&self.causes));
        let Some(automaton) = patterns.automaton(&self.causes) else {
            return Vec::new();
        };
        let mut hits: Vec<Hit> = Vec::new();
        // A literal may occur many times over: each is looked at once.
        let mut seen: Vec<bool> = Vec::new();
        for found in automaton.find_overlapping_iter(&message.normal) {
            let id = found.pattern().as_usize();
            seen.resize(patterns.owners.len(), false);
            if seen
                .get_mut(id)
                .is_none_or(|flag| std::mem::replace(flag, true))
            {
                continue;
            }
            let Some(&(cause, m)) = patterns.owners.get(id) else {
                continue;
            };
            let Some(pattern) = self.cause_at(cause).messages.get(m) else {
                continue;
            };
            if let Some(fit) = pattern.fit(message) {
                hits.push(Hit {
                    cause,
                    fit,
                    coded: pattern.coded,
                    called: pattern.called,
                });
            }
        }
        hits
    }

    /// The best-fitting row of one code, or of its provider's rows without a code.
    pub(super) fn by_message_in(
        &self,
        group: &Group,
        hits: &[Hit],
        status: Option<i32>,
    ) -> Option<&Cause> {
        let belongs = |hit: &&Hit| {
            let cause = self.cause_at(hit.cause);
            group.members.contains(&hit.cause)
                || (cause.code.is_empty() && cause.provider == group.provider)
        };
        let best = hits
            .iter()
            .filter(belongs)
            .max_by_key(|hit| (self.rank(hit, status), Reverse(hit.cause)))?;
        Some(self.cause_at(best.cause))
    }

    /// The best-fitting row of all: own rows first, then in the providers' order, then by fit.
    pub(super) fn by_message(
        &self,
        provider: Option<Provider>,
        hits: &[Hit],
        status: Option<i32>,
    ) -> Option<Hit> {
        let ranked = hits.iter().filter(|hit| !hit.coded).filter_map(|hit| {
            let cause = self.cause_at(hit.cause);
            let order = provider_order(provider, cause.provider)?;
            Some((
                (
                    cause.own,
                    Reverse(order),
                    self.rank(hit, status),
                    Reverse(hit.cause),
                ),
                *hit,
            ))
        });
        ranked.max_by_key(|(rank, _)| *rank).map(|(_, hit)| hit)
    }

    /// How strong a match is: the literal bytes, then the status.
    fn rank(&self, hit: &Hit, status: Option<i32>) -> (usize, bool) {
        (
            hit.fit,
            status.is_some_and(|status| self.cause_at(hit.cause).statuses.contains(&status)),
        )
    }
}

/// Where a provider's rows come in the search, or `None` if they are out of it.
/// With a provider given, only its own rows and those of HTTP itself are in it.
pub(super) fn provider_order(wanted: Option<Provider>, provider: Provider) -> Option<u8> {
    if wanted.is_some_and(|wanted| wanted != provider && provider != Provider::Http) {
        return None;
    }
    Some(match provider {
        _ if wanted == Some(provider) => 0,
        Provider::DashScope => 1,
        Provider::OpenAi => 2,
        Provider::Anthropic => 3,
        Provider::Aws => 4,
        Provider::Http => 5,
    })
}
