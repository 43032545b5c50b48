//! One member (frame, stream) of a compressed input at a time, format by format.
//!
//! Everything decoded before a fault is handed out first; the crates' own readers
//! drop what one call had decoded when that same call met the fault.

use super::gzip::Gzip;
use super::restart::Entry;
use super::sniff::Format;
use super::source::Buffered;
use super::step::{State, Trouble, pump, step};
use crate::limits;
use std::io;

use lz4_flex::frame::FrameDecoder;
use zstd::stream::raw::{DParameter, Decoder as Zstd, InBuffer, Operation as _, OutBuffer};

/// A decoder for the members of one format, one after the other.
pub(super) enum Codec {
    Gzip(Box<Gzip>),
    Zstd(Zstd<'static>),
    Bzip2(bzip2::Decompress),
    Xz(liblzma::stream::Stream),
    Lz4(Box<Lz4>),
}

impl Codec {
    /// A decoder that stands at the start of a member.
    /// `tracked`: it is to tell where it may be re-entered, at some cost in speed.
    pub(super) fn new(
        format: Format,
        zstd_window_log: u32,
        tracked: bool,
    ) -> Result<Self, Trouble> {
        Ok(match format {
            Format::Gzip => Self::Gzip(Box::new(Gzip::new(tracked))),
            Format::Zstd => {
                let mut zstd = Zstd::new()?;
                zstd.set_parameter(DParameter::WindowLogMax(zstd_window_log))?;
                Self::Zstd(zstd)
            }
            Format::Bzip2 => Self::Bzip2(bzip2::Decompress::new(false)),
            Format::Xz => Self::Xz(xz_stream()?),
            Format::Lz4 => Self::Lz4(Box::default()),
            Format::Plain => return Err(Trouble::Corrupt("not compressed".to_owned())),
        })
    }

    /// A decoder that stands inside a member, where another one was.
    pub(super) fn resumed(entry: Entry) -> Option<Self> {
        match entry {
            Entry::Member => None,
            Entry::Deflate {
                bits,
                bit_buffer,
                window,
            } => Some(Self::Gzip(Box::new(Gzip::resumed(
                bits, bit_buffer, &window,
            )))),
        }
    }

    /// Where the decoder stands, if it can be re-entered here: all that it has decoded
    /// was read, and nothing of what follows was taken.
    pub(super) fn entry(&self) -> Option<Entry> {
        match self {
            Self::Gzip(gzip) => gzip.entry(),
            _ => None,
        }
    }

    /// Stands at the start of the next member.
    pub(super) fn next_member(&mut self) -> Result<(), Trouble> {
        match self {
            Self::Gzip(gzip) => gzip.restart(),
            Self::Zstd(zstd) => zstd.reinit()?,
            Self::Bzip2(bzip2) => *bzip2 = bzip2::Decompress::new(false),
            Self::Xz(xz) => *xz = xz_stream()?,
            // Goes from frame to frame by itself.
            Self::Lz4(_) => {}
        }
        Ok(())
    }

    /// Decodes into `out`: how many bytes, and how the member stands after them.
    pub(super) fn read(&mut self, source: &mut Buffered, out: &mut [u8]) -> (usize, State) {
        match self {
            Self::Gzip(gzip) => gzip.read(source, out),
            Self::Zstd(zstd) => pump(source, |input| {
                let (mut from, mut to) = (InBuffer::around(input), OutBuffer::around(&mut *out));
                let result = zstd.run(&mut from, &mut to);
                let state = match result {
                    Ok(0) => State::End,
                    Ok(_) => State::More,
                    Err(error) => State::Failed(zstd_trouble(&error)),
                };
                (from.pos(), to.pos(), state)
            }),
            Self::Bzip2(bzip2) => pump(source, |input| {
                let before = (bzip2.total_in(), bzip2.total_out());
                let state = match bzip2.decompress(input, out) {
                    Ok(bzip2::Status::StreamEnd) => State::End,
                    Ok(_) => State::More,
                    Err(error) => State::Failed(Trouble::Corrupt(error.to_string())),
                };
                step(before, (bzip2.total_in(), bzip2.total_out()), state)
            }),
            Self::Xz(xz) => pump(source, |input| {
                let before = (xz.total_in(), xz.total_out());
                let state = match xz.process(input, out, liblzma::stream::Action::Run) {
                    Ok(liblzma::stream::Status::StreamEnd) => State::End,
                    Ok(_) => State::More,
                    Err(error) => State::Failed(xz_trouble(error)),
                };
                step(before, (xz.total_in(), xz.total_out()), state)
            }),
            Self::Lz4(lz4) => lz4.read(source, out),
        }
    }
}

/// The library tells its errors apart by name only.
fn zstd_trouble(error: &io::Error) -> Trouble {
    let text = error.to_string();
    if text.contains("too much memory") {
        Trouble::Window
    } else {
        Trouble::Corrupt(text)
    }
}

fn xz_stream() -> Result<liblzma::stream::Stream, Trouble> {
    liblzma::stream::Stream::new_stream_decoder(limits::XZ_MEMORY_BYTES, 0).map_err(xz_trouble)
}

fn xz_trouble(error: liblzma::stream::Error) -> Trouble {
    use liblzma::stream::Error;
    match error {
        Error::MemLimit | Error::Mem => Trouble::Memory,
        error => Trouble::Corrupt(error.to_string()),
    }
}

/// The LZ4 crate owns its reader, so each read lends it the source.
#[derive(Default)]
pub(super) struct Lz4 {
    decoder: Option<FrameDecoder<Lent>>,
}

/// A source that is lent for the time of a read.
#[derive(Default)]
struct Lent(Option<Buffered>);

impl io::Read for Lent {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        self.0.as_mut().map_or(Ok(0), |source| source.read(space))
    }
}

impl Lz4 {
    fn read(&mut self, source: &mut Buffered, out: &mut [u8]) -> (usize, State) {
        let decoder = self
            .decoder
            .get_or_insert_with(|| FrameDecoder::new(Lent::default()));
        let empty = Buffered::new(Box::new(io::empty()), Vec::new());
        decoder.get_mut().0 = Some(std::mem::replace(source, empty));
        let result = io::Read::read(decoder, out);
        if let Some(lent) = decoder.get_mut().0.take() {
            *source = lent;
        }
        match result {
            // The crate takes a cut between two blocks for a frame's end; but at a real
            // end nobody has asked for more than there is.
            Ok(0) if source.hit_end => (0, State::Failed(Trouble::Truncated)),
            Ok(0) => (0, State::End),
            Ok(n) => (n, State::More),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                (0, State::Failed(Trouble::Truncated))
            }
            Err(error) if error.get_ref().is_some() => {
                (0, State::Failed(Trouble::Corrupt(error.to_string())))
            }
            Err(error) => (0, State::Failed(error.into())),
        }
    }
}
