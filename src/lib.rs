//! Log analysis for API failure telemetry.
pub mod fault;
pub mod generate;
pub mod limits;
pub mod untrusted;
