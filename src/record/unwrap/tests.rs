#[test]
fn adhoc() {
    let Ok(path) = std::env::var("ADHOC") else {
        return;
    };
    for (n, line) in std::fs::read_to_string(path).unwrap().lines().enumerate() {
        let v: serde_json::Value = serde_json::from_str(line).unwrap();
        let t = v
            .get("raw")
            .or(v.get("body"))
            .and_then(|t| t.as_str())
            .unwrap();
        println!(
            "{} http={} {}\n   {:?}",
            n + 1,
            v["http_status"],
            &t.chars().take(200).collect::<String>(),
            super::dig(t)
        );
    }
}
