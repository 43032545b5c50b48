//! Searches against logs whose truth is known line by line: they are made of records with
//! known ids, written in every way that hides them.

use super::locate::NoIndex;
use super::*;
use crate::block::ReadSettings;
use crate::input::Input;
use crate::progress::Progress;
use crate::scan::engine::Choice;
use crate::scan::schema::Schema;
use proptest::prelude::*;
use std::fmt::Write as _;
use std::io::Write as _;

const IDS: [&str; 6] = [
    "5aa3c9e3-0c3b-9c0b-8a4c-1f2e3d4c5b6a",
    "5aa3c9e3-0c3b-9c0b-8a4c-1f2e3d4c5b6b",
    "0a0a0a0a-0b0b-0c0c-0d0d-0e0e0e0e0e0e",
    "9f-7731",
    "9f-773",
    "chatcmpl.77_1",
];

/// A record's lines, in which lane they are, and its id.
#[derive(Clone, Debug)]
struct Made {
    lines: Vec<String>,
    lane: Option<&'static str>,
    id: &'static str,
}

/// How a record is written.
#[derive(Clone, Debug)]
struct Way {
    id: usize,
    shape: u8,
    /// Which characters of the id are escaped.
    escaped: u64,
    envelope: u8,
    cuts: Vec<usize>,
}

fn ways() -> impl Strategy<Value = Vec<Way>> {
    let way = (
        0..IDS.len(),
        0u8..9,
        prop_oneof![3 => Just(0), 1 => any::<u64>()],
        0u8..8,
        prop::collection::vec(1usize..200, 0..3),
    );
    let way = way.prop_map(|(id, shape, escaped, envelope, cuts)| Way {
        id,
        shape,
        escaped,
        envelope,
        cuts,
    });
    prop::collection::vec(way, 0..30)
}

