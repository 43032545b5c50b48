//! Lines that are meant to go wrong: in parsers, in terminals, in reports.

use super::bytes::{put, put_hex, put_i64, put_time, put_u64, put_uuid};
use super::cases::BROKEN;
use super::native::latency_ms;
use super::rng::Rng;
use super::traffic::Call;
use crate::fault::Fault;

/// What a line without a call in it must be taken for.
#[derive(Clone, Copy)]
pub(super) enum Verdict {
    Other,
    Blank,
    Malformed(Fault),
}

const BAD: Verdict = Verdict::Malformed(Fault::BadJson);
const NOT_OBJECT: Verdict = Verdict::Malformed(Fault::NotObject);

/// Lines that hold no call, and what they are.
pub(super) const LINES: &[(&[u8], Verdict)] = &[
    (b"", Verdict::Blank),
    (b" \t  ", Verdict::Blank),
    (b"\r", Verdict::Blank),
    (b"{}", Verdict::Other),
    (b"  { }\t", Verdict::Other),
    (b"{\"\":\"\"}", Verdict::Other),
    (
        b"{\"a\":{\"status\":{\"status\":{}}},\"b\":[{\"code\":\"InvalidApiKey\"}]}",
        Verdict::Other,
    ),
    (
        b"{\"note\":\"\\\"status\\\":429,\\\"code\\\":\\\"Throttling.RateQuota\\\"\"}",
        Verdict::Other,
    ),
    (
        b"{\"note\":\"\\ud800\",\"x\":\"\\udc00\\ud800\"}",
        Verdict::Other,
    ),
    (b"{\"note\":\"\xff\xfe\x80 \xc3\x28\"}", Verdict::Other),
    (
        b"{\"n\":1e400,\"m\":-0.0e-999,\"k\":340282366920938463463374607431768211456}",
        Verdict::Other,
    ),
    (b"[{\"status\":500}]", NOT_OBJECT),
    (b"\"status 500\"", NOT_OBJECT),
    (b"429", NOT_OBJECT),
    (b"null", NOT_OBJECT),
    (b"true", NOT_OBJECT),
    (b"{\"status\":200}}", BAD),
    (b"{\"status\":200} trailing", BAD),
    (b"{\"status\":200},", BAD),
    (b"{{\"status\":200}", BAD),
    (b"{\"status\":200,}", BAD),
    (b"{\"status\":0200}", BAD),
    (b"{\"status\":+200}", BAD),
    (b"{\"status\":200.}", BAD),
    (b"{\"status\":.5}", BAD),
    (b"{\"status\":0x1ad}", BAD),
    (b"{\"status\":NaN}", BAD),
    (b"{\"status\":-}", BAD),
    (b"{\"status\":}", BAD),
    (b"{\"status\"}", BAD),
    (b"{\"status\" 200}", BAD),
    (b"{status:200}", BAD),
    (b"{'status':200}", BAD),
    (b"{\"status\":200 \"code\":\"x\"}", BAD),
    (b"{\"status\":200,\"ok\":True}", BAD),
    (b"{\"note\":\"\\q\",\"status\":200}", BAD),
    (b"{\"note\":\"\\u12\",\"status\":200}", BAD),
    (b"{\"note\":\"\\", BAD),
    (b"{\"note\":\"tab\there\",\"status\":200}", BAD),
    (b"{\"note\":\"nul\x00here\",\"status\":200}", BAD),
    (b"{\"note\":\"esc\x1b[31mhere\",\"status\":200}", BAD),
    (b"{\"a\":[1,2},\"status\":200]}", BAD),
    (b"{\"status\":200]", BAD),
    (b"{", BAD),
    (b"}", BAD),
    (b"{\"status\":429,\"code\":\"Throttl", BAD),
    (b"GET /v1/chat 429 Too Many Requests", BAD),
    (b"\x1b]0;owned\x07\x1b[2J", BAD),
    (b"<script>alert(1)</script>", BAD),
    (b"{\"status\":200}{\"status\":200}", BAD),
    (b"{\"status\":200}/**/", BAD),
    (b"//{\"status\":200}", BAD),
];

