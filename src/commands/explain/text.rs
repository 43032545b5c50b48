//! The answer for people.

use super::ExplainArgs;
use super::lookup::{Answer, Finding};
use super::wrap::wrap;
use crate::catalog::{Cause, Kind, Retry};
use crate::lang::Lang;
use crate::limits::{EXPLAIN_MESSAGE_CHARS, EXPLAIN_WIDTH_MAX, EXPLAIN_WIDTH_MIN};
use std::io::{self, Write};
use unicode_width::UnicodeWidthStr;

/// Columns of the label before each text.
const LABEL_COLUMNS: usize = 10;
/// Columns where the terminal does not say.
const DEFAULT_COLUMNS: usize = 80;

/// Writes the answer, wrapped and, if wanted, coloured.
pub(super) fn write(
    out: &mut dyn Write,
    answer: &Answer<'_>,
    args: &ExplainArgs,
) -> io::Result<()> {
    let columns = if args.width == 0 {
        DEFAULT_COLUMNS
    } else {
        args.width.clamp(EXPLAIN_WIDTH_MIN, EXPLAIN_WIDTH_MAX)
    };
    let mut page = Page {
        out,
        lang: args.lang,
        columns,
        color: args.color,
    };
    match answer {
        Answer::Rows(rows) if args.query.is_none() => page.table(rows),
        Answer::Rows(rows) => page.rows(rows),
        Answer::Family(code, rows) => page.family(&shorten(&code.terminal()), rows),
        Answer::Status(cause, status, codes) => page.status(cause, *status, codes),
        Answer::Findings(findings, omitted) => page.findings(findings, *omitted),
        Answer::Nothing(question, nearest) => page.nothing(&shorten(&question.terminal()), nearest),
    }
}

struct Page<'a> {
    out: &'a mut dyn Write,
    lang: Lang,
    columns: usize,
    color: bool,
}

