//! What each subcommand does; and what they share (arguments, console, delivery, gate,
//! outputs, source).

pub mod analyze;
mod analyze_state;
pub mod arguments;
pub mod console;
mod delivery;
pub mod diff;
pub mod explain;
pub mod fields;
pub mod gate;
pub mod generate;
pub mod grep;
pub mod index;
pub mod outputs;
pub mod source;
