use dslog::commands::explain::*;
use dslog::lang::Lang;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let args = ExplainArgs { query: a.get(3).cloned(), format: match a[1].as_str() {"json"=>Format::Json,"md"=>Format::Md,_=>Format::Text}, lang: if a[2]=="zh" {Lang::Zh} else {Lang::En}, ..Default::default() };
    let t = std::time::Instant::now();
    let c = run(&args, &|_| Dug::default(), &mut std::io::stdin(), &mut std::io::stdout().lock());
    eprintln!("{c:?} {:?}", t.elapsed());
}
