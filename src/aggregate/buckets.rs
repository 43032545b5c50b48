//! Counts of latencies in HdrHistogram's layout with three significant digits, in which
//! counting is one index away.
//!
//! Values below 2,048 µs have a bucket each; every further power of two is cut into
//! 1,024 buckets, so a bucket's middle is within 0.05 % of all its values. The
//! `hdrhistogram` crate lays its counts out alike (tests hold the two together); it
//! costs ten times as much a value, which at one value a line shows.

/// Values that have a bucket of their own, as a power of two.
const SINGLE_BITS: u32 = 11;

/// Buckets that a power of two is cut into.
const HALF: usize = 1 << (SINGLE_BITS - 1);

/// Counts by bucket; as long as the largest value needs, in whole powers of two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buckets {
    counts: Vec<u64>,
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

    /// Counts a value; gives the bytes by which this grew.
    #[inline(always)]
    pub fn add(&mut self, value: u64, times: u64) -> usize {
        let index = Self::index(value);
        if let Some(count) = self.counts.get_mut(index) {
            *count += times;
            return 0;
        }
        self.grow(index, times)
    }

    #[cold]
    fn grow(&mut self, index: usize, times: u64) -> usize {
        let before = self.counts.len();
        // Exactly as long as the largest value needs: equal counts must be equal.
        let len = (index / HALF + 1) * HALF;
        self.counts.reserve_exact(len - before);
        self.counts.resize(len, 0);
        if let Some(count) = self.counts.get_mut(index) {
            *count += times;
        }
        (len - before) * size_of::<u64>()
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
    }

    /// Buckets that are not empty: smallest value, middle, count; ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64, u64)> {
        let full = self.counts.iter().enumerate().filter(|(_, n)| **n > 0);
        full.map(|(index, n)| {
            let (lowest, width) = Self::span(index);
            (lowest, lowest + width / 2, *n)
        })
    }

    /// Bytes held.
    pub fn held_bytes(&self) -> usize {
        self.counts.len() * size_of::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdrhistogram::Histogram;
    use proptest::prelude::*;

    fn held_together(values: &[u64]) {
        let mut hdr = Histogram::<u64>::new(3).unwrap();
        hdr.auto(true);
        let mut buckets = Buckets::default();
        for value in values {
            hdr.record(*value).unwrap();
            buckets.add(*value, 1);
        }
        let theirs: Vec<_> = hdr
            .iter_recorded()
            .map(|step| {
                let value = step.value_iterated_to();
                let (lowest, middle) = (hdr.lowest_equivalent(value), hdr.median_equivalent(value));
                (lowest, middle, step.count_since_last_iteration())
            })
            .collect();
        assert_eq!(buckets.iter().collect::<Vec<_>>(), theirs);
    }

    #[test]
    fn the_edges_lie_where_hdrhistograms_do() {
        let powers = (0..53).map(|bit| 1_u64 << bit);
        held_together(
            &powers
                .flat_map(|p| [p - 1, p, p + 1, p + p / 2])
                .collect::<Vec<_>>(),
        );
        held_together(&(0..10_000).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn all_values_are_counted_where_hdrhistogram_counts_them(values in prop::collection::vec(0_u64..1 << 53, 1..50)) {
            held_together(&values);
        }
    }
}
