//! Path arguments to an ordered list of inputs, each file once.

use super::{INDEX_MAGIC, Input, names};
use crate::fault::Error;
use globset::GlobBuilder;
use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use walkdir::WalkDir;

/// The characters that make an argument a pattern.
const PATTERN: [char; 4] = ['*', '?', '[', '{'];

/// What the arguments came to.
#[derive(Debug)]
pub struct Expanded {
    /// What to read, sorted by the bytes of the path; faulty arguments among them.
    pub inputs: Vec<Input>,
    /// What was left out and why, a line each, safe to print.
    pub notes: Vec<String>,
}

/// Which file it is, whatever it is called.
#[cfg(unix)]
type FileId = (u64, u64);
#[cfg(not(unix))]
type FileId = PathBuf;

/// Resolves path arguments: files, directories (searched for logs by name), patterns
/// such as `logs/*.jsonl` where no file has that very name, `-` for standard input,
/// which no argument at all means, too.
///
/// A file met twice, also through a link, counts once. `own` are the files that this
/// run writes: they are never read, nor is the file that standard output goes to.
/// What leads nowhere becomes an input that fails when it is opened.
pub fn expand(arguments: &[PathBuf], own: &[PathBuf]) -> Expanded {
    let mut found = Found::default();
    if arguments.is_empty() {
        found.inputs.push((Input::stdin(), stdin_id()));
    }
    for argument in arguments {
        found.argument(argument);
    }
    if let Some(index) = found.index.take().filter(|_| found.inputs.is_empty()) {
        let error = Error::new("is a side index of this program, no log").hint("name its log");
        found.failed(&index, error);
    }
    // By name first: which of a file's names is shown must not depend on the order.
    found
        .inputs
        .sort_by(|(a, _), (b, _)| path_bytes(a).cmp(path_bytes(b)));

    let mut seen: HashSet<FileId> = HashSet::new();
    let mut names = HashSet::new();
    let written: HashSet<FileId> = own
        .iter()
        .filter_map(|path| fs::metadata(path).ok().and_then(|m| file_id(path, &m)))
        .chain(stdout_id())
        .collect();
    let mut inputs = Vec::with_capacity(found.inputs.len());
    for (input, id) in found.inputs {
        match id {
            Some(id) if written.contains(&id) => {
                let name = crate::untrusted::terminal(&input.path);
                found
                    .notes
                    .push(format!("{name}: not read, this run writes it"));
            }
            Some(id) if !seen.insert(id) => {}
            None if !names.insert(input.path.clone()) => {}
            _ => inputs.push(input),
        }
    }
    Expanded {
        inputs,
        notes: found.notes,
    }
}

/// What the arguments lead to, not yet sorted.
#[derive(Default)]
struct Found {
    inputs: Vec<(Input, Option<FileId>)>,
    notes: Vec<String>,
    /// A side index among the arguments: it is no log.
    index: Option<PathBuf>,
}

impl Found {
    fn argument(&mut self, argument: &Path) {
        if argument == Path::new("-") {
            self.inputs.push((Input::stdin(), stdin_id()));
            return;
        }
        match fs::metadata(argument) {
            Ok(metadata) if metadata.is_dir() => self.directory(argument),
            // A shell's `logs/*` names them, too.
            Ok(_) if is_index(argument) => self.index = Some(argument.to_path_buf()),
            Ok(metadata) => self.file(argument.to_path_buf(), &metadata),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && is_pattern(argument) => {
                self.pattern(argument);
            }
            Err(error) => self.failed(argument, Error::io(argument, &error)),
        }
    }

    fn file(&mut self, path: PathBuf, metadata: &Metadata) {
        let id = file_id(&path, metadata);
        self.inputs.push((Input::file(path), id));
    }

    fn failed(&mut self, path: &Path, error: Error) {
        let name = path.to_string_lossy();
        self.inputs
            .push((Input::failed(name, error.at(path)), None));
    }

