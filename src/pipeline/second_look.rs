//! A second pass, at a few request ids only: did a success follow the last failure?

use super::analyze::Settings;
use super::reader::Reader;
use super::sink::{Record, Sink};
use super::stitch::Shared;
use crate::aggregate::ids::TopId;
use crate::block;
use crate::fault::Fault;
use crate::input::Input;
use crate::progress::Progress;
use crate::record::request_id::RequestId;
use crate::record::verdict::{Judge, Line};
use crate::scan::engine::Engine;
use std::collections::{BTreeMap, HashMap};

/// Where a line stands: by time, and where that is equal or missing by input and position.
type Moment = (Option<i64>, usize, u64);

/// The latest failure and success of one id.
#[derive(Clone, Copy, Debug, Default)]
struct Ends {
    failure: Option<Moment>,
    success: Option<Moment>,
}

/// For each id whether a success came after its last failure. Inputs that cannot be
/// read twice are the caller's to exclude.
pub fn recovered(
    inputs: &[Input],
    settings: &Settings<'_>,
    ids: &[TopId],
    progress: &Progress,
) -> BTreeMap<String, bool> {
    let wanted: HashMap<RequestId, Ends> = ids
        .iter()
        .map(|id| (RequestId::new(&id.id), Ends::default()))
        .collect();
    let shared = Shared::default();
    let reader = |_worker: usize| {
        let judge = Judge::new(settings.catalog, settings.schema, settings.engine);
        let engine = Engine::with_isa(settings.schema, settings.engine, settings.isa);
        Reader::new(
            settings.schema,
            &shared,
            engine,
            Look {
                judge,
                ids: wanted.clone(),
            },
        )
    };
    let (mut readers, _) = block::run(inputs, &settings.read, reader, progress);
    if let Some(first) = readers.first_mut() {
        first.finish_inputs();
    }
    let mut ends = wanted.clone();
    for look in readers.into_iter().map(Reader::finish) {
        for (id, part) in look.ids {
            let whole = ends.entry(id).or_default();
            whole.failure = whole.failure.max(part.failure);
            whole.success = whole.success.max(part.success);
        }
    }
    ends.into_iter()
        .map(|(id, ends)| (id.text().into_owned(), ends.success > ends.failure))
        .collect()
}

struct Look<'s> {
    judge: Judge<'s>,
    ids: HashMap<RequestId, Ends>,
}

impl Sink for Look<'_> {
    fn record(&mut self, record: &Record<'_>) {
        let moment = Some((record.facts.time_ms, record.input, record.position));
        match self
            .judge
            .judge(record.json, &record.hits.list, &record.facts)
        {
            Line::Other { .. } => {}
            Line::Success { .. } => {
                let id = record
                    .facts
                    .body_id
                    .or(record.facts.request_id)
                    .map(RequestId::of_raw);
                if let Some(ends) = id.and_then(|id| self.ids.get_mut(&id)) {
                    ends.success = ends.success.max(moment);
                }
            }
            Line::Failure(failure) => {
                if let Some(ends) = failure.request_id.and_then(|id| self.ids.get_mut(&id)) {
                    ends.failure = ends.failure.max(moment);
                }
            }
        }
    }

    // The first pass has counted all else.
    fn blank(&mut self) {}
    fn malformed(&mut self, _: Fault) {}
    fn plain_text(&mut self) {}
    fn continued(&mut self, _: u64) {}
    fn hole(&mut self, _: u64) {}
    fn deferred(&mut self, _: u64) {}
}
