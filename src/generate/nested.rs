//! Records whose outcome lies deeper: OpenAI-compatible exchanges as a pino
//! logger writes them, and the error bodies of a storm.

use super::bytes::{put, put_decimal, put_escaped, put_i64, put_repr, put_time, put_u64, put_uuid};
use super::native::{latency_ms, request_id, usage};
use super::rng::Rng;
use super::traffic::Call;

/// Time in milliseconds, the status a string, the error in the response's body.
pub(super) fn openai(out: &mut Vec<u8>, call: &Call, rng: &mut Rng) {
    let failure = call.failure();
    put(
        out,
        if failure.is_some() {
            "{\"level\":50,"
        } else {
            "{\"level\":30,"
        },
    );
    if let Some(time_ms) = call.time_ms {
        put(out, "\"time\":");
        put_i64(out, time_ms);
        out.push(b',');
    }
    put(out, "\"pid\":4127,\"hostname\":\"gw-");
    put_u64(out, u64::from(rng.below(12)));
    put(
        out,
        "\",\"req\":{\"method\":\"POST\",\"url\":\"/compatible-mode/v1/chat/completions\",\"body\":{",
    );
    if let Some(model) = call.model() {
        put(out, "\"model\":\"");
        put(out, model.json);
        put(out, "\",");
    }
    put(
        out,
        "\"stream\":false,\"temperature\":0.3}},\"res\":{\"statusCode\":\"",
    );
    put_i64(out, i64::from(call.status.unwrap_or_default()));
    put(out, "\"},\"response\":{\"body\":{");
    match failure {
        Some(_) if call.spelling().is_empty() => put(out, "\"error\":null"),
        Some(case) => {
            put(out, "\"error\":");
            error_object(out, call.spelling(), case.message);
        }
        None => {
            put(out, "\"id\":\"chatcmpl-");
            put_uuid(out, call.id.unwrap_or_default());
            put(
                out,
                "\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}]",
            );
            usage(out, call, "prompt_tokens", "completion_tokens");
        }
    }
    request_id(out, call);
    put(out, "}}");
    if let Some(us) = call.latency_us {
        put(out, ",\"responseTime\":");
        put_u64(out, u64::from(us) / 1000);
    }
    put(
        out,
        if failure.is_some() {
            ",\"msg\":\"request errored\"}"
        } else {
            ",\"msg\":\"request completed\"}"
        },
    );
}

/// `{"message":…,"type":…,"param":null,"code":…}`.
fn error_object(out: &mut Vec<u8>, code: &str, message: &str) {
    put(out, "{\"message\":\"");
    put_escaped(out, message.as_bytes());
    put(out, "\",\"type\":\"");
    put(out, code);
    put(out, "\",\"param\":null,\"code\":\"");
    put(out, code);
    put(out, "\"}");
}

/// How a storm's record carries its error; all are real habits of applications.
#[derive(Clone, Copy)]
enum Carrier {
    /// `code` and `message` beside the status.
    Top,
    /// `"error":{…}`.
    Object,
    /// `"error":"{\"error\":{…},\"request_id\":…}"`, the id nowhere else.
    Text,
    /// `"error":"Error code: 429 - {'error': {…}}"`, status and id nowhere else.
    Repr,
    /// `"response":{"body":{…}}`.
    Body,
}

