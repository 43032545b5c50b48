//! `dslog grep`: arguments → ids and paths → a search.

use super::arguments::{engine, lang};
use super::console::color;
use super::source::{progress, read_settings};
use crate::block::ReadSettings;
use crate::catalog::Catalog;
use crate::cli;
use crate::fault::{Error, Result};
use crate::grep::locate::{Locate, NoIndex};
use crate::grep::{self, Found, Match, Output, Query, Style, Ticket, Wanted};
use crate::index::{Indexes, Place, meaning};
use crate::input::Input;
use crate::input::expand::expand;
use crate::limits::MAX_IDS_BYTES;
use crate::progress::Progress;
use crate::scan::schema::Schema;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

/// Runs the command; gives the exit code.
///
/// # Errors
/// Wrong usage, or an output that cannot be written.
pub fn run(args: &cli::Grep) -> Result<u8> {
    let asked = asked(args)?;
    let how = match (args.prefix, args.anywhere) {
        (true, _) => Match::Prefix,
        (_, true) => Match::Anywhere,
        _ => Match::Id,
    };
    let wanted = Wanted::new(asked.ids, how)?;
    let gathers = args.related || args.ticket;
    let schema = if gathers {
        Schema::with_traces(&args.fields)?
    } else {
        Schema::new(&args.fields)?
    };
    let expanded = expand(&asked.paths, &[]);
    for note in &expanded.notes {
        remark(args, &crate::untrusted::terminal(note));
    }
    let inputs = expanded.inputs;
    let on_terminal = io::stdout().is_terminal();
    let color = color(args.color, true);
    let style = Style {
        names: args.with_filename || (args.count && inputs.len() > 1 && !args.no_filename),
        numbers: args.line_number,
        escaped: on_terminal || color,
        color,
        json: args.json,
    };
    let indexes = Indexes {
        place: Place {
            dir: args.index_dir.clone(),
        },
        meaning: meaning(&args.fields),
        ..Indexes::default()
    };
    let query = Query {
        wanted: &wanted,
        schema: &schema,
        read: read_settings(&args.reading, grep::read_settings(ReadSettings::default())),
        engine: engine(args.engine),
        output: output(args),
        style,
        before: args.before_context.or(args.context).unwrap_or_default(),
        after: args.after_context.or(args.context).unwrap_or_default(),
        most: args.max_count,
        index: if args.no_index {
            &NoIndex
        } else {
            &indexes as &dyn Locate
        },
    };
    // Several passes have no end that could be shown.
    let (progress, bar) = progress(&inputs, !args.no_messages && !on_terminal && !gathers);
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout());
    let found = if gathers {
        related(args, inputs, &query, &progress, &mut out)
    } else {
        grep::run(&inputs, &query, &progress, &mut out)
    };
    drop(bar);
    // What a closed pipe has left in the buffer has no reader.
    let _ = out.into_parts();
    let found = found?;
    if args.silent && found.lines > 0 {
        return Ok(0);
    }
    for error in &found.errors {
        let _ = writeln!(io::stderr(), "dslog: {error}");
    }
    if found.lines == 0 && found.elsewhere > 0 && !found.is_spared {
        let text = format!(
            "no request id is that, but {} lines hold it as other text: --anywhere shows them",
            found.elsewhere
        );
        remark(args, &text);
    }
    // Remarks for people; scripts are told the same with and without an index.
    if io::stderr().is_terminal() {
        if found.lines == 0 && found.is_spared {
            remark(
                args,
                "no request id is that; --anywhere also reads what the index has spared",
            );
        }
        let passed_over = indexes.passed_over.into_inner();
        if passed_over > 0 {
            let text = format!(
                "indexes passed over, being stale or of other --field options: {passed_over} (dslog index renews them)"
            );
            remark(args, &text);
        }
    }
    Ok(match (found.errors.is_empty(), found.lines) {
        (false, _) => 2,
        (true, 0) => 1,
        (true, _) => 0,
    })
}

/// All that belongs together, or tickets about it.
fn related(
    args: &cli::Grep,
    inputs: Vec<Input>,
    query: &Query<'_>,
    progress: &Progress,
    out: &mut (dyn Write + Send),
) -> Result<Found> {
    let catalog = Catalog::chosen(args.catalogue.as_deref())?;
    let ticket = Ticket {
        lang: lang(args.lang),
        tz: args.tz.parse().map_err(Error::new)?,
    };
    let ticket = args.ticket.then_some(&ticket);
    let related = grep::related(inputs, query, catalog, ticket, progress, out)?;
    if !related.is_whole {
        remark(
            args,
            "more may belong together: the search ended after the last allowed pass",
        );
    }
    if related.tickets_left > 0 {
        let text = format!(
            "{} more requests have no ticket here; ask for fewer ids",
            related.tickets_left
        );
        remark(args, &text);
    }
    Ok(related.found)
}

fn output(args: &cli::Grep) -> Output {
    if args.silent {
        Output::Quiet
    } else if args.count {
        Output::Count
    } else if args.files_with_matches {
        Output::Names
    } else if args.json {
        Output::Json
    } else {
        Output::Lines
    }
}

/// A remark on standard error. If nobody can read it, nothing is lost.
fn remark(args: &cli::Grep, text: &str) {
    if !args.no_messages && !args.silent {
        let _ = writeln!(io::stderr(), "dslog: {text}");
    }
}

/// What the arguments ask for.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    ids: Vec<String>,
    paths: Vec<PathBuf>,
}

