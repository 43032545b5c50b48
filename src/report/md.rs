//! The Markdown view: short enough for a chat or a mail, and read by every renderer.
//!
//! Log text stands in code spans ([`crate::untrusted::md_code`]), prose is escaped.

mod changes;

pub(super) use changes::write as write_diff;

use super::View;
use super::brief::{self, Brief, most_first};
use super::figures::{bytes, count, latency, share, span_ms};
use super::model::{LatencyRow, Report};
use super::tz::Clock;
use super::words as w;
use crate::lang::Lang;
use crate::limits::{MD_ROWS, SHOWN_EXAMPLES, SHOWN_MESSAGE_COLUMNS};
use crate::untrusted::{md_code, md_text};
use std::io::{self, Write};

/// Writes the report.
pub(super) fn write(report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let clock = Clock::new(view.tz, report.time.first, report.time.last);
    let page = Page {
        report,
        view,
        clock,
    };
    let diff = report.diff.as_deref();
    let changes = diff.map(|diff| changes::section(diff, view, &page.clock));
    let parts = [
        Some(page.headline()),
        changes::rules(&report.fail_on, view),
        changes,
        page.first_actions(),
        page.codes(),
        page.throttling(),
        page.ids(),
        page.models(),
        page.latency(),
        Some(page.coverage()),
    ];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n");
    writeln!(out, "{text}")
}

struct Page<'a> {
    report: &'a Report,
    view: &'a View,
    clock: Clock,
}

/// Log text, cut to what a chat can bear.
fn code(text: &str) -> String {
    md_code(&clip(text, SHOWN_MESSAGE_COLUMNS))
}

