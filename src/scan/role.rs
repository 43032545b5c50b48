//! What a value of a line may be to us.

/// What a wanted value is taken for. Declared in the order in which the record
/// maker needs them; within a role, precedence is the order of the alias table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// HTTP status.
    Status,
    /// Error code.
    Code,
    /// End state of an asynchronous task (`output.task_status`).
    TaskState,
    /// Severity, by name or pino's number.
    Level,
    /// When the call happened.
    Time,
    /// Nanoseconds that belong to a time in seconds.
    TimeNanos,
    /// How long it took.
    Latency,
    /// Model name.
    Model,
    /// Request id inside an error body: the provider's own.
    BodyId,
    /// Request id anywhere else: may be a gateway's.
    RequestId,
    /// API key, workspace or tenant.
    Key,
    /// Input tokens.
    TokensIn,
    /// Output tokens.
    TokensOut,
    /// What a gateway says of the call in one string ([`crate::record::ai_log`]).
    AiLog,
    /// Which attempt of a logical request this was.
    Attempt,
    /// What ties attempts together: a trace, a correlation or client request id. Wanted
    /// by searches only ([`with_traces`](super::schema::Schema::with_traces)).
    Trace,
    /// Error message of a body.
    Message,
    /// Text that may wrap an error (a repr, SSE, an exception), or an envelope's string.
    Text,
    /// Who answered: host, URL or provider name.
    Host,
    /// AWS CloudTrail's `eventSource` and `eventName`.
    ApiEvent,
    /// Docker's `stream`.
    Stream,
    /// An array that holds many records in one line.
    Batch,
}

impl Role {
    /// The name `--field` and `dslog fields` use; `None` for roles that are not the user's to set.
    pub const fn field_name(self) -> Option<&'static str> {
        Some(match self {
            Self::Time => "time",
            Self::Status => "status",
            Self::Code => "code",
            Self::Message => "message",
            Self::BodyId | Self::RequestId => "request_id",
            Self::Latency => "latency",
            Self::Model => "model",
            Self::TokensIn => "tokens_in",
            Self::TokensOut => "tokens_out",
            Self::Key => "key",
            Self::Attempt => "attempt",
            _ => return None,
        })
    }

    /// Every name that `--field` takes.
    pub const FIELD_NAMES: [&'static str; 11] = [
        "time",
        "status",
        "code",
        "message",
        "request_id",
        "latency",
        "model",
        "tokens_in",
        "tokens_out",
        "key",
        "attempt",
    ];

    pub(super) fn from_field_name(name: &str) -> Option<Self> {
        // A user's id is the id: it outranks the provider's own.
        Some(match name {
            "time" => Self::Time,
            "status" => Self::Status,
            "code" => Self::Code,
            "message" => Self::Message,
            "request_id" => Self::BodyId,
            "latency" => Self::Latency,
            "model" => Self::Model,
            "tokens_in" => Self::TokensIn,
            "tokens_out" => Self::TokensOut,
            "key" => Self::Key,
            "attempt" => Self::Attempt,
            _ => return None,
        })
    }
}
