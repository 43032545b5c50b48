//! Looking on while lines are read for another purpose, so that nothing is read twice.

use super::reader::Reader;
use super::sink::{Record, Sink};
use crate::block::{Block, Consume};
use crate::fault::Fault;
use crate::line::join::Lane;
use crate::record::call::Call;
use crate::record::gist::Gist;

/// Makes observers, one for each worker.
pub trait Watch: Sync {
    /// For a worker.
    fn observer(&self) -> Box<dyn Observer + '_>;
}

/// What one worker reads, in the order it does. The methods named as those of [`Sink`]
/// and [`Consume`] tell the same.
pub trait Observer: Send {
    /// See [`Consume::segment_start`].
    fn segment_start(&mut self, input: usize, segment: u64);
    /// The records of a block come next.
    fn block_start(&mut self);
    /// See [`Sink::record`].
    fn record(&mut self, record: &Record<'_>);
    /// See [`Sink::no_record`].
    fn no_record(&mut self, text: &[u8], position: u64);
    /// See [`Sink::piece`].
    fn piece(&mut self, lane: Lane, is_open: Option<bool>, position: u64);
    /// The block that was read.
    fn block_end(&mut self, block: &Block<'_>);
    /// See [`Consume::skipped_line`].
    fn skipped_line(&mut self, byte_offset: u64, length_bytes: u64);
    /// See [`Consume::segment_end`].
    fn segment_end(&mut self, input: usize, segment: u64, is_last_of_input: bool);
    /// What is told from now on was left open by the inputs' ends.
    fn inputs_end(&mut self);
}

/// A sink that an observer looks on.
pub struct Tee<'s, S> {
    inner: S,
    observer: Option<Box<dyn Observer + 's>>,
}

impl<S: Sink> Sink for Tee<'_, S> {
    fn blank(&mut self) {
        self.inner.blank();
    }

    fn malformed(&mut self, fault: Fault) {
        self.inner.malformed(fault);
    }

    fn plain_text(&mut self) {
        self.inner.plain_text();
    }

    fn continued(&mut self, lines: u64) {
        self.inner.continued(lines);
    }

    #[inline]
    fn record(&mut self, record: &Record<'_>) {
        self.inner.record(record);
        if let Some(observer) = &mut self.observer {
            observer.record(record);
        }
    }

    fn takes_short_way(&self) -> bool {
        self.observer.is_none() && self.inner.takes_short_way()
    }

    #[inline(always)]
    fn success(&mut self, status: i16, call: Call<'_>, envelopes: u32) {
        self.inner.success(status, call, envelopes);
    }

    #[inline(always)]
    fn gist(&mut self, gist: Gist<'_>, envelopes: u32) -> bool {
        self.inner.gist(gist, envelopes)
    }

    fn hole(&mut self, bytes: u64) {
        self.inner.hole(bytes);
    }

    fn end(&mut self) {
        self.inner.end();
    }

    fn deferred(&mut self, lines: u64) {
        self.inner.deferred(lines);
    }

    fn no_record(&mut self, text: &[u8], input: usize, position: u64) {
        self.inner.no_record(text, input, position);
        if let Some(observer) = &mut self.observer {
            observer.no_record(text, position);
        }
    }

    fn piece(&mut self, lane: Lane, is_open: Option<bool>, position: u64) {
        self.inner.piece(lane, is_open, position);
        if let Some(observer) = &mut self.observer {
            observer.piece(lane, is_open, position);
        }
    }
}

/// A reader that an observer, if there is one, looks on.
pub struct Watched<'s, S> {
    reader: Reader<'s, Tee<'s, S>>,
}

impl<'s, S: Sink> Watched<'s, S> {
    /// `make` gives the reader for a sink.
    pub fn new(
        inner: S,
        watch: Option<&'s dyn Watch>,
        make: impl FnOnce(Tee<'s, S>) -> Reader<'s, Tee<'s, S>>,
    ) -> Self {
        let observer = watch.map(Watch::observer);
        Self {
            reader: make(Tee { inner, observer }),
        }
    }

    /// See [`Reader::finish_inputs`].
    pub fn finish_inputs(&mut self) {
        if let Some(observer) = &mut self.reader.sink.observer {
            observer.inputs_end();
        }
        self.reader.finish_inputs();
    }

    /// Ends the work of this reader; gives its sink.
    pub fn finish(self) -> S {
        self.reader.finish().inner
    }
}

impl<S: Sink> Consume for Watched<'_, S> {
    fn segment_start(&mut self, input: usize, segment: u64) {
        if let Some(observer) = &mut self.reader.sink.observer {
            observer.segment_start(input, segment);
        }
        self.reader.segment_start(input, segment);
    }

    fn block(&mut self, block: &Block<'_>) {
        if let Some(observer) = &mut self.reader.sink.observer {
            observer.block_start();
        }
        self.reader.block(block);
        if let Some(observer) = &mut self.reader.sink.observer {
            observer.block_end(block);
        }
    }

    fn skipped_line(&mut self, input: usize, segment: u64, byte_offset: u64, length_bytes: u64) {
        if let Some(observer) = &mut self.reader.sink.observer {
            observer.skipped_line(byte_offset, length_bytes);
        }
        self.reader
            .skipped_line(input, segment, byte_offset, length_bytes);
    }

    fn segment_end(&mut self, input: usize, segment: u64, is_last_of_input: bool) {
        self.reader.segment_end(input, segment, is_last_of_input);
        if let Some(observer) = &mut self.reader.sink.observer {
            observer.segment_end(input, segment, is_last_of_input);
        }
    }

    fn end(&mut self) {
        self.reader.end();
    }
}
