//! The data files' format: TOML in, checked rows out. One parser serves
//! `build.rs` (the shipped files) and `--catalogue FILE`, so that both refuse
//! the same mistakes in the same words.

use super::text::{self, Compiled};
use super::words::{Kind, Provider, Retry, Who};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use toml::Spanned;

/// A data file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    provider: Provider,
    /// What the source letters stand for; for readers of the file.
    #[serde(default)]
    #[allow(dead_code, reason = "it must parse, but only people read it")]
    sources: HashMap<String, String>,
    #[serde(default)]
    cause: Vec<Spanned<Row>>,
}

/// Meaning and advice in one language.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// What has happened.
    pub meaning: String,
    /// What to do.
    pub advice: String,
}

/// One row as written: one cause.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Stable name, never changed.
    pub id: String,
    /// Canonical code; empty where the error comes without one.
    #[serde(default)]
    pub code: String,
    /// Other spellings of the code.
    #[serde(default)]
    pub spellings: Vec<String>,
    /// Codes that the row explains too, but which are codes of their own. `*` at either end is a wildcard.
    #[serde(default)]
    pub covers: Vec<String>,
    /// Documented HTTP statuses.
    #[serde(default)]
    pub statuses: Vec<i32>,
    /// Statuses, first and last, that this row explains when nothing more exact does.
    #[serde(default)]
    pub range: Option<[i32; 2]>,
    /// This row explains a failure without any status or code.
    #[serde(default)]
    pub no_status: bool,
    /// Message patterns.
    #[serde(default)]
    pub messages: Vec<String>,
    /// What sort of failure.
    pub kind: Kind,
    /// Whether to try again.
    pub retry: Retry,
    /// Who must act.
    pub who: Who,
    /// This row stands for its code when the message does not decide.
    #[serde(default)]
    pub generic: bool,
    /// This row stands for its code when the message does not decide and the status is one of these.
    #[serde(default)]
    pub when_status: Vec<i32>,
    /// The code says little; a known message or inner code, of any row, decides.
    #[serde(default)]
    pub wrapper: bool,
    /// English.
    pub en: Words,
    /// Chinese.
    pub zh: Words,
    /// Letters of the sources, see the file's `[sources]`.
    #[serde(default)]
    pub source: String,
    /// When the source was last read.
    #[serde(default)]
    pub dated: String,
    /// False: observed by others, not confirmed.
    #[serde(default = "yes")]
    pub confirmed: bool,
    /// Address in the provider's error page.
    #[serde(default)]
    pub doc: String,
}

fn yes() -> bool {
    true
}

/// One checked row.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The row.
    pub row: Row,
    /// Whose it is.
    pub provider: Provider,
    /// Its patterns, in the order of `row.messages`.
    pub patterns: Vec<Compiled>,
    /// Line of the file where the row starts, from 1.
    pub line: usize,
}

