//! A second, slow and separate opinion on a generated log: every line through
//! `serde_json::Value`, every rule written out again. Shares no table with the generator.

use super::bytes::report_time;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

type Counts = BTreeMap<String, u64>;

#[derive(Default, Debug, PartialEq)]
pub(super) struct CodeCount {
    pub(super) count: u64,
    pub(super) throttled: u64,
    pub(super) statuses: Counts,
    pub(super) spellings: Counts,
    pub(super) timeline: Counts,
    pub(super) first_ms: Option<i64>,
    pub(super) last_ms: Option<i64>,
}

#[derive(Default)]
pub(super) struct Recount {
    pub(super) lines: u64,
    pub(super) blank: u64,
    pub(super) faults: Counts,
    pub(super) other: u64,
    pub(super) continued: u64,
    pub(super) requests: u64,
    pub(super) failures: u64,
    pub(super) throttled: u64,
    pub(super) undated: u64,
    pub(super) statuses: Counts,
    pub(super) codes: BTreeMap<String, CodeCount>,
    pub(super) minutes: BTreeMap<String, [u64; 3]>,
    pub(super) models: BTreeMap<String, [u64; 3]>,
    pub(super) model_us: BTreeMap<String, Vec<u64>>,
    /// Failures and codes by id, and whether a success came last.
    pub(super) ids: HashMap<String, (u64, Counts, bool)>,
    pub(super) success_us: Vec<u64>,
    pub(super) failure_us: Vec<u64>,
    pub(super) first_ms: Option<i64>,
    pub(super) last_ms: Option<i64>,
    pending: String,
}

pub(super) fn recount(log: &[u8]) -> Recount {
    let mut counted = Recount::default();
    let mut rest = log;
    while !rest.is_empty() {
        let (line, torn) = match rest.iter().position(|&byte| byte == b'\n') {
            Some(at) => {
                let line = &rest[..at];
                rest = &rest[at + 1..];
                (line, false)
            }
            None => (std::mem::take(&mut rest), true),
        };
        counted.lines += 1;
        counted.line(line, torn);
    }
    counted
}

fn bump(counts: &mut Counts, key: impl Into<String>) {
    *counts.entry(key.into()).or_default() += 1;
}

/// The first of the dotted paths that holds anything but null and empty text.
fn find<'a>(record: &'a Value, paths: &[&str]) -> Option<&'a Value> {
    paths
        .iter()
        .filter_map(|path| {
            path.split('.')
                .try_fold(record, |value, key| value.get(key))
        })
        .find(|value| !value.is_null() && *value != "")
}

fn text(value: Option<&Value>) -> Option<String> {
    value.map(|value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    })
}

/// What stands between `before` and the next quote of the same kind that closed it.
fn quoted(repr: &str, before: &str) -> Option<String> {
    let rest = repr.split_once(before)?.1;
    let quote = rest.chars().next()?;
    Some(rest[1..].split(quote).next()?.to_owned())
}

impl Recount {
    fn line(&mut self, line: &[u8], torn: bool) {
        if line.iter().all(u8::is_ascii_whitespace) {
            self.blank += 1;
            return;
        }
        let fault = if torn { "torn_tail" } else { "bad_json" };
        let Ok(line) = std::str::from_utf8(line) else {
            return bump(&mut self.faults, fault);
        };
        if line.starts_with("20") {
            let mut fields = line.splitn(4, ' ');
            let (time, stream, tag, text) =
                (fields.next(), fields.next(), fields.next(), fields.next());
            let (Some(time), Some(text), true) = (time, text, stream.is_some()) else {
                return bump(&mut self.faults, fault);
            };
            return self.wrapped(time, stream == Some("stdout"), tag == Some("F"), text);
        }
        match serde_json::from_str::<Value>(line) {
            Err(_) => bump(&mut self.faults, fault),
            Ok(outer) if outer.get("log").is_some() => {
                let text = outer["log"].as_str().unwrap();
                let (time, whole) = (outer["time"].as_str().unwrap(), text.ends_with('\n'));
                self.wrapped(
                    time,
                    outer["stream"] == "stdout",
                    whole,
                    text.trim_end_matches('\n'),
                );
            }
            Ok(record) if record.is_object() => self.record(&record, None),
            Ok(_) => bump(&mut self.faults, "not_object"),
        }
    }

    fn wrapped(&mut self, time: &str, stdout: bool, whole: bool, text: &str) {
        if stdout && (!whole || !self.pending.is_empty()) {
            if !self.pending.is_empty() {
                self.continued += 1;
            }
            self.pending.push_str(text);
            if !whole {
                return;
            }
            let joined = std::mem::take(&mut self.pending);
            return self.record(&serde_json::from_str(&joined).unwrap(), Some(time));
        }
        match serde_json::from_str::<Value>(text) {
            Ok(record) if record.is_object() => self.record(&record, Some(time)),
            _ => self.other += 1,
        }
    }

