//! Where an analysis ends: rules are judged, complaints made, the report written.

use super::arguments::lang;
use super::console::{color, remark, remark_deferred, width};
use super::gate::{self, Gate};
use super::outputs::{Outputs, tables};
use crate::catalog::Catalog;
use crate::cli::{self, ColorArg};
use crate::fault::Result;
use crate::report::model::Report;
use crate::report::{self, Tz, View};
use std::io::{self, Write};

/// Where the report goes; none of it may be a log that is read.
pub(super) fn outputs(args: &cli::Analyze) -> Result<Outputs> {
    let outputs = Outputs::new(
        &args.written.output,
        args.written.format.as_deref(),
        args.table.as_deref(),
        &tables(args.baseline.is_some(), !args.rules.fail_on.is_empty()),
    )?;
    outputs.check_apart(&args.source.paths)?;
    Ok(outputs)
}

/// What the report is held to, once its outputs are known to be writable.
pub(super) fn gate(args: &cli::Analyze, outputs: &Outputs, catalog: &Catalog) -> Result<Gate> {
    outputs.check()?;
    let files = outputs.files();
    Gate::new(&args.rules, args.baseline.as_deref(), &files, catalog)
}

/// How the report is shown.
pub(super) fn view(args: &cli::Analyze, outputs: &Outputs, tz: Tz) -> View {
    View {
        lang: lang(args.look.lang),
        tz,
        width: width(),
        color: color(args.look.color, outputs.has_stdout()),
        top: args.top,
        ..View::default()
    }
}

/// Judges the rules, complains about what went wrong and writes the report; gives the
/// exit code.
///
/// # Errors
/// If it cannot be written.
pub(super) fn deliver(
    args: &cli::Analyze,
    mut report: Report,
    outputs: Outputs,
    gate: &Gate,
    view: &View,
    deferred: u64,
) -> Result<u8> {
    complain(&args.source, &report, deferred);
    gate.judge(&mut report);
    // With rules to speak up, `-q` leaves the text out: cron mails what is printed.
    let silent = args.source.quiet && gate.has_rules() && args.written.format.is_none();
    let outputs = if silent {
        outputs.files_only()
    } else {
        outputs
    };
    outputs.write(|output, out| {
        let view = View {
            color: view.color && (output.path.is_none() || always_color(args.look.color)),
            table: output.table,
            ..view.clone()
        };
        report::write(&report, output.format, &view, out)
    })?;
    let unread = report.inputs.iter().any(|input| input.error.is_some());
    Ok(gate::complain(&report, view, u8::from(unread)))
}

/// What went wrong with inputs, and what to do where nothing was recognised.
fn complain(source: &cli::Source, report: &Report, deferred: u64) {
    for input in &report.inputs {
        if let Some(error) = &input.error {
            let counted = match input.lines {
                0 => String::new(),
                1 => "; 1 line of it was counted".to_owned(),
                lines => format!("; {lines} lines of it were counted"),
            };
            let _ = writeln!(io::stderr(), "dslog: {}{counted}", error.terminal());
        }
    }
    if report.totals.lines > 0 && report.totals.requests == 0 && report.totals.outside == 0 {
        remark(
            source,
            "no line was recognised as a request; `dslog fields` shows which keys were looked for",
        );
    }
    if report.notes.batched > 0 {
        remark(source, &report::batched_note(report.notes.batched));
    }
    // With a state, the totals are those of all runs.
    let run = report.run.as_ref();
    remark_deferred(
        source,
        deferred,
        run.map_or(report.totals.lines, |run| run.lines),
    );
}

fn always_color(arg: ColorArg) -> bool {
    matches!(arg, ColorArg::Always)
}
