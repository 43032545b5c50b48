//! `--baseline` and `--fail-on`, wherever they are given: checked before anything is
//! read, judged when the report is there, complained about at the end.

use super::console::to_stdout;
use crate::catalog::Catalog;
use crate::cli;
use crate::diff::{self, read};
use crate::fault::{Error, Result};
use crate::gate::{self, Rule};
use crate::report::model::Report;
use crate::report::{self, View};
use crate::untrusted::Untrusted;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Exit code where a rule is broken. It wins over 1 (input not read in full), which
/// the report and standard error still tell of.
pub const BROKEN: u8 = 3;

/// The rules, and the report to compare with.
pub struct Gate {
    rules: Vec<Rule>,
    baseline: Option<(Untrusted, Box<Report>)>,
    options: diff::Options,
}

impl Gate {
    /// Checks the rules and reads the baseline. `outputs` are the files this run will write.
    ///
    /// # Errors
    /// A rule or rate that cannot be read, a rule that needs a baseline and has none, or a
    /// baseline that is no report. A baseline that is not there yet but will be written by
    /// this run is none: this is the first run.
    pub fn new(
        rules: &cli::Rules,
        baseline: Option<&Path>,
        outputs: &[PathBuf],
        catalog: &Catalog,
    ) -> Result<Self> {
        let options = options(rules)?;
        let parsed = parse(rules, catalog)?;
        if baseline.is_none()
            && let Some(rule) = parsed.iter().find(|rule| rule.needs_baseline())
        {
            let shown = crate::untrusted::terminal(&rule.text);
            return Err(Error::new(format!("--fail-on '{shown}' needs --baseline"))
                .hint("--baseline OLD.json, a report of --format json"));
        }
        let first_run = |path: &Path| !path.exists() && outputs.iter().any(|own| own == path);
        let baseline = baseline
            .filter(|path| !first_run(path))
            .map(|path| Ok((name(path), Box::new(read::report(path)?))))
            .transpose()?;
        Ok(Self {
            rules: parsed,
            baseline,
            options,
        })
    }

    /// Compares with the baseline, judges the rules, and puts both into the report.
    pub fn judge(&self, report: &mut Report) {
        if let Some((path, old)) = &self.baseline {
            let mut diff = diff::compare(old, report, &self.options);
            diff.old.path = Some(path.clone());
            report.diff = Some(Box::new(diff));
        }
        report.fail_on = gate::judge(&self.rules, report);
    }

    /// Whether any rule was given.
    pub fn has_rules(&self) -> bool {
        !self.rules.is_empty()
    }
}

/// How changes are judged, as the arguments say.
///
/// # Errors
/// If the rate of false alarms is none.
pub fn options(rules: &cli::Rules) -> Result<diff::Options> {
    let text = &rules.false_alarms;
    let wrong = || {
        let shown = crate::untrusted::terminal(text);
        Error::new(format!(
            "--false-alarms {shown:?} is no rate between 0.0001% and 50%"
        ))
        .hint("such as 1% or 0.1%")
    };
    let number = text.trim().strip_suffix('%').ok_or_else(wrong)?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.len() > 2 || decimals.len() > 4 || !digits(whole) || !digits(decimals) {
        return Err(wrong());
    }
    let false_alarms_ppm: u64 = format!("0{whole}{decimals:0<4}")
        .parse()
        .map_err(|_| wrong())?;
    if (1..=500_000).contains(&false_alarms_ppm) {
        Ok(diff::Options { false_alarms_ppm })
    } else {
        Err(wrong())
    }
}

/// Answers `--fail-on help`; `None` if nobody asks.
///
/// # Errors
/// If the answer cannot be written.
pub fn help(rules: &cli::Rules) -> Option<Result<u8>> {
    let asked = rules.fail_on.iter().any(|text| text.trim() == "help");
    asked.then(|| to_stdout(|out| out.write_all(gate::help().as_bytes())).map(|()| 0))
}

/// The rules, checked.
///
/// # Errors
/// With the column where one goes wrong.
pub fn parse(rules: &cli::Rules, catalog: &Catalog) -> Result<Vec<Rule>> {
    let texts = rules.fail_on.iter();
    texts.map(|text| Rule::parse(text, catalog)).collect()
}

/// A file's name, as reports show it.
pub fn name(path: &Path) -> Untrusted {
    Untrusted::new(path.to_string_lossy().into_owned())
}

/// Says on standard error which rules are broken; gives the exit code.
pub fn complain(report: &Report, view: &View, otherwise: u8) -> u8 {
    let lines = report::complaints(&report.fail_on, report.diff.as_deref(), view);
    for line in &lines {
        // If nobody can read it, the exit code still tells.
        let _ = writeln!(std::io::stderr(), "dslog: {line}");
    }
    if lines.is_empty() { otherwise } else { BROKEN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_of_false_alarms() {
        let ppm = |text: &str| {
            options(&cli::Rules {
                fail_on: Vec::new(),
                false_alarms: text.to_owned(),
            })
            .map(|options| options.false_alarms_ppm)
        };
        assert_eq!(ppm("1%").unwrap(), 10_000);
        assert_eq!(ppm("0.1%").unwrap(), 1000);
        assert_eq!(ppm(".0001%").unwrap(), 1);
        assert_eq!(ppm("50%").unwrap(), 500_000);
        for wrong in ["", "1", "0%", "51%", "1.00001%", "-1%", "x%", "1e-3%", "%"] {
            assert!(ppm(wrong).is_err(), "{wrong}");
        }
    }
}
