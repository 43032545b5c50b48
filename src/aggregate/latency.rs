//! Distributions of latency: exact while values are few, HDR buckets beyond.

use super::buckets::Buckets;
use crate::limits::{EXACT_LATENCIES, MAX_LATENCY_US};
use crate::merge::Merge;
use serde::{Deserialize, Serialize};

/// One distribution. Which form it has depends on the values alone, never on the
/// order or the parts they came in.
#[derive(Clone, Debug, Default)]
pub struct Latency {
    count: u64,
    /// `u64::MAX` while empty.
    min_us: Inverted,
    max_us: u64,
    sum_us: u128,
    values: Values,
}

/// A minimum whose default is "none yet".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Inverted(u64);

impl Default for Inverted {
    fn default() -> Self {
        Self(u64::MAX)
    }
}

#[derive(Clone, Debug)]
enum Values {
    /// Value in µs and how often, ascending; at most [`EXACT_LATENCIES`].
    Exact(Vec<(u64, u64)>),
    /// A quantile's error is below 0.1 %.
    Hdr(Buckets),
}

impl Default for Values {
    fn default() -> Self {
        Self::Exact(Vec::new())
    }
}

impl Latency {
    /// Adds one measurement; gives the bytes by which this grew.
    #[inline(always)]
    pub fn record(&mut self, us: u64) -> usize {
        self.count += 1;
        self.min_us.0 = self.min_us.0.min(us);
        self.max_us = self.max_us.max(us);
        self.sum_us += u128::from(us);
        match &mut self.values {
            Values::Hdr(hdr) => hdr.add_one(us.min(MAX_LATENCY_US)),
            Values::Exact(_) => self.record_exactly(us),
        }
    }

    #[inline(never)]
    fn record_exactly(&mut self, us: u64) -> usize {
        self.values.add(us.min(MAX_LATENCY_US), 1)
    }

    /// Measurements.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The least, if there is any.
    pub fn min_us(&self) -> Option<u64> {
        (self.count > 0).then_some(self.min_us.0)
    }

    /// The greatest, if there is any.
    pub fn max_us(&self) -> Option<u64> {
        (self.count > 0).then_some(self.max_us)
    }

    /// The mean, rounded, if there is any.
    pub fn mean_us(&self) -> Option<u64> {
        let count = u128::from(self.count);
        let mean = (self.sum_us + count / 2).checked_div(count)?;
        Some(mean as u64)
    }

    /// The values at the ranks ⌈q·count⌉, within 0.1 %; `q` in millionths, ascending.
    pub fn quantiles_us<const N: usize>(&self, q_millionths: [u64; N]) -> [Option<u64>; N] {
        let rank = |q: u64| {
            (u128::from(self.count) * u128::from(q))
                .div_ceil(1_000_000)
                .max(1)
        };
        let ranks = q_millionths.map(|q| rank(q) as u64);
        let mut found = [None; N];
        let mut open = ranks.iter().zip(&mut found).peekable();
        let mut seen = 0;
        // Whether there is more to find.
        let mut pass = |us: u64, n: u64| {
            seen += n;
            while let Some((_, found)) = open.next_if(|(rank, _)| **rank <= seen) {
                *found = Some(us.clamp(self.min_us.0, self.max_us));
            }
            open.peek().is_some()
        };
        match &self.values {
            Values::Exact(values) => values.iter().all(|(us, n)| pass(*us, *n)),
            Values::Hdr(hdr) => hdr.iter().all(|(_, middle, n)| pass(middle, n)),
        };
        found
    }

    /// How many measurements fall to each bound (in µs, ascending): above the one before, up to
    /// and including itself; last, those above all. Values are told apart to 0.1 %.
    pub fn bins(&self, bounds_us: &[u64]) -> Vec<u64> {
        let mut bins = vec![0; bounds_us.len() + 1];
        let mut at = 0;
        let mut add = |us: u64, n: u64| {
            while bounds_us.get(at).is_some_and(|bound| *bound < us) {
                at += 1;
            }
            if let Some(bin) = bins.get_mut(at) {
                *bin += n;
            }
        };
        match &self.values {
            Values::Exact(values) => values.iter().for_each(|(us, n)| add(*us, *n)),
            Values::Hdr(hdr) => hdr.iter().for_each(|(lowest, _, n)| add(lowest, n)),
        }
        bins
    }
}

impl Values {
    /// Adds a value; gives the bytes by which this grew.
    fn add(&mut self, us: u64, times: u64) -> usize {
        match self {
            Self::Hdr(hdr) => hdr.add(us, times),
            Self::Exact(values) => {
                match values.binary_search_by_key(&us, |(us, _)| *us) {
                    Ok(at) => {
                        if let Some((_, n)) = values.get_mut(at) {
                            *n += times;
                        }
                        return 0;
                    }
                    Err(at) => values.insert(at, (us, times)),
                }
                if values.len() <= EXACT_LATENCIES {
                    return size_of::<(u64, u64)>();
                }
                let values = std::mem::take(values);
                self.make_hdr(&values)
            }
        }
    }

