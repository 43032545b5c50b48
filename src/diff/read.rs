//! Reports read back from JSON, of this version or another.

use crate::fault::{Error, Result};
use crate::limits::MAX_REPORT_BYTES;
use crate::report::change::DIFF_SCHEMA;
use crate::report::model::{Report, SCHEMA};
use crate::untrusted::terminal;
use serde::Deserialize;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Reads a report that `dslog analyze --format json` has written. Keys that this
/// version does not know are skipped, and those added since an older one may lack.
///
/// # Errors
/// When the file cannot be read, is no JSON, or no such report.
pub fn report(path: &Path) -> Result<Report> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| {
        if file.metadata()?.is_dir() {
            return Err(std::io::ErrorKind::IsADirectory.into());
        }
        file.take(MAX_REPORT_BYTES + 1).read_to_end(&mut bytes)
    });
    if let Err(error) = read {
        return Err(Error::io(path, &error).hint(MAKE_ONE));
    }
    if bytes.len() as u64 > MAX_REPORT_BYTES {
        return Err(Error::new("larger than any report").at(path));
    }
    parse(&bytes).map_err(|error| error.at(path))
}

const MAKE_ONE: &str = "dslog analyze --format json -o FILE makes a report";

/// Only what tells a report from something else.
#[derive(Deserialize)]
struct Name {
    #[serde(default)]
    schema: Option<String>,
}

/// Reads a report from JSON.
///
/// # Errors
/// When it is no JSON, or no report.
pub fn parse(bytes: &[u8]) -> Result<Report> {
    let no_json = |error: &serde_json::Error| {
        let what = if error.is_eof() {
            "the JSON ends too early"
        } else {
            "this is no JSON"
        };
        Error::new(format!(
            "{what} (line {}, column {})",
            error.line(),
            error.column()
        ))
        .hint(MAKE_ONE)
    };
    let name: Name = match serde_json::from_slice(bytes) {
        Ok(name) => name,
        Err(error) if error.is_data() => Name { schema: None },
        Err(error) => return Err(no_json(&error)),
    };
    match name.schema.as_deref() {
        Some(SCHEMA) => {}
        Some(DIFF_SCHEMA) => {
            return Err(Error::new("this is a diff, not a report")
                .hint("give the two reports that it was made of"));
        }
        Some(other) => {
            let what = format!("its schema is {:?}, not {SCHEMA}", terminal(other));
            return Err(Error::new(what).hint(MAKE_ONE));
        }
        None => {
            return Err(Error::new(format!(
                "no report: it does not say \"schema\": \"{SCHEMA}\""
            ))
            .hint(MAKE_ONE));
        }
    }
    serde_json::from_slice(bytes).map_err(|error| {
        if error.is_data() {
            Error::new(format!(
                "not a whole report: {}",
                terminal(&error.to_string())
            ))
            .hint(MAKE_ONE)
        } else {
            no_json(&error)
        }
    })
}
