//! Lines on their way out: raw for programs, escaped for terminals, or as JSON. Names of
//! files are escaped for both: whoever may drop a file into a folder chooses them.

use super::batch::Note;
use super::filter::Filter;
use crate::fault::Error;
use crate::report::model::Time;
use crate::untrusted;
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

/// How lines look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// The file's name before each line.
    pub names: bool,
    /// The line's number before each line.
    pub numbers: bool,
    /// For a person: hostile characters are escaped.
    pub escaped: bool,
    /// Colours, the wanted ids marked.
    pub color: bool,
    /// A JSON object a line.
    pub json: bool,
}

/// A line to print.
pub(super) struct Shown<'l> {
    pub(super) name: &'l str,
    /// From 1.
    pub(super) number: u64,
    pub(super) byte_offset: u64,
    pub(super) text: &'l [u8],
    /// Else it is context.
    pub(super) wanted: bool,
    pub(super) note: Option<&'l Note>,
}

/// Prints until nobody reads any more.
pub(super) struct Printer<'o> {
    out: &'o mut (dyn Write + Send),
    style: Style,
    filter: &'o Filter<'o>,
    /// The reader has closed its end.
    closed: bool,
    pub(super) error: Option<Error>,
}

const NAME: &str = "\x1b[35m";
const NUMBER: &str = "\x1b[32m";
const SEPARATOR: &str = "\x1b[36m";
const ID: &str = "\x1b[1;31m";
const PLAIN: &str = "\x1b[0m";

impl<'o> Printer<'o> {
    pub(super) fn new(
        out: &'o mut (dyn Write + Send),
        style: Style,
        filter: &'o Filter<'o>,
    ) -> Self {
        Self {
            out,
            style,
            filter,
            closed: false,
            error: None,
        }
    }

    /// Whether nothing more can be printed.
    pub(super) const fn is_over(&self) -> bool {
        self.closed || self.error.is_some()
    }

    fn check(&mut self, written: io::Result<()>) {
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.closed = true,
            Err(error) if self.error.is_none() => {
                self.error = Some(Error::io(Path::new("standard output"), &error));
            }
            Ok(()) | Err(_) => {}
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        if !self.is_over() {
            let written = self.out.write_all(bytes);
            self.check(written);
        }
    }

    pub(super) fn flush(&mut self) {
        if !self.is_over() {
            let written = self.out.flush();
            self.check(written);
        }
    }

    pub(super) fn line(&mut self, shown: &Shown<'_>) {
        let mut line = Vec::with_capacity(shown.text.len() + 64);
        if self.style.json {
            json(shown, &mut line);
        } else {
            let separator = if shown.wanted { ':' } else { '-' };
            if self.style.names {
                self.label(NAME, &untrusted::terminal(shown.name), separator, &mut line);
            }
            if self.style.numbers {
                self.label(NUMBER, &shown.number.to_string(), separator, &mut line);
            }
            self.text(shown, &mut line);
        }
        line.push(b'\n');
        self.write(&line);
    }

    /// A gap between lines that do not adjoin.
    pub(super) fn gap(&mut self) {
        if self.style.json {
            return;
        }
        if self.style.color {
            self.write(format!("{SEPARATOR}--{PLAIN}\n").as_bytes());
        } else {
            self.write(b"--\n");
        }
    }

    /// How many lines of a file are wanted.
    pub(super) fn count(&mut self, name: &str, count: u64) {
        let mut line = Vec::new();
        if self.style.json {
            let _ = serde_json::to_writer(
                &mut line,
                &serde_json::json!({"path": name, "count": count}),
            );
        } else {
            if self.style.names {
                self.label(NAME, &untrusted::terminal(name), ':', &mut line);
            }
            line.extend_from_slice(count.to_string().as_bytes());
        }
        line.push(b'\n');
        self.write(&line);
    }

    /// The name of a file that has wanted lines.
    pub(super) fn name(&mut self, name: &str) {
        let line = if self.style.json {
            serde_json::json!({ "path": name }).to_string()
        } else if self.style.color {
            format!("{NAME}{}{PLAIN}", untrusted::terminal(name))
        } else {
            untrusted::terminal(name)
        };
        self.write(line.as_bytes());
        self.write(b"\n");
    }

    fn label(&self, color: &str, text: &str, separator: char, line: &mut Vec<u8>) {
        let label = if self.style.color {
            format!("{color}{text}{PLAIN}{SEPARATOR}{separator}{PLAIN}")
        } else {
            format!("{text}{separator}")
        };
        line.extend_from_slice(label.as_bytes());
    }

    fn text(&self, shown: &Shown<'_>, line: &mut Vec<u8>) {
        if !self.style.escaped {
            line.extend_from_slice(shown.text);
            return;
        }
        // On a terminal the end of a CRLF line is no surprise.
        let text = shown.text.strip_suffix(b"\r").unwrap_or(shown.text);
        let mut at = 0;
        if self.style.color && shown.wanted {
            for place in self.filter.places(text) {
                let (plain, id) = (at..place.start, place.clone());
                escape(text.get(plain).unwrap_or_default(), line);
                line.extend_from_slice(ID.as_bytes());
                escape(text.get(id).unwrap_or_default(), line);
                line.extend_from_slice(PLAIN.as_bytes());
                at = place.end;
            }
        }
        escape(text.get(at..).unwrap_or_default(), line);
    }
}

/// Bytes as a terminal may see them: hostile characters as `\u{..}`, what is no UTF-8 as
/// `\x{..}`.
fn escape(text: &[u8], out: &mut Vec<u8>) {
    for chunk in text.utf8_chunks() {
        out.extend_from_slice(untrusted::terminal(chunk.valid()).as_bytes());
        for byte in chunk.invalid() {
            out.extend_from_slice(format!("\\x{{{byte:x}}}").as_bytes());
        }
    }
}

/// A line as a JSON object, its keys in this order.
#[derive(Serialize)]
struct Object<'l> {
    path: &'l str,
    line: u64,
    byte_offset: u64,
    /// The wanted ids; none in context.
    #[serde(skip_serializing_if = "Option::is_none")]
    ids: Option<&'l [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    context: bool,
    /// Found by its trace, or by an id of another attempt.
    #[serde(skip_serializing_if = "is_false")]
    related: bool,
    /// Bytes that are no UTF-8 are shown as U+FFFD.
    #[serde(skip_serializing_if = "is_false")]
    not_utf8: bool,
    text: &'l str,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

fn json(shown: &Shown<'_>, line: &mut Vec<u8>) {
    let text = String::from_utf8_lossy(shown.text);
    let note = shown.note.filter(|_| shown.wanted);
    let time = note.and_then(|note| note.details.iter().find_map(|detail| detail.time_ms));
    let object = Object {
        path: shown.name,
        line: shown.number,
        byte_offset: shown.byte_offset,
        ids: note.map(|note| note.found.as_slice()),
        time: time.map(|ms| Time(ms).rfc3339()),
        context: !shown.wanted,
        related: note.is_some_and(|note| note.related),
        not_utf8: matches!(text, Cow::Owned(_)),
        text: &text,
    };
    // Strings and numbers always serialise, and a Vec takes all.
    let _ = serde_json::to_writer(line, &object);
}
