//! The obvious program, to compare with: each line by `serde_json`'s derive into the fields
//! that are wanted, on one thread, failures counted. `serde_line LOG`; without a log it
//! does nothing, so that `cargo bench` passes by.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // it may fail

use std::borrow::Cow;
use std::io::BufRead as _;

#[derive(serde::Deserialize)]
struct Record<'l> {
    #[serde(borrow, default)]
    timestamp: Option<Cow<'l, str>>,
    #[serde(default)]
    status: Option<i64>,
    #[serde(borrow, default)]
    code: Option<Cow<'l, str>>,
    #[serde(borrow, default)]
    request_id: Option<Cow<'l, str>>,
    #[serde(default)]
    latency_ms: Option<f64>,
    #[serde(borrow, default)]
    model: Option<Cow<'l, str>>,
}

fn main() {
    let Some(log) = std::env::args().nth(1).filter(|arg| !arg.starts_with('-')) else {
        return;
    };
    let mut lines = std::io::BufReader::with_capacity(1 << 20, std::fs::File::open(log).unwrap());
    let (mut line, mut records, mut failures, mut sum) = (Vec::new(), 0_u64, 0_u64, 0.0);
    while lines.read_until(b'\n', &mut line).unwrap() > 0 {
        if let Ok(record) = serde_json::from_slice::<Record<'_>>(&line) {
            records += u64::from(record.timestamp.is_some() && record.model.is_some());
            let coded = record.code.is_some_and(|code| !code.is_empty());
            let failed = record.status.is_some_and(|status| status >= 400) || coded;
            failures += u64::from(failed && record.request_id.is_some());
            sum += record.latency_ms.unwrap_or(0.0);
        }
        line.clear();
    }
    println!("{records} records, {failures} failures, {sum} ms");
}
