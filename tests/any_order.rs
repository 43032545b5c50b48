//! Lines whose keys come in any order: the law of the scanner for them, and that what to read
//! of them is known by their values, not by their order.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use dslog::scan::Hits;
use dslog::scan::engine::{Choice, Engine};
use dslog::scan::schema::Schema;
use dslog::scan::skim::{Matched, Skim};
use std::collections::HashSet;

#[path = "util/law.rs"]
mod law;
#[path = "../benches/lines.rs"]
#[allow(dead_code)]
mod lines;

use law::Engines;
use lines::Random;

/// What a line may have: some of it is wanted, some of that under two names or within another.
const MEMBERS: &[&str] = &[
    r#""status":200"#,
    r#""status":"429""#,
    r#""timestamp":"2026-11-22T08:00:00.123Z""#,
    r#""model":"qwen-plus""#,
    r#""latency_ms":12.5"#,
    r#""request_id":"5f0c6a52-7d5c-4b3e-9f6e-1a2b3c4d5e6f""#,
    r#""usage":{"input_tokens":12,"output_tokens":345}"#,
    r#""usage":{"output_tokens":345,"total_tokens":357,"input_tokens":12}"#,
    r#""error":{"code":"Throttling","message":"Too many \"requests\""}"#,
    r#""code":null"#,
    r#""message":"as usual""#,
    r#""level":"INFO""#,
    r#""stream":true"#,
    r#""tags":["a","b"]"#,
    r#""tags":[]"#,
    r#""extra":{}"#,
    r#""pod":"chat-api-7d9f8b6c5-tt2wl""#,
    r#""attempt":2"#,
    r#""a":-1.5e3"#,
];

/// Names of which many are wanted: more than can be told apart.
const MANY: &[&str] = &[
    "status",
    "status_code",
    "statusCode",
    "http_status",
    "httpStatus",
    "code",
    "error_code",
    "errorCode",
    "err_code",
    "message",
    "msg",
    "error_message",
    "errorMessage",
    "request_id",
    "requestId",
    "req_id",
    "reqId",
    "x-request-id",
    "trace_id",
    "traceId",
    "model",
    "model_name",
    "modelName",
    "latency_ms",
    "latency",
    "duration_ms",
    "duration",
    "elapsed_ms",
    "elapsed",
    "responseTime",
    "took",
    "ts",
    "time",
    "timestamp",
    "@timestamp",
    "datetime",
    "api_key",
    "apiKey",
    "workspace",
    "tenant",
    "input_tokens",
    "output_tokens",
    "prompt_tokens",
    "completion_tokens",
    "level",
    "severity",
    "lvl",
    "host",
    "url",
    "attempt",
    "retry",
    "stream",
    "task_status",
    "error",
    "log",
    "span_id",
    "correlation_id",
    "response_time_ms",
    "event",
];

/// A line of some members in any order, once in a while one of them twice.
fn line(r: &mut Random, colon: &str) -> String {
    let mut members: Vec<String> = Vec::new();
    for member in MEMBERS {
        if r.below(3) > 0 {
            members.push((*member).to_owned());
        }
    }
    if r.below(16) == 0 {
        members.push(r.pick(MEMBERS).to_owned());
    }
    joined(members, r, colon)
}

/// The same with names of which many are wanted.
fn line_of_many(r: &mut Random, colon: &str) -> String {
    let members = MANY.iter().filter_map(|name| {
        let value = r.pick(&["1", "\"x\"", "12.5", "null", "\"1795334408734\""]);
        (r.below(4) == 0).then(|| format!("\"{name}\":{value}"))
    });
    joined(members.collect(), r, colon)
}

fn joined(mut members: Vec<String>, r: &mut Random, colon: &str) -> String {
    for last in (1..members.len()).rev() {
        members.swap(last, r.below(last as u64 + 1) as usize);
    }
    let line = format!("{{{}}}", members.join(","));
    line.replace("\":", &format!("\"{colon}"))
}

#[test]
fn lines_in_any_order_are_what_the_oracle_says() {
    let schema = Schema::new(&[]).unwrap();
    for (seed, make) in [
        (1, line as fn(&mut Random, &str) -> String),
        (2, line),
        (3, line_of_many),
    ] {
        let mut random = Random(seed);
        let mut engines = Engines::new(&schema);
        // Orders are learned as shapes first, some thousands.
        for block in 0..120 {
            let mut text = Vec::new();
            for _ in 0..48 {
                let colon = if block % 5 == 4 { ": " } else { ":" };
                let mut line = make(&mut random, colon).into_bytes();
                if random.below(12) == 0 {
                    let place = random.below(line.len() as u64) as usize;
                    line[place] ^= 1 << random.below(7);
                    line.retain(|byte| *byte != b'\n');
                }
                text.extend(line);
                text.push(b'\n');
            }
            engines.check(&text, 0);
        }
        assert!(engines.malformed > 100);
    }
}

/// Takes all lines, and notes by what they are known.
#[derive(Default)]
struct Names {
    lines: u64,
    nameless: u64,
    seen: HashSet<u32>,
}

impl Skim for Names {
    fn take(&mut self, line: &Matched<'_>) -> bool {
        self.lines += 1;
        match line.shape() {
            0 => self.nameless += 1,
            name => {
                self.seen.insert(name);
            }
        }
        true
    }
}

#[test]
fn lines_with_the_same_values_are_known_by_them() {
    let schema = Schema::new(&[]).unwrap();
    let mut random = Random(5);
    // Nothing is left out: nine members, in any of 362,880 orders.
    let members: Vec<String> = MEMBERS[2..7]
        .iter()
        .chain(&MEMBERS[10..13])
        .chain([&MEMBERS[0]])
        .map(|member| (*member).to_owned())
        .collect();
    let mut block = String::new();
    for _ in 0..20_000 {
        block += &joined(members.clone(), &mut random, ":");
        block.push('\n');
    }
    for isa in law::ISAS {
        let mut engine = Engine::with_isa(&schema, Choice::Fast, isa);
        let mut names = Names::default();
        engine.begin();
        let mut hits = Hits::default();
        while let Some(line) = engine.skim(block.as_bytes(), &mut names) {
            engine.scan_line(block.as_bytes(), line, &mut hits).unwrap();
        }
        assert!(names.lines > 19_000, "{isa:?}: {}", names.lines);
        assert!(names.nameless < 100, "{isa:?}: {}", names.nameless);
        // Those of the first shapes, and few others.
        assert!(names.seen.len() < 4_000, "{isa:?}: {}", names.seen.len());
    }
}
