//! What is wrong, in a few sentences and figures, and what to do about it.

use super::chart::{self, Legend};
use super::{Markup, Page, Section};
use crate::report::brief::{self, Brief};
use crate::report::figures::{bytes, count, latency, share};
use crate::report::words as w;
use askama::Template;

#[derive(Template)]
#[template(path = "answer.html")]
struct Answer {
    title: String,
    facts: String,
    /// The first sentence, and whether it is bad news.
    lead_label: String,
    lead: String,
    failing: bool,
    sentences: Vec<(String, String)>,
    retry_bar: Markup,
    retry_legend: Markup,
    warnings: Vec<String>,
    figures: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "actions.html")]
struct Actions {
    actions: Vec<Action>,
}

struct Action {
    advice: String,
    code: String,
    facts: Vec<String>,
    bar: Markup,
}

/// Retries in the order of hope, with their colours.
const RETRIES: [(&str, &str); 4] = [
    ("backoff", "good"),
    ("later", "wait"),
    ("no", "bad"),
    ("unknown", "s7"),
];

impl Page<'_> {
    pub(super) fn title(&self) -> String {
        let span = self.clock.span();
        let title = self.say(w::TITLE);
        if span.is_empty() {
            title
        } else {
            format!("{title} · {span}")
        }
    }

    pub(super) fn answer(&self) -> Markup {
        let (report, lang) = (self.report, self.lang());
        let inputs = match report.inputs.len() {
            1 => self.say(w::INPUTS_ONE),
            n => w::INPUTS_MANY.say(lang, &[&count(n as u64)]),
        };
        let facts = [self.clock.span(), inputs, bytes(report.totals.bytes)];
        let facts: Vec<String> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
        let ((lead_label, lead), failing, sentences) =
            match Brief::new(report, self.view, &self.clock, super::name) {
                Brief::Quiet(says) => ((String::new(), says), false, Vec::new()),
                Brief::Failing(sentences) => {
                    let mut sentences = sentences
                        .into_iter()
                        .map(|(label, says)| (self.label(label), says));
                    let lead = sentences.next().unwrap_or_default();
                    (lead, true, sentences.collect())
                }
            };
        let (retry_bar, retry_legend) = self.retries();
        Markup::of(&Answer {
            title: self.say(w::TITLE),
            facts: facts.join(" · "),
            lead_label,
            lead,
            failing,
            sentences,
            retry_bar,
            retry_legend,
            warnings: self.warnings(),
            figures: self.figures(),
        })
    }

    fn retries(&self) -> (Markup, Markup) {
        let (failures, retries) = (self.report.totals.failures, brief::retries(self.report));
        if failures == 0 {
            return (Markup::default(), Markup::default());
        }
        let of = |retry: &str| retries.get(retry).copied().unwrap_or(0);
        let parts = RETRIES.map(|(retry, color)| (color.to_owned(), of(retry)));
        let entries = RETRIES
            .iter()
            .filter(|(retry, _)| of(retry) > 0)
            .map(|(retry, color)| {
                (
                    (*color).to_owned(),
                    w::retry(self.lang(), retry),
                    share(of(retry), failures),
                )
            });
        let legend = Legend {
            entries: entries.collect(),
        };
        let title = self.label(w::RETRY);
        (chart::bar(&parts, failures, title), Markup::of(&legend))
    }

    fn warnings(&self) -> Vec<String> {
        let inputs = &self.report.inputs;
        let unread = inputs.iter().filter(|input| input.error.is_some()).count() as u64;
        let mut warnings = Vec::new();
        if unread > 0 {
            let all = count(inputs.len() as u64);
            warnings.push(w::UNREADABLE.say(self.lang(), &[&count(unread), &all]));
        }
        if !brief::adds_up(self.report) {
            warnings.push(self.say(w::CONSERVATION_OFF));
        }
        warnings
    }

    fn figures(&self) -> Vec<(String, String)> {
        let (totals, latencies) = (&self.report.totals, &self.report.latency_ms);
        if totals.requests == 0 {
            return Vec::new();
        }
        let mut figures = vec![
            (self.label(w::COL_REQUESTS), count(totals.requests)),
            (self.label(w::COL_FAILURES), count(totals.failures)),
            (
                self.label(w::COL_RATE),
                share(totals.failures, totals.requests),
            ),
            (self.label(w::COL_THROTTLED), count(totals.throttled)),
        ];
        if latencies.all.count > 0 {
            figures.push((
                w::sentence_case(&w::LATENCY_AT.say(self.lang(), &["p50"])),
                latency(latencies.all.p50),
            ));
            figures.push((
                w::sentence_case(&w::LATENCY_AT.say(self.lang(), &["p99"])),
                latency(latencies.all.p99),
            ));
        }
        figures
    }

    pub(super) fn first_actions(&self) -> Option<Section> {
        let (report, lang) = (self.report, self.lang());
        let failures = report.totals.failures;
        let actions = report.first_actions.iter().map(|action| {
            let gain = w::FIRST_GAIN.say(
                lang,
                &[&count(action.failures), &share(action.failures, failures)],
            );
            let mut facts = vec![gain];
            if !action.who.is_empty() {
                facts.push(w::FIRST_WHO.say(lang, &[&w::who(lang, &action.who)]));
            }
            Action {
                advice: action.advice.clone(),
                code: self.code_name(action.code.raw()),
                facts,
                bar: chart::bar(&[("good".into(), action.failures)], failures, String::new()),
            }
        });
        let actions: Vec<Action> = actions.collect();
        (!actions.is_empty())
            .then(|| self.section("first", w::FIRST, vec![Markup::of(&Actions { actions })]))
    }
}
