//! Several sorted runs as one.

use super::run::{Run, RunReader};
use crate::fault::Result;
use crate::merge::Merge;
use serde::de::DeserializeOwned;

/// Entries of several sorted runs, merged: ascending, each key once.
pub struct Merged<K, V> {
    sources: Vec<Source<K, V>>,
}

/// One sorted run and its next entry.
struct Source<K, V> {
    next: Option<(K, V)>,
    rest: Rest<K, V>,
}

enum Rest<K, V> {
    Disk(RunReader),
    Memory(std::vec::IntoIter<(K, V)>),
}

impl<K: Ord + Clone + DeserializeOwned, V: Merge + DeserializeOwned> Merged<K, V> {
    /// Runs on disk, and one in memory.
    ///
    /// # Errors
    /// If a run cannot be read back.
    pub fn new(runs: Vec<Run>, memory: Vec<(K, V)>) -> Result<Self> {
        let mut sources = Vec::with_capacity(runs.len() + 1);
        for run in runs {
            sources.push(Source {
                next: None,
                rest: Rest::Disk(run.reader()),
            });
        }
        sources.push(Source {
            next: None,
            rest: Rest::Memory(memory.into_iter()),
        });
        for source in &mut sources {
            source.advance()?;
        }
        Ok(Self { sources })
    }

    /// The next entry.
    ///
    /// # Errors
    /// If a run cannot be read back.
    pub fn next_entry(&mut self) -> Result<Option<(K, V)>> {
        // Few sources (at most MAX_RUNS and one): a linear search is as good as a heap.
        let least = self
            .sources
            .iter()
            .filter_map(|source| source.next.as_ref())
            .map(|(key, _)| key)
            .min();
        let Some(least) = least.cloned() else {
            return Ok(None);
        };
        let mut whole: Option<V> = None;
        for source in &mut self.sources {
            while source.next.as_ref().is_some_and(|(key, _)| *key == least) {
                if let Some((_, part)) = source.advance()? {
                    match &mut whole {
                        Some(whole) => whole.merge(part),
                        None => whole = Some(part),
                    }
                }
            }
        }
        Ok(whole.map(|value| (least, value)))
    }
}

impl<K: DeserializeOwned, V: DeserializeOwned> Source<K, V> {
    /// Moves on; gives what was next.
    fn advance(&mut self) -> Result<Option<(K, V)>> {
        let next = match &mut self.rest {
            Rest::Disk(reader) => reader.pop()?,
            Rest::Memory(entries) => entries.next(),
        };
        Ok(std::mem::replace(&mut self.next, next))
    }
}
