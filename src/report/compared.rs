//! What changed, in words: one account that the text, Markdown and HTML views lay out.

use super::View;
use super::brief::{Escape, code_name};
use super::change::{CodeChange, Diff, LatencyChange, Move, RuleRow, Shares, Side};
use super::figures::{count, latency, share};
use super::tz::Clock;
use super::words::{self as w, Word};
use crate::lang::Lang;
use crate::limits::{SHOWN_ALARMS, SHOWN_MESSAGE_COLUMNS};

/// The account of a diff. Log text in it has passed the format's escaper.
pub(super) struct Compared {
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
pub(super) struct Bullet {
    /// For the worse.
    pub is_worse: bool,
    /// What changed.
    pub says: String,
    /// What to do, or what was said.
    pub detail: Option<String>,
}

const fn word(en: &'static str, zh: &'static str) -> Word {
    Word::of(en, zh)
}

const NONE_BEYOND: Word = word(
    "No change beyond chance ({0} comparisons).",
    "没有超出偶然波动的变化（比较了 {0} 项）。",
);
const SOME_BEYOND: Word = word(
    "{0} beyond chance ({1} for the worse), in {2} comparisons:",
    "{0} 项变化超出偶然波动（其中 {1} 项变差），共比较 {2} 项：",
);
const ONE_CHANGE: Word = word("1 change", "1");
const CHANGES: Word = word("{0} changes", "{0}");
const MOVED: Word = word(
    "{0}: {1} → {2} of requests ({3} → {4}; {5} expected)",
    "{0}：占请求 {1} → {2}（{3} → {4} 次；预期 {5} 次）",
);
const NEW: Word = word(
    "{0}: new, {1} of requests ({2})",
    "{0}：新出现，占请求 {1}（{2} 次）",
);
const NEW_SINCE: Word = word(
    "{0}: new, {1} of requests ({2}), first at {3}",
    "{0}：新出现，占请求 {1}（{2} 次），首次于 {3}",
);
const GONE: Word = word(
    "{0}: gone ({1} before; {2} expected)",
    "{0}：不再出现（此前 {1} 次；预期 {2} 次）",
);
const MINUTES_MOVED: Word = word(
    "throttled minutes: {0} → {1} of those with requests ({2} → {3} buckets)",
    "限流分钟：占有请求时段的 {0} → {1}（{2} → {3} 个时段）",
);
const LATENCY_MOVED: Word = word(
    "latency {0} ({1}): {2} → {3} ({4})",
    "延迟 {0}（{1}）：{2} → {3}（{4}）",
);
const TEMPLATE_NEW: Word = word(
    "new message under {0}: {1} ({2})",
    "{0} 的新错误信息：{1}（{2} 次）",
);
const MORE: Word = word(
    "… and {0} more; --format json lists all",
    "……还有 {0} 项；--format json 可全部列出",
);
const MAYBE_NEW: Word = word("New, perhaps by chance: {0}", "新出现，可能出于偶然：{0}");
const MAYBE_GONE: Word = word(
    "Gone, perhaps by chance: {0}",
    "不再出现，可能出于偶然：{0}",
);
const MAYBE_TEMPLATES: Word = word(
    "New messages, perhaps by chance: {0}",
    "新错误信息，可能出于偶然：{0}",
);
const REST: Word = word(
    "{0} other codes moved no further than chance explains.",
    "另有 {0} 个错误码的变化未超出偶然波动。",
);
const REST_ONE: Word = word(
    "1 other code moved no further than chance explains.",
    "另有 1 个错误码的变化未超出偶然波动。",
);
const METHOD: Word = word(
    "Compared by rate, bursts allowed for; where nothing has changed, at most {0} of such comparisons raise an alarm.",
    "按比率比较，并考虑突发；若实际没有变化，此类对比中至多 {0} 会误报。",
);
pub(super) const FIGURE: Word = word("figure", "指标");
const BEFORE: Word = word("before", "此前");
const NOW: Word = word("now", "现在");
const CHANGE: Word = word("change", "变化");
const VERDICT: Word = word("judged", "判断");
const BEYOND: Word = word("beyond chance", "超出偶然");
const CHANCE: Word = word("chance", "偶然");
const FAILURE_RATE: Word = word("failure rate", "失败率");
const THROTTLE_RATE: Word = word("throttle rate", "限流率");
const MINUTES: Word = word("throttled minutes", "限流分钟");
const SHIFT: Word = word("latency {0}, {1}", "延迟 {0}，{1}");
const EACH: Word = word("{0} ×{1}", "{0} ×{1}");
const RULE_BROKEN: Word = word("broken", "已触发");
const RULE_KEPT: Word = word("kept", "未触发");
const RULE_NOTHING: Word = word("nothing to judge", "没有可判断的数据");
const RULE_SHARE: Word = word("{0} ({1} of {2})", "{0}（{2} 中的 {1}）");

/// Notes by their stable word; one that is not here is shown as it stands.
const NOTES: [(&str, Word); 5] = [
    (
        "no_requests",
        word(
            "One of the reports holds no request line, so there is nothing to compare.",
            "其中一份报告没有请求行，无从比较。",
        ),
    ),
    (
        "catalogues_differ",
        word(
            "The reports were made with different error catalogues: a code may be new or gone because its name changed.",
            "两份报告使用的错误目录版本不同：错误码的新增或消失可能只是名称变化。",
        ),
    ),
    (
        "buckets_differ",
        word(
            "The reports' time buckets differ in width: throttled minutes were not judged.",
            "两份报告的时段宽度不同：未判断限流分钟。",
        ),
    ),
    (
        "too_short_for_bursts",
        word(
            "Too short to tell how failures come in bursts: requests were taken as independent.",
            "时间太短，无法估计失败的突发程度：按请求相互独立判断。",
        ),
    ),
    (
        "not_read_in_full",
        word(
            "Some input of one of the reports could not be read in full.",
            "其中一份报告有输入未能完整读取。",
        ),
    ),
];

impl Compared {
    /// Draws up the account.
    /// Names and messages pass `escape`, advice and other prose pass `prose`.
    pub(super) fn new(
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

    fn rows(&self) -> Vec<[String; 5]> {
        let (diff, lang) = (self.diff, self.lang());
        let (old, new) = (&diff.old.totals, &diff.new.totals);
        let judged = |p: Option<f64>, alarm: bool| {
            let word = match (p, alarm) {
                (_, true) => BEYOND,
                (Some(_), false) => CHANCE,
                (None, false) => return "–".to_owned(),
            };
            word.pick(lang).to_owned()
        };
        let mut rows = vec![[
            w::COL_REQUESTS.pick(lang).to_owned(),
            count(old.requests),
            count(new.requests),
            percent(old.requests, new.requests),
            "–".to_owned(),
        ]];
        for row in &diff.rates {
            let word = match row.rate.as_str() {
                "failures" => FAILURE_RATE,
                _ => THROTTLE_RATE,
            };
            let shares = &row.shares;
            rows.push([
                word.pick(lang).to_owned(),
                share(shares.old, shares.old_of),
                share(shares.new, shares.new_of),
                percent(shares.expected, shares.new),
                judged(shares.p_value, shares.alarm),
            ]);
        }
        let minutes = &diff.throttled_minutes;
        if minutes.old.or(minutes.new).is_some() {
            let figure = |n: Option<u64>| n.map_or_else(|| "–".to_owned(), count);
            let change = minutes.old.zip(minutes.new);
            let judgement = minutes
                .buckets
                .map_or((None, false), |shares| (shares.p_value, shares.alarm));
            rows.push([
                MINUTES.pick(lang).to_owned(),
                figure(minutes.old),
                figure(minutes.new),
                change.map_or_else(|| "–".to_owned(), |(old, new)| percent(old, new)),
                judged(judgement.0, judgement.1),
            ]);
        }
        for row in &diff.latency_ms {
            // The smaller ones only repeat what the successes say.
            if row.of != "success" && row.quantile != "p99" {
                continue;
            }
            rows.push([
                SHIFT.say(lang, &[&(self.prose)(&row.quantile), of(lang, &row.of)]),
                latency(row.old),
                latency(row.new),
                shift(row),
                judged(row.p_value, row.alarm),
            ]);
        }
        if old.malformed.max(new.malformed) > 0 {
            rows.push([
                w::MALFORMED.pick(lang).to_owned(),
                share(old.malformed, old.lines),
                share(new.malformed, new.lines),
                "–".to_owned(),
                "–".to_owned(),
            ]);
        }
        rows
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

fn of(lang: Lang, name: &str) -> &'static str {
    match name {
        "success" => w::LATENCY_SUCCESS.pick(lang),
        _ => w::LATENCY_ALL.pick(lang),
    }
}

fn shift(row: &LatencyChange) -> String {
    row.old
        .zip(row.new)
        .map_or_else(|| "–".to_owned(), |(old, new)| percent(old.us, new.us))
}

/// `+12%`, `-3%`, `×7.5`; `–` where there was nothing before.
fn percent(old: u64, new: u64) -> String {
    if old == 0 {
        return if new == 0 { "0%" } else { "–" }.to_owned();
    }
    let (old, new) = (u128::from(old), u128::from(new));
    if new >= old * 5 {
        let tenths = (new * 10 + old / 2) / old;
        return format!("×{}.{}", tenths / 10, tenths % 10);
    }
    let (sign, by) = if new >= old {
        ("+", new - old)
    } else {
        ("-", old - new)
    };
    match (by * 100 + old / 2) / old {
        0 => "0%".to_owned(),
        whole => format!("{sign}{whole}%"),
    }
}

/// A report's file (as `name` shows it) and its span.
pub(super) fn origin(side: &Side, view: &View, name: Escape) -> String {
    let path = side.path.as_ref().map(|path| name(path.raw()));
    let span = Clock::new(view.tz, side.first, side.last).span();
    let span = Some(span).filter(|span| !span.is_empty());
    let facts: Vec<String> = path.into_iter().chain(span).collect();
    facts.join(" · ")
}

/// The same, and how much it holds.
pub(super) fn describe(side: &Side, view: &View, name: Escape) -> String {
    let requests = w::DIFF_REQUESTS.say(view.lang, &[&count(side.totals.requests)]);
    match origin(side, view, name) {
        none if none.is_empty() => requests,
        origin => format!("{origin} · {requests}"),
    }
}

/// A rule's outcome: kept, broken, or nothing to judge.
pub(super) fn verdict(lang: Lang, row: &RuleRow) -> &'static str {
    let nothing = row.count.is_none() && row.latency_ms.is_none();
    let word = match row.broken {
        true => RULE_BROKEN,
        false if nothing => RULE_NOTHING,
        false => RULE_KEPT,
    };
    word.pick(lang)
}

/// The figures that a rule was judged by.
pub(super) fn rule_figures(lang: Lang, row: &RuleRow) -> String {
    match (row.count, row.of, row.latency_ms) {
        (Some(n), Some(of), _) if of > 0 => {
            RULE_SHARE.say(lang, &[&share(n, of), &count(n), &count(of)])
        }
        (Some(n), ..) => count(n),
        (_, _, Some(measured)) => latency(Some(measured)),
        _ => "–".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_read_well() {
        for (old, new, says) in [
            (0, 0, "0%"),
            (0, 5, "–"),
            (100, 112, "+12%"),
            (100, 97, "-3%"),
            (1000, 1001, "0%"),
            (10, 0, "-100%"),
            (10, 49, "+390%"),
            (10, 75, "×7.5"),
            (1, u64::MAX, "×18446744073709551615.0"),
        ] {
            assert_eq!(percent(old, new), says, "{old} {new}");
        }
    }

    #[test]
    fn both_languages_have_the_same_places() {
        let words = [
            NONE_BEYOND,
            SOME_BEYOND,
            ONE_CHANGE,
            CHANGES,
            MOVED,
            NEW,
            NEW_SINCE,
            GONE,
            MINUTES_MOVED,
            LATENCY_MOVED,
            TEMPLATE_NEW,
            MORE,
            MAYBE_NEW,
            MAYBE_GONE,
            MAYBE_TEMPLATES,
            REST,
            REST_ONE,
            METHOD,
            SHIFT,
            EACH,
            RULE_SHARE,
        ];
        for word in words {
            let places = |lang| {
                let mut places: Vec<&str> = word.pick(lang).split('{').skip(1).collect();
                for place in &mut places {
                    *place = place.split('}').next().unwrap_or_default();
                }
                places.sort_unstable();
                places
            };
            assert_eq!(places(Lang::En), places(Lang::Zh), "{word:?}");
        }
    }
}
