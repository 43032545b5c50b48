//! A decoder's work in steps: what each takes and gives, and where it leaves a member.

use super::source::Buffered;
use std::io;

/// Where a read left the member.
pub(super) enum State {
    /// It goes on.
    More,
    /// It goes on, and might be re-entered here.
    Pause,
    /// It is complete, checksums included.
    End,
    /// It cannot go on.
    Failed(Trouble),
}

/// Why a member cannot go on.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The input ends inside it.
    Truncated,
    /// It is not what its format allows.
    Corrupt(String),
    /// Its zstd window is above the allowed one.
    Window,
    /// It asks for more memory than allowed.
    Memory,
    /// Reading failed.
    Io(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Bytes consumed and produced between two readings of a codec's totals.
pub(super) const fn step(
    before: (u64, u64),
    after: (u64, u64),
    state: State,
) -> (usize, usize, State) {
    (
        after.0.saturating_sub(before.0) as usize,
        after.1.saturating_sub(before.1) as usize,
        state,
    )
}

/// Feeds `decode` (input → consumed, produced, state) until it yields bytes, an end or a fault.
pub(super) fn pump(
    source: &mut Buffered,
    mut decode: impl FnMut(&[u8]) -> (usize, usize, State),
) -> (usize, State) {
    loop {
        // With nothing buffered, too: the codec may hold output that did not fit before.
        let (consumed, produced, state) = decode(source.buffered());
        source.advance(consumed);
        if produced > 0 || !matches!(state, State::More) {
            return (produced, state);
        }
        if consumed > 0 {
            continue;
        }
        if !source.buffered().is_empty() {
            let what = "the decoder does not advance".to_owned();
            return (0, State::Failed(Trouble::Corrupt(what)));
        }
        match source.fill() {
            Ok([]) => return (0, State::Failed(Trouble::Truncated)),
            Ok(_) => {}
            Err(error) => return (0, State::Failed(error.into())),
        }
    }
}

/// Takes exactly `N` bytes.
pub(super) fn take_array<const N: usize>(source: &mut Buffered) -> Result<[u8; N], Trouble> {
    let bytes = source.fill_to(N)?;
    if let Some(array) = bytes.first_chunk::<N>().copied() {
        source.advance(N);
        return Ok(array);
    }
    // To the end of what is there: the offset of the cut.
    let rest = bytes.len();
    source.advance(rest);
    Err(Trouble::Truncated)
}

/// Takes exactly `count` bytes and forgets them.
pub(super) fn skip(source: &mut Buffered, mut count: u64) -> Result<(), Trouble> {
    while count > 0 {
        let available = source.fill()?.len();
        if available == 0 {
            return Err(Trouble::Truncated);
        }
        let n = usize::try_from(count).map_or(available, |count| count.min(available));
        source.advance(n);
        count = count.saturating_sub(n as u64);
    }
    Ok(())
}
