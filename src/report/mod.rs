//! Reports: from merged aggregates to files and terminals.
pub mod atomic;
