//! What a line is judged to be.

use crate::catalog::Kind;
use crate::record::request_id::RequestId;
use std::sync::Arc;

/// What a well-formed line is.
#[derive(Debug)]
pub enum Line<'j> {
    /// No request line.
    Other {
        /// It holds many records at once.
        batched: bool,
    },
    /// A call that did not fail.
    Success {
        /// Its status, if it has one.
        status: Option<i16>,
    },
    /// A call that failed.
    Failure(Failure<'j>),
}

/// A failed call.
#[derive(Debug)]
pub struct Failure<'j> {
    /// What it has in common with others of its like.
    pub judged: &'j Arc<Judged>,
    /// The provider's request id, or failing that the gateway's.
    pub request_id: Option<RequestId>,
}

/// What failures of one like have in common. Everything in it is redacted.
#[derive(Debug)]
pub struct Judged {
    /// Rises when the [`Judge`](super::Judge) forgets what it has judged; serial numbers begin anew then.
    pub epoch: u32,
    /// Tells judgements of one epoch apart; below [`crate::limits::JUDGEMENTS`].
    pub serial: u32,
    /// The catalogue's spelling; as written where it has none; `HTTP 429` without a code.
    pub code: Box<str>,
    /// The code as written; empty without one.
    pub spelling: Box<str>,
    /// HTTP status, or an SDK's stand-in.
    pub status: Option<i16>,
    /// What kind of failure.
    pub kind: Kind,
    /// Id of the catalogue's row that names the cause, or that lends kind, retry and
    /// advice to a message never seen; empty where there is none.
    pub row: Box<str>,
    /// The message, masked, if the catalogue has never seen it.
    pub unlisted: Option<Box<str>>,
    /// The message, up to [`crate::limits::SAMPLE_BYTES`].
    pub message: Option<Box<str>>,
}

impl Judged {
    /// Bytes it holds, roughly.
    pub fn held_bytes(&self) -> usize {
        let texts = [&self.unlisted, &self.message]
            .into_iter()
            .flatten()
            .map(|text| text.len());
        size_of::<Self>() + self.code.len() + self.spelling.len() + texts.sum::<usize>()
    }
}
