//! Segments in order: workers deliver as they finish, output goes on as it can.

use super::batch::Batch;
use super::select::Select;
use crate::block::Stop;
use crate::limits::WAITING_BYTES;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where batches wait for their turn.
pub(super) struct Order<'s, 'o> {
    state: Mutex<State<'s, 'o>>,
    stop: Arc<Stop>,
}

struct State<'s, 'o> {
    select: Select<'s, 'o>,
    /// The input that is being put out, and its next segment.
    input: usize,
    segment: u64,
    waiting: BTreeMap<(usize, u64), Batch>,
    /// Inputs without segments that are not yet due; whether they failed.
    nothing: BTreeMap<usize, bool>,
    /// Inputs whose last segment came out, or that need no more.
    done: BTreeSet<usize>,
    held_bytes: usize,
    inputs: usize,
}

impl<'s, 'o> Order<'s, 'o> {
    pub(super) fn new(inputs: usize, select: Select<'s, 'o>, stop: Arc<Stop>) -> Self {
        let state = State {
            select,
            input: 0,
            segment: 0,
            waiting: BTreeMap::new(),
            nothing: BTreeMap::new(),
            done: BTreeSet::new(),
            held_bytes: 0,
            inputs,
        };
        Self {
            state: Mutex::new(state),
            stop,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<'s, 'o>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nothing more of an input is needed.
    pub(super) fn is_stopped(&self, input: usize) -> bool {
        self.stop.is_stopped(input)
    }

    /// A segment is done.
    pub(super) fn deliver(&self, batch: Batch) {
        let mut state = self.lock();
        state.hold(batch);
        state.go_on(&self.stop);
    }

    /// An input has no segments.
    pub(super) fn nothing(&self, input: usize, failed: bool) {
        let mut state = self.lock();
        state.nothing.insert(input, failed);
        state.go_on(&self.stop);
    }

    /// All workers have ended: puts out what is left, and gives the selection.
    pub(super) fn finish(self) -> Select<'s, 'o> {
        let stop = self.stop;
        let mut state = self
            .state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        while state.input < state.inputs && !stop.all_stopped() {
            // Segments behind one that never came.
            let (input, segment) = (state.input, state.segment);
            match state.waiting.range((input, segment)..(input + 1, 0)).next() {
                Some((key, _)) => state.segment = key.1,
                None => {
                    state.select.end_input(false);
                    state.next_input();
                }
            }
            state.go_on(&stop);
        }
        state.select.finish(&stop);
        state.select
    }
}

impl State<'_, '_> {
    fn hold(&mut self, mut batch: Batch) {
        if batch.input < self.input || self.done.contains(&batch.input) {
            return;
        }
        let is_next = (batch.input, batch.segment) == (self.input, self.segment);
        if !is_next {
            let bytes = batch.text.held_bytes();
            if self.held_bytes + bytes > WAITING_BYTES {
                if let Err(error) = batch.text.spill() {
                    self.select.fail_temporary(&error);
                }
            } else {
                self.held_bytes += bytes;
            }
        }
        self.waiting.insert((batch.input, batch.segment), batch);
    }

    /// Puts out all that is due.
    fn go_on(&mut self, stop: &Stop) {
        loop {
            if stop.all_stopped() || self.input >= self.inputs {
                break;
            }
            if stop.is_stopped(self.input) {
                // Another part of a file that has given enough.
                self.select.begin_input(self.input);
                self.select.end_input(false);
                self.next_input();
                continue;
            }
            if let Some(failed) = self.nothing.remove(&self.input) {
                self.select.begin_input(self.input);
                self.select.end_input(failed);
                self.next_input();
                continue;
            }
            let Some(batch) = self.waiting.remove(&(self.input, self.segment)) else {
                break;
            };
            self.held_bytes = self.held_bytes.saturating_sub(batch.text.held_bytes());
            let is_last = batch.is_last;
            self.select.begin_input(self.input);
            let wants_more = self.select.batch(batch);
            if self.select.is_over() {
                stop.stop_all();
                break;
            }
            self.segment += 1;
            if !wants_more {
                self.select.stop_inputs(self.input, stop);
                self.done.insert(self.input);
            }
            if is_last || !wants_more {
                self.select.end_input(false);
                self.next_input();
            }
        }
        self.select.flush();
        if self.select.is_over() {
            stop.stop_all();
        }
    }

    fn next_input(&mut self) {
        self.input += 1;
        self.segment = 0;
        let left = self.waiting.split_off(&(self.input, 0));
        for batch in std::mem::replace(&mut self.waiting, left).into_values() {
            self.held_bytes = self.held_bytes.saturating_sub(batch.text.held_bytes());
        }
    }
}
