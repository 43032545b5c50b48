//! The text view: a report that a person reads at a terminal, perhaps at three in
//! the morning. What is wrong and what to do come first, evidence after.

mod canvas;
mod changes;
mod codes;
mod columns;
mod tables;
mod throttling;

use super::View;
use super::brief::{self, Brief, visible};
use super::figures::{bytes, count, share};
use super::model::Report;
use super::tz::Clock;
use super::words as w;
use canvas::{Canvas, Style};
pub(super) use changes::write_diff;
use columns::{pad, width};
use std::io::{self, Write};

/// What every section needs.
struct Page<'a> {
    report: &'a Report,
    view: &'a View,
    clock: Clock,
}

/// Writes the text view.
pub(super) fn write(report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let clock = Clock::new(view.tz, report.time.first, report.time.last);
    let page = Page {
        report,
        view,
        clock,
    };
    let mut canvas = Canvas::new(&mut out, view.width, view.color);
    page.headline(&mut canvas)?;
    page.changes(&mut canvas)?;
    page.first_actions(&mut canvas)?;
    page.codes(&mut canvas)?;
    page.throttling(&mut canvas)?;
    page.ids(&mut canvas)?;
    page.latency(&mut canvas)?;
    page.models(&mut canvas)?;
    page.keys(&mut canvas)?;
    page.coverage(&mut canvas)?;
    page.next(&mut canvas)?;
    out.flush()
}

