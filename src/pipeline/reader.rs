//! Blocks → records: cuts lines, takes envelopes off, scans, and hands each record
//! with its facts to a [`Sink`].

mod envelopes;

use super::short_way::{Opening, ShortWay};
use super::sink::{Record, Sink};
use super::stitch::{LineCount, Resume, Shared};
use super::wrapper::{Outer, Wrappers};
use crate::block::{Block, Consume};
use crate::fault::Fault;
use crate::limits::{MAX_LINE_BYTES, MAX_UNWRAP_DEPTH};
use crate::line;
use crate::line::join::{Lane, Piece, Seam};
use crate::record::brief::Plans;
use crate::record::gist::Gists;
use crate::record::time::Clocks;
use crate::record::{Facts, look};
use crate::scan::Hits;
use crate::scan::engine::Engine;
use crate::scan::schema::Schema;
use std::collections::BTreeMap;

/// Buffers for one level of envelope.
#[derive(Default)]
struct Level {
    hits: Hits,
    text: Vec<u8>,
}

/// One worker's reader.
pub struct Reader<'s, S> {
    schema: &'s Schema,
    shared: &'s Shared,
    engine: Engine<'s>,
    plans: Plans<'s>,
    gists: Gists<'s>,
    wrappers: Wrappers<'s>,
    clocks: Clocks,
    levels: Vec<Level>,
    seam: Seam,
    input: usize,
    position: u64,
    count: LineCount,
    resume: Option<&'s Resume>,
    /// Takes the records.
    pub sink: S,
}

impl<'s, S: Sink> Reader<'s, S> {
    /// A reader that feeds `sink`.
    pub fn new(schema: &'s Schema, shared: &'s Shared, engine: Engine<'s>, sink: S) -> Self {
        let levels = (0..=MAX_UNWRAP_DEPTH).map(|_| Level::default()).collect();
        Self {
            schema,
            shared,
            engine,
            plans: Plans::new(schema),
            gists: Gists::new(schema),
            wrappers: Wrappers::new(schema),
            clocks: Clocks::default(),
            levels,
            seam: Seam::default(),
            input: 0,
            position: 0,
            count: LineCount::default(),
            resume: None,
            sink,
        }
    }

    /// Reads a block as an input of its own: lines that stand together in a log, looked
    /// at by themselves.
    pub fn alone(&mut self, block: &Block<'_>) {
        self.seam = Seam::at_start();
        self.block(block);
        for (_, piece) in std::mem::take(&mut self.seam).finish() {
            self.rejoined(piece);
        }
    }

    /// The piece that a line is, if Docker or CRI may have split its record there. The
    /// sink is told of a line that is none.
    pub fn piece(&mut self, line: &Block<'_>) -> Option<(Lane, Piece)> {
        self.seam = Seam::default();
        self.block(line);
        std::mem::take(&mut self.seam).take_undecided()
    }

    /// Ends the work of this reader; gives its sink.
    pub fn finish(mut self) -> S {
        self.sink.deferred(self.engine.deferred);
        self.sink
    }

    fn malformed(&mut self, text: &[u8], fault: Fault) {
        self.count.malformed += 1;
        self.sink.no_record(text, self.input, self.position);
        self.sink.malformed(fault);
    }

    /// A line of a block, without its `\n`. `torn`: it is the input's last and lacks one.
    fn line(&mut self, block: &[u8], range: std::ops::Range<usize>, first: bool, torn: bool) {
        self.count.lines += 1;
        let whole = block.get(range.clone()).unwrap_or_default();
        let mut line = whole;
        if first {
            line = line::without_bom(line);
        }
        if line.first() == Some(&0) {
            let hole;
            (line, hole) = line::without_hole(line);
            self.sink.hole(hole);
        }
        match line.first() {
            Some(b'{') => {}
            _ if line::is_blank(line) => return self.sink.blank(),
            Some(b'0'..=b'9') => {
                if let Some(cri) = line::cri(line) {
                    let text = range.end - cri.text.len()..range.end;
                    return self.cri(&cri, block, text);
                }
            }
            _ => {}
        }
        let mut level = self.take_level(0);
        let range = range.start + (whole.len() - line.len())..range.end;
        match self.engine.scan_line(block, range, &mut level.hits) {
            Ok(()) => self.object(line, &level.hits, Outer::default()),
            Err(Fault::BadJson) if torn => self.malformed(line, Fault::TornTail),
            Err(fault) => self.malformed(line, fault),
        }
        self.put_level(0, level);
    }

