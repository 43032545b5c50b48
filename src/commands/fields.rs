//! `dslog fields`: which paths were taken for what, how many lines had them, and
//! what to do where the guess is wrong.

use super::arguments::{engine, isa, lang};
use super::console::{color, remark_deferred, to_stdout, width};
use super::source::{inputs, progress, read_settings};
use crate::block::{self, ReadSettings};
use crate::cli;
use crate::fault::{Fault, Result};
use crate::lang::Lang;
use crate::limits::{FIELD_SAMPLE_CHARS, SAMPLE_BYTES, TEXT_WIDTH_MAX, TEXT_WIDTH_MIN};
use crate::pipeline::reader::Reader;
use crate::pipeline::sink::{Record, Sink};
use crate::pipeline::stitch::Shared;
use crate::record::Raw;
use crate::redact::{redact_key, redact_named};
use crate::scan::engine::Engine;
use crate::scan::schema::{Role, Schema};
use crate::untrusted::Untrusted;
use serde::Serialize;
use std::io::{self, Write};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr as _};

/// One wanted path as it was found.
#[derive(Clone, Default)]
struct Found {
    lines: u64,
    /// The least value by bytes. As it was: redacted before it leaves the survey, for
    /// the least of redacted values would depend on the order.
    sample: Option<String>,
}

/// Counts hits by path.
struct Survey {
    records: u64,
    malformed: u64,
    deferred: u64,
    found: Vec<Found>,
}

impl Survey {
    /// Nothing found yet under so many paths.
    fn new(paths: usize) -> Self {
        Self {
            records: 0,
            malformed: 0,
            deferred: 0,
            found: vec![Found::default(); paths],
        }
    }
}

impl Sink for Survey {
    fn record(&mut self, record: &Record<'_>) {
        self.records += 1;
        for hit in &record.hits.list {
            let Some(found) = self.found.get_mut(usize::from(hit.path)) else {
                continue;
            };
            let raw = hit.raw(record.json);
            if raw == b"null" {
                continue; // as good as absent: the next path of its kind is asked
            }
            found.lines += 1;
            // Long values are no better samples; skipping them keeps the pass quick.
            if raw.len() <= SAMPLE_BYTES {
                let text = Raw(raw).text();
                if found.sample.as_deref().is_none_or(|known| *text < *known) {
                    found.sample = Some(text.into_owned());
                }
            }
        }
    }

    fn malformed(&mut self, _: Fault) {
        self.malformed += 1;
    }

    fn blank(&mut self) {}
    fn plain_text(&mut self) {}
    fn continued(&mut self, _: u64) {}
    fn hole(&mut self, _: u64) {}
    fn deferred(&mut self, lines: u64) {
        self.deferred += lines;
    }
}

/// A row of the answer.
#[derive(Debug, Serialize)]
struct Row {
    name: &'static str,
    path: String,
    lines: u64,
    sample: Option<Untrusted>,
}

/// Runs the command; gives the exit code.
///
/// # Errors
/// Wrong usage, or an output that cannot be written.
pub fn run(args: &cli::Fields) -> Result<u8> {
    let schema = Schema::new(&args.source.fields)?;
    let inputs = inputs(&args.source, &[])?;
    let (progress, bar) = progress(&inputs, !args.source.quiet);
    let shared = Shared::default();
    let paths = schema.paths().len();
    let reader = |_worker: usize| {
        let engine = Engine::with_isa(&schema, engine(args.source.engine), isa(args.source.isa));
        Reader::new(&schema, &shared, engine, Survey::new(paths))
    };
    let (mut readers, outcomes) = block::run(
        &inputs,
        &read_settings(&args.source.reading, ReadSettings::default()),
        reader,
        &progress,
    );
    if let Some(first) = readers.first_mut() {
        first.finish_inputs();
    }
    drop(bar);
    let mut whole = Survey::new(paths);
    for part in readers.into_iter().map(Reader::finish) {
        whole.records += part.records;
        whole.malformed += part.malformed;
        whole.deferred += part.deferred;
        for (mine, theirs) in whole.found.iter_mut().zip(part.found) {
            mine.lines += theirs.lines;
            mine.sample = match (mine.sample.take(), theirs.sample) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (one, None) | (None, one) => one,
            };
        }
    }
    let lines = shared.counts().values().map(|count| count.lines).sum();
    remark_deferred(&args.source, whole.deferred, lines);
    let rows = rows(&schema, &whole);
    let look = Appearance {
        lang: lang(args.look.lang),
        color: color(args.look.color, true),
        columns: width().clamp(TEXT_WIDTH_MIN, TEXT_WIDTH_MAX),
    };
    to_stdout(|out| {
        if args.answer.is_json() {
            json(&whole, &rows, out)
        } else {
            text(&whole, &rows, &look, out)
        }
    })?;
    let mut broken = false;
    for error in outcomes.into_iter().filter_map(|outcome| outcome.error) {
        broken = true;
        // If nobody can read it, the exit code still tells.
        let _ = writeln!(io::stderr(), "dslog: {error}");
    }
    Ok(u8::from(broken))
}

/// Name of a role for people; roles that no one sets keep a name in brackets.
const fn name(role: Role) -> &'static str {
    match role.field_name() {
        Some(name) => name,
        None => match role {
            Role::TaskState => "(task state)",
            Role::Level => "(level)",
            Role::TimeNanos => "(nanoseconds)",
            Role::AiLog => "(AI log)",
            Role::Text => "(error text)",
            Role::Host => "(provider)",
            Role::ApiEvent => "(API event)",
            Role::Stream => "(stream)",
            _ => "(batch)",
        },
    }
}

