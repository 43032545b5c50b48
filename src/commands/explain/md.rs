//! The answer as Markdown; of the whole table, it is `docs/errors.md`.

use super::lookup::Answer;
use super::text::name_of;
use crate::catalog::{Cause, Kind, Provider};
use crate::lang::Lang;
use std::io::{self, Write};

/// Writes the rows as tables, by provider and kind.
pub(super) fn write(out: &mut dyn Write, answer: &Answer<'_>, lang: Lang) -> io::Result<()> {
    let rows: Vec<&Cause> = match answer {
        Answer::Rows(rows) | Answer::Family(_, rows) => rows.clone(),
        Answer::Status(cause, _, codes) => {
            [*cause].into_iter().chain(codes.iter().copied()).collect()
        }
        Answer::Findings(findings, _) => findings.iter().map(|finding| finding.cause).collect(),
        Answer::Nothing(_, nearest) => nearest.clone(),
    };
    writeln!(out, "# {}\n", lang.pick("Known errors", "已知错误"))?;
    let lead = lang.pick(
        "Written by `dslog explain --format md`; change the rows in `src/catalog/data/`, not this page. \
         `…` in a message stands for any text. ⚠ marks what others have observed and nobody has confirmed.",
        "由 `dslog explain --format md --lang zh` 生成；请修改 `src/catalog/data/` 中的条目，而非本页。\
         报错信息中的 `…` 代表任意文本；⚠ 表示来自第三方观察、尚未证实。",
    );
    writeln!(out, "{lead}")?;
    for &provider in Provider::ALL {
        let of_provider: Vec<&Cause> = rows
            .iter()
            .copied()
            .filter(|cause| cause.provider == provider)
            .collect();
        if of_provider.is_empty() {
            continue;
        }
        writeln!(out, "\n## {}", provider.label(lang))?;
        for &kind in Kind::ALL {
            let of_kind: Vec<&Cause> = of_provider
                .iter()
                .copied()
                .filter(|cause| cause.kind == kind)
                .collect();
            if !of_kind.is_empty() {
                table(out, kind, &of_kind, lang)?;
            }
        }
    }
    Ok(())
}

fn table(out: &mut dyn Write, kind: Kind, causes: &[&Cause], lang: Lang) -> io::Result<()> {
    writeln!(out, "\n### `{}` – {}\n", kind.as_str(), kind.label(lang))?;
    let head = lang.pick(
        "| Code | HTTP | Message | Meaning | What to do | Retry | Who acts |",
        "| 错误码 | HTTP | 报错信息 | 含义 | 处理办法 | 重试 | 责任方 |",
    );
    writeln!(out, "{head}\n|---|---|---|---|---|---|---|")?;
    for cause in causes {
        let codes: Vec<String> = [name_of(cause)]
            .into_iter()
            .chain(
                cause
                    .spellings
                    .iter()
                    .chain(&*cause.covers)
                    .map(ToString::to_string),
            )
            .map(|code| {
                format!(
                    "`{}`",
                    crate::untrusted::terminal(&code).replace(['`', '|'], "")
                )
            })
            .collect();
        let statuses: Vec<String> = cause.statuses.iter().map(ToString::to_string).collect();
        let messages: Vec<String> = cause
            .messages
            .iter()
            .map(|m| escape(&m.written.replace("<*>", "…")))
            .collect();
        writeln!(
            out,
            "| {}{} | {} | {} | {} | {} | {} | {} |",
            codes.join("<br>"),
            if cause.confirmed { "" } else { " ⚠" },
            statuses.join(", "),
            messages.join("<br>"),
            escape(cause.meaning(lang)),
            escape(cause.advice(lang)),
            cause.retry.as_str(),
            cause.who.label(lang),
        )?;
    }
    Ok(())
}

/// Text for a table cell. Rows may come from a user's own file.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in crate::untrusted::terminal(text).chars() {
        match c {
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '#' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    out
}
