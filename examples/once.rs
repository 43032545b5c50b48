use dslog::scan::Hits;
use dslog::scan::engine::{Choice, Engine, Isa};
use dslog::scan::schema::Schema;
#[path = "../benches/lines.rs"]
mod lines;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let schema = Schema::new(&[]).unwrap();
    let block = lines::profiles(512 << 10)
        .into_iter()
        .find(|p| p.0 == a[1])
        .unwrap()
        .1;
    let n = block.iter().filter(|b| **b == b'\n').count() as f64;
    let isa = if a[3] == "p" {
        Isa::Portable
    } else {
        Isa::Auto
    };
    let mut e = Engine::with_isa(&schema, Choice::Fast, isa);
    let mut h = Hits::default();
    let times: usize = a[2].parse().unwrap();
    let t = std::time::Instant::now();
    for _ in 0..times {
        e.begin();
        while let Some(l) = e.next_line(&block) {
            let _ = std::hint::black_box(e.scan_line(&block, l, &mut h));
        }
    }
    eprintln!(
        "{} lines {} ns",
        n,
        t.elapsed().as_nanos() as f64 / n / times as f64
    );
}
