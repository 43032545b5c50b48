//! What is read, and how: the inputs that arguments name.

use super::console::remark;
use crate::block::ReadSettings;
use crate::cli;
use crate::fault::{Error, Result};
use crate::input::Input;
use crate::input::expand::expand;
use crate::progress::{Bar, Progress};
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;

/// The inputs that the arguments name, but for the run's `own` outputs; remarks go to
/// standard error.
///
/// # Errors
/// If the only input is the file that the answer goes to: it would be replaced unread.
pub fn inputs(source: &cli::Source, own: &[PathBuf]) -> Result<Vec<Input>> {
    let expanded = expand(&source.paths, own);
    for note in &expanded.notes {
        remark(source, &crate::untrusted::terminal(note));
    }
    if source.paths.is_empty() && io::stdin().is_terminal() {
        remark(
            source,
            "reading standard input from the terminal; end with Ctrl-D, or name a file",
        );
    }
    if expanded.inputs.is_empty() {
        return Err(
            Error::new("nothing to read: the only input is the file to be written")
                .hint("write the report elsewhere"),
        );
    }
    Ok(expanded.inputs)
}

/// Progress over all inputs whose size is known, and its bar, where one is wanted and can be seen:
/// else nobody asks for the sizes, and there may be many files.
pub fn progress(inputs: &[Input], wanted: bool) -> (Arc<Progress>, Bar) {
    let is_drawn = wanted && io::stderr().is_terminal();
    let sizes = inputs.iter().filter(|_| is_drawn).map(Input::stored_bytes);
    let progress = Arc::new(Progress::new(sizes.sum()));
    let bar = progress.draw(is_drawn);
    (progress, bar)
}

/// How to read, as the arguments say, else as `usual`.
pub fn read_settings(args: &cli::Reading, usual: ReadSettings) -> ReadSettings {
    let mut read = ReadSettings {
        zstd_window_log: args.zstd_window_log,
        ..usual
    };
    if let Some(threads) = args.threads {
        read.threads = usize::from(threads);
    }
    if let Some(bytes) = args.block_bytes {
        read.block_bytes = bytes.max(1);
    }
    if let Some(bytes) = args.segment_bytes {
        read.segment_bytes = bytes.max(1);
    }
    read
}
