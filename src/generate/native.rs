//! Records in DashScope's own field names: typical, compact and wide.

use super::bytes::{put, put_decimal, put_escaped, put_hex, put_time, put_u64, put_uuid};
use super::rng::Rng;
use super::traffic::{Call, Task};

const PODS: [&str; 8] = [
    "chat-api-7d9f8b6c5-x2x7q",
    "chat-api-7d9f8b6c5-m4k9z",
    "chat-api-7d9f8b6c5-tt2wl",
    "rag-worker-66b54d8f9-8cvnp",
    "rag-worker-66b54d8f9-hq5rd",
    "batch-5f7c9d7b4-jz6xk",
    "agent-0",
    "agent-1",
];
const PATHS: [&str; 3] = [
    "/compatible-mode/v1/chat/completions",
    "/api/v1/services/aigc/text-generation/generation",
    "/api/v1/services/embeddings/text-embedding/text-embedding",
];

/// About 500 bytes.
pub(super) fn typical(out: &mut Vec<u8>, call: &Call, rng: &mut Rng) {
    head(out, call, rng);
    end(out, call, rng);
    out.push(b'}');
}

fn head(out: &mut Vec<u8>, call: &Call, rng: &mut Rng) {
    out.push(b'{');
    if let Some(time_ms) = call.time_ms {
        put(out, "\"timestamp\":\"");
        put_time(out, time_ms);
        put(out, "\",");
    }
    let failed = call.case.is_some() && call.task == Task::None;
    put(
        out,
        if failed {
            "\"level\":\"ERROR\","
        } else {
            "\"level\":\"INFO\","
        },
    );
    put(
        out,
        "\"logger\":\"llm.client\",\"service\":\"chat-api\",\"pod\":\"",
    );
    put(out, rng.pick(&PODS));
    put(out, "\",\"trace_id\":\"");
    put_hex(
        out,
        (u128::from(rng.next()) << 64) | u128::from(rng.next()),
        32,
    );
    put(
        out,
        "\",\"host\":\"dashscope.aliyuncs.com\",\"method\":\"POST\",\"path\":\"",
    );
    if call.task == Task::None {
        put(out, rng.pick(&PATHS));
    } else {
        put(out, "/api/v1/tasks/");
        put_hex(out, u128::from(rng.next()), 16);
    }
    out.push(b'"');
}

/// Model, outcome, id and latency.
fn end(out: &mut Vec<u8>, call: &Call, rng: &mut Rng) {
    if let Some(model) = call.model() {
        put(out, ",\"model\":\"");
        put(out, model.json);
        out.push(b'"');
    }
    status(out, call);
    if let Some(case) = call.failure().filter(|_| call.task == Task::None) {
        code_and_message(out, call.spelling(), case.message);
    } else if rng.one_in(8) {
        // SDK responses name an empty code where all went well.
        put(out, ",\"code\":\"\",\"message\":\"\"");
    }
    request_id(out, call);
    latency_ms(out, call);
    if call.attempt > 1 {
        put(out, ",\"attempt\":");
        put_u64(out, u64::from(call.attempt));
    }
    if call.task == Task::None {
        if call.case.is_none() {
            usage(out, call, "input_tokens", "output_tokens");
        }
    } else {
        task(out, call, rng);
    }
    put(out, ",\"stream\":");
    put(out, if rng.one_in(2) { "true" } else { "false" });
    put(out, ",\"client\":{\"ip\":\"10.12.");
    put_u64(out, u64::from(rng.below(256)));
    out.push(b'.');
    put_u64(out, u64::from(rng.below(256)));
    put(out, "\",\"sdk\":\"dashscope-python/1.24.6\"}");
}

/// An asynchronous task's state; a failed one carries code and message in here.
fn task(out: &mut Vec<u8>, call: &Call, rng: &mut Rng) {
    put(out, ",\"output\":{\"task_id\":\"");
    put_uuid(out, rng.uuid());
    put(out, "\",\"task_status\":\"");
    put(
        out,
        match call.task {
            Task::None | Task::Running => "RUNNING",
            Task::Succeeded => "SUCCEEDED",
            Task::Failed => "FAILED",
        },
    );
    out.push(b'"');
    if let Some(case) = call.failure() {
        code_and_message(out, call.spelling(), case.message);
    }
    out.push(b'}');
}

pub(super) fn status(out: &mut Vec<u8>, call: &Call) {
    if let Some(status) = call.status {
        put(out, ",\"status\":");
        super::bytes::put_i64(out, i64::from(status));
    }
}

/// Leaves out what is empty.
pub(super) fn code_and_message(out: &mut Vec<u8>, code: &str, message: &str) {
    if !code.is_empty() {
        put(out, ",\"code\":\"");
        put(out, code);
        out.push(b'"');
    }
    if !message.is_empty() {
        put(out, ",\"message\":\"");
        put_escaped(out, message.as_bytes());
        out.push(b'"');
    }
}

pub(super) fn request_id(out: &mut Vec<u8>, call: &Call) {
    if let Some(id) = call.id {
        put(out, ",\"request_id\":\"");
        put_uuid(out, id);
        out.push(b'"');
    }
}

/// One digit after the point.
pub(super) fn latency_ms(out: &mut Vec<u8>, call: &Call) {
    if let Some(us) = call.latency_us {
        put(out, ",\"latency_ms\":");
        put_decimal(out, u64::from(us) / 100, 1);
    }
}

pub(super) fn usage(out: &mut Vec<u8>, call: &Call, input: &str, output: &str) {
    let (tokens_in, tokens_out) = (u64::from(call.tokens_in), u64::from(call.tokens_out));
    put(out, ",\"usage\":{");
    for (name, tokens) in [
        (input, tokens_in),
        (output, tokens_out),
        ("total_tokens", tokens_in + tokens_out),
    ] {
        if name != input {
            out.push(b',');
        }
        out.push(b'"');
        put(out, name);
        put(out, "\":");
        put_u64(out, tokens);
    }
    out.push(b'}');
}