    /// The logs below a directory, links followed.
    fn directory(&mut self, root: &Path) {
        let before = self.inputs.len();
        let walk = WalkDir::new(root).follow_links(true).into_iter();
        for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.file_name()))
        {
            match entry {
                Ok(entry) if entry.file_type().is_file() => {
                    let name = entry.file_name().to_string_lossy();
                    if names::is_log(&name) && !is_report(entry.path()) {
                        self.entry(entry.path().to_path_buf(), &entry);
                    }
                }
                Ok(_) => {}
                Err(error) => self.walk_error(root, &error),
            }
        }
        if self.inputs.len() == before {
            let error = Error::new("no logs in this directory").hint(format!(
                "taken are {}; name other files, or give a pattern",
                names::TAKEN
            ));
            self.failed(root, error);
        }
    }

    /// The files that a pattern matches, and the logs below directories that it matches.
    fn pattern(&mut self, pattern: &Path) {
        let text = pattern.to_string_lossy();
        let glob = GlobBuilder::new(text.strip_prefix("./").unwrap_or(&text))
            .literal_separator(true)
            .build();
        let matcher = match glob {
            Ok(glob) => glob.compile_matcher(),
            Err(error) => {
                let error = Error::new(format!(
                    "no such file, and no valid pattern: {}",
                    error.kind()
                ));
                self.failed(pattern, error);
                return;
            }
        };
        let root: PathBuf = pattern
            .components()
            .take_while(|part| !is_pattern(Path::new(part)))
            .collect();
        let is_bare = root.as_os_str().is_empty();
        let depth = if text.contains("**") {
            usize::MAX
        } else {
            let parts = |path: &Path| {
                let named = |part: &Component<'_>| !matches!(part, Component::CurDir);
                path.components().filter(named).count()
            };
            parts(pattern).saturating_sub(parts(&root))
        };
        // As in a shell: only a pattern that names the dot matches hidden files.
        let hidden_wanted = pattern
            .components()
            .skip_while(|part| !is_pattern(Path::new(part)))
            .any(|part| is_hidden(part.as_os_str()));
        let start = if is_bare { Path::new(".") } else { &root };
        let is_wanted = |error: &walkdir::Error, depth: usize| {
            let path = error.path().unwrap_or(start);
            // A directory that cannot be entered may hold what was asked for.
            let is_dir = fs::symlink_metadata(path).is_ok_and(|m| m.is_dir());
            (is_dir && error.depth() < depth)
                || matcher.is_match(path.strip_prefix(".").unwrap_or(path))
        };
        let before = self.inputs.len();
        let walk = WalkDir::new(start)
            .follow_links(true)
            .max_depth(depth)
            .into_iter();
        for entry in walk.filter_entry(|entry| {
            entry.depth() == 0 || hidden_wanted || !is_hidden(entry.file_name())
        }) {
            let entry = match entry {
                Ok(entry) => entry,
                // The start itself does not exist: nothing matches.
                Err(error) if error.depth() == 0 => break,
                // A link that leads nowhere, with a name that was not asked for.
                Err(error) if error.io_error().is_some() && !is_wanted(&error, depth) => continue,
                Err(error) => {
                    self.walk_error(start, &error);
                    continue;
                }
            };
            let plain = entry.path().strip_prefix(".").unwrap_or(entry.path());
            if entry.depth() == 0 || !matcher.is_match(plain) {
                continue;
            }
            // Named as the pattern names it, with `./` or without.
            let path = if is_bare { plain } else { entry.path() };
            if entry.file_type().is_dir() {
                self.directory(path);
            } else if !names::is_own(&entry.file_name().to_string_lossy()) {
                self.entry(path.to_path_buf(), &entry);
            }
        }
        if self.inputs.len() == before {
            let error = Error::new("no file of this name, and none that it matches as a pattern");
            self.failed(pattern, error);
        }
    }

    fn entry(&mut self, path: PathBuf, entry: &walkdir::DirEntry) {
        match entry.metadata() {
            Ok(metadata) => self.file(path, &metadata),
            Err(error) => self.walk_error(&path, &error),
        }
    }

    /// Part of a directory cannot be searched.
    fn walk_error(&mut self, root: &Path, error: &walkdir::Error) {
        let path = error.path().unwrap_or(root);
        let is_gone = error
            .io_error()
            .is_some_and(|e| e.kind() == std::io::ErrorKind::NotFound);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if is_gone && error.depth() > 0 && !names::is_log(&name) {
            // A dangling link that would not have been taken.
            return;
        }
        if error.loop_ancestor().is_some() {
            let name = crate::untrusted::terminal(&path.to_string_lossy());
            self.notes.push(format!(
                "{name}: not followed, it links to a directory above it"
            ));
            return;
        }
        let error = error
            .io_error()
            .map_or_else(|| Error::new("cannot be searched"), |e| Error::io(path, e));
        self.failed(path, error);
    }
}

fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(PATTERN)
}

fn is_hidden(name: &std::ffi::OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// Whether this is a side index, by name and by content.
fn is_index(path: &Path) -> bool {
    let mut head = [0; INDEX_MAGIC.len()];
    path.extension()
        .is_some_and(|extension| extension == "dslog-idx")
        && fs::File::open(path).is_ok_and(|mut file| file.read_exact(&mut head).is_ok())
        && head == *INDEX_MAGIC
}

/// Whether a `.json` file is a report or a state of this program, left among the logs.
/// These say so in their first key.
pub fn is_report(path: &Path) -> bool {
    if path.extension().is_none_or(|extension| extension != "json") {
        return false;
    }
    let mut head = Vec::new();
    let Ok(file) = fs::File::open(path) else {
        return false;
    };
    // A file that cannot be read is for the reader to complain about.
    let _ = file.take(64).read_to_end(&mut head);
    head.retain(|b| !b.is_ascii_whitespace());
    head.starts_with(b"{\"schema\":\"dslog.")
}

/// The path as given, byte for byte.
fn path_bytes(input: &Input) -> &[u8] {
    input.file_path().map_or(input.path.as_bytes(), |path| {
        path.as_os_str().as_encoded_bytes()
    })
}

/// Device and inode: they need no open file, of which there may be thousands.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other platforms may fail")]
fn file_id(_: &Path, metadata: &Metadata) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn file_id(path: &Path, _: &Metadata) -> Option<FileId> {
    fs::canonicalize(path).ok()
}

/// Which file standard output goes to, if it is a regular one.
fn stdout_id() -> Option<FileId> {
    #[cfg(unix)]
    {
        let handle = same_file::Handle::stdout().ok()?;
        let metadata = handle.as_file().metadata().ok()?;
        metadata.is_file().then(|| (handle.dev(), handle.ino()))
    }
    #[cfg(not(unix))]
    None
}

/// Which file standard input comes from, if it is a regular one.
fn stdin_id() -> Option<FileId> {
    #[cfg(unix)]
    {
        let handle = same_file::Handle::stdin().ok()?;
        let metadata = handle.as_file().metadata().ok()?;
        metadata.is_file().then(|| (handle.dev(), handle.ino()))
    }
    #[cfg(not(unix))]
    None
}

#[cfg(test)]
#[path = "expand_tests.rs"]
mod tests;
