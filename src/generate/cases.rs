//! What can go wrong in a generated log, and what a reader must make of it.
//!
//! Deliberately not the program's own catalogue: the truth must not be judged by
//! what it is to judge. Only codes and messages with one reading are here.

/// One failure: what the service says, and its meaning.
pub(super) struct Case {
    /// The catalogue's spelling; `HTTP 502` where the service names no code.
    pub(super) code: &'static str,
    /// As written by the native and by the OpenAI-compatible interface; empty: no code at all.
    pub(super) spellings: [&'static str; 2],
    pub(super) status: i32,
    /// Empty: the record has no message.
    pub(super) message: &'static str,
    pub(super) kind: &'static str,
    /// The code alone would mean something else.
    pub(super) needs_message: bool,
    /// Share of ordinary failures (those outside throttling bursts).
    pub(super) weight: u32,
}

impl Case {
    pub(super) fn is_throttled(&self) -> bool {
        self.kind.starts_with("throttle.")
    }
}

const fn case(
    code: &'static str,
    alias: &'static str,
    status: i32,
    message: &'static str,
    kind: &'static str,
    weight: u32,
) -> Case {
    Case {
        code,
        spellings: [code, alias],
        status,
        message,
        kind,
        needs_message: false,
        weight,
    }
}

const fn bare(code: &'static str, status: i32, kind: &'static str, weight: u32) -> Case {
    Case {
        code,
        spellings: ["", ""],
        status,
        message: "",
        kind,
        needs_message: false,
        weight,
    }
}

pub(super) const RATE: usize = 0;
pub(super) const TOKENS: usize = 1;
pub(super) const BURST: usize = 2;
const FREE_TIER: Case = Case {
    needs_message: true,
    ..case(
        "Throttling.AllocationQuota",
        "Throttling.AllocationQuota",
        429,
        "Free allocated quota exceeded.",
        "quota",
        40,
    )
};

pub(super) const CASES: &[Case] = &[
    case(
        "Throttling.RateQuota",
        "Throttling.RateQuota",
        429,
        "Requests rate limit exceeded, please try again later.",
        "throttle.rate",
        160,
    ),
    case(
        "Throttling.AllocationQuota",
        "Throttling.AllocationQuota",
        429,
        "Allocated quota exceeded, please increase your quota limit.",
        "throttle.tokens",
        90,
    ),
    case(
        "Throttling.BurstRate",
        "limit_burst_rate",
        429,
        "Request rate increased too quickly.",
        "throttle.burst",
        30,
    ),
    FREE_TIER,
    case(
        "DataInspectionFailed",
        "data_inspection_failed",
        400,
        "Input data may contain inappropriate content.",
        "content",
        110,
    ),
    case(
        "DataInspectionFailed",
        "data_inspection_failed",
        400,
        "Output data may contain inappropriate content.",
        "content",
        40,
    ),
    case(
        "InvalidParameter",
        "InvalidParameter",
        400,
        "Required parameter(s) missing or invalid, please check the request parameters.",
        "invalid_request",
        90,
    ),
    case(
        "InvalidParameter",
        "InvalidParameter",
        400,
        "Either \"prompt\" or \"messages\" must exist and cannot both be none",
        "invalid_request",
        40,
    ),
    case(
        "InvalidParameter",
        "InvalidParameter",
        400,
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
        "invalid_request",
        40,
    ),
    case(
        "ModelNotFound",
        "model_not_found",
        404,
        "Model can not be found.",
        "not_found",
        40,
    ),
    case(
        "InvalidApiKey",
        "invalid_api_key",
        401,
        "Invalid API-key provided.",
        "auth",
        60,
    ),
    case(
        "InternalError",
        "internal_error",
        500,
        "An internal error has occured, please try again later or contact service support.",
        "server",
        60,
    ),
    case(
        "InternalError.Algo",
        "InternalError.Algo",
        500,
        "An internal error has occured during execution, please try again later or contact service support.",
        "server",
        60,
    ),
    case(
        "ModelUnavailable",
        "ModelUnavailable",
        503,
        "Model is unavailable, please try again later.",
        "server",
        30,
    ),
    case(
        "RequestTimeOut",
        "RequestTimeOut",
        500,
        "Request timed out, please try again later.",
        "timeout",
        40,
    ),
    case(
        "Arrearage",
        "Arrearage",
        400,
        "Access denied, please make sure your account is in good standing.",
        "billing",
        20,
    ),
    case(
        "PrepaidBillOverdue",
        "PrepaidBillOverdue",
        429,
        "The prepaid bill is overdue.",
        "billing",
        20,
    ),
    case(
        "AccessDenied",
        "access_denied",
        403,
        "Access denied.",
        "permission",
        20,
    ),
    bare("HTTP 502", 502, "server", 30),
    bare("HTTP 429", 429, "throttle.other", 20),
    bare("HTTP 0", 0, "network", 0),
    bare("HTTP -1", -1, "network", 0),
];

/// What SDKs write for a connection that broke; in hostile logs alone.
pub(super) const BROKEN: [usize; 2] = [CASES.len() - 2, CASES.len() - 1];

/// A model as it is named, as JSON writes it, its share of the traffic and its usual latency.
pub(super) struct Model {
    pub(super) name: &'static str,
    pub(super) json: &'static str,
    pub(super) weight: u32,
    pub(super) base_us: u32,
}

const fn model(name: &'static str, weight: u32, base_us: u32) -> Model {
    Model {
        name,
        json: name,
        weight,
        base_us,
    }
}

/// The last ones appear in hostile logs alone.
pub(super) static MODELS: &[Model] = &[
    model("qwen-plus", 340, 1_100_000),
    model("qwen-max", 180, 2_400_000),
    model("qwen-turbo", 200, 420_000),
    model("qwen3-coder-plus", 90, 3_100_000),
    model("qwen-vl-max", 60, 1_900_000),
    model("deepseek-v3.2", 50, 1_700_000),
    model("text-embedding-v4", 70, 60_000),
    model("wan2.2-t2i-plus", 10, 180_000),
    Model {
        name: "qwen\u{202e}sulp-nimda",
        json: "qwen\\u202esulp-nimda",
        weight: 0,
        base_us: 500_000,
    },
    Model {
        name: "<img src=x onerror=alert(1)>",
        json: "<img src=x onerror=alert(1)>",
        weight: 0,
        base_us: 500_000,
    },
    Model {
        name: "=HYPERLINK(\"http://evil.example\")",
        json: "=HYPERLINK(\\\"http:\\/\\/evil.example\\\")",
        weight: 0,
        base_us: 500_000,
    },
    Model {
        name: "\u{1b}[2J千问\u{7}",
        json: "\\u001b[2J千\\u95ee\\u0007",
        weight: 0,
        base_us: 500_000,
    },
];

/// Where the hostile models begin in [`MODELS`].
pub(super) const FIRST_HOSTILE_MODEL: usize = 8;

/// The index whose share `ticket` (below the sum of all weights) falls in.
pub(super) fn by_weight(weights: impl Iterator<Item = u32>, mut ticket: u32) -> usize {
    for (index, weight) in weights.enumerate() {
        if ticket < weight {
            return index;
        }
        ticket -= weight;
    }
    0
}
