//! The README shows what the program prints, not what it once printed.
//! `DSLOG_BLESS=1 cargo test --test readme` rewrites it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

mod util;

use std::path::Path;

const FIXTURE: &str = "fixtures/typical_200.jsonl";

/// Where the fence after `heading` has its text, in bytes.
fn fence(readme: &str, heading: &str) -> std::ops::Range<usize> {
    let section = readme.find(heading).expect("the section is there");
    let open = "\n```text\n";
    let start = section + readme[section..].find(open).expect("it has output") + open.len();
    let end = start + readme[start..].find("```").expect("which ends");
    start..end
}

#[test]
fn the_shown_output_is_real() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let shown = fence(&readme, "## What it prints");
    // Test processes start in the root, so the path reads as it would there.
    let printed = String::from_utf8(util::dslog(&["analyze", FIXTURE]).stdout).unwrap();
    let lines = readme[shown.clone()].lines().count();
    let beginning: String = printed.split_inclusive('\n').take(lines).collect();
    assert!(lines > 20, "the README shows too little: {lines} lines");
    if std::env::var_os("DSLOG_BLESS").is_some() {
        let blessed = format!(
            "{}{beginning}{}",
            &readme[..shown.start],
            &readme[shown.end..]
        );
        std::fs::write(root.join("README.md"), blessed).unwrap();
        return;
    }
    assert!(
        readme[shown] == beginning,
        "README.md shows another beginning of `dslog analyze {FIXTURE}`; \
         DSLOG_BLESS=1 cargo test --test readme rewrites it. Printed:\n{beginning}"
    );
}

#[test]
fn the_examples_of_the_help_parse() {
    use clap::{CommandFactory as _, Parser as _};
    let cli = dslog::cli::Cli::command();
    let mut with_examples = Vec::new();
    for command in std::iter::once(&cli).chain(cli.get_subcommands()) {
        let help = command.get_after_help().map(ToString::to_string);
        let lines = help.iter().flat_map(|help| help.lines());
        // The parts of pipes and lists that are ours, up to the remark.
        let parts = lines
            .flat_map(|line| line.split(" | "))
            .flat_map(|part| part.split("; "));
        let is_ours = |part: &&str| part.starts_with("dslog ");
        for said in parts.map(str::trim).filter(is_ours) {
            let said = said.split("  ").next().unwrap();
            let said = said.split(" > ").next().unwrap();
            let mut args: Vec<&str> = Vec::new();
            for (at, part) in said.split('\'').enumerate() {
                match at % 2 {
                    0 => args.extend(part.split_whitespace()),
                    _ => args.push(part),
                }
            }
            if let Err(error) = dslog::cli::Cli::try_parse_from(&args) {
                panic!("{said}: {error}");
            }
            with_examples.push(command.get_name());
        }
    }
    for name in ["dslog", "analyze", "diff", "explain", "fields", "grep"] {
        assert!(with_examples.contains(&name), "{name} has no examples");
    }
}
