//! Failures and throttling over time.

use super::Page;
use super::canvas::{Canvas, Style};
use super::columns::{pad, pad_left, width};
use crate::report::brief::{most_first, peak, visible};
use crate::report::figures::{Axis, block, count, scaled, share, span_ms, sparkline};
use crate::report::model::BucketRow;
use crate::report::words as w;
use std::io;

/// Rows of the tall chart.
const CHART_ROWS: usize = 4;

impl Page<'_> {
    pub(super) fn throttling(&self, canvas: &mut Canvas) -> io::Result<()> {
        let (report, lang) = (self.report, self.view.lang);
        let throttled = report.totals.throttled;
        let (Some(first), Some(last)) = (
            report.timeline.buckets.first(),
            report.timeline.buckets.last(),
        ) else {
            return Ok(());
        };
        if report.totals.failures == 0 {
            return Ok(());
        }
        // Without throttling the same chart shows all failures.
        let (title, figure): (_, fn(&BucketRow) -> u64) = if throttled > 0 {
            (w::THROTTLING, |b| b.throttled)
        } else {
            (w::OVER_TIME, |b| b.failures)
        };
        let labels =
            [w::ROW_THROTTLED, w::ROW_FAILURES, w::ROW_REQUESTS].map(|word| width(word.pick(lang)));
        let gutter = labels.into_iter().max().unwrap_or(0) + 4;
        let room = canvas.width().saturating_sub(gutter);
        let axis = Axis::fit(
            first.start,
            last.start,
            report.timeline.bucket_seconds,
            room,
        );
        let step = span_ms(axis.step_s.saturating_mul(1000));
        canvas.heading(title.pick(lang), &w::PER_COLUMN.say(lang, &[&step]))?;
        if throttled > 0 {
            let kinds = most_first(&report.throttling.by_kind);
            let kinds = kinds.iter().map(|(kind, n)| {
                format!(
                    "{} {} ({})",
                    visible(&w::kind(lang, kind)),
                    count(*n),
                    share(*n, throttled)
                )
            });
            canvas.paragraph(
                (Style::Plain, "  ".into()),
                Style::Plain,
                &kinds.collect::<Vec<_>>().join(" · "),
            )?;
        }
        if let Some((start, n)) = peak(report, figure) {
            let when = self.clock.bucket(start, report.timeline.bucket_seconds);
            let width_s = span_ms(report.timeline.bucket_seconds.saturating_mul(1000));
            let n = format!("{} / {width_s}", count(n));
            canvas.text(
                Style::Plain,
                format!("  {}", w::PEAK.say(lang, &[&when, &n])),
            )?;
        }
        canvas.gap()?;
        self.chart(canvas, &axis, gutter, figure)?;
        let rows: &[(w::Word, fn(&BucketRow) -> u64)] = if throttled > 0 {
            &[
                (w::ROW_FAILURES, |b| b.failures),
                (w::ROW_REQUESTS, |b| b.requests),
            ]
        } else {
            &[(w::ROW_REQUESTS, |b| b.requests)]
        };
        for (label, figure) in rows {
            let series = self.series(&axis, *figure);
            let lead = format!("{}  ", pad_left(label.pick(lang), gutter - 2));
            canvas.line(&[
                (Style::Plain, lead),
                (
                    Style::Dim,
                    stretch(&sparkline(&series), repeat(&axis, room)),
                ),
            ])?;
        }
        canvas.text(
            Style::Dim,
            format!("{}{}", " ".repeat(gutter), w::SCALES.pick(lang)),
        )
    }

    fn series(&self, axis: &Axis, figure: impl Fn(&BucketRow) -> u64) -> Vec<u64> {
        axis.series(
            self.report
                .timeline
                .buckets
                .iter()
                .map(|bucket| (bucket.start, figure(bucket))),
        )
    }

    /// The tall chart with its scale at the left and its times below.
    fn chart(
        &self,
        canvas: &mut Canvas,
        axis: &Axis,
        gutter: usize,
        figure: fn(&BucketRow) -> u64,
    ) -> io::Result<()> {
        let room = canvas.width().saturating_sub(gutter);
        let repeat = repeat(axis, room);
        let series = self.series(axis, figure);
        let greatest = series.iter().copied().max().unwrap_or(0);
        for row in (0..CHART_ROWS).rev() {
            let cell = |n: &u64| {
                let eighths = scaled(*n, greatest, CHART_ROWS * 8)
                    .saturating_sub(row * 8)
                    .min(8);
                if eighths == 0 && row > 0 {
                    ' '
                } else {
                    block(eighths)
                }
            };
            let scale = match row {
                0 => "0".to_owned(),
                _ if row + 1 == CHART_ROWS => count(greatest),
                _ => String::new(),
            };
            let cells = stretch(&series.iter().map(cell).collect::<String>(), repeat);
            canvas.line(&[
                (Style::Dim, format!("{} ┤", pad_left(&scale, gutter - 2))),
                (Style::Warn, cells),
            ])?;
        }
        let from = self.clock.bucket(axis.start(0), axis.step_s);
        let to = self.clock.bucket(axis.start(axis.columns - 1), axis.step_s);
        let columns = axis.columns * repeat;
        let below = if axis.columns < 2 || width(&from) + width(&to) + 2 > columns {
            if axis.columns < 2 {
                from
            } else {
                format!("{from} → {to}")
            }
        } else {
            format!("{}{to}", pad(&from, columns - width(&to)))
        };
        canvas.text(Style::Dim, format!("{}{below}", " ".repeat(gutter)))
    }
}

/// How often each column is drawn so that a short axis fills the room.
fn repeat(axis: &Axis, room: usize) -> usize {
    (room / axis.columns.max(1)).clamp(1, 6)
}

fn stretch(cells: &str, times: usize) -> String {
    cells
        .chars()
        .flat_map(|cell| std::iter::repeat_n(cell, times))
        .collect()
}
