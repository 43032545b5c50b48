//! Finding request ids in logs.
//!
//! [`ids`] says which ids a line has; [`locate`] is where an index may save reading.

pub mod ids;
pub mod locate;
