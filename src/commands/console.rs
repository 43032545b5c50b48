//! Standard output and standard error: what goes there, how wide, and whether in colour.

use crate::cli::{self, ColorArg, EngineArg};
use crate::fault::{Error, Result};
use std::io::{self, IsTerminal, Write};
use std::path::Path;

/// Writes to standard output; a reader that has seen enough is no error.
///
/// # Errors
/// If it cannot be written.
pub fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut out = io::BufWriter::with_capacity(64 << 10, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            // What is buffered has no reader: let it go without a second error on drop.
            let _ = out.into_parts();
            Ok(())
        }
        written => written.map_err(|error| Error::io(Path::new("standard output"), &error)),
    }
}

/// A remark on standard error. If nobody can read it, nothing is lost.
pub fn remark(source: &cli::Source, text: &str) {
    if !source.quiet {
        let _ = writeln!(io::stderr(), "dslog: {text}");
    }
}

/// With `-v`: how many of the lines that were read the fast scanner has deferred.
pub fn remark_deferred(source: &cli::Source, deferred: u64, lines: u64) {
    // The oracle by itself defers to nobody.
    if source.verbose && matches!(source.engine, EngineArg::Fast) {
        remark(
            source,
            &format!("{deferred} of {lines} lines went to the slow engine"),
        );
    }
}

/// Whether to colour what goes to standard output (or not there at all).
pub fn color(arg: ColorArg, to_stdout: bool) -> bool {
    match arg {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => {
            to_stdout
                && io::stdout().is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
        }
    }
}

/// Columns of the terminal; 80 elsewhere.
pub fn width() -> usize {
    terminal_size::terminal_size_of(io::stdout()).map_or(80, |(width, _)| usize::from(width.0))
}