    fn make_hdr(&mut self, values: &[(u64, u64)]) -> usize {
        let mut hdr = Buckets::default();
        for (us, times) in values {
            hdr.add(*us, *times);
        }
        let held_bytes = hdr.held_bytes();
        *self = Self::Hdr(hdr);
        held_bytes
    }
}

impl Merge for Latency {
    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.min_us.0 = self.min_us.0.min(other.min_us.0);
        self.max_us = self.max_us.max(other.max_us);
        self.sum_us += other.sum_us;
        match other.values {
            Values::Exact(values) => {
                for (us, times) in values {
                    self.values.add(us, times);
                }
            }
            Values::Hdr(theirs) => match &mut self.values {
                Values::Hdr(mine) => mine.merge(&theirs),
                Values::Exact(values) => {
                    let values = std::mem::take(values);
                    self.values = Values::Hdr(theirs);
                    for (us, times) in values {
                        self.values.add(us, times);
                    }
                }
            },
        }
    }
}

/// The stored form: counts by the lowest value of their bucket.
#[derive(Serialize, Deserialize)]
struct Stored {
    count: u64,
    min_us: u64,
    max_us: u64,
    sum_us: u128,
    hdr: bool,
    values: Vec<(u64, u64)>,
}

impl Serialize for Latency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (hdr, values) = match &self.values {
            Values::Exact(values) => (false, values.clone()),
            Values::Hdr(hdr) => (true, hdr.iter().map(|(lowest, _, n)| (lowest, n)).collect()),
        };
        Stored {
            count: self.count,
            min_us: self.min_us.0,
            max_us: self.max_us,
            sum_us: self.sum_us,
            hdr,
            values,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Latency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        let mut values = Values::default();
        if stored.hdr {
            values.make_hdr(&stored.values);
        } else {
            values = Values::Exact(stored.values);
        }
        Ok(Self {
            count: stored.count,
            min_us: Inverted(stored.min_us),
            max_us: stored.max_us,
            sum_us: stored.sum_us,
            values,
        })
    }
}

impl PartialEq for Latency {
    fn eq(&self, other: &Self) -> bool {
        let head = |l: &Self| (l.count, l.min_us, l.max_us, l.sum_us);
        head(self) == head(other)
            && match (&self.values, &other.values) {
                (Values::Exact(a), Values::Exact(b)) => a == b,
                (Values::Hdr(a), Values::Hdr(b)) => a == b,
                _ => false,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[u64]) -> Latency {
        let mut latency = Latency::default();
        for value in values {
            latency.record(*value);
        }
        latency
    }

    #[test]
    fn extremes_do_not_panic() {
        let latency = of(&[0, 1, 86_400_000_001, u64::MAX, u64::MAX]);
        assert_eq!(latency.max_us(), Some(u64::MAX));
        assert_eq!(latency.min_us(), Some(0));
        assert!(latency.mean_us() > Some(86_400_000_001));
        let none = Latency::default();
        let figures = [none.min_us(), none.max_us(), none.mean_us()];
        assert_eq!(figures, [None; 3]);
        assert_eq!(none.quantiles_us([1, 500_000, 1_000_000]), [None; 3]);
    }

    proptest! {
        #[test]
        fn quantiles_are_within_a_thousandth(values in prop::collection::vec(0u64..100_000_000, 1..2000), mut qs in any::<[u64; 3]>()) {
            let latency = of(&values);
            let mut sorted = values;
            sorted.sort_unstable();
            qs = qs.map(|q| q % 1_000_000 + 1);
            qs.sort_unstable();
            for (q, got) in qs.into_iter().zip(latency.quantiles_us(qs)) {
                let rank = (sorted.len() as u64 * q).div_ceil(1_000_000).max(1) as usize;
                let (exact, got) = (sorted[rank - 1], got.unwrap());
                prop_assert!(exact.abs_diff(got) * 1000 <= exact, "{exact} {got}");
            }
        }

        #[test]
        fn bins_have_what_is_up_to_their_bounds(values in prop::collection::vec(0u64..1000, 0..300), mut bounds in prop::collection::vec(0u64..1100, 0..6)) {
            bounds.sort_unstable();
            let bins = of(&values).bins(&bounds);
            prop_assert_eq!(bins.len(), bounds.len() + 1);
            let mut up_to = 0;
            for (bound, bin) in bounds.iter().zip(&bins) {
                up_to += bin;
                prop_assert_eq!(up_to, values.iter().filter(|us| *us <= bound).count() as u64);
            }
            prop_assert_eq!(bins.iter().sum::<u64>(), values.len() as u64);
        }

        #[test]
        fn parts_make_the_whole(a in prop::collection::vec(0u64..5000, 0..400), b in prop::collection::vec(any::<u64>(), 0..400)) {
            let whole = of(&[a.clone(), b.clone()].concat());
            let (mut ab, mut ba) = (of(&a), of(&b));
            ab.merge(of(&b));
            ba.merge(of(&a));
            prop_assert_eq!(&ab, &whole);
            prop_assert_eq!(&ba, &whole);
            let stored = postcard::to_allocvec(&whole).unwrap();
            prop_assert_eq!(postcard::from_bytes::<Latency>(&stored).unwrap(), whole);
        }
    }
}