    fn record(&mut self, record: &Value, outer_time: Option<&str>) {
        let error_text = record.get("error").and_then(Value::as_str);
        let inner: Option<Value> = error_text.and_then(|text| serde_json::from_str(text).ok());
        let repr = error_text.filter(|text| text.starts_with("Error code: "));
        let inner_find = |paths: &[&str]| inner.as_ref().and_then(|inner| text(find(inner, paths)));

        let status = text(find(record, &["status", "status_code", "res.statusCode"]))
            .or_else(|| repr.map(|text| text[12..15].trim().to_owned()));
        let code = text(find(
            record,
            &[
                "code",
                "error_code",
                "err.code",
                "output.code",
                "error.code",
                "response.body.error.code",
            ],
        ))
        .or_else(|| inner_find(&["error.code"]))
        .or_else(|| repr.and_then(|text| quoted(text, "'code': ")));
        let message = text(find(
            record,
            &[
                "error_message",
                "err.message",
                "output.message",
                "error.message",
                "response.body.error.message",
                "message",
            ],
        ))
        .or_else(|| inner_find(&["error.message"]))
        .or_else(|| repr.and_then(|text| quoted(text, "'message': ")))
        .unwrap_or_default();
        if status.is_none() && code.is_none() {
            self.other += 1;
            return;
        }
        let id = text(find(
            record,
            &["request_id", "requestId", "response.body.request_id"],
        ))
        .or_else(|| inner_find(&["request_id"]))
        .or_else(|| repr.and_then(|text| quoted(text, "'request_id': ")));
        let time_ms = find(record, &["timestamp", "ts", "time"])
            .map(|value| match value {
                Value::String(text) => chrono_ms(text),
                _ if value.as_f64().unwrap() < 1e11 => {
                    (value.as_f64().unwrap() * 1000.0).round() as i64
                }
                _ => value.as_i64().unwrap(),
            })
            .or_else(|| outer_time.map(chrono_ms));
        let latency_us = [
            ("latency_ms", 1e3),
            ("elapsed_ms", 1e3),
            ("responseTime", 1e3),
            ("duration_s", 1e6),
        ]
        .iter()
        .find_map(|(name, scale)| {
            record
                .get(*name)
                .map(|value| (value.as_f64().unwrap() * scale).round() as u64)
        });
        let model = text(find(record, &["model", "req.body.model"]));

        let status_number: i64 = status
            .as_deref()
            .map_or(200, |status| status.parse().unwrap());
        let failed = code.is_some() || status_number >= 400;
        let throttled = failed && is_throttled(code.as_deref(), &message, status_number);
        let counts = [1, u64::from(failed), u64::from(throttled)];
        let minute = time_ms.map(|ms| report_time(ms - ms.rem_euclid(60_000)));
        let status = status.unwrap_or_else(|| "none".to_owned());

        self.requests += 1;
        self.failures += counts[1];
        self.throttled += counts[2];
        bump(&mut self.statuses, &status);
        match &minute {
            Some(minute) => {
                let bucket = self.minutes.entry(minute.clone()).or_default();
                (0..3).for_each(|i| bucket[i] += counts[i]);
            }
            None => self.undated += 1,
        }
        self.first_ms = self.first_ms.into_iter().chain(time_ms).min();
        self.last_ms = self.last_ms.into_iter().chain(time_ms).max();
        if let Some(model) = model {
            let bucket = self.models.entry(model.clone()).or_default();
            (0..3).for_each(|i| bucket[i] += counts[i]);
            self.model_us.entry(model).or_default().extend(latency_us);
        }
        if failed {
            &mut self.failure_us
        } else {
            &mut self.success_us
        }
        .extend(latency_us);
        if !failed {
            if let Some(seen) = id.and_then(|id| self.ids.get_mut(&id)) {
                seen.2 = true;
            }
            return;
        }
        let canonical = canonical(code.as_deref(), &status);
        if let Some(id) = id {
            let seen = self.ids.entry(id).or_default();
            seen.0 += 1;
            bump(&mut seen.1, &canonical);
            seen.2 = false;
        }
        let entry = self.codes.entry(canonical).or_default();
        entry.count += 1;
        entry.throttled += counts[2];
        bump(&mut entry.statuses, status);
        bump(&mut entry.spellings, code.unwrap_or_default());
        if let Some(minute) = minute {
            bump(&mut entry.timeline, minute);
        }
        entry.first_ms = entry.first_ms.into_iter().chain(time_ms).min();
        entry.last_ms = entry.last_ms.into_iter().chain(time_ms).max();
    }
}

fn chrono_ms(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text)
        .unwrap()
        .timestamp_millis()
}

fn is_throttled(code: Option<&str>, message: &str, status: i64) -> bool {
    match code {
        Some("Throttling.RateQuota" | "Throttling.BurstRate" | "limit_burst_rate") => true,
        Some("Throttling.AllocationQuota") => !message.starts_with("Free"),
        Some(_) => false,
        None => status == 429,
    }
}

fn canonical(code: Option<&str>, status: &str) -> String {
    match code {
        None => return format!("HTTP {status}"),
        Some("limit_burst_rate") => "Throttling.BurstRate",
        Some("data_inspection_failed") => "DataInspectionFailed",
        Some("model_not_found") => "ModelNotFound",
        Some("invalid_api_key") => "InvalidApiKey",
        Some("internal_error") => "InternalError",
        Some("access_denied") => "AccessDenied",
        Some(code) => code,
    }
    .to_owned()
}
