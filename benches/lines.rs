//! Log lines of many kinds, invented but like real ones. The same on every run.

use std::fmt::Write;

/// Small and good enough: splitmix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        let hex = format!("{a:016x}{b:016x}");
        format!(
            "{}-{}-{}-{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..]
        )
    }

    fn time(&mut self, n: u64) -> String {
        let (h, m, s) = (n / 3600 % 24, n / 60 % 60, n % 60);
        format!("2026-11-22T{h:02}:{m:02}:{s:02}.{:03}Z", self.below(1000))
    }
}

const MODELS: &[&str] = &[
    "qwen-plus",
    "qwen-max",
    "qwen-turbo",
    "qwen3-235b-a22b",
    "text-embedding-v4",
];

/// Twenty fields, about 490 bytes, 5 % failures.
pub fn typical(r: &mut Random, n: u64) -> String {
    let fail = r.below(20) == 0;
    let (status, code, message) = if fail {
        (
            429,
            "\"Throttling.RateQuota\"",
            "\"Requests rate limit exceeded, please try again later.\"",
        )
    } else {
        (200, "null", "null")
    };
    format!(
        "{{\"timestamp\":\"{}\",\"level\":\"{}\",\"service\":\"chat-gateway\",\"host\":\"gw-{}.cn-hangzhou\",\"request_id\":\"{}\",\"trace_id\":\"{:016x}\",\"method\":\"POST\",\"path\":\"/api/v1/services/aigc/text-generation/generation\",\"status_code\":{status},\"latency_ms\":{},\"model\":\"{}\",\"stream\":{},\"input_tokens\":{},\"output_tokens\":{},\"user\":\"u{}\",\"client_ip\":\"10.{}.{}.{}\",\"code\":{code},\"message\":{message},\"region\":\"cn-hangzhou\",\"retry\":{}}}",
        r.time(n),
        if fail { "ERROR" } else { "INFO" },
        r.below(40),
        r.uuid(),
        r.next(),
        20 + r.below(r_span(n)),
        r.pick(MODELS),
        r.below(2) == 0,
        r.below(8000),
        r.below(2000),
        r.below(100_000),
        r.below(256),
        r.below(256),
        r.below(256),
        r.below(3),
    )
}

fn r_span(n: u64) -> u64 {
    [90, 900, 9000][n as usize % 3]
}

pub fn compact(r: &mut Random, n: u64) -> String {
    format!(
        "{{\"ts\":{}.{:03},\"status\":{},\"code\":\"{}\",\"request_id\":\"{}\",\"model\":\"{}\",\"ms\":{}}}",
        1_795_000_000 + n,
        r.below(1000),
        r.pick(&["200", "429", "500"]),
        r.pick(&["", "Throttling", "InternalError"]),
        r.uuid(),
        r.pick(MODELS),
        r.below(5000)
    )
}

/// A prompt and an answer in each line.
pub fn wide(r: &mut Random, n: u64) -> String {
    let words = [
        "the ", "quota ", "模型", "请求", "of ", "tokens ", "is, ", "线程", "answer: ",
    ];
    let mut text = [String::new(), String::new()];
    for part in &mut text {
        for _ in 0..r.below(700) {
            part.push_str(r.pick(&words));
        }
    }
    format!(
        "{{\"timestamp\":\"{}\",\"request_id\":\"{}\",\"status_code\":200,\"latency_ms\":{},\"model\":\"{}\",\"prompt\":\"{}\",\"completion\":\"{}\",\"code\":null}}",
        r.time(n),
        r.uuid(),
        r.below(5000),
        r.pick(MODELS),
        text[0],
        text[1]
    )
}

/// Each of ten optional fields is there or not.
pub fn optional(r: &mut Random, n: u64) -> String {
    let mut line = format!(
        "{{\"timestamp\":\"{}\",\"status_code\":{},\"latency_ms\":{}",
        r.time(n),
        r.pick(&["200", "429"]),
        r.below(9000)
    );
    for key in [
        "host",
        "region",
        "user",
        "tenant",
        "trace_id",
        "span_id",
        "client_ip",
        "session",
        "workspace",
        "upstream",
    ] {
        if r.below(2) == 0 {
            let _ = write!(line, ",\"{key}\":\"{:x}\"", r.next() >> r.below(32));
        }
    }
    let _ = write!(
        line,
        ",\"model\":\"{}\",\"request_id\":\"{}\",\"input_tokens\":{},\"path\":\"/api/v1/services/aigc/text-generation/generation\"}}",
        r.pick(MODELS),
        r.uuid(),
        r.below(9999)
    );
    line
}

/// Python's `json.dumps`: a space after each colon and comma, `\u` escapes.
pub fn dumps(r: &mut Random, n: u64) -> String {
    typical(r, n)
        .replace("\":", "\": ")
        .replace(",\"", ", \"")
        .replace(
            "please try again later",
            "\\u8bf7\\u7a0d\\u540e\\u91cd\\u8bd5",
        )
}

