//! One log, however it is stored, cut and named, gives one report: byte for byte, but for
//! `inputs`, which tell of the storage.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test may fail

mod util;

use std::io::Write as _;
use std::path::Path;
use util::{dslog, generate};

/// The JSON report of these paths, without `inputs`, as text.
#[track_caller]
fn answer(paths: &[&Path], more: &[&str]) -> String {
    let paths: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
    let mut args = vec!["analyze", "--format", "json", "--recovered"];
    args.extend(more);
    args.extend(paths);
    let out = String::from_utf8(dslog(&args).stdout).unwrap();
    // As text, so that the order of keys and the form of numbers count, too.
    let start = out.find("\n  \"inputs\": [").expect("inputs are listed");
    let end = start + out[start..].find("\n  ],").expect("inputs end");
    format!("{}{}", &out[..start], &out[end..])
}

/// Cuts at line ends into `n` files of unlike sizes.
fn pieces(log: &[u8], n: usize) -> Vec<Vec<u8>> {
    let mut pieces = vec![Vec::new(); n];
    let lines: Vec<&[u8]> = log.split_inclusive(|byte| *byte == b'\n').collect();
    for (at, line) in lines.iter().enumerate() {
        // 1, 2, 3 … shares: the last is n times the first.
        let share = at * n * (n + 1) / 2 / lines.len();
        let piece = (0..n).find(|k| share < (k + 1) * (k + 2) / 2).unwrap();
        pieces[piece].extend_from_slice(line);
    }
    pieces
}

#[test]
fn the_order_and_names_of_files_do_not_show() {
    for profile in ["storm", "mixed", "docker", "cri", "hostile"] {
        let (dir, log, _) = generate(profile, 1_500, 11);
        let pieces = pieces(&std::fs::read(&log).unwrap(), 5);
        let mut answers = Vec::new();
        for (turn, names) in [
            ["a", "b", "c", "d", "e"],
            ["e", "d", "c", "b", "a"],
            ["c", "e", "a", "d", "b"],
        ]
        .iter()
        .enumerate()
        {
            let under = dir.path().join(turn.to_string());
            std::fs::create_dir(&under).unwrap();
            let mut paths = Vec::new();
            for (name, piece) in names.iter().zip(&pieces) {
                let path = under.join(name).with_extension("jsonl");
                std::fs::write(&path, piece).unwrap();
                paths.push(path);
            }
            let mut given: Vec<&Path> = paths.iter().map(AsRef::as_ref).collect();
            answers.push(answer(&given, &[]));
            given.reverse();
            answers.push(answer(
                &given,
                &["--threads", "7", "--segment-bytes", "30000"],
            ));
            given.swap(0, 3);
            answers.push(answer(&given, &["--threads", "1"]));
            answers.push(answer(&[&under], &["--block-bytes", "777"]));
        }
        assert!(answers[0].contains("\"failures\""));
        for (n, other) in answers.iter().enumerate() {
            assert!(answers[0] == *other, "{profile}: answer {n} is another");
        }
    }
}

#[test]
fn compression_does_not_show() {
    type Encode = fn(&[u8]) -> Vec<u8>;
    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }
    fn bzip2(data: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }
    fn xz(data: &[u8]) -> Vec<u8> {
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }
    fn lz4(data: &[u8]) -> Vec<u8> {
        let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }
    let zstd: Encode = |data| zstd::encode_all(data, 1).unwrap();
    let encoders: [(&str, Encode); 5] = [
        ("gz", gzip),
        ("zst", zstd),
        ("bz2", bzip2),
        ("xz", xz),
        ("lz4", lz4),
    ];
    for (profile, lines) in [("wide", 300), ("mixed", 1_500), ("cri", 1_500)] {
        let (dir, log, truth) = generate(profile, lines, 5);
        let data = std::fs::read(&log).unwrap();
        let plain = answer(&[log.as_ref()], &[]);
        let bytes = truth["totals"]["bytes"].to_string();
        assert!(plain.contains(&format!("\"bytes\": {bytes},")), "{bytes}");
        for (ending, encode) in encoders {
            // Whole, and in members or frames that end within lines.
            let members: Vec<u8> = data.chunks(data.len() / 3 + 1).flat_map(encode).collect();
            for (how, stored) in [("whole", encode(&data)), ("members", members)] {
                // Names say nothing, at times the wrong thing.
                let name = match how {
                    "whole" => format!("whole.{ending}"),
                    _ => format!("{ending}.zip.log"),
                };
                let path = dir.path().join(name);
                std::fs::write(&path, &stored).unwrap();
                for more in [
                    &["--threads", "1"][..],
                    &["--threads", "7", "--block-bytes", "5000"],
                ] {
                    let other = answer(&[&path], more);
                    assert!(plain == other, "{profile} {path:?} {more:?} is another");
                }
            }
        }
    }
}

