//! What each subcommand does.

pub mod generate;
