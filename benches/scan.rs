//! How fast lines are scanned, per kind of log, against what else there is:
//! `cargo bench --bench scan -- typical`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dslog::aggregate::Worker;
use dslog::aggregate::ids::Ids;
use dslog::record::brief::{Count, Plans};
use dslog::record::call::Call;
use dslog::scan::engine::{Choice, Engine, Isa};
use dslog::scan::schema::Schema;
use dslog::scan::skim::{Matched, Skim};
use dslog::scan::{Hits, oracle};
use std::hint::black_box;

#[path = "lines.rs"]
mod lines;

/// What a program would write that needs just these fields and trusts its log.
#[derive(serde::Deserialize)]
struct Derived<'l> {
    #[serde(borrow)]
    timestamp: Option<&'l serde_json::value::RawValue>,
    status_code: Option<&'l serde_json::value::RawValue>,
    latency_ms: Option<&'l serde_json::value::RawValue>,
    model: Option<&'l serde_json::value::RawValue>,
    request_id: Option<&'l serde_json::value::RawValue>,
    error: Option<&'l serde_json::value::RawValue>,
}

fn scan_block(engine: &mut Engine<'_>, block: &[u8], hits: &mut Hits) -> usize {
    let mut found = 0;
    engine.begin();
    while let Some(line) = engine.next_line(block) {
        if engine.scan_line(block, line, hits).is_ok() {
            found += hits.list.len();
        }
    }
    found
}

/// Takes every line that it can; the others are passed over.
fn skim_block(engine: &mut Engine<'_>, block: &[u8], taker: &mut impl Skim) {
    engine.begin();
    while engine.skim(block, taker).is_some() {}
}

struct Matching(u64);
impl Skim for Matching {
    #[inline(always)]
    fn take(&mut self, line: &Matched<'_>) -> bool {
        self.0 += u64::from(black_box(line.shape()));
        true
    }
}

struct Reading<'p, 's, C> {
    plans: &'p mut Plans<'s>,
    calls: C,
}
impl<C: Count> Skim for Reading<'_, '_, C> {
    #[inline(always)]
    fn take(&mut self, line: &Matched<'_>) -> bool {
        self.plans.success(line, &mut self.calls)
    }
}

struct Calls(u64);
impl Count for Calls {
    #[inline(always)]
    fn success(&mut self, status: i16, call: Call<'_>) {
        black_box((status, call.time_ms, call.latency_us, call.tokens_in));
        self.0 += 1;
    }
}

struct Counted<'w, 'i>(&'w mut Worker<'i>);
impl Count for Counted<'_, '_> {
    #[inline(always)]
    fn success(&mut self, status: i16, call: Call<'_>) {
        self.0.success(call, Some(status));
    }
}

fn bench(criterion: &mut Criterion) {
    let schema = Schema::new(&[]).unwrap_or_else(|_| std::process::abort());
    for (profile, block) in lines::profiles(512 << 10) {
        let mut group = criterion.benchmark_group(profile);
        let count = block.iter().filter(|byte| **byte == b'\n').count();
        group.throughput(Throughput::ElementsAndBytes {
            elements: count as u64,
            bytes: block.len() as u64,
        });
        group.bench_function("newlines", |b| {
            b.iter(|| memchr::memchr_iter(b'\n', black_box(&block)).count());
        });
        for isa in [Isa::Avx512, Isa::Avx2, Isa::Portable] {
            let mut engine = Engine::with_isa(&schema, Choice::Fast, isa);
            let mut hits = Hits::default();
            scan_block(&mut engine, &block, &mut hits);
            let (walked, deferred) = (engine.walked, engine.deferred);
            scan_block(&mut engine, &block, &mut hits);
            eprintln!(
                "{profile} {isa:?}: {count} lines, walked {walked} then {}, deferred {deferred} then {}",
                engine.walked - walked,
                engine.deferred - deferred
            );
            group.bench_function(BenchmarkId::new("engine", format!("{isa:?}")), |b| {
                b.iter(|| scan_block(&mut engine, black_box(&block), &mut hits));
            });
        }
        // The index, which lines of usual shapes do without; then the stages of the short way, each
        // with those before it.
        let mut engine = Engine::new(&schema, Choice::Fast);
        let mut hits = Hits::default();
        scan_block(&mut engine, &block, &mut hits);
        group.bench_function("1 index", |b| {
            b.iter(|| {
                engine.begin();
                let mut lines = 0;
                while engine.next_line(black_box(&block)).is_some() {
                    lines += 1;
                }
                lines
            });
        });
        group.bench_function("2 match", |b| {
            b.iter(|| skim_block(&mut engine, black_box(&block), &mut Matching(0)));
        });
        let mut plans = Plans::new(&schema);
        group.bench_function("3 read", |b| {
            b.iter(|| {
                let mut reading = Reading {
                    plans: &mut plans,
                    calls: Calls(0),
                };
                skim_block(&mut engine, black_box(&block), &mut reading);
            });
        });
        let memory_bytes = 64 << 20;
        let ids = Ids::new(memory_bytes, &std::env::temp_dir(), 20);
        let mut worker = Worker::new(&ids, memory_bytes, &std::env::temp_dir());
        group.bench_function("4 count", |b| {
            b.iter(|| {
                let mut reading = Reading {
                    plans: &mut plans,
                    calls: Counted(&mut worker),
                };
                skim_block(&mut engine, black_box(&block), &mut reading);
            });
        });
        drop(worker);
        group.bench_function("scan_one", |b| {
            let mut engine = Engine::new(&schema, Choice::Fast);
            let mut hits = Hits::default();
            b.iter(|| {
                for line in block.split(|byte| *byte == b'\n') {
                    let _ = black_box(engine.scan_one(line, &mut hits));
                }
            });
        });
        group.bench_function("oracle", |b| {
            let mut hits = Hits::default();
            b.iter(|| {
                for line in block.split(|byte| *byte == b'\n') {
                    let _ = black_box(oracle::parse(line, &schema, &mut hits));
                }
            });
        });
        group.bench_function("serde derive", |b| {
            b.iter(|| {
                for line in block.split(|byte| *byte == b'\n') {
                    let Ok(found) = serde_json::from_slice::<Derived<'_>>(line) else {
                        continue;
                    };
                    black_box((found.timestamp, found.status_code, found.latency_ms));
                    black_box((found.model, found.request_id, found.error));
                }
            });
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(std::time::Duration::from_millis(300)).measurement_time(std::time::Duration::from_millis(1500)).sample_size(20);
    targets = bench
}
criterion_main!(benches);
