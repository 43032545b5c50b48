//! Log analysis for API failure telemetry.
pub mod fault;
pub mod limits;
pub mod scan;
pub mod untrusted;
