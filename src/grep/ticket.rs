//! A block to paste into a support ticket: what happened to a logical request.
//!
//! Everything in it is redacted of secrets, and nothing of a prompt or an answer is
//! taken: of a message that the catalogue does not know, only what does not vary.

use super::detail::{Call, Detail};
use super::select::Collected;
use super::wanted::Wanted;
use crate::catalog::{Catalog, Cause, Kind, Retry};
use crate::lang::Lang;
use crate::limits::MAX_TICKET_ATTEMPTS;
use crate::record::verdict::Judged;
use crate::redact::redact;
use crate::report::Tz;
use crate::report::model::Time;
use crate::untrusted;
use std::collections::HashMap;
use std::fmt::Write as _;

/// How tickets are written.
#[derive(Clone, Copy, Debug)]
pub struct Ticket {
    /// Language.
    pub lang: Lang,
    /// Whose clock, beside UTC.
    pub tz: Tz,
}

/// One logical request.
#[derive(Default)]
struct Case<'l> {
    /// Its records, in time order.
    records: Vec<&'l Detail>,
    files: Vec<&'l str>,
    lines: usize,
}

/// Writes at most `most` tickets, and says how many more there are.
pub(super) fn write(
    lines: &[Collected],
    wanted: &Wanted,
    catalog: &Catalog,
    ticket: &Ticket,
    most: usize,
) -> (String, usize) {
    let cases = cases(lines);
    let texts: Vec<String> = cases
        .iter()
        .take(most)
        .map(|case| case.text(wanted, catalog, ticket))
        .collect();
    (texts.join("\n"), cases.len().saturating_sub(most))
}

/// The lines by logical request: what shares an id or a trace, directly or through others.
fn cases(lines: &[Collected]) -> Vec<Case<'_>> {
    // Each line points to an earlier one of its request, or to itself.
    let mut first: Vec<usize> = (0..lines.len()).collect();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (at, line) in lines.iter().enumerate() {
        for detail in &line.note.details {
            for name in detail.ids.iter().chain(&detail.traces) {
                let other = *seen.entry(name).or_insert(at);
                let (a, b) = (root(&first, other), root(&first, at));
                if let Some(slot) = first.get_mut(a.max(b)) {
                    *slot = a.min(b);
                }
            }
        }
    }
    let mut cases: Vec<(usize, Case<'_>)> = Vec::new();
    let mut of_root: HashMap<usize, usize> = HashMap::new();
    for (at, line) in lines.iter().enumerate() {
        let root = root(&first, at);
        let index = *of_root.entry(root).or_insert_with(|| {
            cases.push((root, Case::default()));
            cases.len() - 1
        });
        let Some((_, case)) = cases.get_mut(index) else {
            continue;
        };
        case.lines += 1;
        case.records.extend(&line.note.details);
        if !case.files.contains(&&*line.name) {
            case.files.push(&line.name);
        }
    }
    cases.into_iter().map(|(_, case)| case).collect()
}

fn root(first: &[usize], mut at: usize) -> usize {
    while let Some(&next) = first.get(at)
        && next != at
    {
        at = next;
    }
    at
}

