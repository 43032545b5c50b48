//! An index that was read: only the directory at first, then what a lookup needs.

use super::group::{
    Detail, Directory, FOOTER_BYTES, Group, MAGIC, Place, Section, directory_section,
};
use super::mark::read_exactly;
use super::table::{Page, checksum, has_pages, page_of, short};
use super::{GROUP_BYTES, block_of, salted};
use crate::input::Restart;
use crate::limits::{INDEX_BLOCK_BYTES, INDEX_GROUP_BLOCKS, MAX_INDEX_DIRECTORY_BYTES};
use std::fs::File;
use std::io;
use std::path::Path;

/// An index on disk.
pub(super) struct IndexFile {
    pub(super) file: File,
    pub(super) directory: Directory,
    /// Of the whole file.
    pub(super) size: u64,
}

/// Damage, or something that is no index.
fn damaged() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

impl IndexFile {
    /// Opens an index and reads its directory.
    ///
    /// # Errors
    /// Where there is none, or it is not whole, or of another version.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let size = metadata.len();
        let end = size
            .checked_sub(FOOTER_BYTES as u64)
            .filter(|end| metadata.is_file() && *end >= MAGIC.len() as u64)
            .ok_or_else(damaged)?;
        let mut footer = [0; FOOTER_BYTES];
        read_exactly(&file, &mut footer, end)?;
        let section = directory_section(&footer).ok_or_else(damaged)?;
        if section.length > MAX_INDEX_DIRECTORY_BYTES
            || section.offset.checked_add(section.length) != Some(end)
        {
            return Err(damaged());
        }
        let bytes = read(&file, section)?;
        let directory: Directory = postcard::from_bytes(&bytes).map_err(|_| damaged())?;
        let index = Self {
            file,
            directory,
            size,
        };
        // The groups must reach to where the index says it does.
        let blocks = index.directory.covered.div_ceil(INDEX_BLOCK_BYTES);
        let groups = &index.directory.groups;
        let reaches = groups.len() as u64 >= blocks.div_ceil(INDEX_GROUP_BLOCKS);
        if !reaches
            || !groups
                .iter()
                .all(|group| has_pages(group.page_bits, &group.page_lengths))
        {
            return Err(damaged());
        }
        Ok(index)
    }

    /// The blocks that may hold one of these ids (unsalted hashes), ascending.
    pub(super) fn blocks(&self, hashes: &[u64]) -> io::Result<Vec<u64>> {
        let salt = self.directory.salt;
        let mut wanted: Vec<u64> = hashes
            .iter()
            .map(|hash| short(salted(*hash, salt)))
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut blocks = Vec::new();
        for (number, group) in self.directory.groups.iter().enumerate() {
            let first = number as u64 * INDEX_GROUP_BLOCKS;
            let mut rest = wanted.as_slice();
            while let Some(next) = rest.first() {
                let page = page_of(*next, group.page_bits);
                let here = rest.partition_point(|short| page_of(*short, group.page_bits) == page);
                let (of_page, after) = rest.split_at(here.max(1));
                rest = after;
                let bytes = self.page(group, page)?;
                if bytes.is_empty() {
                    continue;
                }
                let page = Page::new(&bytes, page, group.page_bits).ok_or_else(damaged)?;
                for short in of_page {
                    blocks.extend(page.find(*short).map(|block| first + u64::from(block)));
                }
            }
        }
        blocks.sort_unstable();
        blocks.dedup();
        Ok(blocks)
    }

    fn page(&self, group: &Group, number: usize) -> io::Result<Vec<u8>> {
        let (before, at) = group
            .page_lengths
            .split_at_checked(number)
            .ok_or_else(damaged)?;
        let length = *at.first().ok_or_else(damaged)?;
        let before: u64 = before.iter().map(|n| u64::from(*n)).sum();
        let offset = group.pages_offset.checked_add(before).ok_or_else(damaged)?;
        self.bytes(offset, u64::from(length))
    }

    /// All entries of a group, ascending.
    pub(super) fn entries(&self, group: &Group) -> io::Result<Vec<u64>> {
        let mut entries = Vec::new();
        for number in 0..group.page_lengths.len() {
            let bytes = self.page(group, number)?;
            if !bytes.is_empty() {
                let page = Page::new(&bytes, number, group.page_bits).ok_or_else(damaged)?;
                entries.extend(page.entries());
            }
        }
        Ok(entries)
    }

    /// A group's detail.
    pub(super) fn detail(&self, group: &Group) -> io::Result<Detail> {
        let bytes = self.section(group.detail)?;
        let detail: Detail = postcard::from_bytes(&bytes).map_err(|_| damaged())?;
        if detail.lines.len() != detail.inner_starts.len()
            || detail.lines.len() as u64 > INDEX_GROUP_BLOCKS
        {
            return Err(damaged());
        }
        Ok(detail)
    }

    /// The last place from which the line that starts at, or next behind, an offset can
    /// be decoded. `None`: the log's start.
    pub(super) fn restart_before(&self, byte_offset: u64) -> io::Result<Option<Restart>> {
        let last = (byte_offset / GROUP_BYTES) as usize;
        let upto = self.directory.groups.len().min(last + 1);
        let groups = self.directory.groups.get(..upto).unwrap_or_default();
        for group in groups.iter().rev().filter(|group| group.restarts > 0) {
            let detail = self.detail(group)?;
            let fits = |place: &&Place| {
                place.byte_offset < byte_offset
                    || (place.byte_offset == byte_offset && place.after_newline)
            };
            if let Some(place) = detail.restarts.iter().rev().find(fits) {
                let window = match &place.deflate {
                    Some(deflate) => self.section(deflate.window)?,
                    None => Vec::new(),
                };
                return place.restart(&window).map(Some).ok_or_else(damaged);
            }
        }
        Ok(None)
    }

    /// Whether a block starts, or may start, within a split record.
    pub(super) fn is_inner_start(&self, block: u64) -> io::Result<bool> {
        let group = self
            .directory
            .groups
            .get((block / INDEX_GROUP_BLOCKS) as usize);
        let Some(group) = group.filter(|group| group.has_inner_starts) else {
            return Ok(false);
        };
        let detail = self.detail(group)?;
        let index = (block % INDEX_GROUP_BLOCKS) as usize;
        Ok(detail.inner_starts.get(index).copied().unwrap_or(false))
    }

    /// Lines of the log before those that start in a block.
    pub(super) fn lines_before(&self, block: u64) -> io::Result<u64> {
        let Some(group) = self
            .directory
            .groups
            .get((block / INDEX_GROUP_BLOCKS) as usize)
        else {
            return Ok(self.directory.lines);
        };
        let detail = self.detail(group)?;
        let inside = detail
            .lines
            .iter()
            .take((block % INDEX_GROUP_BLOCKS) as usize);
        let inside: u64 = inside.map(|n| u64::from(*n)).sum();
        Ok(group.lines_before.saturating_add(inside))
    }

    /// The block after the last one with indexed lines.
    pub(super) fn end_block(&self) -> u64 {
        match self.directory.covered {
            0 => 0,
            covered => block_of(covered - 1) + 1,
        }
    }

    pub(super) fn section(&self, section: Section) -> io::Result<Vec<u8>> {
        self.check(section.offset, section.length)?;
        read(&self.file, section)
    }

    fn bytes(&self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        self.check(offset, length)?;
        let mut bytes = vec![0; length as usize];
        read_exactly(&self.file, &mut bytes, offset)?;
        Ok(bytes)
    }

    fn check(&self, offset: u64, length: u64) -> io::Result<()> {
        let end = offset.checked_add(length);
        if end.is_some_and(|end| end <= self.size) {
            return Ok(());
        }
        Err(damaged())
    }
}

fn read(file: &File, section: Section) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; section.length as usize];
    read_exactly(file, &mut bytes, section.offset)?;
    if checksum(&bytes) != section.checksum {
        return Err(damaged());
    }
    Ok(bytes)
}
