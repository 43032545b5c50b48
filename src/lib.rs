//! Log analysis for API failure telemetry.
pub mod aggregate;
pub mod fault;
pub mod limits;
pub mod record;
pub mod redact;
pub mod template;
pub mod untrusted;