/// About 150 bytes, no message unless the code alone would mislead.
pub(super) fn compact(out: &mut Vec<u8>, call: &Call) {
    put(out, "{\"ts\":");
    if let Some(time_ms) = call.time_ms {
        out.push(b'"');
        put_time(out, time_ms);
        out.push(b'"');
    } else {
        put(out, "null");
    }
    status(out, call);
    if let Some(case) = call.failure() {
        let message = if case.needs_message { case.message } else { "" };
        code_and_message(out, call.spelling(), message);
    }
    request_id(out, call);
    latency_ms(out, call);
    if let Some(model) = call.model() {
        put(out, ",\"model\":\"");
        put(out, model.json);
        out.push(b'"');
    }
    out.push(b'}');
}

/// Pieces of prompts as JSON strings hold them: escapes, raw and escaped Chinese,
/// and words that would be errors anywhere else.
const PROMPT: [&str; 12] = [
    "You are a helpful assistant. Answer in the language of the question, and say so when you are not sure.\\n\\n",
    "请根据以下资料回答用户的问题，不要编造。如果资料中没有答案，请直接说明“资料中没有提到”。\\n",
    "\\u8bf7\\u7528\\u4e2d\\u6587\\u603b\\u7ed3\\u4e0b\\u9762\\u7684\\u5408\\u540c\\u6761\\u6b3e\\uff0c\\u4e0d\\u8d85\\u8fc7\\u4e24\\u767e\\u5b57\\u3002\\n",
    "The customer wrote: \\\"My order has not arrived, and nobody answers the phone!\\\" Draft a polite reply.\\n",
    "| column | type |\\n|---|---|\\n| id | bigint |\\n| path | C:\\\\Users\\\\me\\\\data |\\n",
    "第三条 乙方应当在收到甲方书面通知之日起十五个工作日内完成交付，逾期每日按合同总价的万分之五支付违约金。\\n",
    "Explain this log line: {\\\"status\\\":401,\\\"code\\\":\\\"InvalidApiKey\\\",\\\"message\\\":\\\"Invalid API-key provided.\\\"}\\n",
    "```rust\\nfn main() {\\n\\tprintln!(\\\"{}\\\", 6 * 7);\\n}\\n```\\n",
    "emoji \\ud83d\\ude80 and raw 🚀, accents: naïve café, math: ∀x∈ℝ: ⌈x⌉ = −⌊−x⌋\\n",
    "<p class=\\\"note\\\">HTTP 429 Too Many Requests &mdash; retry later<\\/p>\\n",
    "def f(x):\\n    return {'error': {'code': 'limit', 'param': None}}\\n",
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua. ",
];

/// Appends prompt pieces until they are `len` bytes or a little more.
pub(super) fn prompt(out: &mut Vec<u8>, len: usize, rng: &mut Rng) {
    let end = out.len() + len;
    while out.len() < end {
        put(out, rng.pick(&PROMPT));
    }
}

/// A typical record with a prompt of `prompt_len` bytes and a short answer in it.
pub(super) fn wide(out: &mut Vec<u8>, call: &Call, prompt_len: usize, rng: &mut Rng) {
    head(out, call, rng);
    put(
        out,
        ",\"input\":{\"messages\":[{\"role\":\"system\",\"content\":\"",
    );
    prompt(out, 200, rng);
    put(out, "\"},{\"role\":\"user\",\"content\":\"");
    prompt(out, prompt_len, rng);
    put(
        out,
        "\"}]},\"parameters\":{\"temperature\":0.7,\"top_p\":0.8,\"max_tokens\":1500,\"seed\":",
    );
    put_u64(out, rng.next() >> 32);
    out.push(b'}');
    end(out, call, rng);
    if call.case.is_none() {
        put(out, ",\"answer\":\"");
        prompt(out, 300, rng);
        out.push(b'"');
    }
    out.push(b'}');
}

/// Lines an application writes beside its calls. None says how a call ended,
/// though some of them talk about it.
pub(super) fn chatter(out: &mut Vec<u8>, now_ms: i64, rng: &mut Rng) {
    const TEXTS: [&str; 8] = [
        "\"level\":\"INFO\",\"logger\":\"app.queue\",\"message\":\"queue drained\",\"depth\":0",
        "\"level\":\"DEBUG\",\"logger\":\"app.cache\",\"message\":\"prompt cache hit\",\"key\":\"p:91f2\"",
        "\"level\":\"INFO\",\"logger\":\"app.http\",\"message\":\"GET \\/healthz\",\"user_agent\":\"kube-probe\\/1.31\"",
        "\"level\":\"WARN\",\"logger\":\"app.retry\",\"message\":\"retrying after 429, attempt 2 of 5\"",
        "\"level\":\"INFO\",\"logger\":\"app.docs\",\"message\":\"page says: Requests rate limit exceeded, please try again later.\"",
        "\"level\":\"INFO\",\"logger\":\"app.tokens\",\"message\":\"budget\",\"detail\":{\"used\":812331,\"of\":1000000}",
        "\"level\":\"ERROR\",\"logger\":\"app.startup\",\"message\":\"feature flags file is missing, using defaults\"",
        "\"level\":\"INFO\",\"logger\":\"app.worker\",\"message\":\"心跳\",\"inflight\":17",
    ];
    put(out, "{\"timestamp\":\"");
    put_time(out, now_ms);
    put(out, "\",");
    put(out, rng.pick(&TEXTS));
    out.push(b'}');
}
