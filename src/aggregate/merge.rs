//! What every aggregate can do: take in another one.

/// Takes in the counts of another part of the input. The order of merging must not
/// matter: any split of the input, merged in any order, gives equal results.
pub trait Merge {
    /// Takes in `other`, which is used up.
    fn merge(&mut self, other: Self);
}

impl Merge for u64 {
    fn merge(&mut self, other: Self) {
        *self = self.saturating_add(other);
    }
}