    /// A whole object: an envelope, or a record.
    fn object(&mut self, json: &[u8], hits: &Hits, outer: Outer<'_>) {
        let mut facts = look(self.schema, &mut self.clocks, json, &hits.list);
        facts.time_ms = facts.time_ms.or(outer.time_ms);
        if outer.envelopes < MAX_UNWRAP_DEPTH as u32
            && facts.status.is_none()
            && facts.code.is_none()
            && facts.code_as_status.is_none()
            && self.envelope(json, hits, &facts, outer)
        {
            return;
        }
        // The two models may stand in different buffers: a record borrows the shorter time.
        let model = facts.model.or(outer.model);
        let (input, position, envelopes) = (self.input, self.position, outer.envelopes);
        let facts = Facts { model, ..facts };
        self.sink.record(&Record {
            json,
            hits,
            facts,
            envelopes,
            input,
            position,
        });
    }

    fn take_level(&mut self, depth: usize) -> Level {
        self.levels
            .get_mut(depth)
            .map(std::mem::take)
            .unwrap_or_default()
    }

    fn put_level(&mut self, depth: usize, level: Level) {
        if let Some(slot) = self.levels.get_mut(depth) {
            *slot = level;
        }
    }

    /// Hands the segment's seam over, and reads what is in order now.
    fn stitch(&mut self, segment: u64) {
        let seam = std::mem::take(&mut self.seam);
        let count = std::mem::take(&mut self.count);
        let ready = self.shared.stitch((self.input, segment), count, seam);
        if ready.is_empty() {
            return;
        }
        for piece in ready {
            self.rejoined(piece);
        }
        let count = std::mem::take(&mut self.count);
        self.shared.add(self.input, count);
    }

    /// Counts what is still open in any input, once all segments are done.
    pub fn finish_inputs(&mut self) {
        self.finish_or_hold(|_| false);
    }

    /// As [`Self::finish_inputs`], but in inputs (by index) that `hold` says will go on,
    /// lines that wait for the rest of their records are not counted at all: gives where
    /// they start.
    pub fn finish_or_hold(&mut self, hold: impl Fn(usize) -> bool) -> BTreeMap<usize, Vec<u64>> {
        let left = self.shared.finish(hold);
        for (input, piece) in left.pieces {
            self.input = input;
            self.rejoined(piece);
            let malformed = std::mem::take(&mut self.count).malformed;
            // The lines were counted with their segments.
            self.shared.add(
                input,
                LineCount {
                    lines: 0,
                    malformed,
                },
            );
        }
        left.held
    }
}

impl<S: Sink> Consume for Reader<'_, S> {
    fn segment_start(&mut self, input: usize, segment: u64) {
        self.input = input;
        self.resume = self.shared.resume(input);
        self.seam = if segment == 0 {
            Seam::at_start()
        } else {
            Seam::default()
        };
    }

    fn block(&mut self, block: &Block<'_>) {
        let bytes = block.bytes();
        let torn = block.last && !bytes.ends_with(b"\n");
        let mut first = block.first;
        // Where lines were counted before, each is looked at.
        let counted_before = self
            .resume
            .is_some_and(|r| block.byte_offset < r.counted_to);
        let takes_short_way = !counted_before && self.sink.takes_short_way();
        self.engine.begin();
        loop {
            // A block's first line may begin with what is no part of it.
            let next = if takes_short_way && !first {
                let mut short_way = ShortWay::<S, false> {
                    plans: &mut self.plans,
                    gists: &mut self.gists,
                    sink: &mut self.sink,
                    outer: Outer::default(),
                    opening: Some(Opening {
                        wrappers: &mut self.wrappers,
                        seam: &self.seam,
                    }),
                    lines: 0,
                };
                let next = self.engine.skim(bytes, &mut short_way);
                self.count.lines += short_way.lines;
                next
            } else {
                self.engine.next_line(bytes)
            };
            let Some(range) = next else { break };
            self.position = block.byte_offset + range.start as u64;
            if self.resume.is_some_and(|r| r.has_counted(self.position)) {
                continue; // counted by an earlier run
            }
            let torn = torn && range.end == bytes.len();
            self.line(bytes, range, first, torn);
            first = false;
        }
    }

    fn skipped_line(&mut self, input: usize, _segment: u64, byte_offset: u64, _length_bytes: u64) {
        self.input = input;
        self.position = byte_offset;
        if self.resume.is_some_and(|r| r.has_counted(byte_offset)) {
            return;
        }
        self.count.lines += 1;
        self.malformed(b"", Fault::TooLong);
    }

    fn segment_end(&mut self, _input: usize, segment: u64, _is_last_of_input: bool) {
        self.stitch(segment);
    }

    fn end(&mut self) {
        self.sink.end();
    }
}

const _: () = assert!(
    MAX_LINE_BYTES < u32::MAX as usize,
    "hits hold offsets in 32 bits"
);
