use super::*;
use proptest::prelude::*;
use std::time::{Duration, Instant};

#[test]
fn secrets_are_cut_down() {
    for (text, wanted) in [
        ("sk-0123456789abcdef0123456789abcdef", "sk-***"),
        (
            "key 'sk-proj_aB3-dE5fG7hI9jK1l' refused",
            "key 'sk-***' refused",
        ),
        ("cut off: sk-01234567", "cut off: sk-***"),
        (
            "Authorization: Bearer abcdef0123456789",
            "Authorization: Bearer abc***",
        ),
        (
            "{\"Authorization\":\"Basic dXNlcjpwYXNzd29yZA==\"}",
            "{\"Authorization\":\"Basic dXN***\"}",
        ),
        ("authorization=Q1w2e3r4t5y6", "authorization=Q1w***"),
        ("id AKIAIOSFODNN7EXAMPLE of", "id AKI*** of"),
        ("id LTAI5tAbCdEfGhIjKlMnOpQr of", "id LTA*** of"),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "ghp***"),
        (
            "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy",
            "xox***",
        ),
        (
            "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_123 end",
            "jwt eyJ*** end",
        ),
        (
            "GET /v1?key=abcd1234efgh&page=2",
            "GET /v1?key=abc***&page=2",
        ),
        (
            "https://h.example/f.png?Expires=1&OSSAccessKeyId=x&Signature=aB%2Fc1234567",
            "https://h.example/f.png?Expires=1&OSSAccessKeyId=x&Signature=aB%***",
        ),
        ("api_key='abcdefgh12345678'", "api_key='abc***'"),
        ("\"apiKey\": \"a1b2c3d4e5f6g7h8\"", "\"apiKey\": \"a1b***\""),
        (
            "{\\\"api-key\\\":\\\"a1b2c3d4e5f6g7h8\\\"}",
            "{\\\"api-key\\\":\\\"a1b***\\\"}",
        ),
        (
            "Incorrect API key provided: a1b2c3d4e5f6.",
            "Incorrect API key provided: a1b***",
        ),
        (
            "DASHSCOPE_API_KEY=0123456789abcdef",
            "DASHSCOPE_API_KEY=012***",
        ),
        (
            "password: \"correct horse battery\"",
            "password: \"cor***\"",
        ),
        ("next%3Dsk-0123456789abcdef", "next%3Dsk-***"),
        ("tokensk-0123456789abcdef0123", "tokensk-***"),
        ("sk-aaaaaaaabbbb sk-ccccccccdddd", "sk-*** sk-***"),
        ("sk-abcdefghijklmnop1234. Please", "sk-***. Please"),
        // A workspace's key: parts with dots between, the last one Base64 in either alphabet.
        (
            "call with key sk-ws-H.FAKEKEY.fake.MEQCDNxril3RavGD5MfvJ7NScUykT8C8UBkkpdhiG37Le refused",
            "call with key sk-*** refused",
        ),
        (
            "token sk-ws-H.FAKEKEY.fake.MEQC/Nxril3+avGD5M_vJ7NS-Uyk==.",
            "token sk-***.",
        ),
        (
            "?key=sk-ws-H.FAKEKEY.fake.MEQC%2FNxril3%2bavGD5M%3D&page=2",
            "?key=sk-***&page=2",
        ),
        (
            "{\\\"k\\\":\\\"sk-ws-H.FAKEKEY.fake.MEQC\\/Nxril3avGD5M\\u003d\\\"}",
            "{\\\"k\\\":\\\"sk-***\\\"}",
        ),
        (
            "plan sk-sp-D.FAKE.f4K3.MEUCIQ/x1+y2Z3==, ok",
            "plan sk-***, ok",
        ),
        ("cut off: sk-ws-H.FAKE. Then", "cut off: sk-***. Then"),
        (
            "sent dXNl: Basic dXNlcjpwYXNzd29yZA== to",
            "sent dXNl: Basic dXN*** to",
        ),
        ("cut off: basic dXNlcm5h", "cut off: basic dXN***"),
        ("starred: Basic dXNlcm5h...", "starred: Basic dXN***..."),
        ("Basic Zm9vOg==. Then", "Basic Zm9***. Then"),
        ("Basic 5a+G56CB6ZSZ6K+v6ZSZ6K+v", "Basic 5a+***"),
        ("Basic 1QZq8vLkP2mN4xR7tY1wC5bD9f is", "Basic 1QZ*** is"),
        (
            "header=Basic%20dXNlcjpwYXNzd29yZA%3D%3D&x",
            "header=Basic%20dXN***&x",
        ),
        ("id STS.4xRf8kP2mN4xR7tY1wC5bD9f of", "id STS*** of"),
        ("id STS.NTabcdefghijklmnopqrstuv of", "id STS*** of"),
        ("cut off: STS.NTabcdef", "cut off: STS***"),
        ("starred: STS.NTabcdef****", "starred: STS*******"),
    ] {
        assert_eq!(redact(text), wanted, "{text}");
        assert_eq!(redact(&redact(text)), wanted, "twice: {text}");
    }
}

