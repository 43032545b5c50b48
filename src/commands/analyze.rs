//! `dslog analyze`: inputs → report.

use super::arguments::{bucket, engine, filter, isa, memory, tz};
use super::console::remark;
use super::delivery::{deliver, gate, outputs, view};
use super::index;
use super::source::{inputs, progress, read_settings};
use crate::block::ReadSettings;
use crate::catalog::Catalog;
use crate::cli;
use crate::fault::Result;
use crate::input::Input;
use crate::pipeline::filter::Filter;
use crate::pipeline::watch::Watch;
use crate::pipeline::{Settings, analyze, second_look};
use crate::report::build;
use crate::report::model::Report;
use crate::scan::schema::Schema;
use std::fmt::Write as _;

/// Runs the command; gives the exit code.
///
/// # Errors
/// Wrong usage, temporary files that cannot be written, or an output that cannot.
pub fn run(args: &cli::Analyze) -> Result<u8> {
    if let Some(answer) = super::gate::help(&args.rules) {
        return answer;
    }
    if let Some(path) = &args.state.state {
        return super::analyze_state::run(args, path);
    }
    let catalog = Catalog::chosen(args.catalogue.as_deref())?;
    let outputs = outputs(args)?;
    let view = view(args, &outputs, tz(args.tz.as_deref())?);
    let filter = filter(args, catalog)?;
    let bucket_minutes = bucket(args.bucket.as_deref().unwrap_or("1m"))?;
    let schema = Schema::new(&args.source.fields)?;
    let memory = memory(args)?;
    let settings = Settings {
        schema: &schema,
        catalog,
        filter: &filter,
        read: read_settings(&args.source.reading, ReadSettings::default()),
        engine: engine(args.source.engine),
        isa: isa(args.source.isa),
        memory,
        top: args.top,
    };
    let gate = gate(args, &outputs, catalog)?;
    let own: Vec<_> = outputs
        .files()
        .into_iter()
        .chain(args.baseline.clone())
        .collect();
    let mut inputs = inputs(&args.source, &own)?;
    let job = args.index.then(|| prepare_index(args, &mut inputs));
    let (progress, bar) = progress(&inputs, !args.source.quiet);
    let (analysis, spent) = {
        let watch = job.as_ref().map(|job| job.watch(&schema));
        let watch = watch.as_ref().map(|watch| watch as &dyn Watch);
        analyze(&inputs, &settings, watch, &progress)?
    };
    if args.recovered {
        drop(spent); // the second look needs memory, too
    } else {
        spent.leave();
    }
    let deferred = analysis.whole.counts.deferred;
    for input in &mut inputs {
        input.tracker = None;
    }
    let second = args.recovered.then(|| {
        let ids: Vec<_> = analysis.top_ids.clone();
        let readable = inputs.iter().all(Input::is_rereadable);
        readable.then(|| second_look::recovered(&inputs, &settings, &ids, &progress))
    });
    drop(bar);
    let unindexed = job.map_or(0, |job| {
        let mut rows = job.finish(&inputs, &analysis.outcomes);
        // The report says so itself.
        rows.iter_mut().for_each(|row| row.unread = None);
        index::complain(&rows)
    });
    let options = build::Options {
        catalog,
        lang: view.lang,
        bucket_minutes,
        top: args.top,
    };
    let mut report = build::build(analysis, &inputs, &options)?;
    match second {
        Some(Some(recovered)) => {
            for row in &mut report.top_request_ids {
                row.recovered = recovered.get(row.request_id.raw()).copied();
            }
        }
        Some(None) => remark(
            &args.source,
            "--recovered needs files: standard input cannot be read twice",
        ),
        None => {}
    }
    if report.totals.requests == 0 && report.totals.outside > 0 {
        remark(&args.source, &nothing_admitted(args, catalog, &report));
    }
    let code = deliver(args, report, outputs, &gate, &view, deferred)?;
    Ok(code.max(unindexed))
}

/// The indexes that are to be built in the same pass.
fn prepare_index(args: &cli::Analyze, inputs: &mut [Input]) -> crate::index::Job {
    let settings = crate::index::Settings {
        place: crate::index::Place {
            dir: args.index_dir.clone(),
        },
        meaning: crate::index::meaning(&args.source.fields),
        rebuild: false,
    };
    crate::index::prepare(inputs, &settings, true)
}

/// What to say where all request lines were outside what was asked for.
fn nothing_admitted(args: &cli::Analyze, catalog: &Catalog, report: &Report) -> String {
    let mut text = format!(
        "none of {} request lines is what was asked for (--since, --until, --code, --kind, --model, --status)",
        report.totals.outside
    );
    for code in &args.codes {
        let near = catalog.nearest(code, 3);
        let known = near
            .iter()
            .any(|cause| cause.code == Filter::canonical(catalog, code));
        if !known && !near.is_empty() {
            let names: Vec<&str> = near.iter().map(|cause| &*cause.code).collect();
            let code = crate::untrusted::terminal(code);
            let _ = write!(
                text,
                "; the catalogue has no {code}, but {}",
                names.join(", ")
            );
        }
    }
    text
}
