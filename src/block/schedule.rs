//! Who does what next: one lock over a handful of queues, held for moments only.
//!
//! Nobody waits while holding a buffer that others need: a reader keeps its partial
//! line outside the buffers while it waits for a free one, and workers never wait for
//! buffers. So whatever fails, somebody can go on.

use super::buffer::Buffer;
use super::plain::{PlainFile, read_segment};
use super::stream::{Exchange, Stream, StreamBlock, no_thread, read_stream};
use super::{Consume, InputOutcome, ReadSettings};
use crate::input::{Input, Opened};
use crate::progress::Progress;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Scope;

/// What all threads of a run share.
struct Shared<'a> {
    inputs: &'a [Input],
    settings: &'a ReadSettings,
    progress: &'a Progress,
    state: Mutex<State>,
    /// Workers wait here for something to do.
    work: Condvar,
    /// Readers wait here for a free buffer.
    buffers: Condvar,
    /// Readers wait here for a stream.
    streams: Condvar,
}

#[derive(Default)]
struct State {
    /// The first input that nobody has opened.
    next_input: usize,
    /// Inputs being opened: what they bring is not known yet.
    opening: usize,
    /// Plain files, each with its first segment that nobody has taken.
    files: VecDeque<(Arc<PlainFile>, u64)>,
    /// Streams without a reader.
    waiting: VecDeque<Stream>,
    /// Streams being read.
    reading: usize,
    /// Reader threads.
    readers: usize,
    /// Blocks without a worker.
    ready: VecDeque<StreamBlock>,
    /// Streams that had no block.
    nothing: VecDeque<usize>,
    free: Vec<Buffer>,
    /// Buffers in existence, but for the workers' own.
    buffers: usize,
    outcomes: Vec<InputOutcome>,
    /// A thread has panicked, or all is to stop: the others are to end rather than to wait.
    aborted: bool,
}

enum Job {
    Open(usize),
    Segment(Arc<PlainFile>, u64),
    Block(StreamBlock),
    /// An input without segments.
    Nothing(usize),
    Done,
}

