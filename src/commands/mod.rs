<<<<<<< HEAD
//! What each subcommand does.
=======
//! One module per subcommand.
pub mod generate;
>>>>>>> h-c