/// Native names around every kind of error body.
pub(super) fn storm(out: &mut Vec<u8>, call: &Call, scratch: &mut Vec<u8>, rng: &mut Rng) {
    let carrier = rng.pick(&[
        Carrier::Top,
        Carrier::Object,
        Carrier::Object,
        Carrier::Text,
        Carrier::Text,
        Carrier::Repr,
        Carrier::Body,
    ]);
    let failure = call.failure();
    out.push(b'{');
    if let Some(time_ms) = call.time_ms {
        put(out, "\"timestamp\":\"");
        put_time(out, time_ms);
        put(out, "\",");
    }
    put(
        out,
        if failure.is_some() {
            "\"level\":\"ERROR\""
        } else {
            "\"level\":\"INFO\""
        },
    );
    put(
        out,
        ",\"logger\":\"llm.client\",\"service\":\"ingest\",\"thread\":\"pool-1-thread-",
    );
    put_u64(out, u64::from(rng.below(64)));
    out.push(b'"');
    if let Some(model) = call.model() {
        put(out, ",\"model\":\"");
        put(out, model.json);
        out.push(b'"');
    }
    latency_ms(out, call);
    let spelling = call.spelling();
    match (failure, carrier) {
        (None, _) => {
            super::native::status(out, call);
            request_id(out, call);
            usage(out, call, "input_tokens", "output_tokens");
        }
        (Some(case), carrier) if spelling.is_empty() || matches!(carrier, Carrier::Top) => {
            super::native::status(out, call);
            super::native::code_and_message(out, spelling, case.message);
            request_id(out, call);
        }
        (Some(case), Carrier::Object) => {
            super::native::status(out, call);
            put(out, ",\"error\":");
            error_object(out, spelling, case.message);
            request_id(out, call);
        }
        (Some(case), Carrier::Body) => {
            super::native::status(out, call);
            put(out, ",\"response\":{\"body\":{\"error\":");
            error_object(out, spelling, case.message);
            request_id(out, call);
            put(out, "}}");
        }
        (Some(case), Carrier::Text) => {
            super::native::status(out, call);
            scratch.clear();
            put(scratch, "{\"error\":");
            error_object(scratch, spelling, case.message);
            request_id(scratch, call);
            scratch.push(b'}');
            put(out, ",\"error\":\"");
            put_escaped(out, scratch);
            out.push(b'"');
        }
        (Some(case), _) => {
            put(out, ",\"error\":\"");
            repr(scratch, call, spelling, case.message);
            put_escaped(out, scratch);
            out.push(b'"');
        }
    }
    out.push(b'}');
}

/// What Python's OpenAI client prints of an error.
fn repr(scratch: &mut Vec<u8>, call: &Call, spelling: &str, message: &str) {
    scratch.clear();
    put(scratch, "Error code: ");
    put_i64(scratch, i64::from(call.status.unwrap_or_default()));
    put(scratch, " - {'error': {'message': ");
    put_repr(scratch, message);
    put(scratch, ", 'type': ");
    put_repr(scratch, spelling);
    put(scratch, ", 'param': None, 'code': ");
    put_repr(scratch, spelling);
    put(scratch, "}, 'request_id': '");
    put_uuid(scratch, call.id.unwrap_or_default());
    put(scratch, "'}");
}

/// Which of four applications wrote a line of a mixed log.
#[derive(Clone, Copy)]
pub(super) enum Logger {
    /// Native names, ISO time with an offset.
    Native,
    /// Node's pino: milliseconds, numbers for levels, the error under `err`.
    Pino,
    /// Go's zap: seconds with a fraction, flat `error_code`.
    Zap,
    /// Python's `json.dumps`: spaces after `:` and `,`.
    Python,
}

impl Logger {
    /// The smallest step of its latency, in microseconds.
    pub(super) const fn latency_step_us(self) -> u32 {
        match self {
            Self::Native => 100,
            Self::Pino => 1000,
            Self::Zap | Self::Python => 1,
        }
    }
}

