//! What changed, in words: one account that the text, Markdown and HTML views lay out.

mod rules;
mod table;
mod words;

pub(super) use rules::{rule_figures, verdict};
pub(super) use words::FIGURE;

use super::View;
use super::brief::{Escape, code_name};
use super::change::{CodeChange, Diff, Move, Shares, Side};
use super::figures::{count, latency, share};
use super::tz::Clock;
use super::words as w;
use crate::lang::Lang;
use crate::limits::{SHOWN_ALARMS, SHOWN_MESSAGE_COLUMNS};
use table::{of, shift};
use words::{
    BEFORE, CHANGE, CHANGES, EACH, GONE, LATENCY_MOVED, MAYBE_GONE, MAYBE_NEW, MAYBE_TEMPLATES,
    METHOD, MINUTES_MOVED, MORE, MOVED, NEW, NEW_SINCE, NONE_BEYOND, NOTES, NOW, ONE_CHANGE, REST,
    REST_ONE, SOME_BEYOND, TEMPLATE_NEW, VERDICT,
};

/// The account of a diff. Log text in it has passed the format's escaper.
pub(in crate::report) struct Compared {
    /// Whether anything is beyond chance.
    pub headline: String,
    /// Anything for the worse.
    pub is_worse: bool,
    /// What is beyond chance, one sentence each.
    pub bullets: Vec<Bullet>,
    /// What is new or gone, perhaps by chance, and what is left.
    pub asides: Vec<String>,
    /// Headings of the table of figures.
    pub columns: [&'static str; 5],
    /// Requests, rates, minutes and latencies, before and now.
    pub rows: Vec<[String; 5]>,
    /// How it was judged, and what makes it doubtful.
    pub method: Vec<String>,
}

/// One change beyond chance.
pub(in crate::report) struct Bullet {
    /// For the worse.
    pub is_worse: bool,
    /// What changed.
    pub says: String,
    /// What to do, or what was said.
    pub detail: Option<String>,
}

impl Compared {
    /// Draws up the account.
    /// Names and messages pass `escape`, advice and other prose pass `prose`.
    pub(in crate::report) fn new(
        diff: &Diff,
        view: &View,
        clock: &Clock,
        [escape, prose]: [Escape; 2],
    ) -> Self {
        let say = Say {
            diff,
            view,
            clock,
            escape,
            prose,
        };
        let (bullets, hidden) = say.bullets();
        let more = (hidden > 0).then(|| MORE.say(view.lang, &[&count(hidden as u64)]));
        Self {
            headline: say.headline(),
            is_worse: diff.worse > 0,
            bullets,
            asides: more.into_iter().chain(say.asides()).collect(),
            columns: [FIGURE, BEFORE, NOW, CHANGE, VERDICT].map(|word| word.pick(view.lang)),
            rows: say.rows(),
            method: say.method(),
        }
    }
}

struct Say<'a> {
    diff: &'a Diff,
    view: &'a View,
    clock: &'a Clock,
    escape: Escape,
    prose: Escape,
}

