use dslog::catalog::*;
use std::io::BufRead;
fn main() {
    let c = Catalog::shipped();
    for l in std::io::stdin().lock().lines() {
        let l = l.unwrap();
        let mut p = l.split('\t');
        let st = p.next().unwrap().parse().ok();
        let code = p.next().unwrap();
        let msg = p.next().unwrap_or("");
        let prov = p.next().and_then(Provider::from_word);
        let v = c.classify(&Evidence { provider: prov, status: st, code: Some(code), message: Some(msg) });
        println!("{}\t{}\t{}\t=> {}\t{}\t{}\t{}\t{}", l.split('\t').next().unwrap(), code, msg.chars().take(90).collect::<String>(), v.code, v.cause.map_or("-", |c| &c.id), if v.listed {"listed"} else {"UNLISTED"}, v.kind.as_str(), v.retry.as_str());
    }
}
