//! What was found at one place, how far each part of it is to be trusted, and how two
//! findings become one.

use super::{Dug, words};

/// How far a code is to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CodeRank {
    /// A `type` without a `code`, or a `code` that is only an HTTP status.
    Weak,
    /// The words of a text: `Code: message`.
    Shape,
    /// The code of an error body.
    Body,
}

/// An error code as written.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub text: String,
    pub rank: CodeRank,
}

/// How far a request id is to be trusted: the provider's are UUIDs, gateways add their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum IdRank {
    /// A response's `id`, or a task's.
    Related,
    /// Any id that a text calls the request's.
    Text,
    /// Any id that a body calls the request's.
    Body,
    /// A UUID in `error.param`, where one-api puts the provider's request id.
    ParamUuid,
    /// A UUID that a text calls the request's.
    TextUuid,
    /// A UUID that a body calls the request's.
    BodyUuid,
}

/// What one place says.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub status: Option<i32>,
    /// The last status that the words of a text name; only the surroundings of a body use it.
    pub last_status: Option<i32>,
    pub code: Option<Code>,
    pub message: Option<String>,
    pub request_id: Option<(IdRank, String)>,
    /// Ids that were found and are not the best.
    pub other_ids: Vec<String>,
    pub host: Option<String>,
    pub model: Option<String>,
}

impl Found {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.status.is_none()
            && self.code.is_none()
            && self.message.is_none()
            && self.request_id.is_none()
            && self.host.is_none()
            && self.model.is_none()
    }

    /// Takes a request id if it is better than the one there.
    pub fn offer_id(&mut self, rank: IdRank, id: String) {
        if self
            .request_id
            .as_ref()
            .is_none_or(|(have, _)| rank > *have)
        {
            let second = self.request_id.replace((rank, id));
            self.other_ids.extend(second.map(|(_, id)| id));
        } else {
            self.other_ids.push(id);
        }
    }

    /// Takes a request id that prose names.
    pub fn offer_text_id(&mut self, id: String) {
        let uuid = words::is_uuid(&id);
        self.offer_id(if uuid { IdRank::TextUuid } else { IdRank::Text }, id);
    }

    /// Takes from `other` what is missing here.
    pub fn fill(&mut self, other: Self) {
        self.status = self.status.or(other.status);
        self.last_status = self.last_status.or(other.last_status);
        self.code = self.code.take().or(other.code);
        self.message = self.message.take().or(other.message);
        self.host = self.host.take().or(other.host);
        self.model = self.model.take().or(other.model);
        self.other_ids.extend(other.other_ids);
        if let Some((rank, id)) = other.request_id {
            self.offer_id(rank, id);
        }
    }

    /// Takes in what a layer further inside says. A body in there is nearer to the
    /// provider, so its code and message go before the wrapper's; words do not.
    pub fn absorb(&mut self, mut inner: Self) {
        let rank = |code: &Option<Code>| code.as_ref().map(|c| c.rank);
        let inner_rank = rank(&inner.code);
        if inner_rank == Some(CodeRank::Body) {
            self.code = inner.code.take();
            self.message = inner.message.take().or(self.message.take());
            self.status = inner.status.or(self.status);
        } else if inner_rank > rank(&self.code) {
            self.code = inner.code.take();
        }
        self.fill(inner);
    }

    /// The answer. A code that is an HTTP status stands in for a missing one.
    pub fn into_dug(mut self) -> Dug {
        let code = self.code.take().map(|c| c.text);
        let status = self
            .status
            .or_else(|| code.as_deref().and_then(words::error_status));
        let message = self.message.take().and_then(|text| {
            let (text, id) = words::without_request_id(&text);
            if let Some(id) = id {
                self.offer_text_id(id);
            }
            words::clean(words::without_status(text, status))
        });
        Dug {
            status,
            code,
            message,
            request_id: self.request_id.map(|(_, id)| id),
            provider_host: self.host,
            model: self.model,
        }
    }
}
