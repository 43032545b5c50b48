//! Counts, and how those of two parts become one.
pub mod merge;
