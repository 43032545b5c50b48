//! Which of the lines that matter are put out, in order: `grep`'s rules.

use super::batch::{Batch, Line, Note, Role};
use super::confirm::Confirm;
use super::detail::Detail;
use super::print::{Printer, Shown};
use crate::block::Stop;
use crate::fault::Error;
use crate::limits::{MAX_LINE_BYTES, MAX_RELATED_LINES};
use crate::line::join::{Lane, Open};
use std::collections::VecDeque;
use std::io;

/// What of the inputs is one file to the user: an index may have cut it into parts.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The name to show.
    pub(super) name: String,
    /// Which file, by number.
    pub(super) file: usize,
    /// Lines of the file before this part.
    pub(super) lines_before: u64,
}

/// What is put out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// Lines.
    #[default]
    Lines,
    /// A JSON object a line.
    Json,
    /// How many lines of each file.
    Count,
    /// Names of the files that have any.
    Names,
    /// Nothing; the first wanted line ends the search.
    Quiet,
    /// Nothing yet: lines are collected.
    Collect,
}

/// Limits and context.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) output: Output,
    pub(super) before: u64,
    pub(super) after: u64,
    /// Wanted lines of a file.
    pub(super) most: u64,
}

/// A line on its way out.
struct Held {
    number: u64,
    byte_offset: u64,
    text: Vec<u8>,
    /// `None` until the record that it is a piece of is known.
    wanted: Option<bool>,
    note: Option<Box<Note>>,
}

/// A collected line.
#[derive(Clone, Debug)]
pub(super) struct Collected {
    /// Which file, by number.
    pub(super) file: usize,
    pub(super) name: String,
    /// From 1, if lines were counted.
    pub(super) number: u64,
    pub(super) byte_offset: u64,
    pub(super) text: Vec<u8>,
    pub(super) note: Note,
}

/// The state of the selection.
pub(super) struct Select<'s, 'o> {
    rule: Rule,
    targets: Vec<Target>,
    confirm: Confirm<'s>,
    printer: Printer<'o>,
    input: Option<usize>,
    file: Option<usize>,
    /// Wanted lines of the file.
    matched: u64,
    /// Number of the input's next segment's first line, from 0.
    base: u64,
    /// Lines not yet decided, and those behind them.
    held: VecDeque<Held>,
    /// Number of lines that left `held`, to name those inside.
    passed: u64,
    lanes: [OpenLane; Lane::COUNT],
    /// Possible context before the next wanted line.
    recent: VecDeque<Held>,
    near_until: u64,
    /// Number of the last line put out, in this file.
    last: Option<u64>,
    put_any: bool,
    pub(super) total: u64,
    pub(super) elsewhere: u64,
    pub(super) collected: Vec<Collected>,
    /// Faults on the way, by file.
    pub(super) errors: Vec<Error>,
    over: bool,
}

/// A record whose pieces are still coming.
#[derive(Default)]
struct OpenLane {
    open: Open,
    /// Its lines, as counted by `passed` and the place in `held`.
    lines: Vec<u64>,
    bytes: usize,
    /// Lines that were let go because the record is above the cap.
    dropped: u64,
}

impl<'s, 'o> Select<'s, 'o> {
    pub(super) fn new(
        rule: Rule,
        targets: Vec<Target>,
        confirm: Confirm<'s>,
        printer: Printer<'o>,
    ) -> Self {
        Self {
            rule,
            targets,
            confirm,
            printer,
            input: None,
            file: None,
            matched: 0,
            base: 0,
            held: VecDeque::new(),
            passed: 0,
            lanes: Default::default(),
            recent: VecDeque::new(),
            near_until: 0,
            last: None,
            put_any: false,
            total: 0,
            elsewhere: 0,
            collected: Vec::new(),
            errors: Vec::new(),
            over: false,
        }
    }

    /// Whether the search may end.
    pub(super) fn is_over(&self) -> bool {
        self.over || self.printer.is_over()
    }

    /// An input's first segment comes, or it has none.
    pub(super) fn begin_input(&mut self, input: usize) {
        if self.input == Some(input) {
            return;
        }
        let Some(target) = self.targets.get(input) else {
            return;
        };
        let (file, lines_before) = (target.file, target.lines_before);
        if self.file != Some(file) {
            self.file = Some(file);
            self.matched = 0;
            self.last = None;
        }
        self.input = Some(input);
        self.base = lines_before;
        self.near_until = 0;
        self.recent.clear();
    }

