//! Which files of a directory are logs, by name.

/// What a log's name ends with, once rotation and compression are taken off.
const LOG_SUFFIXES: [&str; 4] = [".jsonl", ".ndjson", ".json", ".log"];
const COMPRESSED_SUFFIXES: [&str; 5] = [".gz", ".zst", ".bz2", ".xz", ".lz4"];

/// The kinds of names taken from a directory, for messages.
pub(super) const TAKEN: &str = "*.jsonl, *.ndjson, *.json, *.log, also rotated or compressed";

/// Whether a file of this name is taken when a directory is given: `app.jsonl`,
/// `app.log.1`, `app.log.2.gz`, `app.jsonl-20261122`, `app-2026-11-22.log.zst`.
pub(super) fn is_log(name: &str) -> bool {
    if is_own(name) || name.starts_with('.') {
        return false;
    }
    let mut name = name.to_ascii_lowercase();
    loop {
        if LOG_SUFFIXES.iter().any(|suffix| name.ends_with(suffix)) {
            return true;
        }
        let Some(shorter) = strip_rotation(&name) else {
            return false;
        };
        name.truncate(shorter);
    }
}

/// Whether this program writes files of this name for itself.
pub(super) fn is_own(name: &str) -> bool {
    name.contains(".dslog-")
}

/// Length of `name` without its last `.gz`, `.1`, `-20261122`, `.2026-11-22T10:00`, `.old`.
fn strip_rotation(name: &str) -> Option<usize> {
    let compressed = COMPRESSED_SUFFIXES
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix));
    if let Some(shorter) = compressed.or_else(|| name.strip_suffix(".old")) {
        return Some(shorter.len());
    }
    // A date has separators of its own, so all of them go with the digits; its letters
    // (`T`, `Z`) only behind a digit, so that they are no part of a suffix.
    let mut shorter = name;
    loop {
        let rest = shorter.trim_end_matches(|c: char| c.is_ascii_digit() || "-_.:".contains(c));
        let before_letter = rest.strip_suffix(['t', 'z']);
        match before_letter {
            Some(before) if before.ends_with(|c: char| c.is_ascii_digit()) => shorter = before,
            _ => {
                shorter = rest;
                break;
            }
        }
    }
    let mark = name.get(shorter.len()..)?;
    let marked = mark.starts_with(['.', '-', '_']) && mark.contains(|c: char| c.is_ascii_digit());
    marked.then_some(shorter.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_by_name() {
        for name in [
            "app.jsonl",
            "app.ndjson",
            "app.json",
            "app.log",
            "APP.LOG",
            "app.log.1",
            "app.log.2.gz",
            "app.jsonl-20261122",
            "app-2026-11-22.log.zst",
            "app.log-2026-11-22T10:00:00Z.xz",
            "app.log.2026-11-22",
            "app.json.bz2",
            "app.log.lz4",
            "app.log.old",
            "app.jsonl_17.gz",
            "app.log.gz.1",
            "app.log.1.old",
        ] {
            assert!(is_log(name), "{name}");
        }
        for name in [
            "app.txt",
            "app",
            "app.gz",
            "1",
            "",
            ".app.log",
            "app.log.dslog-idx",
            "app.logs",
            "app.log.bak",
            "applog",
            "app.1",
            "report.html",
            "x.dslog-state.json",
            "app.log-t",
        ] {
            assert!(!is_log(name), "{name}");
        }
    }
}
