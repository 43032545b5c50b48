//! The report: plain data, and one view of it for each output format.
//!
//! ```text
//! model::Report ─┬─► json   the data itself
//!                ├─► text ─┐
//!                ├─► md    ├─ brief (what the figures say), words (in which language),
//!                ├─► html ─┘  figures (how numbers look), tz (when, on whose clock)
//!                ├─► csv    one table
//!                └─► prom   gauges for a textfile collector
//! ```
//!
//! [`write()`] is all that a command needs, [`write_diff()`] for a diff: its views are in
//! `changes`, one in each format. Reports of other kinds write theirs with the same parts: `html` has page, tables and charts, `prom`
//! the metrics, [`crate::untrusted`] the escapers.
//!
//! A view only reads; it neither counts nor classifies. Log text leaves through
//! the escaper of its format, and nowhere else.

pub mod atomic;
mod brief;
pub mod build;
pub mod change;
mod compared;
mod csv;
mod figures;
mod histogram;
mod html;
mod json;
mod md;
pub mod model;
mod prom;
mod text;
mod totals;
mod tz;
mod units;
mod words;

pub(crate) use figures::{bytes, count, share};
pub use tz::Tz;

use crate::lang::Lang;
use change::{Diff, RuleRow};
use model::Report;
use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;
use tz::Clock;

/// What to do about lines that hold many records, as the report has it.
pub(crate) fn batched_note(lines: u64) -> String {
    // Standard error speaks English.
    words::NOTE_BATCHED.say(Lang::En, &[&count(lines)])
}

/// An output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal.
    #[default]
    Text,
    /// The schema `dslog.report/v1`, complete.
    Json,
    /// One self-contained page.
    Html,
    /// For chats and mails; short.
    Md,
    /// One table, chosen by [`View::table`].
    Csv,
    /// Gauges in `OpenMetrics` text.
    Prom,
}

impl Format {
    /// Every format, with the names and file endings it goes by; the first is its own.
    const NAMES: [(Self, &'static [&'static str]); 6] = [
        (Self::Text, &["text", "txt"]),
        (Self::Json, &["json"]),
        (Self::Html, &["html", "htm"]),
        (Self::Md, &["md", "markdown"]),
        (Self::Csv, &["csv"]),
        (Self::Prom, &["prom", "openmetrics"]),
    ];

    /// The format that a file name's ending asks for, if any.
    pub fn of_path(path: &Path) -> Option<Self> {
        path.extension()?.to_str()?.parse().ok()
    }
}

impl FromStr for Format {
    type Err = String;

    /// By name, in any case. The error lists the names.
    fn from_str(name: &str) -> Result<Self, String> {
        find(name, &Self::NAMES).ok_or_else(|| unknown("format", name, &Self::NAMES))
    }
}

/// A table of the CSV view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Table {
    /// Failures by code.
    #[default]
    Codes,
    /// Failures by cause, with meaning and advice.
    Causes,
    /// Requests, failures and throttled failures per bucket.
    Timeline,
    /// Request ids with the most failures.
    Ids,
    /// By model.
    Models,
    /// By API key.
    Keys,
    /// Requests by HTTP status.
    Statuses,
    /// Latency by outcome.
    Latency,
    /// What was read.
    Inputs,
    /// Every comparison with the baseline.
    Changes,
    /// The `--fail-on` rules and how they came out.
    Rules,
}

impl Table {
    const NAMES: [(Self, &'static [&'static str]); 11] = [
        (Self::Codes, &["codes"]),
        (Self::Causes, &["causes"]),
        (Self::Timeline, &["timeline"]),
        (Self::Ids, &["ids"]),
        (Self::Models, &["models"]),
        (Self::Keys, &["keys"]),
        (Self::Statuses, &["statuses"]),
        (Self::Latency, &["latency"]),
        (Self::Inputs, &["inputs"]),
        (Self::Changes, &["changes"]),
        (Self::Rules, &["rules"]),
    ];

    /// Every table, the default first.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::NAMES.iter().map(|(table, _)| *table)
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        let own = Self::NAMES.iter().find(|(table, _)| *table == self);
        own.and_then(|(_, names)| names.first())
            .copied()
            .unwrap_or("codes")
    }
}

