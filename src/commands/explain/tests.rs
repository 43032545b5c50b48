use super::*;
use unicode_width::UnicodeWidthStr;

fn ask(args: &ExplainArgs, input: &str, dig: Dig<'_>) -> (u8, String) {
    let mut out = Vec::new();
    let exit = run(args, dig, &mut input.as_bytes(), &mut out).unwrap();
    (exit, String::from_utf8(out).unwrap())
}

fn plain(query: &str) -> ExplainArgs {
    ExplainArgs {
        query: Some(query.to_string()),
        ..ExplainArgs::default()
    }
}

fn no_dig(_: &str) -> Dug {
    Dug::default()
}

#[test]
fn any_spelling_is_explained() {
    for query in [
        "Throttling.RateQuota",
        "limit_requests",
        "LimitRequests",
        "throttling.limit-requests",
    ] {
        let (exit, text) = ask(&plain(query), "", &no_dig);
        assert_eq!(exit, 0, "{query}");
        assert!(
            text.contains("Throttling.RateQuota") && text.contains("backoff"),
            "{text}"
        );
    }
}

#[test]
fn a_status_names_its_codes() {
    let (exit, text) = ask(&plain("HTTP 429"), "", &no_dig);
    assert_eq!(exit, 0);
    assert!(
        text.starts_with("HTTP 429\n") && text.contains("PrepaidBillOverdue"),
        "{text}"
    );
}

#[test]
fn the_code_that_reports_invent_is_explained() {
    for query in ["HTTP none", "http  None"] {
        let (exit, text) = ask(&plain(query), "", &no_dig);
        assert_eq!(exit, 0, "{text}");
        assert!(
            text.starts_with("HTTP none ") && text.contains("neither a status nor"),
            "{text}"
        );
    }
}

#[test]
fn a_code_beside_its_status_is_a_code() {
    let alone = ask(&plain("Throttling.RateQuota"), "", &no_dig);
    for query in [
        "429 Throttling.RateQuota",
        "HTTP 429: Throttling.RateQuota",
        "Throttling.RateQuota (429)",
    ] {
        assert_eq!(ask(&plain(query), "", &no_dig), alone, "{query}");
    }
    // The status chooses among the causes, if it can.
    let (_, text) = ask(&plain("401 InvalidApiKey"), "", &no_dig);
    assert!(
        text.starts_with("InvalidApiKey") && !text.contains("not in the catalogue"),
        "{text}"
    );
    // A message that is known stays one.
    let (_, text) = ask(&plain("429 Too Many Requests"), "", &no_dig);
    assert!(text.starts_with("HTTP 429"), "{text}");
}

#[test]
fn a_wildcard_is_not_passed_off_as_the_code() {
    let (exit, text) = ask(&plain("nosuchcode"), "", &no_dig);
    assert_eq!(exit, 0);
    assert!(
        text.starts_with("\"nosuchcode\" itself is not in the catalogue"),
        "{text}"
    );
    assert!(text.contains("NoSuch*"), "{text}");
    let (_, text) = ask(&plain("NoSuchEntity"), "", &no_dig);
    assert!(text.starts_with("NoSuchEntity"), "{text}");
}

#[test]
fn a_paste_is_taken_apart() {
    let dig = |text: &str| {
        assert_eq!(text, "{…}");
        Dug {
            code: Some("limit_requests".into()),
            message: Some("something\x1b[31m new".into()),
            status: Some(429),
            request_id: Some("54dc32fd-968b-4aed-b6a8-ae63d6fda4d5".into()),
            provider: None,
        }
    };
    let (exit, text) = ask(&plain("-"), "{…}\n", &dig);
    assert_eq!(exit, 0);
    assert!(
        text.contains("54dc32fd") && text.contains("not in the catalogue"),
        "{text}"
    );
    assert!(
        !text.contains('\x1b'),
        "log text must not reach the terminal raw"
    );
    let json = ExplainArgs {
        format: Format::Json,
        ..plain("-")
    };
    let reply: serde_json::Value = serde_json::from_str(&ask(&json, "{…}", &dig).1).unwrap();
    assert_eq!(reply["findings"][0]["code"], "Throttling.RateQuota");
    assert_eq!(reply["findings"][0]["listed"], false);
}

#[test]
fn several_lines_are_several_errors() {
    let input = "x: Requests rate limit exceeded\nchatter\ny: Free allocated quota exceeded.\nRequests rate limit exceeded";
    let (exit, text) = ask(&plain("-"), input, &no_dig);
    assert_eq!(exit, 0);
    assert_eq!(text.matches("throttling.rate-quota").count(), 1, "{text}");
    assert!(text.contains("throttling.allocation-quota.free"), "{text}");
}

#[test]
fn nothing_offers_the_closest_names() {
    let (exit, text) = ask(&plain("Throtling.RateQota"), "", &no_dig);
    assert_eq!(exit, 1);
    assert!(
        text.contains("Closest names") && text.contains("Throttling.RateQuota"),
        "{text}"
    );
}

#[test]
fn a_call_that_went_well_is_no_error() {
    let dig = |_: &str| Dug {
        status: Some(200),
        ..Dug::default()
    };
    let (exit, text) = ask(&plain("-"), "{\"status\":200}", &dig);
    assert_eq!(exit, 1, "{text}");
}

#[test]
fn an_empty_paste_is_refused() {
    let refused = run(&plain("-"), &no_dig, &mut io::empty(), &mut Vec::new()).unwrap_err();
    assert!(refused.to_string().contains("paste"), "{refused}");
}

#[test]
fn the_whole_table_fits_80_columns_in_both_languages() {
    for lang in [Lang::En, Lang::Zh] {
        let (exit, table) = ask(
            &ExplainArgs {
                lang,
                ..ExplainArgs::default()
            },
            "",
            &no_dig,
        );
        assert_eq!(exit, 0);
        for cause in Catalog::shipped().causes() {
            let (_, text) = ask(
                &ExplainArgs {
                    lang,
                    ..plain(&cause.id)
                },
                "",
                &no_dig,
            );
            for line in text.lines().chain(table.lines()) {
                assert!(line.width() <= 80, "{} columns: {line}", line.width());
            }
        }
    }
}

#[test]
fn chinese_answers_are_wholly_chinese() {
    let (_, text) = ask(
        &ExplainArgs {
            lang: Lang::Zh,
            ..plain("Arrearage")
        },
        "",
        &no_dig,
    );
    for english in ["means", "retry", "acts", "says", "also spelt"] {
        assert!(!text.contains(english), "{text}");
    }
}

#[test]
fn colour_is_asked_for() {
    let (_, text) = ask(
        &ExplainArgs {
            color: true,
            ..plain("Arrearage")
        },
        "",
        &no_dig,
    );
    assert!(text.contains("\x1b[1m"));
    assert!(!ask(&plain("Arrearage"), "", &no_dig).1.contains('\x1b'));
}

#[test]
fn a_closed_pipe_is_no_error() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for format in [Format::Text, Format::Json, Format::Md] {
        let args = ExplainArgs {
            format,
            ..ExplainArgs::default()
        };
        assert_eq!(
            run(&args, &no_dig, &mut io::empty(), &mut Closed).unwrap(),
            0
        );
    }
}

#[test]
fn too_long_a_paste_is_refused() {
    let mut endless = io::repeat(b'x');
    let refused = run(&plain("-"), &no_dig, &mut endless, &mut Vec::new()).unwrap_err();
    assert!(refused.to_string().contains("analyze"));
}