fn clip(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

impl Page<'_> {
    fn heading(&self, word: w::Word) -> String {
        format!("## {}", w::sentence_case(word.pick(self.view.lang)))
    }

    fn code_name(&self, name: &str) -> String {
        brief::code_name(name, self.view, code)
    }

    fn headline(&self) -> String {
        let (report, lang) = (self.report, self.view.lang);
        let mut lines = vec![format!("# {}", w::TITLE.pick(lang))];
        let inputs = match report.inputs.len() {
            1 => w::INPUTS_ONE.pick(lang).to_owned(),
            n => w::INPUTS_MANY.say(lang, &[&count(n as u64)]),
        };
        let span = Some(self.clock.span()).filter(|span| !span.is_empty());
        let facts: Vec<String> = [inputs, bytes(report.totals.bytes)]
            .into_iter()
            .chain(span)
            .collect();
        lines.push(facts.join(" · "));
        match Brief::new(report, self.view, &self.clock, code) {
            Brief::Quiet(says) => lines.push(format!("**{says}**")),
            Brief::Failing(sentences) => {
                let sentences: Vec<String> = sentences
                    .iter()
                    .map(|(label, says)| {
                        let label = w::sentence_case(label.pick(lang));
                        format!("- **{label}**{}{says}", lang.pick(": ", "："))
                    })
                    .collect();
                lines.push(sentences.join("\n"));
            }
        }
        let unread = report
            .inputs
            .iter()
            .filter(|input| input.error.is_some())
            .count();
        if unread > 0 {
            let all = count(report.inputs.len() as u64);
            lines.push(format!(
                "⚠ {}",
                w::UNREADABLE.say(lang, &[&count(unread as u64), &all])
            ));
        }
        if !brief::adds_up(report) {
            lines.push(format!("⚠ {}", w::CONSERVATION_OFF.pick(lang)));
        }
        lines.join("\n\n")
    }

    fn first_actions(&self) -> Option<String> {
        let (actions, lang) = (&self.report.first_actions, self.view.lang);
        let mut lines = Vec::new();
        for (at, action) in actions.iter().enumerate() {
            let failures = self.report.totals.failures;
            let mut facts = vec![
                self.code_name(action.code.raw()),
                w::FIRST_GAIN.say(
                    lang,
                    &[&count(action.failures), &share(action.failures, failures)],
                ),
            ];
            if !action.who.is_empty() {
                facts.push(w::FIRST_WHO.say(lang, &[&md_text(&w::who(lang, &action.who))]));
            }
            lines.push(format!(
                "{}. {}\\\n   {}",
                at + 1,
                md_text(&action.advice),
                facts.join(" · ")
            ));
        }
        (!lines.is_empty()).then(|| format!("{}\n\n{}", self.heading(w::FIRST), lines.join("\n")))
    }

    /// Cells stand to the left where they are words, to the right where they are figures.
    fn table(&self, head: &[w::Word], rows: Vec<Vec<String>>) -> String {
        const WORDS: [&str; 6] = ["code", "kind", "retry?", "seen", "model", "result"];
        let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
        let rule = head.iter().map(|word| {
            if WORDS.contains(&word.pick(Lang::En)) {
                ":---"
            } else {
                "---:"
            }
        });
        let rule: Vec<String> = rule.map(str::to_owned).collect();
        let head: Vec<String> = head
            .iter()
            .map(|word| word.pick(self.view.lang).to_owned())
            .collect();
        let all = [head, rule].into_iter().chain(rows);
        all.map(|cells| line(&cells)).collect::<Vec<_>>().join("\n")
    }

    fn rows(&self) -> usize {
        self.view.top.clamp(1, MD_ROWS)
    }

    /// Says how many of `all` rows a table left out.
    fn more(&self, all: usize) -> String {
        match all.saturating_sub(self.rows()) {
            0 => String::new(),
            hidden => format!(
                "\n\n{}",
                w::MORE_IN_JSON.say(self.view.lang, &[&count(hidden as u64)])
            ),
        }
    }

    fn codes(&self) -> Option<String> {
        let (report, lang) = (self.report, self.view.lang);
        if report.codes.is_empty() {
            return None;
        }
        let head = [
            w::COL_CODE,
            w::COL_FAILURES,
            w::COL_SHARE,
            w::COL_KIND,
            w::COL_RETRY,
            w::COL_SEEN,
        ];
        let rows = report.codes.iter().take(self.rows()).map(|code| {
            let seen = match (code.first_seen, code.last_seen) {
                (Some(first), Some(last)) => self.clock.range(first, last),
                _ => String::new(),
            };
            vec![
                self.code_name(code.code.raw()),
                count(code.count),
                share(code.count, report.totals.failures),
                md_text(&w::kind(lang, &code.kind)),
                md_text(&w::retry(lang, &code.retry)),
                seen,
            ]
        });
        let table = self.table(&head, rows.collect());
        let more = self.more(report.codes.len());
        Some(format!("{}\n\n{table}{more}", self.heading(w::CODES)))
    }

    fn throttling(&self) -> Option<String> {
        let (report, lang) = (self.report, self.view.lang);
        let throttled = report.totals.throttled;
        if throttled == 0 {
            return None;
        }
        let mut lines = Vec::new();
        for (kind, n) in most_first(&report.throttling.by_kind) {
            let kind = md_text(&w::kind(lang, kind));
            lines.push(format!(
                "- {}",
                w::LABELLED.say(lang, &[&kind, &count(n), &share(n, throttled)])
            ));
        }
        let width_s = report.timeline.bucket_seconds;
        if let Some((start, n)) = brief::peak(report, |bucket| bucket.throttled) {
            let rate = format!("{} / {}", count(n), span_ms(width_s.saturating_mul(1000)));
            lines.push(format!(
                "- {}",
                w::PEAK.say(lang, &[&self.clock.bucket(start, width_s), &rate])
            ));
        }
        Some(format!(
            "{}\n\n{}",
            self.heading(w::THROTTLING),
            lines.join("\n")
        ))
    }

    fn ids(&self) -> Option<String> {
        let (rows, lang) = (&self.report.top_request_ids, self.view.lang);
        if rows.is_empty() {
            return None;
        }
        let lines = rows.iter().take(SHOWN_EXAMPLES).map(|row| {
            let codes = most_first(&row.codes)
                .into_iter()
                .take(3)
                .map(|(code, _)| self.code_name(code));
            let failures = w::ID_FAILURES.say(lang, &[&count(row.failures)]);
            let recovered = row.recovered.map_or(String::new(), |ok| {
                format!(
                    " · {}",
                    if ok { w::RECOVERED } else { w::NOT_RECOVERED }.pick(lang)
                )
            });
            let codes = codes.collect::<Vec<_>>().join(", ");
            format!(
                "- {} · {failures} · {codes}{recovered}",
                code(row.request_id.raw())
            )
        });
        Some(format!(
            "{}\n\n{}",
            self.heading(w::IDS),
            lines.collect::<Vec<_>>().join("\n")
        ))
    }

    fn models(&self) -> Option<String> {
        let models = &self.report.models;
        if models.is_empty() {
            return None;
        }
        let head = [
            w::COL_MODEL,
            w::COL_REQUESTS,
            w::COL_FAILURES,
            w::COL_RATE,
            w::COL_THROTTLED,
        ];
        let rows = models.iter().take(self.rows()).map(|model| {
            vec![
                code(model.model.raw()),
                count(model.requests),
                count(model.failures),
                share(model.failures, model.requests),
                count(model.throttled),
            ]
        });
        let table = self.table(&head, rows.collect());
        Some(format!(
            "{}\n\n{table}{}",
            self.heading(w::MODELS),
            self.more(models.len())
        ))
    }

    fn latency(&self) -> Option<String> {
        let (latencies, lang) = (&self.report.latency_ms, self.view.lang);
        if latencies.all.count == 0 {
            return None;
        }
        let head = [
            w::COL_RESULT,
            w::COL_P50,
            w::COL_P95,
            w::COL_P99,
            w::COL_MAX,
        ];
        let row = |word: w::Word, row: &LatencyRow| {
            let quantiles = [row.p50, row.p95, row.p99, row.max].map(latency);
            [word.pick(lang).to_owned()]
                .into_iter()
                .chain(quantiles)
                .collect::<Vec<_>>()
        };
        let rows = vec![
            row(w::LATENCY_SUCCESS, &latencies.success),
            row(w::LATENCY_FAILURE, &latencies.failure),
        ];
        Some(format!(
            "{}\n\n{}",
            self.heading(w::LATENCY),
            self.table(&head, rows)
        ))
    }

    fn coverage(&self) -> String {
        let (report, lang) = (self.report, self.view.lang);
        let mut lines = vec![brief::conservation(report, self.view)];
        lines.extend(brief::run(report, self.view));
        let faults = most_first(&report.faults);
        if report.totals.malformed > 0 {
            let faults = faults
                .iter()
                .map(|(fault, n)| format!("{} {}", md_text(&w::fault(lang, fault)), count(*n)));
            lines.push(w::LABELLED.say(
                lang,
                &[
                    w::MALFORMED.pick(lang),
                    &count(report.totals.malformed),
                    &faults.collect::<Vec<_>>().join(" · "),
                ],
            ));
        }
        let broken = report
            .inputs
            .iter()
            .filter_map(|input| Some((input, input.error.as_ref()?)));
        for (input, error) in broken.take(SHOWN_EXAMPLES) {
            // Most errors name the file themselves.
            let says = if error.raw().starts_with(input.path.raw()) {
                code(error.raw())
            } else {
                format!("{}: {}", code(input.path.raw()), code(error.raw()))
            };
            lines.push(w::UNREAD.say(lang, &[&says]));
        }
        let lines: Vec<String> = lines.iter().map(|line| format!("- {line}")).collect();
        format!("{}\n\n{}", self.heading(w::COVERAGE), lines.join("\n"))
    }
}
