//! The traps: cases in which the obvious rule gives the wrong answer.

use super::*;
use proptest::prelude::*;

fn judge<'a>(code: &'a str, message: &'a str, status: i32) -> Verdict<'static> {
    let some = |text: &'a str| Some(text).filter(|text| !text.is_empty());
    let status = Some(status).filter(|&status| status != i32::MAX);
    Catalog::shipped().classify(&Evidence {
        provider: None,
        code: some(code),
        message: some(message),
        status,
        doubtful: false,
    })
}

/// No status was logged.
const NONE: i32 = i32::MAX;

fn id(verdict: &Verdict<'static>) -> &'static str {
    verdict.cause.map_or("", |cause| &cause.id)
}

#[test]
fn one_code_may_hold_opposite_kinds() {
    let code = "Throttling.AllocationQuota";
    assert!(
        judge(
            code,
            "Allocated quota exceeded, please increase your quota limit.",
            429
        )
        .kind
        .is_throttle()
    );
    assert_eq!(
        judge(code, "Free allocated quota exceeded.", 429).retry,
        Retry::No
    );
    assert_eq!(
        judge(code, "Your token-plan quota has been exhausted.", 429).retry,
        Retry::Later
    );
    // With 400 it is a number of stored things, not a rate …
    assert_eq!(judge(code, "", 400).kind, Kind::Quota);
    assert_eq!(
        id(&judge(code, "Free allocated quota exceeded", 400)),
        "throttling.allocation-quota.stored"
    );
    // … but a 400 may be an SDK's invention: the message goes before it.
    assert_eq!(
        judge(code, "Allocated quota exceeded, please increase", 400).kind,
        Kind::ThrottleTokens
    );
}

#[test]
fn a_plan_window_is_no_passing_limit() {
    for code in ["", "insufficient_quota", "Throttling.AllocationQuota"] {
        let verdict = judge(
            code,
            "5-hour allocated quota exceeded, try again after it resets",
            429,
        );
        assert_eq!(
            (verdict.kind, verdict.retry),
            (Kind::Quota, Retry::Later),
            "{code}"
        );
        let verdict = judge(code, "concurrency allocated quota exceeded", 429);
        assert_eq!(
            (verdict.kind, verdict.retry),
            (Kind::ThrottleConcurrency, Retry::Backoff),
            "{code}"
        );
    }
}

#[test]
fn insufficient_quota_depends_on_the_provider() {
    let message =
        Some("You exceeded your current quota, please check your plan and billing details.");
    let evidence = Evidence {
        code: Some("insufficient_quota"),
        message,
        status: Some(429),
        provider: None,
        doubtful: false,
    };
    let here = Catalog::shipped().classify(&evidence);
    assert_eq!(
        (&*here.code, here.kind, here.retry),
        (
            "Throttling.AllocationQuota",
            Kind::ThrottleTokens,
            Retry::Backoff
        )
    );
    let there = Catalog::shipped().classify(&Evidence {
        provider: Some(Provider::OpenAi),
        ..evidence
    });
    assert_eq!(
        (&*there.code, there.kind, there.retry),
        ("insufficient_quota", Kind::Quota, Retry::No)
    );
}

#[test]
fn unpaid_429s_are_not_throttled_and_a_503_may_be() {
    for code in [
        "PrepaidBillOverdue",
        "PostpaidBillOverdue",
        "CommodityNotPurchased",
        "BudgetLimitExceeded",
    ] {
        let verdict = judge(code, "", 429);
        assert!(
            !verdict.kind.is_throttle() && verdict.retry == Retry::No,
            "{code}"
        );
    }
    assert_eq!(
        judge("ModelServingError", "", 503).kind,
        Kind::ThrottleCapacity
    );
}

#[test]
fn a_server_error_may_be_the_callers_fault() {
    assert_eq!(
        judge("InternalError.Algo", "list index out of range", 500).kind,
        Kind::InvalidRequest
    );
    assert_eq!(
        judge("InternalError.Algo", "inference internal error", 500).kind,
        Kind::Server
    );
    assert_eq!(
        judge("InternalError.Algo", "something new", 500).kind,
        Kind::Server
    );
    assert_eq!(
        judge(
            "ServiceUnavailableError",
            "Role must be user or assistant and Content length must be greater than 0.",
            400
        )
        .kind,
        Kind::InvalidRequest
    );
}

#[test]
fn the_inner_code_decides_and_the_outer_one_is_reported() {
    let message =
        "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 983616]";
    for outer in [
        "InvalidParameter",
        "invalid_parameter_error",
        "invalid_request_error",
        "InternalError.Algo",
    ] {
        let verdict = judge(outer, message, 400);
        assert_eq!(
            (&*verdict.code, id(&verdict), verdict.listed),
            (outer, "invalid-parameter.input-length", true)
        );
    }
    let verdict = judge("", message, 400);
    assert_eq!(
        (&*verdict.code, id(&verdict)),
        (
            "InternalError.Algo.InvalidParameter",
            "invalid-parameter.input-length"
        )
    );
    // The outer status is an SDK's: what the service said is in the message.
    let verdict = judge(
        "InternalError",
        "<429> Throttling.RateQuota: Requests rate limit exceeded",
        500,
    );
    assert_eq!(
        (&*verdict.code, verdict.kind),
        ("InternalError", Kind::ThrottleRate)
    );
    let verdict = judge(
        "InternalError.Algo",
        "<400> InternalError.Algo.InvalidParameter: never heard of",
        500,
    );
    assert_eq!(
        (verdict.kind, verdict.listed),
        (Kind::InvalidRequest, false)
    );
    let verdict = judge(
        "",
        "[API Error: <5000202> InternalError.Algo.ModelServingError.ModelServingUnknownError: An error occurred in model serving. It sent us [{\"status_message\":\"Too many requests. Your requests are being throttled due to system capacity limits.\"}]]",
        503,
    );
    assert_eq!(
        (&*verdict.code, verdict.kind),
        ("ModelServingError", Kind::ThrottleCapacity)
    );
}

#[test]
fn a_message_never_seen_borrows_the_generic_row() {
    let verdict = judge("limit_requests", "A brand new sentence", 429);
    assert_eq!(
        (&*verdict.code, id(&verdict), verdict.listed),
        ("Throttling.RateQuota", "throttling.rate-quota", false)
    );
    assert!(judge("limit_requests", "", 429).listed);
    assert!(
        judge("limit_requests", "  \n ", 429).listed,
        "a blank message is none"
    );
    // A short message must be whole: this one merely begins like "Access denied."
    assert!(!judge("AccessDenied", "Access denied for reasons unknown", 403).listed);
}

#[test]
fn unknown_codes_stand_as_written() {
    let verdict = judge("Wibble.Wobble", "", 418);
    assert_eq!(
        (&*verdict.code, verdict.kind, verdict.retry),
        ("Wibble.Wobble", Kind::Unknown, Retry::Unknown)
    );
    assert!(verdict.cause.is_none() && !verdict.listed);
    let verdict = judge("Wibble.Wobble", "", 429);
    assert_eq!(
        (&*verdict.code, verdict.kind),
        ("Wibble.Wobble", Kind::ThrottleOther)
    );
    let verdict = judge("Wibble.Wobble", "Free allocated quota exceeded.", 429);
    assert_eq!(
        (&*verdict.code, verdict.kind, verdict.listed),
        ("Wibble.Wobble", Kind::Quota, true)
    );
}

#[test]
fn a_status_is_no_code() {
    for (code, status) in [("429", NONE), ("", 429), ("429", 429), (" 429 ", NONE)] {
        let verdict = judge(code, "", status);
        assert_eq!(
            (&*verdict.code, verdict.kind),
            ("HTTP 429", Kind::ThrottleOther)
        );
    }
    assert_eq!(
        &*judge("500", "", 429).code,
        "HTTP 429",
        "the logged status goes before it"
    );
    assert_eq!(
        &*judge("5000202", "", 500).code,
        "5000202",
        "no HTTP status"
    );
    for (status, code, kind) in [
        (0, "HTTP 0", Kind::Network),
        (-1, "HTTP -1", Kind::Network),
        (NONE, "HTTP none", Kind::Unknown),
        (503, "HTTP 503", Kind::Server),
        (599, "HTTP 599", Kind::Timeout),
        (577, "HTTP 577", Kind::Server),
        (418, "HTTP 418", Kind::Unknown),
        (1234, "HTTP 1234", Kind::Unknown),
        (i32::MIN, "HTTP -2147483648", Kind::Network),
    ] {
        let verdict = judge("", "", status);
        assert_eq!(
            (&*verdict.code, verdict.kind, verdict.listed),
            (code, kind, true)
        );
    }
}

#[test]
fn a_gateways_reason_phrase_is_not_a_providers_message() {
    let verdict = judge("", "Too Many Requests", 429);
    assert_eq!(
        (&*verdict.code, id(&verdict), verdict.listed),
        ("HTTP 429", "http.429", true)
    );
    assert_eq!(
        id(&judge("ServiceOverloaded", "Too many requests.", 429)),
        "throttling.service-overloaded"
    );
    assert_eq!(id(&judge("", "Internal Server Error", 500)), "http.500");
}

#[test]
fn typography_does_not_matter() {
    for message in [
        "url error, please check url！ For details, see: https://example.com/error-code#error-url",
        "URL  error，\n please check url!",
        "Error: url error, please check url (request id: x)",
    ] {
        assert_eq!(
            id(&judge("InvalidParameter", message, 400)),
            "invalid-parameter.url-error",
            "{message}"
        );
        assert_eq!(
            &*judge("", message, 400).code,
            "InvalidParameter",
            "{message}"
        );
    }
    assert_eq!(
        id(&judge(
            "",
            "The model `qwen-x` does not exist or you do not have access to it.",
            404
        )),
        "model-not-found.not-activated"
    );
    assert_eq!(
        id(&judge(
            "AccessDenied",
            "Access denied. For details, see: https://x",
            403
        )),
        "access-denied"
    );
}

#[test]
fn errors_of_other_providers_need_evidence_for_families_only() {
    let aws = |code| {
        Catalog::shipped().classify(&Evidence {
            provider: Some(Provider::Aws),
            code: Some(code),
            ..Evidence::default()
        })
    };
    let verdict = aws("Client.InvalidVpcID.NotFound");
    assert_eq!(
        (&*verdict.code, verdict.kind),
        ("Client.InvalidVpcID.NotFound", Kind::NotFound)
    );
    assert_eq!(aws("Client.VpcLimitExceeded").kind, Kind::Quota);
    assert_eq!(aws("ThrottlingException").kind, Kind::ThrottleRate);
    assert_eq!(aws("Throttling").kind, Kind::ThrottleRate);
    assert_eq!(
        judge("Client.InvalidVpcID.NotFound", "", NONE).kind,
        Kind::Unknown
    );
    assert_eq!(
        judge("ThrottlingException", "", 400).kind,
        Kind::ThrottleRate
    );
    assert_eq!(
        judge("context_length_exceeded", "", 400).kind,
        Kind::InvalidRequest
    );
    assert_eq!(judge("ECONNRESET", "", NONE).kind, Kind::Network);
}

#[test]
fn the_best_fitting_field_wins() {
    let catalog = Catalog::shipped();
    let (cause, fit) = catalog
        .fits_message(
            None,
            "boom: Requests rate limit exceeded, please try again later.",
        )
        .unwrap();
    assert_eq!((&*cause.id, fit), ("throttling.rate-quota", 28));
    assert!(
        catalog
            .fits_message(None, "request handled in 12 ms")
            .is_none()
    );
    assert!(catalog.fits_message(None, "").is_none());
}

#[test]
fn nearest_finds_misspellings() {
    let names = |query| {
        Catalog::shipped()
            .nearest(query, 3)
            .iter()
            .map(|cause| cause.code.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names("InvalidApiKye").first().map(String::as_str),
        Some("InvalidApiKey")
    );
    assert_eq!(
        names("ratequota").first().map(String::as_str),
        Some("Throttling.RateQuota")
    );
    assert!(names("qqqqqqqqqqqqqqqq").is_empty() && names("").is_empty());
}

proptest! {
    #[test]
    fn nothing_panics(code in "\\PC{0,30}", message in "(\\PC|[<>*\\[\\]:. ]|<400> A.b: ){0,60}", status: i32, provider in 0..6usize) {
        let provider = Provider::ALL.get(provider).copied();
        let evidence = Evidence { provider, code: Some(&code), message: Some(&message), status: Some(status), doubtful: false };
        let verdict = Catalog::shipped().classify(&evidence);
        prop_assert!(!verdict.code.is_empty());
        prop_assert_eq!(verdict.cause.map_or(Kind::Unknown, |cause| cause.kind), verdict.kind);
        prop_assert!(verdict.cause.is_some() || !verdict.listed);
        let _ = Catalog::shipped().nearest(&message, 3);
        let _ = Catalog::shipped().fits_message(provider, &message);
    }

    #[test]
    fn any_catalogue_is_read_or_refused(source in "(\\PC|\n|\\[\\[cause\\]\\]\n|id = \"a\"\n|kind = \"auth\"\n){0,40}") {
        let _ = Catalog::with_source(&source);
    }
}
