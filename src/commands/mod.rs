//! What each subcommand does.

pub mod analyze;
mod analyze_state;
pub mod diff;
pub mod explain;
pub mod fields;
pub mod gate;
pub mod generate;
pub mod grep;
pub mod index;
pub mod outputs;