#[test]
fn other_text_is_untouched() {
    for text in [
        "",
        "request_id 7f0c2a1e-55aa-4bcd-9d10-0123456789ab",
        "{\"id\":\"chatcmpl-7f0c2a1e-55aa-4bcd-9d10-0123456789ab\",\"model\":\"qwen3-235b-a22b-instruct-2507\"}",
        "task-7f0c2a1e-55aa-4bcd-9d10-0123456789ab is waiting on disk-0123456789abcdef0",
        "Invalid API-key provided.",
        "Incorrect API key provided. For details, see the documentation.",
        "Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
        "invalid access token or token expired",
        "max_tokens=12345678, total_token: 123456789, signal: terminated",
        "sort_key=created_at_descending",
        "the key: something else entirely",
        "set api_key=$DASHSCOPE_API_KEY or api_key=<your key>",
        "sk-*** and sk-1234",
        "Asia/Shanghai, ASIA-PACIFIC",
        "Basic plan, Basic authentication: the Basic Edition",
        "Basic DashScope quota, BASIC_LIMIT, Basic subscriptions, basic qwen3-max",
        "Basic Installer of CFLAGS, Basic LDFLAGS= now, BASIC AUTHENTICATION REQUIRED HERE",
        "Basic MemoryError or Basic Online mode, Basic P1Y2MT5H for 5aa3c9e3-0c3b-9c0b-8a4c-1f2e3d4c5b6a",
        "Basic Internationalization of DashScope",
        "asked STS. Then STS.AssumeRole refused, STS.AssumeRoleWithSAML, too",
        "sk-learn.org, sk-v1.2.3.tar, sk-ws-..., task-ws-H.example.com.cn",
        "密钥无效，请检查",
    ] {
        assert!(
            matches!(redact(text), Cow::Borrowed(t) if t == text),
            "{}",
            redact(text)
        );
    }
}

#[test]
fn keys_of_callers() {
    for key in [
        "",
        "team-a",
        "search",
        "key-7",
        "ws-0123456789abcdef",
        "llm-9f8e7d6c5b4a3210",
        "production search / batch-2",
        "7f0c2a1e-55aa-4bcd-9d10-0123456789ab",
        "bob@example.com",
        "sk-***1234",
    ] {
        assert_eq!(redact_key(key), key);
    }
    for key in [
        "sk-01234567",
        "sk-0123456789abcdef0123456789abcdef",
        "a1b2c3d4e5f6a7b8c9d0",
        "Zk9QmXv2LpT7sRw4",
    ] {
        let shown = redact_key(key);
        assert!(
            shown.starts_with(&key[..3]) && shown.len() == 10 && shown[3..6] == *"***",
            "{shown}"
        );
        assert_eq!(shown, redact_key(&format!("Bearer {key}")));
    }
    assert_ne!(
        redact_key("sk-0123456789abcdef0"),
        redact_key("sk-0123456789abcdef1")
    );
}

#[test]
fn values_under_names_of_secrets() {
    for (name, value, wanted) in [
        ("headers.authorization", "Token abcdefgh", "Tok***b3dd"),
        ("password", "a \"quoted\" phrase", "a \"***4cea"),
        ("usage.token", "123456789", "123456789"),
        ("usage.input_tokens", "a1b2c3d4e5", "a1b2c3d4e5"),
        ("request_id", "a1b2c3d4e5f6a7b8c9d0", "a1b2c3d4e5f6a7b8c9d0"),
        ("password", "none", "none"),
        (
            "message",
            "key sk-0123456789abcdef refused",
            "key sk-*** refused",
        ),
    ] {
        assert_eq!(redact_named(name, value), wanted, "{name}");
    }
}

/// Secrets as they are made, each with its own alphabet.
fn any_secret() -> impl Strategy<Value = String> {
    prop_oneof![
        "sk-[a-f0-9]{32}",
        "sk-[A-Za-z0-9_-]{16,60}",
        "sk-(proj|sp|or-v1)-[A-Za-z0-9]{20,64}",
        "sk-(ws|sp)-[A-Z]\\.[A-Z]{4,8}\\.[A-Za-z0-9]{4}\\.ME[UYQ]C[A-Za-z0-9_-]{60,92}",
        "sk-(ws|sp)-[A-Z]\\.[A-Z]{4,8}\\.[A-Za-z0-9]{4}\\.ME[UYQ]C[A-Za-z0-9+/]{60,92}={0,2}",
        "STS\\.[A-Za-z0-9]{20,40}",
        "(AKIA|ASIA)[A-Z0-9]{16}",
        "LTAI[A-Za-z0-9]{16,20}",
        "gh[pousr]_[A-Za-z0-9]{36}",
        "xox[abprs]-[0-9]{10,12}-[A-Za-z0-9]{24}",
        "eyJ[A-Za-z0-9_-]{20,60}\\.eyJ[A-Za-z0-9_-]{20,60}\\.[A-Za-z0-9_-]{20,43}",
    ]
}

