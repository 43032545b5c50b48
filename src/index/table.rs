//! A group's ids: sorted hashes, each with a block, in pages that are read one at a time.
//!
//! An *entry* is a hash of [`INDEX_HASH_BITS`] bits above a block's number of 8. The
//! hash's first bits are the number of the page, the next 6 that of a bucket in it; the
//! page holds the buckets' counts and then, packed bit by bit, the rest of each entry.

use crate::limits::{INDEX_HASH_BITS, INDEX_PAGE_ENTRIES};
use flate2::Crc;

const BLOCK_BITS: u32 = 8;
const BUCKET_BITS: u32 = 6;
const BUCKETS: usize = 1 << BUCKET_BITS;
const MAX_PAGE_BITS: u32 = 16;
const CHECKSUM_BYTES: usize = 4;

/// An entry of a salted hash and a block's number within its group.
pub(super) const fn entry(hash: u64, block: u8) -> u64 {
    short(hash) << BLOCK_BITS | block as u64
}

/// The bits of a salted hash that entries keep.
pub(super) const fn short(hash: u64) -> u64 {
    hash >> (64 - INDEX_HASH_BITS)
}

/// A group's pages.
pub(super) struct Pages {
    /// All pages, one after the other.
    pub(super) bytes: Vec<u8>,
    /// There are 2^this many.
    pub(super) page_bits: u8,
    /// The length of each in bytes; 0 for one without entries.
    pub(super) lengths: Vec<u32>,
}

/// Writes entries, which are sorted and distinct.
pub(super) fn encode(entries: &[u64]) -> Pages {
    let mut page_bits = 0;
    while page_bits < MAX_PAGE_BITS && entries.len() >> page_bits > INDEX_PAGE_ENTRIES {
        page_bits += 1;
    }
    let shift = INDEX_HASH_BITS + BLOCK_BITS - page_bits;
    let mut pages = Pages {
        bytes: Vec::new(),
        page_bits: page_bits as u8,
        lengths: Vec::with_capacity(1 << page_bits),
    };
    let mut rest = entries;
    for page in 0..1_u64 << page_bits {
        let count = rest.partition_point(|entry| entry >> shift == page);
        let (of_page, after) = rest.split_at(count);
        rest = after;
        let start = pages.bytes.len();
        if !of_page.is_empty() {
            encode_page(of_page, shift - BUCKET_BITS, &mut pages.bytes);
        }
        pages.lengths.push((pages.bytes.len() - start) as u32);
    }
    pages
}

/// `width`: bits of an entry that neither page nor bucket tell.
fn encode_page(entries: &[u64], width: u32, bytes: &mut Vec<u8>) {
    let start = bytes.len();
    let mut counts = [0_u32; BUCKETS];
    for entry in entries {
        if let Some(count) = counts.get_mut((entry >> width) as usize % BUCKETS) {
            *count += 1;
        }
    }
    for mut count in counts {
        while count >= 0x80 {
            bytes.push(count as u8 | 0x80);
            count >>= 7;
        }
        bytes.push(count as u8);
    }
    let (mut held, mut held_bits) = (0_u64, 0);
    for entry in entries {
        held |= (entry & low_bits(width)) << held_bits;
        held_bits += width;
        while held_bits >= 8 {
            bytes.push(held as u8);
            held >>= 8;
            held_bits -= 8;
        }
    }
    if held_bits > 0 {
        bytes.push(held as u8);
    }
    let sum = checksum(bytes.get(start..).unwrap_or_default());
    bytes.extend(sum.to_le_bytes());
}

const fn low_bits(count: u32) -> u64 {
    (1 << count) - 1
}

/// The checksum of every part of an index.
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// The number of the page that holds a short hash.
pub(super) const fn page_of(short: u64, page_bits: u8) -> usize {
    (short >> (INDEX_HASH_BITS - page_bits as u32)) as usize
}

/// Whether these can be a table's pages.
pub(super) fn has_pages(page_bits: u8, lengths: &[u32]) -> bool {
    u32::from(page_bits) <= MAX_PAGE_BITS && lengths.len() == 1 << page_bits
}

/// A page that was read, its checksum checked.
pub(super) struct Page<'a> {
    counts: [u32; BUCKETS],
    packed: &'a [u8],
    width: u32,
    /// What its entries have in common.
    prefix: u64,
}

impl<'a> Page<'a> {
    /// `None`: these bytes are not page `number` of a table with 2^`page_bits` of them.
    pub(super) fn new(bytes: &'a [u8], number: usize, page_bits: u8) -> Option<Self> {
        let bits = u32::from(page_bits);
        if bits > MAX_PAGE_BITS {
            return None;
        }
        let (content, sum) = bytes.split_last_chunk::<CHECKSUM_BYTES>()?;
        if checksum(content) != u32::from_le_bytes(*sum) {
            return None;
        }
        let mut counts = [0_u32; BUCKETS];
        let mut rest = content.iter();
        let mut total = 0_u64;
        for count in &mut counts {
            let mut shift = 0;
            loop {
                let byte = *rest.next()?;
                *count |= u32::from(byte & 0x7f).checked_shl(shift)?;
                shift += 7;
                if byte < 0x80 {
                    break;
                }
            }
            total += u64::from(*count);
        }
        let width = INDEX_HASH_BITS + BLOCK_BITS - bits - BUCKET_BITS;
        let packed = rest.as_slice();
        (packed.len() as u64 == (total * u64::from(width)).div_ceil(8)).then_some(Self {
            counts,
            packed,
            width,
            prefix: (number as u64) << (BUCKET_BITS + width),
        })
    }

