//! A user's own rows: precedence, and refusals that say where and why.

use super::*;

const OWN: &str = r#"
provider = "dashscope"
[[cause]]
id = "ours.gateway"
code = "Gateway.Busy"
messages = ["our gateway is busy", "Requests rate limit exceeded by gateway"]
kind = "throttle.capacity"
retry = "later"
who = "owner"
en.meaning = "Our gateway is busy."
en.advice = "Wait."
zh.meaning = "自家网关繁忙。"
zh.advice = "等待。"
"#;

#[test]
fn own_rows_take_precedence() {
    let catalog = Catalog::with_source(OWN).unwrap();
    assert_ne!(catalog.version(), Catalog::shipped().version());
    let evidence = Evidence {
        message: Some("Requests rate limit exceeded by gateway"),
        ..Evidence::default()
    };
    assert_eq!(catalog.classify(&evidence).code, "Gateway.Busy");
    let replaced = OWN
        .replace("ours.gateway", "arrearage")
        .replace("Gateway.Busy", "Arrearage");
    let catalog = Catalog::with_source(&replaced).unwrap();
    assert_eq!(catalog.causes().len(), Catalog::shipped().causes().len());
    let evidence = Evidence {
        code: Some("Arrearage"),
        ..Evidence::default()
    };
    assert_eq!(catalog.classify(&evidence).retry, Retry::Later);
}

#[test]
fn bad_rows_are_refused_with_line_and_reason() {
    for (from, to, reason) in [
        (
            "kind = \"throttle.capacity\"",
            "kind = \"throttled\"",
            "throttled",
        ),
        ("id = \"ours.gateway\"", "id = \"Ours\"", "id"),
        (
            "zh.advice = \"等待。\"",
            "zh.advice = \" \"",
            "zh.advice is empty",
        ),
        ("zh.advice = \"等待。\"", "", "advice"),
        ("\"our gateway is busy\"", "\"busy\"", "too short"),
        ("\"our gateway is busy\"", "\"<*>\"", "no literal"),
        (
            "code = \"Gateway.Busy\"",
            "code = \"Gateway.*\"",
            "wildcards belong into covers",
        ),
        (
            "who = \"owner\"",
            "who = \"owner\"\ncolour = \"red\"",
            "colour",
        ),
        ("[[cause]]", "[[cause", ""),
    ] {
        assert!(OWN.contains(from), "{from}");
        let refused = Catalog::with_source(&OWN.replacen(from, to, 1)).unwrap_err();
        assert!(
            refused.starts_with("line ") && refused.contains(reason),
            "{to}: {refused}"
        );
    }
    let twice = format!("{OWN}{}", OWN.replace("provider = \"dashscope\"\n", ""));
    assert!(
        Catalog::with_source(&twice)
            .unwrap_err()
            .contains("another row has this id")
    );
    let other = OWN
        .replace("provider = \"dashscope\"\n", "")
        .replace("ours.gateway", "ours.second");
    let refused = Catalog::with_source(&format!("{OWN}{other}")).unwrap_err();
    assert!(refused.contains("exactly one must be"), "{refused}");
}

#[test]
fn a_file_is_refused_with_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("own.toml");
    assert!(Catalog::with_file(&path).is_err());
    std::fs::write(&path, OWN).unwrap();
    assert!(Catalog::with_file(&path).is_ok());
    std::fs::write(
        &path,
        OWN.replace("kind = \"throttle.capacity\"", "kind = 7"),
    )
    .unwrap();
    let error = Catalog::with_file(&path).unwrap_err().to_string();
    assert!(
        error.contains("own.toml") && error.contains("line 7"),
        "{error}"
    );
    std::fs::write(&path, b"\xff").unwrap();
    assert!(
        Catalog::with_file(&path)
            .unwrap_err()
            .to_string()
            .contains("UTF-8")
    );
}
