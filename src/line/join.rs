//! Rejoins records that Docker (over 16 KiB) and CRI (`P`) split into several lines.
//!
//! A record may begin in one segment and end in another, on another thread. Until a
//! piece comes that settles the matter whatever was open before, a segment keeps its
//! pieces (the head of a [`Seam`]); when the segments before it are done, they are fed to the
//! same machine that would have taken them in a single pass. So the outcome does not
//! depend on where segments are cut.

use super::Stream;
use crate::limits::MAX_LINE_BYTES;

/// Which of the interleaved sequences of pieces a piece belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Docker's JSON file, else CRI.
    pub docker: bool,
    /// The stream within it.
    pub stream: Stream,
}

impl Lane {
    /// How many lanes there are.
    pub const COUNT: usize = 4;

    /// A number below [`Self::COUNT`].
    pub const fn index(self) -> usize {
        (self.docker as usize) * 2 + matches!(self.stream, Stream::Stderr) as usize
    }

    /// The lane of an index.
    pub const fn of_index(index: usize) -> Self {
        let stream = if index.is_multiple_of(2) {
            Stream::Stdout
        } else {
            Stream::Stderr
        };
        Self {
            docker: index >= 2,
            stream,
        }
    }
}

/// How a piece ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The record ends with it.
    Final,
    /// The record surely goes on.
    Partial,
    /// No newline, yet perhaps not split: some collectors strip it. A whole JSON
    /// object by itself; ends whatever was open.
    Whole,
    /// No newline, and not whole by itself: goes on if it looks like a beginning, or
    /// if something is open.
    Unsure,
}

/// A piece of a record, taken out of its envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What the application wrote, without a final newline.
    pub text: Vec<u8>,
    /// How it ends.
    pub ending: Ending,
    /// The envelope's time, in ms since 1970.
    pub time_ms: Option<i64>,
    /// Lines it stands for.
    pub lines: u64,
    /// Where the last of them starts in its input, in decompressed bytes.
    pub position: u64,
    /// Where the lines before the last one start.
    pub earlier: Vec<u64>,
    /// Above the cap for lines; its text was dropped.
    pub too_long: bool,
}

impl Piece {
    /// Whether the lane is known to be empty after this piece, whatever was before.
    const fn settles(&self) -> bool {
        matches!(self.ending, Ending::Final | Ending::Whole)
    }

    /// Whether its lane holds an open record after it; `None`: as before it. Says yes
    /// where the joined text could also turn out to be whole.
    pub fn leaves_open(&self) -> Option<bool> {
        match self.ending {
            Ending::Final | Ending::Whole => Some(false),
            Ending::Partial => Some(true),
            Ending::Unsure => self.begins().then_some(true),
        }
    }

    /// Whether a piece without a newline begins a record: Docker splits at 16 KiB, and
    /// application records begin with a brace.
    fn begins(&self) -> bool {
        self.text.len() >= 16_000 || super::first_byte(&self.text) == Some(b'{')
    }
}

/// What is open in one lane.
#[derive(Debug, Default)]
pub struct Open(Option<Piece>);

impl Open {
    /// Feeds the next piece; gives the records that are complete now.
    pub fn feed(&mut self, piece: Piece) -> impl Iterator<Item = Piece> {
        let (mut first, mut second) = (None, None);
        match (self.0.take(), piece.ending) {
            (None, Ending::Partial) => self.0 = Some(piece),
            (None, Ending::Unsure) if piece.begins() => self.0 = Some(piece),
            (None, _) => first = Some(piece),
            // Whole by itself: what was open has been torn.
            (Some(torn), Ending::Whole) => (first, second) = (Some(torn), Some(piece)),
            (Some(open), ending) => {
                let joined = join(open, &piece);
                let ended = ending == Ending::Final || is_whole(&joined);
                *if ended { &mut first } else { &mut self.0 } = Some(joined);
            }
        }
        first.into_iter().chain(second)
    }

    /// What is still open at the end of an input.
    pub fn finish(&mut self) -> Option<Piece> {
        self.0.take()
    }

    /// Whether nothing is open.
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

fn join(mut open: Piece, next: &Piece) -> Piece {
    open.lines += next.lines;
    open.earlier.push(open.position);
    open.earlier.extend_from_slice(&next.earlier);
    open.position = next.position;
    open.too_long |= next.too_long || open.text.len() + next.text.len() > MAX_LINE_BYTES;
    if open.too_long {
        open.text = Vec::new();
    } else {
        open.text.extend_from_slice(&next.text);
    }
    open
}

fn is_whole(piece: &Piece) -> bool {
    piece.text.trim_ascii_end().ends_with(b"}")
        && serde_json::from_slice::<serde::de::IgnoredAny>(&piece.text).is_ok()
}

/// What a segment leaves for the stitching of its ends.
#[derive(Debug, Default)]
pub struct Seam {
    lanes: [SeamLane; Lane::COUNT],
}

#[derive(Debug, Default)]
struct SeamLane {
    /// Pieces whose meaning depends on what was open before the segment.
    head: Vec<Piece>,
    settled: bool,
    open: Open,
}

impl Seam {
    /// For a segment that begins its input: nothing can be open before it.
    pub fn at_start() -> Self {
        let mut seam = Self::default();
        seam.lanes.iter_mut().for_each(|lane| lane.settled = true);
        seam
    }