    /// An input has ended.
    pub(super) fn end_input(&mut self, failed: bool) {
        for lane in 0..Lane::COUNT {
            if self
                .lanes
                .get_mut(lane)
                .is_some_and(|lane| lane.open.finish().is_some())
            {
                self.complete(lane, usize::MAX);
            }
        }
        self.let_go();
        let Some(input) = self.input.take() else {
            return;
        };
        let file = |at: usize| self.targets.get(at).map(|target| target.file);
        if file(input) == file(input + 1) {
            return;
        }
        if self.rule.output == Output::Count && !failed {
            let name = self.targets.get(input).map_or("", |target| &target.name);
            self.printer.count(name, self.matched);
        }
    }

    /// Puts out what is due of the next segment. Says whether the file's further segments
    /// are wanted.
    pub(super) fn batch(&mut self, batch: Batch) -> bool {
        self.elsewhere += batch.elsewhere;
        let name = self.name();
        for (byte_offset, length_bytes) in &batch.too_long {
            let error = Error::new(format!("a line of {length_bytes} bytes was not searched"))
                .at(name.as_ref())
                .offset(*byte_offset)
                .hint("longer than 16 MiB");
            self.errors.push(error);
        }
        let text = match batch.text.into_bytes() {
            Ok(text) => text,
            Err(error) => {
                self.fail_temporary(&error);
                return false;
            }
        };
        for line in batch.lines {
            let bytes = text.get(line.text.clone()).unwrap_or_default().to_vec();
            self.line(line, bytes);
            if self.is_over() {
                return false;
            }
        }
        self.base += batch.count;
        let enough = self.matched >= self.rule.most;
        !(enough && (self.rule.after == 0 || self.base >= self.near_until))
    }

    /// The parts of the file that an input belongs to need not be read on.
    pub(super) fn stop_inputs(&self, input: usize, stop: &Stop) {
        stop.stop(input);
        let file = self.targets.get(input).map(|target| target.file);
        for (other, target) in self.targets.iter().enumerate().skip(input) {
            if Some(target.file) == file && self.matched >= self.rule.most {
                stop.stop(other);
            }
        }
    }

    fn line(&mut self, line: Line, text: Vec<u8>) {
        let held = Held {
            number: self.base + line.index,
            byte_offset: line.byte_offset,
            text,
            wanted: match line.role {
                Role::Wanted => Some(true),
                Role::Near => Some(false),
                Role::Piece(..) => None,
            },
            note: line.note,
        };
        let Role::Piece(lane, piece) = line.role else {
            if self.held.is_empty() {
                self.put(held);
            } else {
                self.held.push_back(held);
            }
            return;
        };
        let place = self.passed + self.held.len() as u64;
        let at = lane.index();
        let mut complete = Vec::new();
        if let Some(lane) = self.lanes.get_mut(at) {
            lane.bytes += held.text.len();
            lane.lines.push(place);
            complete.extend(lane.open.feed(piece).map(|piece| piece.lines));
        }
        self.held.push_back(held);
        for lines in complete {
            self.complete(at, usize::try_from(lines).unwrap_or(usize::MAX));
        }
        self.drop_above_cap(at);
        self.let_go();
    }

    /// A record of so many lines is complete: decides about them.
    fn complete(&mut self, lane: usize, lines: usize) {
        let Some(lane) = self.lanes.get_mut(lane) else {
            return;
        };
        let dropped = usize::try_from(std::mem::take(&mut lane.dropped)).unwrap_or(usize::MAX);
        let count = lines.saturating_sub(dropped).min(lane.lines.len());
        let places: Vec<u64> = lane.lines.drain(..count).collect();
        let mut record = Vec::new();
        for place in &places {
            if let Some(held) = self.held.get((place - self.passed) as usize) {
                record.extend_from_slice(&held.text);
                record.push(b'\n');
            }
        }
        lane.bytes = lane.bytes.saturating_sub(record.len() - places.len());
        let first = places
            .first()
            .and_then(|place| self.held.get((place - self.passed) as usize))
            .is_some_and(|held| held.byte_offset == 0);
        let wanted = dropped == 0 && self.confirm.are_wanted(&record, first);
        let note = Note {
            found: self.confirm.found(),
            details: self.confirm.details(),
            related: false,
        };
        for (nth, place) in places.iter().enumerate() {
            if let Some(held) = self.held.get_mut((place - self.passed) as usize) {
                held.wanted = Some(wanted);
                let details = if nth == 0 {
                    note.details.clone()
                } else {
                    // The lines after the first say nothing of their own.
                    note.details
                        .iter()
                        .map(|detail| Detail {
                            call: None,
                            ..detail.clone()
                        })
                        .collect()
                };
                held.note = wanted.then(|| {
                    Box::new(Note {
                        found: note.found.clone(),
                        details,
                        related: false,
                    })
                });
            }
        }
    }

