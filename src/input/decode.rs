//! Streams of stored bytes to streams of plain bytes: every member, everything that
//! was decodable before a fault, and the fault with its offset in the stored bytes.

use super::Opened;
use super::codec::Codec;
use super::restart::{Entry, Restart, Tracker};
use super::sniff::{self, Format};
use super::source::Buffered;
use super::step::{State, Trouble, skip};
use crate::fault::{Error, Result};
use crate::limits;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Plain bytes in sequence, whatever they are stored as.
pub struct Decoder {
    format: Format,
    source: Buffered,
    path: PathBuf,
    zstd_window_log: u32,
    codec: Option<Codec>,
    /// Inside a member, not between two.
    in_member: bool,
    /// The window the current zstd frame asks for, as a power of two.
    window_log: Option<u32>,
    /// The first bytes, looked at and not yet handed out.
    head: Option<Vec<u8>>,
    /// Found behind bytes that had to be handed out first.
    failed: Option<Error>,
    done: bool,
    /// Offset of the next byte to be decoded.
    byte_offset: u64,
    /// The byte decoded last, as far as known.
    last_byte: u8,
    tracker: Option<Tracker>,
    /// The place told last, or the start.
    last_restart: u64,
}

impl Decoder {
    /// `source` stands at the start of a member of `format`.
    pub(super) fn new(format: Format, source: Buffered, path: &Path) -> Self {
        Self {
            format,
            source,
            path: path.to_path_buf(),
            zstd_window_log: limits::ZSTD_WINDOW_LOG_MAX,
            codec: None,
            in_member: false,
            window_log: None,
            head: None,
            failed: None,
            done: false,
            byte_offset: 0,
            last_byte: b'\n',
            tracker: None,
            last_restart: 0,
        }
    }

    /// `source` stands at the first byte to read of `restart`.
    pub(super) fn resumed(format: Format, source: Buffered, path: &Path, restart: Restart) -> Self {
        let codec = Codec::resumed(restart.entry);
        Self {
            in_member: codec.is_some(),
            codec,
            head: Some(Vec::new()),
            byte_offset: restart.byte_offset,
            last_byte: if restart.after_newline { b'\n' } else { 0 },
            last_restart: restart.byte_offset,
            ..Self::new(format, source, path)
        }
    }

    /// From now on, tells where decoding may start again.
    pub(super) fn track(&mut self, tracker: Tracker) {
        self.tracker = Some(tracker);
    }

    /// Offset of the next byte to be decoded, in decompressed bytes.
    pub const fn byte_offset(&self) -> u64 {
        self.byte_offset
    }

    /// Whether a line begins there.
    pub const fn is_at_line_start(&self) -> bool {
        self.last_byte == b'\n'
    }

    /// A stream that cannot seek: its format comes from its first bytes. Waits for them.
    ///
    /// # Errors
    /// When reading fails, or the bytes are of a format that is not read at all.
    pub fn from_reader(reader: impl Read + Send + 'static, path: &Path) -> Result<Opened> {
        let mut source = Buffered::new(Box::new(reader), Vec::new());
        let prefix = source
            .fill_to(sniff::PREFIX_BYTES)
            .map_err(|e| Error::io(path, &e))?;
        if prefix.is_empty() {
            return Ok(Opened::Empty);
        }
        let format = sniff::format(prefix).map_err(|e| e.at(path))?;
        Ok(Opened::Stream(Box::new(Self::new(format, source, path))))
    }

    /// Accepts zstd windows of up to 2^`log` bytes instead of
    /// 2^[`limits::ZSTD_WINDOW_LOG_MAX`].
    pub fn set_zstd_window_log(&mut self, log: u32) {
        self.zstd_window_log = log;
    }

    /// How the bytes are stored.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Stored (compressed) bytes taken so far.
    pub const fn stored_bytes(&self) -> u64 {
        self.source.byte_offset
    }

