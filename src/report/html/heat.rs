//! Failures by day and hour, on the view's clock.

use super::chart::HeatMap;
use super::layout::Note;
use super::time::Sums;
use super::{Cell, Markup, Page, Section};
use crate::limits::HTML_DAYS;
use crate::report::figures::{count, share};
use crate::report::words as w;
use chrono::Timelike as _;
use std::collections::BTreeMap;

/// Figures of a day's hours that had requests.
type Day = [Option<Sums>; 24];

impl Page<'_> {
    /// The map, and its worst hours as a table.
    pub(super) fn heat_map(&self) -> Option<Section> {
        let (report, lang) = (self.report, self.lang());
        if report.totals.failures == 0 || report.timeline.buckets.is_empty() {
            return None;
        }
        if report.timeline.bucket_seconds > 3600 {
            let note = Note {
                class: "note",
                text: self.say(w::HEAT_WIDE),
            };
            return Some(self.section("hours", w::HEAT, vec![Markup::of(&note)]));
        }
        let mut days: BTreeMap<String, Day> = BTreeMap::new();
        for bucket in &report.timeline.buckets {
            let Some(at) = self.view.tz.at(bucket.start) else {
                continue;
            };
            let day = days.entry(at.format("%Y-%m-%d").to_string()).or_default();
            if let Some(hour) = day.get_mut(at.hour() as usize) {
                let sums = hour.get_or_insert_default();
                for (sum, n) in
                    sums.iter_mut()
                        .zip([bucket.requests, bucket.failures, bucket.throttled])
                {
                    *sum = sum.saturating_add(n);
                }
            }
        }
        let earlier = days.len().saturating_sub(HTML_DAYS);
        let rows: Vec<_> = days.iter().skip(earlier).collect();
        let failures = rows
            .iter()
            .flat_map(|(_, hours)| hours.iter().flatten())
            .map(|sums| sums[1]);
        let greatest = failures.max().unwrap_or(0);
        let map = HeatMap {
            title: self.label(w::HEAT),
            rows: rows
                .iter()
                .map(|(day, hours)| {
                    let cells = hours.iter().enumerate().filter_map(|(hour, sums)| {
                        let sums = (*sums)?;
                        let tip = self.tip(&format!("{day} {hour:02}:00"), sums);
                        Some((hour, sums[1], tip))
                    });
                    ((*day).clone(), cells.collect())
                })
                .collect(),
            columns: 24,
            ticks: (0..24)
                .map(|hour| {
                    if hour % 3 == 0 {
                        format!("{hour:02}")
                    } else {
                        String::new()
                    }
                })
                .collect(),
            scale: ("0".into(), w::PER_HOUR.say(lang, &[&count(greatest)])),
        };
        let mut parts = vec![map.markup()];
        if earlier > 0 {
            let text = w::HEAT_EARLIER.say(lang, &[&count(earlier as u64)]);
            parts.push(Markup::of(&Note {
                class: "note",
                text,
            }));
        }
        parts.push(self.hours_table(&rows));
        let mut section = self.section("hours", w::HEAT, parts);
        section.aside = self.view.tz.name(report.time.last);
        Some(section)
    }

    fn hours_table(&self, rows: &[(&String, &Day)]) -> Markup {
        let hours = rows.iter().flat_map(|(day, hours)| {
            let hours = hours.iter().enumerate();
            hours.filter_map(move |(hour, sums)| Some((format!("{day} {hour:02}:00"), (*sums)?)))
        });
        let mut hours: Vec<(String, Sums)> = hours.filter(|(_, sums)| sums[1] > 0).collect();
        hours.sort_by_key(|(_, sums)| std::cmp::Reverse(sums[1]));
        let cells = hours.iter().take(24).map(|(when, sums)| {
            let figures = sums.iter().map(|n| Cell::Figure(count(*n)));
            let rate = Cell::Figure(share(sums[1], sums[0]));
            std::iter::once(Cell::Text(when.clone()))
                .chain(figures)
                .chain([rate])
                .collect::<Vec<_>>()
        });
        let heads = [
            (w::COL_TIME, false),
            (w::COL_REQUESTS, true),
            (w::COL_FAILURES, true),
            (w::COL_THROTTLED, true),
            (w::COL_RATE, true),
        ];
        let table = self.table(w::WORST_HOURS, &heads, cells.collect(), hours.len());
        table.folded(self.say(w::WORST_HOURS))
    }
}
