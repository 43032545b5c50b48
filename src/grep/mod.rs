//! Finding request ids in logs: raw bytes first, records only where it matters.
//!
//! ```text
//! block ─► filter ─► candidates ─► confirm ─► batch ═► order ─► select ─► print
//!          literal,  (few lines)   Reader,    a        segments  -m, -A,   raw,
//!          UUIDs,                  ids        segment  in turn   -c, -l    escaped,
//!          escapes                                               …         JSON
//!       └► lanes: pieces of records that Docker or CRI split ══► joined in held
//! ```
//! [`related()`] repeats such a search until nothing more belongs to what was found.
//! [`ids`] says which ids a line has; searching and indexing share it. [`locate`] is
//! where an index may save reading. The filter may offer too much, never too little.

mod batch;
mod confirm;
mod detail;
mod filter;
mod held;
mod hidden;
pub mod ids;
mod lanes;
pub mod locate;
mod order;
mod print;
mod related;
mod run;
mod search;
mod select;
mod ticket;
mod wanted;

pub use print::Style;
pub use related::{Related, related};
pub use run::{Found, Query, read_settings, run};
pub use select::Output;
pub use ticket::Ticket;
pub use wanted::{Match, Wanted};

#[cfg(test)]
mod tests;