    /// Decodes into `out`, which is not empty. 0 is the end.
    ///
    /// # Errors
    /// Once, after everything decodable was handed out: truncated, corrupt, or
    /// unreadable input, with the offset in the stored bytes. Then the stream has ended.
    pub fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        if self.format == Format::Plain {
            let at = self.source.byte_offset;
            return self
                .source
                .read_through(out)
                .map_err(|e| Error::io(&self.path, &e).offset(at));
        }
        if self.head.is_none() {
            self.look_at_head()?;
        }
        if let Some(head) = self.head.as_mut().filter(|head| !head.is_empty()) {
            let n = head.len().min(out.len());
            for (to, from) in out.iter_mut().zip(head.drain(..n)) {
                *to = from;
            }
            return Ok(n);
        }
        self.decode(out)
    }

    /// Decodes a few bytes ahead, to refuse UTF-16 and UTF-32 before any of it is handed out.
    fn look_at_head(&mut self) -> Result<()> {
        let mut head = Vec::new();
        let mut byte = [0];
        while head.len() < sniff::TEXT_BYTES {
            match self.decode(&mut byte) {
                Ok(0) => break,
                Ok(_) => head.extend_from_slice(&byte),
                Err(error) => {
                    self.failed = Some(error);
                    self.done = false;
                    break;
                }
            }
        }
        let text = sniff::text(&head);
        self.head = Some(Vec::new());
        if let Err(error) = text {
            self.done = true;
            return Err(error.at(&self.path));
        }
        self.head = Some(head);
        Ok(())
    }

    fn decode(&mut self, out: &mut [u8]) -> Result<usize> {
        loop {
            if let Some(error) = self.failed.take() {
                self.done = true;
                return Err(error);
            }
            if self.done {
                return Ok(0);
            }
            if !self.in_member {
                match self.next_member() {
                    Ok(true) => self.in_member = true,
                    Ok(false) => self.done = true,
                    Err(error) => self.failed = Some(error),
                }
                continue;
            }
            if self.is_restart_due()
                && let Some(entry) = self.codec.as_ref().and_then(Codec::entry)
            {
                self.tell_restart(entry, false);
            }
            let Some(codec) = &mut self.codec else {
                self.in_member = false;
                continue;
            };
            let (n, state) = codec.read(&mut self.source, out);
            self.byte_offset += n as u64;
            if let Some(last) = n.checked_sub(1).and_then(|at| out.get(at)) {
                self.last_byte = *last;
            }
            match state {
                State::More | State::Pause => {}
                State::End => self.in_member = false,
                State::Failed(trouble) => self.failed = Some(self.error(trouble)),
            }
            if n > 0 {
                return Ok(n);
            }
        }
    }

    fn is_restart_due(&self) -> bool {
        self.tracker.is_some()
            && self.byte_offset - self.last_restart >= limits::RESTART_SPACING_BYTES
    }

    fn tell_restart(&mut self, entry: Entry, is_end: bool) {
        self.last_restart = self.byte_offset;
        if let Some(tracker) = &self.tracker {
            tracker.tell(Restart {
                stored_offset: self.source.byte_offset,
                byte_offset: self.byte_offset,
                after_newline: self.is_at_line_start(),
                is_end,
                entry,
            });
        }
    }

    /// Goes to the next member. `false`: the input has ended, cleanly.
    fn next_member(&mut self) -> Result<bool> {
        loop {
            let is_first = self.codec.is_none();
            let filled = self.source.fill_to(sniff::PREFIX_BYTES);
            let bytes = match filled {
                Ok(bytes) => bytes,
                Err(error) => return Err(self.error(error.into())),
            };
            let Some(&first) = bytes.first() else {
                self.tell_restart(Entry::Member, true);
                return Ok(false);
            };
            let skippable =
                matches!(self.format, Format::Zstd | Format::Lz4) && sniff::is_skippable(bytes);
            if skippable {
                let length = bytes
                    .get(4..8)
                    .and_then(|b| b.first_chunk::<4>())
                    .map_or(u64::MAX, |b| u64::from(u32::from_le_bytes(*b)));
                let total = length.saturating_add(8);
                skip(&mut self.source, total).map_err(|t| self.error(t))?;
                continue;
            }
            let format = sniff::compressed(bytes);
            self.window_log = zstd_window_log(bytes);
            if format == Some(self.format) || (is_first && format.is_some()) {
                // Frames to skip may stand before either format that has them.
                self.format = format.unwrap_or(self.format);
                if self.is_restart_due() {
                    self.tell_restart(Entry::Member, false);
                }
                let tracked = self.tracker.is_some();
                let ready = match &mut self.codec {
                    Some(codec) => codec.next_member(),
                    none => Codec::new(self.format, self.zstd_window_log.clamp(10, 31), tracked)
                        .map(|codec| *none = Some(codec)),
                };
                return ready.map(|()| true).map_err(|t| self.error(t));
            }
            // Tapes pad with zeros, and some tools end everything with a line break.
            let padding = |b: &u8| matches!(b, 0 | b'\r' | b'\n');
            if padding(&first) {
                let run = bytes.iter().take_while(|b| padding(b)).count();
                self.source.advance(run);
                continue;
            }
            return Err(Error::new(format!(
                "data after the end of the {} stream is not {0}",
                self.format.as_str()
            ))
            .at(&self.path)
            .offset(self.source.byte_offset)
            .hint("what came before it was counted"));
        }
    }

    fn error(&self, trouble: Trouble) -> Error {
        let name = self.format.as_str();
        let error = match trouble {
            Trouble::Truncated => {
                Error::new(format!("truncated {name} data")).hint("cut off, or still being written")
            }
            Trouble::Corrupt(why) => Error::new(format!("corrupt {name} data, {why},"))
                .hint("what came before it was counted"),
            Trouble::Window => {
                let needed = self.window_log.unwrap_or(31);
                Error::new(format!(
                    "zstd data needs a window of 2^{needed} bytes, above the allowed 2^{}",
                    self.zstd_window_log
                ))
                .hint(format!("allow the memory with --zstd-window-log {needed}"))
            }
            Trouble::Memory => Error::new(format!(
                "{name} data needs more than {} MiB to decode",
                limits::XZ_MEMORY_BYTES >> 20
            ))
            .hint("pipe it in: xz -dc FILE | dslog analyze"),
            Trouble::Io(error) => Error::io(&self.path, &error),
        };
        error.at(&self.path).offset(self.source.byte_offset)
    }
}

/// The window that a zstd frame's header asks for, as a power of two, rounded up.
/// `None` for frames of a single segment, whose window is their content.
fn zstd_window_log(header: &[u8]) -> Option<u32> {
    match header {
        [_, _, _, _, descriptor, window, ..] if descriptor & 0b10_0000 == 0 => {
            let log = 10 + u32::from(window >> 3);
            // The low bits are eighths of it.
            Some(log + u32::from(window % 8 != 0))
        }
        _ => None,
    }
}