impl FromStr for Table {
    type Err = String;

    /// By name, in any case. The error lists the names.
    fn from_str(name: &str) -> Result<Self, String> {
        find(name, &Self::NAMES).ok_or_else(|| unknown("table", name, &Self::NAMES))
    }
}

fn find<T: Copy>(name: &str, names: &[(T, &[&str])]) -> Option<T> {
    let is = |known: &&str| known.eq_ignore_ascii_case(name);
    names
        .iter()
        .find(|(_, known)| known.iter().any(&is))
        .map(|(value, _)| *value)
}

fn unknown<T>(what: &str, name: &str, names: &[(T, &[&str])]) -> String {
    let known: Vec<&str> = names
        .iter()
        .filter_map(|(_, known)| known.first().copied())
        .collect();
    format!(
        "no {what} is called {:?}; choose one of {}",
        crate::untrusted::terminal(name),
        known.join(", ")
    )
}

/// How a report is shown. It changes no figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Language of labels and sentences; meanings and advice come with the report.
    pub lang: Lang,
    /// Whose clock the times are shown on; JSON keeps UTC.
    pub tz: Tz,
    /// Width of the text view in columns; taken as at least 60 and at most 160.
    pub width: usize,
    /// Whether the text view may use colour. It never carries meaning alone.
    pub color: bool,
    /// How many rows of a long list are shown.
    pub top: usize,
    /// The CSV view's table; codes if `None`, changes in a diff.
    pub table: Option<Table>,
}

impl Default for View {
    fn default() -> Self {
        Self {
            lang: Lang::En,
            tz: Tz::Utc,
            width: 80,
            color: false,
            top: 20,
            table: None,
        }
    }
}

/// Writes one view of a report.
///
/// # Errors
/// Only those of `out`; a closed pipe comes back as [`io::ErrorKind::BrokenPipe`].
pub fn write(report: &Report, format: Format, view: &View, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Json => json::write(report, out),
        Format::Text => text::write(report, view, out),
        Format::Md => md::write(report, view, out),
        Format::Csv => csv::write(report, view, out),
        Format::Prom => prom::write(report, view, out),
        Format::Html => html::write(report, view, out),
    }
}

/// Writes one view of a diff, and how the rules came out (of a CSV, the one or the other).
///
/// # Errors
/// Only those of `out`; a closed pipe comes back as [`io::ErrorKind::BrokenPipe`].
pub fn write_diff(
    diff: &Diff,
    rules: &[RuleRow],
    format: Format,
    view: &View,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Json => json::write_diff(diff, rules, out),
        Format::Text => text::write_diff(diff, rules, view, out),
        Format::Md => md::write_diff(diff, rules, view, out),
        Format::Csv => csv::write_diff(diff, rules, view, out),
        Format::Prom => prom::write_diff(diff, rules, out),
        Format::Html => html::write_diff(diff, rules, view, out),
    }
}

/// What a broken rule has to say on standard error, and what changed where it is about that.
pub fn complaints(rules: &[RuleRow], diff: Option<&Diff>, view: &View) -> Vec<String> {
    let broken = rules.iter().filter(|row| row.broken);
    let mut lines: Vec<String> = broken
        .map(|row| {
            format!(
                "--fail-on '{}': {} ({})",
                row.rule.terminal(),
                compared::verdict(view.lang, row),
                compared::rule_figures(view.lang, row)
            )
        })
        .collect();
    if let Some(diff) = diff.filter(|_| !lines.is_empty()) {
        let clock = Clock::new(view.tz, diff.new.first, diff.new.last);
        let compared = compared::Compared::new(diff, view, &clock, [brief::visible; 2]);
        lines.extend(compared.bullets.into_iter().map(|bullet| bullet.says));
    }
    lines
}
