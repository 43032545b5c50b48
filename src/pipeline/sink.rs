//! What the reader hands on: every line told once, records with their facts.

use crate::fault::Fault;
use crate::line::join::Lane;
use crate::record::Facts;
use crate::record::call::Call;
use crate::record::gist::Gist;
use crate::scan::Hits;

/// What becomes of lines. Every line is told exactly once: as blank, malformed,
/// plain text, a record, or one of the later parts of one.
pub trait Sink: Send {
    /// A line of white space.
    fn blank(&mut self);
    /// A line that is no whole JSON object.
    fn malformed(&mut self, fault: Fault);
    /// Plain text inside a container's envelope.
    fn plain_text(&mut self);
    /// Later lines of a record that its envelope had split.
    fn continued(&mut self, lines: u64);
    /// A record.
    fn record(&mut self, record: &Record<'_>);
    /// Whether [`Self::success`] and [`Self::gist`] may be called instead of [`Self::record`].
    /// Decided once.
    fn takes_short_way(&self) -> bool {
        false
    }
    /// A record of a call that plainly succeeded: with a status, no code, and no wanted
    /// key repeated; and how many envelopes were taken off it.
    fn success(&mut self, _status: i16, _call: Call<'_>, _envelopes: u32) {}
    /// Any other record of which the gist is enough, with no wanted key repeated. `false`: it is told as [`Self::record`].
    fn gist(&mut self, _gist: Gist<'_>, _envelopes: u32) -> bool {
        false
    }
    /// Zero bytes were skipped before a line.
    fn hole(&mut self, bytes: u64);
    /// Told when this worker has nothing more to read; some last records may still come,
    /// which only all workers together can make whole.
    fn end(&mut self) {}
    /// The last call for this worker: lines that the fast scanner deferred.
    fn deferred(&mut self, lines: u64);
    /// The text of what is told as malformed or as plain text, free of envelopes; empty
    /// where it was too long to keep. Told before it. `position` as in [`Record`].
    fn no_record(&mut self, _text: &[u8], _input: usize, _position: u64) {}
    /// A line holds a piece of a record that may have been split; after it, a record is
    /// open in this lane (or may be), or none is, or that is as before.
    fn piece(&mut self, _lane: Lane, _is_open: Option<bool>, _position: u64) {}
}

/// A record, free of envelopes.
pub struct Record<'l> {
    /// Its JSON object.
    pub json: &'l [u8],
    /// The wanted values in it.
    pub hits: &'l Hits,
    /// What it states; the envelope's time and model fill what it lacks.
    pub facts: Facts<'l>,
    /// How many envelopes were taken off.
    pub envelopes: u32,
    /// Which input it came from.
    pub input: usize,
    /// Where its line stands in that input, in decompressed bytes; where it was split
    /// into several, the last of them.
    pub position: u64,
}