    /// A record above the cap for lines is no record: its lines are let go.
    fn drop_above_cap(&mut self, at: usize) {
        let Some(lane) = self
            .lanes
            .get_mut(at)
            .filter(|lane| lane.bytes > MAX_LINE_BYTES)
        else {
            return;
        };
        lane.bytes = 0;
        lane.dropped += lane.lines.len() as u64;
        for place in lane.lines.drain(..) {
            if let Some(held) = self.held.get_mut((place - self.passed) as usize) {
                held.wanted = Some(false);
            }
        }
    }

    /// Puts out the lines that are decided, up to the first that is not.
    fn let_go(&mut self) {
        while self.held.front().is_some_and(|held| held.wanted.is_some()) {
            if let Some(held) = self.held.pop_front() {
                self.passed += 1;
                self.put(held);
            }
        }
    }

    /// A decided line.
    fn put(&mut self, held: Held) {
        if self.is_over() {
            return;
        }
        let wanted = held.wanted == Some(true) && self.matched < self.rule.most;
        if wanted {
            while let Some(recent) = self.recent.pop_front() {
                if recent.number + self.rule.before >= held.number {
                    self.show(&recent, false);
                }
            }
            self.matched += 1;
            self.total += 1;
            self.near_until = held.number + 1 + self.rule.after;
            self.show(&held, true);
        } else if self.rule.after > 0 && held.number < self.near_until {
            self.show(&held, false);
        } else if self.rule.before > 0 && self.matched < self.rule.most {
            self.recent.push_back(held);
            while self.recent.len() as u64 > self.rule.before {
                self.recent.pop_front();
            }
        }
    }

    fn show(&mut self, held: &Held, wanted: bool) {
        match self.rule.output {
            Output::Count => return,
            Output::Quiet => {
                self.over = true;
                return;
            }
            Output::Names => {
                let name = self.name();
                self.printer.name(&name);
                return;
            }
            Output::Collect => {
                if self.collected.len() >= MAX_RELATED_LINES {
                    let what = format!("more than {MAX_RELATED_LINES} lines belong together");
                    self.errors.push(
                        Error::new(what)
                            .hint("is one trace id in every line? search without --related"),
                    );
                    self.over = true;
                    return;
                }
                self.collected.push(Collected {
                    file: self.file.unwrap_or_default(),
                    name: self.name(),
                    number: held.number + 1,
                    byte_offset: held.byte_offset,
                    text: held.text.clone(),
                    note: held.note.as_deref().cloned().unwrap_or_default(),
                });
                return;
            }
            Output::Lines | Output::Json => {}
        }
        let has_context = self.rule.before > 0 || self.rule.after > 0;
        let adjoins = self.last.is_some_and(|last| last + 1 == held.number);
        if has_context && self.put_any && !adjoins {
            self.printer.gap();
        }
        self.last = Some(held.number);
        self.put_any = true;
        let name = self
            .input
            .and_then(|input| self.targets.get(input))
            .map_or("", |target| &target.name);
        self.printer.line(&Shown {
            name,
            number: held.number + 1,
            byte_offset: held.byte_offset,
            text: &held.text,
            wanted,
            note: held.note.as_deref(),
        });
    }

    fn name(&self) -> String {
        self.input
            .and_then(|input| self.targets.get(input))
            .map(|target| target.name.clone())
            .unwrap_or_default()
    }

    /// What was printed goes out.
    pub(super) fn flush(&mut self) {
        self.printer.flush();
    }

    /// All inputs have ended.
    pub(super) fn finish(&mut self, stop: &Stop) {
        if !stop.all_stopped() {
            self.end_input(false);
        }
        self.flush();
    }

    /// A temporary file could not be written or read.
    pub(super) fn fail_temporary(&mut self, error: &io::Error) {
        let error = Error::new(format!("temporary file: {error}"))
            .hint("results wait there for their turn; give room in the temporary directory");
        self.errors.push(error);
        self.over = true;
    }

    /// The end: gives back what printed.
    pub(super) fn into_printer(self) -> Printer<'o> {
        self.printer
    }
}
