<<<<<<< HEAD
//! The report: plain data, and one view of it for each output format.
pub mod model;
=======
//! Reports: from merged aggregates to files and terminals.
pub mod atomic;
>>>>>>> h-d
