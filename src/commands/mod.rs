//! What each subcommand does.

pub mod explain;
pub mod generate;
