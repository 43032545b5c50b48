//! What is known of one failing id, in little memory: there may be millions.

use super::codes::Seen;
use super::merge::Merge;
use crate::record::request_id::RequestId;
use serde::{Deserialize, Serialize};

/// A code, as an index into [`super::ids::Ids`]' names.
pub type CodeIndex = u32;

/// Before all times: one word less than an `Option` in each of very many events.
pub const NO_TIME_MS: i64 = i64::MIN;

/// More failures of one id than this are [`IdAgg::Many`].
const COUNT_MAX: u16 = u16::MAX - 1;

/// What is known of one failing id: almost every id has one code only, and few failures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum IdAgg {
    /// Nothing yet.
    #[default]
    None,
    /// Failures with one code.
    Alike {
        /// The code.
        code: CodeIndex,
        /// How many.
        count: u16,
        /// Earliest; later than `last_ms` if none had a time.
        first_ms: i64,
        /// Latest.
        last_ms: i64,
    },
    /// Any others. Boxed: rare, and an id and this take 48 bytes.
    Many(Box<Many>),
}

/// Failures of one id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Many {
    /// Earliest and latest.
    pub seen: Seen,
    /// Ascending by code.
    pub codes: Vec<(CodeIndex, u64)>,
}

const _: () = assert!(size_of::<(RequestId, IdAgg)>() <= 48);

impl Many {
    fn add(&mut self, code: CodeIndex, times: u64) {
        match self.codes.binary_search_by_key(&code, |(code, _)| *code) {
            Ok(at) => {
                if let Some((_, count)) = self.codes.get_mut(at) {
                    *count += times;
                }
            }
            Err(at) => self.codes.insert(at, (code, times)),
        }
    }
}

impl IdAgg {
    /// Counts a failure; gives the bytes by which this grew. `time_ms` may be
    /// [`NO_TIME_MS`].
    #[inline]
    pub fn add(&mut self, code: CodeIndex, time_ms: i64) -> usize {
        let dated = time_ms != NO_TIME_MS;
        match self {
            Self::None => {
                *self = Self::Alike {
                    code,
                    count: 1,
                    first_ms: if dated { time_ms } else { i64::MAX },
                    last_ms: time_ms,
                };
                0
            }
            Self::Alike {
                code: known,
                count: count @ 0..=COUNT_MAX,
                first_ms,
                last_ms,
            } if *known == code => {
                *count += 1;
                if dated {
                    *first_ms = time_ms.min(*first_ms);
                    *last_ms = time_ms.max(*last_ms);
                }
                0
            }
            _ => self.add_to_many(code, dated.then_some(time_ms)),
        }
    }

    #[inline(never)]
    fn add_to_many(&mut self, code: CodeIndex, time_ms: Option<i64>) -> usize {
        let before = self.held_bytes();
        let mut many = std::mem::take(self).into_many();
        many.seen.add(time_ms);
        many.add(code, 1);
        *self = Self::Many(many);
        self.held_bytes() - before
    }

    /// Outside itself.
    fn held_bytes(&self) -> usize {
        match self {
            Self::Many(many) => size_of::<Many>() + size_of_val(&*many.codes),
            _ => 0,
        }
    }

    /// The same, written out.
    #[allow(clippy::unnecessary_box_returns)] // where most are boxed already
    pub fn into_many(self) -> Box<Many> {
        match self {
            Self::None => Box::default(),
            Self::Alike {
                code,
                count,
                first_ms,
                last_ms,
            } => Box::new(Many {
                seen: Seen((first_ms <= last_ms).then_some((first_ms, last_ms))),
                codes: vec![(code, u64::from(count))],
            }),
            Self::Many(many) => many,
        }
    }

    /// How many.
    pub fn failures(&self) -> u64 {
        match self {
            Self::None => 0,
            Self::Alike { count, .. } => u64::from(*count),
            Self::Many(many) => many.codes.iter().map(|(_, count)| *count).sum(),
        }
    }
}

impl Merge for IdAgg {
    fn merge(&mut self, other: Self) {
        let mut many = std::mem::take(self).into_many();
        let other = other.into_many();
        many.seen.merge(other.seen);
        for (code, times) in other.codes {
            many.add(code, times);
        }
        *self = Self::Many(many);
    }
}
