//! Inputs → counts: the passes over the logs.
//!
//! ```text
//!  inputs ─► block::run ─► Reader (one a worker) ─► Sink
//!            blocks of      lines, envelopes,        analyze::Analyze, second_look::Look,
//!            whole lines    scan, facts              fields::Survey …
//! ```

pub mod analyze;
pub mod filter;
pub mod reader;
pub mod second_look;
mod short_way;
pub mod sink;
pub mod stitch;
pub mod watch;
mod wrapper;

pub use analyze::{Analysis, Settings, analyze};
