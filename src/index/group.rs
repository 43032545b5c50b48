//! What stands in an index besides the tables: the directory, and a group's detail.

use super::mark::Mark;
use super::table::checksum;
use crate::input::Restart;
use crate::input::restart::Entry;
use serde::{Deserialize, Serialize};

/// At the start of every index.
pub(super) const MAGIC: &[u8; 8] = crate::input::INDEX_MAGIC;

/// At its end; a file cut off or torn has none.
pub(super) const END_MAGIC: &[u8; 8] = b"xdigolsd";

/// Counts changes of the format; another version's index is passed over.
pub(super) const VERSION: u32 = 2;

/// Version, directory's offset, length and checksum, checksum of these, end magic.
pub(super) const FOOTER_BYTES: usize = 4 + 8 + 8 + 4 + 4 + 8;

/// A part of an index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Section {
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) checksum: u32,
}

/// What a lookup reads first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Directory {
    /// See [`super::meaning`].
    pub(super) meaning: u64,
    /// The log.
    pub(super) mark: Mark,
    pub(super) salt: u64,
    pub(super) compressed: bool,
    /// The ids of all lines that start before are in the index; a line starts here, and
    /// no split record is open. In decompressed bytes.
    pub(super) covered: u64,
    /// The log ends there.
    pub(super) is_whole: bool,
    /// Lines before `covered`.
    pub(super) lines: u64,
    /// Blocks with lines too long to be read, ascending.
    pub(super) too_long: Vec<u64>,
    pub(super) groups: Vec<Group>,
}

/// A run of blocks with a table; groups follow each other without a gap.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Group {
    /// Where its part of the index starts: windows, then pages, then detail.
    pub(super) offset: u64,
    /// Of its first page.
    pub(super) pages_offset: u64,
    /// It has 2^this many pages.
    pub(super) page_bits: u8,
    /// The length of each.
    pub(super) page_lengths: Vec<u32>,
    /// Different ids, counted once a block.
    pub(super) entries: u64,
    /// Lines of the log before it.
    pub(super) lines_before: u64,
    /// Some block starts within a split record.
    pub(super) has_inner_starts: bool,
    /// Places where decoding may start.
    pub(super) restarts: u32,
    /// [`Detail`].
    pub(super) detail: Section,
}

/// What a lookup reads of groups that hold a wanted id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Detail {
    /// Lines of each block.
    pub(super) lines: Vec<u32>,
    /// For each block whether a record that its envelope split is, or may be, open where
    /// it starts: it is searched together with the block before.
    pub(super) inner_starts: Vec<bool>,
    /// Ascending.
    pub(super) restarts: Vec<Place>,
}

/// A place where decoding may start, as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) stored_offset: u64,
    pub(super) byte_offset: u64,
    pub(super) after_newline: bool,
    /// Within a deflate stream: see [`Entry::Deflate`].
    pub(super) deflate: Option<Deflate>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Deflate {
    pub(super) bits: u8,
    pub(super) bit_buffer: u8,
    /// The window's own length.
    pub(super) window_bytes: u32,
    /// The window, compressed.
    pub(super) window: Section,
}

/// A place on its way to the index, with its window compressed.
pub(super) struct NewPlace {
    pub(super) place: Place,
    pub(super) window: Vec<u8>,
}

impl NewPlace {
    pub(super) fn new(restart: Restart) -> Self {
        let (deflate, window) = match restart.entry {
            Entry::Member => (None, Vec::new()),
            Entry::Deflate {
                bits,
                bit_buffer,
                window,
            } => {
                // Only memory can fail here; a place without its window is of no use, and noticed.
                let packed = zstd::bulk::compress(&window, WINDOW_LEVEL).unwrap_or_default();
                let window_bytes = window.len() as u32;
                let deflate = Deflate {
                    bits,
                    bit_buffer,
                    window_bytes,
                    window: Section::default(),
                };
                (Some(deflate), packed)
            }
        };
        Self {
            place: Place {
                stored_offset: restart.stored_offset,
                byte_offset: restart.byte_offset,
                after_newline: restart.after_newline,
                deflate,
            },
            window,
        }
    }
}

/// Between speed and size: a window takes a tenth of a millisecond.
const WINDOW_LEVEL: i32 = 3;

impl Place {
    /// As the decoder wants it; `window` as stored. `None`: the window is damaged.
    pub(super) fn restart(&self, window: &[u8]) -> Option<Restart> {
        let entry = match &self.deflate {
            None => Entry::Member,
            Some(deflate) => {
                // Never more than deflate can refer back to.
                let length = (deflate.window_bytes as usize).min(32 << 10);
                let window = zstd::bulk::decompress(window, length).ok()?;
                (window.len() == length).then_some(Entry::Deflate {
                    bits: deflate.bits,
                    bit_buffer: deflate.bit_buffer,
                    window,
                })?
            }
        };
        Some(Restart {
            stored_offset: self.stored_offset,
            byte_offset: self.byte_offset,
            after_newline: self.after_newline,
            is_end: false,
            entry,
        })
    }
}

/// The end of an index whose directory stands in `section`.
pub(super) fn footer(section: Section) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(FOOTER_BYTES);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(section.offset.to_le_bytes());
    bytes.extend(section.length.to_le_bytes());
    bytes.extend(section.checksum.to_le_bytes());
    bytes.extend(checksum(&bytes).to_le_bytes());
    bytes.extend(END_MAGIC);
    bytes
}

/// Where the directory stands; `None`: not the end of an index of this version.
pub(super) fn directory_section(footer: &[u8; FOOTER_BYTES]) -> Option<Section> {
    let rest = footer.strip_suffix(END_MAGIC)?;
    let (rest, sum) = rest.split_last_chunk::<4>()?;
    if checksum(rest) != u32::from_le_bytes(*sum) {
        return None;
    }
    let (version, rest) = rest.split_first_chunk::<4>()?;
    let (offset, rest) = rest.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<8>()?;
    (u32::from_le_bytes(*version) == VERSION).then_some(Section {
        offset: u64::from_le_bytes(*offset),
        length: u64::from_le_bytes(*length),
        checksum: u32::from_le_bytes(rest.try_into().ok()?),
    })
}
