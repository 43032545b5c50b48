use super::*;
use crate::catalog::Catalog;
use crate::generate::{Plan as Log, Profile, generate};
use crate::record::look;
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
        let judge = || Judge::new(Catalog::shipped(), schema);
        Self {
            schema,
            gists: Gists::new(schema),
            judge: judge(),
            reference: judge().without_memory(),
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
        let Some(gist) = self.gists.of(line) else {
            return false;
        };
        let Gist { call, ids, rest } = gist;
        let Some(judged) = self.judge.weigh(&rest.likeness(), ids, || rest.grounds()) else {
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
    ];
    const TEXTS: &[&str] = &[
        "\"\"",
        "null",
        "\"Requests rate limit exceeded, please try again later.\"",
        "\"gave up on 611d04b1-cb4a-44ed-8cfe-9df6c1765fc5, request_id=711d04b1-cb4a-44ed-8cfe-9df6c1765fc6\"",
        "\"{\\\"error\\\":{\\\"code\\\":\\\"Arrearage\\\",\\\"message\\\":\\\"x\\\"}}\"",
        "\" {\\\"status\\\":400}\"",
        "17",
    ];
    const LEVELS: &[&str] = &["\"INFO\"", "\"error\"", "50", "null"];
    const TIMES: &[&str] = &[
        "\"2026-11-22T08:00:00.000Z\"",
        "\"soon\"",
        "null",
        "1795334400",
    ];
    const IDS: &[&str] = &[
        "\"611d04b1-cb4a-44ed-8cfe-9df6c1765fc5\"",
        "null",
        "17",
        "\"messages\"",
    ];
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
        log.push_str(&line);
        log.push('\n');
    }
    let mut compare = Compare::new(&schema);
    compare.run(log.as_bytes());
    assert!(compare.lines > 9000, "{}", compare.lines);
    assert!(compare.failures > 3000, "{}", compare.failures);
}