impl Say<'_> {
    fn lang(&self) -> Lang {
        self.view.lang
    }

    fn headline(&self) -> String {
        let (diff, lang) = (self.diff, self.lang());
        let comparisons = count(diff.test.comparisons);
        if diff.alarms == 0 {
            return NONE_BEYOND.say(lang, &[&comparisons]);
        }
        let changes = match diff.alarms {
            1 => ONE_CHANGE.pick(lang).to_owned(),
            n => CHANGES.say(lang, &[&count(n)]),
        };
        SOME_BEYOND.say(lang, &[&changes, &count(diff.worse), &comparisons])
    }

    /// What is beyond chance, and how much more of it there is.
    fn bullets(&self) -> (Vec<Bullet>, usize) {
        let (diff, lang) = (self.diff, self.lang());
        let mut bullets = Vec::new();
        for row in diff.rates.iter().filter(|row| row.shares.alarm) {
            bullets.push(bullet(
                &row.shares,
                self.moved(self.rate(&row.rate), &row.shares),
            ));
        }
        if let Some(shares) = diff.throttled_minutes.buckets.filter(|shares| shares.alarm) {
            let figures = [
                share(shares.old, shares.old_of),
                share(shares.new, shares.new_of),
                count(shares.old),
                count(shares.new),
            ];
            let figures = figures.each_ref().map(String::as_str);
            bullets.push(bullet(&shares, MINUTES_MOVED.say(lang, &figures)));
        }
        // What is worse comes first.
        let mut codes: Vec<&CodeChange> =
            diff.codes.iter().filter(|row| row.shares.alarm).collect();
        codes.sort_by_key(|row| !row.shares.moved.is_up());
        let hidden = codes.len().saturating_sub(SHOWN_ALARMS);
        for row in codes.into_iter().take(SHOWN_ALARMS) {
            let mut bullet = bullet(&row.shares, self.code(row));
            if bullet.is_worse && !row.advice.raw().is_empty() {
                bullet.detail = Some(format!("→ {}", (self.prose)(row.advice.raw())));
            }
            bullets.push(bullet);
        }
        for row in diff.latency_ms.iter().filter(|row| row.alarm) {
            bullets.push(Bullet {
                is_worse: row.moved.is_up(),
                says: LATENCY_MOVED.say(
                    lang,
                    &[
                        &(self.prose)(&row.quantile),
                        of(lang, &row.of),
                        &latency(row.old),
                        &latency(row.new),
                        &shift(row),
                    ],
                ),
                detail: None,
            });
        }
        let templates: Vec<_> = diff
            .templates
            .iter()
            .filter(|row| row.shares.alarm)
            .collect();
        let hidden = hidden + templates.len().saturating_sub(SHOWN_ALARMS);
        for row in templates.into_iter().take(SHOWN_ALARMS) {
            let code = code_name(row.code.raw(), self.view, self.escape);
            let says = TEMPLATE_NEW.say(
                lang,
                &[
                    &code,
                    &self.template(row.cause.raw()),
                    &count(row.shares.new),
                ],
            );
            let mut bullet = bullet(&row.shares, says);
            let sample = row
                .message
                .as_ref()
                .map(|message| self.short(message.raw()));
            bullet.detail = sample.map(|sample| w::CAUSE_SAMPLE.say(lang, &[&sample]));
            bullets.push(bullet);
        }
        (bullets, hidden)
    }

    fn rate(&self, name: &str) -> String {
        match name {
            "failures" => w::COL_FAILURES.pick(self.lang()).to_owned(),
            "throttled" => w::COL_THROTTLED.pick(self.lang()).to_owned(),
            other => (self.prose)(other),
        }
    }

    fn moved(&self, name: String, shares: &Shares) -> String {
        let figures = [
            name,
            share(shares.old, shares.old_of),
            share(shares.new, shares.new_of),
            count(shares.old),
            count(shares.new),
            count(shares.expected),
        ];
        MOVED.say(self.lang(), &figures.each_ref().map(String::as_str))
    }

    fn code(&self, row: &CodeChange) -> String {
        let (shares, lang) = (&row.shares, self.lang());
        let name = code_name(row.code.raw(), self.view, self.escape);
        let rate = share(shares.new, shares.new_of);
        match (shares.moved, row.first_seen) {
            (Move::New, None) => NEW.say(lang, &[&name, &rate, &count(shares.new)]),
            (Move::New, Some(first)) => NEW_SINCE.say(
                lang,
                &[&name, &rate, &count(shares.new), &self.clock.second(first)],
            ),
            (Move::Gone, _) => {
                GONE.say(lang, &[&name, &count(shares.old), &count(shares.expected)])
            }
            _ => self.moved(name, shares),
        }
    }

    /// A cause without the word that says it is unlisted.
    fn template(&self, cause: &str) -> String {
        self.short(cause.strip_prefix("unlisted: ").unwrap_or(cause))
    }

    fn short(&self, text: &str) -> String {
        let mut short: String = text.chars().take(SHOWN_MESSAGE_COLUMNS / 2).collect();
        if short.len() < text.len() {
            short.push('…');
        }
        (self.escape)(&short)
    }

    fn asides(&self) -> Vec<String> {
        let (diff, lang) = (self.diff, self.lang());
        let quiet = |moved: Move| {
            let rows = diff.codes.iter();
            rows.filter(move |row| !row.shares.alarm && row.shares.moved == moved)
        };
        let list = |mut names: Vec<String>| {
            let hidden = names.len().saturating_sub(SHOWN_ALARMS);
            names.truncate(SHOWN_ALARMS);
            if hidden > 0 {
                names.push(MORE.say(lang, &[&count(hidden as u64)]));
            }
            names.join(", ")
        };
        let names = |moved: Move, n: fn(&Shares) -> u64| {
            quiet(moved)
                .map(|row| {
                    let name = code_name(row.code.raw(), self.view, self.escape);
                    EACH.say(lang, &[&name, &count(n(&row.shares))])
                })
                .collect::<Vec<_>>()
        };
        let templates = diff.templates.iter().filter(|row| !row.shares.alarm);
        let templates = templates.map(|row| {
            EACH.say(
                lang,
                &[&self.template(row.cause.raw()), &count(row.shares.new)],
            )
        });
        let mut asides = Vec::new();
        for (word, names) in [
            (MAYBE_NEW, names(Move::New, |shares| shares.new)),
            (MAYBE_GONE, names(Move::Gone, |shares| shares.old)),
            (MAYBE_TEMPLATES, templates.collect()),
        ] {
            if !names.is_empty() {
                asides.push(word.say(lang, &[&list(names)]));
            }
        }
        match quiet(Move::Up).count() + quiet(Move::Down).count() {
            0 => {}
            1 => asides.push(REST_ONE.pick(lang).to_owned()),
            n => asides.push(REST.say(lang, &[&count(n as u64)])),
        }
        asides
    }

    fn method(&self) -> Vec<String> {
        let (test, lang) = (&self.diff.test, self.lang());
        let mut method = Vec::new();
        if test.comparisons > 0 {
            method.push(METHOD.say(lang, &[&share(test.false_alarms_ppm, 1_000_000)]));
        }
        for note in &self.diff.notes {
            let known = NOTES.iter().find(|(word, _)| word == note);
            method.push(known.map_or_else(
                || (self.prose)(note),
                |(_, word)| word.pick(lang).to_owned(),
            ));
        }
        method
    }
}

fn bullet(shares: &Shares, says: String) -> Bullet {
    Bullet {
        is_worse: shares.moved.is_up(),
        says,
        detail: None,
    }
}

/// A report's file (as `name` shows it) and its span.
pub(in crate::report) fn origin(side: &Side, view: &View, name: Escape) -> String {
    let path = side.path.as_ref().map(|path| name(path.raw()));
    let span = Clock::new(view.tz, side.first, side.last).span();
    let span = Some(span).filter(|span| !span.is_empty());
    let facts: Vec<String> = path.into_iter().chain(span).collect();
    facts.join(" · ")
}

/// The same, and how much it holds.
pub(in crate::report) fn describe(side: &Side, view: &View, name: Escape) -> String {
    let requests = w::DIFF_REQUESTS.say(view.lang, &[&count(side.totals.requests)]);
    match origin(side, view, name) {
        none if none.is_empty() => requests,
        origin => format!("{origin} · {requests}"),
    }
}