impl Case<'_> {
    fn text(&self, wanted: &Wanted, catalog: &Catalog, ticket: &Ticket) -> String {
        let lang = ticket.lang;
        let calls: Vec<(Option<i64>, &Call)> = self
            .records
            .iter()
            .filter_map(|record| Some((record.time_ms, record.call.as_ref()?)))
            .collect();
        let failures: Vec<(Option<i64>, &Call, &Judged)> = calls
            .iter()
            .filter_map(|(time, call)| Some((*time, *call, call.failure.as_deref()?)))
            .collect();
        // What to ask about: the last failure, for it is the one that was not got over.
        let main = failures.last();
        let mut out = String::new();
        let mut row = |en: &str, zh: &str, value: &str| {
            if !value.is_empty() {
                let label = lang.pick(en, zh);
                let width = unicode_width::UnicodeWidthStr::width(label);
                let pad = " ".repeat(14_usize.saturating_sub(width));
                let _ = writeln!(out, "{label}{pad}{value}");
            }
        };
        row(
            "Request ID",
            "请求 ID",
            &self.ids(wanted, &failures).join(", "),
        );
        row(
            "Related IDs",
            "相关 ID",
            &self.others(wanted, &failures).join(", "),
        );
        let times = self.records.iter().filter_map(|record| record.time_ms);
        if let (Some(from), Some(to)) = (times.clone().min(), times.max()) {
            let main = main.and_then(|(time, ..)| *time).unwrap_or(to);
            row("Time (UTC)", "时间 (UTC)", &Time(main).rfc3339());
            if ticket.tz != Tz::Utc {
                row("Time (local)", "时间（本地）", &ticket.tz.full(Time(main)));
            }
            if from != to {
                let span = format!("{} – {}", Time(from).rfc3339(), Time(to).rfc3339());
                row("Span (UTC)", "时间范围", &span);
            }
        }
        let of = |pick: &dyn Fn(&Call) -> Option<String>| {
            let all = main.map(|(_, call, _)| *call).into_iter();
            all.chain(calls.iter().map(|(_, call)| *call))
                .find_map(pick)
        };
        let shown = |text: Option<String>| clean(&text.unwrap_or_default());
        row("Model", "模型", &shown(of(&|call| call.model.clone())));
        row(
            "Endpoint",
            "接口地址",
            &shown(of(&|call| call.endpoint.as_deref().map(bare_url))),
        );
        if let Some((_, _, judged)) = main {
            failure(judged, catalog, lang, &mut row);
        } else if calls.is_empty() {
            let none = lang.pick(
                "no request line names these ids",
                "没有请求日志行包含这些 ID",
            );
            row("Outcome", "结果", none);
        }
        if !calls.is_empty() {
            row("Outcome", "结果", &outcome(&calls, lang));
        }
        let files: Vec<String> = self
            .files
            .iter()
            .map(|name| untrusted::terminal(name))
            .collect();
        let source = lang.pick("{n} lines in {f}", "{f} 中的 {n} 行日志");
        let source = source
            .replace("{n}", &self.lines.to_string())
            .replace("{f}", &files.join(", "));
        row("Source", "来源", &source);
        if !calls.is_empty() {
            out.push('\n');
            out.push_str(lang.pick(
                "What was tried (times in UTC):",
                "已尝试的调用（时间为 UTC）：",
            ));
            out.push('\n');
            attempts(&calls, lang, &mut out);
        }
        out
    }

    /// The ids to quote, the wanted ones first.
    fn ids(&self, wanted: &Wanted, failures: &[(Option<i64>, &Call, &Judged)]) -> Vec<String> {
        let asked = self.records.iter().flat_map(|record| &record.ids);
        let asked = asked.filter(|id| wanted.of_id(id).is_some());
        let quoted = failures
            .iter()
            .filter_map(|(_, call, _)| call.request_id.as_ref());
        let mut ids: Vec<String> = Vec::new();
        for id in asked.chain(quoted) {
            let id = clean(id);
            if !ids.contains(&id) && ids.len() < MAX_TICKET_ATTEMPTS {
                ids.push(id);
            }
        }
        ids
    }

    /// Ids and traces beside those.
    fn others(&self, wanted: &Wanted, failures: &[(Option<i64>, &Call, &Judged)]) -> Vec<String> {
        let told = self.ids(wanted, failures);
        let all = self
            .records
            .iter()
            .flat_map(|record| record.ids.iter().chain(&record.traces));
        let mut others: Vec<String> = Vec::new();
        for id in all.map(|id| clean(id)) {
            if !told.contains(&id) && !others.contains(&id) && others.len() < MAX_TICKET_ATTEMPTS {
                others.push(id);
            }
        }
        others
    }
}

/// What the catalogue says of a failure.
fn failure(judged: &Judged, catalog: &Catalog, lang: Lang, row: &mut impl FnMut(&str, &str, &str)) {
    let status = judged.status.map(|status| status.to_string());
    row("HTTP status", "HTTP 状态码", &status.unwrap_or_default());
    let mut code = clean(&judged.code);
    if !judged.spelling.is_empty() && judged.spelling != judged.code {
        let _ = write!(
            code,
            " ({} {})",
            lang.pick("logged as", "日志中为"),
            clean(&judged.spelling)
        );
    }
    row("Error code", "错误码", &code);
    // What the catalogue does not know may quote a prompt: its variable parts go.
    let message = judged.unlisted.as_deref().or(judged.message.as_deref());
    row("Message", "错误信息", &clean(message.unwrap_or_default()));
    let cause = catalog.cause(&judged.row);
    row(
        "Meaning",
        "含义",
        cause.map_or("", |cause| cause.meaning(lang)),
    );
    let kind = judged.kind;
    if kind != Kind::Unknown {
        row(
            "Kind",
            "类别",
            &format!("{} ({})", kind.label(lang), kind.as_str()),
        );
    }
    let retry = cause.map_or(Retry::Unknown, |cause: &Cause| cause.retry);
    row("Retry", "能否重试", retry.label(lang));
}

