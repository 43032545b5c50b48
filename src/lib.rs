//! Log analysis for API failure telemetry.
pub mod fault;
pub mod lang;
pub mod limits;
pub mod record;
pub mod report;
pub mod scan;
pub mod untrusted;
