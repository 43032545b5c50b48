//! What each subcommand does.

pub mod explain;
