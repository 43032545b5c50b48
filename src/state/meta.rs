//! What a state knows beside its counts: how it was made, its days, its logs.

use super::entry::Day;
use crate::fault::{Error, Result};
use crate::stable_hash::stable_hash;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// All of it; small, and held in memory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// Version of the program that wrote it.
    pub program: String,
    /// What the counts depend on.
    pub config: Config,
    /// Runs that have ended well.
    pub seq: u64,
    /// Days to keep.
    pub keep_days: u32,
    /// Uncompressed bytes read by all runs.
    pub bytes: u64,
    /// What has no day.
    pub undated: DayInfo,
    /// The days.
    pub days: BTreeMap<Day, DayInfo>,
    /// The last day that was given up for its age, if any.
    pub dropped_to: Option<Day>,
    /// The logs, in no order that matters.
    pub files: Vec<FileRecord>,
}

/// What the counts depend on: a state goes on with the same only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// `--field`.
    pub fields: Vec<String>,
    /// `--bucket`.
    pub bucket: String,
    /// `--tz`: whose days.
    pub tz: String,
    /// `--code`.
    pub codes: Vec<String>,
    /// `--kind`.
    pub kinds: Vec<String>,
    /// `--model`.
    pub models: Vec<String>,
    /// `--status`.
    pub statuses: Vec<String>,
}

impl Config {
    /// Checks that a run asks for nothing else than the state was made with; `None` or
    /// an empty list asks for nothing.
    ///
    /// # Errors
    /// If it does; the error says what differs and what to do.
    pub fn check(&self, asked: &Asked) -> Result<()> {
        let one = |flag: &str, asked: Option<&str>, known: &str| match asked {
            Some(asked) if asked != known => Some(format!("{flag} {known}, not {asked}")),
            _ => None,
        };
        let many = |flag: &str, asked: &[String], known: &[String]| {
            let list = |values: &[String]| match values {
                [] => format!("no {flag}"),
                values => format!("{flag} {}", values.join(&format!(" {flag} "))),
            };
            let differs = !asked.is_empty() && asked != known;
            differs.then(|| format!("{}, not {}", list(known), list(asked)))
        };
        let differs = one("--bucket", asked.bucket.as_deref(), &self.bucket)
            .or_else(|| one("--tz", asked.tz.as_deref(), &self.tz))
            .or_else(|| many("--field", &asked.fields, &self.fields))
            .or_else(|| many("--code", &asked.codes, &self.codes))
            .or_else(|| many("--kind", &asked.kinds, &self.kinds))
            .or_else(|| many("--model", &asked.models, &self.models))
            .or_else(|| many("--status", &asked.statuses, &self.statuses));
        differs.map_or(Ok(()), |what| {
            let what = crate::untrusted::terminal(&what);
            Err(Error::new(format!("this state was made with {what}")).hint(
                "leave the flag out to go on with what the state was made with, name another state file, or start over with --reset-state",
            ))
        })
    }
}

/// What a run asks for; what it leaves out is taken from the state.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// As in [`Config`], like all that follows.
    pub fields: Vec<String>,
    /// `--bucket`.
    pub bucket: Option<String>,
    /// `--tz`.
    pub tz: Option<String>,
    /// `--code`.
    pub codes: Vec<String>,
    /// `--kind`.
    pub kinds: Vec<String>,
    /// `--model`.
    pub models: Vec<String>,
    /// `--status`.
    pub statuses: Vec<String>,
}

impl Asked {
    /// For a state that begins.
    pub fn into_config(self) -> Config {
        Config {
            fields: self.fields,
            bucket: self.bucket.unwrap_or_else(|| "1m".to_owned()),
            tz: self.tz.unwrap_or_else(|| "utc".to_owned()),
            codes: self.codes,
            kinds: self.kinds,
            models: self.models,
            statuses: self.statuses,
        }
    }
}

/// One day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayInfo {
    /// Request lines.
    pub requests: u64,
    /// The last run that read some of them.
    pub touched_seq: u64,
    /// Versions of the catalogue by which they were judged.
    pub catalogues: BTreeSet<String>,
    /// Which failing request ids are kept.
    pub ids: IdsKept,
}

/// Which failing request ids of a day are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum IdsKept {
    /// All.
    #[default]
    All,
    /// The top ones, exactly.
    Top,
    /// Those that were the top ones when the day was closed, and what came after.
    TopAndLater,
}

/// One log, as far as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Where it was seen last. Helps to choose between equals; decides nothing else.
    pub hint: Hint,
    /// Its first bytes, up to the offset.
    pub head: Print,
    /// The bytes before the offset.
    pub tail: Print,
    /// Up to here it was read, in decompressed bytes: behind a `\n`.
    pub offset: u64,
    /// Where lines before the offset start that were not counted, since they wait for
    /// the rest of their records; ascending.
    pub open: Vec<u64>,
    /// Bytes behind the offset that were counted: a complete archive's last line, which
    /// has no `\n`.
    pub unended_bytes: u64,
    /// Up to here its content is known to have been counted through another file, whose
    /// copy it is.
    pub copied_to: u64,
    /// How it is stored, if it is compressed and was read to its end.
    pub archive: Option<Archive>,
    /// Lines counted.
    pub lines: u64,
    /// Of which malformed.
    pub malformed: u64,
    /// The last run that saw it.
    pub seen_seq: u64,
}

/// Where a log was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// Device.
    pub dev: u64,
    /// Inode.
    pub ino: u64,
    /// As given.
    pub path: String,
}

/// Some bytes, by length and hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Print {
    /// How many.
    pub len: u32,
    /// Their hash.
    pub hash: u64,
}

impl Print {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self {
            len: bytes.len() as u32,
            hash: stable_hash(bytes),
        }
    }
}

/// A compressed file, as it is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Archive {
    /// Its size in bytes.
    pub size: u64,
    /// Its first bytes.
    pub head: Print,
    /// Its last bytes, the format's own trailer among them.
    pub tail: Print,
}
