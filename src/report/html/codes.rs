//! Failures by code: a row for each, which opens to what it comes down to.

use super::{Cell, Markup, Page, Section, chart, clip, name};
use crate::limits::{
    HTML_CODE_CARDS, HTML_OPEN_CODES, HTML_ROWS, SHOWN_CAUSES, SHOWN_MESSAGE_COLUMNS,
};
use crate::report::brief::most_first;
use crate::report::figures::{Axis, count, share};
use crate::report::model::{CauseRow, CodeRow};
use crate::report::words as w;
use askama::Template;

#[derive(Template)]
#[template(path = "codes.html")]
struct Codes {
    cards: Vec<Card>,
    labels: Labels,
}

struct Labels {
    retry: String,
    sample: String,
    ids: String,
}

struct Card {
    open: bool,
    code: String,
    count: String,
    share: String,
    bar: Markup,
    spark: Markup,
    kind: String,
    retry: String,
    retry_color: &'static str,
    facts: Vec<String>,
    spellings: Vec<(String, String)>,
    spellings_label: String,
    causes: Vec<Cause>,
    more: String,
}

struct Cause {
    /// What sets it apart from the code's other causes.
    title: Vec<String>,
    template: String,
    meaning: String,
    advice: String,
    sample: String,
    ids: Vec<String>,
}

