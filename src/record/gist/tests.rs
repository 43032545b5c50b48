use super::*;
use crate::catalog::Catalog;
use crate::generate::{Plan as Log, Profile, generate};
use crate::record::look;
use crate::record::uuid::{Case, Uuid};
use crate::record::verdict::{Failure, Judge, Line};
use crate::scan::engine::{Choice, Engine};
use crate::scan::skim::Skim;
use crate::scan::{Hits, oracle};

/// A line's verdict, without the names of judgements.
fn told(line: &Line<'_>) -> String {
    match line {
        Line::Failure(Failure { judged, request_id }) => format!(
            "{} {} {:?} {:?} {} {:?} {request_id:?}",
            judged.code, judged.spelling, judged.status, judged.kind, judged.row, judged.message
        ),
        other => format!("{other:?}"),
    }
}

/// Holds gists to what the long way says of the same lines.
struct Compare<'s> {
    schema: &'s Schema,
    gists: Gists<'s>,
    judge: Judge<'s>,
    reference: Judge<'s>,
    lines: u64,
    failures: u64,
}

impl<'s> Compare<'s> {
    fn new(schema: &'s Schema) -> Self {
        let judge = |engine| Judge::new(Catalog::shipped(), schema, engine);
        Self {
            schema,
            gists: Gists::new(schema),
            judge: judge(Choice::Fast),
            reference: judge(Choice::Oracle),
            lines: 0,
            failures: 0,
        }
    }

    /// Goes through a log; its last lines may be left out.
    fn run(&mut self, log: &[u8]) {
        let mut engine = Engine::new(self.schema, Choice::Fast);
        let mut hits = Hits::default();
        engine.begin();
        while let Some(line) = engine.skim(log, self) {
            let _ = engine.scan_line(log, line, &mut hits);
        }
    }
}

impl Skim for Compare<'_> {
    fn take(&mut self, line: &Matched<'_>) -> bool {
        let Some(mut gist) = self.gists.of(line) else {
            return false;
        };
        let (judged, call) = (gist.judged_by(&mut self.judge), gist.call());
        let (Some(judged), Some(call)) = (judged, call) else {
            return false;
        };
        let text = line.line();
        let written = String::from_utf8_lossy(text);
        let mut hits = Hits::default();
        oracle::parse(text, self.schema, &mut hits).unwrap();
        let facts = look(self.schema, &mut Clocks::default(), text, &hits.list);
        assert_eq!(call, Call::from(&facts), "{written}");
        let expected = self.reference.judge(text, &hits.list, &facts);
        let is_failure = matches!(expected, Line::Failure(_));
        assert_eq!(told(&judged), told(&expected), "{written}");
        self.lines += 1;
        self.failures += u64::from(is_failure);
        true
    }
}

#[test]
fn generated_logs() {
    let schema = Schema::new(&[]).unwrap();
    for profile in Profile::ALL {
        let mut log = Vec::new();
        generate(&Log::new(profile, 4000, 7), &mut log).unwrap();
        let mut compare = Compare::new(&schema);
        compare.run(&log);
        // These have envelopes, or hardly two lines alike.
        if !matches!(
            profile,
            Profile::Docker | Profile::Cri | Profile::Shuffled | Profile::Hostile
        ) {
            assert!(compare.lines > 1000, "{profile:?} {}", compare.lines);
            assert!(compare.failures > 50, "{profile:?} {}", compare.failures);
        }
    }
}

/// Ids for `U1`, which is never twice the same, `U2` and `U3`, one of a few: of every form,
/// and one that is no hole for having no decimal digit.
fn with_ids(line: &str, n: usize) -> String {
    let uuid = |n: usize| match n % 64 {
        0 => "abcdefab-cdef-abcd-efab-cdefabcdefab".to_owned(),
        _ => {
            let digits = (n as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834);
            let case = Case::Lower;
            let id = String::from_iter(Uuid { digits, case }.text().map(char::from));
            if n.is_multiple_of(7) {
                id.to_uppercase()
            } else {
                id
            }
        }
    };
    line.replace("U1", &uuid(n))
        .replace("U2", &uuid(n / 3 + 1))
        .replace("U3", &uuid(n / 60 % 5 + 1))
}

