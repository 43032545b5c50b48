//! Blocks → records: cuts lines, takes envelopes off, scans, and hands each record
//! with its facts to a [`Sink`].

use super::short_way::ShortWay;
use crate::block::{Block, Consume};
use crate::fault::Fault;
use crate::limits::{MAX_LINE_BYTES, MAX_UNWRAP_DEPTH};
use crate::line::join::{Ending, Lane, Piece, Seam};
use crate::line::{self, Stream};
use crate::record::brief::{Call, Plans};
use crate::record::gist::{Gist, Gists};
use crate::record::time::{self, Clocks};
use crate::record::{Facts, Raw, look};
use crate::scan::Hits;
use crate::scan::engine::Engine;
use crate::scan::schema::Schema;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

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
    /// Whether [`Self::success`] may be called instead of [`Self::record`]. Decided once.
    fn takes_successes(&self) -> bool {
        false
    }
    /// A record of a call that plainly succeeded: with a status, no code, and no wanted
    /// key repeated; and how many envelopes were taken off it.
    fn success(&mut self, _status: i16, _call: Call<'_>, _envelopes: u32) {}
    /// Any other record of which the gist is enough, with no wanted key repeated; may be
    /// called where [`Self::success`] may. `false`: it is told as [`Self::record`].
    fn gist(&mut self, _gist: Gist<'_>, _envelopes: u32) -> bool {
        false
    }
    /// Zero bytes were skipped before a line.
    fn hole(&mut self, bytes: u64);
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

/// What the inputs' segments share: the ends that must be stitched, and line counts.
#[derive(Default)]
pub struct Shared {
    inputs: Mutex<BTreeMap<usize, Stitching>>,
    resume: BTreeMap<usize, Resume>,
}

/// What an earlier run has counted of an input.
#[derive(Clone, Debug, Default)]
pub struct Resume {
    /// All lines that start before this offset, in decompressed bytes, …
    pub counted_to: u64,
    /// … but for those that start here, ascending: parts of records without their ends.
    pub open: Vec<u64>,
}

impl Resume {
    fn has_counted(&self, position: u64) -> bool {
        position < self.counted_to && self.open.binary_search(&position).is_err()
    }
}

/// Lines of one input.
#[derive(Clone, Copy, Debug, Default)]
pub struct LineCount {
    /// All lines.
    pub lines: u64,
    /// Malformed ones.
    pub malformed: u64,
}

/// The stitching of one input's segments, in order.
#[derive(Default)]
struct Stitching {
    next: u64,
    waiting: BTreeMap<u64, Seam>,
    whole: Option<Seam>,
    count: LineCount,
}

impl Shared {
    /// For inputs (by index) of which earlier runs have counted something.
    pub fn resuming(resume: BTreeMap<usize, Resume>) -> Self {
        Self {
            resume,
            ..Self::default()
        }
    }

    /// Line counts by input.
    pub fn counts(&self) -> BTreeMap<usize, LineCount> {
        let inputs = self.inputs.lock().unwrap_or_else(PoisonError::into_inner);
        inputs
            .iter()
            .map(|(input, stitching)| (*input, stitching.count))
            .collect()
    }
}

/// Buffers for one level of envelope.
#[derive(Default)]
struct Level {
    hits: Hits,
    text: Vec<u8>,
}

/// What an envelope tells of the record inside.
#[derive(Clone, Copy, Default)]
pub(super) struct Outer<'l> {
    pub time_ms: Option<i64>,
    pub model: Option<Raw<'l>>,
    /// Plain text is no fault, and a torn object is one: the envelope says that this
    /// is all the application wrote.
    container: bool,
    pub envelopes: u32,
}

