//! What is searched for.

use crate::fault::{Error, Result};
use crate::limits::MAX_WANTED_IDS;
use std::collections::HashSet;

/// How an id must match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Match {
    /// A request id of the line, whole.
    #[default]
    Id,
    /// The beginning of a request id of the line.
    Prefix,
    /// Any text of the line as it stands there, or a request id.
    Anywhere,
}

/// The wanted ids.
#[derive(Debug)]
pub struct Wanted {
    ids: Vec<Box<str>>,
    known: HashSet<Box<str>, foldhash::fast::RandomState>,
    how: Match,
}

impl Wanted {
    /// The wanted ids, each once.
    ///
    /// # Errors
    /// None at all, an empty one, or too many.
    pub fn new(ids: impl IntoIterator<Item = String>, how: Match) -> Result<Self> {
        let mut sorted: Vec<Box<str>> = ids.into_iter().map(Into::into).collect();
        sorted.sort_unstable();
        sorted.dedup();
        if how == Match::Prefix {
            // One that begins with another wanted one adds nothing; what is left is free
            // of prefixes of each other, so that a binary search finds the only one.
            sorted.dedup_by(|next, kept| next.starts_with(&**kept));
        }
        match sorted.first() {
            None => return Err(Error::new("no id to look for").hint("dslog grep ID… [PATH…]")),
            Some(first) if first.is_empty() => {
                return Err(Error::new("an empty id would match everything"));
            }
            Some(_) if sorted.len() > MAX_WANTED_IDS => {
                let what = format!("{} ids, more than {MAX_WANTED_IDS}", sorted.len());
                return Err(Error::new(what).hint("split the list"));
            }
            Some(_) => {}
        }
        Ok(Self {
            known: sorted.iter().cloned().collect(),
            ids: sorted,
            how,
        })
    }

    /// The ids, sorted.
    pub fn ids(&self) -> &[Box<str>] {
        &self.ids
    }

    /// How they must match.
    pub const fn how(&self) -> Match {
        self.how
    }

    /// The wanted id that this request id of a line is, or begins with.
    pub fn of_id(&self, id: &str) -> Option<&str> {
        if self.how == Match::Prefix {
            let after = self.ids.partition_point(|wanted| **wanted <= *id);
            let wanted = self.ids.get(after.checked_sub(1)?)?;
            return id.starts_with(&**wanted).then_some(wanted);
        }
        self.known.get(id).map(|id| &**id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(ids: &[&str], how: Match) -> Wanted {
        Wanted::new(ids.iter().map(|id| (*id).to_owned()), how).unwrap()
    }

    #[test]
    fn prefixes_are_found_whatever_else_is_wanted() {
        let set = wanted(&["ab", "abc", "b", "ba", "a-1", "中"], Match::Prefix);
        for (id, found) in [
            ("abc", Some("ab")),
            ("ab", Some("ab")),
            ("a", None),
            ("bz", Some("b")),
            ("a-12", Some("a-1")),
            ("中文", Some("中")),
            ("", None),
            ("zz", None),
        ] {
            assert_eq!(set.of_id(id), found, "{id}");
        }
    }

    #[test]
    fn nothing_and_emptiness_are_refused() {
        assert!(Wanted::new([], Match::Id).is_err());
        assert!(Wanted::new([String::new()], Match::Id).is_err());
        assert_eq!(wanted(&["a", "a"], Match::Id).ids().len(), 1);
    }
}