pub(super) fn run<C: Consume>(
    inputs: &[Input],
    settings: &ReadSettings,
    make: impl Fn(usize) -> C + Sync,
    progress: &Progress,
) -> (Vec<C>, Vec<InputOutcome>) {
    let outcomes = inputs.iter().map(|_| InputOutcome::default()).collect();
    let shared = Shared {
        inputs,
        settings,
        progress,
        state: Mutex::new(State {
            outcomes,
            ..State::default()
        }),
        work: Condvar::new(),
        buffers: Condvar::new(),
        streams: Condvar::new(),
    };
    let consumers = std::thread::scope(|scope| {
        let (shared, make) = (&shared, &make);
        let others: Vec<_> = (1..settings.threads.max(1))
            // Without another thread, those there are do its work.
            .map_while(|index| {
                std::thread::Builder::new()
                    .name(format!("worker-{index}"))
                    .spawn_scoped(scope, move || work(scope, shared, make(index)))
                    .ok()
            })
            .collect();
        let mut consumers = vec![work(scope, shared, make(0))];
        for other in others {
            match other.join() {
                Ok(consumer) => consumers.push(consumer),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        consumers
    });
    let state = shared
        .state
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    (consumers, state.outcomes)
}

/// A worker's life.
fn work<'scope, C: Consume>(
    scope: &'scope Scope<'scope, '_>,
    shared: &'scope Shared<'scope>,
    mut consumer: C,
) -> C {
    let _guard = AbortOnPanic(shared);
    let mut buffer = None;
    let mut job = shared.next_job();
    loop {
        job = match job {
            Job::Open(input) => shared.open(scope, input),
            Job::Segment(file, index) => {
                let buffer = buffer.get_or_insert_with(|| Buffer::new(shared.settings.block_bytes));
                let outcome = read_segment(
                    &file,
                    index,
                    buffer,
                    shared.settings,
                    &mut consumer,
                    shared.progress,
                );
                let mut state = shared.lock();
                state.outcomes[file.input].merge(outcome);
                shared.next_of(state)
            }
            Job::Block(block) => {
                block.deliver(&mut consumer);
                shared.give_back(block.buffer);
                shared.next_job()
            }
            Job::Nothing(input) => {
                let failed = shared.lock().outcomes[input].error.is_some();
                consumer.no_segment(input, failed);
                shared.next_job()
            }
            Job::Done => {
                consumer.end();
                return consumer;
            }
        };
    }
}

/// A reader's life: streams, one after the other.
fn read_streams(shared: &Shared<'_>) {
    let _guard = AbortOnPanic(shared);
    while let Some(stream) = shared.next_stream() {
        let input = stream.input;
        let (outcome, segments) = read_stream(stream, shared.settings, shared.progress, shared);
        let mut state = shared.lock();
        state.outcomes[input].merge(outcome);
        state.reading -= 1;
        if segments == 0 {
            state.nothing.push_back(input);
        }
        drop(state);
        shared.work.notify_all();
    }
}

impl<'a> Shared<'a> {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets all threads end.
    fn abort(&self) {
        self.lock().aborted = true;
        self.work.notify_all();
        self.buffers.notify_all();
        self.streams.notify_all();
    }

    /// The next thing to do, waiting for it if need be. Blocks first, since they hold
    /// buffers; then new inputs, so that decoding starts early; then segments.
    fn next_job(&self) -> Job {
        self.next_of(self.lock())
    }

    /// The same, while the lock is held.
    fn next_of<'s>(&'s self, mut state: MutexGuard<'s, State>) -> Job {
        if self.settings.all_stopped() {
            drop(state);
            self.abort();
            return Job::Done;
        }
        loop {
            if state.aborted {
                return Job::Done;
            }
            if let Some(input) = state.nothing.pop_front() {
                return Job::Nothing(input);
            }
            if let Some(block) = state.ready.pop_front() {
                return Job::Block(block);
            }
            while let Some((file, _)) = state.files.front()
                && self.settings.is_stopped(file.input)
            {
                state.files.pop_front();
            }
            // Open files are few: those at hand come first.
            let may_open =
                state.waiting.is_empty() && state.files.len() < self.settings.threads.max(1);
            if may_open && state.next_input < self.inputs.len() {
                let input = state.next_input;
                state.next_input += 1;
                state.opening += 1;
                return Job::Open(input);
            }
            if let Some((file, index)) = state.files.front_mut() {
                let job = Job::Segment(Arc::clone(file), *index);
                *index += 1;
                if *index >= file.segments {
                    state.files.pop_front();
                }
                return job;
            }
            if state.next_input >= self.inputs.len()
                && state.opening == 0
                && state.waiting.is_empty()
                && state.reading == 0
            {
                drop(state);
                self.streams.notify_all();
                self.work.notify_all();
                return Job::Done;
            }
            state = self
                .work
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Opens an input, and takes the first piece of work it brings.
    fn open<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>, index: usize) -> Job
    where
        'a: 'scope,
    {
        let Some(input) = self.inputs.get(index) else {
            return self.next_job();
        };
        let opened = input.open();
        let mut state = self.lock();
        state.opening -= 1;
        match opened {
            Err(error) => {
                state.outcomes[index].error = Some(error);
                return Job::Nothing(index);
            }
            Ok(Opened::Empty) => return Job::Nothing(index),
            Ok(Opened::Plain { file, base, size }) => {
                let path = input
                    .file_path()
                    .map_or_else(|| PathBuf::from(&input.path), Into::into);
                let opened = (file, base, size);
                let file = PlainFile::new(index, path, opened, &input.range, self.settings);
                let file = Arc::new(file);
                if file.segments > 1 {
                    state.files.push_back((Arc::clone(&file), 1));
                    self.work.notify_all();
                }
                if file.segments > 0 {
                    return Job::Segment(file, 0);
                }
                return Job::Nothing(index);
            }
            Ok(Opened::Stream(mut decoder)) => {
                if let Some(log) = self.settings.zstd_window_log {
                    decoder.set_zstd_window_log(log);
                }
                state.waiting.push_back(Stream {
                    input: index,
                    decoder,
                    range: input.range.clone(),
                });
                let busy = state.reading + state.waiting.len() > state.readers;
                if busy && state.readers < self.settings.threads.max(1) {
                    self.start_reader(scope, &mut state);
                }
                self.streams.notify_one();
            }
        }
        drop(state);
        self.next_job()
    }

    fn start_reader<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        state: &mut MutexGuard<'_, State>,
    ) {
        let spawned = std::thread::Builder::new()
            .name(format!("reader-{}", state.readers))
            .spawn_scoped(scope, || read_streams(self));
        match spawned {
            Ok(_) => state.readers += 1,
            Err(error) if state.readers == 0 => {
                while let Some(stream) = state.waiting.pop_front() {
                    let path = self
                        .inputs
                        .get(stream.input)
                        .map(|input| input.path.as_str());
                    let error = no_thread(&error).at(path.unwrap_or_default().as_ref());
                    state.outcomes[stream.input].error = Some(error);
                }
            }
            // The readers there are will come to it.
            Err(_) => {}
        }
    }

    /// The next stream to read; none when there will be no more.
    fn next_stream(&self) -> Option<Stream> {
        let mut state = self.lock();
        loop {
            if state.aborted {
                return None;
            }
            if let Some(stream) = state.waiting.pop_front() {
                state.reading += 1;
                drop(state);
                self.work.notify_all();
                return Some(stream);
            }
            if state.next_input >= self.inputs.len() && state.opening == 0 {
                return None;
            }
            state = self
                .streams
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Exchange for Shared<'_> {
    fn free_buffer(&self) -> Option<Buffer> {
        let mut state = self.lock();
        loop {
            if state.aborted {
                return None;
            }
            if let Some(buffer) = state.free.pop() {
                return Some(buffer);
            }
            // One for each reader, for each worker, and queued between them.
            if state.buffers < 3 * self.settings.threads.max(1) {
                state.buffers += 1;
                drop(state);
                return Some(Buffer::new(self.settings.block_bytes));
            }
            state = self
                .buffers
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn give_back(&self, mut buffer: Buffer) {
        buffer.recycle(self.settings.block_bytes);
        self.lock().free.push(buffer);
        self.buffers.notify_one();
    }

    fn queue(&self, block: StreamBlock) {
        self.lock().ready.push_back(block);
        self.work.notify_one();
    }
}

/// Lets the other threads end when one panics, so that the panic is seen.
struct AbortOnPanic<'a>(&'a Shared<'a>);

impl Drop for AbortOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.abort();
        }
    }
}
