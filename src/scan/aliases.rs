//! The one table of names that loggers, gateways and SDKs write, per role in
//! order of precedence: data, not code.

use super::role::Role;

/// Names that stand at the top of a record or inside one of [`CONTAINERS`].
const ANYWHERE: &[(Role, &[&str])] = &[
    (
        Role::Status,
        &[
            "status_code",
            "statusCode",
            "status",
            "http_status",
            "httpStatus",
            "http_status_code",
            "httpStatusCode",
            "response_code",
            "http.response.status_code",
            "http.status_code",
            "upstream_status",
        ],
    ),
    (Role::Code, &["code", "error_code", "errorCode"]),
    (
        Role::Latency,
        &[
            "latency_ms",
            "latency",
            "duration_ms",
            "duration",
            "elapsed_ms",
            "elapsed",
            "responseTime",
            "response_time_ms",
            "response_time",
            "latencyMs",
            "durationMs",
            "elapsedMs",
            "latency_us",
            "latency_ns",
            "latency_s",
            "latency_seconds",
            "duration_us",
            "duration_ns",
            "duration_s",
            "duration_seconds",
            "elapsed_us",
            "elapsed_ns",
            "elapsed_s",
            "elapsed_seconds",
            "took_ms",
            "took",
            "cost_ms",
            "use_time",
            "time_taken_ms",
            "time_taken",
            "request_time",
            "upstream_response_time",
        ],
    ),
    (
        Role::Model,
        &["model", "model_name", "modelName", "gen_ai.request.model"],
    ),
    (
        Role::RequestId,
        &[
            "request_id",
            "requestId",
            "requestID",
            "RequestId",
            "x-request-id",
            "x_request_id",
            "X-Request-Id",
        ],
    ),
    (
        Role::Key,
        &[
            "api_key_id",
            "api_key",
            "key_name",
            "workspace_id",
            "workspace",
            "tenant",
            "user",
        ],
    ),
    (
        Role::TokensIn,
        &[
            "usage.input_tokens",
            "usage.prompt_tokens",
            "gen_ai.usage.input_tokens",
            "gen_ai.usage.prompt_tokens",
            "input_tokens",
            "prompt_tokens",
        ],
    ),
    (
        Role::TokensOut,
        &[
            "usage.output_tokens",
            "usage.completion_tokens",
            "gen_ai.usage.output_tokens",
            "gen_ai.usage.completion_tokens",
            "output_tokens",
            "completion_tokens",
        ],
    ),
    (
        Role::Attempt,
        &["attempt", "retry_count", "retry", "x-stainless-retry-count"],
    ),
    (
        Role::Message,
        &["error_message", "errorMessage", "error_msg"],
    ),
    (
        Role::Text,
        &[
            "error",
            "err",
            "exception",
            "detail",
            "error_str",
            "raw_error",
        ],
    ),
];

/// Where structured loggers put the application's own fields (tracing, loguru,
/// log4j2, logback, OpenTelemetry, Google Cloud).
const CONTAINERS: &[&str] = &[
    "fields",
    "record.extra",
    "extra",
    "contextMap",
    "mdc",
    "attributes",
    "jsonPayload",
];

/// Where a provider's response body may stand.
const BODIES: &[&str] = &["response.body", "response", "res.body", "body"];

/// Names inside a body; those of [`Role::RequestId`] become the provider's own.
const IN_BODY: &[(Role, &[&str])] = &[
    (
        Role::Code,
        &["error.code", "code", "output.code", "error.type"],
    ),
    (Role::TaskState, &["output.task_status"]),
    (
        Role::BodyId,
        &["error.request_id", "request_id", "requestId"],
    ),
    (
        Role::Message,
        &["error.message", "message", "output.message"],
    ),
    (Role::Model, &["model"]),
    (
        Role::TokensIn,
        &["usage.input_tokens", "usage.prompt_tokens"],
    ),
    (
        Role::TokensOut,
        &["usage.output_tokens", "usage.completion_tokens"],
    ),
];

