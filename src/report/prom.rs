//! The Prometheus view: `OpenMetrics` text that `node_exporter`'s textfile collector takes.
//!
//! That collector reads the older text format, so only what both understand is written:
//! gauges and one histogram, no timestamps. Every figure is a gauge because it describes
//! one report and may fall with the next. Help texts are the same in every language, as
//! the collector wants one per metric over all its files. Label sets are bounded: names
//! from the log beyond [`PROM_VALUES`] are summed under `(other)`; request ids and keys
//! are not exported.

mod changes;

pub(super) use changes::write as write_diff;

use super::View;
use super::brief;
use super::model::{LatencyBin, LatencyRow, ModelRow, Report, Time};
use crate::limits::{PROM_LABEL_CHARS, PROM_VALUES};
use crate::untrusted::prom;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

/// What names beyond the cap are called.
const OTHER: &str = "(other)";

/// Writes the report's metrics, ending in `# EOF`.
pub(super) fn write(report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Metrics::new();
    let top = view.top.clamp(1, PROM_VALUES);
    lines(report, &mut page);
    failures(report, top, &mut page);
    latency(report, &mut page);
    models(report, top, &mut page);
    if let Some(diff) = &report.diff {
        changes::changes(diff, &mut page);
    }
    changes::rules(&report.fail_on, &mut page);
    out.write_all(page.finish().as_bytes())
}

/// Metrics being written. Other reports may write theirs with it, too.
pub(crate) struct Metrics {
    text: String,
}

impl Metrics {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self {
            text: String::new(),
        }
    }

    /// A metric with its samples: labels (name, raw value) and value. Samples whose labels
    /// come out alike are summed, since a repeated one would void the whole file.
    pub(crate) fn gauge<'a>(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (Vec<(&'static str, &'a str)>, u64)>,
    ) {
        let mut sums: BTreeMap<String, u64> = BTreeMap::new();
        let mut order = Vec::new();
        for (labels, n) in samples {
            let labels = braces(&labels);
            let sum = sums.entry(labels.clone()).or_insert_with(|| {
                order.push(labels);
                0
            });
            *sum = sum.saturating_add(n);
        }
        if order.is_empty() {
            return;
        }
        self.head(name, "gauge", help);
        for labels in order {
            let n = sums.get(&labels).copied().unwrap_or(0);
            self.sample(name, &labels, &n.to_string());
        }
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(
            self.text,
            "# HELP {name} {}\n# TYPE {name} {kind}",
            help.replace('\\', "\\\\")
        );
    }

    fn sample(&mut self, name: &str, labels: &str, value: &str) {
        let _ = writeln!(self.text, "{name}{labels} {value}");
    }

    /// The whole text.
    pub(crate) fn finish(self) -> String {
        self.text + "# EOF\n"
    }
}

