//! `dslog diff`: what changed between two reports.

use super::{analyze, gate};
use crate::catalog::Catalog;
use crate::cli;
use crate::diff::{self, read};
use crate::fault::{Error, Result};
use crate::report::{self, Format, View, atomic};

/// Runs the command; gives the exit code.
///
/// # Errors
/// Wrong usage, a report that cannot be read, or an output that cannot be written.
pub fn run(args: &cli::Diff) -> Result<u8> {
    let own;
    let catalog = match &args.catalogue {
        Some(path) => {
            own = Catalog::with_file(path)?;
            &own
        }
        None => Catalog::shipped(),
    };
    let rules = gate::parse(&args.rules, catalog)?;
    let options = gate::options(&args.rules)?;
    let format = match (&args.format, &args.output) {
        (Some(name), _) => name.parse().map_err(Error::new)?,
        (None, Some(path)) => Format::of_path(path).unwrap_or_default(),
        (None, None) => Format::Text,
    };
    let view = View {
        lang: analyze::lang(args.look.lang),
        tz: args.tz.parse().map_err(Error::new)?,
        width: analyze::width(),
        color: analyze::color(args.look.color, args.output.is_none()),
        ..View::default()
    };
    let (old, mut new) = (read::report(&args.old)?, read::report(&args.new)?);
    let mut diff = diff::compare(&old, &new, &options);
    diff.old.path = Some(gate::name(&args.old));
    diff.new.path = Some(gate::name(&args.new));
    new.diff = Some(Box::new(diff));
    new.fail_on = crate::gate::judge(&rules, &new);
    let diff = new.diff.take().unwrap_or_default();
    match &args.output {
        Some(path) => {
            let mut bytes = Vec::new();
            report::write_diff(&diff, &new.fail_on, format, &view, &mut bytes)
                .map_err(|error| Error::io(path, &error))?;
            atomic::write(path, &bytes)?;
        }
        None if args.quiet && !rules.is_empty() && args.format.is_none() => {}
        None => {
            analyze::to_stdout(|out| report::write_diff(&diff, &new.fail_on, format, &view, out))?;
        }
    }
    new.diff = Some(diff);
    Ok(gate::complain(&new, &view, 0))
}
