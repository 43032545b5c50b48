//! Whether candidate lines are wanted: what the record stage understands of them decides.

use super::detail::{Call, Detail, Traces};
use super::ids;
use super::wanted::Wanted;
use crate::block::Block;
use crate::catalog::Catalog;
use crate::fault::Fault;
use crate::line::join::{Lane, Piece};
use crate::pipeline::reader::Reader;
use crate::pipeline::sink::{Record, Sink};
use crate::pipeline::stitch::Shared;
use crate::record::verdict::Judge;
use crate::scan::engine::{Choice, Engine};
use crate::scan::schema::Schema;

/// What decides, and what is to be told of wanted lines.
#[derive(Clone, Copy)]
pub(super) struct Rules<'s> {
    pub(super) schema: &'s Schema,
    pub(super) wanted: &'s Wanted,
    pub(super) engine: Choice,
    /// Records of these traces are wanted as well.
    pub(super) traces: Option<&'s Traces>,
    /// Whether wanted records are described.
    pub(super) details: bool,
    /// Knows what their failures mean; without it they are not judged.
    pub(super) catalog: Option<&'s Catalog>,
}

/// Decides about lines.
pub(super) struct Confirm<'s> {
    reader: Reader<'s, Look<'s>>,
}

impl<'s> Confirm<'s> {
    /// `shared` is nobody else's.
    pub(super) fn new(rules: Rules<'s>, shared: &'s Shared) -> Self {
        let look = Look {
            rules,
            judge: rules
                .catalog
                .map(|catalog| Judge::new(catalog, rules.schema, rules.engine)),
            idle: false,
            found: Vec::new(),
            wanted: false,
            details: Vec::new(),
        };
        let engine = Engine::new(rules.schema, rules.engine);
        Self {
            reader: Reader::new(rules.schema, shared, engine, look),
        }
    }

    /// Whether a line, or the lines that make up one record, are wanted. `first`: they
    /// begin their input.
    pub(super) fn are_wanted(&mut self, lines: &[u8], first: bool) -> bool {
        self.reader.sink.reset();
        self.reader.alone(&Block::alone(lines, first));
        self.reader.sink.wanted
    }

    /// The piece that a line is, if its record may have been split there.
    pub(super) fn piece(&mut self, line: &[u8], first: bool) -> Option<(Lane, Piece)> {
        self.reader.sink.idle = true;
        let piece = self.reader.piece(&Block::alone(line, first));
        self.reader.sink.idle = false;
        piece
    }

    /// The wanted ids of the lines looked at last.
    pub(super) fn found(&mut self) -> Vec<String> {
        std::mem::take(&mut self.reader.sink.found)
    }

    /// What was to be told of the lines looked at last.
    pub(super) fn details(&mut self) -> Vec<Detail> {
        std::mem::take(&mut self.reader.sink.details)
    }
}

/// Looks at the records of lines.
struct Look<'s> {
    rules: Rules<'s>,
    judge: Option<Judge<'s>>,
    /// Lines are only cut: records do not matter.
    idle: bool,
    found: Vec<String>,
    wanted: bool,
    details: Vec<Detail>,
}

impl Look<'_> {
    fn reset(&mut self) {
        self.found.clear();
        self.details.clear();
        self.wanted = false;
    }

    /// A line that is no record.
    fn text(&mut self, line: &[u8]) {
        let mut detail = Detail::default();
        let mut wanted = false;
        ids::of_text(line, |id| {
            wanted |= note(self.rules.wanted, id, &mut self.found);
            if self.rules.details {
                detail.add_id(id);
            }
        });
        self.wanted |= wanted;
        if wanted && self.rules.details {
            self.details.push(detail);
        }
    }
}

/// Notes an id of a line; says whether it is wanted.
fn note(wanted: &Wanted, id: &str, found: &mut Vec<String>) -> bool {
    let Some(id) = wanted.of_id(id) else {
        return false;
    };
    if !found.iter().any(|known| known == id) {
        found.push(id.to_owned());
    }
    true
}

impl Sink for Look<'_> {
    fn record(&mut self, record: &Record<'_>) {
        if self.idle {
            return;
        }
        let Rules { schema, traces, .. } = self.rules;
        let (json, hits) = (record.json, record.hits.list.as_slice());
        let mut wanted = false;
        ids::of_record(schema, json, hits, |id| {
            wanted |= note(self.rules.wanted, id, &mut self.found);
        });
        wanted = wanted || traces.is_some_and(|traces| traces.has(schema, json, hits));
        self.wanted |= wanted;
        if wanted && self.rules.details {
            let mut detail = Detail::of(schema, record);
            if let Some(judge) = &mut self.judge {
                let line = judge.judge(json, hits, &record.facts);
                detail.call = Call::of(schema, record, &line);
            }
            self.details.push(detail);
        }
    }

    fn no_record(&mut self, text: &[u8], _: usize, _: u64) {
        if !self.idle {
            self.text(text);
        }
    }

    fn malformed(&mut self, _: Fault) {}
    fn plain_text(&mut self) {}
    fn blank(&mut self) {}
    fn continued(&mut self, _: u64) {}
    fn hole(&mut self, _: u64) {}
    fn deferred(&mut self, _: u64) {}
}
