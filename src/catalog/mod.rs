//! The error catalogue: what every known failure means, whether a retry can
//! help, and what to do. All of that is data, in `data/*.toml`; nothing in the
//! Rust code names an error code.
//!
//! ```text
//! data/*.toml ─ build.rs (schema, text) ─► static rows ─┐
//! --catalogue FILE ─ schema, text ─► own rows ──────────┴─► Catalog ─ classify ─► Verdict
//! ```

mod cause;
mod classify;
mod hits;
mod inner;
mod named;
mod nearest;
mod providers;
mod schema;
mod text;
mod words;

pub use cause::{Cause, Pattern};
pub use classify::{Evidence, Reading, Verdict};
pub use named::is_coined;
pub use words::{Kind, Provider, Retry, Who};

use crate::fault::{Error, Result};
use crate::limits::MAX_CATALOGUE_BYTES;
use hashbrown::HashMap;
use hits::Patterns;
use std::borrow::Cow;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

/// The shipped rows, compiled in by `build.rs`.
#[allow(clippy::unreadable_literal, reason = "generated")]
mod shipped {
    use super::{Cause, Kind, Pattern, Provider, Retry, Who};
    use std::borrow::Cow;
    include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
}

/// All known causes, indexed.
#[derive(Debug)]
pub struct Catalog {
    causes: Cow<'static, [Cause]>,
    version: Cow<'static, str>,
    /// The group of a code, under every folded spelling of it; one entry per provider.
    codes: HashMap<Box<str>, Vec<Spelt>, foldhash::fast::RandomState>,
    groups: Vec<Group>,
    /// Wildcards, folded, and the groups that they lead to.
    families: Vec<(Box<str>, usize)>,
    /// Rows that explain bare statuses.
    bare: Vec<usize>,
    /// Built with the first message.
    patterns: OnceLock<Patterns>,
}

/// The rows of one code of one provider.
#[derive(Debug)]
struct Group {
    provider: Provider,
    /// Indices of its causes, own rows first.
    members: Vec<usize>,
    /// The member that stands for the code when nothing decides.
    generic: usize,
    /// Whether a known message of any row decides.
    wrapper: bool,
    /// Whether any member has message patterns.
    has_messages: bool,
}

/// Where a spelling leads.
#[derive(Clone, Copy, Debug)]
struct Spelt {
    group: usize,
    /// Whether it is a spelling of the group's code, not one that the group merely covers.
    same_code: bool,
}

/// A code found.
struct GroupRef<'c> {
    group: &'c Group,
    /// False: the group merely covers the code, which stays as written.
    exact: bool,
}

