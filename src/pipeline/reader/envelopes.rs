//! Envelopes: Docker's, CRI's and a collector's are taken off, the records inside read.

use super::{Level, Reader};
use crate::fault::Fault;
use crate::line::join::{Ending, Lane, Piece};
use crate::line::{self, Stream};
use crate::pipeline::short_way::ShortWay;
use crate::pipeline::sink::Sink;
use crate::pipeline::wrapper::Outer;
use crate::record::Facts;
use crate::record::time::{self, TimeMs};
use crate::scan::Hits;

impl<S: Sink> Reader<'_, S> {
    /// Takes an envelope off, if this is one; says whether it was.
    pub(super) fn envelope(
        &mut self,
        json: &[u8],
        hits: &Hits,
        facts: &Facts<'_>,
        outer: Outer<'_>,
    ) -> bool {
        let texts = hits.list.get(facts.texts_from..).unwrap_or_default();
        let Some(hit) = texts.iter().find(|hit| {
            self.schema.is_envelope_text(hit.path) && hit.raw(json).first() == Some(&b'"')
        }) else {
            return false;
        };
        let raw = hit.raw(json);
        let inner = raw.get(1..raw.len() - 1).unwrap_or_default();
        let docker = facts
            .stream
            .filter(|_| self.schema.is_docker_log(hit.path))
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
                self.engine.is_envelope(hits.shape, hit.path);
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
        self.join(lane, text, ending, outer.time_ms);
    }

    /// A line that may be part of a record, or stand behind one that is.
    fn join(&mut self, lane: Lane, text: Vec<u8>, ending: Ending, time_ms: Option<TimeMs>) {
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

    /// A line with Kubernetes' prefix; its text stands at `text` in the block.
    pub(super) fn cri(&mut self, cri: &line::Cri<'_>, block: &[u8], text: std::ops::Range<usize>) {
        let lane = Lane {
            docker: false,
            stream: cri.stream,
        };
        let time_ms = time::parse_text(cri.time);
        let mut level = self.take_level(1);
        if !cri.partial && self.seam.is_clear(lane) {
            let outer = Outer {
                time_ms,
                envelopes: 1,
                ..Outer::default()
            };
            if cri.text.first() == Some(&b'{') {
                if self.sink.takes_short_way() {
                    let plans = (&mut self.plans, &mut self.gists);
                    let mut short_way = ShortWay::inside(outer, plans, &mut self.sink);
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
            self.join(lane, text, ending, time_ms);
        }
        self.put_level(1, level);
    }

    /// A record that was split, or kept until its neighbours were known.
    pub(super) fn rejoined(&mut self, piece: Piece) {
        self.sink.continued(piece.lines - 1);
        let position = std::mem::replace(&mut self.position, piece.position);
        if piece.too_long {
            self.malformed(b"", Fault::TooLong);
            self.position = position;
            return;
        }
        let outer = Outer {
            time_ms: piece.time_ms,
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
            if self.sink.takes_short_way() {
                let plans = (&mut self.plans, &mut self.gists);
                let mut short_way = ShortWay::inside(outer, plans, &mut self.sink);
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
}