/// How the request ended in the end.
fn outcome(calls: &[(Option<i64>, &Call)], lang: Lang) -> String {
    let failed = calls
        .iter()
        .filter(|(_, call)| call.failure.is_some())
        .count();
    let last_failed = calls.last().is_some_and(|(_, call)| call.failure.is_some());
    let text = match (failed, last_failed) {
        (0, _) => lang.pick("{n} attempts, none failed", "共 {n} 次调用，均成功"),
        (_, true) => lang.pick(
            "{n} attempts, {f} failed; the last one failed, too",
            "共 {n} 次调用，失败 {f} 次，最后一次仍失败",
        ),
        (_, false) => lang.pick(
            "{n} attempts, {f} failed; the last one succeeded",
            "共 {n} 次调用，失败 {f} 次，最后一次成功",
        ),
    };
    let text = text.replace("{n}", &calls.len().to_string());
    text.replace("{f}", &failed.to_string())
        .replace("1 attempts", "1 attempt")
}

/// A line for each call: when, after what wait, how it ended.
fn attempts(calls: &[(Option<i64>, &Call)], lang: Lang, out: &mut String) {
    let half = MAX_TICKET_ATTEMPTS / 2;
    let left_out = calls.len().saturating_sub(2 * half);
    let mut before: Option<i64> = None;
    for (nth, (time_ms, call)) in calls.iter().enumerate() {
        let wait = time_ms.zip(before).map(|(now, before)| now - before);
        before = time_ms.or(before);
        if left_out > 0 && (half..half + left_out).contains(&nth) {
            if nth == half {
                let text = lang.pick("  … {n} more …", "  … 另有 {n} 次 …");
                let _ = writeln!(out, "{}", text.replace("{n}", &left_out.to_string()));
            }
            continue;
        }
        let time = time_ms.map_or_else(|| "-".to_owned(), |ms| Time(ms).rfc3339());
        let _ = write!(out, "{:>3}. {time}", nth + 1);
        if let Some(wait) = wait {
            let text = lang.pick("after {s} s", "间隔 {s} 秒");
            let _ = write!(out, "  {}", text.replace("{s}", &seconds(wait)));
        }
        match call.failure.as_deref() {
            Some(judged) => {
                let status = judged.status.map_or_else(String::new, |s| format!("{s} "));
                let _ = write!(out, "  {status}{}", clean(&judged.code));
            }
            None => {
                let status = call.status.map_or_else(String::new, |s| format!("{s} "));
                let _ = write!(out, "  {status}{}", lang.pick("success", "成功"));
            }
        }
        if let Some(us) = call.latency_us {
            let text = lang.pick("took {s} s", "耗时 {s} 秒");
            let _ = write!(
                out,
                "  {}",
                text.replace("{s}", &seconds((us / 1000) as i64))
            );
        }
        if let Some(attempt) = &call.attempt {
            let _ = write!(
                out,
                "  {} {}",
                lang.pick("attempt", "第几次："),
                clean(attempt)
            );
        }
        if let Some(id) = &call.request_id {
            let _ = write!(out, "  {}", clean(id));
        }
        out.push('\n');
    }
}

/// Milliseconds as seconds.
fn seconds(ms: i64) -> String {
    format!(
        "{}{}.{:03}",
        if ms < 0 { "-" } else { "" },
        ms.abs() / 1000,
        ms.abs() % 1000
    )
}

/// Log text as a ticket may show it: no secrets, nothing hostile.
fn clean(text: &str) -> String {
    untrusted::terminal(&redact(text))
}

/// A URL without what may be secret or a prompt: user, query and fragment.
fn bare_url(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest
                .split_once('/')
                .map_or((rest, None), |(h, p)| (h, Some(p)));
            let host = host.rsplit('@').next().unwrap_or(host);
            path.map_or_else(
                || format!("{scheme}://{host}"),
                |path| format!("{scheme}://{host}/{path}"),
            )
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lose_what_may_be_secret() {
        assert_eq!(
            bare_url("https://u:p@h.com/v1/x?key=1#f"),
            "https://h.com/v1/x"
        );
        assert_eq!(bare_url("dashscope.aliyuncs.com"), "dashscope.aliyuncs.com");
        assert_eq!(bare_url("https://h.com?api_key=x"), "https://h.com");
    }

    #[test]
    fn waits_are_seconds() {
        assert_eq!(
            (seconds(1500), seconds(-20)),
            ("1.500".into(), "-0.020".into())
        );
    }
}