/// The same for a language: what cannot be given to `--field` is translated.
fn role_name(name: &'static str, lang: Lang) -> &'static str {
    let zh = match name {
        "(task state)" => "（任务状态）",
        "(level)" => "（级别）",
        "(nanoseconds)" => "（纳秒）",
        "(AI log)" => "（AI 日志）",
        "(error text)" => "（错误文本）",
        "(provider)" => "（服务方）",
        "(API event)" => "（API 事件）",
        "(stream)" => "（输出流）",
        "(batch)" => "（批量）",
        name => name,
    };
    lang.pick(name, zh)
}

fn rows(schema: &Schema, whole: &Survey) -> Vec<Row> {
    let found = schema
        .paths()
        .iter()
        .zip(&whole.found)
        .filter(|(spec, found)| found.lines > 0 || spec.by_user);
    found
        .map(|(spec, found)| Row {
            name: name(spec.role),
            path: spec.path.clone(),
            lines: found.lines,
            sample: found.sample.as_deref().map(|sample| {
                // As a report shows it.
                Untrusted::new(match spec.role {
                    Role::Key => redact_key(sample),
                    _ => redact_named(&spec.path, sample).into_owned(),
                })
            }),
        })
        .collect()
}

fn json(whole: &Survey, rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let value = serde_json::json!({
        "schema": "dslog.fields/v1", "records": whole.records, "malformed": whole.malformed, "fields": rows,
    });
    writeln!(out, "{value:#}")
}

/// Blanks up to `columns`, or the text cut to them.
fn fit(text: &str, columns: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide > columns {
            // In place of what had no room, within the same columns.
            while used >= columns.max(1) {
                used -= out.pop().and_then(UnicodeWidthChar::width).unwrap_or(0);
            }
            out.push('…');
            return out + &" ".repeat(columns.saturating_sub(used + 1));
        }
        used += wide;
        out.push(c);
    }
    out + &" ".repeat(columns - used)
}

fn text(whole: &Survey, rows: &[Row], look: &Appearance, out: &mut dyn Write) -> io::Result<()> {
    let lang = look.lang;
    let bold = |text: &str| match look.color {
        true => format!("\u{1b}[1m{text}\u{1b}[0m"),
        false => text.to_owned(),
    };
    match lang {
        Lang::En => writeln!(
            out,
            "{} records, {} malformed lines\n",
            whole.records, whole.malformed
        )?,
        Lang::Zh => writeln!(
            out,
            "{} 条记录，{} 行损坏\n",
            whole.records, whole.malformed
        )?,
    }
    let cells: Vec<[String; 4]> = rows
        .iter()
        .map(|row| {
            let share = row.lines as f64 * 100.0 / whole.records.max(1) as f64;
            [
                role_name(row.name, lang).to_owned(),
                crate::untrusted::terminal(&row.path),
                format!("{share:.1}%"),
                row.sample
                    .as_ref()
                    .map(Untrusted::terminal)
                    .unwrap_or_default(),
            ]
        })
        .collect();
    let titles = [
        lang.pick("TAKEN FOR", "用作"),
        lang.pick("PATH", "路径"),
        lang.pick("SHARE", "占比"),
        lang.pick("SAMPLE", "示例"),
    ];
    let widest = |at: usize| {
        let cells = cells
            .iter()
            .filter_map(|row| row.get(at))
            .map(|c| c.width());
        cells
            .chain(titles.get(at).map(|c| c.width()))
            .max()
            .unwrap_or(0)
    };
    // The sample takes what is left; a very long path leaves it a third.
    let (name, share) = (widest(0), widest(2));
    let room = look.columns.saturating_sub(name + share + 6);
    let path = widest(1).min(room * 2 / 3);
    let sample = room.saturating_sub(path).min(FIELD_SAMPLE_CHARS);
    let line = |cells: [&str; 4]| {
        let [n, p, s, v] = cells;
        let right = " ".repeat(share.saturating_sub(s.width())) + s;
        let line = format!(
            "{}  {}  {right}  {}",
            fit(n, name),
            fit(p, path),
            fit(v, sample)
        );
        line.trim_end().to_owned()
    };
    writeln!(out, "{}", bold(&line(titles)))?;
    for row in &cells {
        writeln!(out, "{}", line(row.each_ref().map(String::as_str)))?;
    }
    let missing: Vec<_> = ["status", "code", "time", "request_id"]
        .into_iter()
        .filter(|name| !rows.iter().any(|row| row.name == *name && row.lines > 0))
        .collect();
    writeln!(out)?;
    if missing.is_empty() {
        writeln!(
            out,
            "{}",
            lang.pick(
                "Of several paths for one value the first in this list wins, line by line.",
                "同一值有多个路径时，每行取本表中靠前的一个。"
            )
        )?;
    } else {
        let label = lang.pick("Nothing was found for: ", "没有找到：");
        let end = lang.pick(".", "。");
        writeln!(out, "{label}{}{end}", missing.join(lang.pick(", ", "、")))?;
    }
    writeln!(
        out,
        "{} --field status=http.result --field latency=total:s",
        lang.pick(
            "Wrong or missing? Name the path:",
            "有误或缺失？请指定路径："
        )
    )
}

/// How the answer looks.
struct Appearance {
    lang: Lang,
    color: bool,
    columns: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_exactly_their_columns() {
        for text in ["", "a", "status", "模型模型模型", "a模b型c", "\u{301}x"] {
            for columns in 1..12 {
                assert_eq!(fit(text, columns).width(), columns, "{text} {columns}");
            }
        }
        assert_eq!(fit("status", 4), "sta…");
        assert_eq!(fit("模型模型", 5), "模型…");
    }
}
