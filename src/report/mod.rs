//! The report: plain data, and one view of it for each output format.

pub mod atomic;
pub mod model;
