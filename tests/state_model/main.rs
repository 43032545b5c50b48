//! Random histories of logs against a model: whatever is done to the logs, and whenever
//! a run is killed, every line is counted exactly once.
//!
//! `DSLOG_STATE_PROGRAMS` sets how many programs run, `DSLOG_STATE_SEED` the first seed; a
//! failure prints the program's seed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail
#![cfg(unix)]

mod runs;
mod world;

use std::fs;
use world::World;

impl World {
    fn step(&mut self) {
        let (name, act): (&str, fn(&mut Self)) = match self.rng.below(20) {
            0..=3 => ("append", |world| {
                let lines = 1 + world.rng.below(4);
                world.append(lines);
            }),
            4 => ("append many", |world| {
                let lines = 20 + world.rng.below(40);
                world.append(lines);
            }),
            5 | 6 => ("append part", Self::append_part),
            7 | 8 => ("rotate", Self::rotate),
            9 | 10 => ("compress", Self::compress),
            11 => ("copytruncate", Self::copytruncate),
            12 => ("delete oldest", Self::delete_oldest),
            13 => ("begin anew", Self::begin_anew),
            14 => ("kill", Self::kill),
            15 => ("two at once", Self::two_at_once),
            16 => ("run twice", Self::run_twice),
            _ => ("run", Self::run),
        };
        self.trace.push(name.to_owned());
        act(self);
    }
}

fn program(seed: u64) {
    let mut world = World::new(seed);
    fs::create_dir(world.path("")).unwrap();
    let steps = 5 + world.rng.below(20);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        for _ in 0..steps {
            world.step();
        }
        world.trace.push("run".to_owned());
        world.run();
    }));
    if let Err(panic) = result {
        eprintln!(
            "program failed: DSLOG_STATE_SEED={seed} DSLOG_STATE_PROGRAMS=1; steps: {}",
            world.trace.join(", ")
        );
        if std::env::var_os("DSLOG_STATE_LEAVE").is_some() {
            eprintln!("left in {}", world.dir.keep().display());
        }
        std::panic::resume_unwind(panic);
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(default)
}

#[test]
fn every_line_is_counted_exactly_once() {
    let programs = number("DSLOG_STATE_PROGRAMS", 300);
    let first = number("DSLOG_STATE_SEED", 1);
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get) as u64;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                for seed in (first..first + programs)
                    .skip(thread as usize)
                    .step_by(threads as usize)
                {
                    program(seed);
                }
            });
        }
    });
    println!("{programs} programs from seed {first}: every report equals the model");
}