/// Lines like those before, but for ids where they do not matter, and where they do.
#[test]
fn lines_known_again() {
    const CODES: &[&str] = &["\"Throttling\"", "\"of U3\"", "null"];
    const TEXTS: &[&str] = &[
        "\"gave up on U1, request_id=U2\"",
        "\"Error code: 400 - {'error': {'code': 'InvalidParameter', 'message': 'x'}, 'request_id': 'U1'}\"",
        "\"xU1\"",
        "[\"U1\"]",
        "\"U1\"",
    ];
    let schema = Schema::new(&[]).unwrap();
    let mut log = String::new();
    for n in 0..6000 {
        let (code, text, other) = (CODES[n % 3], TEXTS[n % 5], TEXTS[n / 15 % 4]);
        let line = format!(
            r#"{{"status":400,"code":{code},"message":{text},"error":{other},"request_id":"U2"}}"#
        );
        log.push_str(&with_ids(&line, n));
        log.push('\n');
    }
    let mut compare = Compare::new(&schema);
    compare.run(log.as_bytes());
    assert!(compare.failures > 3000, "{}", compare.failures);
}

/// Lines with the values that matter in every state, many of each shape.
#[test]
fn odd_values() {
    const STATUSES: &[&str] = &[
        "200", "429", "\"503\"", "null", "\"\"", "-1", "true", "65537",
    ];
    const CODES: &[&str] = &[
        "null",
        "\"\"",
        "\"ok\"",
        "\"429\"",
        "\"Throttling.RateQuota\"",
        "\" success \"",
        "17",
        "\"  padded  \"",
        "\"of U3\"",
    ];
    const TEXTS: &[&str] = &[
        "\"\"",
        "null",
        "\"Requests rate limit exceeded, please try again later.\"",
        "\"gave up on U1, request_id=U2\"",
        "\"{\\\"error\\\":{\\\"code\\\":\\\"Arrearage\\\",\\\"message\\\":\\\"x\\\"}}\"",
        "\" {\\\"status\\\":400}\"",
        "\"U1: Error code: 400 - {'error': {'code': 'InvalidParameter', 'message': 'U2'}, 'request_id': 'U1'}\"",
        "\"xU1\"",
        "[\"U1\"]",
        "17",
    ];
    const LEVELS: &[&str] = &["\"INFO\"", "\"error\"", "50", "null"];
    const TIMES: &[&str] = &[
        "\"2026-11-22T08:00:00.000Z\"",
        "\"soon\"",
        "null",
        "1795334400",
    ];
    const IDS: &[&str] = &["\"U2\"", "null", "17", "\"messages\""];
    let schema = Schema::new(&[]).unwrap();
    let mut log = String::new();
    for n in 0..20_000_usize {
        // A walk through all combinations that repeats late.
        let mut left = n.wrapping_mul(0x9e37_79b9) >> 3;
        let mut pick = |of: &[&'static str]| {
            let picked = of[left % of.len()];
            left /= of.len();
            picked
        };
        let (status, code, text) = (pick(STATUSES), pick(CODES), pick(TEXTS));
        let (level, time, id) = (pick(LEVELS), pick(TIMES), pick(IDS));
        let line = match n % 6 {
            0 => format!(
                r#"{{"level":{level},"time":{time},"status":{status},"code":{code},"message":{text},"request_id":{id},"latency_ms":{n}}}"#
            ),
            1 => format!(
                r#"{{"level":{level},"time":{time},"status":{status},"statusCode":{code},"error":{{"message":{text},"type":{code},"param":{id},"code":null}},"latency_s":{n}.5}}"#
            ),
            2 => format!(r#"{{"level":{level},"ts":{time},"message":{text},"model":{code}}}"#),
            3 => format!(
                r#"{{"level":{level},"time":{time},"timestamp":{status},"msg":{text},"error":{text},"request_id":{id},"trace_id":{id}}}"#
            ),
            4 => format!(
                r#"{{"level":{level},"status":{status},"host":"dashscope.aliyuncs.com","error":{{"message":{text},"code":{code}}},"response":{{"body":{{"request_id":{id}}}}}}}"#
            ),
            _ => format!(
                r#"{{"time":{time},"status":{status},"stream":true,"log":{text},"usage":{{"input_tokens":{status},"output_tokens":{id}}},"model":{id}}}"#
            ),
        };
        let line = with_ids(&line, n);
        log.push_str(&line);
        log.push('\n');
    }
    let mut compare = Compare::new(&schema);
    compare.run(log.as_bytes());
    assert!(compare.lines > 8000, "{}", compare.lines);
    assert!(compare.failures > 3000, "{}", compare.failures);
}
