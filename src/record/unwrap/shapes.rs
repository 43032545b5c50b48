//! The shapes of error bodies: which keys hold code, message, status and ids, and in which
//! containers they lie.

use super::found::{Code, CodeRank, Found, IdRank};
use super::loose::Node;
use super::{layer, words};
use crate::limits;

/// What an object says about an error, its containers included.
pub(super) fn read(node: &Node, depth: usize, steps: &mut usize) -> Found {
    match node {
        Node::Map(entries) => read_map(entries, false, depth, steps),
        Node::List(items) => read_list(items, false, depth, steps),
        _ => Found::default(),
    }
}

/// The first item with a code, the others filling gaps.
fn read_list(items: &[Node], in_error: bool, depth: usize, steps: &mut usize) -> Found {
    let mut found = Found::default();
    for item in items.iter().take(64) {
        found.fill(read_container(item, in_error, depth, steps));
    }
    found
}

fn read_container(node: &Node, in_error: bool, depth: usize, steps: &mut usize) -> Found {
    match node {
        Node::Map(entries) => read_map(entries, in_error, depth, steps),
        Node::List(items) => read_list(items, in_error, depth, steps),
        Node::Text { text, .. } => dig_text(text, depth, steps),
        _ => Found::default(),
    }
}

/// The next layer. Its cost is paid from the same purse, so nesting cannot multiply it.
fn dig_text(text: &str, depth: usize, steps: &mut usize) -> Found {
    if text.trim().is_empty() || *steps < text.len() || depth + 1 >= limits::MAX_UNWRAP_DEPTH {
        return Found {
            message: words::clean(text),
            ..Found::default()
        };
    }
    *steps -= text.len();
    layer(text, depth + 1, steps)
}

/// What a map's own keys say, gathered before it is judged which of them count.
#[derive(Default)]
struct Keys<'a> {
    code: Option<&'a Node>,
    error_code: Option<&'a Node>,
    kind: Option<&'a Node>,
    /// Message candidates with their rank, the lowest wins.
    message: Option<(u8, &'a str)>,
    param: Option<&'a str>,
    id: Option<&'a str>,
    task_id: Option<&'a str>,
    request_id: Option<&'a str>,
    has_event: bool,
    /// `type` counts only where such a key shows that this is an error body.
    error_like: bool,
}

fn read_map(entries: &[(String, Node)], in_error: bool, depth: usize, steps: &mut usize) -> Found {
    let mut found = Found::default();
    let mut keys = Keys {
        error_like: in_error,
        ..Keys::default()
    };
    let mut containers = Vec::new();
    for (key, node) in entries {
        let key = words::folded_key(key);
        match key.as_str() {
            "code" => {
                keys.code = Some(node);
                keys.error_like = true;
            }
            "errorcode" | "errcode" => keys.error_code = Some(node),
            "type" | "errortype" => keys.kind = Some(node),
            "param" => {
                keys.param = whole_text(node);
                keys.error_like = true;
            }
            "id" => keys.id = whole_text(node),
            "taskid" => keys.task_id = whole_text(node),
            "event" => keys.has_event = true,
            "requestid" | "xrequestid" | "reqid" | "dashscoperequestid" => {
                keys.request_id = whole_text(node).or(keys.request_id);
            }
            "status" | "statuscode" | "httpstatus" | "httpstatuscode" | "httpcode"
            | "responsecode" => {
                // The longer names are the surer ones: `status` may be a task's.
                let status = status_of(node);
                if key != "status" || found.status.is_none() {
                    found.status = status.or(found.status);
                }
            }
            "model" | "modelname" => {
                found.model = whole_text(node).and_then(words::model_name).or(found.model);
            }
            "endpoint" | "apibase" | "baseurl" | "url" | "host" | "uri" => {
                found.host = whole_text(node).and_then(words::host_of).or(found.host);
            }
            _ => {}
        }
        if let Some(rank) = message_rank(&key)
            && let Node::Text { text, .. } = node
            && !text.trim().is_empty()
            && keys.message.is_none_or(|(have, _)| rank <= have)
        {
            keys.message = Some((rank, text));
        }
        if let Some(error) = container(&key, node) {
            containers.push((error, node));
        }
    }
    judge(&keys, &mut found);
    // The message is one of the containers where it is a string.
    if let Some((_, text)) = keys.message {
        let inner = dig_text(text, depth, steps);
        found.message = Some(text.to_owned());
        found.absorb(inner);
    }
    for (error, node) in containers {
        let inner = read_container(node, error, depth, steps);
        if matches!(node, Node::Text { .. }) && found.message.is_some() && inner.code.is_none() {
            // Prose beside a message adds its ids and statuses, no second message.
            found.fill(Found {
                message: None,
                ..inner
            });
        } else {
            found.absorb(inner);
        }
    }
    found
}

