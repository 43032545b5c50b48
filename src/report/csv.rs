//! The CSV view: one table, complete, for spreadsheets and scripts.
//!
//! Column names are those of the JSON and the same in every language. Text cells are safe
//! against formulas ([`crate::untrusted::csv`]); numbers are plain; a cell of several
//! values has them as `name:count`, parted by `; `. Times are RFC 3339 on the view's clock.

mod changes;

use super::brief::{AsText, most_first};
use super::change::{Diff, RuleRow};
use super::model::{LatencyRow, Millis, Report, Time};
use super::{Table, View};
use crate::untrusted::{Untrusted, csv};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Writes a table of a diff: rules if the view names that, else changes.
pub(super) fn write_diff(
    diff: &Diff,
    rules: &[RuleRow],
    view: &View,
    out: &mut dyn Write,
) -> io::Result<()> {
    match view.table {
        Some(Table::Rules) => changes::write_rules(rules, out),
        _ => changes::write(Some(diff), view, out),
    }
}

/// Writes the table that the view names.
pub(super) fn write(report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let table = view.table.unwrap_or_default();
    match table {
        Table::Changes => return changes::write(report.diff.as_deref(), view, out),
        Table::Rules => return changes::write_rules(&report.fail_on, out),
        _ => {}
    }
    let mut out = ::csv::Writer::from_writer(out);
    let mut rows = Rows {
        view,
        out: &mut out,
    };
    match table {
        // Those two are written.
        Table::Codes | Table::Changes | Table::Rules => rows.codes(report),
        Table::Causes => rows.causes(report),
        Table::Timeline => rows.timeline(report),
        Table::Ids => rows.ids(report),
        Table::Models => rows.models(report),
        Table::Keys => rows.keys(report),
        Table::Statuses => rows.statuses(report),
        Table::Latency => rows.latency(report),
        Table::Inputs => rows.inputs(report),
    }
    .map_err(io::Error::from)?;
    out.flush()
}

struct Rows<'a, W: Write> {
    view: &'a View,
    out: &'a mut ::csv::Writer<W>,
}

