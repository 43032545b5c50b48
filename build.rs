//! Compiles the error catalogue's data files into static Rust data, and refuses
//! to build with a file, a row and a reason where they are wrong.

#![allow(clippy::expect_used, reason = "a build script stops by panicking")]

#[allow(dead_code, reason = "shared with the library")]
#[path = "src/lang.rs"]
mod lang;
#[allow(dead_code, reason = "shared with the library")]
#[path = "src/catalog/schema.rs"]
mod schema;
#[allow(dead_code, reason = "shared with the library")]
#[path = "src/catalog/text.rs"]
mod text;
#[allow(dead_code, reason = "shared with the library")]
#[path = "src/catalog/words.rs"]
mod words;

use schema::Checked;
use std::fmt::Write as _;
use std::path::Path;

/// Searched in this order where the log does not say whose error it is.
const FILES: [&str; 5] = ["dashscope", "http", "openai", "anthropic", "aws"];

fn main() {
    let data = Path::new("src/catalog/data");
    println!("cargo::rerun-if-changed={}", data.display());
    for shared in [
        "src/lang.rs",
        "src/catalog/schema.rs",
        "src/catalog/text.rs",
        "src/catalog/words.rs",
    ] {
        println!("cargo::rerun-if-changed={shared}");
    }
    let mut rows = Vec::new();
    let mut hash = text::FNV_START;
    for name in FILES {
        let path = data.join(name).with_extension("toml");
        let source =
            std::fs::read_to_string(&path).unwrap_or_else(|e| refuse(&path, &e.to_string()));
        hash = text::fnv(hash, source.as_bytes());
        let parsed =
            schema::parse(&source).unwrap_or_else(|refusal| refuse(&path, &refusal.to_string()));
        schema::check_together(&parsed)
            .unwrap_or_else(|refusal| refuse(&path, &refusal.to_string()));
        rows.extend(parsed);
    }
    schema::check_together(&rows).unwrap_or_else(|refusal| refuse(data, &refusal.to_string()));

    let mut out = String::new();
    let _ = writeln!(
        out,
        "/// Names the shipped data, by content.\npub(super) const VERSION: &str = \"{:08x}\";",
        hash as u32
    );
    let _ = writeln!(
        out,
        "/// The shipped rows.\npub(super) static CAUSES: [Cause; {}] = [",
        rows.len()
    );
    for checked in &rows {
        emit(&mut out, checked);
    }
    out.push_str("];\n");
    let target =
        Path::new(&std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("catalog.rs");
    std::fs::write(target, out).expect("OUT_DIR is writable");
}

fn refuse(path: &Path, reason: &str) -> ! {
    println!("cargo::error={}: {reason}", path.display());
    std::process::exit(1)
}

/// One `Cause { … }`, in `const` form.
fn emit(out: &mut String, checked: &Checked) {
    let row = &checked.row;
    let text = |s: &str| format!("Cow::Borrowed({s:?})");
    let texts = |list: &[String]| {
        let items: Vec<String> = list.iter().map(|s| text(s)).collect();
        format!("Cow::Borrowed(&[{}])", items.join(", "))
    };
    let numbers = |list: &[i32]| format!("Cow::Borrowed(&{list:?})");
    let patterns: Vec<String> = row
        .messages
        .iter()
        .zip(&checked.patterns)
        .map(|(written, p)| {
            format!(
                "Pattern {{ written: {}, pieces: {}, whole: {}, coded: {}, called: {} }}",
                text(text::unmarked(written)),
                texts(&p.pieces),
                p.whole,
                p.coded,
                p.called
            )
        })
        .collect();
    let _ = writeln!(
        out,
        "Cause {{ id: {}, provider: Provider::{:?}, code: {}, spellings: {}, covers: {}, statuses: {}, range: {:?}, no_status: {}, \
         messages: Cow::Borrowed(&[{}]), kind: Kind::{:?}, retry: Retry::{:?}, who: Who::{:?}, generic: {}, when_status: {}, \
         wrapper: {}, meaning: [{}, {}], advice: [{}, {}], source: {}, dated: {}, confirmed: {}, doc: {}, own: false }},",
        text(&row.id),
        checked.provider,
        text(&row.code),
        texts(&row.spellings),
        texts(&row.covers),
        numbers(&row.statuses),
        row.range,
        row.no_status,
        patterns.join(", "),
        row.kind,
        row.retry,
        row.who,
        row.generic,
        numbers(&row.when_status),
        row.wrapper,
        text(&row.en.meaning),
        text(&row.zh.meaning),
        text(&row.en.advice),
        text(&row.zh.advice),
        text(&row.source),
        text(&row.dated),
        row.confirmed,
        text(&row.doc),
    );
}
