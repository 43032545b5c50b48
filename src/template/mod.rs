//! Messages never seen before, made countable: [`mask`] takes out what varies, [`MaskedSet`]
//! keeps the texts in bounded memory, [`cluster`] joins those that still differ.

mod cluster;
mod hash;
mod mask;
mod set;

pub use cluster::cluster;
pub use hash::{StableHasher, stable_hash};
pub use mask::{WILDCARD, mask};
pub use set::MaskedSet;
