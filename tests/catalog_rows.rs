//! Every documented row of the provider's table leads to its own cause, and
//! every pattern of the catalogue to the row that holds it.

use dslog::catalog::{Catalog, Evidence, Provider};
use std::collections::{BTreeMap, BTreeSet};

/// `-` stands for nothing.
fn field(text: &str) -> Option<&str> {
    Some(text).filter(|text| *text != "-")
}

#[test]
fn every_documented_row_leads_to_its_cause() {
    let catalog = Catalog::shipped();
    let mut rows = 0;
    let mut wrong = Vec::new();
    for line in include_str!("catalog_rows.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let fields: Vec<&str> = line.split('\t').collect();
        let [status, code, message, cause] = fields[..] else {
            panic!("four fields: {line}")
        };
        let evidence = Evidence {
            provider: None,
            code: field(code),
            message: field(message),
            status: field(status).map(|status| status.parse().unwrap()),
            doubtful: false,
        };
        let verdict = catalog.classify(&evidence);
        let found = verdict.cause.map_or("nothing", |cause| &cause.id);
        if found != cause || !verdict.listed {
            wrong.push(format!("{line} -> {found}, listed {}", verdict.listed));
        }
        rows += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows > 250, "the fixture has shrunk to {rows} rows");
}

#[test]
fn spellings_of_one_code_are_one_code() {
    let catalog = Catalog::shipped();
    for cause in catalog.causes() {
        for spelling in cause.all_spellings() {
            let evidence = Evidence {
                provider: Some(cause.provider),
                code: Some(spelling),
                ..Evidence::default()
            };
            assert_eq!(catalog.classify(&evidence).code, cause.code, "{spelling}");
        }
        for code in cause.covers.iter().filter(|code| !code.contains('*')) {
            let evidence = Evidence {
                provider: Some(cause.provider),
                code: Some(code),
                ..Evidence::default()
            };
            let verdict = catalog.classify(&evidence);
            assert_eq!(verdict.code, *code, "a covered code stays as written");
            assert_eq!(verdict.kind, cause.kind, "{code}");
        }
    }
}

/// Rows of one code are told apart by message or status; no two share both.
#[test]
fn every_pattern_leads_to_its_own_row() {
    let catalog = Catalog::shipped();
    let mut wrong = Vec::new();
    for cause in catalog.causes() {
        for pattern in cause.messages.iter() {
            let message = pattern.written.replace("<*>", "x");
            let statuses: BTreeSet<Option<i32>> = if cause.statuses.is_empty() {
                [None].into()
            } else {
                cause.statuses.iter().map(|&status| Some(status)).collect()
            };
            for status in statuses {
                let code = Some(&*cause.code).filter(|code| !code.is_empty());
                let evidence = Evidence {
                    provider: Some(cause.provider),
                    code,
                    message: Some(&message),
                    status,
                    doubtful: false,
                };
                let verdict = catalog.classify(&evidence);
                let found = verdict.cause.map_or("nothing", |cause| &cause.id);
                if found != cause.id {
                    wrong.push(format!("{} {message:?} {status:?} -> {found}", cause.id));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same, for messages that come without a code. Where several rows hold
/// one message, they must at least agree on its kind.
#[test]
fn every_pattern_is_known_without_a_code() {
    let catalog = Catalog::shipped();
    let mut holders: BTreeMap<(Provider, String), Vec<&str>> = BTreeMap::new();
    for cause in catalog.causes() {
        for pattern in cause.messages.iter().filter(|pattern| !pattern.coded) {
            holders
                .entry((cause.provider, pattern.written.to_lowercase()))
                .or_default()
                .push(&cause.id);
        }
    }
    for ((provider, message), ids) in holders {
        let message = message.replace("<*>", "x");
        let status = catalog
            .cause(ids[0])
            .and_then(|cause| cause.statuses.first().copied());
        let evidence = Evidence {
            provider: Some(provider),
            message: Some(&message),
            status,
            ..Evidence::default()
        };
        let verdict = catalog.classify(&evidence);
        let found = verdict
            .cause
            .unwrap_or_else(|| panic!("{message:?} is not found"));
        let known = ids.iter().any(|id| *id == found.id)
            || ids.iter().any(|id| {
                catalog
                    .cause(id)
                    .is_some_and(|cause| cause.kind == found.kind)
            });
        assert!(
            known && verdict.listed,
            "{message:?} of {ids:?} -> {}",
            found.id
        );
    }
}

#[test]
fn every_row_speaks_both_languages() {
    use dslog::lang::Lang;
    for cause in Catalog::shipped().causes() {
        for text in [cause.meaning(Lang::En), cause.advice(Lang::En)] {
            assert!(
                text.is_ascii() || !text.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c)),
                "{}: {text}",
                cause.id
            );
            assert!(text.ends_with(['.', ')', '"']), "{}: {text}", cause.id);
        }
        for text in [cause.meaning(Lang::Zh), cause.advice(Lang::Zh)] {
            assert!(
                text.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c)),
                "{}: {text}",
                cause.id
            );
            assert!(text.ends_with(['。', '）']), "{}: {text}", cause.id);
        }
        let zh = Lang::Zh;
        let labels = [
            cause.kind.label(zh),
            cause.retry.label(zh),
            cause.who.label(zh),
        ];
        assert!(labels.iter().all(|label| !label.is_empty()), "{}", cause.id);
    }
}