/// Where an error body may stand that was logged as an object. Their codes and messages come
/// after all others.
const LOGGED_BODIES: &[&str] = &["message", "msg", "detail", "error.detail"];

/// Names inside such a one.
const IN_LOGGED_BODY: &[(Role, &[&str])] = &[
    (Role::Status, &["status_code", "statusCode", "status"]),
    (Role::Code, &["error.code", "code", "error.type"]),
    (
        Role::BodyId,
        &["error.request_id", "request_id", "requestId"],
    ),
    (Role::Message, &["error.message", "message"]),
];

/// An answer's `id`; which of its values count is said by the record maker.
const ANSWER_ID: &str = "id";

/// Names that stand in one place only.
const EXACT: &[(Role, &[&str])] = &[
    (
        Role::Status,
        &[
            "response.status_code",
            "response.statusCode",
            "response.status",
            "res.statusCode",
            "res.status",
            "res.status_code",
            "err.status",
            "err.statusCode",
            "err.status_code",
            "error.status",
            "error.status_code",
            "error.statusCode",
            "error.http_status",
            "body.status_code",
            "body.statusCode",
            "properties.responseCode",
        ],
    ),
    (
        Role::Code,
        &[
            "error.code",
            "output.code",
            "error_information.error_code",
            "err.code",
            "header.error_code",
            "exception.code",
            "err.error.code",
            "error.error.code",
        ],
    ),
    (
        Role::Code,
        &[
            "error.type",
            "error_type",
            "err.error.type",
            "error.error.type",
        ],
    ),
    (Role::TaskState, &["output.task_status", "task_status"]),
    (
        Role::Level,
        &[
            "level",
            "severity",
            "levelname",
            "log.level",
            "severityText",
            "record.level.name",
            "level_name",
            "loglevel",
            "lvl",
        ],
    ),
    (
        Role::Time,
        &[
            "timestamp",
            "time",
            "ts",
            "@timestamp",
            "eventTime",
            "asctime",
            "datetime",
            "time_iso8601",
            "record.time.timestamp",
            "instant.epochSecond",
            "timestampSeconds",
            "timeUnixNano",
            "startTime",
            "start_time",
            "started_at",
            "created_at",
            "created",
            "createdAt",
            "date",
            "__time__",
            "output.end_time",
            "output.submit_time",
        ],
    ),
    (Role::TimeNanos, &["instant.nanoOfSecond", "timestampNanos"]),
    (
        Role::Latency,
        &["latencies.request", "latencies.proxy", "res.responseTime"],
    ),
    (
        Role::Model,
        &[
            "request.model",
            "req.body.model",
            "request.body.model",
            "input.model",
            "params.model",
            "gen_ai.response.model",
            "ai_log.model",
        ],
    ),
    (
        Role::BodyId,
        &[
            "error.request_id",
            "error.requestId",
            "error.param",
            "response.body.error.param",
            "response.error.param",
            "res.body.error.param",
            "body.error.param",
            "provider_request_id",
            "upstream_request_id",
            "dashscope_request_id",
            "err.request_id",
            "err.requestId",
            "err.requestID",
            "exception.request_id",
        ],
    ),
    (
        Role::RequestId,
        &[
            "headers.x-request-id",
            "response.headers.x-request-id",
            "res.headers.x-request-id",
            "response_headers.x-request-id",
            "metadata.request_id",
            "req.id",
            "reqId",
            "request.id",
        ],
    ),
    (Role::TokensIn, &["ai_log.input_token"]),
    (Role::TokensOut, &["ai_log.output_token"]),
    (Role::AiLog, &["ai_log"]),
    (
        Role::Key,
        &[
            "metadata.user_api_key_alias",
            "req.key",
            "userIdentity.accessKeyId",
        ],
    ),
    (
        Role::Attempt,
        &[
            "headers.x-stainless-retry-count",
            "req.headers.x-stainless-retry-count",
            "request.headers.x-stainless-retry-count",
        ],
    ),
    (
        Role::Message,
        &[
            "error.message",
            "output.message",
            "error_information.error_message",
            "err.message",
            "header.error_message",
            "exception.message",
            "err.error.message",
            "error.error.message",
            "error.msg",
        ],
    ),
    (
        Role::Text,
        &[
            "response.body",
            "response",
            "res.body",
            "body",
            "response_body",
            "resp_body",
            "error_body",
            "errorBody",
            "exc_info",
            "thrown.message",
            "throwable.message",
            "stack_trace",
            "stacktrace",
            "stack",
            "traceback",
            "err.stack",
            "reason",
            "fields.message",
            "record.message",
            "message",
            "formattedMessage",
            "msg",
            "event",
            "text",
            "log",
            "__raw_log__",
        ],
    ),
    (
        Role::Host,
        &[
            "host",
            "api_base",
            "base_url",
            "baseUrl",
            "baseURL",
            "url",
            "endpoint",
            "request.url",
            "req.url",
            "provider",
            "llm_provider",
            "custom_llm_provider",
            "error_information.llm_provider",
            "gen_ai.system",
            "gen_ai.provider.name",
            "server.address",
            "upstream_host",
        ],
    ),
    (Role::ApiEvent, &["eventSource", "eventName"]),
    (Role::Stream, &["stream"]),
    (
        Role::Batch,
        &[
            "resourceLogs",
            "resourceSpans",
            "resourceMetrics",
            "Records",
            "records",
        ],
    ),
];

