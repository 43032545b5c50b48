//! What all lines came to, each counted once.

use serde::{Deserialize, Serialize};

/// The conservation figures:
/// `lines = blank + malformed + other + requests + continued + outside`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Uncompressed bytes.
    pub bytes: u64,
    /// Lines.
    pub lines: u64,
    /// Nothing but white space.
    pub blank: u64,
    /// Not a whole JSON object.
    pub malformed: u64,
    /// Well formed, but no request line.
    pub other: u64,
    /// Later parts of a record that an envelope had split.
    pub continued: u64,
    /// Request lines excluded by a filter or time range.
    pub outside: u64,
    /// Request lines.
    pub requests: u64,
    /// Request lines that did not fail.
    pub successes: u64,
    /// Request lines that failed.
    pub failures: u64,
    /// Failures whose cause is a throttle.
    pub throttled: u64,
}
