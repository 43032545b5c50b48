//! Log analysis for API failure telemetry.
pub mod commands;
pub mod fault;
pub mod generate;
pub mod limits;
pub mod untrusted;