/// One of four loggers' lines, with optional keys; `shuffled`: in any order. Every
/// fragment is one member, without its comma.
pub(super) fn mixed(out: &mut Vec<u8>, call: &Call, logger: Logger, shuffled: bool, rng: &mut Rng) {
    let mut members: Vec<Vec<u8>> = Vec::with_capacity(16);
    let space = if matches!(logger, Logger::Python) {
        " "
    } else {
        ""
    };
    let mut member = |name: &str, value: &dyn Fn(&mut Vec<u8>)| {
        let mut text = Vec::with_capacity(64);
        text.push(b'"');
        put(&mut text, name);
        put(&mut text, "\":");
        put(&mut text, space);
        value(&mut text);
        members.push(text);
    };
    let string = |text: &'static str| {
        move |out: &mut Vec<u8>| {
            out.push(b'"');
            put_escaped(out, text.as_bytes());
            out.push(b'"');
        }
    };
    let failure = call.failure();
    let failed = failure.is_some();
    let (spelling, message) = (call.spelling(), failure.map_or("", |case| case.message));
    let status = i64::from(call.status.unwrap_or_default());
    let latency_us = call.latency_us.map(u64::from);
    let id = |out: &mut Vec<u8>| {
        out.push(b'"');
        put_uuid(out, call.id.unwrap_or_default());
        out.push(b'"');
    };
    if let Some(model) = call.model() {
        member("model", &string(model.name));
    }
    match logger {
        Logger::Native => {
            if let Some(ms) = call.time_ms {
                // The same instant, in the offset of Shanghai.
                member("timestamp", &|out| {
                    out.push(b'"');
                    put_time(out, ms + 8 * 3_600_000);
                    out.pop();
                    put(out, "+08:00\"");
                });
            }
            member("level", &string(if failed { "ERROR" } else { "INFO" }));
            member("status_code", &|out| put_i64(out, status));
            if !spelling.is_empty() {
                member("code", &string(spelling));
                member("message", &string(message));
            }
            if call.id.is_some() {
                member("request_id", &id);
            }
            if let Some(us) = latency_us {
                member("latency_ms", &|out| put_decimal(out, us / 100, 1));
            }
        }
        Logger::Pino => {
            member("level", &|out| put_u64(out, if failed { 50 } else { 30 }));
            if let Some(ms) = call.time_ms {
                member("time", &|out| put_i64(out, ms));
            }
            member("res", &|out| {
                put(out, "{\"statusCode\":");
                put_i64(out, status);
                out.push(b'}');
            });
            if !spelling.is_empty() {
                member("err", &|out| {
                    put(out, "{\"type\":\"APIError\",\"message\":\"");
                    put_escaped(out, message.as_bytes());
                    put(out, "\",\"code\":\"");
                    put(out, spelling);
                    put(
                        out,
                        "\",\"stack\":\"APIError\\n    at call (/app/llm.js:88:13)\"}",
                    );
                });
            }
            if call.id.is_some() {
                member("requestId", &id);
            }
            if let Some(us) = latency_us {
                member("responseTime", &|out| put_u64(out, us / 1000));
            }
        }
        Logger::Zap => {
            member("level", &string(if failed { "error" } else { "info" }));
            if let Some(ms) = call.time_ms {
                member("ts", &|out| put_decimal(out, ms.unsigned_abs(), 3));
            }
            member("caller", &string("llm/client.go:214"));
            member("status", &|out| put_i64(out, status));
            if !spelling.is_empty() {
                member("error_code", &string(spelling));
                member("error_message", &string(message));
            }
            if call.id.is_some() {
                member("request_id", &id);
            }
            if let Some(us) = latency_us {
                member("duration_s", &|out| put_decimal(out, us, 6));
            }
        }
        Logger::Python => {
            if let Some(ms) = call.time_ms {
                member("timestamp", &|out| {
                    out.push(b'"');
                    put_time(out, ms);
                    out.pop();
                    put(out, "000+00:00\"");
                });
            }
            member("levelname", &string(if failed { "ERROR" } else { "INFO" }));
            member("name", &string("app.llm"));
            member("status_code", &|out| put_i64(out, status));
            if !spelling.is_empty() {
                member("error", &|out| {
                    put(out, "{\"code\": \"");
                    put(out, spelling);
                    put(out, "\", \"message\": \"");
                    put_escaped(out, message.as_bytes());
                    put(out, "\", \"param\": null}");
                });
            }
            if call.id.is_some() {
                member("request_id", &id);
            }
            if let Some(us) = latency_us {
                member("elapsed_ms", &|out| put_decimal(out, us, 3));
            }
        }
    }
    for (name, value) in [
        ("service", "chat-api"),
        ("region", "cn-beijing"),
        ("sdk_version", "1.24.6"),
    ] {
        if rng.one_in(2) {
            member(name, &string(value));
        }
    }
    if !failed && rng.one_in(2) {
        member("usage", &|out| {
            put(out, "{\"total_tokens\":");
            put_u64(out, u64::from(call.tokens_in + call.tokens_out));
            out.push(b'}');
        });
    }
    if shuffled {
        rng.shuffle(&mut members);
    }
    out.push(b'{');
    for (index, text) in members.iter().enumerate() {
        if index > 0 {
            out.push(b',');
            put(out, space);
        }
        out.extend_from_slice(text);
    }
    out.push(b'}');
}