/// An OpenAI-style body, nested, in a structured logger's fields.
pub fn nested(r: &mut Random, n: u64) -> String {
    format!(
        "{{\"time\":\"{}\",\"level\":\"error\",\"fields\":{{\"status_code\":429,\"model\":\"{}\"}},\"response\":{{\"status\":429,\"headers\":{{\"x-request-id\":\"{}\",\"retry-after\":\"{}\"}},\"body\":{{\"error\":{{\"message\":\"You exceeded your current requests list: limit {}\",\"type\":\"limit_requests\",\"param\":null,\"code\":\"limit_requests\"}},\"request_id\":\"{}\"}}}},\"usage\":{{\"input_tokens\":{},\"output_tokens\":0}},\"tags\":[\"a\",\"b\"]}}",
        r.time(n),
        r.pick(MODELS),
        r.uuid(),
        r.below(60),
        r.below(900),
        r.uuid(),
        r.below(9000)
    )
}

/// A body kept as text, so that half of the line is escapes.
pub fn escapes(r: &mut Random, n: u64) -> String {
    let inner = nested(r, n).replace('"', "\\\"");
    format!(
        "{{\"ts\":\"{}\",\"level\":\"error\",\"msg\":\"call failed\\n\\tat \\u4e2d\\u6587\",\"status\":429,\"body\":\"{inner}\",\"request_id\":\"{}\"}}",
        r.time(n),
        r.uuid()
    )
}

pub fn pino(r: &mut Random, n: u64) -> String {
    format!(
        "{{\"level\":{},\"time\":{},\"pid\":{},\"hostname\":\"web-{}\",\"req\":{{\"id\":\"{}\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"headers\":{{\"host\":\"api.example.com\",\"user-agent\":\"node\"}}}},\"res\":{{\"statusCode\":{}}},\"responseTime\":{},\"msg\":\"request completed\"}}",
        r.pick(&["30", "50"]),
        1_795_000_000_000 + n,
        r.below(99_999),
        r.below(9),
        r.uuid(),
        r.pick(&["200", "429"]),
        r.below(9000)
    )
}

pub fn zap(r: &mut Random, n: u64) -> String {
    format!(
        "{{\"level\":\"warn\",\"ts\":{}.{:06},\"caller\":\"client/dashscope.go:{}\",\"msg\":\"upstream error\",\"status\":{},\"error\":\"Throttling.RateQuota: Requests rate limit exceeded\",\"elapsed\":{}.{:03},\"attempt\":{},\"requestId\":\"{}\"}}",
        1_795_000_000 + n,
        r.below(1_000_000),
        r.below(400),
        r.pick(&["429", "503"]),
        r.below(30),
        r.below(1000),
        r.below(4),
        r.uuid()
    )
}

pub fn docker(r: &mut Random, n: u64) -> String {
    let inner = compact(r, n).replace('"', "\\\"");
    format!(
        "{{\"log\":\"{inner}\\n\",\"stream\":\"stdout\",\"time\":\"{}\"}}",
        r.time(n)
    )
}

pub fn cloudtrail(r: &mut Random, n: u64) -> String {
    format!(
        "{{\"eventVersion\":\"1.08\",\"userIdentity\":{{\"type\":\"IAMUser\",\"accessKeyId\":\"AKIA{:016X}\",\"sessionContext\":{{\"attributes\":{{\"mfaAuthenticated\":\"false\"}}}}}},\"eventTime\":\"{}\",\"eventSource\":\"bedrock.amazonaws.com\",\"eventName\":\"InvokeModel\",\"errorCode\":\"ThrottlingException\",\"errorMessage\":\"Too many requests, please wait before trying again.\",\"requestParameters\":{{\"modelId\":\"m\"}},\"responseElements\":null,\"requestID\":\"{}\",\"resources\":[{{\"ARN\":\"arn:aws:x\",\"type\":\"T\"}},{{\"ARN\":\"arn:aws:y\",\"type\":\"U\"}}],\"readOnly\":true,\"ports\":[1,2,{}]}}",
        r.next(),
        r.time(n),
        r.uuid(),
        r.below(99)
    )
}

pub type Maker = fn(&mut Random, u64) -> String;

/// Every kind of line.
pub const KINDS: &[(&str, Maker)] = &[
    ("typical", typical),
    ("compact", compact),
    ("wide", wide),
    ("optional", optional),
    ("dumps", dumps),
    ("nested", nested),
    ("escapes", escapes),
    ("pino", pino),
    ("zap", zap),
    ("docker", docker),
    ("cloudtrail", cloudtrail),
];

/// A block of lines of each kind, one of all kinds mixed, and one with CRLF.
#[allow(dead_code)]
pub fn profiles(bytes: usize) -> Vec<(&'static str, Vec<u8>)> {
    let fill = |end: &str, make: &dyn Fn(&mut Random, u64) -> String| {
        let mut random = Random(7);
        let mut block = String::new();
        for n in 0.. {
            if block.len() >= bytes {
                break;
            }
            block.push_str(&make(&mut random, n));
            block.push_str(end);
        }
        block.into_bytes()
    };
    let mut profiles: Vec<_> = KINDS
        .iter()
        .map(|(name, make)| (*name, fill("\n", make)))
        .collect();
    profiles.push(("crlf", fill("\r\n", &typical)));
    profiles.push((
        "mixed",
        fill("\n", &|random, n| {
            let kind = random.below(KINDS.len() as u64) as usize;
            // Prompts would drown the rest.
            let make = if KINDS[kind].0 == "wide" {
                typical
            } else {
                KINDS[kind].1
            };
            make(random, n)
        }),
    ));
    profiles
}