/// Why a data file was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Line of the file, from 1.
    pub line: usize,
    /// The row's id, if it has one.
    pub id: Option<String>,
    /// The reason.
    pub reason: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(id) = &self.id {
            write!(f, ", row {id:?}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// Reads and checks one data file.
///
/// # Errors
///
/// On the first row that is not valid TOML, lacks a key, has one too many, or
/// contradicts another row of the file.
pub fn parse(source: &str) -> Result<Vec<Checked>, Refusal> {
    let file: File = toml::from_str(source).map_err(|error| Refusal {
        line: line_of(source, error.span().map_or(0, |span| span.start)),
        id: None,
        reason: error.message().to_string(),
    })?;
    let mut rows = Vec::with_capacity(file.cause.len());
    for spanned in file.cause {
        let line = line_of(source, spanned.span().start);
        let row = spanned.into_inner();
        let id = row.id.clone();
        let checked = check(row, file.provider, line).map_err(|reason| Refusal {
            line,
            id: Some(id),
            reason,
        })?;
        rows.push(checked);
    }
    Ok(rows)
}

fn line_of(source: &str, byte_offset: usize) -> usize {
    source
        .bytes()
        .take(byte_offset)
        .filter(|&byte| byte == b'\n')
        .count()
        + 1
}

/// Checks what concerns one row alone.
fn check(row: Row, provider: Provider, line: usize) -> Result<Checked, String> {
    if row.id.is_empty()
        || !row
            .id
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-'))
    {
        return Err("id: only a-z, 0-9, dot and hyphen, and not empty".into());
    }
    for (name, text) in [
        ("en.meaning", &row.en.meaning),
        ("en.advice", &row.en.advice),
        ("zh.meaning", &row.zh.meaning),
        ("zh.advice", &row.zh.advice),
    ] {
        if text.trim().is_empty() {
            return Err(format!("{name} is empty"));
        }
        if text.contains(char::is_control) {
            return Err(format!("{name} holds a control character"));
        }
    }
    for code in row.spellings.iter().chain([&row.code]) {
        if code.contains('*') || code.contains(char::is_control) {
            return Err(format!(
                "code {code:?}: wildcards belong into covers, control characters nowhere"
            ));
        }
    }
    for code in &row.covers {
        let inside = code.strip_prefix('*').unwrap_or(code);
        let inside = inside.strip_suffix('*').unwrap_or(inside);
        if inside.is_empty() || inside.contains('*') || code.contains(char::is_control) {
            return Err(format!(
                "covers {code:?}: one * at either end at most, and something between"
            ));
        }
    }
    if row.code.is_empty() {
        if !row.spellings.is_empty() || !row.covers.is_empty() {
            return Err("spellings or covers without a code".into());
        }
        if row.messages.is_empty()
            && row.statuses.is_empty()
            && row.range.is_none()
            && !row.no_status
        {
            return Err("neither code, message nor status: nothing can match this row".into());
        }
    }
    if row.spellings.iter().any(String::is_empty) {
        return Err("an empty spelling".into());
    }
    if row.range.is_some_and(|[first, last]| first > last) {
        return Err("range: the first status is above the last".into());
    }
    let patterns = row
        .messages
        .iter()
        .map(|message| text::compile(message))
        .collect::<Result<_, _>>()?;
    Ok(Checked {
        row,
        provider,
        patterns,
        line,
    })
}

/// Checks what concerns the rows together: unique ids, spellings that mean one
/// code, and one generic row per code.
///
/// # Errors
///
/// On the first row that contradicts an earlier one.
pub fn check_together(rows: &[Checked]) -> Result<(), Refusal> {
    let mut ids = HashSet::new();
    let mut codes: HashMap<(Provider, String), &str> = HashMap::new();
    let mut groups: HashMap<(Provider, &str), Vec<&Checked>> = HashMap::new();
    for checked in rows {
        let row = &checked.row;
        let refuse = |reason: String| Refusal {
            line: checked.line,
            id: Some(row.id.clone()),
            reason,
        };
        if !ids.insert(row.id.as_str()) {
            return Err(refuse("another row has this id".into()));
        }
        if row.code.is_empty() {
            continue;
        }
        for spelling in row.spellings.iter().chain(&row.covers).chain([&row.code]) {
            let key = (checked.provider, text::fold_code(spelling));
            let owner = codes.entry(key).or_insert(&row.code);
            if *owner != row.code {
                return Err(refuse(format!(
                    "{spelling:?} already means the code {owner:?}"
                )));
            }
        }
        groups
            .entry((checked.provider, row.code.as_str()))
            .or_default()
            .push(checked);
    }
    let mut wrong: Option<Refusal> = None;
    for ((_, code), group) in groups {
        let generics = group.iter().filter(|checked| checked.row.generic).count();
        let Some(first) = group.first() else { continue };
        if (group.len() > 1 && generics != 1) || generics > 1 {
            let refusal = Refusal {
                line: first.line,
                id: Some(first.row.id.clone()),
                reason: format!(
                    "the code {code:?} has {} rows, {generics} of them generic; exactly one must be",
                    group.len()
                ),
            };
            if wrong.as_ref().is_none_or(|other| refusal.line < other.line) {
                wrong = Some(refusal);
            }
        }
    }
    wrong.map_or(Ok(()), Err)
}
