//! The JSON view: the data itself, with hostile characters escaped.

use super::change::{Diff, RuleRow};
use super::model::Report;
use crate::untrusted::is_hostile;
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};
use std::io::{self, Write};

/// Writes the report as indented JSON, ending in a newline.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    write_any(report, out)
}

/// Writes a diff and how the rules came out, as [`write`] does a report.
pub(super) fn write_diff(diff: &Diff, rules: &[RuleRow], out: &mut dyn Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Whole<'a> {
        #[serde(flatten)]
        diff: &'a Diff,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        fail_on: &'a [RuleRow],
    }
    write_any(
        &Whole {
            diff,
            fail_on: rules,
        },
        out,
    )
}

fn write_any(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(64 << 10, out);
    let mut serializer = Serializer::with_formatter(&mut out, Inert(PrettyFormatter::new()));
    value.serialize(&mut serializer).map_err(io::Error::from)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// JSON leaves DEL, C1 and bidi controls as they are, and a report is also read
/// with `cat`; so they are escaped here as JSON itself allows, without loss.
struct Inert(PrettyFormatter<'static>);

impl Formatter for Inert {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return out.write_all(text.as_bytes());
        }
        let mut clean_from = 0;
        for (at, c) in text.char_indices().filter(|&(_, c)| is_hostile(c)) {
            out.write_all(&text.as_bytes()[clean_from..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            clean_from = at + c.len_utf8();
        }
        out.write_all(&text.as_bytes()[clean_from..])
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}
