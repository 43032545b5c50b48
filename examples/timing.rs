use dslog::scan::Hits;
use dslog::scan::engine::{Choice, Engine, Isa};
use dslog::scan::schema::Schema;
use std::time::Instant;
#[path = "../benches/lines.rs"]
mod lines;
fn best(mut f: impl FnMut()) -> f64 {
    let mut b = f64::MAX;
    let t0 = Instant::now();
    while t0.elapsed().as_millis() < 250 {
        let t = Instant::now();
        f();
        b = b.min(t.elapsed().as_nanos() as f64);
    }
    b
}
fn main() {
    let only = std::env::args().nth(1).unwrap_or_default();
    let schema = Schema::new(&[]).unwrap();
    println!(
        "{:10} {:>5} | {:>7} | {:>7} {:>7} {:>7} | {:>7} {:>7} | {:>7} | GB/s avx2 port | x newlines",
        "profile", "len", "newl", "index", "scan", "one", "p-index", "p-scan", "walked"
    );
    for (name, block) in lines::profiles(512 << 10) {
        if !name.contains(&only) {
            continue;
        }
        let n = block.iter().filter(|b| **b == b'\n').count() as f64;
        let nl = best(|| {
            std::hint::black_box(memchr::memchr_iter(b'\n', std::hint::black_box(&block)).count());
        }) / n;
        let mut r = vec![];
        let mut walked = 0;
        for isa in [Isa::Auto, Isa::Portable] {
            let mut e = Engine::with_isa(&schema, Choice::Fast, isa);
            let mut h = Hits::default();
            r.push(
                best(|| {
                    e.begin();
                    let mut s = 0;
                    while let Some(l) = e.next_line(&block) {
                        s += l.end;
                    }
                    std::hint::black_box(s);
                }) / n,
            );
            let mut go = || {
                e.begin();
                while let Some(l) = e.next_line(&block) {
                    let _ = std::hint::black_box(e.scan_line(&block, l, &mut h));
                }
            };
            go();
            r.push(best(go) / n);
            let w = e.walked;
            e.begin();
            while let Some(l) = e.next_line(&block) {
                let _ = std::hint::black_box(e.scan_line(&block, l, &mut h));
            }
            walked = e.walked - w;
            if isa == Isa::Auto {
                r.push(
                    best(|| {
                        for l in block.split_inclusive(|b| *b == b'\n') {
                            let _ = std::hint::black_box(e.scan_one(l, &mut h));
                        }
                    }) / n,
                );
            }
        }
        let len = block.len() as f64 / n;
        println!(
            "{name:10} {len:5.0} | {nl:7.1} | {:7.1} {:7.1} {:7.1} | {:7.1} {:7.1} | {walked:7} | {:.2} {:.2} | {:.1}",
            r[0],
            r[1],
            r[2],
            r[3],
            r[4],
            len / r[1],
            len / r[4],
            r[1] / nl
        );
    }
}
