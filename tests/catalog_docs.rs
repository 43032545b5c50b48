//! `docs/errors.md` is the catalogue, printed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

use dslog::commands::explain::{self, Dug, ExplainArgs, Format};
use std::path::Path;

/// `DSLOG_BLESS=1 cargo test --test catalog_docs` writes the page anew.
#[test]
fn errors_page_is_what_explain_prints() {
    let args = ExplainArgs {
        format: Format::Md,
        ..ExplainArgs::default()
    };
    let mut page = Vec::new();
    let exit = explain::run(&args, &|_| Dug::default(), &mut std::io::empty(), &mut page).unwrap();
    assert_eq!(exit, 0);
    let page = String::from_utf8(page).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md");
    if std::env::var_os("DSLOG_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == page,
        "docs/errors.md is out of date: DSLOG_BLESS=1 cargo test --test catalog_docs"
    );
}
