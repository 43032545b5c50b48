//! `tests/cases/{gate,diff,arguments,secrets}/*.case`: commands, and what they must print and
//! end with.
//!
//! ```text
//! # why
//! file: app.jsonl {"status":200}                            a line of a file in {DIR}
//! secret: Zq8vLkP2mN4x                                      from here on in nothing that is written
//! run: analyze fixtures/x.jsonl --fail-on 'failures>5'      {DIR} is a fresh folder
//! exit: 3
//! stderr: is in it      stderr-not: is not      stderr-empty:      and so for stdout
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

/// Words at blanks; single quotes keep them together.
fn words(line: &str, dir: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
        .iter()
        .map(|word| word.replace("{DIR}", dir))
        .collect()
}

/// Whether eight bytes of a secret stand anywhere.
fn leaks(secret: &str, text: &[u8]) -> bool {
    let mut places = text.windows(8);
    places.any(|place| secret.as_bytes().windows(8).any(|part| part == place))
}

fn check(case: &Path) {
    let dir = tempfile::tempdir().unwrap();
    let mut given = BTreeMap::<String, String>::new();
    let mut secrets = Vec::new();
    let mut ran: Option<(String, Output)> = None;
    for line in std::fs::read_to_string(case).unwrap().lines() {
        let Some((key, value)) = line.split_once(':') else {
            assert!(
                line.is_empty() || line.starts_with('#'),
                "{}: {line}",
                case.display()
            );
            continue;
        };
        if line.starts_with('#') {
            continue;
        }
        let value = value.strip_prefix(' ').unwrap_or(value);
        if key == "file" {
            let (name, line) = value.split_once(' ').unwrap();
            let text = given.entry(name.to_owned()).or_default();
            text.push_str(line);
            text.push('\n');
            std::fs::write(dir.path().join(name), text).unwrap();
            continue;
        }
        if key == "secret" {
            assert!(given.values().any(|text| text.contains(value)), "{line}");
            secrets.push(value.to_owned());
            continue;
        }
        if key == "run" {
            let out = Command::new(env!("CARGO_BIN_EXE_dslog"))
                .args(words(value, dir.path().to_str().unwrap()))
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .output()
                .unwrap();
            for secret in &secrets {
                let place = format!("{}: dslog {value}: {secret}", case.display());
                assert!(!leaks(secret, &out.stdout), "{place} on stdout");
                assert!(!leaks(secret, &out.stderr), "{place} on stderr");
                for file in std::fs::read_dir(dir.path()).unwrap() {
                    let file = file.unwrap();
                    let name = file.file_name().into_string().unwrap();
                    let written = !given.contains_key(&name);
                    let text = std::fs::read(file.path()).unwrap();
                    assert!(!written || !leaks(secret, &text), "{place} in {name}");
                }
            }
            ran = Some((value.to_owned(), out));
            continue;
        }
        let (run, out) = ran.as_ref().unwrap();
        let (stdout, stderr) = (
            String::from_utf8_lossy(&out.stdout),
            String::from_utf8_lossy(&out.stderr),
        );
        let (stream, what) = key.split_once('-').unwrap_or((key, ""));
        let text = if stream == "stdout" { &stdout } else { &stderr };
        let holds = match (stream, what) {
            ("exit", "") => out.status.code().unwrap().to_string() == value,
            ("stdout" | "stderr", "") => text.contains(value),
            ("stdout" | "stderr", "not") => !text.contains(value),
            ("stdout" | "stderr", "empty") => text.is_empty(),
            _ => panic!("{}: what is {key:?}?", case.display()),
        };
        assert!(
            holds,
            "{}: dslog {run}\nexpected {line}\nended with {:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}",
            case.display(),
            out.status.code()
        );
    }
    assert!(ran.is_some(), "{}: nothing was run", case.display());
}

fn all(folder: &str, least: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cases")
        .join(folder);
    let mut cases: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    assert!(cases.len() >= least, "{cases:?}");
    cases.iter().for_each(|case| check(case));
}

#[test]
fn rules() {
    all("gate", 18);
}

#[test]
fn diffs() {
    all("diff", 3);
}

#[test]
fn arguments() {
    all("arguments", 7);
}

#[test]
fn secrets() {
    all("secrets", 3);
}
