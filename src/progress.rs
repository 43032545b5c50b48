//! How far a run is: two counters that readers add to, and a bar on a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// Shorter runs show nothing.
const QUIET_TIME: Duration = Duration::from_secs(1);
const REDRAW_TIME: Duration = Duration::from_millis(100);

/// Stored bytes read, of how many.
#[derive(Debug, Default)]
pub struct Progress {
    done_bytes: AtomicU64,
    total_bytes: AtomicU64,
}

impl Progress {
    /// Nothing done; `total_bytes` 0 where it is not known.
    pub const fn new(total_bytes: u64) -> Self {
        Self {
            done_bytes: AtomicU64::new(0),
            total_bytes: AtomicU64::new(total_bytes),
        }
    }

    /// Counts bytes, as stored.
    pub fn add(&self, stored_bytes: u64) {
        self.done_bytes.fetch_add(stored_bytes, Ordering::Relaxed);
    }

    /// Bytes done so far, as stored.
    pub fn done_bytes(&self) -> u64 {
        self.done_bytes.load(Ordering::Relaxed)
    }

    /// Bytes to do, as stored; 0 when unknown.
    pub fn total_bytes(&self) -> u64 {
        self.total_bytes.load(Ordering::Relaxed)
    }

    /// Draws a bar on standard error, from a second on, until what this returns is
    /// dropped. Nothing at all where `wanted` is false or standard error is no terminal.
    pub fn draw(self: &Arc<Self>, wanted: bool) -> Bar {
        if !wanted || !std::io::stderr().is_terminal() {
            return Bar { helper: None };
        }
        let progress = Arc::clone(self);
        let (end, ended) = mpsc::channel();
        let spawned = std::thread::Builder::new()
            .name("progress".to_owned())
            .spawn(move || {
                let mut bar: Option<ProgressBar> = None;
                let mut pause = QUIET_TIME;
                while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                    pause = REDRAW_TIME;
                    let bar = bar.get_or_insert_with(|| new_bar(progress.total_bytes()));
                    bar.set_position(progress.done_bytes());
                }
                if let Some(bar) = bar {
                    bar.finish_and_clear();
                }
            });
        Bar {
            helper: spawned.ok().map(|thread| (end, thread)),
        }
    }
}

fn new_bar(total_bytes: u64) -> ProgressBar {
    let (length, template) = if total_bytes == 0 {
        (None, "{spinner} {binary_bytes} {binary_bytes_per_sec}")
    } else {
        (
            Some(total_bytes),
            "{wide_bar} {percent:>3} % of {binary_total_bytes} {binary_bytes_per_sec}, {eta} left",
        )
    };
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// A bar being drawn. Dropping it clears the line.
#[derive(Debug)]
pub struct Bar {
    helper: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.helper.take() {
            drop(end);
            // A helper that has failed to draw is no reason to fail.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_draws_nothing_unasked() {
        let progress = Arc::new(Progress::new(10));
        let bar = progress.draw(false);
        assert!(bar.helper.is_none());
        progress.add(3);
        progress.add(4);
        assert_eq!((progress.done_bytes(), progress.total_bytes()), (7, 10));
    }

    #[test]
    fn templates_are_valid() {
        for total in [0, 100] {
            let bar = new_bar(total);
            bar.set_draw_target(ProgressDrawTarget::hidden());
            bar.set_position(50);
            assert_eq!(bar.position(), 50);
            bar.finish_and_clear();
        }
    }
}