impl Page<'_> {
    pub(super) fn codes(&self) -> Option<Section> {
        let (report, lang) = (self.report, self.lang());
        if report.codes.is_empty() {
            return None;
        }
        let cards = self
            .view
            .top
            .clamp(1, HTML_CODE_CARDS)
            .min(report.codes.len());
        let (first, rest) = report.codes.split_at(cards);
        let axis = match (report.time.first, report.time.last) {
            (Some(first), Some(last)) if last > first => {
                Some(Axis::fit(first, last, report.timeline.bucket_seconds, 60))
            }
            _ => None,
        };
        let codes = Codes {
            cards: first
                .iter()
                .enumerate()
                .map(|(at, code)| self.card(at, code, axis))
                .collect(),
            labels: Labels {
                retry: self.label(w::RETRY),
                sample: self.say(w::SAMPLE),
                ids: self.say(w::LATEST_IDS),
            },
        };
        let mut parts = vec![Markup::of(&codes)];
        if !rest.is_empty() {
            let shown = rest.get(..HTML_ROWS).unwrap_or(rest);
            let rows = shown.iter().map(|code| {
                vec![
                    Cell::Name(self.code_name(code.code.raw())),
                    Cell::Figure(count(code.count)),
                    Cell::Figure(share(code.count, report.totals.failures)),
                    Cell::Text(w::kind(lang, &code.kind)),
                    Cell::Text(w::retry(lang, &code.retry)),
                ]
            });
            let heads = [
                (w::COL_CODE, false),
                (w::COL_FAILURES, true),
                (w::COL_SHARE, true),
                (w::COL_KIND, false),
                (w::COL_RETRY, false),
            ];
            let mut table = self.table(w::CODES, &heads, rows.collect(), 0);
            if let Some(hidden) = rest.get(shown.len()..).filter(|hidden| !hidden.is_empty()) {
                let failures = hidden.iter().map(|code| code.count).sum();
                table.more = w::MORE_CODES_IN_JSON
                    .say(lang, &[&count(hidden.len() as u64), &count(failures)]);
            }
            let summary = w::REMAINING_CODES.say(lang, &[&count(rest.len() as u64)]);
            let summary = format!(
                "{summary} · {}",
                share(
                    rest.iter().map(|code| code.count).sum(),
                    report.totals.failures
                )
            );
            parts.push(table.folded(summary));
        }
        Some(self.section("codes", w::CODES, parts))
    }

    fn card(&self, at: usize, code: &CodeRow, axis: Option<Axis>) -> Card {
        let (report, lang) = (self.report, self.lang());
        let failures = report.totals.failures;
        let greatest = report.codes.first().map_or(0, |code| code.count);
        let color = if code.kind.starts_with("throttle.") {
            "hot"
        } else {
            "bad"
        };
        let statuses: Vec<String> = match most_first(&code.statuses).as_slice() {
            [(status, _)] => vec![name(status)],
            many => many
                .iter()
                .take(4)
                .map(|(status, n)| format!("{} ×{}", name(status), count(*n)))
                .collect(),
        };
        let mut facts = Vec::new();
        if !statuses.is_empty() {
            facts.push(w::CODE_STATUSES.say(lang, &[&statuses.join(", ")]));
        }
        if let (Some(first), Some(last)) = (code.first_seen, code.last_seen) {
            facts.push(self.clock.range(first, last));
        }
        let spellings = most_first(&code.spellings)
            .into_iter()
            .filter(|(spelling, _)| *spelling != code.code.raw() && !spelling.is_empty())
            .take(4);
        let shown = code.causes.get(..SHOWN_CAUSES).unwrap_or(&code.causes);
        let hidden = code.causes.get(shown.len()..).unwrap_or_default();
        let hidden_failures: u64 = hidden.iter().map(|cause| cause.count).sum();
        Card {
            open: at < HTML_OPEN_CODES,
            code: self.code_name(code.code.raw()),
            count: count(code.count),
            share: share(code.count, failures),
            bar: chart::bar(&[(color.to_owned(), code.count)], greatest, String::new()),
            spark: axis
                .map(|axis| self.code_spark(code, &axis, color))
                .unwrap_or_default(),
            kind: w::kind(lang, &code.kind),
            retry: w::retry(lang, &code.retry),
            retry_color: retry_color(&code.retry),
            facts,
            spellings: spellings
                .map(|(spelling, n)| (name(spelling), format!("×{}", count(n))))
                .collect(),
            spellings_label: w::CODE_SPELLINGS.say(lang, &[""]),
            causes: shown.iter().map(|cause| self.cause(code, cause)).collect(),
            more: if hidden.is_empty() {
                String::new()
            } else {
                w::MORE_CAUSES.say(
                    lang,
                    &[&count(hidden.len() as u64), &count(hidden_failures)],
                )
            },
        }
    }

    fn code_spark(&self, code: &CodeRow, axis: &Axis, color: &'static str) -> Markup {
        let series = axis.series(code.timeline.iter().map(|(time, n)| (*time, *n)));
        let peak = (0..series.len())
            .max_by_key(|at| (series.get(*at), std::cmp::Reverse(*at)))
            .unwrap_or(0);
        let n = series.get(peak).copied().unwrap_or(0);
        let when = self.clock.bucket(axis.start(peak), axis.step_s);
        let title = w::PEAK.say(self.lang(), &[&when, &count(n)]);
        chart::spark(&series, title, color)
    }

    fn cause(&self, code: &CodeRow, cause: &CauseRow) -> Cause {
        let lang = self.lang();
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
        if template.is_some() {
            title.push(self.say(w::CAUSE_UNLISTED));
        }
        let message = |text: &str| clip(text, SHOWN_MESSAGE_COLUMNS);
        let sample = cause
            .message
            .as_ref()
            .map(crate::untrusted::Untrusted::raw)
            .filter(|sample| Some(*sample) != template);
        Cause {
            title,
            template: template.map(message).unwrap_or_default(),
            meaning: cause.meaning.clone(),
            advice: cause.advice.clone(),
            sample: sample.map(message).unwrap_or_default(),
            ids: cause.request_ids.iter().map(|id| name(id.raw())).collect(),
        }
    }
}

/// The colour of a retry's mark.
fn retry_color(retry: &str) -> &'static str {
    match retry {
        "backoff" => "good",
        "later" => "wait",
        "no" => "bad",
        _ => "dim",
    }
}