    /// Takes out the first piece whose meaning was left open, if there is one.
    pub fn take_undecided(&mut self) -> Option<(Lane, Piece)> {
        let lanes = self.lanes.iter_mut().enumerate();
        lanes
            .filter(|(_, lane)| !lane.head.is_empty())
            .map(|(index, lane)| (Lane::of_index(index), lane.head.remove(0)))
            .next()
    }

    /// Whether a complete piece in this lane is a record by itself.
    #[inline]
    pub fn is_clear(&self, lane: Lane) -> bool {
        self.lanes
            .get(lane.index())
            .is_some_and(|lane| lane.settled && lane.open.is_empty())
    }

    /// Whether a record is open in this lane, once that is known.
    pub fn is_open(&self, lane: Lane) -> Option<bool> {
        let lane = self.lanes.get(lane.index()).filter(|lane| lane.settled)?;
        Some(!lane.open.is_empty())
    }

    /// Takes a piece; gives the records that are complete now.
    pub fn feed(&mut self, lane: Lane, piece: Piece) -> Vec<Piece> {
        let Some(lane) = self.lanes.get_mut(lane.index()) else {
            return Vec::new();
        };
        if lane.settled {
            return lane.open.feed(piece).collect();
        }
        lane.settled = piece.settles();
        lane.head.push(piece);
        Vec::new()
    }

    /// Joins the next segment's seam behind this one; gives the records that are complete now.
    pub fn append(&mut self, next: Self) -> Vec<(Lane, Piece)> {
        let mut records = Vec::new();
        for (index, (mine, next)) in self.lanes.iter_mut().zip(next.lanes).enumerate() {
            for piece in next.head {
                let complete = mine.open.feed(piece);
                records.extend(complete.map(|piece| (Lane::of_index(index), piece)));
            }
            if next.settled {
                mine.open = next.open;
            }
        }
        records
    }

    /// Where the lines start that wait for the rest of their records, ascending.
    pub fn open_lines(&self) -> Vec<u64> {
        let open = self.lanes.iter().filter_map(|lane| lane.open.0.as_ref());
        let mut lines: Vec<u64> = open
            .flat_map(|piece| piece.earlier.iter().copied().chain([piece.position]))
            .collect();
        lines.sort_unstable();
        lines
    }

    /// What is still open at the end of the input.
    pub fn finish(&mut self) -> Vec<(Lane, Piece)> {
        let lanes = self.lanes.iter_mut().enumerate();
        lanes
            .filter_map(|(index, lane)| Some((Lane::of_index(index), lane.open.finish()?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn piece(text: &str, ending: Ending) -> Piece {
        Piece {
            text: text.into(),
            ending,
            time_ms: None,
            lines: 1,
            position: 0,
            earlier: Vec::new(),
            too_long: false,
        }
    }

    /// All records of pieces that are cut into segments at `cuts`.
    fn records(pieces: &[(usize, Piece)], cuts: &[usize]) -> Vec<Vec<(usize, String, u64)>> {
        let mut lanes = vec![Vec::new(); Lane::COUNT];
        let mut whole = Seam::at_start();
        let note = |lanes: &mut Vec<Vec<_>>, lane: Lane, p: Piece| {
            lanes[lane.index()].push((lane.index(), String::from_utf8(p.text).unwrap(), p.lines));
        };
        let mut start = 0;
        let mut held = Vec::new();
        for end in cuts.iter().copied().chain([pieces.len()]) {
            let mut seam = if start == 0 {
                Seam::at_start()
            } else {
                Seam::default()
            };
            for (lane, p) in &pieces[start.min(end)..end] {
                let lane = Lane::of_index(*lane);
                for record in seam.feed(lane, p.clone()) {
                    held.push((lane, record));
                }
            }
            // Stitched records of the segment come before its own.
            for (lane, record) in whole.append(seam) {
                note(&mut lanes, lane, record);
            }
            for (lane, record) in held.drain(..) {
                note(&mut lanes, lane, record);
            }
            start = end.max(start);
        }
        for (lane, record) in whole.finish() {
            note(&mut lanes, lane, record);
        }
        lanes
    }

    proptest! {
        #[test]
        fn cuts_do_not_show(
            pieces in prop::collection::vec((0usize..4, prop::sample::select(vec![
                ("{\"a\":", Ending::Partial), ("1}", Ending::Final), ("{\"b\":2}", Ending::Whole),
                ("{\"c\":", Ending::Unsure), ("3}", Ending::Unsure), ("plain", Ending::Unsure), ("{}", Ending::Final),
            ])), 0..40),
            mut cuts in prop::collection::vec(0usize..40, 0..6),
        ) {
            let pieces: Vec<_> = pieces.into_iter().map(|(lane, (text, ending))| (lane, piece(text, ending))).collect();
            cuts.iter_mut().for_each(|cut| *cut = (*cut).min(pieces.len()));
            cuts.sort_unstable();
            prop_assert_eq!(records(&pieces, &cuts), records(&pieces, &[]));
        }
    }

    #[test]
    fn parts_become_one() {
        let mut open = Open::default();
        assert_eq!(open.feed(piece("{\"a\":", Ending::Partial)).count(), 0);
        let whole = open.feed(piece("1}", Ending::Final)).next().unwrap();
        assert_eq!(
            (whole.text.as_slice(), whole.lines),
            (b"{\"a\":1}".as_slice(), 2)
        );
    }
}
