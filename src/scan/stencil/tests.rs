//! Which lines stencils fit, and what is told of them.

use super::super::Hits;
use super::super::engine::{Choice, Engine, Isa};
use super::super::schema::Schema;
use super::super::skim::{Matched, Skim};

/// Takes all that it is offered, as text: path, value, and number if it was read as one.
struct Takes<'s> {
    schema: &'s Schema,
    lines: Vec<Vec<String>>,
}

impl Skim for Takes<'_> {
    fn take(&mut self, line: &Matched<'_>) -> bool {
        let mut values: Vec<String> = line
            .wanted()
            .iter()
            .map(|value| {
                let raw = String::from_utf8_lossy(line.raw(*value)).into_owned();
                let number = line.short(*value).decimal();
                let number = number.map_or(String::new(), |(n, places)| format!(" {n}e-{places}"));
                format!(
                    "{} {raw}{number}",
                    self.schema.spec(value.path).unwrap().path
                )
            })
            .collect();
        values.sort();
        self.lines.push(values);
        true
    }
}

/// Skims texts of lines, one block each; gives how many lines stencils took of the last, and
/// what was told of its lines.
fn skimmed(isa: Isa, blocks: &[String]) -> (u64, Vec<Vec<String>>) {
    let schema = Schema::new(&[]).unwrap();
    let mut engine = Engine::with_isa(&schema, Choice::Fast, isa);
    let (mut before, mut lines) = (0, Vec::new());
    for block in blocks {
        let mut takes = Takes {
            schema: &schema,
            lines: Vec::new(),
        };
        before = engine.compared;
        engine.begin();
        // Behind the lines there must be as much as is read at once.
        let block = format!("{block}{}\n", " ".repeat(200));
        while let Some(line) = engine.skim(block.as_bytes(), &mut takes) {
            // Left lines are learned from.
            let _ = engine.scan_line(block.as_bytes(), line, &mut Hits::default());
        }
        lines = takes.lines;
    }
    (engine.compared - before, lines)
}

/// Teaches with some lines, and then skims others.
fn taught(lines: &[&str], others: &[&str]) -> (u64, Vec<Vec<String>>) {
    let all = |lines: &[&str]| lines.join("\n") + "\n";
    let blocks = [all(&lines.repeat(100)), all(others)];
    let [first, second, third] =
        [Isa::Portable, Isa::Avx2, Isa::Avx512].map(|isa| skimmed(isa, &blocks));
    assert_eq!(first, second);
    assert_eq!(first, third);
    first
}

const CALLS: [&str; 3] = [
    r#"{"ts":"2026-11-22T10:00:00Z","model":"qwen-max","status":200,"latency_ms":17,"stream":true}"#,
    r#"{"ts":"2026-11-22T10:00:01Z","model":"qwen-plus","status":429,"latency_ms":2.5,"stream":false}"#,
    r#"{"ts":"2026-11-22T10:00:01Z","model":"q","status":200,"latency_ms":1234.25,"stream":null}"#,
];