/// One worker's reader.
pub struct Reader<'s, S> {
    schema: &'s Schema,
    shared: &'s Shared,
    engine: Engine<'s>,
    plans: Plans<'s>,
    gists: Gists<'s>,
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

    /// Tells the sink what a piece does to its lane; gives the records that are complete now.
    fn feed(&mut self, lane: Lane, piece: Piece) -> Vec<Piece> {
        let (leaves_open, position) = (piece.leaves_open(), piece.position);
        let complete = self.seam.feed(lane, piece);
        let is_open = match self.seam.is_open(lane) {
            None => leaves_open,
            known => known,
        };
        self.sink.piece(lane, is_open, position);
        complete
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

    /// Takes an envelope off, if this is one; says whether it was.
    fn envelope(&mut self, json: &[u8], hits: &Hits, facts: &Facts<'_>, outer: Outer<'_>) -> bool {
        let texts = hits.list.get(facts.texts_from..).unwrap_or_default();
        let Some(hit) = texts
            .iter()
            .find(|hit| self.schema.is_envelope_text(hit) && hit.raw(json).first() == Some(&b'"'))
        else {
            return false;
        };
        let raw = hit.raw(json);
        let inner = raw.get(1..raw.len() - 1).unwrap_or_default();
        let docker = facts
            .stream
            .filter(|_| self.schema.is_docker_log(hit))
            .and_then(|stream| Stream::of(stream.0.get(1..stream.0.len() - 1)?));
        if docker.is_none() && !line::may_be_object(inner) {
            return false;
        }
        let depth = outer.envelopes as usize + 1;
        let mut level = self.take_level(depth);
        level.text.clear();
        self.engine.unescape(inner, &mut level.text);
        let model = facts.model.or(outer.model);
        let outer = Outer {
            time_ms: facts.time_ms,
            model,
            container: docker.is_some() || outer.container,
            envelopes: outer.envelopes + 1,
        };
        let taken = match docker {
            Some(stream) => {
                self.docker(
                    Lane {
                        docker: true,
                        stream,
                    },
                    &mut level,
                    outer,
                );
                true
            }
            None => self.collected(&mut level, outer),
        };
        self.put_level(depth, level);
        taken
    }

    /// A Docker line; its text is in `level`.
    fn docker(&mut self, lane: Lane, level: &mut Level, outer: Outer<'_>) {
        let ended = level.text.pop_if(|byte| *byte == b'\n').is_some();
        if ended && self.seam.is_clear(lane) {
            return self.inner(level, outer);
        }
        let ending = if ended {
            Ending::Final
        } else if level.text.trim_ascii_end().ends_with(b"}")
            && self
                .engine
                .scan_text(&mut level.text, &mut level.hits)
                .is_ok()
        {
            Ending::Whole
        } else {
            Ending::Unsure
        };
        let text = std::mem::take(&mut level.text);
        let piece = Piece {
            text,
            ending,
            time_ms: outer.time_ms,
            lines: 1,
            position: self.position,
            earlier: Vec::new(),
            too_long: false,
        };
        for piece in self.feed(lane, piece) {
            self.rejoined(piece);
        }
    }

    /// A line with Kubernetes' prefix; its text stands at `text` in the block.
    fn cri(&mut self, cri: &line::Cri<'_>, block: &[u8], text: std::ops::Range<usize>) {
        let lane = Lane {
            docker: false,
            stream: cri.stream,
        };
        let time_ms = time::parse_text(cri.time);
        let mut level = self.take_level(1);
        if !cri.partial && self.seam.is_clear(lane) {
            let outer = Outer {
                time_ms,
                container: true,
                envelopes: 1,
                ..Outer::default()
            };
            if cri.text.first() == Some(&b'{') {
                if self.sink.takes_successes() {
                    let mut short_way = ShortWay {
                        plans: &mut self.plans,
                        gists: &mut self.gists,
                        sink: &mut self.sink,
                        outer,
                        lines: 0,
                    };
                    if self.engine.take_line(block, text.clone(), &mut short_way) {
                        return self.put_level(1, level);
                    }
                }
                match self.engine.scan_line(block, text, &mut level.hits) {
                    Ok(()) => self.object(cri.text, &level.hits, outer),
                    Err(fault) => self.malformed(cri.text, fault),
                }
            } else {
                level.text.clear();
                level.text.extend_from_slice(cri.text);
                self.inner(&mut level, outer);
            }
        } else {
            level.text.clear();
            level.text.extend_from_slice(cri.text);
            let ending = if cri.partial {
                Ending::Partial
            } else {
                Ending::Final
            };
            let text = std::mem::take(&mut level.text);
            let piece = Piece {
                text,
                ending,
                time_ms,
                lines: 1,
                position: self.position,
                earlier: Vec::new(),
                too_long: false,
            };
            for piece in self.feed(lane, piece) {
                self.rejoined(piece);
            }
        }
        self.put_level(1, level);
    }

    /// A record that was split, or kept until its neighbours were known.
    fn rejoined(&mut self, piece: Piece) {
        self.sink.continued(piece.lines - 1);
        let position = std::mem::replace(&mut self.position, piece.position);
        if piece.too_long {
            self.malformed(b"", Fault::TooLong);
            self.position = position;
            return;
        }
        let outer = Outer {
            time_ms: piece.time_ms,
            container: true,
            envelopes: 1,
            ..Outer::default()
        };
        let mut level = self.take_level(1);
        level.text = piece.text;
        self.inner(&mut level, outer);
        self.put_level(1, level);
        self.position = position;
    }

    /// What the application wrote into a container's stream; it is in `level`.
    fn inner(&mut self, level: &mut Level, outer: Outer<'_>) {
        if line::first_byte(&level.text) == Some(b'{') {
            if self.sink.takes_successes() {
                let mut short_way = ShortWay {
                    plans: &mut self.plans,
                    gists: &mut self.gists,
                    sink: &mut self.sink,
                    outer,
                    lines: 0,
                };
                if self.engine.take_text(&mut level.text, &mut short_way) {
                    return;
                }
            }
            match self.engine.scan_text(&mut level.text, &mut level.hits) {
                Ok(()) => self.object(&level.text, &level.hits, outer),
                Err(fault) => self.malformed(&level.text, fault),
            }
        } else if line::is_blank(&level.text) {
            self.sink.blank();
        } else {
            self.sink.no_record(&level.text, self.input, self.position);
            self.sink.plain_text();
        }
    }

    /// A collector's string; says whether it holds a whole object.
    fn collected(&mut self, level: &mut Level, outer: Outer<'_>) -> bool {
        match self.engine.scan_text(&mut level.text, &mut level.hits) {
            Ok(()) => {
                self.object(&level.text, &level.hits, outer);
                true
            }
            // Not an envelope after all: the string is just a string that begins with a brace.
            Err(_) => false,
        }
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

    /// Hands the segment's seam over, and stitches what is in order now.
    fn stitch(&mut self, segment: u64) {
        let seam = std::mem::take(&mut self.seam);
        let shared = self.shared;
        let mut inputs = shared.inputs.lock().unwrap_or_else(PoisonError::into_inner);
        let stitching = inputs.entry(self.input).or_default();
        stitching.waiting.insert(segment, seam);
        let mut ready = Vec::new();
        while let Some(seam) = stitching.waiting.remove(&stitching.next) {
            stitching.next += 1;
            ready.extend(
                stitching
                    .whole
                    .get_or_insert_with(Seam::at_start)
                    .append(seam),
            );
        }
        drop(inputs);
        for (_, piece) in ready {
            self.rejoined(piece);
        }
        let count = std::mem::take(&mut self.count);
        let mut inputs = shared.inputs.lock().unwrap_or_else(PoisonError::into_inner);
        let total = &mut inputs.entry(self.input).or_default().count;
        total.lines += count.lines;
        total.malformed += count.malformed;
    }

    /// Counts what is still open in any input, once all segments are done.
    pub fn finish_inputs(&mut self) {
        self.finish_or_hold(|_| false);
    }

    /// As [`Self::finish_inputs`], but in inputs (by index) that `hold` says will go on,
    /// lines that wait for the rest of their records are not counted at all: gives where
    /// they start.
    pub fn finish_or_hold(&mut self, hold: impl Fn(usize) -> bool) -> BTreeMap<usize, Vec<u64>> {
        let shared = self.shared;
        let mut held = BTreeMap::new();
        let mut left = Vec::new();
        let mut inputs = shared.inputs.lock().unwrap_or_else(PoisonError::into_inner);
        for (input, stitching) in inputs.iter_mut() {
            let whole = stitching.whole.get_or_insert_with(Seam::at_start);
            // Segments behind one that could not be read have waited in vain.
            for (_, seam) in std::mem::take(&mut stitching.waiting) {
                left.extend(
                    whole
                        .append(seam)
                        .into_iter()
                        .map(|(_, piece)| (*input, piece)),
                );
            }
            if hold(*input) {
                let lines = whole.open_lines();
                stitching.count.lines -= lines.len() as u64;
                held.insert(*input, lines);
                continue; // not lost: a later run reads and counts these lines
            }
            left.extend(whole.finish().into_iter().map(|(_, piece)| (*input, piece)));
        }
        drop(inputs);
        for (input, piece) in left {
            self.input = input;
            self.rejoined(piece);
            let malformed = std::mem::take(&mut self.count).malformed;
            let mut inputs = shared.inputs.lock().unwrap_or_else(PoisonError::into_inner);
            inputs.entry(input).or_default().count.malformed += malformed;
        }
        held
    }
}

impl<S: Sink> Consume for Reader<'_, S> {
    fn segment_start(&mut self, input: usize, segment: u64) {
        self.input = input;
        self.resume = self.shared.resume.get(&input);
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
        let takes_successes = !counted_before && self.sink.takes_successes();
        self.engine.begin();
        loop {
            // A block's first line may begin with what is no part of it.
            let next = if takes_successes && !first {
                let mut short_way = ShortWay {
                    plans: &mut self.plans,
                    gists: &mut self.gists,
                    sink: &mut self.sink,
                    outer: Outer::default(),
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
}

const _: () = assert!(
    MAX_LINE_BYTES < u32::MAX as usize,
    "hits hold offsets in 32 bits"
);
