//! Log analysis for API failure telemetry.
pub mod catalog;
pub mod commands;
pub mod fault;
pub mod lang;
pub mod limits;
pub mod untrusted;
