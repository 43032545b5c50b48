//! What is known of one failing id, in little memory: there may be millions.

use super::codes::Seen;
use crate::merge::Merge;
use crate::record::request_id::{Digits, RequestId};
use serde::{Deserialize, Serialize};

/// A code, as an index into [`super::ids::Ids`]' names.
pub type CodeIndex = u32;

/// Before all times: one word less than an `Option` in each of very many events.
pub const NO_TIME_MS: i64 = i64::MIN;

/// More failures of one id than this are [`IdAgg::Many`].
const COUNT_MAX: u8 = u8::MAX - 1;

/// What is known of one failing id: almost every id has one code only, and few failures
/// within a short time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum IdAgg {
    /// Nothing yet.
    #[default]
    None,
    /// Failures with one code.
    Alike {
        /// Earliest; [`NO_TIME_MS`]: none had a time.
        first_ms: i64,
        /// From the earliest to the latest.
        span_ms: u32,
        /// The code, if it is among the first.
        code: u16,
        /// How many.
        count: u8,
    },
    /// Any others. Boxed, as they are rare: an id and this take 32 bytes, or 40.
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

const _: () = assert!(size_of::<(Digits, IdAgg)>() <= 32);
const _: () = assert!(size_of::<(RequestId, IdAgg)>() <= 40);

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

/// The span of times from `first_ms` on for `span_ms`, with another time, in as little room.
#[inline]
fn widened(first_ms: i64, span_ms: u32, time_ms: i64) -> Option<(i64, u32)> {
    if time_ms == NO_TIME_MS {
        return Some((first_ms, span_ms));
    }
    if first_ms == NO_TIME_MS {
        return Some((time_ms, 0));
    }
    let last_ms = (first_ms + i64::from(span_ms)).max(time_ms);
    let first_ms = first_ms.min(time_ms);
    let span_ms = u32::try_from(last_ms.checked_sub(first_ms)?).ok()?;
    Some((first_ms, span_ms))
}

/// The span of times from `first_ms` on for `span_ms`.
fn seen(first_ms: i64, span_ms: u32) -> Seen {
    let last_ms = first_ms.saturating_add(span_ms.into());
    Seen((first_ms != NO_TIME_MS).then_some((first_ms, last_ms)))
}

impl IdAgg {
    /// One failure. `time_ms` may be [`NO_TIME_MS`].
    #[inline(always)]
    pub fn one(code: CodeIndex, time_ms: i64) -> Self {
        match u16::try_from(code) {
            Ok(code) => Self::Alike {
                first_ms: time_ms,
                span_ms: 0,
                code,
                count: 1,
            },
            Err(_) => Self::one_of_many_codes(code, time_ms),
        }
    }

    /// Counts a failure; gives the bytes by which this grew. `time_ms` may be [`NO_TIME_MS`].
    pub fn add(&mut self, code: CodeIndex, time_ms: i64) -> usize {
        let before = self.held_bytes();
        self.merge(Self::one(code, time_ms));
        self.held_bytes() - before
    }

    #[cold]
    fn one_of_many_codes(code: CodeIndex, time_ms: i64) -> Self {
        let dated = time_ms != NO_TIME_MS;
        Self::alike(code, 1, Seen(dated.then_some((time_ms, time_ms))))
    }

    /// So many failures with one code.
    pub fn alike(code: CodeIndex, times: u64, seen: Seen) -> Self {
        let (first_ms, last_ms) = seen.0.unwrap_or((NO_TIME_MS, NO_TIME_MS));
        let span_ms = last_ms.checked_sub(first_ms);
        match (
            u16::try_from(code),
            u8::try_from(times),
            span_ms.map(u32::try_from),
        ) {
            (Ok(code), Ok(count @ 1..=COUNT_MAX), Some(Ok(span_ms))) => Self::Alike {
                first_ms,
                span_ms,
                code,
                count,
            },
            _ => Self::Many(Box::new(Many {
                seen,
                codes: vec![(code, times)],
            })),
        }
    }

