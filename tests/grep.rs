//! `dslog grep` on the real binary: every case is a file under `tests/cases/grep`.
//!
//! A case names its files, arguments and standard input, and what must come out:
//! `stdout` exactly, `stderr` in parts, the exit `code`. A file's text may be stored
//! compressed (`gz`, `zst`, `bz2`, `xz`, `lz4`), repeated (`times`) or as hexadecimal.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use toml::{Table, Value};

/// Lines are raw in a pipe; a name, which anybody may have chosen, never is.
#[cfg(unix)]
#[test]
fn names_of_files_are_escaped() {
    let dir = tempfile::tempdir().unwrap();
    let line = "{\"request_id\":\"a-1\",\"x\":\"\u{9b}\"}\n";
    std::fs::create_dir(dir.path().join("ev")).unwrap();
    std::fs::write(
        dir.path().join("ev/x\x1b]52;c;aGk=\x07\u{202e}.jsonl"),
        line,
    )
    .unwrap();
    let shown = "ev/x\\u{1b}]52;c;aGk=\\u{7}\\u{202e}.jsonl";
    for (flag, wanted) in [
        ("-H", format!("{shown}:{line}")),
        ("-cH", format!("{shown}:1\n")),
        ("-l", format!("{shown}\n")),
    ] {
        let args = ["grep", flag, "a-1", "ev"].map(str::to_owned);
        let out = run(dir.path(), &args, b"");
        assert_eq!(String::from_utf8(out.stdout).unwrap(), wanted, "{flag}");
    }
    let args = ["grep", "-l", "--json", "a-1", "ev"].map(str::to_owned);
    let out = run(dir.path(), &args, b"");
    assert!(out.stdout.starts_with(b"{\"path\":\"ev/x\\u001b]52"));
}

fn text<'t>(table: &'t Table, key: &str) -> &'t str {
    table.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn bytes(file: &Value) -> Vec<u8> {
    let Some(table) = file.as_table() else {
        return file.as_str().unwrap().as_bytes().to_vec();
    };
    let times = table.get("times").and_then(Value::as_integer).unwrap_or(1);
    let hex: Vec<char> = text(table, "hex")
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    let mut plain: Vec<u8> = hex
        .chunks(2)
        .map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap())
        .collect();
    for _ in 0..times {
        plain.extend_from_slice(text(table, "text").as_bytes());
    }
    match text(table, "as") {
        "gz" => {
            let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            out.write_all(&plain).unwrap();
            out.finish().unwrap()
        }
        "zst" => zstd::bulk::compress(&plain, 1).unwrap(),
        "bz2" => {
            let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            out.write_all(&plain).unwrap();
            out.finish().unwrap()
        }
        "xz" => {
            let mut out = liblzma::write::XzEncoder::new(Vec::new(), 0);
            out.write_all(&plain).unwrap();
            out.finish().unwrap()
        }
        "lz4" => {
            let mut out = lz4_flex::frame::FrameEncoder::new(Vec::new());
            out.write_all(&plain).unwrap();
            out.finish().unwrap()
        }
        "torn gz" => {
            let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            out.write_all(&plain).unwrap();
            let mut whole = out.finish().unwrap();
            whole.truncate(whole.len() - 9);
            whole
        }
        _ => plain,
    }
}

fn run(dir: &Path, args: &[String], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dslog"))
        .args(args)
        .current_dir(dir)
        .env_remove("NO_COLOR")
        .env("TZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Ending before all is read is no failure.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

fn check(path: &Path, case: &Table) {
    let dir = tempfile::tempdir().unwrap();
    for (name, file) in case
        .get("files")
        .and_then(Value::as_table)
        .into_iter()
        .flatten()
    {
        let target = dir.path().join(name);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::write(target, bytes(file)).unwrap();
    }
    let stdin = case.get("stdin").map(bytes).unwrap_or_default();
    // With indexes, all is the same but for the remark on what they spare.
    for with_indexes in [false, true] {
        if with_indexes {
            run(dir.path(), &["index".to_owned(), ".".to_owned()], b"");
        }
        check_runs(dir.path(), path, case, &stdin, with_indexes);
    }
}

fn check_runs(dir: &Path, path: &Path, case: &Table, stdin: &[u8], with_indexes: bool) {
    for run_table in case["run"].as_array().unwrap() {
        let wanted = run_table.as_table().unwrap();
        let args: Vec<String> = wanted["args"]
            .as_array()
            .unwrap()
            .iter()
            .map(|arg| arg.as_str().unwrap().to_owned())
            .collect();
        let out = run(dir, &args, stdin);
        let (stdout, stderr) = (
            String::from_utf8_lossy(&out.stdout),
            String::from_utf8_lossy(&out.stderr),
        );
        let told = || {
            format!(
                "{}\nargs: {args:?}, with indexes: {with_indexes}\nstdout:\n{stdout}\nstderr:\n{stderr}",
                path.display()
            )
        };
        let code = wanted.get("code").and_then(Value::as_integer).unwrap_or(0);
        assert_eq!(out.status.code().map(i64::from), Some(code), "{}", told());
        if let Some(hex) = wanted.get("stdout_hex") {
            let hex = Value::Table(Table::from_iter([("hex".to_owned(), hex.clone())]));
            assert_eq!(out.stdout, bytes(&hex), "{}", told());
        } else if wanted.get("stdout").is_some() {
            assert_eq!(stdout, text(wanted, "stdout"), "{}", told());
        }
        for part in wanted
            .get("stdout_has")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            assert!(
                stdout.contains(part.as_str().unwrap()),
                "no {part:?} in {}",
                told()
            );
        }
        for part in wanted
            .get("stdout_lacks")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            assert!(
                !stdout.contains(part.as_str().unwrap()),
                "{part:?} in {}",
                told()
            );
        }
        let silent = wanted.get("stderr").is_none();
        assert!(!silent || stderr.is_empty(), "{}", told());
        for part in wanted
            .get("stderr")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let part = part.as_str().unwrap();
            let remark = ["as other text", "--anywhere"];
            let is_spared = with_indexes && remark.iter().any(|words| part.contains(words));
            assert!(
                is_spared || stderr.contains(part),
                "no {part:?} in {}",
                told()
            );
        }
    }
}

#[test]
fn cases() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/grep");
    let mut count = 0;
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let case: Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        check(&path, &case);
        count += 1;
    }
    assert!(count >= 10, "{count} cases");
}

/// The reader of a pipe has seen enough: no complaint, and no long run to the end.
#[test]
fn a_closed_pipe_is_quiet() {
    let dir = tempfile::tempdir().unwrap();
    let line = format!(
        "{{\"request_id\":\"a-1\",\"pad\":\"{}\"}}\n",
        "x".repeat(1000)
    );
    std::fs::write(dir.path().join("app.jsonl"), line.repeat(20_000)).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_dslog"))
        .args(["grep", "a-1", "app.jsonl"])
        .current_dir(dir.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut first).unwrap();
    drop(child.stdout.take());
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(0));
    assert!(
        out.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
}
