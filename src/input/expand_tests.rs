//! What arguments come to.

use super::*;
use std::fs::{create_dir_all, write};

fn paths(expanded: &Expanded, root: &Path) -> Vec<String> {
    let root = format!("{}/", root.display());
    let show = |input: &Input| {
        let path = input.path.strip_prefix(&root).unwrap_or(&input.path);
        match input.failure() {
            Some(_) => format!("!{path}"),
            None => path.to_owned(),
        }
    };
    expanded.inputs.iter().map(show).collect()
}

fn tree(files: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in files {
        let path = dir.path().join(file);
        create_dir_all(path.parent().unwrap()).unwrap();
        write(path, file).unwrap();
    }
    dir
}

#[test]
fn nothing_is_standard_input() {
    let expanded = expand(&[], &[]);
    assert!(expanded.inputs.len() == 1 && expanded.inputs[0].is_stdin());
    let expanded = expand(&["-".into(), "-".into()], &[]);
    assert!(expanded.inputs.len() == 1 && expanded.inputs[0].is_stdin());
}

#[test]
fn directories_give_their_logs_sorted() {
    let dir = tree(&[
        "b.jsonl",
        "a/x.log.2.gz",
        "a/x.log",
        "a/.hidden.log",
        ".git/y.log",
        "notes.txt",
        "b.jsonl.dslog-idx",
        "c.ndjson",
        "zz.json",
    ]);
    write(
        dir.path().join("report.json"),
        "{\n \"schema\": \"dslog.report/v1\",",
    )
    .unwrap();
    let found = expand(&[dir.path().to_path_buf()], &[]);
    let expected = ["a/x.log", "a/x.log.2.gz", "b.jsonl", "c.ndjson", "zz.json"];
    assert_eq!(paths(&found, dir.path()), expected);
}

#[test]
fn patterns_match_unless_the_file_exists() {
    let dir = tree(&[
        "l/a.jsonl",
        "l/b.jsonl",
        "l/c.txt",
        "l/d/e.jsonl",
        "l/[x].jsonl",
        "l/.h.jsonl",
    ]);
    let find = |pattern: &str| paths(&expand(&[dir.path().join(pattern)], &[]), dir.path());
    assert_eq!(find("l/*.jsonl"), ["l/[x].jsonl", "l/a.jsonl", "l/b.jsonl"]);
    assert_eq!(find("l/[x].jsonl"), ["l/[x].jsonl"]);
    assert_eq!(find("l/[ab].*"), ["l/a.jsonl", "l/b.jsonl"]);
    assert_eq!(find("l/{a,c}.*"), ["l/a.jsonl", "l/c.txt"]);
    assert_eq!(find("l/.*.jsonl"), ["l/.h.jsonl"]);
    assert_eq!(
        find("**/*.jsonl"),
        ["l/[x].jsonl", "l/a.jsonl", "l/b.jsonl", "l/d/e.jsonl"]
    );
    // A matched directory is searched.
    assert_eq!(find("l/d*"), ["l/d/e.jsonl"]);
    assert_eq!(find("l/*.zip"), ["!l/*.zip"]);
    assert_eq!(find("no/*.zip"), ["!no/*.zip"]);
    assert_eq!(find("l/[.zip"), ["!l/[.zip"]);
}

#[test]
fn what_leads_nowhere_says_so_and_the_rest_goes_on() {
    let dir = tree(&["a.log", "empty/readme.txt"]);
    let arguments = ["gone.log", "a.log", "empty", "gone.log"].map(|name| dir.path().join(name));
    let found = expand(&arguments, &[]);
    assert_eq!(paths(&found, dir.path()), ["a.log", "!empty", "!gone.log"]);
    let error = found.inputs[1].failure().unwrap();
    assert!(error.to_string().contains("no logs"), "{error}");
    assert!(found.inputs[2].open().is_err());
}

#[cfg(unix)]
#[test]
fn one_file_counts_once_under_any_name() {
    let dir = tree(&["a.log", "b.log"]);
    let at = |name: &str| dir.path().join(name);
    std::os::unix::fs::symlink(at("a.log"), at("link.log")).unwrap();
    fs::hard_link(at("a.log"), at("hard.log")).unwrap();
    for arguments in [
        vec![at("a.log"), at("a.log"), at("b.log")],
        vec![at("b.log"), at("link.log"), at("a.log")],
        vec![at("hard.log"), at("a.log"), at("b.log")],
        vec![
            at("./a.log"),
            at("a.log"),
            at("b.log"),
            dir.path().to_path_buf(),
        ],
        vec![dir.path().to_path_buf(), at("*.log")],
    ] {
        let found = expand(&arguments, &[]);
        assert_eq!(found.inputs.len(), 2, "{arguments:?}");
        // Of several names the least is shown, in whatever order they were given.
        let reversed: Vec<_> = arguments.iter().rev().cloned().collect();
        let shown = |found: &Expanded| paths(found, dir.path());
        assert_eq!(shown(&expand(&reversed, &[])), shown(&found));
    }
}

#[cfg(unix)]
#[test]
fn loops_and_dangling_links_do_no_harm() {
    let dir = tree(&["a.log"]);
    let link = |to: &Path, name: &str| {
        std::os::unix::fs::symlink(to, dir.path().join(name)).unwrap();
    };
    link(dir.path(), "loop");
    link(Path::new("nowhere"), "dangling.txt");
    link(Path::new("nowhere"), "dangling.log");
    let found = expand(&[dir.path().to_path_buf()], &[]);
    assert_eq!(paths(&found, dir.path()), ["a.log", "!dangling.log"]);
    assert_eq!(found.notes.len(), 1, "{:?}", found.notes);
}

#[test]
fn own_output_is_never_read() {
    let dir = tree(&["a.log", "out.json"]);
    let own = [dir.path().join("out.json"), dir.path().join("not yet")];
    let found = expand(&[dir.path().to_path_buf(), own[0].clone()], &own);
    assert_eq!(paths(&found, dir.path()), ["a.log"]);
    assert!(found.notes[0].contains("out.json"));
}
