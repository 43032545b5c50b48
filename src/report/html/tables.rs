//! Request ids, latency, models, keys and statuses.

use super::chart::{self, Columns, Legend, Series};
use super::{Cell, Markup, Page, Section, name};
use crate::limits::HTML_ROWS;
use crate::report::brief::most_first;
use crate::report::figures::{count, latency, share};
use crate::report::model::{KeyRow, LatencyBin, LatencyRow, Millis, ModelRow};
use crate::report::words as w;

impl Page<'_> {
    fn rows(&self) -> usize {
        self.view.top.clamp(1, HTML_ROWS)
    }

    pub(super) fn ids(&self) -> Option<Section> {
        let (rows, lang) = (&self.report.top_request_ids, self.lang());
        let greatest = rows.first()?.failures;
        let looked = rows.iter().any(|row| row.recovered.is_some());
        let cells = rows.iter().take(self.rows()).map(|row| {
            let codes = most_first(&row.codes);
            let parts: Vec<(String, u64)> = codes
                .iter()
                .enumerate()
                .map(|(at, (_, n))| (format!("s{}", at.min(7)), *n))
                .collect();
            let title = codes
                .iter()
                .take(8)
                .map(|(code, n)| format!("{} {}", count(*n), self.code_name(code)));
            let bar = chart::bar(&parts, greatest, title.collect::<Vec<_>>().join("\n"));
            let named = codes.iter().take(4).map(|(code, n)| {
                let times = if codes.len() > 1 {
                    format!("×{}", count(*n))
                } else {
                    String::new()
                };
                (self.code_name(code), times)
            });
            let mut named: Vec<(String, String)> = named.collect();
            if codes.len() > 4 {
                named.push(("…".into(), format!("+{}", codes.len() - 4)));
            }
            let seen = match (row.first_seen, row.last_seen) {
                (Some(first), Some(last)) => self.clock.range(first, last),
                _ => String::new(),
            };
            let mut cells = vec![
                Cell::Name(name(row.request_id.raw())),
                Cell::Bar(count(row.failures), bar),
                Cell::Names(named),
                Cell::Text(seen),
            ];
            if looked {
                let word = row
                    .recovered
                    .map(|ok| if ok { w::RECOVERED } else { w::NOT_RECOVERED });
                cells.push(Cell::Text(
                    word.map_or_else(String::new, |word| word.pick(lang).into()),
                ));
            }
            cells
        });
        let mut heads = vec![
            (w::COL_ID, false),
            (w::COL_FAILURES, true),
            (w::COL_CODES, false),
            (w::COL_SEEN, false),
        ];
        if looked {
            heads.push((w::COL_RECOVERED, false));
        }
        let table = self.table(w::IDS, &heads, cells.collect(), rows.len());
        Some(self.section("ids", w::IDS, vec![table.markup()]))
    }

    pub(super) fn latency(&self) -> Option<Section> {
        let (latencies, lang) = (&self.report.latency_ms, self.lang());
        if latencies.all.count == 0 {
            return None;
        }
        let mut parts = Vec::new();
        if latencies.histogram.len() > 1 {
            parts.push(self.latency_legend());
            parts.push(self.latency_chart(&latencies.histogram));
        }
        let row = |label: w::Word, row: &LatencyRow| {
            let quantiles = [
                row.min, row.mean, row.p50, row.p90, row.p95, row.p99, row.p999, row.max,
            ];
            let quantiles = quantiles.map(|value| Cell::Figure(latency(value)));
            let first = [
                Cell::Text(label.pick(lang).into()),
                Cell::Figure(count(row.count)),
            ];
            first.into_iter().chain(quantiles).collect::<Vec<_>>()
        };
        let rows = vec![
            row(w::LATENCY_ALL, &latencies.all),
            row(w::LATENCY_SUCCESS, &latencies.success),
            row(w::LATENCY_FAILURE, &latencies.failure),
        ];
        let heads = [
            (w::COL_RESULT, false),
            (w::COL_COUNT, true),
            (w::COL_MIN, true),
            (w::COL_MEAN, true),
        ];
        let mut table = self.table(w::LATENCY, &heads, rows, 3);
        table.heads.extend(
            ["p50", "p90", "p95", "p99", "p99.9"].map(|quantile| (quantile.to_owned(), true)),
        );
        table.heads.push((self.say(w::COL_MAX), true));
        parts.push(table.markup());
        Some(self.section("latency", w::LATENCY, parts))
    }

    fn latency_legend(&self) -> Markup {
        let latencies = &self.report.latency_ms;
        let entry = |color: &str, word, row: &LatencyRow| {
            (color.to_owned(), self.say(word), count(row.count))
        };
        let entries = vec![
            entry("bad", w::LATENCY_FAILURE, &latencies.failure),
            entry("ok", w::LATENCY_SUCCESS, &latencies.success),
        ];
        Markup::of(&Legend { entries })
    }

    /// How many took how long; steps widen as on a logarithmic axis.
    fn latency_chart(&self, bins: &[LatencyBin]) -> Markup {
        let series = |word, color: &str, figure: fn(&LatencyBin) -> u64| Series {
            name: self.say(word),
            color: color.into(),
            values: bins.iter().map(figure).collect(),
        };
        let mut above = None;
        let tips = bins.iter().map(|bin| {
            let range = match (above, bin.up_to_ms) {
                (above, Some(up_to)) => match above {
                    Some(_) => format!("{} – {}", step(above), step(Some(up_to))),
                    None => format!("≤ {}", step(Some(up_to))),
                },
                (above, None) => format!("> {}", step(above)),
            };
            above = bin.up_to_ms;
            w::TIP_LATENCY.say(
                self.lang(),
                &[&range, &count(bin.success), &count(bin.failure)],
            )
        });
        let tips = tips.collect();
        let labels = bins.len().min(5);
        let at = |label: usize| bins.len() * label / labels.max(1);
        // A step's own bound stands at its right edge, which is where the next one begins.
        let ticks = (1..labels).filter_map(|label| {
            let bound = bins.get(at(label).checked_sub(1)?)?.up_to_ms?;
            Some((at(label) * 100 / bins.len(), step(Some(bound))))
        });
        let chart = Columns {
            title: self.label(w::LATENCY),
            series: vec![
                series(w::LATENCY_FAILURE, "bad", |bin| bin.failure),
                series(w::LATENCY_SUCCESS, "ok", |bin| bin.success),
            ],
            tips,
            ticks: ticks.collect(),
            low: false,
        };
        chart.markup()
    }

    pub(super) fn models(&self) -> Option<Section> {
        let models = &self.report.models;
        if models.is_empty() {
            return None;
        }
        let has_tokens = models
            .iter()
            .any(|model| model.tokens_in > 0 || model.tokens_out > 0);
        let row = |model: &ModelRow| {
            let mut cells = vec![Cell::Name(name(model.model.raw()))];
            cells.extend(Self::ends(model.requests, model.failures, model.throttled));
            cells.extend([model.p50_ms, model.p99_ms].map(|value| Cell::Figure(latency(value))));
            if has_tokens {
                cells.extend([model.tokens_in, model.tokens_out].map(|n| Cell::Figure(count(n))));
            }
            cells
        };
        let mut heads = vec![(w::COL_MODEL, false)];
        heads.extend(ENDS);
        heads.extend([(w::COL_P50, true), (w::COL_P99, true)]);
        if has_tokens {
            heads.extend([(w::COL_TOKENS_IN, true), (w::COL_TOKENS_OUT, true)]);
        }
        let rows = models.iter().take(self.rows()).map(row).collect();
        let table = self.table(w::MODELS, &heads, rows, models.len());
        Some(self.section("models", w::MODELS, vec![table.markup()]))
    }

    pub(super) fn keys(&self) -> Option<Section> {
        let keys = &self.report.keys;
        if keys.is_empty() {
            return None;
        }
        let row = |key: &KeyRow| {
            let mut cells = vec![Cell::Name(name(key.key.raw()))];
            cells.extend(Self::ends(key.requests, key.failures, key.throttled));
            cells
        };
        let mut heads = vec![(w::COL_KEY, false)];
        heads.extend(ENDS);
        let rows = keys.iter().take(self.rows()).map(row).collect();
        let table = self.table(w::KEYS, &heads, rows, keys.len());
        Some(self.section("keys", w::KEYS, vec![table.markup()]))
    }

    fn ends(requests: u64, failures: u64, throttled: u64) -> [Cell; 4] {
        let other = failures.saturating_sub(throttled);
        let bar = chart::bar(
            &[("hot".into(), throttled), ("bad".into(), other)],
            requests,
            String::new(),
        );
        [
            Cell::Figure(count(requests)),
            Cell::Figure(count(failures)),
            Cell::Bar(share(failures, requests), bar),
            Cell::Figure(count(throttled)),
        ]
    }

    pub(super) fn statuses(&self) -> Option<Section> {
        let requests = self.report.totals.requests;
        let statuses = most_first(&self.report.statuses);
        if statuses.is_empty() {
            return None;
        }
        let rows = statuses.iter().take(self.rows()).map(|(status, n)| {
            let good = status.starts_with(['1', '2', '3']);
            let color = if good { "ok" } else { "bad" };
            let bar = chart::bar(&[(color.into(), *n)], requests, String::new());
            vec![
                Cell::Text(name(status)),
                Cell::Figure(count(*n)),
                Cell::Bar(share(*n, requests), bar),
            ]
        });
        let heads = [
            (w::COL_STATUS, false),
            (w::COL_REQUESTS, true),
            (w::COL_SHARE, true),
        ];
        let table = self.table(w::STATUSES, &heads, rows.collect(), statuses.len());
        Some(self.section("statuses", w::STATUSES, vec![table.markup()]))
    }
}

/// Headings of [`Page::ends`].
const ENDS: [(w::Word, bool); 4] = [
    (w::COL_REQUESTS, true),
    (w::COL_FAILURES, true),
    (w::COL_RATE, true),
    (w::COL_THROTTLED, true),
];

/// A step's bound as short as it can be said.
fn step(bound: Option<Millis>) -> String {
    let us = bound.map_or(0, |bound| bound.us);
    let (n, unit) = if us < 1_000_000 {
        (us, "ms")
    } else {
        (us / 1000, "s")
    };
    if n.is_multiple_of(1000) {
        format!("{} {unit}", n / 1000)
    } else {
        format!("{}.{} {unit}", n / 1000, n % 1000 / 100)
    }
}