/// Decides which of a map's keys count.
fn judge(keys: &Keys<'_>, found: &mut Found) {
    let code = keys
        .code
        .and_then(code_of)
        .or_else(|| keys.error_code.and_then(code_of));
    found.code = code.or_else(|| {
        let kind = keys
            .kind
            .filter(|_| keys.error_like && keys.message.is_some())
            .and_then(code_of)?;
        (kind.text != "error").then_some(Code {
            rank: CodeRank::Weak,
            ..kind
        })
    });
    // A code that is an HTTP status says it even where a better code is found inside.
    found.status = found.status.or_else(|| {
        found
            .code
            .as_ref()
            .and_then(|c| words::error_status(&c.text))
    });
    if let Some(id) = keys.request_id.and_then(words::id_token) {
        let rank = if words::is_uuid(id) {
            IdRank::BodyUuid
        } else {
            IdRank::Body
        };
        found.offer_id(rank, id.to_owned());
    }
    if let Some(id) = keys.param.filter(|p| words::is_uuid(p)) {
        found.offer_id(IdRank::ParamUuid, id.to_owned());
    }
    // A response's id is the request's with a prefix.
    if let Some(id) = keys.id.and_then(words::uuid_at_end) {
        found.offer_id(IdRank::Related, id.to_owned());
    }
    // A WebSocket event's header: the task's id is the only one there is.
    if keys.has_event
        && let Some(id) = keys.task_id.and_then(words::id_token)
    {
        found.offer_id(IdRank::Related, id.to_owned());
    }
}

/// Keys that hold a message in prose, the surest first.
fn message_rank(key: &str) -> Option<u8> {
    Some(match key {
        "message" => 0,
        "errormessage" | "errormsg" | "errmsg" => 1,
        "msg" => 2,
        "statusmessage" => 3,
        _ => return None,
    })
}

/// Whether a value under this key may hold an error body; true for those that hold nothing else.
fn container(key: &str, node: &Node) -> Option<bool> {
    let nested = matches!(node, Node::Map(_) | Node::List(_));
    match key {
        "error" | "err" | "errors" | "exception" | "cause" | "innererror" | "lasterror" => {
            Some(true)
        }
        "message" | "msg" if nested => Some(false),
        "output" | "header" | "response" | "body" | "data" | "detail" | "details" | "result"
        | "payload" | "metadata" | "res" | "resp" | "errorinformation" | "errorstr"
        | "errordata" | "raw" | "reason" | "headers" | "attributes" | "statusmessage" | "stack"
        | "stacktrace" | "traceback" => Some(false),
        _ => None,
    }
}

/// A string that was not cut off.
fn whole_text(node: &Node) -> Option<&str> {
    match node {
        Node::Text { text, whole: true } => Some(text),
        _ => None,
    }
}

/// A code: a short name or a number, no success mark.
fn code_of(node: &Node) -> Option<Code> {
    let text = match node {
        Node::Number(number) => number.as_str(),
        _ => whole_text(node)?.trim(),
    };
    if !words::is_code(text) {
        return None;
    }
    let rank = if words::error_status(text).is_some() {
        CodeRank::Weak
    } else {
        CodeRank::Body
    };
    Some(Code {
        text: text.to_owned(),
        rank,
    })
}

/// An HTTP status or an SDK's stand-in: `429`, `"429"`, `429.0`, `"429 Too Many Requests"`, −1.
fn status_of(node: &Node) -> Option<i32> {
    let text = match node {
        Node::Number(number) => number.as_str(),
        _ => whole_text(node)?,
    };
    let text = text.trim();
    let number = text.split(' ').next().unwrap_or(text);
    let number = number.strip_suffix(".0").unwrap_or(number);
    number
        .parse::<i32>()
        .ok()
        .filter(|status| (-1..1000).contains(status))
}
