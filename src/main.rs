//! The `dslog` command.
fn main() {}
