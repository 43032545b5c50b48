//! The answer for programs: schema `dslog.explain/v1`.

use super::lookup::{Answer, Finding};
use crate::catalog::{Catalog, Cause};
use crate::lang::Lang;
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct Reply<'a> {
    schema: &'static str,
    catalogue_version: &'a str,
    /// Errors found in a pasted text.
    findings: Vec<Found<'a>>,
    /// The rows asked for, or those that the findings lead to.
    causes: Vec<Row<'a>>,
    /// The code asked for is not there; a wildcard that covers it is.
    by_wildcard: bool,
    /// Closest codes where nothing fits.
    nearest: Vec<&'a str>,
}

#[derive(Serialize)]
struct Found<'a> {
    code: &'a str,
    cause: &'a str,
    listed: bool,
    kind: &'static str,
    retry: &'static str,
    status: Option<i32>,
    request_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    provider: &'static str,
    code: &'a str,
    spellings: Vec<&'a str>,
    covers: Vec<&'a str>,
    statuses: &'a [i32],
    messages: Vec<&'a str>,
    kind: &'static str,
    retry: &'static str,
    who: &'static str,
    meaning: &'a str,
    advice: &'a str,
    source: &'a str,
    dated: &'a str,
    confirmed: bool,
    doc: Option<&'a str>,
}

/// Writes the answer as one JSON document.
pub(super) fn write(
    out: &mut dyn Write,
    catalog: &Catalog,
    answer: &Answer<'_>,
    lang: Lang,
) -> io::Result<()> {
    let row = |cause| to_row(cause, lang);
    let mut reply = Reply {
        schema: "dslog.explain/v1",
        catalogue_version: catalog.version(),
        findings: Vec::new(),
        causes: Vec::new(),
        by_wildcard: matches!(answer, Answer::Family(..)),
        nearest: Vec::new(),
    };
    match answer {
        Answer::Rows(rows) | Answer::Family(_, rows) => {
            reply.causes.extend(rows.iter().copied().map(row));
        }
        Answer::Status(cause, _, codes) => reply
            .causes
            .extend([*cause].into_iter().chain(codes.iter().copied()).map(row)),
        Answer::Findings(findings, _) => {
            reply.findings.extend(findings.iter().map(to_found));
            reply
                .causes
                .extend(findings.iter().map(|finding| row(finding.cause)));
        }
        Answer::Nothing(_, nearest) => {
            reply.nearest.extend(
                nearest
                    .iter()
                    .map(|c| if c.code.is_empty() { &*c.id } else { &*c.code }),
            );
        }
    }
    serde_json::to_writer_pretty(&mut *out, &reply).map_err(io::Error::from)?;
    writeln!(out)
}

fn to_found<'a>(finding: &'a Finding<'_>) -> Found<'a> {
    Found {
        code: &finding.verdict.code,
        cause: &finding.cause.id,
        listed: finding.verdict.listed,
        kind: finding.verdict.kind.as_str(),
        retry: finding.verdict.retry.as_str(),
        status: finding.status,
        request_id: finding
            .request_id
            .as_ref()
            .map(crate::untrusted::Untrusted::raw),
    }
}

fn to_row(cause: &Cause, lang: Lang) -> Row<'_> {
    Row {
        id: &cause.id,
        provider: cause.provider.as_str(),
        code: &cause.code,
        spellings: cause.spellings.iter().map(|s| &**s).collect(),
        covers: cause.covers.iter().map(|s| &**s).collect(),
        statuses: &cause.statuses,
        messages: cause.messages.iter().map(|m| &*m.written).collect(),
        kind: cause.kind.as_str(),
        retry: cause.retry.as_str(),
        who: cause.who.as_str(),
        meaning: cause.meaning(lang),
        advice: cause.advice(lang),
        source: &cause.source,
        dated: &cause.dated,
        confirmed: cause.confirmed,
        doc: Some(&*cause.doc).filter(|doc| !doc.is_empty()),
    }
}
