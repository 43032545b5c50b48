//! From a log's evidence to a cause. The order is fixed: code, then message,
//! then status – the same code may mean opposite things, and a logged status
//! may be made up by the SDK.

use super::cause::{Cause, Message};
use super::hits::{Hit, provider_order};
use super::inner::{self, Inner};
use super::words::{Kind, Provider, Retry};
use super::{Catalog, Group, GroupRef};
use std::borrow::Cow;

/// What a log record says about a failure.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// Whose error it is, if the record tells. `None` means `DashScope`, as
    /// far as its rows reach; then the others'.
    pub provider: Option<Provider>,
    /// The error code as written.
    pub code: Option<&'a str>,
    /// The error message as written.
    pub message: Option<&'a str>,
    /// The HTTP status, or what the SDK made of a broken connection (0, −1).
    pub status: Option<i32>,
    /// Whether it may be no call of an API at all that the message is about: then
    /// messages that any program might log do not count.
    pub doubtful: bool,
}

/// What the catalogue makes of it.
#[derive(Clone, Debug)]
pub struct Verdict<'c> {
    /// The code's canonical spelling; as written if the catalogue lacks it;
    /// `HTTP 429` or `HTTP none` if neither code nor message names one.
    pub code: Cow<'c, str>,
    /// The cause, or, where `listed` is false, the row whose kind, retry and advice are borrowed.
    pub cause: Option<&'c Cause>,
    /// Whether the catalogue knows this very cause. False: the message was never seen.
    pub listed: bool,
    /// Whether the code as written is a spelling of one of the catalogue's.
    pub own_code: bool,
    /// What sort of failure it is.
    pub kind: Kind,
    /// Whether to try again.
    pub retry: Retry,
}

impl<'c> Verdict<'c> {
    fn of(code: impl Into<Cow<'c, str>>, cause: &'c Cause, listed: bool) -> Self {
        Self {
            code: code.into(),
            cause: Some(cause),
            listed,
            own_code: false,
            kind: cause.kind,
            retry: cause.retry,
        }
    }
}

/// A message, compared with all patterns: to be judged beside several codes.
pub struct Reading<'a> {
    /// Whether there is a message at all.
    has_message: bool,
    /// Every pattern that fits it.
    hits: Vec<Hit>,
    inner: Inner<'a>,
}

impl Reading<'_> {
    /// Without the patterns that any program's messages may fit.
    fn of_certain_calls(&self) -> Self {
        let hits = self.hits.iter().filter(|hit| !hit.called);
        Self {
            hits: hits.copied().collect(),
            ..*self
        }
    }
}

/// One failure under judgement.
struct Case<'a> {
    provider: Option<Provider>,
    status: Option<i32>,
    message: &'a Reading<'a>,
}