/// What ties the attempts of one logical request together, at the top of a record or
/// inside one of [`CONTAINERS`].
const TRACES: &[&str] = &[
    "trace_id",
    "traceId",
    "traceID",
    "TraceId",
    "trace.id",
    "traceparent",
    "dd.trace_id",
    "x-b3-traceid",
    "X-B3-TraceId",
    "uber-trace-id",
    "correlation_id",
    "correlationId",
    "x-correlation-id",
    "X-Correlation-Id",
    "client_request_id",
    "clientRequestId",
    "x-client-request-id",
    "X-Client-Request-Id",
    "idempotency_key",
    "idempotency-key",
    "gateway_request_id",
    "logging.googleapis.com/trace",
];

/// Where headers stand that may hold one of [`TRACES`].
const HEADERS: &[&str] = &[
    "headers",
    "request.headers",
    "req.headers",
    "response.headers",
    "res.headers",
    "span",
    "metadata",
];

/// The aliases of [`Role::Trace`].
pub fn traces() -> Vec<(Role, String)> {
    let below = CONTAINERS.iter().chain(HEADERS);
    let below = below.flat_map(|above| TRACES.iter().map(move |name| format!("{above}.{name}")));
    let top = TRACES.iter().map(|name| (*name).to_owned());
    top.chain(below).map(|path| (Role::Trace, path)).collect()
}

/// Every alias, in order of precedence within its role.
pub fn all() -> Vec<(Role, String)> {
    let mut out = Vec::new();
    let mut add = |role: Role, prefix: &str, names: &[&str]| {
        for name in names {
            let path = if prefix.is_empty() {
                (*name).to_owned()
            } else {
                format!("{prefix}.{name}")
            };
            out.push((role, path));
        }
    };
    for (role, names) in ANYWHERE {
        add(*role, "", names);
    }
    for body in BODIES {
        for (role, names) in IN_BODY {
            add(*role, body, names);
        }
    }
    for (role, names) in EXACT {
        add(*role, "", names);
    }
    for container in CONTAINERS {
        for (role, names) in ANYWHERE {
            add(*role, container, names);
        }
    }
    for body in LOGGED_BODIES {
        for (role, names) in IN_LOGGED_BODY {
            add(*role, body, names);
        }
    }
    for above in [""].iter().chain(BODIES) {
        add(Role::BodyId, above, &[ANSWER_ID]);
    }
    out
}
