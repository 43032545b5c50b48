//! Right and wrong JSON of every kind, each as the value in a line of its own, on the real
//! binary: accepted or counted malformed, by every engine. `\xNN` in the files is a byte.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

mod util;

use std::path::Path;

/// The lines `{"v":CASE}` of a file of cases.
fn lines(name: &str) -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/json");
    let cases = std::fs::read(path.join(name)).unwrap();
    let hex = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
    let mut lines = Vec::new();
    for case in cases.split(|byte| *byte == b'\n').filter(|c| !c.is_empty()) {
        let mut line = b"{\"v\":".to_vec();
        let mut rest = case;
        while let Some((&first, after)) = rest.split_first() {
            match (first, after) {
                (b'\\', [b'x', a, b, after @ ..]) if hex(&[*a, *b]).is_some() => {
                    line.push(hex(&[*a, *b]).unwrap());
                    rest = after;
                }
                _ => {
                    line.push(first);
                    rest = after;
                }
            }
        }
        line.push(b'}');
        lines.push(line);
    }
    lines
}

/// How many of the lines, as one log, are malformed.
fn malformed(lines: &[&[u8]], more: &[&str]) -> u64 {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("cases.jsonl");
    std::fs::write(&log, lines.join(&b"\n"[..])).unwrap();
    let args = [
        &["analyze", log.to_str().unwrap(), "--format", "json"],
        more,
    ]
    .concat();
    let report = util::report(&args);
    assert_eq!(report["totals"]["lines"], lines.len());
    report["totals"]["malformed"].as_u64().unwrap()
}

#[test]
fn cases_are_accepted_or_refused() {
    for (name, refused) in [("accepted", false), ("refused", true)] {
        let lines = lines(name);
        let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        assert!(lines.len() > 50);
        for more in [
            &[][..],
            &["--isa", "avx2"],
            &["--isa", "portable"],
            &["--engine", "oracle"],
        ] {
            let wanted = if refused { lines.len() as u64 } else { 0 };
            if malformed(&lines, more) == wanted {
                continue;
            }
            // Which one: each alone.
            for line in &lines {
                let got = malformed(&[line], more) == 1;
                assert!(got == refused, "{name} {more:?}: {}", line.escape_ascii());
            }
            panic!("{name} {more:?}: together they are judged otherwise than alone");
        }
    }
}
