//! Which of the lines that matter are put out, in order: `grep`'s rules.

use super::batch::{Batch, Line, Note, Role};
use super::confirm::Confirm;
use super::held::{Held, HeldBack};
use super::print::{Printer, Shown};
use crate::block::Stop;
use crate::fault::Error;
use crate::limits::MAX_RELATED_LINES;
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
    printer: Printer<'o>,
    input: Option<usize>,
    file: Option<usize>,
    /// Wanted lines of the file.
    matched: u64,
    /// Number of the input's next segment's first line, from 0.
    base: u64,
    held_back: HeldBack<'s>,
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
            printer,
            input: None,
            file: None,
            matched: 0,
            base: 0,
            held_back: HeldBack::new(confirm),
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
        self.held_back.finish();
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
            if self.held_back.is_empty() {
                self.put(held);
            } else {
                self.held_back.follow(held);
            }
            return;
        };
        self.held_back.piece(lane, piece, held);
        self.let_go();
    }

    /// Puts out the lines that are decided, up to the first that is not.
    fn let_go(&mut self) {
        while let Some(held) = self.held_back.next_decided() {
            self.put(held);
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