/// What stands before and after a secret in logs.
fn any_context() -> impl Strategy<Value = (String, String)> {
    let pairs = prop::sample::select(vec![
        ("", ""),
        (" ", " "),
        ("\"", "\""),
        ("'", "'"),
        ("=", "&x=1"),
        (":", ","),
        ("Bearer ", "\""),
        ("\"api_key\": \"", "\"}"),
        ("{\\\"k\\\":\\\"", "\\\"}"),
        ("?token=", " HTTP/1.1"),
        ("provided: ", "."),
        ("密钥", "无效"),
        ("\\n", "\\n"),
        ("%3D", "%26"),
        ("(", ")"),
        ("https://u:", "@host/"),
        ("[", "]"),
        ("…", "…"),
        ("Authorization: ", "\n"),
        ("\\u003d", " "),
        ("_", " "),
        ("-", " "),
        ("/", "?a=b"),
    ]);
    ("\\PC{0,20}", pairs, "\\PC{0,20}").prop_map(|(before, (open, close), after)| {
        // A letter or digit right before a secret would make it another word.
        let gap = if before.ends_with(|c: char| c.is_ascii_alphanumeric()) && open.is_empty() {
            " "
        } else {
            ""
        };
        (format!("{before}{gap}{open}"), format!("{close}{after}"))
    })
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let mut padded = [0; 4];
        padded[1..=three.len()].copy_from_slice(three);
        let bits = u32::from_be_bytes(padded);
        for digit in 0..4 {
            out.push(match digit <= three.len() {
                true => char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]),
                false => '=',
            });
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]
    #[test]
    fn no_window_of_eight_survives(secret in any_secret(), (before, after) in any_context(), cut in 0..100_usize) {
        // Half of them cut off, as log lines are.
        let whole = cut >= 50;
        let kept = if whole { secret.len() } else { (12 + cut).min(secret.len()) };
        let text = format!("{before}{}{}", &secret[..kept], if whole { after.as_str() } else { "" });
        let shown = redact(&text);
        for window in secret.as_bytes()[..kept].windows(8) {
            let window = std::str::from_utf8(window).unwrap();
            prop_assert!(!shown.contains(window), "{text:?} -> {shown:?}");
        }
    }

    #[test]
    fn labelled_values_do_not_survive(
        secret in "[A-Za-z0-9+/_.-]{7,40}[0-9]x",
        label in prop::sample::select(vec![
            "api_key=", "api-key: ", "\"apiKey\":\"", "'api_key': '", "API KEY=", "&token=", "?sign=", "&Signature=",
            "&access_token=", "secret_key=", "\"password\":\"", "X-Api-Key: ", "Bearer ", "Authorization: Bearer ",
            "AccessKeySecret=", "access_token=",
        ]),
    ) {
        prop_assume!(!secret.bytes().take(secret.len() - 1).all(|b| b.is_ascii_digit() || b == b'.'));
        let text = format!("{label}{secret}");
        let shown = redact(&text);
        for window in secret.as_bytes().windows(8) {
            prop_assert!(!shown.contains(std::str::from_utf8(window).unwrap()), "{text:?} -> {shown:?}");
        }
    }

    #[test]
    fn credentials_do_not_survive(
        user in "[a-zA-Z0-9._@-]{1,20}|[一-龥]{2,9}", password in "[ -~]{4,30}", (before, after) in any_context(), cut in 8..80_usize,
        scheme in prop::sample::select(vec![
            "Basic ", "basic ", "BASIC ", "Basic: ", "Basic+", "Authorization: Basic ", "\"Authorization\":\"Basic ",
        ]),
    ) {
        let secret = base64(format!("{user}:{password}").as_bytes());
        let kept = cut.min(secret.len());
        let after = if kept == secret.len() { after.as_str() } else { "" };
        let text = format!("{before} {scheme}{}{after}", &secret[..kept]);
        let shown = redact(&text);
        for window in secret.as_bytes()[..kept].windows(8) {
            prop_assert!(!shown.contains(std::str::from_utf8(window).unwrap()), "{text:?} -> {shown:?}");
        }
    }

    #[test]
    fn never_panics(text in "\\PC{0,200}", key in "\\PC{0,60}") {
        let once = redact(&text).into_owned();
        prop_assert!(once.len() <= text.len() + 3 * text.len());
        redact_key(&key);
    }
}

#[test]
fn time_is_linear() {
    for piece in [
        "sk-",
        "key=",
        "apikey=",
        "eyJ.",
        "Bearer ",
        "token=",
        "password=\"",
        "authorization:",
        "k-key-",
        "sk-ws-H.",
        "sk-ws-H.x\\/",
        "basic+",
        "basic \\",
        "STS.N",
        "\"key\" : ",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        let start = Instant::now();
        redact(&text);
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "{piece}: {:?}",
            start.elapsed()
        );
    }
}
