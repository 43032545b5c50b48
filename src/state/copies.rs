//! Copies: a log that is wholly the beginning of another one is there twice, because
//! rotation is copying or compressing it right now. It counts once.

use super::content::{Content, LineEnd};
use super::look::{Look, Plan};
use crate::limits::COPY_MIN_BYTES;
use crate::stable_hash::stable_hash;
use std::collections::BTreeMap;

/// A log whose new bytes are those of another one.
pub struct Copy {
    /// The other one, by index.
    pub of: usize,
    /// Where its last line ends; `None` if it is compressed and not complete.
    pub end: Option<LineEnd>,
}

/// Finds the copies among logs that are about to be read, by index.
pub fn find(looks: &[Look], zstd_window_log: Option<u32>) -> BTreeMap<usize, Copy> {
    let mut groups: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (at, look) in looks.iter().enumerate() {
        if let Some(head) = look.head.get(..COPY_MIN_BYTES)
            && look.file.is_some()
        {
            groups.entry(stable_hash(head)).or_default().push(at);
        }
    }
    let mut copies: BTreeMap<usize, Copy> = BTreeMap::new();
    for mut group in groups.into_values().filter(|group| group.len() > 1) {
        // Compressed ones first (they may be cut off), then the shorter ones.
        group.sort_by_key(|at| {
            looks
                .get(*at)
                .map(|look| (look.archive.is_none(), look.plain_size, *at))
        });
        for &at in &group {
            let Some(look) = looks.get(at) else {
                continue; // there is none: indexes are of this list
            };
            if !matches!(look.plan, Plan::Read { .. }) {
                continue; // nothing to read, so nothing to count twice
            }
            let others = group
                .iter()
                .filter(|other| **other != at && !copies.contains_key(other));
            let copy = others
                .filter_map(|other| Some((*other, looks.get(*other)?)))
                .find_map(|(of, other)| is_copy(look, of, other, zstd_window_log));
            if let Some(copy) = copy {
                copies.insert(at, copy);
            }
        }
    }
    copies
}

/// Whether all that is new in `look` stands at the same place in `other`.
fn is_copy(look: &Look, of: usize, other: &Look, zstd_window_log: Option<u32>) -> Option<Copy> {
    let Plan::Read { from, before, .. } = &look.plan else {
        return None;
    };
    if let Plan::Read { from: theirs, .. } = &other.plan
        && theirs < from
    {
        return None; // it would count anew what is known of this one; it may be the copy
    }
    if other.archive.is_none() && look.archive.is_none() && other.plain_size < look.plain_size {
        return None;
    }
    let open = |look: &Look| Content::open(&look.path, look.file.as_ref()?, zstd_window_log).ok();
    let (mut mine, mut theirs) = (open(look)?, open(other)?);
    if !mine.go_to(*from) || !theirs.go_to(*from) || mine.recent != theirs.recent {
        return None;
    }
    let before = if before.is_empty() {
        mine.recent.clone()
    } else {
        before.clone()
    };
    let mut end = LineEnd::new(*from, before);
    loop {
        let bytes = mine.next(u64::MAX);
        if bytes.is_empty() {
            break;
        }
        if theirs.next(bytes.len() as u64) != bytes {
            return None;
        }
        end.update(&bytes);
    }
    Some(Copy {
        of,
        end: mine.failed.is_none().then_some(end),
    })
}