    /// Outside itself.
    pub fn held_bytes(&self) -> usize {
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
                first_ms,
                span_ms,
                code,
                count,
            } => Box::new(Many {
                seen: seen(first_ms, span_ms),
                codes: vec![(code.into(), count.into())],
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
    #[inline]
    fn merge(&mut self, other: Self) {
        match (&mut *self, &other) {
            (_, Self::None) => return,
            (Self::None, _) => {
                *self = other;
                return;
            }
            (
                Self::Alike {
                    first_ms,
                    span_ms,
                    code,
                    count,
                },
                Self::Alike {
                    first_ms: first,
                    span_ms: span,
                    code: same,
                    count: more,
                },
            ) if code == same => {
                let last = first.saturating_add(i64::from(*span));
                let widened = widened(*first_ms, *span_ms, *first)
                    .and_then(|(first_ms, span_ms)| widened(first_ms, span_ms, last));
                let sum = count.checked_add(*more).filter(|sum| *sum <= COUNT_MAX);
                if let (Some(widened), Some(sum)) = (widened, sum) {
                    (*first_ms, *span_ms) = widened;
                    *count = sum;
                    return;
                }
            }
            _ => {}
        }
        let mut many = std::mem::take(self).into_many();
        match other {
            Self::None => {}
            // Not written out: an id that fails all the time gets one of these each time.
            Self::Alike {
                first_ms,
                span_ms,
                code,
                count,
            } => {
                many.seen.merge(seen(first_ms, span_ms));
                many.add(code.into(), count.into());
            }
            Self::Many(other) => {
                many.seen.merge(other.seen);
                for (code, times) in other.codes {
                    many.add(code, times);
                }
            }
        }
        *self = Self::Many(many);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code() -> impl Strategy<Value = CodeIndex> {
        prop_oneof![8 => Just(7_u32), 1 => Just(0), 1 => Just(65_535), 1 => Just(65_536)]
    }

    /// Mostly close to each other, some far apart, some none.
    fn time_ms() -> impl Strategy<Value = i64> {
        prop_oneof![
            8 => 1_795_334_400_000_i64..1_795_334_500_000,
            1 => Just(1_795_334_400_000 + i64::from(u32::MAX)),
            1 => -62_000_000_000_000_i64..250_000_000_000_000,
            2 => Just(NO_TIME_MS),
        ]
    }

    /// Where they begin to be [`IdAgg::Many`], too.
    #[test]
    fn failures_have_one_form_however_counted() {
        let seen = Seen(Some((5, 5)));
        for times in 250..260 {
            let (mut one_by_one, mut merged) = (IdAgg::default(), IdAgg::default());
            for _ in 0..times {
                one_by_one.merge(IdAgg::one(7, 5));
                merged.merge(IdAgg::alike(7, 1, seen));
            }
            assert_eq!(one_by_one, merged, "{times}");
            assert_eq!(one_by_one, IdAgg::alike(7, times, seen), "{times}");
        }
    }

    proptest! {
        #[test]
        fn little_memory_forgets_nothing(
            events in prop::collection::vec((code(), time_ms()), 0..40),
            again in 1_usize..300,
        ) {
            let (mut agg, mut truth) = (IdAgg::default(), Many::default());
            let all = events.iter().chain(events.iter().take(1).cycle().take(again));
            for (code, time_ms) in all {
                agg.merge(IdAgg::one(*code, *time_ms));
                truth.seen.add((*time_ms != NO_TIME_MS).then_some(*time_ms));
                truth.add(*code, 1);
            }
            let mut parts = IdAgg::default();
            for (code, time_ms) in events.iter().chain(events.iter().take(1).cycle().take(again)) {
                let seen = Seen((*time_ms != NO_TIME_MS).then_some((*time_ms, *time_ms)));
                parts.merge(IdAgg::alike(*code, 1, seen));
            }
            parts.merge(IdAgg::None);
            // The same failures have the same form, however they were counted.
            prop_assert_eq!(&parts, &agg);
            let failures: u64 = truth.codes.iter().map(|(_, count)| count).sum();
            prop_assert_eq!(agg.failures(), failures);
            prop_assert_eq!(&*agg.into_many(), &truth);
        }
    }
}
