//! Failures and throttling over time, by code.

use super::chart::{Columns, Legend, Series};
use super::layout::Note;
use super::{Cell, Markup, Page, Section};
use crate::limits::{HTML_CHART_COLUMNS, HTML_SERIES};
use crate::report::brief::{self, most_first};
use crate::report::figures::{Axis, count, share, span_ms};
use crate::report::model::{BucketRow, CodeRow};
use crate::report::words as w;

/// Requests, failures, throttled.
pub(super) type Sums = [u64; 3];

impl Page<'_> {
    pub(super) fn over_time(&self) -> Option<Section> {
        let report = self.report;
        let (first, last) = (
            report.timeline.buckets.first()?,
            report.timeline.buckets.last()?,
        );
        let throttled = report.totals.throttled > 0;
        let width_s = report.timeline.bucket_seconds;
        let axis = Axis::fit(first.start, last.start, width_s, HTML_CHART_COLUMNS);
        let sums = self.sums(&axis);
        let figure: fn(&Sums) -> u64 = if throttled {
            |sums| sums[2]
        } else {
            |sums| sums[1]
        };
        let stack = self.stack(
            &axis,
            &sums.iter().map(figure).collect::<Vec<_>>(),
            throttled,
        );
        let title = if throttled {
            w::THROTTLING
        } else {
            w::OVER_TIME
        };
        let mut parts = Vec::new();
        if report.totals.failures > 0 {
            parts.push(self.by_kind());
            parts.push(self.stack_chart(&axis, &sums, &stack, title));
        }
        parts.push(self.requests_chart(&axis, &sums));
        parts.push(self.figures_table(&axis, &sums, &stack));
        let mut section = self.section("time", title, parts);
        let step = span_ms(axis.step_s.saturating_mul(1000));
        section.aside = w::PER_COLUMN.say(self.lang(), &[&step]);
        Some(section)
    }

    /// Figures by column.
    fn sums(&self, axis: &Axis) -> Vec<Sums> {
        let figures: [fn(&BucketRow) -> u64; 3] = [|b| b.requests, |b| b.failures, |b| b.throttled];
        let buckets = &self.report.timeline.buckets;
        let series =
            figures.map(|figure| axis.series(buckets.iter().map(|b| (b.start, figure(b)))));
        let [requests, failures, throttled] = series;
        let pairs = requests.into_iter().zip(failures).zip(throttled);
        pairs
            .map(|((requests, failures), throttled)| [requests, failures, throttled])
            .collect()
    }

    /// `totals` by code. Where all of it is throttling, a code of which only a part is
    /// throttled cannot be told apart by column, so it goes with the remainder, by name.
    fn stack(&self, axis: &Axis, totals: &[u64], throttled: bool) -> Vec<Series> {
        let is_throttle = |code: &CodeRow, kind: &str| {
            code.causes
                .iter()
                .any(|cause| cause.kind.starts_with("throttle.") == (kind == "in"))
        };
        let wanted = |code: &&CodeRow| !throttled || is_throttle(code, "in");
        let pure = |code: &&CodeRow| !throttled || !is_throttle(code, "out");
        let codes: Vec<&CodeRow> = self.report.codes.iter().filter(wanted).collect();
        let shown: Vec<&CodeRow> = codes
            .iter()
            .copied()
            .filter(pure)
            .take(HTML_SERIES)
            .collect();
        let mut rest = totals.to_vec();
        let mut stack: Vec<Series> = Vec::new();
        for (at, code) in shown.iter().enumerate() {
            let values = axis.series(code.timeline.iter().map(|(time, n)| (*time, *n)));
            rest.iter_mut()
                .zip(&values)
                .for_each(|(rest, n)| *rest = rest.saturating_sub(*n));
            stack.push(Series {
                name: self.code_name(code.code.raw()),
                color: format!("s{at}"),
                values,
            });
        }
        if rest.iter().any(|n| *n > 0) {
            let others: Vec<&&CodeRow> = codes
                .iter()
                .filter(|code| !shown.iter().any(|one| std::ptr::eq(*one, **code)))
                .collect();
            let name = match others.as_slice() {
                [one] if throttled => {
                    w::THROTTLED_PART.say(self.lang(), &[&self.code_name(one.code.raw())])
                }
                others => w::OTHER_CODES.say(self.lang(), &[&count(others.len() as u64)]),
            };
            stack.push(Series {
                name,
                color: "s7".into(),
                values: rest,
            });
        }
        stack
    }

    fn by_kind(&self) -> Markup {
        let (report, lang) = (self.report, self.lang());
        let throttled = report.totals.throttled;
        let kinds = if throttled > 0 {
            report.throttling.by_kind.clone()
        } else {
            brief::kinds(report)
        };
        let whole = if throttled > 0 {
            throttled
        } else {
            report.totals.failures
        };
        let kinds = most_first(&kinds).into_iter().map(|(kind, n)| {
            let figures = [w::kind(lang, kind), count(n), share(n, whole)];
            w::LABELLED.say(lang, &figures.each_ref().map(String::as_str))
        });
        let mut says: Vec<String> = kinds.collect();
        let width_s = report.timeline.bucket_seconds;
        let peak = brief::peak(report, |bucket| {
            if throttled > 0 {
                bucket.throttled
            } else {
                bucket.failures
            }
        });
        if let Some((start, n)) = peak {
            let rate = format!("{} / {}", count(n), span_ms(width_s.saturating_mul(1000)));
            says.push(w::PEAK.say(lang, &[&self.clock.bucket(start, width_s), &rate]));
        }
        Markup::of(&Note {
            class: "says",
            text: says.join(" · "),
        })
    }

    fn ticks(&self, axis: &Axis) -> Vec<(usize, String)> {
        let labels = axis.columns.min(5);
        let at = |label: usize| axis.columns * label / labels.max(1);
        (0..labels)
            .map(|label| {
                (
                    at(label) * 100 / axis.columns,
                    self.clock.bucket(axis.start(at(label)), axis.step_s),
                )
            })
            .collect()
    }

    /// What a column's tooltip says of all its requests.
    pub(super) fn tip(&self, when: &str, [requests, failures, throttled]: Sums) -> String {
        let figures = [requests, failures, throttled].map(count);
        let [requests, failures, throttled] = figures.each_ref().map(String::as_str);
        w::TIP.say(self.lang(), &[when, failures, requests, throttled])
    }

    fn stack_chart(&self, axis: &Axis, sums: &[Sums], stack: &[Series], title: w::Word) -> Markup {
        let tips = sums.iter().enumerate().map(|(column, sums)| {
            let when = self.clock.bucket(axis.start(column), axis.step_s);
            let of = |series: &Series| {
                series
                    .values
                    .get(column)
                    .copied()
                    .filter(|n| *n > 0)
                    .map(|n| format!("\n{} {}", count(n), series.name))
            };
            self.tip(&when, *sums) + &stack.iter().filter_map(of).collect::<String>()
        });
        let chart = Columns {
            title: self.label(title),
            series: stack.to_vec(),
            tips: tips.collect(),
            ticks: self.ticks(axis),
            low: false,
        };
        let entries = stack.iter().map(|series| {
            let sum = series.values.iter().copied().fold(0, u64::saturating_add);
            (series.color.clone(), series.name.clone(), count(sum))
        });
        Markup::of(&Together(vec![
            Markup::of(&Legend {
                entries: entries.collect(),
            }),
            chart.markup(),
        ]))
    }

    fn requests_chart(&self, axis: &Axis, sums: &[Sums]) -> Markup {
        let lang = self.lang();
        let figures: [(w::Word, &str, fn(&Sums) -> u64); 3] = [
            (w::ROW_THROTTLED, "hot", |sums| sums[2]),
            (w::OTHER_FAILURES, "bad", |sums| {
                sums[1].saturating_sub(sums[2])
            }),
            (w::LATENCY_SUCCESS, "ok", |sums| {
                sums[0].saturating_sub(sums[1])
            }),
        ];
        let series = figures.map(|(word, color, figure)| Series {
            name: self.say(word),
            color: color.into(),
            values: sums.iter().map(figure).collect(),
        });
        let entries = series.iter().map(|series| {
            let sum = series.values.iter().copied().fold(0, u64::saturating_add);
            (series.color.clone(), series.name.clone(), count(sum))
        });
        let legend = Markup::of(&Legend {
            entries: entries.collect(),
        });
        let tips = sums.iter().enumerate().map(|(column, sums)| {
            self.tip(&self.clock.bucket(axis.start(column), axis.step_s), *sums)
        });
        let chart = Columns {
            title: w::ALL_REQUESTS.pick(lang).into(),
            series: series.to_vec(),
            tips: tips.collect(),
            ticks: self.ticks(axis),
            low: true,
        };
        let title = Markup::of(&Note {
            class: "label",
            text: w::ALL_REQUESTS.pick(lang).into(),
        });
        Markup::of(&Together(vec![title, legend, chart.markup()]))
    }

    fn figures_table(&self, axis: &Axis, sums: &[Sums], stack: &[Series]) -> Markup {
        let rows = sums
            .iter()
            .enumerate()
            .filter(|(_, sums)| sums[0] > 0)
            .map(|(column, sums)| {
                let when = self.clock.bucket(axis.start(column), axis.step_s);
                let own = sums.iter().map(|n| Cell::Figure(count(*n)));
                let codes = stack.iter().map(|series| {
                    Cell::Figure(count(series.values.get(column).copied().unwrap_or(0)))
                });
                std::iter::once(Cell::Text(when))
                    .chain(own)
                    .chain(codes)
                    .collect::<Vec<_>>()
            });
        let rows: Vec<Vec<Cell>> = rows.collect();
        let heads = [
            (w::COL_TIME, false),
            (w::COL_REQUESTS, true),
            (w::COL_FAILURES, true),
            (w::COL_THROTTLED, true),
        ];
        let all = rows.len();
        let mut table = self.table(w::OVER_TIME, &heads, rows, all);
        table
            .heads
            .extend(stack.iter().map(|series| (series.name.clone(), true)));
        table.folded(self.say(w::AS_TABLE))
    }
}

/// Parts that belong together.
#[derive(askama::Template)]
#[template(
    source = "<div class=\"part\">{% for part in self.0 %}{{ part.whole() }}{% endfor %}</div>",
    ext = "html"
)]
struct Together(Vec<Markup>);
