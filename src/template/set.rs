//! A bounded, mergeable map from masked texts to values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::merge::Merge;
use crate::stable_hash::stable_hash;

/// Order of the texts: by hash, then by bytes.
type Key = (u64, Box<str>);

/// The masked texts of smallest hash, at most [`limits::MAX_MASKED_TEXTS`], each with a
/// value; the values of all others in one sum.
///
/// Hashes choose a fixed set of texts, so the result depends neither on the order of
/// observation nor on that of merging. That holds because the cut only falls: a text at or
/// above it has as many smaller ones as are kept, for ever, and cannot come back in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "V: Serialize", deserialize = "V: Deserialize<'de>"))]
pub struct MaskedSet<V> {
    #[serde(with = "as_list")]
    kept: BTreeMap<Key, V>,
    /// The least text that had to go; it and all above it count as others.
    cut: Option<Key>,
    other: V,
    capacity: usize,
}

impl<V: Default + Merge> Default for MaskedSet<V> {
    fn default() -> Self {
        Self::with_capacity(limits::MAX_MASKED_TEXTS)
    }
}

impl<V: Default + Merge> MaskedSet<V> {
    /// An empty set of at most `capacity` texts. Only sets of equal capacity merge exactly.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            kept: BTreeMap::new(),
            cut: None,
            other: V::default(),
            capacity,
        }
    }

    /// Lets `f` count one occurrence of a masked text.
    pub fn observe(&mut self, masked: &str, f: impl FnOnce(&mut V)) {
        let hash = stable_hash(masked.as_bytes());
        // Most texts beyond a full set are turned away without a copy.
        if self
            .cut
            .as_ref()
            .is_some_and(|(cut, text)| (hash, masked) >= (*cut, text))
        {
            f(&mut self.other);
            return;
        }
        f(self.kept.entry((hash, masked.into())).or_default());
        self.shrink();
    }

    /// Texts and their values, in the fixed order of their hashes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.kept.iter().map(|((_, text), value)| (&**text, value))
    }

    /// The sum of all texts that are not kept.
    pub fn other(&self) -> &V {
        &self.other
    }

    /// Number of texts kept.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether no text is kept.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    fn shrink(&mut self) {
        while self.kept.len() > self.capacity
            && let Some((key, value)) = self.kept.pop_last()
        {
            self.other.merge(value);
            self.cut = Some(key);
        }
    }
}

impl<V: Default + Merge> Merge for MaskedSet<V> {
    fn merge(&mut self, other: Self) {
        self.other.merge(other.other);
        self.capacity = self.capacity.min(other.capacity);
        if let Some(cut) = other.cut
            && self.cut.as_ref().is_none_or(|have| cut < *have)
        {
            for value in self.kept.split_off(&cut).into_values() {
                self.other.merge(value);
            }
            self.cut = Some(cut);
        }
        for (key, value) in other.kept {
            if self.cut.as_ref().is_some_and(|cut| key >= *cut) {
                self.other.merge(value);
                continue;
            }
            match self.kept.entry(key) {
                std::collections::btree_map::Entry::Occupied(mut have) => {
                    have.get_mut().merge(value);
                }
                std::collections::btree_map::Entry::Vacant(free) => {
                    free.insert(value);
                }
            }
            self.shrink();
        }
        self.shrink();
    }
}

/// The kept texts as a list: JSON has no keys but strings, and hashes need no storing.
mod as_list {
    use super::{BTreeMap, Deserialize, Key, Serialize, stable_hash};
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<V: Serialize, S: Serializer>(
        kept: &BTreeMap<Key, V>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(kept.iter().map(|((_, text), value)| (text, value)))
    }

    pub(super) fn deserialize<'de, V: Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<BTreeMap<Key, V>, D::Error> {
        let list = Vec::<(Box<str>, V)>::deserialize(from)?;
        Ok(list
            .into_iter()
            .map(|(text, value)| ((stable_hash(text.as_bytes()), text), value))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(texts: &[u16], capacity: usize) -> MaskedSet<u64> {
        let mut set = MaskedSet::with_capacity(capacity);
        for text in texts {
            set.observe(&format!("text {text}"), |count| *count += 1);
        }
        set
    }

    #[test]
    fn keeps_the_smallest_hashes_and_counts_the_rest() {
        let set = set(&(0..1000).collect::<Vec<_>>(), 10);
        let mut hashes: Vec<_> = (0..1000)
            .map(|n| stable_hash(format!("text {n}").as_bytes()))
            .collect();
        hashes.sort_unstable();
        let kept: Vec<_> = set
            .iter()
            .map(|(text, _)| stable_hash(text.as_bytes()))
            .collect();
        assert_eq!(kept, hashes[..10]);
        assert_eq!(*set.other(), 990);
    }

    #[test]
    fn a_million_texts_take_no_more_room() {
        let mut set = MaskedSet::<u64>::default();
        for n in 0..1_000_000_u32 {
            set.observe(&n.to_string(), |count| *count += 1);
        }
        assert_eq!(set.len(), limits::MAX_MASKED_TEXTS);
        assert_eq!(
            *set.other() + set.iter().map(|(_, n)| n).sum::<u64>(),
            1_000_000
        );
    }

    #[test]
    fn survives_storage() {
        let set = set(&[1, 2, 3, 3, 4, 5], 3);
        let json = serde_json::to_string(&set).unwrap();
        assert_eq!(serde_json::from_str::<MaskedSet<u64>>(&json).unwrap(), set);
        let stored = postcard::to_stdvec(&set).unwrap();
        assert_eq!(
            postcard::from_bytes::<MaskedSet<u64>>(&stored).unwrap(),
            set
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]
        #[test]
        fn any_split_and_order_gives_the_same(
            texts in prop::collection::vec(0..60_u16, 0..200),
            seed in any::<u8>(),
            cuts in prop::collection::vec(0..200_usize, 0..5),
            backwards in any::<bool>(),
            capacity in 0..20_usize,
        ) {
            let whole = set(&texts, capacity);
            let mut order: Vec<(u64, u16)> = texts.iter().enumerate()
                .map(|(n, text)| (stable_hash(&[n as u8, seed]), *text)).collect();
            order.sort_unstable();
            let order: Vec<u16> = order.into_iter().map(|(_, text)| text).collect();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(order.len())).collect();
            cuts.extend([0, order.len()]);
            cuts.sort_unstable();
            let mut parts: Vec<MaskedSet<u64>> = cuts.windows(2).map(|w| set(&order[w[0]..w[1]], capacity)).collect();
            if backwards { parts.reverse(); }
            let mut merged = MaskedSet::with_capacity(capacity);
            for part in parts { merged.merge(part); }
            prop_assert_eq!(merged, whole);
        }
    }
}