/// `{name="value",…}`, cut and escaped; nothing without labels.
fn braces(labels: &[(&str, &str)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let one = |(name, value): &(&str, &str)| {
        let mut shown: String = value.chars().take(PROM_LABEL_CHARS).collect();
        if shown.len() < value.len() {
            shown.push('…');
        }
        format!("{name}=\"{}\"", prom(&shown))
    };
    format!(
        "{{{}}}",
        labels.iter().map(one).collect::<Vec<_>>().join(",")
    )
}

fn lines(report: &Report, page: &mut Metrics) {
    let t = &report.totals;
    let versions = vec![
        ("version", report.dslog_version.as_str()),
        ("catalogue", report.catalogue_version.as_str()),
    ];
    page.gauge(
        "dslog_build_info",
        "Versions of dslog and its catalogue of errors.",
        [(versions, 1)],
    );
    let seconds = |time: Option<Time>| {
        time.and_then(|time| u64::try_from(time.0 / 1000).ok())
            .map(|s| (vec![], s))
    };
    page.gauge(
        "dslog_first_request_timestamp_seconds",
        "Time of the earliest request line, since 1970.",
        seconds(report.time.first),
    );
    page.gauge(
        "dslog_last_request_timestamp_seconds",
        "Time of the latest request line, since 1970.",
        seconds(report.time.last),
    );
    let unread = report
        .inputs
        .iter()
        .filter(|input| input.error.is_some())
        .count() as u64;
    page.gauge(
        "dslog_inputs",
        "Inputs by whether they could be read in full.",
        [
            (
                vec![("state", "complete")],
                report.inputs.len() as u64 - unread,
            ),
            (vec![("state", "incomplete")], unread),
        ],
    );
    page.gauge(
        "dslog_read_bytes",
        "Uncompressed bytes read.",
        [(vec![], t.bytes)],
    );
    page.gauge(
        "dslog_lines",
        "Lines read, by what they were; the classes add up to all lines.",
        [
            ("blank", t.blank),
            ("malformed", t.malformed),
            ("other", t.other),
            ("request", t.requests),
            ("continued", t.continued),
            ("outside", t.outside),
        ]
        .map(|(class, n)| (vec![("class", class)], n)),
    );
    page.gauge(
        "dslog_malformed_lines",
        "Lines that are no whole JSON object, by fault.",
        report
            .faults
            .iter()
            .map(|(fault, n)| (vec![("fault", fault.as_str())], *n)),
    );
    page.gauge(
        "dslog_undated_requests",
        "Request lines without a readable time.",
        [(vec![], report.time.undated)],
    );
}

fn failures(report: &Report, top: usize, page: &mut Metrics) {
    let t = &report.totals;
    page.gauge(
        "dslog_requests",
        "Request lines by result.",
        [
            (vec![("result", "success")], t.successes),
            (vec![("result", "failure")], t.failures),
        ],
    );
    page.gauge(
        "dslog_requests_by_status",
        "Request lines by HTTP status.",
        bounded(brief::most_first(&report.statuses), PROM_VALUES)
            .map(|(status, n)| (vec![("status", status)], n)),
    );
    page.gauge(
        "dslog_failures_by_code",
        "Failures by code; beyond the most frequent ones, their sum.",
        report.codes.iter().enumerate().map(|(at, code)| {
            let code_name = if at < top { code.code.raw() } else { OTHER };
            (vec![("code", code_name)], code.count)
        }),
    );
    let kinds = brief::kinds(report);
    page.gauge(
        "dslog_failures_by_kind",
        "Failures by kind of cause.",
        kinds
            .iter()
            .map(|(kind, n)| (vec![("kind", kind.as_str())], *n)),
    );
    let retries = brief::retries(report);
    page.gauge(
        "dslog_failures_by_retry",
        "Failures by whether a retry helps: backoff, later, no, unknown.",
        retries
            .iter()
            .map(|(retry, n)| (vec![("retry", retry.as_str())], *n)),
    );
    page.gauge(
        "dslog_throttled_failures",
        "Failures whose cause is a throttle.",
        [(vec![], t.throttled)],
    );
    let throttled_buckets = report
        .timeline
        .buckets
        .iter()
        .filter(|bucket| bucket.throttled > 0)
        .count() as u64;
    page.gauge(
        "dslog_throttled_seconds",
        "Time with throttled failures: the buckets that have any, added up.",
        [(
            vec![],
            throttled_buckets.saturating_mul(report.timeline.bucket_seconds),
        )],
    );
}

fn models(report: &Report, top: usize, page: &mut Metrics) {
    let name = |at: usize, model: &'_ ModelRow| -> String {
        if at < top {
            model.model.raw().to_owned()
        } else {
            OTHER.to_owned()
        }
    };
    let names: Vec<String> = report
        .models
        .iter()
        .enumerate()
        .map(|(at, model)| name(at, model))
        .collect();
    let rows = || report.models.iter().zip(&names);
    page.gauge(
        "dslog_model_requests",
        "Request lines by model and result.",
        rows().flat_map(|(model, name)| {
            [
                ("success", model.requests.saturating_sub(model.failures)),
                ("failure", model.failures),
            ]
            .map(|(result, n)| (vec![("model", name.as_str()), ("result", result)], n))
        }),
    );
    page.gauge(
        "dslog_model_throttled_failures",
        "Throttled failures by model.",
        rows().map(|(model, name)| (vec![("model", name.as_str())], model.throttled)),
    );
    page.gauge(
        "dslog_model_tokens",
        "Tokens by model and direction, as far as logged.",
        rows().flat_map(|(model, name)| {
            [("in", model.tokens_in), ("out", model.tokens_out)]
                .map(|(direction, n)| (vec![("model", name.as_str()), ("direction", direction)], n))
        }),
    );
}

