//! Counts of latencies in HdrHistogram's layout, in which counting is one index away.
//!
//! Values below 1,024 µs have a bucket each; every further power of two is cut into 512
//! buckets, so a bucket's middle is within 0.1 % of all its values. The `hdrhistogram`
//! crate would take twice as many buckets of twice the size for this precision; at one
//! value a line, what does not fit a core's caches shows.

use std::collections::BTreeMap;

/// Values that have a bucket of their own, as a power of two.
const SINGLE_BITS: u32 = 10;

/// Buckets that a power of two is cut into.
const HALF: usize = 1 << (SINGLE_BITS - 1);

/// Counts by bucket; as many as the largest value needs, in whole powers of two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buckets {
    counts: Vec<u32>,
    /// How often a count has gone past 2^32, where it has.
    carried: BTreeMap<usize, u64>,
}

impl Buckets {
    #[inline(always)]
    fn index(value: u64) -> usize {
        let low = (1 << SINGLE_BITS) - 1;
        let shift = 64 - SINGLE_BITS - (value | low).leading_zeros();
        shift as usize * HALF + (value >> shift) as usize
    }

    /// Smallest value of a bucket, and how many values it spans.
    fn span(index: usize) -> (u64, u64) {
        let shift = (index / HALF).saturating_sub(1);
        (((index - shift * HALF) as u64) << shift, 1 << shift)
    }

    /// Counts a value once; gives the bytes by which this grew.
    #[inline(always)]
    pub fn add_one(&mut self, value: u64) -> usize {
        let index = Self::index(value);
        if let Some(count) = self.counts.get_mut(index)
            && *count != u32::MAX
        {
            *count += 1;
            return 0;
        }
        self.add_at(index, 1)
    }

    /// Counts a value; gives the bytes by which this grew.
    pub fn add(&mut self, value: u64, times: u64) -> usize {
        self.add_at(Self::index(value), times)
    }

    #[cold]
    fn add_at(&mut self, index: usize, times: u64) -> usize {
        let before = self.counts.len();
        if index >= before {
            // Exactly as long as the largest value needs: equal counts must be equal.
            let len = (index / HALF + 1) * HALF;
            self.counts.reserve_exact(len - before);
            self.counts.resize(len, 0);
        }
        if let Some(count) = self.counts.get_mut(index) {
            let sum = u64::from(*count) + (times & u64::from(u32::MAX));
            let carry = (times >> 32) + (sum >> 32);
            *count = sum as u32;
            if carry > 0 {
                *self.carried.entry(index).or_default() += carry;
            }
        }
        (self.counts.len() - before) * size_of::<u32>()
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        let mut carries = false;
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            let (sum, carry) = count.overflowing_add(*more);
            *count = sum;
            carries |= carry;
        }
        if carries {
            let sums = self.counts.iter().zip(&other.counts).enumerate();
            for (index, _) in sums.filter(|(_, (sum, more))| sum < more) {
                *self.carried.entry(index).or_default() += 1;
            }
        }
        for (index, carried) in &other.carried {
            *self.carried.entry(*index).or_default() += carried;
        }
    }

    /// Buckets that are not empty: smallest value, middle, count; ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64, u64)> {
        self.counts.iter().enumerate().filter_map(|(index, count)| {
            let carried = if self.carried.is_empty() {
                0
            } else {
                self.carried.get(&index).copied().unwrap_or_default()
            };
            let times = u64::from(*count) + (carried << 32);
            let (lowest, width) = Self::span(index);
            (times > 0).then_some((lowest, lowest + width / 2, times))
        })
    }

    /// Bytes held.
    pub fn held_bytes(&self) -> usize {
        self.counts.len() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn buckets_follow_each_other_without_gap() {
        let mut next = 0;
        for index in 0..23_000 {
            let (lowest, width) = Buckets::span(index);
            assert_eq!(lowest, next, "{index}");
            assert_eq!(Buckets::index(lowest), index);
            assert_eq!(Buckets::index(lowest + width - 1), index);
            next = lowest + width;
        }
    }

    #[test]
    fn counts_beyond_32_bits_are_exact() {
        let almost = u64::from(u32::MAX);
        let mut a = Buckets::default();
        a.add(7, almost);
        a.add_one(7);
        a.add_one(7);
        let mut b = Buckets::default();
        b.add(7, 3 * almost);
        b.merge(&a);
        a.merge(&b);
        a.add(7, u64::from(u32::MAX) << 8);
        let truth = 2 * (almost + 2) + 3 * almost + (almost << 8);
        assert_eq!(a.iter().collect::<Vec<_>>(), [(7, 7, truth)]);
    }

    proptest! {
        #[test]
        fn the_middle_is_within_a_thousandth(value in 0_u64..1 << 53) {
            let mut buckets = Buckets::default();
            buckets.add_one(value);
            let (lowest, middle, n) = buckets.iter().next().unwrap();
            prop_assert_eq!(n, 1);
            prop_assert!(lowest <= value && value.abs_diff(middle) * 1000 <= value);
        }
    }
}
