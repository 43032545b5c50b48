//! Messages never seen before, made countable: [`mask`] takes out what varies, [`MaskedSet`]
//! keeps the texts in bounded memory, [`cluster`] joins those that still differ.

mod cluster;
mod mask;
mod set;

pub use cluster::cluster;
pub use mask::{WILDCARD, mask};
pub use set::MaskedSet;
