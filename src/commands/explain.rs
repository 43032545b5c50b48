//! `dslog explain`: from a code, a status, a message or a whole pasted error
//! to what it means, whether to retry, and what to do.

mod json;
mod lookup;
mod md;
mod text;
mod wrap;

use crate::catalog::{Catalog, Provider};
use crate::fault::{Error, Result};
use crate::lang::Lang;
use crate::limits::MAX_EXPLAIN_BYTES;
use std::borrow::Cow;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// How the answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people, wrapped to the terminal.
    #[default]
    Text,
    /// For programs.
    Json,
    /// Markdown tables.
    Md,
}

/// What was asked.
#[derive(Clone, Debug, Default)]
pub struct ExplainArgs {
    /// A code, status, message or error body; `-` reads one from standard
    /// input; `None` asks for the whole table.
    pub query: Option<String>,
    /// How to answer.
    pub format: Format,
    /// In which language.
    pub lang: Lang,
    /// A file whose rows take precedence over the shipped ones.
    pub catalogue: Option<PathBuf>,
    /// Columns of the terminal; 0 means 80.
    pub width: usize,
    /// Whether to colour text output.
    pub color: bool,
}

/// What was dug out of a pasted error: the evidence, unwrapped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dug {
    /// The error code as written.
    pub code: Option<String>,
    /// The innermost message.
    pub message: Option<String>,
    /// The HTTP status.
    pub status: Option<i32>,
    /// The provider's id of the request.
    pub request_id: Option<String>,
    /// Whose error it is, if the text tells.
    pub provider: Option<Provider>,
}

/// Takes a pasted text apart.
pub type Dig<'a> = &'a dyn Fn(&str) -> Dug;

/// Answers the question; the exit code is 0, or 1 if nothing fits.
///
/// # Errors
///
/// If the catalogue file is refused, standard input cannot be read or is
/// larger than [`MAX_EXPLAIN_BYTES`], or the output cannot be written.
pub fn run(
    args: &ExplainArgs,
    dig: Dig<'_>,
    input: &mut dyn Read,
    out: &mut dyn Write,
) -> Result<u8> {
    let catalog = Catalog::chosen(args.catalogue.as_deref())?;
    let question = match args.query.as_deref().map(str::trim) {
        None | Some("") => None,
        Some("-") => Some(Cow::Owned(read_all(input)?)),
        Some(query) => Some(Cow::Borrowed(query)),
    };
    let answer = match &question {
        None => lookup::everything(catalog),
        Some(question) => lookup::look_up(catalog, question, dig),
    };
    let written = match args.format {
        Format::Text => text::write(out, &answer, args),
        Format::Json => json::write(out, catalog, &answer, args.lang),
        Format::Md => md::write(out, &answer, args.lang),
    };
    match written.and_then(|()| out.flush()) {
        // The reader has seen enough, as with `| head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(0),
        written => written.map_err(|error| Error::io(Path::new("standard output"), &error))?,
    }
    Ok(u8::from(answer.is_nothing()))
}

fn read_all(input: &mut dyn Read) -> Result<String> {
    let stdin = Path::new("<stdin>");
    let mut bytes = Vec::new();
    let limited: io::Result<usize> = input.take(MAX_EXPLAIN_BYTES + 1).read_to_end(&mut bytes);
    limited.map_err(|error| Error::io(stdin, &error))?;
    if bytes.len() as u64 > MAX_EXPLAIN_BYTES {
        let what = format!(
            "more than {} MiB, which is no single error",
            MAX_EXPLAIN_BYTES >> 20
        );
        return Err(Error::new(what)
            .at(stdin)
            .hint("for whole logs there is `dslog analyze`"));
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if text.trim().is_empty() {
        return Err(Error::new("nothing to explain")
            .at(stdin)
            .hint("paste an error's code, its message, its whole body or the log line"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
