//! How fast lines are scanned, per kind of log, against what else there is:
//! `cargo bench --bench scan -- typical`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dslog::scan::engine::{Choice, Engine, Isa};
use dslog::scan::schema::Schema;
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