fn asked(args: &cli::Grep) -> Result<Asked> {
    let mut ids = args.ids.clone();
    for file in &args.ids_from {
        ids.extend(ids_from(file)?);
    }
    let named = !args.ids.is_empty() || !args.ids_from.is_empty();
    let asked = if named {
        Asked {
            ids,
            paths: args.arguments.clone(),
        }
    } else {
        sort(&args.arguments, Path::exists)?
    };
    let reads_stdin = asked.paths.is_empty() || asked.paths.iter().any(|path| is_stdin(path));
    if reads_stdin && args.ids_from.iter().any(|path| is_stdin(path)) {
        return Err(
            Error::new("standard input cannot give both the ids and the log")
                .hint("name a file for one of them"),
        );
    }
    if asked.paths.is_empty() && io::stdin().is_terminal() {
        return Err(
            Error::new("no file to search").hint("dslog grep ID… PATH…, or - to read the terminal")
        );
    }
    Ok(asked)
}

/// Tells ids from paths: the first argument is an id, and so are those after it until
/// one is a path by its look or because it exists; then all are paths.
fn sort(arguments: &[PathBuf], exists: impl Fn(&Path) -> bool) -> Result<Asked> {
    let is_path =
        |argument: &Path| is_stdin(argument) || looks_like_path(argument) || exists(argument);
    let Some((first, rest)) = arguments.split_first() else {
        return Err(Error::new("no id to look for").hint("dslog grep ID… [PATH…]"));
    };
    if is_path(first) {
        let name = crate::untrusted::terminal(&first.to_string_lossy());
        return Err(
            Error::new(format!("the first argument, {name}, is a path, not an id"))
                .hint(format!("ids come first; to look for this text: -e {name}")),
        );
    }
    let ids = rest
        .iter()
        .take_while(|argument| !is_path(argument))
        .count()
        + 1;
    let (ids, paths) = arguments.split_at_checked(ids).unwrap_or((arguments, &[]));
    let text = |id: &PathBuf| {
        let text = id.to_str().map(str::to_owned);
        text.ok_or_else(|| Error::new("an id is not UTF-8").at(id))
    };
    Ok(Asked {
        ids: ids.iter().map(text).collect::<Result<_>>()?,
        paths: paths.to_vec(),
    })
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// What no id looks like: a folder, a pattern, or a log's ending.
fn looks_like_path(argument: &Path) -> bool {
    const ENDINGS: [&str; 12] = [
        "jsonl", "ndjson", "json", "log", "txt", "gz", "zst", "bz2", "xz", "lz4", "out", "err",
    ];
    let text = argument.to_string_lossy();
    text.contains(['/', '*', '?', '['])
        || argument
            .extension()
            .and_then(|ending| ending.to_str())
            .is_some_and(|ending| {
                ENDINGS
                    .iter()
                    .any(|known| ending.eq_ignore_ascii_case(known))
            })
}

/// The ids in a file, one a line; blank lines are passed over.
fn ids_from(path: &Path) -> Result<Vec<String>> {
    let mut bytes = Vec::new();
    let read = if is_stdin(path) {
        io::stdin()
            .lock()
            .take(MAX_IDS_BYTES + 1)
            .read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path)
            .and_then(|file| file.take(MAX_IDS_BYTES + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| Error::io(path, &error))?;
    if bytes.len() as u64 > MAX_IDS_BYTES {
        let what = format!("more than {} MiB of ids", MAX_IDS_BYTES >> 20);
        return Err(Error::new(what).at(path).hint("split the list"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        Error::new("not UTF-8")
            .at(path)
            .offset(error.valid_up_to() as u64)
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let ids = text.lines().map(str::trim).filter(|id| !id.is_empty());
    let ids: Vec<String> = ids.map(str::to_owned).collect();
    if ids.is_empty() {
        return Err(Error::new("no ids in it").at(path).hint("one id a line"));
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(arguments: &[&str]) -> Result<(Vec<String>, Vec<String>)> {
        let paths: Vec<PathBuf> = arguments.iter().map(PathBuf::from).collect();
        let asked = sort(&paths, |path| path == Path::new("here"))?;
        let paths = asked.paths.iter().map(|path| path.display().to_string());
        Ok((asked.ids, paths.collect()))
    }

    #[test]
    fn ids_come_first_then_paths() {
        let both = |ids: &[&str], paths: &[&str]| {
            let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
            (own(ids), own(paths))
        };
        assert_eq!(sorted(&["a-1"]).unwrap(), both(&["a-1"], &[]));
        assert_eq!(
            sorted(&["a-1", "b-2", "here"]).unwrap(),
            both(&["a-1", "b-2"], &["here"])
        );
        assert_eq!(sorted(&["a-1", "-"]).unwrap(), both(&["a-1"], &["-"]));
        assert_eq!(
            sorted(&["a-1", "gone.jsonl", "b-2"]).unwrap(),
            both(&["a-1"], &["gone.jsonl", "b-2"])
        );
        assert_eq!(
            sorted(&["a-1", "x.gz", "logs/x"]).unwrap(),
            both(&["a-1"], &["x.gz", "logs/x"])
        );
        assert_eq!(
            sorted(&["chatcmpl-1.2", "*.log"]).unwrap(),
            both(&["chatcmpl-1.2"], &["*.log"])
        );
    }

    #[test]
    fn a_path_in_the_ids_place_is_refused() {
        for first in ["here", "app.jsonl", "./x", "-"] {
            let error = sorted(&[first, "here"]).unwrap_err().to_string();
            assert!(error.contains("ids come first"), "{error}");
        }
        assert!(sorted(&[]).is_err());
    }
}
