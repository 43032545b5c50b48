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
mod inner;
mod nearest;
mod providers;
mod schema;
mod text;
mod words;

pub use cause::{Cause, Pattern};
pub use classify::{Evidence, Verdict};
pub use words::{Kind, Provider, Retry, Who};

use crate::fault::{Error, Result};
use crate::limits::MAX_CATALOGUE_BYTES;
use classify::Patterns;
use hashbrown::HashMap;
use std::borrow::Cow;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

/// The shipped rows, compiled in by `build.rs`.
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
    /// Rows of one code, under every folded spelling of it; one entry per provider.
    codes: HashMap<Box<str>, Vec<usize>, foldhash::fast::RandomState>,
    groups: Vec<Group>,
    /// Groups whose code is a wildcard.
    families: Vec<usize>,
    /// Rows that have messages but no code.
    uncoded: Vec<usize>,
    /// Rows that explain bare statuses.
    bare: Vec<usize>,
    /// Built on first use: most failures have a code.
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
}

/// A code found.
struct GroupRef<'c> {
    group: &'c Group,
    /// False: found through a wildcard, so the code stays as written.
    exact: bool,
}

impl Catalog {
    /// The catalogue that the program ships with.
    pub fn shipped() -> &'static Self {
        static SHIPPED: OnceLock<Catalog> = OnceLock::new();
        SHIPPED.get_or_init(|| Self::index(Cow::Borrowed(&shipped::CAUSES), Cow::Borrowed(shipped::VERSION)))
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
        file.take(MAX_CATALOGUE_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
        if bytes.len() as u64 > MAX_CATALOGUE_BYTES {
            let what = format!("more than {} MiB, which is no catalogue", MAX_CATALOGUE_BYTES >> 20);
            return Err(Error::new(what).at(path));
        }
        let source = std::str::from_utf8(&bytes)
            .map_err(|error| Error::new("not UTF-8").at(path).offset(error.valid_up_to() as u64))?;
        Self::with_source(source).map_err(|what| {
            Error::new(what).at(path).hint("a [[cause]] needs id, kind, retry, who, en and zh with meaning and advice")
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
        Ok(Self::index(Cow::Owned(causes), Cow::Owned(format!("{}+{hash:08x}", shipped::VERSION))))
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

    /// Every row of the codes spelt like this, by provider.
    pub fn rows_of_code(&self, code: &str) -> Vec<&Cause> {
        self.find_codes(code.trim()).flat_map(|group| &group.members).map(|&index| self.cause_at(index)).collect()
    }

    fn index(causes: Cow<'static, [Cause]>, version: Cow<'static, str>) -> Self {
        let mut catalog = Self {
            causes,
            version,
            codes: HashMap::default(),
            groups: Vec::new(),
            families: Vec::new(),
            uncoded: Vec::new(),
            bare: Vec::new(),
            patterns: OnceLock::new(),
        };
        for (index, cause) in catalog.causes.iter().enumerate() {
            if cause.code.is_empty() {
                if !cause.messages.is_empty() {
                    catalog.uncoded.push(index);
                }
                if cause.no_status || cause.range.is_some() || (cause.provider == Provider::Http && !cause.statuses.is_empty()) {
                    catalog.bare.push(index);
                }
                continue;
            }
            let of_provider = |groups: &[Group], ids: &[usize]| {
                ids.iter().copied().find(|&id| groups.get(id).is_some_and(|g| g.provider == cause.provider))
            };
            let canonical = catalog.codes.get(text::fold_code(&cause.code).as_str());
            let group = match canonical.and_then(|ids| of_provider(&catalog.groups, ids)) {
                Some(group) => group,
                None => {
                    let provider = cause.provider;
                    catalog.groups.push(Group { provider, members: Vec::new(), generic: index, wrapper: false });
                    catalog.groups.len() - 1
                }
            };
            if let Some(entry) = catalog.groups.get_mut(group) {
                let named = |id: usize| catalog.causes.get(id).is_some_and(|cause| cause.generic);
                if cause.generic && !named(entry.generic) {
                    entry.generic = index;
                }
                entry.members.push(index);
                entry.wrapper |= cause.wrapper;
            }
            if cause.is_family() && !catalog.families.contains(&group) {
                catalog.families.push(group);
            }
            for spelling in cause.all_spellings() {
                let ids = catalog.codes.entry(text::fold_code(spelling).into_boxed_str()).or_default();
                // An own row that came earlier keeps its spelling.
                if of_provider(&catalog.groups, ids).is_none() {
                    ids.push(group);
                }
            }
        }
        catalog
    }

    /// The groups of this spelling, in the providers' order.
    fn find_codes(&self, code: &str) -> impl Iterator<Item = &Group> {
        let ids = self.codes.get(text::fold_code(code).as_str()).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|&id| self.groups.get(id))
    }

    /// The provider's wildcard code that covers this one, the longest literal first.
    fn find_family(&self, provider: Provider, code: &str) -> Option<&Group> {
        let code = text::fold_code(code);
        let covers = |pattern: &str| -> Option<usize> {
            let literal = text::fold_code(pattern.trim_matches('*'));
            let fits = match (pattern.starts_with('*'), pattern.ends_with('*')) {
                (true, false) => code.ends_with(&literal),
                (false, true) => code.starts_with(&literal),
                (true, true) => code.contains(&literal),
                (false, false) => false,
            };
            fits.then_some(literal.len())
        };
        let groups = self.families.iter().filter_map(|&id| self.groups.get(id)).filter(|g| g.provider == provider);
        groups
            .filter_map(|group| {
                let spellings = group.members.iter().flat_map(|&index| self.cause_at(index).all_spellings());
                Some((spellings.filter_map(covers).max()?, group))
            })
            .max_by_key(|(literal_bytes, _)| *literal_bytes)
            .map(|(_, group)| group)
    }

    /// The cause of an index that this catalogue itself made.
    fn cause_at(&self, index: usize) -> &Cause {
        self.causes.get(index).unwrap_or(&shipped::CAUSES[0])
    }
}

#[cfg(test)]
mod tests;