/// The report of a log by one engine, but for its bytes: the same said in other words is of
/// other length.
fn said(log: &[u8], engine: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.jsonl");
    std::fs::write(&path, log).unwrap();
    let answer = answer(&[&path], &["--engine", engine, "--top", "50"]);
    let bytes = answer.find("\"bytes\"").unwrap();
    let end = bytes + answer[bytes..].find(',').unwrap();
    format!("{}{}", &answer[..bytes], &answer[end..])
}

/// Higress tells model and tokens in a string.
#[test]
fn a_gateways_string_says_as_much_as_keys() {
    let mut logs = [const { Vec::new() }; 3];
    for n in 0_u32..2_000 {
        let model = ["qwen-max", "qwen-plus", "deepseek-v3"][n as usize % 3];
        let rest = match n % 7 {
            0 => r#""response_code":"429","code":"Throttling.RateQuota""#.to_owned(),
            _ => format!(r#""response_code":"200","duration":{n}"#),
        };
        let words = [
            format!(
                r#""model":"{model}","usage":{{"input_tokens":{n},"output_tokens":{}}}"#,
                n / 2
            ),
            format!(
                r#""ai_log":"{{\"model\":\"{model}\",\"input_token\":{n},\"output_token\":{}}}""#,
                n / 2
            ),
            format!(
                r#""ai_log":{{"model":"{model}","input_token":{n},"output_token":{}}}"#,
                n / 2
            ),
        ];
        for (log, words) in logs.iter_mut().zip(words) {
            writeln!(log, "{{{rest},{words}}}").unwrap();
        }
    }
    let truth = said(&logs[0], "oracle");
    assert!(truth.contains("\"deepseek-v3\""));
    for log in &logs {
        for engine in ["fast", "oracle"] {
            assert_eq!(said(log, engine), truth);
        }
    }
}

/// log4j2 splits a time into seconds and nanoseconds; the order within a second counts.
#[test]
fn split_times_are_whole_times() {
    let mut logs = [const { Vec::new() }; 3];
    for n in 0_u32..3_000 {
        let (second, millis) = (1_795_341_600 + u64::from(n / 40), n * 7919 % 1000);
        let rest = match n % 5 {
            0 => format!(
                r#""status":429,"code":"Throttling.RateQuota","request_id":"r-{}""#,
                n / 10
            ),
            _ => format!(
                r#""status":200,"latency_ms":{n},"request_id":"r-{}""#,
                n / 10
            ),
        };
        let nanos = millis * 1_000_000 + 999_999;
        let minute = (second - 1_795_341_600) / 60;
        let whole = format!("2026-11-22T10:{minute:02}:{:02}.{millis:03}Z", second % 60);
        let times = [
            format!(r#""time":"{whole}""#),
            format!(r#""instant":{{"epochSecond":{second},"nanoOfSecond":{nanos}}}"#),
            format!(r#""timestampSeconds":{second},"timestampNanos":{nanos}"#),
        ];
        for (log, time) in logs.iter_mut().zip(times) {
            writeln!(log, "{{{time},{rest}}}").unwrap();
        }
    }
    let truth = said(&logs[0], "oracle");
    assert!(truth.contains("10:01:14.997Z"), "no milliseconds");
    for log in &logs {
        for engine in ["fast", "oracle"] {
            assert_eq!(said(log, engine), truth);
        }
    }
}
