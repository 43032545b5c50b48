//! Log analysis for API failure telemetry.
pub mod fault;
pub mod limits;
pub mod record;
pub mod untrusted;