impl Catalog {
    /// The catalogue that the program ships with.
    pub fn shipped() -> &'static Self {
        static SHIPPED: OnceLock<Catalog> = OnceLock::new();
        SHIPPED.get_or_init(|| {
            Self::index(
                Cow::Borrowed(&shipped::CAUSES),
                Cow::Borrowed(shipped::VERSION),
            )
        })
    }

    /// The catalogue that an argument names, for as long as the program runs: the shipped
    /// one, with the rows of `own` if there is such a file.
    ///
    /// # Errors
    ///
    /// As [`Self::with_file`].
    pub fn chosen(own: Option<&Path>) -> Result<&'static Self> {
        own.map_or(Ok(Self::shipped()), |path| {
            Ok(&*Box::leak(Box::new(Self::with_file(path)?)))
        })
    }

    /// The shipped catalogue and the rows of a file in the same format. The
    /// file's rows take precedence; one with a shipped row's id replaces it.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is larger than [`MAX_CATALOGUE_BYTES`], or a
    /// row is wrong (the error names line, row and reason).
    pub fn with_file(path: &Path) -> Result<Self> {
        let io = |error: std::io::Error| Error::io(path, &error);
        let file = std::fs::File::open(path).map_err(io)?;
        let mut bytes = Vec::new();
        file.take(MAX_CATALOGUE_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(io)?;
        if bytes.len() as u64 > MAX_CATALOGUE_BYTES {
            let what = format!(
                "more than {} MiB, which is no catalogue",
                MAX_CATALOGUE_BYTES >> 20
            );
            return Err(Error::new(what).at(path));
        }
        let source = std::str::from_utf8(&bytes).map_err(|error| {
            Error::new("not UTF-8")
                .at(path)
                .offset(error.valid_up_to() as u64)
        })?;
        Self::with_source(source).map_err(|what| {
            Error::new(what)
                .at(path)
                .hint("a [[cause]] needs id, kind, retry, who, en and zh with meaning and advice")
        })
    }

    /// As [`Self::with_file`], from text.
    ///
    /// # Errors
    ///
    /// Line, row and reason of the first row that is wrong.
    pub fn with_source(source: &str) -> Result<Self, String> {
        let rows = schema::parse(source).map_err(|refusal| refusal.to_string())?;
        schema::check_together(&rows).map_err(|refusal| refusal.to_string())?;
        let mut causes: Vec<Cause> = rows.into_iter().map(Cause::from_checked).collect();
        let own = causes.len();
        for shipped in &shipped::CAUSES {
            if !causes.iter().take(own).any(|cause| cause.id == shipped.id) {
                causes.push(shipped.clone());
            }
        }
        let hash = text::fnv(text::FNV_START, source.as_bytes()) as u32;
        Ok(Self::index(
            Cow::Owned(causes),
            Cow::Owned(format!("{}+{hash:08x}", shipped::VERSION)),
        ))
    }

    /// Every row: own rows first, then the shipped ones in the files' order.
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// The row of this id.
    pub fn cause(&self, id: &str) -> Option<&Cause> {
        self.causes.iter().find(|cause| cause.id == id)
    }

    /// Names the catalogue's content: changes with every row.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether a code is held in this very spelling, not only covered by a wildcard.
    pub fn holds_code(&self, code: &str) -> bool {
        self.find_codes(code.trim()).next().is_some()
    }

    /// Every row of the codes spelt like this, by provider.
    pub fn rows_of_code(&self, code: &str) -> Vec<&Cause> {
        let mut groups: Vec<&Group> = self
            .find_codes(code.trim())
            .map(|found| found.group)
            .collect();
        if groups.is_empty() {
            groups.extend(
                Provider::ALL
                    .iter()
                    .find_map(|&provider| self.find_family(provider, code.trim())),
            );
        }
        groups
            .into_iter()
            .flat_map(|group| &group.members)
            .map(|&index| self.cause_at(index))
            .collect()
    }

    fn index(causes: Cow<'static, [Cause]>, version: Cow<'static, str>) -> Self {
        let mut catalog = Self {
            causes,
            version,
            codes: HashMap::default(),
            groups: Vec::new(),
            families: Vec::new(),
            bare: Vec::new(),
            patterns: OnceLock::new(),
        };
        for (index, cause) in catalog.causes.iter().enumerate() {
            if cause.code.is_empty() {
                if cause.no_status
                    || cause.range.is_some()
                    || (cause.provider == Provider::Http && !cause.statuses.is_empty())
                {
                    catalog.bare.push(index);
                }
                continue;
            }
            let provider = cause.provider;
            let known = |groups: &[Group], spelt: &[Spelt]| {
                spelt
                    .iter()
                    .copied()
                    .find(|s| groups.get(s.group).is_some_and(|g| g.provider == provider))
            };
            let canonical = catalog.codes.get(text::fold_code(&cause.code).as_str());
            let found = canonical
                .and_then(|spelt| known(&catalog.groups, spelt))
                .filter(|spelt| spelt.same_code);
            let group = found.map_or(catalog.groups.len(), |spelt| spelt.group);
            if found.is_none() {
                let members = Vec::new();
                catalog.groups.push(Group {
                    provider,
                    members,
                    generic: index,
                    wrapper: false,
                    has_messages: false,
                });
            }
            if let Some(entry) = catalog.groups.get_mut(group) {
                let named = |id: usize| catalog.causes.get(id).is_some_and(|cause| cause.generic);
                if cause.generic && !named(entry.generic) {
                    entry.generic = index;
                }
                entry.members.push(index);
                entry.wrapper |= cause.wrapper;
                entry.has_messages |= !cause.messages.is_empty();
            }
            let covered = cause.covers.iter().map(|code| (&**code, false));
            for (spelling, same_code) in cause
                .all_spellings()
                .map(|code| (code, true))
                .chain(covered)
            {
                if spelling.contains('*') {
                    catalog
                        .families
                        .push((text::fold_code(spelling).into_boxed_str(), group));
                    continue;
                }
                let spelt = catalog
                    .codes
                    .entry(text::fold_code(spelling).into_boxed_str())
                    .or_default();
                // An own row that came earlier keeps its spelling.
                if known(&catalog.groups, spelt).is_none() {
                    spelt.push(Spelt { group, same_code });
                }
            }
        }
        catalog
    }

    /// The groups of this spelling, in the providers' order.
    fn find_codes(&self, code: &str) -> impl Iterator<Item = GroupRef<'_>> {
        let spelt = self
            .codes
            .get(text::fold_code(code).as_str())
            .map_or(&[][..], Vec::as_slice);
        spelt.iter().filter_map(|s| {
            Some(GroupRef {
                group: self.groups.get(s.group)?,
                exact: s.same_code,
            })
        })
    }

    /// The provider's wildcard that covers this code, the longest literal first.
    fn find_family(&self, provider: Provider, code: &str) -> Option<&Group> {
        let code = text::fold_code(code);
        let covers = |pattern: &str| {
            let literal = pattern.trim_matches('*');
            match (pattern.starts_with('*'), pattern.ends_with('*')) {
                (true, false) => code.ends_with(literal),
                (false, true) => code.starts_with(literal),
                _ => code.contains(literal),
            }
        };
        self.families
            .iter()
            .filter(|(pattern, _)| covers(pattern))
            .filter_map(|(pattern, id)| Some((pattern.len(), self.groups.get(*id)?)))
            .filter(|(_, group)| group.provider == provider)
            .max_by_key(|(literal_bytes, _)| *literal_bytes)
            .map(|(_, group)| group)
    }

    /// The cause of an index that this catalogue itself made.
    fn cause_at(&self, index: usize) -> &Cause {
        self.causes.get(index).unwrap_or(&shipped::CAUSES[0])
    }
}

#[cfg(test)]
mod own_tests;
#[cfg(test)]
mod tests;
