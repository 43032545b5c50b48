//! Log analysis for API failure telemetry.
pub mod aggregate;
pub mod block;
pub mod catalog;
pub mod commands;
pub mod fault;
pub mod generate;
pub mod input;
pub mod lang;
pub mod limits;
pub mod line;
pub mod progress;
pub mod record;
pub mod redact;
pub mod report;
pub mod scan;
pub mod template;
pub mod untrusted;
