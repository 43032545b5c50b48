//! The failing ids whose hashes have some bits in common.
//!
//! ```text
//! batches of the workers ─► waiting ─ many ─► table ─ over the cap ─► disk (`table.rs`)
//! ```
//! Failures wait, as they came, until there are several times as many as the table has ids: a
//! table that is looked at seldom, but then for thousands of ids, is in the cache for most of them.

use super::id::IdAgg;
use super::table::{Key, Table};
use super::top::Top;
use crate::fault::Result;
use crate::merge::Merge;
use crate::record::request_id::{Digits, RequestId};
use std::path::Path;

impl Key for RequestId {
    fn heap_bytes(&self) -> usize {
        match self {
            Self::Uuid(_) | Self::UpperUuid(_) => 0,
            Self::Text(text) => text.len(),
        }
    }
}

impl Key for Digits {
    fn heap_bytes(&self) -> usize {
        0
    }
}

/// So many times the ids of a table may wait for it: most failures have an id of their own, and
/// take no more room while they wait.
const PATIENCE: usize = 3;

/// Failures by their ids, in the order in which they came.
pub(super) type Failures<K> = Vec<(K, IdAgg)>;

/// Ids of one kind.
pub(super) struct Pile<K> {
    table: Table<K, IdAgg>,
    /// Not yet in the table.
    waiting: Vec<Failures<K>>,
    waiting_count: usize,
    waiting_bytes: usize,
}

impl<K: Key> Pile<K> {
    fn new(cap_bytes: usize) -> Self {
        Self {
            table: Table::new(cap_bytes),
            waiting: Vec::new(),
            waiting_count: 0,
            waiting_bytes: 0,
        }
    }

    fn take(&mut self, batch: Failures<K>) {
        let heap_bytes: usize = batch.iter().map(|(id, _)| id.heap_bytes()).sum();
        self.waiting_bytes += size_of_val(&*batch) + heap_bytes;
        self.waiting_count += batch.len();
        self.waiting.push(batch);
        if self.waiting_count >= PATIENCE * self.table.key_count() {
            self.settle();
        }
    }

    /// Counts what waits.
    fn settle(&mut self) {
        // As many again are likely to come.
        self.table.reserve(2 * self.waiting_count);
        for batch in self.waiting.drain(..) {
            self.table.absorb(batch, IdAgg::held_bytes);
        }
        (self.waiting_count, self.waiting_bytes) = (0, 0);
    }

    fn held_bytes(&self) -> usize {
        self.table.held_bytes() + self.waiting_bytes
    }
}

/// One of the shards.
pub(super) struct Shard {
    /// UUIDs in lower case: most ids are, and they take less room by themselves.
    uuids: Pile<Digits>,
    others: Pile<RequestId>,
    /// For both together.
    cap_bytes: usize,
    /// The ids with the most failures, if they are known.
    top: Option<Top>,
}

impl Shard {
    /// A shard that holds about `cap_bytes` in memory.
    pub fn new(cap_bytes: usize) -> Self {
        Self {
            uuids: Pile::new(cap_bytes),
            others: Pile::new(cap_bytes),
            cap_bytes,
            top: None,
        }
    }

    /// Takes in failures; `dir` is for what memory cannot hold.
    pub fn take<K: Id>(&mut self, batch: Failures<K>, dir: &Path) -> Result<()> {
        self.top = None;
        K::pile(self).take(batch);
        if self.is_full() {
            self.settle(dir)?;
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        let Self { uuids, others, .. } = self;
        uuids.held_bytes() + others.held_bytes() >= self.cap_bytes
            || uuids.table.is_full()
            || others.table.is_full()
    }

    /// Counts what waits.
    pub fn settle(&mut self, dir: &Path) -> Result<()> {
        self.uuids.settle();
        self.others.settle();
        if self.is_full() {
            self.uuids.table.spill(dir)?;
            self.others.table.spill(dir)?;
        }
        Ok(())
    }

    /// Looks for the `n` ids with the most failures, if all ids are in memory.
    pub fn rank(&mut self, n: usize) {
        if self.top.is_none() {
            let mut top = Top::new(n);
            self.top = self.offer_all(&mut top).then_some(top);
        }
    }

    /// Adds the ids with the most failures to those of other shards.
    pub fn add_to_top(&mut self, dir: &Path, top: &mut Top) -> Result<()> {
        self.settle(dir)?;
        if let Some(own) = self.top.take() {
            top.merge(own);
            return Ok(());
        }
        if self.offer_all(top) {
            return Ok(());
        }
        let uuids = std::mem::replace(&mut self.uuids, Pile::new(0)).table;
        uuids.for_each(|digits, counts| top.offer(&RequestId::Uuid(digits), &counts))?;
        let others = std::mem::replace(&mut self.others, Pile::new(0)).table;
        others.for_each(|id, counts| top.offer(&id, &counts))
    }

    /// Offers all ids. `false`: some wait, or are on disk, and nothing has happened.
    fn offer_all(&self, top: &mut Top) -> bool {
        let Self { uuids, others, .. } = self;
        if uuids.waiting_count + others.waiting_count > 0 {
            return false;
        }
        let (Some(uuids), Some(others)) = (uuids.table.in_memory(), others.table.in_memory())
        else {
            return false;
        };
        for (digits, counts) in uuids {
            top.offer(&RequestId::Uuid(*digits), counts);
        }
        for (id, counts) in others {
            top.offer(id, counts);
        }
        true
    }
}

/// What ids are kept as.
pub(super) trait Id: Key {
    /// Where a shard has them.
    fn pile(shard: &mut Shard) -> &mut Pile<Self>
    where
        Self: Sized;
}

impl Id for Digits {
    fn pile(shard: &mut Shard) -> &mut Pile<Self> {
        &mut shard.uuids
    }
}

impl Id for RequestId {
    fn pile(shard: &mut Shard) -> &mut Pile<Self> {
        &mut shard.others
    }
}
