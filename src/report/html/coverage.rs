//! What was read, and what could not be.

use super::layout::Note;
use super::{Cell, Markup, Page, Section, chart, name};
use crate::limits::{HTML_INPUTS, SHOWN_MESSAGE_COLUMNS};
use crate::report::brief;
use crate::report::figures::{bytes, count, share};
use crate::report::words as w;

impl Page<'_> {
    pub(super) fn coverage(&self) -> Section {
        let (report, lang) = (self.report, self.lang());
        let text = brief::conservation(report, self.view);
        let mut parts = vec![Markup::of(&Note {
            class: "says",
            text,
        })];
        if let Some(text) = brief::run(report, self.view) {
            parts.push(Markup::of(&Note {
                class: "says",
                text,
            }));
        }
        if !brief::adds_up(report) {
            let text = self.say(w::CONSERVATION_OFF);
            parts.push(Markup::of(&Note {
                class: "warn",
                text,
            }));
        }
        if report.totals.malformed > 0 {
            parts.push(self.faults());
        }
        let notes = &report.notes;
        for (n, figure, word) in [
            (report.time.undated, count(report.time.undated), w::UNDATED),
            (notes.bad_times, count(notes.bad_times), w::NOTE_TIMES),
            (notes.batched, count(notes.batched), w::NOTE_BATCHED),
            (
                notes.repeated_keys,
                count(notes.repeated_keys),
                w::NOTE_REPEATED,
            ),
            (
                notes.nul_hole_bytes,
                bytes(notes.nul_hole_bytes),
                w::NOTE_HOLES,
            ),
            (notes.enveloped, count(notes.enveloped), w::NOTE_ENVELOPED),
        ] {
            if n > 0 {
                let text = word.say(lang, &[&figure]);
                parts.push(Markup::of(&Note {
                    class: "note",
                    text,
                }));
            }
        }
        parts.push(self.inputs());
        self.section("coverage", w::COVERAGE, parts)
    }

    fn faults(&self) -> Markup {
        let (report, lang) = (self.report, self.lang());
        let malformed = report.totals.malformed;
        let rows = brief::most_first(&report.faults)
            .into_iter()
            .map(|(fault, n)| {
                let bar = chart::bar(&[("wait".into(), n)], malformed, String::new());
                vec![
                    Cell::Text(w::fault(lang, fault)),
                    Cell::Figure(count(n)),
                    Cell::Bar(share(n, malformed), bar),
                ]
            });
        let rows: Vec<Vec<Cell>> = rows.collect();
        let all = rows.len();
        let heads = [
            (w::MALFORMED, false),
            (w::COL_LINES, true),
            (w::COL_SHARE, true),
        ];
        self.table(w::MALFORMED, &heads, rows, all).markup()
    }

    /// Those that could not be read in full come first, then those with most malformed lines.
    fn inputs(&self) -> Markup {
        let mut inputs: Vec<_> = self.report.inputs.iter().collect();
        inputs.sort_by_key(|input| (input.error.is_none(), std::cmp::Reverse(input.malformed)));
        let rows = inputs.iter().take(HTML_INPUTS).map(|input| {
            let error = input
                .error
                .as_ref()
                .map(|error| super::clip(error.raw(), SHOWN_MESSAGE_COLUMNS));
            vec![
                Cell::Name(name(input.path.raw())),
                Cell::Figure(bytes(input.bytes)),
                Cell::Figure(count(input.lines)),
                Cell::Figure(count(input.malformed)),
                Cell::Text(error.map_or_else(
                    || self.say(w::READ_IN_FULL),
                    |error| w::UNREAD.say(self.lang(), &[&error]),
                )),
            ]
        });
        let heads = [
            (w::COL_INPUT, false),
            (w::COL_BYTES, true),
            (w::COL_LINES, true),
            (w::COL_MALFORMED, true),
            (w::COL_STATE, false),
        ];
        self.table(w::COVERAGE, &heads, rows.collect(), inputs.len())
            .markup()
    }
}
