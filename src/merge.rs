//! What makes partial results combinable.

/// A value of which two partial ones make one whole.
///
/// A law, property-tested for every implementation: associative, commutative,
/// with `Default` as the neutral element, so that neither threads nor order show.
pub trait Merge {
    /// Takes in another part.
    fn merge(&mut self, other: Self);
}

impl Merge for u64 {
    fn merge(&mut self, other: Self) {
        *self = self.saturating_add(other);
    }
}

/// Merges maps key by key.
pub fn merge_maps<K: Ord, V: Merge>(
    into: &mut std::collections::BTreeMap<K, V>,
    from: std::collections::BTreeMap<K, V>,
) {
    for (key, value) in from {
        match into.entry(key) {
            std::collections::btree_map::Entry::Vacant(slot) => {
                slot.insert(value);
            }
            std::collections::btree_map::Entry::Occupied(mut slot) => slot.get_mut().merge(value),
        }
    }
}
