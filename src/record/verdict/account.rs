//! The judging itself: of all codes and texts of a line, the account that fits the
//! catalogue best.

use super::evidence::{Evidence, Source, has_hole};
use super::judged::Judged;
use super::memo::{Id, Memo, Outcome, Ruling};
use super::{Signs, is_failure};
use crate::catalog::{self, Catalog, Provider, Reading, Verdict};
use crate::limits::SAMPLE_BYTES;
use crate::record::unwrap::{self, Dug};
use crate::record::{self, Coded, Raw};
use crate::redact::redact;
use crate::template;
use memchr::memmem::Finder;
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

/// A line before the judge, but for its texts.
pub(super) struct Case<'l, 'c> {
    pub catalog: &'c Catalog,
    pub signs: Signs,
    pub provider: Option<Provider>,
    pub codes: Vec<Cow<'l, str>>,
}

/// The best account of a failure so far.
struct Account<'c> {
    verdict: Verdict<'c>,
    code: Option<String>,
    message: Option<String>,
    status: Option<i16>,
    score: u32,
}

impl<'c> Case<'_, 'c> {
    /// Judges. `text` gives the raw texts, one by one. `canonical`: they hold placeholders,
    /// which may not show in the outcome.
    pub fn rule<'t>(
        &self,
        memo: &mut Memo,
        canonical: bool,
        mut text: impl FnMut(usize) -> Option<Cow<'t, [u8]>>,
    ) -> Ruling {
        let mut texts = 0;
        let mut id = None;
        let none = self.catalog.read("");
        let first_code = self.codes.first().map(|c| &**c);
        let mut account = self.account(first_code, None, &none, self.signs.status);
        let mut decided = false;
        while !decided && let Some(raw) = text(texts) {
            texts += 1;
            let decoded = Raw(&raw).text();
            let dug = unwrap::dig(&decoded);
            let named = mentions_id(&raw);
            if let Some(found) = &dug.request_id
                && id.as_ref().is_none_or(|(_, sure)| named && !sure)
            {
                id = Some((found.clone(), named));
            }
            self.take_in(&decoded, &dug, &mut account);
            decided = account.verdict.listed && account.message.is_some();
        }
        let source = if canonical {
            Evidence::source
        } else {
            Source::fixed
        };
        let id = id.map(|(id, sure)| Id {
            source: source(&id),
            sure,
        });
        let outcome = self.outcome(memo, canonical, &account, id);
        Ruling {
            outcome,
            texts,
            decided,
        }
    }

    /// Tries a text with every code.
    fn take_in(&self, text: &str, dug: &Dug, best: &mut Account<'c>) {
        let status = self
            .signs
            .status
            .or_else(|| dug.status.and_then(|s| i16::try_from(s).ok()));
        let message = dug.message.as_deref().unwrap_or(text);
        let dug_code = dug
            .code
            .as_deref()
            .or_else(|| self.catalog.code_in(self.provider, text));
        let mut codes = self.codes.iter().map(|code| &**code);
        let outer = codes.next().or(dug_code);
        let reading = self.catalog.read(message);
        for code in [outer].into_iter().chain(codes.chain(dug_code).map(Some)) {
            let account = self.account(code, Some(message), &reading, status);
            if account.score > best.score {
                *best = account;
            }
        }
    }

    fn account(
        &self,
        code: Option<&str>,
        message: Option<&str>,
        reading: &Reading,
        status: Option<i16>,
    ) -> Account<'c> {
        let evidence = catalog::Evidence {
            provider: self.provider,
            code,
            message,
            status: status.map(i32::from),
            doubtful: !self.signs.request
                && !self.signs.error_body
                && code.is_none()
                && status.is_none(),
        };
        let verdict = self.catalog.classify_read(&evidence, reading);
        // What decides between texts: a known message, then a known cause, then any code, then
        // one of the catalogue's own: an exception's class beside an error body is none.
        let known = verdict.cause.is_some_and(|cause| !cause.is_bare_status());
        let score = u32::from(verdict.listed && known && message.is_some()) * 16
            + u32::from(known) * 8
            + u32::from(code.is_some()) * 4
            + u32::from(message.is_some()) * 2
            + u32::from(verdict.own_code);
        Account {
            verdict,
            code: code.map(str::to_owned),
            message: message.map(str::to_owned),
            status,
            score,
        }
    }

    fn outcome(
        &self,
        memo: &mut Memo,
        canonical: bool,
        account: &Account,
        id: Option<Id>,
    ) -> Outcome {
        let Signs {
            failed_outright,
            request,
            error_body,
            ..
        } = self.signs;
        if !failed_outright && !request && !account.names_an_error(self.signs) {
            return Outcome::Other;
        }
        // A good status is contradicted by an error body, or by a code in an error's text.
        let contradicted = !request || error_body || account.names_a_code();
        let success = !contradicted || !account.is_failure();
        if !failed_outright && success && (request || account.status.is_some()) {
            return Outcome::Success {
                status: account.status.or(self.signs.status),
            };
        }
        if canonical && account.has_hole() {
            return Outcome::Single;
        }
        Outcome::Failure {
            judged: account.judged(memo, self.provider),
            id,
        }
    }
}

