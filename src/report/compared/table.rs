//! The table of figures, before and now.

use super::Say;
use super::words::{BEYOND, CHANCE, FAILURE_RATE, MINUTES, SHIFT, THROTTLE_RATE};
use crate::lang::Lang;
use crate::report::change::LatencyChange;
use crate::report::figures::{count, latency, share};
use crate::report::words as w;

impl Say<'_> {
    /// Requests, rates, minutes and latencies.
    pub(super) fn rows(&self) -> Vec<[String; 5]> {
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
}

pub(super) fn of(lang: Lang, name: &str) -> &'static str {
    match name {
        "success" => w::LATENCY_SUCCESS.pick(lang),
        _ => w::LATENCY_ALL.pick(lang),
    }
}

pub(super) fn shift(row: &LatencyChange) -> String {
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
}
