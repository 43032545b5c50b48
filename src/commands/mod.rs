//! What each subcommand does.

pub mod analyze;
pub mod explain;
pub mod fields;
pub mod generate;
pub mod outputs;
