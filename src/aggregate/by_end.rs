//! Latencies of a worker's calls by model and by how they ended, each counted once.
//!
//! A report has the latencies of each model, of all successes and of all failures. A count
//! of latency is one place out of thousands, mostly not in the nearest cache; so a call is
//! counted in one distribution, and these are added up when the worker is done.

use super::Counts;
use super::groups::{End, ModelAgg};
use super::latency::Latency;
use super::merge::Merge;
use super::table::Table;

/// Distributions by the model's slot.
#[derive(Default)]
pub(super) struct ModelLatencies(Vec<ByEnd>);

/// Of one model.
#[derive(Clone, Default)]
struct ByEnd {
    success: Latency,
    failure: Latency,
}

impl ModelLatencies {
    /// Adds the latency of a call; gives the bytes by which this grew.
    #[inline(always)]
    pub fn record(&mut self, model: usize, end: End, us: u64) -> usize {
        match self.0.get_mut(model) {
            Some(by_end) => by_end.of(end).record(us),
            None => self.first(model, end, us),
        }
    }

    #[cold]
    fn first(&mut self, model: usize, end: End, us: u64) -> usize {
        let new = (model + 1).saturating_sub(self.0.len());
        self.0.resize_with(model + 1, ByEnd::default);
        let own = self.0.get_mut(model);
        new * size_of::<ByEnd>() + own.map_or(0, |by_end| by_end.of(end).record(us))
    }

    /// Adds all to where it belongs, before the slots become void.
    pub fn fold_into(&mut self, counts: &mut Counts, models: &mut Table<Box<str>, ModelAgg>) {
        for (model, ByEnd { success, failure }) in self.0.drain(..).enumerate() {
            if let Some(agg) = models.get_mut(model) {
                agg.latency.merge(success.clone());
                agg.latency.merge(failure.clone());
            }
            counts.success_latency.merge(success);
            counts.failure_latency.merge(failure);
        }
    }
}

impl ByEnd {
    #[inline(always)]
    fn of(&mut self, end: End) -> &mut Latency {
        match end {
            End::Success => &mut self.success,
            End::Failure | End::Throttled => &mut self.failure,
        }
    }
}
