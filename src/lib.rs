//! Log analysis for API failure telemetry.
pub mod aggregate;
pub mod fault;
pub mod limits;
pub mod record;
pub mod report;
pub mod scan;
pub mod untrusted;
