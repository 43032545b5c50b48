//! Latencies of a worker's calls by model and by how they ended, each counted once.
//!
//! A report has the latencies of each model, of all successes and of all failures. A count
//! of latency is one place out of thousands, mostly not in the nearest cache; so a call is
//! counted in one distribution, and these are added up when the worker is done.

use super::Counts;
use super::groups::{End, ModelAgg};
use super::latency::Latency;
use super::table::Table;
use crate::merge::Merge;

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

#[cfg(test)]
mod tests {
    use super::super::Worker;
    use super::super::ids::Ids;
    use super::*;
    use crate::record::Raw;
    use crate::record::call::Call;

    fn call(model: Option<&str>, latency_us: Option<u64>) -> Call<'_> {
        Call {
            time_ms: Some(1_795_334_400_000),
            model: model.map(|name| Raw(name.as_bytes())),
            latency_us,
            ..Call::default()
        }
    }

    /// Counts calls with so many bytes for the models; gives the whole, and whether they
    /// went to disk.
    fn counted(
        share_bytes: usize,
        calls: &[Call<'_>],
    ) -> (Counts, Vec<(Box<str>, ModelAgg)>, bool) {
        let dir = std::env::temp_dir();
        let ids = Ids::new(1 << 20, &dir, 0);
        let mut worker = Worker::new(&ids, share_bytes, &dir);
        for call in calls {
            worker.success_of(*call, Some(200));
        }
        let spilled = worker.models.table.generation() > 0;
        let whole = worker.finish().unwrap();
        let mut models = Vec::new();
        let mut sorted = whole.models.into_sorted().unwrap();
        while let Some(entry) = sorted.next_entry().unwrap() {
            models.push(entry);
        }
        (whole.counts, models, spilled)
    }

    #[test]
    fn models_go_to_disk_with_and_without_latencies() {
        let names: Vec<String> = (0..5000)
            .map(|n| format!("\"model-{}\"", n % 2500))
            .collect();
        for latency_us in [None, Some(7_000)] {
            let calls: Vec<_> = names
                .iter()
                .map(|name| call(Some(name), latency_us))
                .collect();
            let (_, all, in_memory) = counted(usize::MAX, &calls);
            let (counts, some, spilled) = counted(64 << 10, &calls);
            assert!(!in_memory && spilled);
            assert_eq!(some, all);
            assert_eq!(some.len(), 2500);
            let latencies = latency_us.map_or(0, |_| 5000);
            assert_eq!(counts.success_latency.count(), latencies);
        }
    }

    #[test]
    fn what_names_no_model_counts_among_all() {
        let calls = [
            call(None, Some(1)),
            call(Some("\"qwen-max\""), Some(3)),
            call(Some("\"qwen-max\""), None),
        ];
        let (counts, models, _) = counted(1 << 20, &calls);
        assert_eq!(counts.success_latency.count(), 2);
        let [(_, qwen)] = &*models else {
            panic!("one model");
        };
        assert_eq!((qwen.ends.requests, qwen.latency.count()), (2, 1));
    }
}