impl Catalog {
    /// Names the cause of a failure. Deterministic, and cheap: a few microseconds.
    pub fn classify(&self, evidence: &Evidence<'_>) -> Verdict<'_> {
        self.classify_read(evidence, &self.read(evidence.message.unwrap_or_default()))
    }

    /// Compares a message with all patterns.
    pub fn read<'a>(&self, raw: &'a str) -> Reading<'a> {
        let inner = inner::read(raw);
        let message = Message::new(raw, inner.prefix_bytes);
        let hits = message
            .as_ref()
            .map(|message| self.hits(message))
            .unwrap_or_default();
        Reading {
            has_message: message.is_some(),
            hits,
            inner,
        }
    }

    /// As [`Self::classify`], the message read before.
    pub fn classify_read(&self, evidence: &Evidence<'_>, message: &Reading<'_>) -> Verdict<'_> {
        let (code, status) = code_and_status(evidence);
        let certain;
        let message = if evidence.doubtful {
            certain = message.of_certain_calls();
            &certain
        } else {
            message
        };
        let case = Case {
            provider: evidence.provider,
            status,
            message,
        };
        let Some(code) = code else {
            return self.uncoded(&case);
        };
        match self.find_code(case.provider, code) {
            Some(found) => {
                let (cause, listed) = self.in_group(found.group, &case);
                if found.exact {
                    Verdict {
                        own_code: true,
                        ..Verdict::of(&*self.cause_at(found.group.generic).code, cause, listed)
                    }
                } else {
                    Verdict::of(code.to_string(), cause, listed)
                }
            }
            None => self.unknown_code(code, &case),
        }
    }

    /// The row whose message pattern fits a text best, and how well, in literal
    /// bytes: which of several text fields is the error.
    pub fn fits_message(&self, provider: Option<Provider>, text: &str) -> Option<(&Cause, usize)> {
        let message = Message::new(text, inner::read(text).prefix_bytes)?;
        let best = self.by_message(provider, &self.hits(&message), None)?;
        Some((self.cause_at(best.cause), best.fit))
    }

    /// The code is known: message, then status, then the generic row.
    fn in_group(&self, group: &Group, case: &Case<'_>) -> (&Cause, bool) {
        // An inner status is the service's own; the outer one may be an SDK's invention.
        let status = if group.wrapper {
            case.message.inner.status.or(case.status)
        } else {
            case.status
        };
        // Where no message is known, none can be unknown: the code is the cause.
        if !case.message.has_message || !(group.wrapper || group.has_messages) {
            return (self.generic(group, status), true);
        }
        if let Some(cause) = self.by_message_in(group, &case.message.hits, status) {
            return (cause, true);
        }
        if group.wrapper {
            let hidden = case
                .message
                .inner
                .code
                .and_then(|code| self.find_code(case.provider, code))
                .map(|found| found.group);
            if let Some(cause) =
                hidden.and_then(|hidden| self.by_message_in(hidden, &case.message.hits, status))
            {
                return (cause, true);
            }
            if let Some(best) = self.by_message(case.provider, &case.message.hits, status) {
                return (self.cause_at(best.cause), true);
            }
            if let Some(hidden) = hidden {
                return (self.generic(hidden, status), false);
            }
        }
        (self.generic(group, status), false)
    }

    /// The row that stands for a code when no message decides.
    fn generic(&self, group: &Group, status: Option<i32>) -> &Cause {
        let members = || group.members.iter().map(|&index| self.cause_at(index));
        let named =
            status.and_then(|status| members().find(|cause| cause.when_status.contains(&status)));
        let generic = named.unwrap_or_else(|| self.cause_at(group.generic));
        // A wrapper that claims no status ("Unknown") tells less than a status does.
        let telling =
            status.filter(|_| group.wrapper && named.is_none() && generic.statuses.is_empty());
        telling
            .filter(|&status| status >= 400)
            .and_then(|status| self.by_status(Some(status)))
            .unwrap_or(generic)
    }

    /// The code is not in the catalogue: it stands as written.
    fn unknown_code(&self, code: &str, case: &Case<'_>) -> Verdict<'_> {
        let code = code.to_string();
        let status = case.status.or(case.message.inner.status);
        if case.message.has_message {
            if let Some(found) = case
                .message
                .inner
                .code
                .and_then(|inner| self.find_code(case.provider, inner))
            {
                let (cause, listed) = self.in_group(found.group, case);
                return Verdict::of(code, cause, listed);
            }
            if let Some(best) = self.by_message(case.provider, &case.message.hits, status) {
                return Verdict::of(code, self.cause_at(best.cause), true);
            }
        }
        match self
            .by_status(status)
            .filter(|cause| cause.kind.is_throttle())
        {
            Some(cause) => Verdict::of(code, cause, !case.message.has_message),
            None => Verdict {
                code: code.into(),
                cause: None,
                listed: false,
                own_code: false,
                kind: Kind::Unknown,
                retry: Retry::Unknown,
            },
        }
    }

    /// There is no code: the message may imply one, else the status names it.
    fn uncoded(&self, case: &Case<'_>) -> Verdict<'_> {
        let status = case.status.or(case.message.inner.status);
        if case.message.has_message {
            if let Some(found) = case
                .message
                .inner
                .code
                .and_then(|inner| self.find_code(case.provider, inner))
            {
                let (cause, listed) = self.in_group(found.group, case);
                return Verdict::of(&*self.cause_at(found.group.generic).code, cause, listed);
            }
            if let Some(best) = self.by_message(case.provider, &case.message.hits, status) {
                let cause = self.cause_at(best.cause);
                if cause.code.is_empty() {
                    let implied = cause
                        .statuses
                        .first()
                        .copied()
                        .filter(|_| cause.statuses.len() == 1);
                    return Verdict::of(status_code(status.or(implied)), cause, true);
                }
                return Verdict::of(&*cause.code, cause, true);
            }
        }
        let code = status_code(status);
        match self.by_status(status) {
            Some(cause) => Verdict::of(code, cause, !case.message.has_message),
            None => Verdict {
                code: code.into(),
                cause: None,
                listed: false,
                own_code: false,
                kind: Kind::Unknown,
                retry: Retry::Unknown,
            },
        }
    }

    /// What a bare status means, or, for `None`, what a failure without one means.
    pub fn by_status(&self, status: Option<i32>) -> Option<&Cause> {
        let rows = || self.bare.iter().map(|&index| self.cause_at(index));
        let Some(status) = status else {
            return rows().find(|cause| cause.no_status);
        };
        let width = |cause: &&Cause| {
            cause
                .range
                .map(|[first, last]| i64::from(last) - i64::from(first))
        };
        rows()
            .find(|cause| cause.statuses.contains(&status))
            .or_else(|| {
                rows()
                    .filter(|c| {
                        c.range
                            .is_some_and(|[first, last]| (first..=last).contains(&status))
                    })
                    .min_by_key(width)
            })
    }

    /// The codes of this spelling, the likeliest provider's first.
    pub(super) fn find_code(&self, provider: Option<Provider>, code: &str) -> Option<GroupRef<'_>> {
        self.find_codes(code)
            .filter_map(|found| Some((provider_order(provider, found.group.provider)?, found)))
            .min_by_key(|(order, _)| *order)
            .map(|(_, found)| found)
            .or_else(|| {
                self.find_family(provider?, code).map(|group| GroupRef {
                    group,
                    exact: false,
                })
            })
    }
}

/// A code that is only a status is no code.
fn code_and_status<'a>(evidence: &Evidence<'a>) -> (Option<&'a str>, Option<i32>) {
    let code = evidence.code.map(str::trim).filter(|code| !code.is_empty());
    match code
        .and_then(|code| code.parse().ok())
        .filter(|&number| inner::is_http_status(number))
    {
        Some(number) => (None, evidence.status.or(Some(number))),
        None => (code, evidence.status),
    }
}

/// What stands in a code's place where there is only a status.
fn status_code(status: Option<i32>) -> String {
    status.map_or_else(
        || "HTTP none".to_string(),
        |status| format!("HTTP {status}"),
    )
}
