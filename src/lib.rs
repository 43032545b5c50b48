//! Log analysis for API failure telemetry.
pub mod block;
pub mod fault;
pub mod input;
pub mod limits;
pub mod progress;
pub mod report;
pub mod untrusted;
