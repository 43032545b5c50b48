//! Records in Docker's envelopes, in all that may become of them: what is read is what the
//! oracle reads, whatever the instructions and wherever blocks end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

mod util;

use util::dslog;
use util::numbers::Numbers;

const MESSAGES: &[&str] = &[
    "Requests rate limit exceeded, please try again later.",
    "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 6000]",
    "say \"hi\" & C:\\dir\\",
    "免费额度已用完",
    "a\tb\nc\u{1}",
    "",
];

/// What an application writes, without the end of its line.
fn record(random: &mut Numbers, n: usize) -> String {
    let message = serde_json::to_string(random.pick(MESSAGES)).unwrap();
    let model = random.pick(&["qwen-max", "qwen3-coder-plus", "m"]);
    let id = format!("{:08x}-0000-4000-8000-{n:012x}", random.below(1 << 30));
    let second = n / 40 % 60;
    let time = format!(
        "2026-11-22T08:{:02}:{second:02}.{:03}Z",
        n / 2400 % 60,
        n % 1000
    );
    let latency = random.below(90_000);
    match random.below(12) {
        0..=5 => format!(
            r#"{{"timestamp":"{time}","level":"INFO","model":"{model}","status":200,"request_id":"{id}","latency_ms":{latency}}}"#
        ),
        6 | 7 => format!(
            r#"{{"timestamp":"{time}","level":"ERROR","model":"{model}","status":429,"code":"Throttling.RateQuota","message":{message},"request_id":"{id}"}}"#
        ),
        8 => format!(
            r#"{{"level":"ERROR","status":400,"code":"InvalidParameter","message":{message},"request_id":"{id}"}}"#
        ),
        9 => format!(
            r#"{{"msg":{message},"prompt":{message},"status":200,"latency_ms":{latency}.5}}"#
        ),
        10 => random
            .pick(&[
                "plain text",
                "",
                " ",
                "{",
                "{\"status\":500",
                "[1]",
                "{\"status\":429}x",
            ])
            .to_owned(),
        _ => format!("{{\"status\": 500, \"request_id\": \"{id}\"}}"),
    }
}

/// A line of Docker's with some text.
fn line(random: &mut Numbers, text: &str, n: usize) -> Vec<u8> {
    let mut log = serde_json::to_string(text).unwrap();
    if random.one_in(2) {
        // As Go writes it.
        log = log
            .replace('<', "\\u003c")
            .replace('>', "\\u003e")
            .replace('&', "\\u0026");
    }
    let stream = if random.one_in(40) {
        "other"
    } else {
        random.pick(&["stdout", "stdout", "stderr"])
    };
    let time = match random.below(60) {
        0 => "null".to_owned(),
        1 => "\"soon\"".to_owned(),
        digits => format!(
            "\"2026-11-22T09:{:02}:00.{}Z\"",
            n / 100 % 60,
            "123456789".repeat(7).split_at(digits % 9 + 1).0
        ),
    };
    let mut line = match random.below(30) {
        0 => format!(r#"{{"stream":"{stream}","time":{time},"log":{log}}}"#),
        1 | 9 => {
            let status = random.pick(&["200", "null", "429"]);
            format!(r#"{{"log":{log},"stream":"{stream}","status":{status},"time":{time}}}"#)
        }
        2 => format!(r#"{{"log":{log},"stream":"{stream}"}}"#),
        3 => format!(r#"{{"log":{log},"time":{time}}}"#),
        4 => format!(r#"{{"log":{log},"stream":17,"time":{time},"model":"outer"}}"#),
        8 => format!(
            r#"{{"log":{log},"stream":"{stream}","kubernetes":{{"a_key_longer_than_what_is_compared_at_once":"x"}},"time":{time}}}"#
        ),
        5..=7 => {
            format!(r#"{{"log":{log},"stream":"{stream}","attrs":{{"tag":"a"}},"time":{time}}}"#)
        }
        _ => format!(r#"{{"log":{log},"stream":"{stream}","time":{time}}}"#),
    }
    .into_bytes();
    if random.one_in(30) {
        let at = random.below(line.len());
        match random.below(4) {
            0 => line[at] = b"\"\\,}u\x01 7"[random.below(8)],
            1 => drop(line.remove(at)),
            2 => line.insert(at, b"\"\\\\,}0"[random.below(6)]),
            _ => line.truncate(at),
        }
    }
    line.push(b'\n');
    line
}

fn log(seed: u64, lines: usize) -> Vec<u8> {
    let mut random = Numbers(seed);
    let mut log = Vec::new();
    for n in 0..lines {
        let mut text = record(&mut random, n);
        match random.below(25) {
            // In two lines, of which others may stand between.
            0 => {
                let middle = (0..=text.len() / 2)
                    .rev()
                    .find(|at| text.is_char_boundary(*at))
                    .unwrap();
                let rest = text.split_off(middle);
                log.extend(line(&mut random, &text, n));
                text = rest + "\n";
            }
            1 => {}
            2 => text += "\r\n",
            3 => {
                text = format!("{text}\n{}\n", record(&mut random, n));
            }
            _ => text += "\n",
        }
        log.extend(line(&mut random, &text, n));
    }
    log
}

#[test]
fn envelopes_are_read_as_the_oracle_reads_them() {
    let dir = tempfile::tempdir().unwrap();
    for seed in 1..=6 {
        let path = dir.path().join("docker.log");
        std::fs::write(&path, log(seed, 4000)).unwrap();
        let path = path.to_str().unwrap();
        let answer = |more: &[&str]| {
            let mut args = vec!["analyze", "--format", "json", path];
            args.extend(more);
            String::from_utf8(dslog(&args).stdout).unwrap()
        };
        let truth = answer(&["--engine", "oracle", "--threads", "1"]);
        assert!(truth.contains("Throttling.RateQuota"));
        for isa in ["portable", "avx2", "auto"] {
            for more in [["--threads", "1"], ["--block-bytes", "5000"]] {
                let told = answer(&[&["--isa", isa], &more[..]].concat());
                assert!(told == truth, "seed {seed}, {isa}, {more:?}");
            }
        }
    }
}
