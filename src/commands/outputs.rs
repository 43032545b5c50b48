//! Where a command writes what it found: several files at once, each in its format.

use super::console::to_stdout;
use crate::fault::{Error, Result};
use crate::input::expand;
use crate::report::atomic::{self, AtomicFile};
use crate::report::{Format, Table};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// One thing to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The file; `None` for standard output.
    pub path: Option<PathBuf>,
    /// In which format.
    pub format: Format,
    /// Which table, if the format is CSV; the first one if `None`.
    pub table: Option<Table>,
}

/// All that a run writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outputs(Vec<Output>);

impl Outputs {
    /// What the arguments ask for: each path in the format of its ending, `-` or no path at
    /// all for standard output. `format` holds for standard output, for files whose ending
    /// says nothing, and for the only path. A CSV file without `table` gets the first table,
    /// and the others that there are (`offered`) stand beside it, `name-causes.csv` beside
    /// `name.csv`.
    ///
    /// # Errors
    /// Unknown formats or tables, a file named twice, a table where nothing is CSV, or one
    /// that is not offered.
    pub fn new(
        paths: &[PathBuf],
        format: Option<&str>,
        table: Option<&str>,
        offered: &[Table],
    ) -> Result<Self> {
        let format: Option<Format> = format.map(str::parse).transpose().map_err(Error::new)?;
        let table: Option<Table> = table.map(str::parse).transpose().map_err(Error::new)?;
        let mut outputs: Vec<Output> = Vec::new();
        if paths.is_empty() {
            let format = format.unwrap_or_default();
            outputs.push(Output {
                path: None,
                format,
                table,
            });
        }
        for path in paths {
            let named = Format::of_path(path);
            let chosen = if paths.len() == 1 {
                format.or(named)
            } else {
                named.or(format)
            };
            let format = chosen.unwrap_or_default();
            let path = Some(path.clone()).filter(|path| path != Path::new("-"));
            if format == Format::Csv && table.is_none() {
                outputs.extend(beside(path.as_deref(), offered));
            }
            outputs.push(Output {
                path,
                format,
                table,
            });
        }
        if let Some(path) = twice(&outputs) {
            let error = Error::new("two outputs would go there").at(path);
            return Err(error.hint("each -o needs a name of its own"));
        }
        if table.is_some() && !outputs.iter().any(|output| output.format == Format::Csv) {
            return Err(Error::new("--table chooses a table of the CSV format")
                .hint("add --format csv, or -o NAME.csv"));
        }
        match table.filter(|table| !offered.contains(table)) {
            None => Ok(Self(outputs)),
            Some(Table::Changes) => Err(Error::new("--table changes needs --baseline")
                .hint("--baseline OLD.json, a report of --format json")),
            Some(Table::Rules) => Err(Error::new("--table rules needs --fail-on")
                .hint("--fail-on RULE, as often as needed")),
            Some(table) => {
                let names: Vec<&str> = offered.iter().map(|table| table.name()).collect();
                Err(
                    Error::new(format!("there is no table {} here", table.name()))
                        .hint(format!("choose one of {}", names.join(", "))),
                )
            }
        }
    }

    /// Refuses to replace a log that is to be read. Reports of earlier runs are no logs.
    ///
    /// # Errors
    /// If an argument names a file that this run would replace.
    pub fn check_apart(&self, paths: &[PathBuf]) -> Result<()> {
        for output in self.0.iter().filter_map(|output| output.path.as_deref()) {
            let is_same = |path: &&PathBuf| {
                path.is_file() && same_file::is_same_file(path, output).unwrap_or(false)
            };
            let clash = paths.iter().find(is_same);
            if let Some(path) = clash.filter(|path| !expand::is_report(path)) {
                return Err(Error::new("would be read, and replaced by the report")
                    .at(path)
                    .hint("write the report elsewhere; where a shell's * names an old report, too, quote the pattern: 'logs/*'"));
            }
        }
        Ok(())
    }

    /// The files among them, which must not be read as inputs.
    pub fn files(&self) -> Vec<PathBuf> {
        self.0
            .iter()
            .filter_map(|output| output.path.clone())
            .collect()
    }

    /// The same without standard output.
    #[must_use]
    pub fn files_only(mut self) -> Self {
        self.0.retain(|output| output.path.is_some());
        self
    }

    /// Whether standard output is among them.
    pub fn has_stdout(&self) -> bool {
        self.0.iter().any(|output| output.path.is_none())
    }

    /// Finds out whether the files can be written, before hours of reading. Changes nothing.
    ///
    /// # Errors
    /// The first that cannot, with path and remedy.
    pub fn check(&self) -> Result<()> {
        self.0
            .iter()
            .filter_map(|output| output.path.as_deref())
            .try_for_each(atomic::check)
    }