impl Page<'_> {
    fn headline(&self, canvas: &mut Canvas) -> io::Result<()> {
        let (report, lang) = (self.report, self.view.lang);
        let inputs = match report.inputs.len() {
            1 => w::INPUTS_ONE.pick(lang).to_owned(),
            n => w::INPUTS_MANY.say(lang, &[&count(n as u64)]),
        };
        let mut title = vec![
            w::TITLE.pick(lang).to_owned(),
            inputs,
            bytes(report.totals.bytes),
        ];
        title.extend(Some(self.clock.span()).filter(|span| !span.is_empty()));
        canvas.paragraph(
            (Style::Plain, String::new()),
            Style::Dim,
            &title.join(" · "),
        )?;
        canvas.gap()?;
        match Brief::new(report, self.view, &self.clock, visible) {
            Brief::Quiet(says) => {
                canvas.paragraph((Style::Plain, String::new()), Style::Bold, &says)?;
            }
            Brief::Failing(sentences) => {
                let labels = sentences.iter().map(|(label, _)| label.pick(lang));
                let indent = labels.map(width).max().unwrap_or(0) + 2;
                for (at, (label, says)) in sentences.iter().enumerate() {
                    let style = if at == 0 { Style::Bad } else { Style::Bold };
                    let lead = pad(label.pick(lang), indent);
                    canvas.paragraph(
                        (style, lead),
                        if at == 0 { Style::Bold } else { Style::Plain },
                        says,
                    )?;
                }
            }
        }
        let unread = report
            .inputs
            .iter()
            .filter(|input| input.error.is_some())
            .count();
        if unread > 0 {
            let says = w::UNREADABLE.say(
                lang,
                &[&count(unread as u64), &count(report.inputs.len() as u64)],
            );
            canvas.paragraph((Style::Warn, "! ".into()), Style::Warn, &says)?;
        }
        canvas.gap()?;
        canvas.sum(Style::Dim, &brief::conservation(report, self.view))?;
        if let Some(run) = brief::run(report, self.view) {
            canvas.paragraph((Style::Plain, String::new()), Style::Dim, &run)?;
        }
        if !brief::adds_up(report) {
            canvas.paragraph(
                (Style::Bad, "! ".into()),
                Style::Bad,
                w::CONSERVATION_OFF.pick(lang),
            )?;
        }
        Ok(())
    }

    fn first_actions(&self, canvas: &mut Canvas) -> io::Result<()> {
        let (actions, lang) = (&self.report.first_actions, self.view.lang);
        if actions.is_empty() {
            return Ok(());
        }
        canvas.heading(w::FIRST.pick(lang), "")?;
        for (at, action) in actions.iter().enumerate() {
            let lead = format!("{:>2}  ", at + 1);
            canvas.paragraph((Style::Bold, lead), Style::Good, &action.advice)?;
            let gain = w::FIRST_GAIN.say(
                lang,
                &[
                    &count(action.failures),
                    &share(action.failures, self.report.totals.failures),
                ],
            );
            let code = brief::code_name(action.code.raw(), self.view, visible);
            let mut facts = vec![code, gain];
            if !action.who.is_empty() {
                facts.push(w::FIRST_WHO.say(lang, &[&w::who(lang, &action.who)]));
            }
            canvas.paragraph(
                (Style::Plain, "    ".into()),
                Style::Dim,
                &facts.join(" · "),
            )?;
        }
        Ok(())
    }

    fn coverage(&self, canvas: &mut Canvas) -> io::Result<()> {
        let (report, lang) = (self.report, self.view.lang);
        let mut lines: Vec<(Style, String)> = Vec::new();
        for input in &report.inputs {
            if let Some(error) = &input.error {
                // Most errors name the file themselves.
                let says = if error.raw().starts_with(input.path.raw()) {
                    error.terminal()
                } else {
                    format!("{}: {}", input.path.terminal(), error.terminal())
                };
                lines.push((Style::Warn, format!("! {}", w::UNREAD.say(lang, &[&says]))));
            }
        }
        let shown = lines.len().min(self.view.top.max(1));
        let hidden = lines.len() - shown;
        lines.truncate(shown);
        if hidden > 0 {
            lines.push((
                Style::Dim,
                w::MORE_ROWS.say(
                    lang,
                    &[&count(hidden as u64), &count(report.inputs.len() as u64)],
                ),
            ));
        }
        if report.totals.malformed > 0 {
            let faults = brief::most_first(&report.faults);
            let faults = faults
                .iter()
                .map(|(fault, n)| format!("{} {}", visible(&w::fault(lang, fault)), count(*n)));
            let faults = faults.collect::<Vec<_>>().join(" · ");
            lines.push((
                Style::Plain,
                w::LABELLED.say(
                    lang,
                    &[
                        w::MALFORMED.pick(lang),
                        &count(report.totals.malformed),
                        &faults,
                    ],
                ),
            ));
            let mut inputs: Vec<_> = report
                .inputs
                .iter()
                .filter(|input| input.malformed > 0)
                .collect();
            inputs.sort_by_key(|input| std::cmp::Reverse(input.malformed));
            if report.inputs.len() > 1 {
                for input in inputs.iter().take(crate::limits::SHOWN_EXAMPLES) {
                    let (n, lines_read) =
                        (count(input.malformed), share(input.malformed, input.lines));
                    lines.push((
                        Style::Dim,
                        format!("  {}: {n} ({lines_read})", input.path.terminal()),
                    ));
                }
            }
        }
        let notes = &report.notes;
        for (n, figure, word) in [
            (report.time.undated, count(report.time.undated), w::UNDATED),
            (notes.bad_times, count(notes.bad_times), w::NOTE_TIMES),
            (notes.batched, count(notes.batched), w::NOTE_BATCHED),
            (
                notes.repeated_keys,
                count(notes.repeated_keys),
                w::NOTE_REPEATED,
            ),
            (
                notes.nul_hole_bytes,
                bytes(notes.nul_hole_bytes),
                w::NOTE_HOLES,
            ),
            (notes.enveloped, count(notes.enveloped), w::NOTE_ENVELOPED),
        ] {
            if n > 0 {
                lines.push((Style::Plain, word.say(lang, &[&figure])));
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        canvas.heading(w::COVERAGE.pick(lang), "")?;
        for (style, line) in lines {
            let body = line.trim_start();
            let lead = " ".repeat(2 + line.len() - body.len());
            canvas.paragraph((Style::Plain, lead), style, body)?;
        }
        Ok(())
    }

    /// What to type next, with names from this very report.
    fn next(&self, canvas: &mut Canvas) -> io::Result<()> {
        let lang = self.view.lang;
        let mut steps = Vec::new();
        if let Some(code) = self
            .report
            .codes
            .iter()
            .find(|code| is_plain_word(code.code.raw()))
        {
            steps.push((
                w::NEXT_EXPLAIN.say(lang, &[code.code.raw()]),
                w::NEXT_EXPLAIN_SAYS,
            ));
        }
        if let Some(id) = self
            .report
            .top_request_ids
            .iter()
            .find(|id| is_plain_word(id.request_id.raw()))
        {
            steps.push((
                w::NEXT_GREP.say(lang, &[id.request_id.raw()]),
                w::NEXT_GREP_SAYS,
            ));
        }
        if steps.is_empty() {
            return Ok(());
        }
        steps.push((
            "dslog analyze --format html -o report.html PATH".into(),
            w::NEXT_HTML_SAYS,
        ));
        canvas.heading(w::NEXT.pick(lang), "")?;
        let widest = steps
            .iter()
            .map(|(command, _)| width(command))
            .max()
            .unwrap_or(0);
        let beside = widest <= canvas.width() / 2;
        for (command, says) in steps {
            if beside {
                let command = format!("  {}  ", pad(&command, widest));
                canvas.paragraph((Style::Bold, command), Style::Dim, says.pick(lang))?;
            } else {
                canvas.text(Style::Bold, format!("  {command}"))?;
                canvas.text(Style::Dim, format!("      {}", says.pick(lang)))?;
            }
        }
        Ok(())
    }
}

/// Whether log text may be offered for pasting into a shell: nothing a shell could act on.
fn is_plain_word(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    !text.is_empty() && text.len() <= 64 && !text.starts_with('-') && text.chars().all(plain)
}
