//! Writes an index: group by group beside its final name, which it takes when complete.

use super::file::IndexFile;
use super::group::{Detail, Directory, Group, MAGIC, NewPlace, Section, footer};
use super::table::{checksum, encode};
use std::fs::Metadata;
use std::io::{self, BufWriter, Read as _, Seek as _, Write as _};
use std::path::Path;
use tempfile::NamedTempFile;

/// An index being written. Dropped, it leaves nothing.
pub(super) struct Writer {
    out: BufWriter<NamedTempFile>,
    /// Bytes written.
    at: u64,
    pub(super) groups: Vec<Group>,
    /// Lines of the groups written.
    lines: u64,
}

/// A group's content, on its way to the index.
#[derive(Default)]
pub(super) struct Content {
    /// Entries, in any order, any number of times.
    pub(super) entries: Vec<u64>,
    /// Lines of each block.
    pub(super) lines: Vec<u32>,
    /// See [`Detail::inner_starts`].
    pub(super) inner_starts: Vec<bool>,
    /// Places where decoding may start, ascending.
    pub(super) places: Vec<NewPlace>,
}

impl Writer {
    /// Starts an index that is to become `target`. It begins with the first `keep` groups
    /// of `old`.
    pub(super) fn create(target: &Path, old: Option<(&IndexFile, usize)>) -> io::Result<Self> {
        let directory = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let temporary = tempfile::Builder::new()
            .prefix(".dslog-")
            .suffix(".dslog-tmp")
            .rand_bytes(12)
            .tempfile_in(directory)?;
        let mut writer = Self {
            out: BufWriter::with_capacity(256 << 10, temporary),
            at: 0,
            groups: Vec::new(),
            lines: 0,
        };
        match old {
            Some((old, keep)) if keep > 0 => writer.keep(old, keep)?,
            _ => drop(writer.write(MAGIC)?),
        }
        Ok(writer)
    }

    fn keep(&mut self, old: &IndexFile, keep: usize) -> io::Result<()> {
        let (kept, rest) = old
            .directory
            .groups
            .split_at(keep.min(old.directory.groups.len()));
        // Group by group, so what follows them starts where the last one ends.
        let end = match (rest.first(), kept.last()) {
            (Some(next), _) => next.offset,
            (None, Some(last)) => last.detail.offset + last.detail.length,
            (None, None) => MAGIC.len() as u64,
        };
        let mut from = old.file.try_clone()?;
        from.seek(io::SeekFrom::Start(0))?;
        self.at = io::copy(&mut from.take(end), &mut self.out)?;
        if self.at != end {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.lines = rest
            .first()
            .map_or(old.directory.lines, |next| next.lines_before);
        self.groups = kept.to_vec();
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<Section> {
        let offset = self.at;
        self.out.write_all(bytes)?;
        self.at += bytes.len() as u64;
        Ok(Section {
            offset,
            length: bytes.len() as u64,
            checksum: checksum(bytes),
        })
    }

    /// Writes the next group.
    pub(super) fn group(&mut self, mut content: Content) -> io::Result<()> {
        let offset = self.at;
        let mut restarts = Vec::with_capacity(content.places.len());
        for NewPlace { mut place, window } in content.places {
            if let Some(deflate) = &mut place.deflate {
                deflate.window = self.write(&window)?;
            }
            restarts.push(place);
        }
        content.entries.sort_unstable();
        content.entries.dedup();
        let pages = encode(&content.entries);
        let pages_offset = self.write(&pages.bytes)?.offset;
        let lines: u64 = content.lines.iter().map(|n| u64::from(*n)).sum();
        let mut group = Group {
            offset,
            pages_offset,
            page_bits: pages.page_bits,
            page_lengths: pages.lengths,
            entries: content.entries.len() as u64,
            lines_before: self.lines,
            has_inner_starts: content.inner_starts.contains(&true),
            restarts: restarts.len() as u32,
            detail: Section::default(),
        };
        let detail = Detail {
            lines: content.lines,
            inner_starts: content.inner_starts,
            restarts,
        };
        let detail = postcard::to_stdvec(&detail).map_err(io::Error::other)?;
        group.detail = self.write(&detail)?;
        self.lines += lines;
        self.groups.push(group);
        Ok(())
    }

    /// Lines of all groups written.
    pub(super) const fn lines(&self) -> u64 {
        self.lines
    }

    /// Completes the index; it may be read by whom the log may be. Gives its size in bytes.
    pub(super) fn finish(
        mut self,
        directory: &Directory,
        target: &Path,
        log: &Metadata,
    ) -> io::Result<u64> {
        let bytes = postcard::to_stdvec(directory).map_err(io::Error::other)?;
        let section = self.write(&bytes)?;
        self.write(&footer(section))?;
        let temporary = self
            .out
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = log.permissions().mode() & 0o666 | 0o600;
            let mode = std::fs::Permissions::from_mode(mode);
            temporary.as_file().set_permissions(mode)?;
        }
        #[cfg(not(unix))]
        let _ = log;
        // Not flushed to disk: what a crash leaves is noticed, and then there is no index.
        temporary.persist(target).map_err(|error| error.error)?;
        Ok(self.at)
    }
}
