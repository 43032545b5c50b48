//! From a line's values to what a request line says.
pub mod unwrap;
