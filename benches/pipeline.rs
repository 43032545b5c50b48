//! What each stage costs on the same typical log, one thread:
//! `cargo bench --bench pipeline`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // it may fail

use clap::Parser as _;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dslog::block::{self, Block, Consume, ReadSettings};
use dslog::catalog::Catalog;
use dslog::cli::{Cli, Command};
use dslog::commands;
use dslog::generate::{Plan, Profile, generate};
use dslog::input::Input;
use dslog::progress::Progress;
use dslog::record::look;
use dslog::record::time::Clocks;
use dslog::record::verdict::Judge;
use dslog::scan::engine::{Choice, Engine};
use dslog::scan::schema::Schema;
use dslog::scan::{Hit, Hits};
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;

/// A consumer that looks at nothing.
struct Nothing(u64);

impl Consume for Nothing {
    fn segment_start(&mut self, _: usize, _: u64) {}
    fn block(&mut self, block: &Block<'_>) {
        self.0 += block.bytes().len() as u64;
    }
    fn skipped_line(&mut self, _: usize, _: u64, _: u64, _: u64) {}
    fn segment_end(&mut self, _: usize, _: u64, _: bool) {}
}

fn read(log: &Path) -> u64 {
    let settings = ReadSettings {
        threads: 1,
        ..ReadSettings::default()
    };
    let inputs = [Input::file(log)];
    let (workers, outcomes) = block::run(&inputs, &settings, |_| Nothing(0), &Progress::new(0));
    assert!(outcomes.iter().all(|outcome| outcome.error.is_none()));
    workers.iter().map(|worker| worker.0).sum()
}

fn whole(log: &Path, engine: &str) {
    let log = log.to_str().unwrap();
    let mut args = vec![
        "dslog",
        "analyze",
        log,
        "--format",
        "json",
        "-o",
        "/dev/null",
    ];
    args.extend(["--threads", "1", "--engine", engine]);
    let Command::Analyze(args) = Cli::try_parse_from(args).unwrap().command else {
        panic!("another command");
    };
    assert_eq!(commands::analyze::run(&args).unwrap(), 0);
}

/// Each well-formed line, and where its wanted values are.
fn scanned<'b>(schema: &Schema, block: &'b [u8]) -> Vec<(&'b [u8], Vec<Hit>)> {
    let mut engine = Engine::new(schema, Choice::Fast);
    let mut hits = Hits::default();
    let mut lines = Vec::new();
    engine.begin();
    while let Some(line) = engine.next_line(block) {
        if engine.scan_line(block, line.clone(), &mut hits).is_ok() {
            lines.push((&block[line], hits.list.clone()));
        }
    }
    lines
}

fn bench(criterion: &mut Criterion) {
    let schema = Schema::new(&[]).unwrap();
    for profile in [Profile::Typical, Profile::Storm, Profile::Docker] {
        let mut block = Vec::new();
        generate(&Plan::new(profile, 20_000, 1), &mut block).unwrap();
        let mut log = tempfile::NamedTempFile::new().unwrap();
        log.write_all(&block).unwrap();

        let mut group = criterion.benchmark_group(profile.as_str());
        group.throughput(Throughput::Bytes(block.len() as u64));
        group.bench_function("newlines in memory", |b| {
            b.iter(|| memchr::memchr_iter(b'\n', black_box(&block)).count());
        });
        group.bench_function("read", |b| b.iter(|| read(log.path())));
        group.bench_function("scan in memory", |b| {
            let mut engine = Engine::new(&schema, Choice::Fast);
            let mut hits = Hits::default();
            b.iter(|| {
                engine.begin();
                while let Some(line) = engine.next_line(black_box(&block)) {
                    let _ = black_box(engine.scan_line(&block, line, &mut hits));
                }
            });
        });
        let lines = scanned(&schema, &block);
        group.bench_function("record: facts", |b| {
            let mut clocks = Clocks::default();
            b.iter(|| {
                for (line, hits) in &lines {
                    black_box(look(&schema, &mut clocks, line, hits));
                }
            });
        });
        group.bench_function("record: facts and verdict", |b| {
            let mut judge = Judge::new(Catalog::shipped(), &schema, Choice::Fast);
            let mut clocks = Clocks::default();
            b.iter(|| {
                for (line, hits) in &lines {
                    let facts = look(&schema, &mut clocks, line, hits);
                    black_box(judge.judge(line, hits, &facts));
                }
            });
        });
        for engine in ["fast", "oracle"] {
            group.bench_function(BenchmarkId::new("whole report", engine), |b| {
                b.iter(|| whole(log.path(), engine));
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(std::time::Duration::from_millis(300)).measurement_time(std::time::Duration::from_millis(1500)).sample_size(20);
    targets = bench
}
criterion_main!(benches);
