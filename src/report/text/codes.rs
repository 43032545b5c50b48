//! Failures by code, and under each code what it comes down to.

use super::canvas::{Canvas, Style};
use super::columns::{clip, pad, pad_left, width};
use super::{Page, brief};
use crate::limits::{SHOWN_CAUSES, SHOWN_MESSAGE_COLUMNS};
use crate::report::brief::{most_first, visible};
use crate::report::figures::{Axis, bar, count, share, sparkline};
use crate::report::model::{CauseRow, CodeRow};
use crate::report::words as w;
use std::io;

/// Columns of the row that sums up a code.
struct Layout {
    name: usize,
    bar: usize,
    count: usize,
    axis: Option<Axis>,
}

impl Page<'_> {
    pub(super) fn codes(&self, canvas: &mut Canvas) -> io::Result<()> {
        let (report, lang) = (self.report, self.view.lang);
        if report.codes.is_empty() {
            return Ok(());
        }
        let shown = report
            .codes
            .get(..self.view.top.max(1))
            .unwrap_or(&report.codes);
        let layout = self.layout(canvas.width(), shown);
        let aside = layout.axis.map_or_else(String::new, |axis| {
            let from = self.clock.bucket(axis.start(0), axis.step_s);
            let to = self.clock.bucket(axis.start(axis.columns), axis.step_s);
            format!("{from} → {to}")
        });
        canvas.heading(w::CODES.pick(lang), &aside)?;
        for (at, code) in shown.iter().enumerate() {
            if at > 0 {
                canvas.gap()?;
            }
            self.code(canvas, &layout, code)?;
        }
        let hidden = report.codes.get(shown.len()..).unwrap_or_default();
        if !hidden.is_empty() {
            let failures = hidden.iter().map(|code| code.count).sum();
            let all = count(report.codes.len() as u64).replace(',', "");
            let more =
                w::MORE_CODES.say(lang, &[&count(hidden.len() as u64), &count(failures), &all]);
            canvas.gap()?;
            canvas.paragraph((Style::Plain, "  ".into()), Style::Dim, &more)?;
        }
        Ok(())
    }

    fn layout(&self, columns: usize, shown: &[CodeRow]) -> Layout {
        let widest = shown
            .iter()
            .map(|code| width(&self.name(code)))
            .max()
            .unwrap_or(0);
        let count_width = shown
            .iter()
            .map(|code| width(&count(code.count)))
            .max()
            .unwrap_or(0);
        let (bar, spark) = (columns / 8, columns / 4);
        // Two blanks between the five columns; a share takes six.
        let name = columns
            .saturating_sub(bar + spark + count_width + 6 + 8)
            .min(widest.max(8));
        let axis = match (self.report.time.first, self.report.time.last) {
            (Some(first), Some(last)) if last > first => {
                let left = columns.saturating_sub(name + bar + count_width + 6 + 8);
                Some(Axis::fit(
                    first,
                    last,
                    self.report.timeline.bucket_seconds,
                    left,
                ))
            }
            _ => None,
        };
        Layout {
            name,
            bar,
            count: count_width,
            axis,
        }
    }

    fn name(&self, code: &CodeRow) -> String {
        brief::code_name(code.code.raw(), self.view, visible)
    }

    fn code(&self, canvas: &mut Canvas, layout: &Layout, code: &CodeRow) -> io::Result<()> {
        let (lang, failures) = (self.view.lang, self.report.totals.failures);
        let mut name = self.name(code);
        if width(&name) > layout.name {
            canvas.paragraph((Style::Plain, String::new()), Style::Bold, &name)?;
            name.clear();
        }
        let greatest = self.report.codes.first().map_or(0, |code| code.count);
        let series = layout
            .axis
            .map(|axis| sparkline(&axis.series(code.timeline.iter().map(|(t, n)| (*t, *n)))));
        let is_throttle = code.kind.starts_with("throttle.");
        canvas.line(&[
            (Style::Bold, pad(&name, layout.name)),
            (
                if is_throttle { Style::Warn } else { Style::Bad },
                format!(
                    "  {}",
                    pad(&bar(code.count, greatest, layout.bar), layout.bar)
                ),
            ),
            (
                Style::Bold,
                format!("  {}", pad_left(&count(code.count), layout.count)),
            ),
            (
                Style::Plain,
                format!("  {}", pad_left(&share(code.count, failures), 6)),
            ),
            (Style::Dim, format!("  {}", series.unwrap_or_default())),
        ])?;
        self.code_facts(canvas, code)?;
        let shown = code
            .causes
            .get(..self.view.top.clamp(1, SHOWN_CAUSES))
            .unwrap_or(&code.causes);
        for cause in shown {
            self.cause(canvas, code, cause)?;
        }
        let hidden = code.causes.get(shown.len()..).unwrap_or_default();
        if !hidden.is_empty() {
            let failures = hidden.iter().map(|cause| cause.count).sum();
            let more = w::MORE_CAUSES.say(lang, &[&count(hidden.len() as u64), &count(failures)]);
            canvas.paragraph((Style::Plain, "    ".into()), Style::Dim, &more)?;
        }
        Ok(())
    }

    fn code_facts(&self, canvas: &mut Canvas, code: &CodeRow) -> io::Result<()> {
        let lang = self.view.lang;
        let mut facts = vec![
            w::kind(lang, &code.kind),
            w::CODE_RETRY.say(lang, &[&w::retry(lang, &code.retry)]),
        ];
        let statuses: Vec<String> = match most_first(&code.statuses).as_slice() {
            [(status, _)] => vec![visible(status)],
            many => many
                .iter()
                .take(4)
                .map(|(status, n)| format!("{} ×{}", visible(status), count(*n)))
                .collect(),
        };
        if !statuses.is_empty() {
            facts.push(w::CODE_STATUSES.say(lang, &[&statuses.join(", ")]));
        }
        let mut seen = Vec::new();
        if let (Some(first), Some(last)) = (code.first_seen, code.last_seen) {
            seen.push(self.clock.range(first, last));
        }
        let spellings: Vec<String> = most_first(&code.spellings)
            .into_iter()
            .filter(|(spelling, _)| *spelling != code.code.raw() && !spelling.is_empty())
            .take(3)
            .map(|(spelling, n)| format!("{} ×{}", visible(spelling), count(n)))
            .collect();
        if !spellings.is_empty() {
            seen.push(w::CODE_SPELLINGS.say(lang, &[&spellings.join(", ")]));
        }
        canvas.paragraph(
            (Style::Plain, "  ".into()),
            Style::Plain,
            &facts.join(" · "),
        )?;
        if seen.is_empty() {
            return Ok(());
        }
        canvas.paragraph((Style::Plain, "  ".into()), Style::Dim, &seen.join(" · "))
    }

    fn cause(&self, canvas: &mut Canvas, code: &CodeRow, cause: &CauseRow) -> io::Result<()> {
        let lang = self.view.lang;
        let template = cause.cause.raw().strip_prefix("unlisted: ");
        let mut title = Vec::new();
        if code.causes.len() > 1 {
            title.push(format!(
                "{} ({})",
                count(cause.count),
                share(cause.count, code.count)
            ));
        }
        if cause.kind != code.kind {
            title.push(w::kind(lang, &cause.kind));
        }
        if cause.retry != code.retry {
            title.push(w::CODE_RETRY.say(lang, &[&w::retry(lang, &cause.retry)]));
        }
        if let Some(template) = template {
            let template = clip(&visible(template), SHOWN_MESSAGE_COLUMNS);
            title.push(format!("{}: {template}", w::CAUSE_UNLISTED.pick(lang)));
        }
        let mut lead = (Style::Plain, "  • ".to_owned());
        let indent = || (Style::Plain, "    ".to_owned());
        if !title.is_empty() {
            canvas.paragraph(
                std::mem::replace(&mut lead, indent()),
                Style::Plain,
                &title.join(" · "),
            )?;
        }
        if !cause.meaning.is_empty() {
            canvas.paragraph(
                std::mem::replace(&mut lead, indent()),
                Style::Plain,
                &cause.meaning,
            )?;
        }
        if !cause.advice.is_empty() {
            canvas.paragraph((Style::Good, "    → ".into()), Style::Good, &cause.advice)?;
        }
        let sample = cause
            .message
            .as_ref()
            .filter(|message| Some(message.raw()) != template);
        if let Some(sample) = sample {
            let sample = clip(&sample.terminal(), SHOWN_MESSAGE_COLUMNS);
            canvas.paragraph(indent(), Style::Dim, &w::CAUSE_SAMPLE.say(lang, &[&sample]))?;
        }
        let ids: Vec<String> = cause
            .request_ids
            .iter()
            .map(|id| clip(&id.terminal(), 64))
            .collect();
        if !ids.is_empty() {
            canvas.paragraph(
                indent(),
                Style::Dim,
                &w::CAUSE_IDS.say(lang, &[&ids.join(" ")]),
            )?;
        }
        Ok(())
    }
}