impl Page<'_> {
    fn say(&self, en: &'static str, zh: &'static str) -> &'static str {
        self.lang.pick(en, zh)
    }

    fn paint(&self, style: &str, text: &str) -> String {
        if self.color {
            format!("\x1b[{style}m{text}\x1b[0m")
        } else {
            text.to_string()
        }
    }

    /// Rows of one code or several, each code under one heading.
    fn rows(&mut self, rows: &[&Cause]) -> io::Result<()> {
        let mut previous: Option<&Cause> = None;
        for cause in rows {
            let same =
                previous.is_some_and(|p| p.provider == cause.provider && p.code == cause.code);
            if previous.is_some() {
                writeln!(self.out)?;
            }
            if !same {
                self.heading(cause, rows)?;
            }
            let several = rows
                .iter()
                .filter(|c| c.provider == cause.provider && c.code == cause.code)
                .count()
                > 1;
            self.cause(cause, several)?;
            previous = Some(cause);
        }
        Ok(())
    }

    /// Code, statuses and provider; then the other spellings.
    fn heading(&mut self, cause: &Cause, rows: &[&Cause]) -> io::Result<()> {
        let same = || {
            rows.iter()
                .filter(|c| c.provider == cause.provider && c.code == cause.code)
        };
        let mut statuses: Vec<i32> = same().flat_map(|c| c.statuses.iter().copied()).collect();
        statuses.sort_unstable();
        statuses.dedup();
        let code = self.paint("1", &name_of(cause));
        let statuses: Vec<String> = statuses.iter().map(ToString::to_string).collect();
        write!(self.out, "{code}")?;
        if !statuses.is_empty() && !cause.code.is_empty() {
            write!(self.out, "   HTTP {}", statuses.join(", "))?;
        }
        writeln!(self.out, "   {}", cause.provider.label(self.lang))?;
        let mut spellings: Vec<&str> = same()
            .flat_map(|c| c.spellings.iter().map(|s| &**s))
            .collect();
        spellings.sort_unstable();
        spellings.dedup();
        if !spellings.is_empty() {
            self.labelled("", self.say("also spelt", "亦作"), &spellings.join(", "))?;
        }
        let covers: Vec<&str> = same().flat_map(|c| c.covers.iter().map(|s| &**s)).collect();
        if !covers.is_empty() {
            self.labelled("", self.say("likewise", "同类"), &covers.join(", "))?;
        }
        Ok(())
    }

    /// One cause: meaning, kind, retry, who acts, what to do, what it says.
    fn cause(&mut self, cause: &Cause, several: bool) -> io::Result<()> {
        if several {
            let note = if cause.generic {
                self.say(
                    " (unless the message says otherwise)",
                    "（报错信息未另行说明时）",
                )
            } else {
                ""
            };
            writeln!(
                self.out,
                "{}{note}",
                self.paint("36", &format!("• {}", cause.id))
            )?;
        }
        self.labelled("", self.say("means", "含义"), cause.meaning(self.lang))?;
        self.labelled("1", self.say("do", "处理"), cause.advice(self.lang))?;
        let retry = format!(
            "{} – {}",
            cause.retry.as_str(),
            cause.retry.label(self.lang)
        );
        self.labelled(retry_style(cause.retry), self.say("retry", "重试"), &retry)?;
        self.labelled("", self.say("acts", "责任方"), cause.who.label(self.lang))?;
        let kind = format!("{} – {}", cause.kind.as_str(), cause.kind.label(self.lang));
        self.labelled("", self.say("kind", "类型"), &kind)?;
        for (i, pattern) in cause.messages.iter().enumerate() {
            let label = if i == 0 {
                self.say("says", "报错信息")
            } else {
                ""
            };
            self.labelled("2", label, &pattern.written.replace("<*>", "…"))?;
        }
        if !cause.doc.is_empty() {
            self.labelled("2", self.say("see", "文档"), &cause.doc)?;
        }
        if !several {
            self.labelled("2", "id", &cause.id)?;
        }
        if !cause.confirmed {
            let note = self.say(
                "observed by others, not confirmed",
                "来自第三方观察，尚未证实",
            );
            self.labelled("2", self.say("note", "说明"), note)?;
        }
        Ok(())
    }

    /// Rows that a wildcard leads to: not what was asked for by name.
    fn family(&mut self, code: &str, rows: &[&Cause]) -> io::Result<()> {
        let line = match self.lang {
            Lang::En => {
                format!("{code:?} itself is not in the catalogue; a wildcard (*) below covers it.")
            }
            Lang::Zh => format!("目录中没有“{code}”本身，但下面的通配符（*）涵盖它。"),
        };
        for line in wrap(&line, self.columns) {
            writeln!(self.out, "{line}")?;
        }
        writeln!(self.out)?;
        self.rows(rows)
    }

    fn status(&mut self, cause: &Cause, status: i32, codes: &[&Cause]) -> io::Result<()> {
        writeln!(self.out, "{}", self.paint("1", &format!("HTTP {status}")))?;
        self.cause(cause, false)?;
        if codes.is_empty() {
            return Ok(());
        }
        let title = self.say(
            "\nCodes that come with it:",
            "\n常与此状态一同出现的错误码：",
        );
        writeln!(self.out, "{title}")?;
        self.list(codes)
    }

    fn findings(&mut self, findings: &[Finding<'_>], omitted: bool) -> io::Result<()> {
        for (i, finding) in findings.iter().enumerate() {
            if i > 0 {
                writeln!(self.out)?;
            }
            let cause = finding.cause;
            let code = self.paint("1", &crate::untrusted::terminal(&finding.verdict.code));
            let status = finding
                .status
                .filter(|_| !finding.verdict.code.starts_with("HTTP "));
            let status = status
                .map(|status| format!("   HTTP {status}"))
                .unwrap_or_default();
            writeln!(
                self.out,
                "{code}{status}   {}",
                cause.provider.label(self.lang)
            )?;
            if let Some(id) = &finding.request_id {
                self.labelled("", self.say("request", "请求 ID"), &id.terminal())?;
            }
            if let Some(message) = finding.message.as_ref().filter(|_| !finding.verdict.listed) {
                self.labelled(
                    "",
                    self.say("message", "报错信息"),
                    &shorten(&message.terminal()),
                )?;
                let note = self.say(
                    "this message is not in the catalogue; what follows is general advice",
                    "目录中没有这条报错信息，以下为通用建议",
                );
                self.labelled("33", self.say("note", "说明"), note)?;
            }
            self.cause(cause, false)?;
        }
        if omitted {
            let note = self.say(
                "\nThere are more; `dslog analyze` counts them all.",
                "\n其余未列出，可用 `dslog analyze` 统计全部。",
            );
            writeln!(self.out, "{note}")?;
        }
        Ok(())
    }

    fn nothing(&mut self, question: &str, nearest: &[&Cause]) -> io::Result<()> {
        let line = match self.lang {
            Lang::En => format!("Nothing in the catalogue fits {question:?}."),
            Lang::Zh => format!("目录中没有与“{question}”相符的条目。"),
        };
        for line in wrap(&line, self.columns) {
            writeln!(self.out, "{line}")?;
        }
        if nearest.is_empty() {
            let hint = self.say(
                "`dslog explain` without an argument lists everything it knows.",
                "不带参数运行 `dslog explain` 可列出全部条目。",
            );
            return writeln!(self.out, "{hint}");
        }
        writeln!(self.out, "{}", self.say("Closest names:", "最接近的名称："))?;
        self.list(nearest)
    }

    /// The whole table: by kind, one short block per cause.
    fn table(&mut self, rows: &[&Cause]) -> io::Result<()> {
        for &kind in Kind::ALL {
            let of_kind: Vec<&Cause> = rows
                .iter()
                .copied()
                .filter(|cause| cause.kind == kind)
                .collect();
            if of_kind.is_empty() {
                continue;
            }
            let title = format!(
                "{} – {} ({})",
                kind.as_str(),
                kind.label(self.lang),
                of_kind.len()
            );
            writeln!(self.out, "{}", self.paint("1;4", &title))?;
            self.list(&of_kind)?;
            writeln!(self.out)?;
        }
        Ok(())
    }

    /// Code, retry and meaning of each.
    fn list(&mut self, causes: &[&Cause]) -> io::Result<()> {
        for cause in causes {
            let retry = self.paint(retry_style(cause.retry), cause.retry.as_str());
            let name = self.paint("36", &name_of(cause));
            let statuses: Vec<String> = cause.statuses.iter().map(ToString::to_string).collect();
            let statuses = if statuses.is_empty() {
                String::new()
            } else {
                format!(" {}", statuses.join("/"))
            };
            writeln!(self.out, "  {name}{statuses} {retry}")?;
            for line in wrap(cause.meaning(self.lang), self.columns.saturating_sub(4)) {
                writeln!(self.out, "    {line}")?;
            }
        }
        Ok(())
    }

    /// A label and its text, wrapped under itself.
    fn labelled(&mut self, style: &str, label: &str, text: &str) -> io::Result<()> {
        let mut label = label.to_string();
        for line in wrap(text, self.columns.saturating_sub(LABEL_COLUMNS + 2)) {
            let pad = LABEL_COLUMNS.saturating_sub(label.width()).max(1);
            let line = if style.is_empty() {
                line
            } else {
                self.paint(style, &line)
            };
            writeln!(
                self.out,
                "  {}{}{line}",
                self.paint("2", &label),
                " ".repeat(pad)
            )?;
            label.clear();
        }
        Ok(())
    }
}

/// The code, or what stands in for it.
pub(super) fn name_of(cause: &Cause) -> String {
    match (&*cause.code, &*cause.statuses) {
        ("", _) if cause.no_status => "HTTP none".to_owned(),
        ("", [status]) => format!("HTTP {status}"),
        ("", _) => cause.id.to_string(),
        (code, _) => code.to_string(),
    }
}

fn retry_style(retry: Retry) -> &'static str {
    match retry {
        Retry::Backoff => "32",
        Retry::Later => "33",
        Retry::No => "31",
        Retry::Unknown => "",
    }
}

/// Enough of a message to recognise it.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(EXPLAIN_MESSAGE_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_string(),
    }
}
