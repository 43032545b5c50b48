//! Judgements made before, by their evidence.

use super::evidence::{Evidence, Source};
use super::judged::{Failure, Judged, Line};
use crate::limits::{JUDGEMENT_KEY_BYTES, JUDGEMENTS};
use crate::record::request_id::RequestId;
use hashbrown::{HashMap, HashTable};
use std::hash::BuildHasher;
use std::sync::Arc;

/// What became of a line that may be a failure.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is one.
    Failure {
        judged: Arc<Judged>,
        /// The request id that the texts hold.
        id: Option<Id>,
    },
    /// The request went well after all.
    Success { status: Option<i16> },
    /// No request line.
    Other,
    /// Code or message hold a UUID: each such line is judged by itself.
    Single,
}

/// An outcome and what it rests on.
#[derive(Debug)]
pub(super) struct Ruling {
    pub outcome: Outcome,
    /// How many texts were looked at.
    pub texts: usize,
    /// Whether they decided, so that further texts would not have mattered.
    pub decided: bool,
}

impl Outcome {
    /// Whether a request id may still be looked for.
    #[inline]
    pub fn wants_id(&self) -> bool {
        matches!(self, Self::Failure { id, .. } if id.as_ref().is_none_or(|id| !id.sure))
    }

    /// The line that it is of; a failure's request id comes from `request_id`, which is
    /// given the one in the texts.
    #[inline(always)]
    pub fn line(&self, request_id: impl FnOnce(Option<&Id>) -> Option<RequestId>) -> Line<'_> {
        match self {
            Self::Failure { judged, id } => Line::Failure(Failure {
                judged,
                request_id: request_id(id.as_ref()),
            }),
            Self::Success { status } => Line::Success { status: *status },
            Self::Other | Self::Single => Line::Other { batched: false },
        }
    }
}

/// A request id that a text holds.
#[derive(Debug)]
pub(super) struct Id {
    pub source: Source,
    /// Whether the text calls it so. Else it is a related id, better than none.
    pub sure: bool,
}

/// What is known of the failures whose evidence begins alike.
#[derive(Debug)]
struct Entry {
    key: Box<[u8]>,
    /// These texts decide, whatever follows.
    decided: Option<Outcome>,
    /// These texts are all there are, and the last did not decide.
    all: Option<Outcome>,
}

/// Where an outcome is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    entry: usize,
    /// How many texts were looked at.
    pub texts: usize,
    decided: bool,
}

/// What the memory says of a number of texts.
pub(super) enum Known {
    /// The outcome.
    Place(Place),
    /// Only a further text can tell.
    Further,
    /// Nothing.
    Nothing,
}

/// The memory of one judge.
#[derive(Debug, Default)]
pub(super) struct Memo {
    entries: Vec<Entry>,
    index: HashTable<u32>,
    hasher: foldhash::fast::FixedState,
    /// By code, message, status and provider: the same error in different wraps.
    accounts: HashMap<Box<[u8]>, Arc<Judged>, foldhash::fast::FixedState>,
    /// Request ids in texts that judging did not need.
    ids: HashMap<Box<[u8]>, Option<Source>, foldhash::fast::FixedState>,
    /// How often all was forgotten.
    pub epoch: u32,
    next_serial: u32,
}

impl Memo {
    /// Evidences remembered.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// What is known of the first texts of some evidence.
    #[inline]
    pub fn look_up(&self, evidence: &Evidence, texts: usize, are_all: bool) -> Known {
        let Some(at) = self.find(evidence.key(texts)) else {
            return Known::Nothing;
        };
        let (decided, all) = self
            .entries
            .get(at)
            .map_or((false, false), |e| (e.decided.is_some(), e.all.is_some()));
        if decided || (are_all && all) {
            return Known::Place(Place {
                entry: at,
                texts,
                decided,
            });
        }
        if are_all {
            Known::Nothing
        } else {
            Known::Further
        }
    }

    #[inline]
    fn find(&self, key: &[u8]) -> Option<usize> {
        let same = |at: &u32| {
            self.entries
                .get(*at as usize)
                .is_some_and(|e| *e.key == *key)
        };
        let at = self.index.find(self.hasher.hash_one(key), same)?;
        Some(*at as usize)
    }

    /// The outcome at a place.
    #[inline]
    pub fn outcome(&self, place: Place) -> Option<&Outcome> {
        let entry = self.entries.get(place.entry)?;
        if place.decided {
            entry.decided.as_ref()
        } else {
            entry.all.as_ref()
        }
    }

    /// Whether the outcome at a place is that of all lines alike.
    #[inline]
    pub fn is_shared(&self, place: Place) -> bool {
        !matches!(self.outcome(place), None | Some(Outcome::Single))
    }

    /// Keeps a ruling on some evidence.
    pub fn keep(&mut self, evidence: &Evidence, ruling: Ruling) -> Place {
        // The way there: fewer texts were not enough.
        for fewer in 1..ruling.texts {
            self.entry(evidence.key(fewer));
        }
        let at = self.entry(evidence.key(ruling.texts));
        if let Some(entry) = self.entries.get_mut(at) {
            let slot = if ruling.decided {
                &mut entry.decided
            } else {
                &mut entry.all
            };
            *slot = Some(ruling.outcome);
        }
        Place {
            entry: at,
            texts: ruling.texts,
            decided: ruling.decided,
        }
    }

    fn entry(&mut self, key: &[u8]) -> usize {
        self.find(key).unwrap_or_else(|| {
            let at = self.entries.len();
            self.entries.push(Entry {
                key: key.into(),
                decided: None,
                all: None,
            });
            let (entries, hasher) = (&self.entries, &self.hasher);
            self.index
                .insert_unique(hasher.hash_one(key), at as u32, |at| {
                    entries
                        .get(*at as usize)
                        .map_or(0, |e| hasher.hash_one(&*e.key))
                });
            at
        })
    }

    /// The judgement of an account, by its key, if it was made before.
    pub fn account(&self, key: &[u8]) -> Option<&Arc<Judged>> {
        self.accounts.get(key)
    }

    /// Keeps the judgement of an account.
    pub fn keep_account(&mut self, key: &[u8], judged: &Arc<Judged>) {
        if key.len() <= JUDGEMENT_KEY_BYTES {
            self.accounts.insert(key.into(), Arc::clone(judged));
        }
    }

    /// The request id of a text, by its key.
    pub fn id_of(&mut self, key: &[u8], find: impl FnOnce() -> Option<Source>) -> Option<&Source> {
        if !self.ids.contains_key(key) {
            if self.ids.len() >= JUDGEMENTS {
                self.ids.clear();
            }
            self.ids.insert(key.into(), find());
        }
        self.ids.get(key)?.as_ref()
    }

    /// Names for a new judgement: which memory, and which one in it.
    pub fn next_name(&mut self) -> (u32, u32) {
        let serial = self.next_serial;
        self.next_serial += 1;
        (self.epoch, serial)
    }

    /// Forgets all if it is full. Not while judging: names must not change under it.
    pub fn forget_if_full(&mut self) {
        if self.entries.len() >= JUDGEMENTS || self.next_serial as usize >= JUDGEMENTS {
            self.entries.clear();
            self.index.clear();
            self.accounts.clear();
            self.next_serial = 0;
            self.epoch = self.epoch.wrapping_add(1);
        }
    }
}
