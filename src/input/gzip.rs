//! A gzip member: header, deflate, checksum and length.

use super::inflate::Inflate;
use super::restart::Entry;
use super::source::Buffered;
use super::step::{State, Trouble, pump, skip, step, take_array};
use flate2::{Crc, Decompress, FlushDecompress};

/// A decoder of members, one after the other.
pub(super) struct Gzip {
    phase: Phase,
    inflater: Inflater,
    /// Of the member's data so far; `None` where its beginning was not seen.
    crc: Option<Crc>,
}

#[derive(PartialEq)]
enum Phase {
    Header,
    Body,
    Trailer,
}

enum Inflater {
    /// The fastest.
    Fast(Decompress),
    /// Can be left and re-entered between blocks.
    Reentrant(Inflate),
}

impl Gzip {
    /// Stands at the start of a member.
    pub(super) fn new(reentrant: bool) -> Self {
        let inflater = if reentrant {
            Inflater::Reentrant(Inflate::new())
        } else {
            Inflater::Fast(Decompress::new(false))
        };
        Self {
            phase: Phase::Header,
            inflater,
            crc: Some(Crc::new()),
        }
    }

    /// Stands inside a member, between two deflate blocks. The member's checksum cannot
    /// be checked.
    pub(super) fn resumed(bits: u8, bit_buffer: u8, window: &[u8]) -> Self {
        Self {
            phase: Phase::Body,
            inflater: Inflater::Reentrant(Inflate::resumed(bits, bit_buffer, window)),
            crc: None,
        }
    }

    pub(super) fn restart(&mut self) {
        self.phase = Phase::Header;
        match &mut self.inflater {
            Inflater::Fast(inflate) => inflate.reset(false),
            Inflater::Reentrant(inflate) => *inflate = Inflate::new(),
        }
        self.crc = Some(Crc::new());
    }

    /// Where it can be re-entered, if it can be here.
    pub(super) fn entry(&self) -> Option<Entry> {
        match &self.inflater {
            Inflater::Reentrant(inflate) if self.phase == Phase::Body => inflate.entry(),
            _ => None,
        }
    }

    pub(super) fn read(&mut self, source: &mut Buffered, out: &mut [u8]) -> (usize, State) {
        if self.phase == Phase::Header {
            if let Err(trouble) = header(source) {
                return (0, State::Failed(trouble));
            }
            self.phase = Phase::Body;
        }
        if self.phase == Phase::Body {
            let (produced, state) = match &mut self.inflater {
                Inflater::Fast(inflate) => pump(source, |input| fast(inflate, input, out)),
                Inflater::Reentrant(inflate) => {
                    pump(source, |input| inflate.decompress(input, out))
                }
            };
            if let Some(crc) = &mut self.crc {
                crc.update(out.get(..produced).unwrap_or_default());
            }
            match state {
                State::End => self.phase = Phase::Trailer,
                state => return (produced, state),
            }
            if produced > 0 {
                return (produced, State::More);
            }
        }
        match take_array(source) {
            Ok(trailer) => (0, self.check(trailer)),
            Err(trouble) => (0, State::Failed(trouble)),
        }
    }

    /// Checks the trailer: checksum and length, four bytes each, the least first.
    fn check(&self, trailer: [u8; 8]) -> State {
        let Some(crc) = &self.crc else {
            return State::End;
        };
        let trailer = u64::from_le_bytes(trailer);
        let sum = trailer as u32;
        let length = (trailer >> 32) as u32;
        if sum != crc.sum() {
            State::Failed(Trouble::Corrupt("checksum mismatch".to_owned()))
        } else if length != crc.amount() {
            State::Failed(Trouble::Corrupt("length mismatch".to_owned()))
        } else {
            State::End
        }
    }
}

fn fast(inflate: &mut Decompress, input: &[u8], out: &mut [u8]) -> (usize, usize, State) {
    let before = (inflate.total_in(), inflate.total_out());
    let state = match inflate.decompress(input, out, FlushDecompress::None) {
        Ok(flate2::Status::StreamEnd) => State::End,
        Ok(_) => State::More,
        Err(error) => State::Failed(Trouble::Corrupt(error.to_string())),
    };
    step(before, (inflate.total_in(), inflate.total_out()), state)
}

/// Takes a member's header, RFC 1952.
fn header(source: &mut Buffered) -> Result<(), Trouble> {
    let [magic_1, magic_2, method, flags, ..] = take_array::<10>(source)?;
    if (magic_1, magic_2) != (0x1f, 0x8b) || method != 8 {
        return Err(Trouble::Corrupt("not a gzip header".to_owned()));
    }
    if flags & 0b1110_0000 != 0 {
        return Err(Trouble::Corrupt("unknown header flags".to_owned()));
    }
    if flags & 0b100 != 0 {
        let extra = u16::from_le_bytes(take_array(source)?);
        skip(source, u64::from(extra))?;
    }
    // File name, then comment.
    for flag in [0b1000, 0b1_0000] {
        if flags & flag != 0 {
            loop {
                let bytes = source.fill()?;
                if bytes.is_empty() {
                    return Err(Trouble::Truncated);
                }
                if let Some(end) = memchr::memchr(0, bytes) {
                    source.advance(end + 1);
                    break;
                }
                let all = bytes.len();
                source.advance(all);
            }
        }
    }
    if flags & 0b10 != 0 {
        skip(source, 2)?;
    }
    Ok(())
}