    /// Writes all of them. Files take their names only after every one of them is complete
    /// on disk; then comes standard output, where a reader that has seen enough is no error.
    ///
    /// # Errors
    /// What cannot be written, with path and remedy.
    pub fn write(&self, render: impl Fn(&Output, &mut dyn Write) -> io::Result<()>) -> Result<()> {
        let mut complete = Vec::new();
        for output in &self.0 {
            let Some(path) = &output.path else { continue };
            let mut file = AtomicFile::create(path)?;
            let mut buffer = BufWriter::new(&mut file);
            let written = render(output, &mut buffer).and_then(|()| buffer.flush());
            // What is left in the buffer after a failure must not be tried again on drop.
            let _ = buffer.into_parts();
            match written {
                Ok(()) => complete.push(file),
                // As on standard output: a FIFO whose reader has gone.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
                Err(error) => return Err(file.error(&error)),
            }
        }
        AtomicFile::commit_all(complete)?;
        let mut stdout = self.0.iter().filter(|output| output.path.is_none());
        stdout.try_for_each(|output| to_stdout(|out| render(output, out)))
    }
}

/// The tables of a report that has been compared, or judged by rules, or neither.
pub fn tables(compared: bool, judged: bool) -> Vec<Table> {
    let is_there = |table: &Table| match table {
        Table::Changes => compared,
        Table::Rules => judged,
        _ => true,
    };
    Table::all().filter(is_there).collect()
}

/// The other tables' files, if the path is that of a plain file.
fn beside(path: Option<&Path>, offered: &[Table]) -> Vec<Output> {
    let Some(path) = path.filter(|path| path.metadata().map_or(true, |m| m.is_file())) else {
        return Vec::new();
    };
    let (Some(stem), Some(ending)) = (path.file_stem(), path.extension()) else {
        return Vec::new();
    };
    let output = |table: Table| {
        let mut name = stem.to_owned();
        name.push(format!("-{}.", table.name()));
        name.push(ending);
        Output {
            path: Some(path.with_file_name(name)),
            format: Format::Csv,
            table: Some(table),
        }
    };
    offered.iter().skip(1).map(|table| output(*table)).collect()
}

fn twice(outputs: &[Output]) -> Option<&Path> {
    let name = |at: usize| outputs.get(at).map(|output| output.path.as_deref());
    (0..outputs.len())
        .find(|&at| (0..at).any(|before| name(before) == name(at)))
        .and_then(name)
        .map(|path| path.unwrap_or(Path::new("-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(
        paths: &[&str],
        format: Option<&str>,
        table: Option<&str>,
    ) -> Result<Vec<(String, Format)>> {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let shown = |output: Output| {
            let path = output
                .path
                .map_or("stdout".into(), |path| path.display().to_string());
            (path, output.format)
        };
        Ok(Outputs::new(&paths, format, table, &tables(false, false))?
            .0
            .into_iter()
            .map(shown)
            .collect())
    }

    #[test]
    fn the_ending_chooses_the_format() {
        let pair = |path: &str, format| (path.to_owned(), format);
        assert_eq!(
            outputs(&[], None, None).unwrap(),
            [pair("stdout", Format::Text)]
        );
        assert_eq!(
            outputs(&[], Some("prom"), None).unwrap(),
            [pair("stdout", Format::Prom)]
        );
        assert_eq!(
            outputs(&["a.HTML", "b.json", "c", "-"], Some("md"), None).unwrap(),
            [
                pair("a.HTML", Format::Html),
                pair("b.json", Format::Json),
                pair("c", Format::Md),
                pair("stdout", Format::Md)
            ]
        );
        assert_eq!(
            outputs(&["a.txt"], Some("json"), None).unwrap(),
            [pair("a.txt", Format::Json)]
        );
    }

    #[test]
    fn a_csv_file_has_its_tables_beside_it() {
        let all = outputs(&["out/day.csv"], None, None).unwrap();
        assert_eq!(all.len(), Table::all().count() - 2, "no changes, no rules");
        assert!(all.contains(&("out/day.csv".into(), Format::Csv)));
        assert!(all.contains(&("out/day-causes.csv".into(), Format::Csv)));
        assert!(!all.iter().any(|(path, _)| path.contains("codes")));
        assert_eq!(outputs(&["day.csv"], None, Some("ids")).unwrap().len(), 1);
        assert_eq!(outputs(&["/dev/null"], Some("csv"), None).unwrap().len(), 1);
    }

    #[test]
    fn contradictions_are_usage_errors() {
        assert!(outputs(&["a.json", "a.json"], None, None).is_err());
        assert!(outputs(&["-", "-"], None, None).is_err());
        assert!(outputs(&["a.json"], None, Some("ids")).is_err());
        assert!(outputs(&[], Some("pdf"), None).is_err());
        assert!(outputs(&[], Some("csv"), Some("changes")).is_err());
        assert!(outputs(&[], Some("csv"), Some("rules")).is_err());
        assert!(outputs(&["day.csv", "day-ids.csv"], None, None).is_err());
    }
}