/// One call, written in one of the ways that mislead.
pub(super) fn call(out: &mut Vec<u8>, call: &mut Call, rng: &mut Rng) {
    let twist = rng.below(13);
    let spaced = twist == 0;
    match twist {
        // A hole that a truncating rotation leaves before the first byte.
        1 => out.extend_from_slice(&[0; 300]),
        2 if call.is_single() => {
            // A connection that broke; kept out of retries, whose cause is fixed.
            call.case = Some(rng.pick(&BROKEN));
            call.status = call.failure().map(|case| case.status);
        }
        _ => {}
    }
    put(out, if spaced { " \t{ " } else { "{" });
    // Last wins: the real members follow.
    match twist {
        3 => put(
            out,
            "\"status\":503,\"code\":\"InvalidApiKey\",\"request_id\":\"not-this-one\",\"latency_ms\":1,",
        ),
        4 => put(
            out,
            "\"n\":123456789012345678901234567890,\"r\":1e400,\"z\":-0,\"t\":1E-999,",
        ),
        5 => put(
            out,
            "\"note\":\"\\u202eevil\\u0000\\u001b]52;c;aGk=\\u0007 \u{202e}raw\u{2066}\u{feff}\",\"\\u0000\":0,",
        ),
        6 => out.extend_from_slice(b"\"gbk\":\"\xc4\xe3\xba\xc3 \xff\xfe\",\"half\":\"\\ud83d\","),
        7 => {
            put(out, "\"deep\":");
            out.resize(out.len() + 300, b'[');
            put(out, "{\"status\":500}");
            out.resize(out.len() + 300, b']');
            out.push(b',');
        }
        8 => {
            put(out, "\"deep\":");
            for _ in 0..150 {
                put(out, "{\"a\":");
            }
            put(out, "\"]}\\\"\"");
            out.resize(out.len() + 150, b'}');
            out.push(b',');
        }
        9 => {
            put(out, "\"blob\":\"");
            out.resize(out.len() + 70_000, b'x');
            put(out, "\",");
        }
        _ => {}
    }
    members(out, call, twist, if spaced { " " } else { "" });
    put(out, if spaced { " }  \t" } else { "}" });
}

fn members(out: &mut Vec<u8>, call: &Call, twist: u32, space: &str) {
    let escaped_keys = twist == 10;
    let key = |out: &mut Vec<u8>, plain: &str, escaped: &str| {
        out.push(b'"');
        put(out, if escaped_keys { escaped } else { plain });
        put(out, "\"");
        put(out, space);
        put(out, ":");
        put(out, space);
    };
    if let Some(time_ms) = call.time_ms {
        key(out, "timestamp", "time\\u0073tamp");
        out.push(b'"');
        put_time(out, time_ms);
        put(out, "\",");
        put(out, space);
    }
    if let Some(model) = call.model() {
        key(out, "model", "m\\u006fdel");
        out.push(b'"');
        put(out, model.json);
        put(out, "\",");
        put(out, space);
    }
    key(out, "status", "\\u0073tatus");
    let status = i64::from(call.status.unwrap_or_default());
    if twist == 11 {
        out.push(b'"');
    }
    put_i64(out, status);
    put(
        out,
        match twist {
            11 => "\"",
            12 => ".0",
            _ => "",
        },
    );
    let (code, message) = (
        call.spelling(),
        call.failure().map_or("", |case| case.message),
    );
    if code.is_empty() {
        // Also undoes the code of the twist that repeats its keys.
        put(out, ",\"code\":null");
    } else {
        out.push(b',');
        key(out, "code", "co\\u0064e");
        // The first letter escaped: still the same code.
        put(out, "\"\\u00");
        put_hex(out, u128::from(code.bytes().next().unwrap_or(b'?')), 2);
        put(out, code.get(1..).unwrap_or_default());
        put(out, "\",\"message\":\"");
        super::bytes::put_escaped(out, message.as_bytes());
        out.push(b'"');
    }
    out.push(b',');
    key(out, "request_id", "request\\u005fid");
    out.push(b'"');
    put_uuid(out, call.id.unwrap_or_default());
    out.push(b'"');
    latency_ms(out, call);
    put(out, ",\"tokens\":");
    put_u64(out, u64::from(call.tokens_in));
}