/// The id with some characters as `\u00XX`.
fn escape(id: &str, which: u64) -> String {
    let mut out = String::new();
    for (nth, c) in id.chars().enumerate() {
        if which >> (nth % 64) & 1 == 1 {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// The application's record as it writes it, and whether the id counts as one.
fn record(way: &Way) -> (String, bool) {
    let plain = IDS[way.id];
    let id = escape(plain, way.escaped);
    match way.shape {
        0 => (format!(r#"{{"request_id":"{id}","status":200}}"#), true),
        1 => (
            format!(r#"{{"status":429,"error":{{"message":"slow","request_id":"{id}"}}}}"#),
            true,
        ),
        2 => {
            let inner = format!(r#"{{"code":"X.Y","request_id":"{id}"}}"#);
            (
                format!(r#"{{"level":"ERROR","response":{}}}"#, quoted(&inner)),
                true,
            )
        }
        3 => {
            let repr =
                format!("Error code: 429 - {{'error': {{'code': 'x'}}, 'request_id': '{plain}'}}");
            (format!(r#"{{"msg":{}}}"#, quoted(&repr)), true)
        }
        4 => (
            format!(r#"{{"message":"retry, request id: {id}, now"}}"#),
            true,
        ),
        5 => (format!(r#"{{"input":"{id}","status":200}}"#), false),
        6 => (
            format!(r#"{{"message":"user {id} came","status":200}}"#),
            false,
        ),
        7 => (r#"{"status":200,"note":"\u003cb\u003e"}"#.to_owned(), false),
        _ => (
            format!(r#"{{"headers":{{"x-request-id":"{id}"}},"stdout":"stdout"}}"#),
            true,
        ),
    }
}

fn made(way: &Way) -> Made {
    let (text, counts) = record(way);
    let id = if counts { IDS[way.id] } else { "" };
    let mut cuts: Vec<usize> = way
        .cuts
        .iter()
        .map(|cut| 1 + cut % (text.len() - 2))
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut parts = Vec::new();
    let mut from = 0;
    for cut in cuts.into_iter().chain([text.len()]) {
        parts.push(&text[from..cut]);
        from = cut;
    }
    let last = parts.len() - 1;
    let time = "2026-11-22T10:00:00.000000001Z";
    let stream = if way.envelope.is_multiple_of(2) {
        "stdout"
    } else {
        "stderr"
    };
    let (lines, lane): (Vec<String>, _) = match way.envelope {
        0 | 1 => {
            let docker = |(nth, part): (usize, &&str)| {
                let end = if nth == last { "\n" } else { "" };
                format!(
                    r#"{{"log":{},"stream":"{stream}","time":"{time}"}}"#,
                    quoted(&format!("{part}{end}"))
                )
            };
            let lane = if stream == "stdout" {
                "docker out"
            } else {
                "docker err"
            };
            (parts.iter().enumerate().map(docker).collect(), Some(lane))
        }
        2 | 3 => {
            let cri = |(nth, part): (usize, &&str)| {
                let tag = if nth == last { "F" } else { "P" };
                format!("{time} {stream} {tag} {part}")
            };
            let lane = if stream == "stdout" {
                "cri out"
            } else {
                "cri err"
            };
            (parts.iter().enumerate().map(cri).collect(), Some(lane))
        }
        4 => (
            vec![format!(
                r#"{{"time":"{time}","message":{}}}"#,
                quoted(&text)
            )],
            None,
        ),
        _ => (vec![text.clone()], None),
    };
    Made { lines, lane, id }
}

/// The lines of a log, each with its record's id. A split record's lines have lines of
/// other lanes between them.
fn log(ways: &[Way]) -> Vec<(String, &'static str)> {
    let mut lines = Vec::new();
    let mut made: std::collections::VecDeque<Made> = ways.iter().map(made).collect();
    while let Some(one) = made.pop_front() {
        let may_weave = one.lines.len() > 1
            && made
                .front()
                .is_some_and(|next| next.lane.is_none() || next.lane != one.lane);
        let between = if may_weave { made.pop_front() } else { None };
        for (nth, line) in one.lines.iter().enumerate() {
            if nth == 1
                && let Some(between) = &between
            {
                lines.extend(between.lines.iter().map(|line| (line.clone(), between.id)));
            }
            lines.push((line.clone(), one.id));
        }
    }
    lines
}

struct Asked<'a> {
    ids: &'a [&'a str],
    how: Match,
    read: ReadSettings,
    before: usize,
    after: usize,
    most: Option<u64>,
}

fn search(path: &std::path::Path, asked: &Asked<'_>) -> String {
    let wanted = Wanted::new(asked.ids.iter().map(|id| (*id).to_owned()), asked.how).unwrap();
    let schema = Schema::new(&[]).unwrap();
    let query = Query {
        wanted: &wanted,
        schema: &schema,
        read: asked.read.clone(),
        engine: Choice::Fast,
        output: Output::Lines,
        style: Style {
            numbers: true,
            ..Style::default()
        },
        before: asked.before,
        after: asked.after,
        most: asked.most,
        index: &NoIndex,
    };
    let mut out = Vec::new();
    let found = run(&[Input::file(path)], &query, &Progress::new(0), &mut out).unwrap();
    assert!(found.errors.is_empty(), "{:?}", found.errors);
    String::from_utf8(out).unwrap()
}

/// What grep prints of lines that are wanted or not.
fn expected(lines: &[(String, bool)], before: usize, after: usize, most: Option<u64>) -> String {
    let all = lines.iter().enumerate().filter(|(_, (_, wanted))| *wanted);
    let most = most.map_or(usize::MAX, |most| most as usize);
    let matches: Vec<usize> = all.map(|(at, _)| at).take(most).collect();
    let mut out = String::new();
    let mut last = None;
    for (at, (line, _)) in lines.iter().enumerate() {
        if !matches
            .iter()
            .any(|m| (m.saturating_sub(before)..=m + after).contains(&at))
        {
            continue;
        }
        if before + after > 0 && last.is_some_and(|last: usize| last + 1 != at) {
            out.push_str("--\n");
        }
        let mark = if matches.contains(&at) { ':' } else { '-' };
        let _ = writeln!(out, "{}{mark}{line}", at + 1);
        last = Some(at);
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("DSLOG_GREP_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(150)
    ))]

    #[test]
    fn finds_exactly_the_lines_of_the_records(
        ways in ways(),
        ids in prop::collection::vec(0..IDS.len(), 1..4),
        threads in 1usize..4,
        block_bytes in prop::sample::select(vec![1usize, 33, 200, 1000, 1 << 16]),
        segment_bytes in prop::sample::select(vec![1u64, 100, 700, 1 << 20]),
        (before, after) in prop::sample::select(vec![(0usize, 0usize), (0, 2), (1, 0), (2, 3)]),
        most in prop_oneof![2 => Just(None), 1 => (1u64..5).prop_map(Some)],
        gzip in any::<bool>(),
        ends in any::<bool>(),
    ) {
        let lines = log(&ways);
        let ids: Vec<&str> = ids.into_iter().map(|id| IDS[id]).collect();
        let mut bytes = lines.iter().fold(String::new(), |all, (line, _)| all + line + "\n").into_bytes();
        if !ends {
            bytes.pop();
        }
        if gzip {
            let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gz.write_all(&bytes).unwrap();
            bytes = gz.finish().unwrap();
        }
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        let read = ReadSettings { threads, block_bytes, segment_bytes, ..ReadSettings::default() };
        let mark = |test: &dyn Fn(&str) -> bool| -> Vec<(String, bool)> {
            lines.iter().map(|(line, id)| (line.clone(), !id.is_empty() && test(id))).collect()
        };
        let asked = |how| Asked { ids: &ids, how, read: read.clone(), before, after, most };
        let whole = mark(&|id| ids.contains(&id));
        prop_assert_eq!(search(file.path(), &asked(Match::Id)), expected(&whole, before, after, most));
        let begins = mark(&|id| ids.iter().any(|wanted| id.starts_with(wanted)));
        prop_assert_eq!(search(file.path(), &asked(Match::Prefix)), expected(&begins, before, after, most));
    }
}

#[test]
fn thousands_of_ids_are_found_and_as_many_others_are_not() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let id = |kind: &str, n: u32| match kind {
        "uuid" => format!(
            "{:08x}-0c3b-9c0b-8a4c-{:012x}",
            n.wrapping_mul(2_654_435_761),
            n
        ),
        _ => format!("req-{n:06}-x"),
    };
    for kind in ["uuid", "other"] {
        for n in 0..4000 {
            writeln!(file, r#"{{"request_id":"{}","status":200}}"#, id(kind, n)).unwrap();
        }
    }
    for kind in ["uuid", "other"] {
        let lines = |ids: Vec<String>| {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let asked = Asked {
                ids: &ids,
                how: Match::Id,
                read: ReadSettings::default(),
                before: 0,
                after: 0,
                most: None,
            };
            search(file.path(), &asked).lines().count()
        };
        assert_eq!(lines((0..3000).map(|n| id(kind, n)).collect()), 3000);
        assert_eq!(lines((4000..7000).map(|n| id(kind, n)).collect()), 0);
    }
}
