//! Inflating that can be left and re-entered between two deflate blocks.
//!
//! The fast inflater tells nothing of the bit it stands at, so this one is another:
//! slower, but its state between blocks is a few bits and the last 32 KiB.

use super::restart::Entry;
use super::step::{State, Trouble};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_HAS_MORE_INPUT, TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY,
};
use miniz_oxide::inflate::core::{BlockBoundaryState, DecompressorOxide, decompress};
use std::ops::Range;

/// What deflate may refer back to, in bytes.
const WINDOW_BYTES: usize = 32 << 10;

/// A power of two, as the crate demands, and large, so that it rarely stops to wrap.
const RING_BYTES: usize = 256 << 10;

/// One deflate stream.
pub(super) struct Inflate {
    state: Box<DecompressorOxide>,
    /// What was decoded last; wraps.
    ring: Vec<u8>,
    /// Where the next byte goes.
    at: usize,
    /// Decoded and not yet handed out.
    pending: Range<usize>,
    /// Bytes before `at` that belong to the stream, at most a window.
    window_bytes: usize,
    between_blocks: bool,
    ended: bool,
}

impl Inflate {
    /// Stands at the start of a stream.
    pub(super) fn new() -> Self {
        Self {
            state: Box::default(),
            ring: vec![0; RING_BYTES],
            at: 0,
            pending: 0..0,
            window_bytes: 0,
            between_blocks: false,
            ended: false,
        }
    }

    /// Stands where [`Self::entry`] was told.
    pub(super) fn resumed(bits: u8, bit_buffer: u8, window: &[u8]) -> Self {
        let state = BlockBoundaryState {
            num_bits: bits.min(7),
            bit_buf: bit_buffer,
            ..BlockBoundaryState::default()
        };
        let mut inflate = Self::new();
        *inflate.state = DecompressorOxide::from_block_boundary_state(&state);
        let window = window
            .get(window.len().saturating_sub(WINDOW_BYTES)..)
            .unwrap_or_default();
        for (to, from) in inflate.ring.iter_mut().zip(window) {
            *to = *from;
        }
        inflate.at = window.len();
        inflate.window_bytes = window.len();
        inflate
    }

    /// Where it can be re-entered, if it stands between two blocks and all was handed out.
    pub(super) fn entry(&self) -> Option<Entry> {
        if !self.between_blocks || !self.pending.is_empty() || self.ended {
            return None;
        }
        let state = self.state.block_boundary_state()?;
        let mut window = Vec::with_capacity(self.window_bytes);
        let wrapped = self.window_bytes.saturating_sub(self.at);
        window.extend_from_slice(self.ring.get(RING_BYTES - wrapped..)?);
        window.extend_from_slice(
            self.ring
                .get(self.at + wrapped - self.window_bytes..self.at)?,
        );
        Some(Entry::Deflate {
            bits: state.num_bits,
            bit_buffer: state.bit_buf,
            window,
        })
    }

    /// Consumed, produced, state.
    pub(super) fn decompress(&mut self, input: &[u8], out: &mut [u8]) -> (usize, usize, State) {
        let mut consumed = 0;
        if self.pending.is_empty() && !self.ended {
            self.at %= RING_BYTES;
            let flags = TINFL_FLAG_HAS_MORE_INPUT | TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY;
            let (status, taken, made) =
                decompress(&mut self.state, input, &mut self.ring, self.at, flags);
            consumed = taken;
            self.pending = self.at..self.at + made;
            self.at += made;
            self.window_bytes = (self.window_bytes + made).min(WINDOW_BYTES);
            self.between_blocks = status == TINFLStatus::BlockBoundary;
            match status {
                TINFLStatus::Done => self.ended = true,
                TINFLStatus::NeedsMoreInput
                | TINFLStatus::HasMoreOutput
                | TINFLStatus::BlockBoundary => {}
                // What one call decoded before the fault is handed out, and the next
                // call meets the fault again.
                _ if made > 0 => {}
                _ => {
                    let what = "deflate data is invalid".to_owned();
                    return (consumed, 0, State::Failed(Trouble::Corrupt(what)));
                }
            }
        }
        let ready = self.ring.get(self.pending.clone()).unwrap_or_default();
        let produced = ready.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..produced), ready.get(..produced)) {
            to.copy_from_slice(from);
        }
        self.pending.start += produced;
        let state = if !self.pending.is_empty() {
            State::More
        } else if self.ended {
            State::End
        } else if self.between_blocks {
            State::Pause
        } else {
            State::More
        };
        (consumed, produced, state)
    }
}
