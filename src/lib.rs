//! Log analysis for API failure telemetry.
pub mod fault;
pub mod limits;
pub mod record;
pub mod untrusted;
pub mod aggregate;
pub mod redact;
pub mod template;