impl<W: Write> Rows<'_, W> {
    fn row<const N: usize>(&mut self, cells: [String; N]) -> ::csv::Result<()> {
        self.out.write_record(cells)
    }

    fn head<const N: usize>(&mut self, names: [&str; N]) -> ::csv::Result<()> {
        self.out.write_record(names)
    }

    fn time(&self, time: Option<Time>) -> String {
        time.map_or_else(String::new, |time| self.view.tz.rfc3339(time))
    }

    fn codes(&mut self, report: &Report) -> ::csv::Result<()> {
        self.head([
            "code",
            "count",
            "share_percent",
            "kind",
            "retry",
            "statuses",
            "spellings",
            "first_seen",
            "last_seen",
            "causes",
            "message",
            "meaning",
            "advice",
        ])?;
        for code in &report.codes {
            let main = code.causes.first();
            let message = main.and_then(|cause| cause.message.as_ref());
            self.row([
                csv(code.code.raw()),
                code.count.to_string(),
                percent(code.count, report.totals.failures),
                csv(&code.kind),
                csv(&code.retry),
                counts(&code.statuses),
                counts(&code.spellings),
                self.time(code.first_seen),
                self.time(code.last_seen),
                code.causes.len().to_string(),
                message.map_or_else(String::new, |message| csv(message.raw())),
                main.map_or_else(String::new, |cause| csv(&cause.meaning)),
                main.map_or_else(String::new, |cause| csv(&cause.advice)),
            ])?;
        }
        Ok(())
    }

    fn causes(&mut self, report: &Report) -> ::csv::Result<()> {
        self.head([
            "code",
            "cause",
            "count",
            "kind",
            "retry",
            "message",
            "request_ids",
            "meaning",
            "advice",
        ])?;
        for code in &report.codes {
            for cause in &code.causes {
                let ids: Vec<&str> = cause.request_ids.iter().map(Untrusted::raw).collect();
                self.row([
                    csv(code.code.raw()),
                    csv(cause.cause.raw()),
                    cause.count.to_string(),
                    csv(&cause.kind),
                    csv(&cause.retry),
                    cause
                        .message
                        .as_ref()
                        .map_or_else(String::new, |message| csv(message.raw())),
                    csv(&ids.join("; ")),
                    csv(&cause.meaning),
                    csv(&cause.advice),
                ])?;
            }
        }
        Ok(())
    }

    fn timeline(&mut self, report: &Report) -> ::csv::Result<()> {
        self.head(["start", "seconds", "requests", "failures", "throttled"])?;
        let seconds = report.timeline.bucket_seconds.to_string();
        for bucket in &report.timeline.buckets {
            let counts =
                [bucket.requests, bucket.failures, bucket.throttled].map(|n| n.to_string());
            let [requests, failures, throttled] = counts;
            self.row([
                self.time(Some(bucket.start)),
                seconds.clone(),
                requests,
                failures,
                throttled,
            ])?;
        }
        Ok(())
    }

    fn ids(&mut self, report: &Report) -> ::csv::Result<()> {
        self.head([
            "request_id",
            "failures",
            "codes",
            "first_seen",
            "last_seen",
            "recovered",
        ])?;
        for id in &report.top_request_ids {
            self.row([
                csv(id.request_id.raw()),
                id.failures.to_string(),
                counts(&id.codes),
                self.time(id.first_seen),
                self.time(id.last_seen),
                id.recovered
                    .map_or_else(String::new, |recovered| recovered.to_string()),
            ])?;
        }
        Ok(())
    }

    fn models(&mut self, report: &Report) -> ::csv::Result<()> {
        self.head([
            "model",
            "requests",
            "failures",
            "throttled",
            "p50_ms",
            "p99_ms",
            "tokens_in",
            "tokens_out",
        ])?;
        for model in &report.models {
            self.row([
                csv(model.model.raw()),
                model.requests.to_string(),
                model.failures.to_string(),
                model.throttled.to_string(),
                millis(model.p50_ms),
                millis(model.p99_ms),
                model.tokens_in.to_string(),
                model.tokens_out.to_string(),
            ])?;
        }
        Ok(())
    }

    fn keys(&mut self, report: &Report) -> ::csv::Result<()> {
        self.head(["key", "requests", "failures", "throttled"])?;
        for key in &report.keys {
            let counts = [key.requests, key.failures, key.throttled].map(|n| n.to_string());
            let [requests, failures, throttled] = counts;
            self.row([csv(key.key.raw()), requests, failures, throttled])?;
        }
        Ok(())
    }

    fn statuses(&mut self, report: &Report) -> ::csv::Result<()> {
        self.head(["status", "requests"])?;
        for (status, requests) in &report.statuses {
            // -1, which SDKs write for broken connections, is a number like the others.
            let is_number = status.parse::<i64>().is_ok();
            let status = if is_number {
                status.clone()
            } else {
                csv(status)
            };
            self.row([status, requests.to_string()])?;
        }
        Ok(())
    }

    fn latency(&mut self, report: &Report) -> ::csv::Result<()> {
        self.head([
            "result", "count", "min_ms", "mean_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms",
            "p999_ms", "max_ms",
        ])?;
        let latencies = &report.latency_ms;
        let rows: [(&str, &LatencyRow); 3] = [
            ("all", &latencies.all),
            ("success", &latencies.success),
            ("failure", &latencies.failure),
        ];
        for (result, row) in rows {
            let [min, mean, p50, p90, p95, p99, p999, max] = [
                row.min, row.mean, row.p50, row.p90, row.p95, row.p99, row.p999, row.max,
            ]
            .map(millis);
            let count = row.count.to_string();
            self.row([
                result.into(),
                count,
                min,
                mean,
                p50,
                p90,
                p95,
                p99,
                p999,
                max,
            ])?;
        }
        Ok(())
    }

    fn inputs(&mut self, report: &Report) -> ::csv::Result<()> {
        self.head(["path", "bytes", "lines", "malformed", "error"])?;
        for input in &report.inputs {
            self.row([
                csv(input.path.raw()),
                input.bytes.to_string(),
                input.lines.to_string(),
                input.malformed.to_string(),
                input
                    .error
                    .as_ref()
                    .map_or_else(String::new, |error| csv(error.raw())),
            ])?;
        }
        Ok(())
    }
}

/// `name:count`, most first, parted by `; `. A name that is a number needs no apostrophe
/// before it, since the colon makes it text.
fn counts<K: AsText>(counts: &BTreeMap<K, u64>) -> String {
    let pairs = most_first(counts)
        .into_iter()
        .map(|(name, n)| format!("{name}:{n}"));
    csv(&pairs.collect::<Vec<_>>().join("; "))
}

/// Milliseconds with at most three decimals.
fn millis(latency: Option<Millis>) -> String {
    latency.map_or_else(String::new, |Millis { us }| decimal(us, 3))
}

/// Hundredths of a percent, as a number.
fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return String::new();
    }
    let hundredths = (u128::from(part) * 10_000 + u128::from(whole) / 2) / u128::from(whole);
    decimal(hundredths as u64, 2)
}

/// `n / 10^places` without idle zeros.
fn decimal(n: u64, places: u32) -> String {
    let unit = 10_u64.pow(places);
    let text = format!("{}.{:0width$}", n / unit, n % unit, width = places as usize);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