impl Account<'_> {
    /// Whether an error-level line proves to be a request line.
    fn names_an_error(&self, signs: Signs) -> bool {
        self.status.is_some()
            || self.code.is_some()
            || signs.error_body
            || (self.verdict.listed && self.message.is_some())
    }

    /// Whether it has a code that is no number.
    fn names_a_code(&self) -> bool {
        self.code
            .as_ref()
            .is_some_and(|code| code.parse::<i64>().is_err())
    }

    fn is_failure(&self) -> bool {
        self.status.is_some_and(is_failure)
            || self.code.is_some()
            || (self.verdict.listed && self.message.is_some())
            || self.status.is_none()
    }

    fn has_hole(&self) -> bool {
        [&self.code, &self.message]
            .into_iter()
            .flatten()
            .any(|text| has_hole(text))
    }

    /// The shared judgement.
    fn judged(&self, memo: &mut Memo, provider: Option<Provider>) -> Arc<Judged> {
        let code = self.code.as_deref().unwrap_or_default();
        let message = self.message.as_deref().unwrap_or_default();
        let mut key = Vec::with_capacity(16 + code.len() + message.len());
        key.push(provider.map_or(0, |p| p as u8 + 1));
        key.extend(self.status.unwrap_or(i16::MIN).to_le_bytes());
        key.extend((code.len() as u32).to_le_bytes());
        key.extend_from_slice(code.as_bytes());
        key.extend_from_slice(message.as_bytes());
        if let Some(judged) = memo.account(&key) {
            return Arc::clone(judged);
        }
        let (epoch, serial) = memo.next_name();
        let verdict = &self.verdict;
        let unlisted = !verdict.listed && !message.is_empty();
        let row = verdict.cause.map(|cause| &*cause.id).unwrap_or_default();
        // Before it is cut anywhere, so that no key survives in part.
        let clean = redact(message);
        let judged = Arc::new(Judged {
            epoch,
            serial,
            code: redact(&verdict.code).into(),
            spelling: redact(code).into(),
            status: self.status,
            kind: verdict.kind,
            row: row.into(),
            unlisted: unlisted.then(|| template::mask(&clean).into()),
            message: (!message.is_empty()).then(|| sample(&clean)),
        });
        memo.keep_account(&key, &judged);
        judged
    }
}

/// The code in a raw value, if it is one.
pub(super) fn code(raw: &[u8]) -> Option<Cow<'_, str>> {
    matches!(record::coded(raw), Coded::Code).then(|| Raw(raw).text())
}

/// What is kept of a redacted message.
fn sample(clean: &str) -> Box<str> {
    clean
        .get(..clean.floor_char_boundary(SAMPLE_BYTES))
        .unwrap_or_default()
        .into()
}

/// Words before the `id` of a request, as they stand in raw JSON.
static REQUESTS: LazyLock<[Finder; 4]> =
    LazyLock::new(|| ["equest", "请求", "\\u6c42", "\\u6C42"].map(Finder::new));

/// Whether a raw text may hold a request id: `request_id`, `requestId`, `Request ID`, `请求ID` …
pub(super) fn mentions_id(text: &[u8]) -> bool {
    REQUESTS.iter().any(|word| {
        word.find_iter(text).any(|at| {
            let rest = text.get(at + word.needle().len()..).unwrap_or_default();
            let rest = match rest.split_first() {
                Some((b'_' | b'-' | b' ', rest)) => rest,
                _ => rest,
            };
            rest.get(..2)
                .is_some_and(|id| id.eq_ignore_ascii_case(b"id"))
        })
    })
}
