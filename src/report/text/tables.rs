//! Request ids, latency, models and keys.

use super::Page;
use super::canvas::{Canvas, Column, Style};
use super::columns::{pad, width};
use crate::report::brief::{self, most_first, visible};
use crate::report::figures::{count, latency, share};
use crate::report::model::LatencyRow;
use crate::report::words as w;
use std::io;

impl Page<'_> {
    pub(super) fn ids(&self, canvas: &mut Canvas) -> io::Result<()> {
        let (rows, lang) = (&self.report.top_request_ids, self.view.lang);
        if rows.is_empty() {
            return Ok(());
        }
        canvas.heading(w::IDS.pick(lang), "")?;
        let shown = rows.get(..self.view.top.max(1)).unwrap_or(rows);
        // Ids are there to be copied, so they are never cut.
        let widest = shown
            .iter()
            .map(|row| width(&row.request_id.terminal()))
            .filter(|&w| w + 30 < canvas.width());
        let id_width = widest.max().unwrap_or(0);
        for row in shown {
            let mark = row.recovered.map(|ok| {
                if ok {
                    (Style::Good, w::RECOVERED)
                } else {
                    (Style::Bad, w::NOT_RECOVERED)
                }
            });
            let failures = w::ID_FAILURES.say(lang, &[&count(row.failures)]);
            let id = row.request_id.terminal();
            let (first, indent) = if width(&id) <= id_width {
                (pad(&id, id_width), "  ")
            } else {
                canvas.paragraph((Style::Plain, "  ".into()), Style::Bold, &id)?;
                (String::new(), "  ")
            };
            let mut spans = vec![
                (Style::Bold, format!("{indent}{first}")),
                (Style::Plain, format!("  {failures}")),
            ];
            if let Some((style, word)) = mark {
                spans.push((style, format!("  {}", word.pick(lang))));
            }
            canvas.line(&spans)?;
            let codes = most_first(&row.codes).into_iter().take(4).map(|(code, n)| {
                let name = brief::code_name(code, self.view, visible);
                if row.codes.len() > 1 {
                    format!("{name} ×{}", count(n))
                } else {
                    name
                }
            });
            let mut facts = vec![codes.collect::<Vec<_>>().join(", ")];
            if let (Some(first), Some(last)) = (row.first_seen, row.last_seen) {
                facts.push(self.clock.range(first, last));
            }
            canvas.paragraph(
                (Style::Plain, "      ".into()),
                Style::Dim,
                &facts.join(" · "),
            )?;
        }
        self.more(canvas, rows.len())
    }

    pub(super) fn latency(&self, canvas: &mut Canvas) -> io::Result<()> {
        let (latencies, lang) = (&self.report.latency_ms, self.view.lang);
        if latencies.all.count == 0 {
            return Ok(());
        }
        canvas.heading(w::LATENCY.pick(lang), "")?;
        let columns = [
            Column::name(""),
            Column::figure(w::COL_COUNT.pick(lang), 4),
            Column::figure(w::COL_MIN.pick(lang), 1),
            Column::figure(w::COL_MEAN.pick(lang), 2),
            Column::figure("p50", 9),
            Column::figure("p90", 5),
            Column::figure("p95", 3),
            Column::figure("p99", 8),
            Column::figure("p99.9", 6),
            Column::figure(w::COL_MAX.pick(lang), 7),
        ];
        let row = |label: w::Word, row: &LatencyRow| {
            let quantiles = [
                row.min, row.mean, row.p50, row.p90, row.p95, row.p99, row.p999, row.max,
            ]
            .map(latency);
            [label.pick(lang).to_owned(), count(row.count)]
                .into_iter()
                .chain(quantiles)
                .collect::<Vec<_>>()
        };
        let rows = [
            row(w::LATENCY_ALL, &latencies.all),
            row(w::LATENCY_SUCCESS, &latencies.success),
            row(w::LATENCY_FAILURE, &latencies.failure),
        ];
        canvas.table(&columns, &rows)
    }

    pub(super) fn models(&self, canvas: &mut Canvas) -> io::Result<()> {
        let (models, lang) = (&self.report.models, self.view.lang);
        if models.is_empty() {
            return Ok(());
        }
        canvas.heading(w::MODELS.pick(lang), "")?;
        let has_tokens = models
            .iter()
            .any(|model| model.tokens_in + model.tokens_out > 0);
        let mut columns = vec![
            Column::name(w::COL_MODEL.pick(lang)),
            Column::figure(w::COL_REQUESTS.pick(lang), 8),
            Column::figure(w::COL_FAILURES.pick(lang), 7),
            Column::figure(w::COL_RATE.pick(lang), 9),
            Column::figure(w::COL_THROTTLED.pick(lang), 6),
            Column::figure("p50", 4),
            Column::figure("p99", 5),
        ];
        if has_tokens {
            columns.push(Column::figure(w::COL_TOKENS_IN.pick(lang), 2));
            columns.push(Column::figure(w::COL_TOKENS_OUT.pick(lang), 1));
        }
        let rows: Vec<Vec<String>> = models
            .iter()
            .take(self.view.top.max(1))
            .map(|model| {
                vec![
                    model.model.terminal(),
                    count(model.requests),
                    count(model.failures),
                    share(model.failures, model.requests),
                    count(model.throttled),
                    latency(model.p50_ms),
                    latency(model.p99_ms),
                    count(model.tokens_in),
                    count(model.tokens_out),
                ]
            })
            .collect();
        canvas.table(&columns, &rows)?;
        self.more(canvas, models.len())
    }

    pub(super) fn keys(&self, canvas: &mut Canvas) -> io::Result<()> {
        let (keys, lang) = (&self.report.keys, self.view.lang);
        if keys.is_empty() {
            return Ok(());
        }
        canvas.heading(w::KEYS.pick(lang), "")?;
        let columns = [
            Column::name(w::COL_KEY.pick(lang)),
            Column::figure(w::COL_REQUESTS.pick(lang), 2),
            Column::figure(w::COL_FAILURES.pick(lang), 3),
            Column::figure(w::COL_RATE.pick(lang), 4),
            Column::figure(w::COL_THROTTLED.pick(lang), 1),
        ];
        let row = |key: &crate::report::model::KeyRow| {
            let rate = share(key.failures, key.requests);
            vec![
                key.key.terminal(),
                count(key.requests),
                count(key.failures),
                rate,
                count(key.throttled),
            ]
        };
        canvas.table(
            &columns,
            &keys
                .iter()
                .take(self.view.top.max(1))
                .map(row)
                .collect::<Vec<_>>(),
        )?;
        self.more(canvas, keys.len())
    }

    /// Says how many rows of a list were not shown, and how to see them.
    pub(super) fn more(&self, canvas: &mut Canvas, all: usize) -> io::Result<()> {
        let hidden = all.saturating_sub(self.view.top.max(1));
        if hidden == 0 {
            return Ok(());
        }
        let more = w::MORE_ROWS.say(self.view.lang, &[&count(hidden as u64), &all.to_string()]);
        canvas.paragraph((Style::Plain, "  ".into()), Style::Dim, &more)
    }
}
