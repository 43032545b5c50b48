//! `dslog diff`: what changed between two reports.

use super::outputs::Outputs;
use super::{arguments, console, gate};
use crate::catalog::Catalog;
use crate::cli;
use crate::diff::{self, read};
use crate::fault::{Error, Result};
use crate::report::{self, Table, View};

/// Runs the command; gives the exit code.
///
/// # Errors
/// Wrong usage, a report that cannot be read, or an output that cannot be written.
pub fn run(args: &cli::Diff) -> Result<u8> {
    if let Some(answer) = gate::help(&args.rules) {
        return answer;
    }
    let catalog = Catalog::chosen(args.catalogue.as_deref())?;
    let rules = gate::parse(&args.rules, catalog)?;
    let options = gate::options(&args.rules)?;
    let mut tables = vec![Table::Changes];
    tables.extend(Some(Table::Rules).filter(|_| !rules.is_empty()));
    let (format, table) = (args.written.format.as_deref(), args.table.as_deref());
    let mut outputs = Outputs::new(&args.written.output, format, table, &tables)?;
    outputs.check()?;
    if args.quiet && !rules.is_empty() && args.written.format.is_none() {
        outputs = outputs.files_only();
    }
    let view = View {
        lang: arguments::lang(args.look.lang),
        tz: args.tz.parse().map_err(Error::new)?,
        width: console::width(),
        color: console::color(args.look.color, outputs.has_stdout()),
        ..View::default()
    };
    let (old, mut new) = (read::report(&args.old)?, read::report(&args.new)?);
    let mut diff = diff::compare(&old, &new, &options);
    diff.old.path = Some(gate::name(&args.old));
    diff.new.path = Some(gate::name(&args.new));
    new.diff = Some(Box::new(diff));
    new.fail_on = crate::gate::judge(&rules, &new);
    let diff = new.diff.take().unwrap_or_default();
    outputs.write(|output, out| {
        let view = View {
            table: output.table,
            ..view.clone()
        };
        report::write_diff(&diff, &new.fail_on, output.format, &view, out)
    })?;
    new.diff = Some(diff);
    Ok(gate::complain(&new, &view, 0))
}