    /// The entry's bits at an index, without those that page and bucket tell.
    fn bits(&self, index: u64) -> u64 {
        let bit = index * u64::from(self.width);
        let from = (bit / 8) as usize;
        let mut word = [0; 8];
        let bytes = self.packed.get(from..).unwrap_or_default();
        for (to, byte) in word.iter_mut().zip(bytes) {
            *to = *byte;
        }
        u64::from_le_bytes(word) >> (bit % 8) & low_bits(self.width)
    }

    /// All entries, ascending.
    pub(super) fn entries(&self) -> impl Iterator<Item = u64> {
        let mut index = 0;
        self.counts
            .iter()
            .enumerate()
            .flat_map(move |(bucket, count)| {
                let first = index;
                index += u64::from(*count);
                let prefix = self.prefix | (bucket as u64) << self.width;
                (first..index).map(move |index| prefix | self.bits(index))
            })
    }

    /// The blocks of a short hash, as numbers in the group.
    pub(super) fn find(&self, short: u64) -> impl Iterator<Item = u8> {
        let rest_bits = self.width - BLOCK_BITS;
        let bucket = (short >> rest_bits) as usize % BUCKETS;
        let before: u64 = self.counts.iter().take(bucket).map(|n| u64::from(*n)).sum();
        let count = self.counts.get(bucket).copied().unwrap_or(0);
        let wanted = short & low_bits(rest_bits);
        (before..before + u64::from(count))
            .map(|index| self.bits(index))
            .filter(move |bits| bits >> BLOCK_BITS == wanted)
            .map(|bits| bits as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All entries and, for each hash, its blocks, as read back.
    fn read(pages: &Pages) -> Vec<u64> {
        let mut all = Vec::new();
        let mut at = 0;
        for (number, length) in pages.lengths.iter().enumerate() {
            let bytes = &pages.bytes[at..at + *length as usize];
            at += *length as usize;
            if bytes.is_empty() {
                continue;
            }
            all.extend(Page::new(bytes, number, pages.page_bits).unwrap().entries());
        }
        all
    }

    fn find(pages: &Pages, hash: u64) -> Vec<u8> {
        let number = page_of(short(hash), pages.page_bits);
        let at: usize = pages.lengths[..number].iter().map(|n| *n as usize).sum();
        let bytes = &pages.bytes[at..at + pages.lengths[number] as usize];
        if bytes.is_empty() {
            return Vec::new();
        }
        let page = Page::new(bytes, number, pages.page_bits).unwrap();
        page.find(short(hash)).collect()
    }

    proptest! {
        #[test]
        fn what_was_put_in_is_found(
            mut seen in prop::collection::vec((any::<u64>(), any::<u8>()), 0..5000),
            often in any::<u64>(),
        ) {
            seen.extend((0..=255).map(|block| (often, block)));
            let mut entries: Vec<u64> = seen.iter().map(|(hash, block)| entry(*hash, *block)).collect();
            entries.sort_unstable();
            entries.dedup();
            let pages = encode(&entries);
            prop_assert_eq!(read(&pages), entries);
            for (hash, block) in &seen {
                prop_assert!(find(&pages, *hash).contains(block));
            }
        }

        #[test]
        fn a_flipped_bit_is_noticed(seen in prop::collection::vec(any::<u64>(), 1..300), at in any::<prop::sample::Index>(), bit in 0..8_u32) {
            let mut entries: Vec<u64> = seen.iter().map(|hash| entry(*hash, 7)).collect();
            entries.sort_unstable();
            entries.dedup();
            let mut pages = encode(&entries);
            let at = at.index(pages.bytes.len());
            pages.bytes[at] ^= 1_u8 << bit;
            prop_assert!(Page::new(&pages.bytes, 0, 0).is_none());
        }
    }

    #[test]
    fn an_entry_costs_some_three_bytes() {
        let entries: Vec<u64> = (0..130_000_u64)
            .map(|n| entry(crate::stable_hash::stable_hash(&n.to_le_bytes()), n as u8))
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        let pages = encode(&entries);
        assert!(
            pages.bytes.len() < entries.len() * 32 / 10,
            "{}",
            pages.bytes.len()
        );
        // And few of those that are not there seem to be.
        let wrong = (0..100_000_u64)
            .filter(|n| {
                !find(
                    &pages,
                    crate::stable_hash::stable_hash(&(n + 1_000_000).to_le_bytes()),
                )
                .is_empty()
            })
            .count();
        assert!(wrong < 40, "{wrong} of 100000");
    }
}