#[test]
fn values_of_any_length_fit_where_lengths_differ() {
    let (compared, lines) = taught(
        &CALLS,
        &[
            r#"{"ts":"2026-11-22T10:00:02Z","model":"","status":503,"latency_ms":1,"stream":true}"#,
            r#"{"ts":"2026-11-22T10:00:02Z","model":"a-name-that-goes-on-and-on-for-more-than-sixty-four-bytes-without-an-end","status":503,"latency_ms":-0.5e-3,"stream":false}"#,
            r#"{"ts":"2026-11-22T10:00:02Z","model":"say \"hi\" \\","status":200,"latency_ms":123456789.25,"stream":null}"#,
        ],
    );
    assert_eq!(compared, 3);
    assert_eq!(lines[0][0], "latency_ms 1 1e-0");
    assert_eq!(lines[1][0], "latency_ms -0.5e-3");
    assert_eq!(lines[1][2], "status 503 503e-0");
    assert!(lines[1][1].ends_with("without-an-end\""), "{:?}", lines[1]);
    assert_eq!(lines[2][0], "latency_ms 123456789.25");
    assert_eq!(lines[2][1], r#"model "say \"hi\" \\""#);
}

#[test]
fn what_is_no_line_of_the_shape_does_not_fit() {
    for (place, damage) in [
        ("qwen-max", "qwen\u{1}max"),
        ("qwen-max", "qwen\\max"),
        ("qwen-max", "qwen\"max"),
        ("2026-11", "2026\"11"),
        ("2026-11", "2026\\11"),
        ("2026-11", "2026\t11"),
        ("200", "020"),
        ("200", "2x0"),
        ("200", "2.0"),
        ("17", "017"),
        ("17", "17."),
        ("17", "1.7.1"),
        ("17", "1-7"),
        ("17", ""),
        ("true", "True"),
        ("true", "truefalse"),
        ("true", "tru"),
        ("\"status\"", "\"statuS\""),
        (":200", ": 200"),
        ("}", "}}"),
        ("}", ""),
        ("}", " }"),
    ] {
        let damaged = CALLS[0].replace(place, damage);
        let (compared, _) = taught(&CALLS, &[&damaged]);
        assert_eq!(compared, 0, "{damaged}");
        // Its neighbours still do, but for those that are indexed with it.
        let mut lines = vec![CALLS[1]; 80];
        lines[5] = &damaged;
        let (compared, told) = taught(&CALLS, &lines);
        assert!((50..79).contains(&compared), "{damaged}: {compared}");
        assert!(told.len() >= 78, "{damaged}");
        // By the index, some more numbers are read.
        let raw = |told: &[String]| -> Vec<String> {
            let raw = |value: &String| value.split(' ').take(2).collect();
            told.iter().map(raw).collect()
        };
        let whole = raw(&taught(&CALLS, &[CALLS[1]]).1[0]);
        assert!(told.iter().filter(|told| raw(told) == whole).count() >= 78);
    }
}

#[test]
fn short_numbers_are_read_wherever_they_stand() {
    // In a hole and within a run.
    let counts = [
        r#"{"status":200,"usage":{"input_tokens":17,"output_tokens":5}}"#,
        r#"{"status":200,"usage":{"input_tokens":1234,"output_tokens":5}}"#,
    ];
    let (compared, lines) = taught(&counts, &[counts[1], counts[0]]);
    assert_eq!(compared, 2);
    for (line, tokens_in) in [(0, "1234 1234e-0"), (1, "17 17e-0")] {
        for end in [tokens_in, "output_tokens 5 5e-0", "status 200 200e-0"] {
            assert!(lines[line].iter().any(|value| value.ends_with(end)));
        }
    }
}

#[test]
fn numbers_of_fixed_length_fit() {
    let counts = [
        r#"{"status":200,"t":1795334400000,"x":0.5,"n":12.25,"model":"m","code":5}"#,
        r#"{"status":429,"t":1795334400123,"x":1.0,"n":99.00,"model":"qwen","code":0}"#,
    ];
    let (compared, lines) = taught(&counts, &[counts[1], counts[0]]);
    assert_eq!((compared, lines.len()), (2, 2));
    assert!(lines[0].iter().any(|value| value == "status 429 429e-0"));
    for (place, damage) in [
        ("179533440", "079533440"),
        ("400000", "40000x"),
        ("400000", "40\u{e9}00"),
        ("1795334400000", "1795334400.00"),
        ("0.5", ".05"),
        ("0.5", "05."),
        ("0.5", "1e5"),
        ("12.25", "02.25"),
        ("12.25", "12,25"),
        ("12.25", "1.225"),
        ("12.25", "12.2x"),
        ("code\":5", "code\":x"),
    ] {
        let damaged = counts[0].replacen(place, damage, 1);
        assert_ne!(damaged, counts[0]);
        assert_eq!(taught(&counts, &[&damaged]).0, 0, "{damaged}");
    }
}

#[test]
fn keys_in_any_combination_fit() {
    let keys = [
        r#""region":"cn-beijing""#,
        r#""service":"chat-api""#,
        r#""usage":{"input_tokens":12}"#,
        r#""sdk":"1.24.6""#,
    ];
    let line = |chosen: usize| {
        let mut line = r#"{"status":200,"model":"qwen-max""#.to_owned();
        for (n, key) in keys.iter().enumerate() {
            if chosen >> n & 1 == 1 {
                line += ",";
                line += key;
            }
        }
        line + "}"
    };
    let lines: Vec<String> = (0..16).map(line).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let (compared, told) = taught(&lines, &lines);
    assert_eq!(compared, 16);
    assert_eq!(told[4].len(), 3, "{:?}", told[4]);
}

#[test]
fn lines_longer_than_what_is_looked_at_ahead_fit() {
    let long = |n: usize| {
        format!(
            r#"{{"prompt":"{}","status":200,"n":{n}}}"#,
            "a \\\"b\\\" \\u4e2d ".repeat(n)
        )
    };
    let lines: Vec<String> = (0..40).map(|n| long(n * 97 % 4000)).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let (compared, told) = taught(&lines[..20], &lines);
    assert_eq!(compared, 40);
    assert!(told.iter().all(|values| values == &["status 200 200e-0"]));
}

#[test]
fn a_shape_that_never_comes_back_in_the_same_way_still_fits() {
    // Each value but the first is of another length than ever before.
    let lines: Vec<String> = (1..120)
        .map(|n| {
            let (text, number) = ("x".repeat(n), "9".repeat(n));
            format!(r#"{{"model":"m","a":"{text}","b":{number},"c":0.{number}}}"#)
        })
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let (compared, _) = taught(&lines[..60], &lines[60..]);
    // Scalars of more than 64 bytes are left to the index.
    assert_eq!(compared, 2);
    let (compared, _) = taught(&lines[..60], &lines[..60]);
    assert_eq!(compared, 60);
}

/// Two loggers' lines: of one severity, of two, and of as many as there are.
fn severities(shape: usize, level: &str) -> String {
    let keys = [
        r#""latency_ms":12"#,
        r#""code":"Throttling""#,
        r#""key":"k""#,
    ][shape];
    format!(r#"{{"ts":"2026-11-22T10:00:00Z","level":"{level}","model":"m",{keys}}}"#)
}

#[test]
fn shapes_told_apart_by_a_word_fit_with_each_of_their_words() {
    let mut known = vec![severities(0, "INFO"); 8];
    known.extend([severities(1, "ERROR"), severities(1, "FATAL")]);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    // So many that the tree has been made anew.
    let often = known.repeat(40);
    let (compared, lines) = taught(&often, &known);
    assert_eq!(compared, 10);
    let has = |line: &Vec<String>, level: &str| line.contains(&format!("level \"{level}\""));
    assert!(
        has(&lines[0], "INFO") && has(&lines[9], "FATAL"),
        "{lines:?}"
    );
    // What none of them has had is read otherwise; nothing is lost.
    let new = [
        severities(0, "WARN"),
        severities(1, "INFO"),
        severities(0, "INF"),
    ];
    let new: Vec<&str> = new.iter().map(String::as_str).collect();
    let (compared, lines) = taught(&often, &new);
    assert_eq!((compared, lines.len()), (0, 3));
    assert!(has(&lines[0], "WARN"), "{lines:?}");
    // Seen more often, it is a word as well.
    let both = [&known[..], &new[..]].concat();
    assert_eq!(taught(&both.repeat(40), &both).0, 13);
}

#[test]
fn places_with_many_words_are_strings() {
    let many: Vec<String> = (0..60)
        .map(|n| severities(n % 3, &format!("L{}", n % 20)))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let (compared, _) = taught(&many, &many);
    assert_eq!(compared, 60);
    // Any other string, too.
    let new: Vec<String> = (0..6)
        .map(|n| severities(n % 3, "anything at all"))
        .collect();
    let new: Vec<&str> = new.iter().map(String::as_str).collect();
    assert_eq!(taught(&many, &new).0, 6);
}

#[test]
fn where_room_is_short_shapes_are_told_apart_later() {
    // Some 260 pieces that all shapes share, unless each word has its own.
    let keys: Vec<String> = (0..260).map(|n| format!(r#""{n:x}":1,"#)).collect();
    let keys = keys.concat();
    let line = |n: usize| format!(r#"{{"level":"L{n}",{keys}"own{n}":1,"model":"m"}}"#) + "\n";
    let lines: String = (0..8).map(line).collect();
    // All get their stencils with the last of the lines that are looked at before.
    let blocks = [lines.repeat(4), lines.clone(), lines];
    for isa in [Isa::Portable, Isa::Avx2, Isa::Avx512] {
        assert_eq!(skimmed(isa, &blocks).0, 8);
    }
}

/// Takes records, also out of envelopes; of lines that hold one, none.
struct Unwraps {
    /// What was taken out of known envelopes.
    unwrapped: Vec<String>,
}

impl Skim for Unwraps {
    fn take(&mut self, line: &Matched<'_>) -> bool {
        line.line().starts_with(b"{\"ts\"")
    }

    fn take_wrapped(&mut self, envelope: &Matched<'_>, record: &Matched<'_>) -> bool {
        let stream = envelope
            .wanted()
            .iter()
            .any(|value| envelope.raw(*value) == b"\"stdout\"");
        let record = String::from_utf8_lossy(record.line());
        self.unwrapped.push(record.into_owned());
        stream
    }
}

#[test]
fn records_in_known_envelopes_are_told_at_once() {
    let schema = Schema::new(&[]).unwrap();
    let wrap = |n: usize| {
        let line = serde_json::to_string(&format!("{}\n", CALLS[n % 3])).unwrap();
        format!("{{\"log\":{line},\"stream\":\"stdout\",\"time\":\"2026-11-22T10:00:00.{n}Z\"}}\n")
    };
    let block: String = (0..300).map(wrap).collect::<String>() + &" ".repeat(200);
    for isa in [Isa::Portable, Isa::Avx2, Isa::Avx512] {
        let mut engine = Engine::with_isa(&schema, Choice::Fast, isa);
        let mut hits = Hits::default();
        let mut takes = Unwraps {
            unwrapped: Vec::new(),
        };
        for _ in 0..2 {
            engine.begin();
            takes.unwrapped.clear();
            while let Some(line) = engine.skim(block.as_bytes(), &mut takes) {
                let text = &block.as_bytes()[line.clone()];
                if engine.scan_line(block.as_bytes(), line, &mut hits).is_err() {
                    continue; // the blanks at the end
                }
                // As the reader does it.
                let log = hits
                    .list
                    .iter()
                    .find(|hit| schema.is_docker_log(hit.path))
                    .unwrap();
                let (raw, path, shape) = (log.raw(text), log.path, hits.shape);
                let mut inner = Vec::new();
                engine.unescape(&raw[1..raw.len() - 1], &mut inner);
                assert_eq!(inner.pop(), Some(b'\n'));
                if !engine.take_text(&mut inner, &mut takes) {
                    engine.scan_text(&mut inner, &mut hits).unwrap();
                }
                engine.is_envelope(shape, path);
            }
        }
        // But for the last, behind which too little is left.
        assert!(
            takes.unwrapped.len() >= 299,
            "{isa:?} {}",
            takes.unwrapped.len()
        );
        for (n, record) in takes.unwrapped.iter().enumerate() {
            assert_eq!(record, CALLS[n % 3]);
        }
    }
}