fn latency(report: &Report, page: &mut Metrics) {
    let latencies = &report.latency_ms;
    if latencies.all.count == 0 {
        return;
    }
    let rows: [(&str, &LatencyRow, fn(&LatencyBin) -> u64); 2] = [
        ("success", &latencies.success, |bin| bin.success),
        ("failure", &latencies.failure, |bin| bin.failure),
    ];
    if !latencies.histogram.is_empty() {
        let name = "dslog_request_duration_seconds";
        page.head(name, "histogram", "Latency of request lines by result.");
        for (result, row, figure) in rows {
            // The same buckets in every report, whatever was measured.
            for bound_us in bounds_us() {
                let up_to =
                    |bin: &&LatencyBin| bin.up_to_ms.is_some_and(|up_to| up_to.us <= bound_us);
                let count: u64 = latencies.histogram.iter().filter(up_to).map(figure).sum();
                let labels = format!("{{result=\"{result}\",le=\"{}\"}}", seconds(bound_us));
                page.sample(&format!("{name}_bucket"), &labels, &count.to_string());
            }
            let labels = format!("{{result=\"{result}\",le=\"+Inf\"}}");
            page.sample(&format!("{name}_bucket"), &labels, &row.count.to_string());
            let labels = format!("{{result=\"{result}\"}}");
            let total_us = row.mean.map_or(0, |mean| mean.us).saturating_mul(row.count);
            page.sample(&format!("{name}_count"), &labels, &row.count.to_string());
            page.sample(&format!("{name}_sum"), &labels, &seconds(total_us));
        }
    }
    let name = "dslog_request_duration_quantile_seconds";
    page.head(
        name,
        "gauge",
        "Quantiles of latency by result (nearest rank, within 0.1 %).",
    );
    for (result, row, _) in rows {
        for (quantile, value) in [
            ("0.5", row.p50),
            ("0.9", row.p90),
            ("0.95", row.p95),
            ("0.99", row.p99),
            ("0.999", row.p999),
        ] {
            if let Some(value) = value {
                let labels = format!("{{result=\"{result}\",quantile=\"{quantile}\"}}");
                page.sample(name, &labels, &seconds(value.us));
            }
        }
    }
}

/// The histogram's bounds in µs: 1, 2 and 5 times a power of ten from 1 ms to 1,000 s. Each is
/// the bound of some step of the report's own.
fn bounds_us() -> impl Iterator<Item = u64> {
    let decades = (3..9).flat_map(|power| [1, 2, 5].map(|step| step * 10_u64.pow(power)));
    decades.chain([10_u64.pow(9)])
}

/// Microseconds as seconds, the way `OpenMetrics` wants numbers of buckets.
fn seconds(us: u64) -> String {
    let text = format!("{}.{:06}", us / 1_000_000, us % 1_000_000);
    let short = text.trim_end_matches('0');
    if short.ends_with('.') {
        format!("{short}0")
    } else {
        short.to_owned()
    }
}

/// The first `cap` entries, then one for all others.
fn bounded(entries: Vec<(&str, u64)>, cap: usize) -> impl Iterator<Item = (&str, u64)> {
    entries
        .into_iter()
        .enumerate()
        .map(move |(at, (name, n))| (if at < cap { name } else { OTHER }, n))
}
