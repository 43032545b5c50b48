//! The law of the scanner: for every line, what the engine says is what the oracle
//! says. Lines of every kind of logger, damaged in every way we know of, in batches
//! that share what is learned, for every instruction set.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use dslog::scan::Hits;
use dslog::scan::engine::{Choice, Engine, Isa};
use dslog::scan::schema::Schema;

#[path = "util/law.rs"]
mod law;
#[path = "../benches/lines.rs"]
#[allow(dead_code)]
mod lines;
#[path = "util/values.rs"]
mod values;

use law::{Engines, truth};
use lines::{KINDS, Random};
use values::VALUES;

/// Text that is somewhere replaced by other text.
const SWAPS: &[(&str, &[&str])] = &[
    (
        "null",
        &["nul", "NaN", "0", "\"null\"", "[]", "{}", "nullx", "tru"],
    ),
    (
        "true",
        &["false", "True", "1", "\"\"", "[true]", "{\"a\":true}"],
    ),
    (":", &["", "::", " : ", ":\t", "=", ":,", ":[", ":{"]),
    (
        ",",
        &[
            "",
            ",,",
            " , ",
            ",\n",
            ",\r",
            ";",
            "}",
            "]",
            ",\"x\":1,",
            ",\"\":\"\",",
        ],
    ),
    (
        "\"",
        &["", "\\\"", "'", "\"\"", "\\\\\"", "\"\\", "\":\"", "\u{0}"],
    ),
    (
        "{",
        &[
            "",
            "[",
            "{{",
            "{ ",
            "{\"error\":{},",
            "{\"status\":[1,2],",
            "{\"\":",
        ],
    ),
    ("}", &["", "]", "}}", " }", "},", "}{", "} x"]),
    ("[", &["", "{", "[["]),
    ("]", &["", "}", "]]", ",]"]),
    (
        "4",
        &[
            "",
            "04",
            "4.0",
            "4e2",
            "4e",
            "-4",
            ".4",
            "4.",
            "1e999",
            "99999999999999999999",
            "+4",
            "4 4",
        ],
    ),
    ("0", &["00", "0.0", "-0", "0x0", "0.", "0e0"]),
    (
        "e",
        &[
            "\\u0065",
            "\\e",
            "\\u00",
            "\\u00g5",
            "\\",
            "\u{e9}",
            "E",
            "\\ud83d",
            "\\n",
            "\\u4e2d\\/",
        ],
    ),
    ("a", &["\t", "\u{1}", "\\t", "\u{7f}", "\"", "中", "\\\\"]),
    (
        "\"status",
        &[
            "\"status\":1,\"status",
            "\"http_status",
            "\"st\\u0061tus",
            "\"error\":{\"code\":\"x\"},\"status",
        ],
    ),
    (
        "\"code\"",
        &[
            "\"code\":\"y\",\"code\"",
            "\"c\\u006fde\"",
            "\"error.code\"",
            "\"error\"",
        ],
    ),
    (
        "\"model\"",
        &[
            "\"model\":{\"a\":[1,\"b\",{}]},\"m\"",
            "\"model\":[\"a\"],\"m\"",
            "\"request\":{\"model\":\"z\"},\"model\"",
        ],
    ),
    (
        "\":\"",
        &[
            "\":\":",
            "\":\"\\\"",
            "\":\"\",\"z\":\"",
            "\": \"",
            "\":[\"\",\"a\",\"",
            "\":\"\\u12",
        ],
    ),
];

fn mutate(line: &mut Vec<u8>, other: &[u8], r: &mut Random) {
    let at = |r: &mut Random, line: &[u8]| r.below(line.len() as u64 + 1) as usize;
    match r.below(12) {
        0..=5 => {
            let (from, to) = SWAPS[r.below(SWAPS.len() as u64) as usize];
            let places: Vec<usize> = memchr::memmem::find_iter(line, from).collect();
            if !places.is_empty() {
                let place = places[r.below(places.len() as u64) as usize];
                line.splice(place..place + from.len(), r.pick(to).bytes());
            }
        }
        6 => line.truncate(at(r, line)),
        7 => {
            let from = at(r, line);
            line.drain(..from);
        }
        8 => line.extend_from_slice(other),
        9 if !line.is_empty() => {
            let place = at(r, line) % line.len();
            line[place] ^= 1 << r.below(8);
        }
        10 if !line.is_empty() => {
            let place = at(r, line) % line.len();
            let end = (place + 1 + r.below(4) as usize).min(line.len());
            line.drain(place..end);
        }
        _ => {
            // Two writers at once.
            let (place, cut) = (at(r, line), at(r, other));
            line.splice(place..place, other[cut..].iter().copied());
        }
    }
    line.retain(|byte| *byte != b'\n');
}

#[test]
fn damaged_lines_are_what_the_oracle_says() {
    let schema = Schema::new(&[]).unwrap();
    let mut random = Random(20_261_122);
    let mut made = 0;
    // New engines now and then: what is learned first matters.
    while made < 300_000 {
        let mut engines = Engines::new(&schema);
        for _ in 0..40 {
            let mut block = Vec::new();
            if random.below(2) == 0 {
                // Every offset within 64 bytes, for the lines that follow.
                block.resize(random.below(64) as usize, b' ');
                block.push(b'\n');
            }
            let prefix = if random.below(4) == 0 {
                1 + random.below(70) as usize
            } else {
                0
            };
            let kind = random.below(KINDS.len() as u64 + 3) as usize;
            for n in 0..64 {
                let make = |random: &mut Random| {
                    let (name, make) = KINDS[if kind < KINDS.len() {
                        kind
                    } else {
                        random.below(KINDS.len() as u64) as usize
                    }];
                    let mut line = make(random, n);
                    // Prompts are long, and all alike.
                    if name == "wide" {
                        line = line.replace("模型请求the quota ", "");
                        if line.len() > 600 {
                            line.replace_range(
                                line.floor_char_boundary(250)
                                    ..line.floor_char_boundary(line.len() - 200),
                                "",
                            );
                        }
                    }
                    line.into_bytes()
                };
                let mut line = make(&mut random);
                if random.below(3) > 0 {
                    let other = make(&mut random);
                    for _ in 0..=random.below(3) {
                        mutate(&mut line, &other, &mut random);
                    }
                }
                for n in 0..prefix {
                    // A CRI-like prefix, at times with quotes and escapes of its own.
                    block.push(
                        b"2026 \"F\\:\" "[if random.below(30) == 0 {
                            random.below(11) as usize
                        } else {
                            n % 5
                        }],
                    );
                }
                block.extend_from_slice(&line);
                if random.below(8) == 0 {
                    block.push(b'\r');
                }
                block.push(b'\n');
                made += 1;
            }
            if random.below(4) == 0 {
                block.pop();
            }
            engines.check(&block, prefix);
        }
        let good = engines.lines - engines.malformed;
        assert!(
            good > engines.lines / 5,
            "{good} of {} lines are whole: too few to learn from",
            engines.lines
        );
    }
}

/// Where stencils are known, a line that differs from them in some bytes must not pass for one
/// that fits, and its neighbours must.
#[test]
fn damaged_lines_among_those_that_stencils_fit() {
    let schema = Schema::new(&[]).unwrap();
    let mut random = Random(20_261_128);
    for (name, make) in KINDS {
        let mut engines = Engines::new(&schema);
        let mut damaged = 0;
        for round in 0..if *name == "wide" { 12 } else { 60 } {
            let mut block = vec![b' '; random.below(64) as usize];
            block.push(b'\n');
            for n in 0..48 {
                let mut line = make(&mut random, n).into_bytes();
                if round > 4 && random.below(2) == 0 {
                    let other = make(&mut random, n).into_bytes();
                    mutate(&mut line, &other, &mut random);
                    damaged += 1;
                }
                block.extend_from_slice(&line);
                block.push(b'\n');
            }
            engines.check(&block, 0);
        }
        let compared = engines.compared();
        // Of a thousand shapes few come often enough.
        assert!(
            compared > (engines.lines - damaged) / 3 || *name == "optional",
            "{name}: stencils took {compared} of {} lines, {damaged} of them damaged",
            engines.lines
        );
    }
}

#[test]
fn whole_lines_are_hardly_ever_walked() {
    let schema = Schema::new(&[]).unwrap();
    for isa in [Isa::Auto, Isa::Portable] {
        for (profile, block) in lines::profiles(256 << 10) {
            let mut engine = Engine::with_isa(&schema, Choice::Fast, isa);
            let mut hits = Hits::default();
            let mut count = 0;
            engine.begin();
            while let Some(line) = engine.next_line(&block) {
                let truth = truth(&block[line.clone()], &schema);
                let found = engine
                    .scan_line(&block, line, &mut hits)
                    .map(|()| hits.clone());
                assert_eq!(found, truth, "{profile}");
                count += 1;
            }
            assert_eq!(engine.deferred, 0, "{profile}");
            assert!(
                engine.walked <= 30,
                "{profile} {isa:?}: walked {} of {count}",
                engine.walked
            );
        }
    }
}

/// Every part of the grammar, right and wrong, as a value of an unknown and of a wanted key.
#[test]
fn every_value_in_every_place() {
    let schema = Schema::new(&[]).unwrap();
    let mut engines = Engines::new(&schema);
    let lines: Vec<String> = [
        "{\"v\":CASE}",
        "{\"status\":CASE}",
        "{\"error\":CASE,\"x\":\"y\"}",
        "{\"a\":\"b\",\"v\":CASE,\"code\":\"d\"}",
        "{\"v\":[CASE,\"a\"],\"model\":\"m\"}",
        "{\"v\":\"CASE\",\"w\":CASE}",
        "CASE",
        "{CASE}",
        "CASE{\"v\":1}",
        "{\"v\":1}CASE",
        "{\"CASE\":1}",
    ]
    .iter()
    .flat_map(|frame| VALUES.iter().map(|value| frame.replace("CASE", value)))
    .collect();
    for round in 0..3 {
        for offset in 0..64 {
            let mut block = vec![b' '; offset];
            block.push(b'\n');
            // Shifted differently each time, as the lines have all lengths.
            for line in lines
                .iter()
                .skip(offset * (round + 1))
                .step_by(1 + offset % 7)
            {
                block.extend_from_slice(line.as_bytes());
                block.push(b'\n');
            }
            engines.check(&block, 0);
        }
    }
}

/// Inputs that were once judged wrongly, or may well be.
#[test]
fn kept_cases() {
    let schema = Schema::new(&[]).unwrap();
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/scan");
    let mut names: Vec<_> = std::fs::read_dir(cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    assert!(!names.is_empty());
    for name in names {
        let block = std::fs::read(&name).unwrap();
        let mut engines = Engines::new(&schema);
        // Twice: once to learn, once to match.
        engines.check(&block, 0);
        engines.check(&block, 0);
    }
}

/// Records in envelopes, damaged inside and outside.
#[test]
fn damaged_records_in_envelopes() {
    let schema = Schema::new(&[]).unwrap();
    let mut random = Random(20_261_129);
    let mut told = 0;
    for _ in 0..12 {
        let mut engines = Engines::new(&schema);
        let kinds: Vec<_> = (0..2)
            .map(|_| KINDS[random.below(KINDS.len() as u64) as usize])
            .collect();
        for _ in 0..30 {
            let mut block = Vec::new();
            for n in 0..120 {
                let (_, make) = kinds[n % kinds.len()];
                let mut line = make(&mut random, n as u64).into_bytes();
                let other = line.clone();
                line.truncate(2000);
                if line.len() < 2000 && random.below(12) == 0 {
                    mutate(&mut line, &other, &mut random);
                }
                let mut line = law::in_envelope(&line);
                if random.below(12) == 0 {
                    let other = line.clone();
                    mutate(&mut line, &other, &mut random);
                }
                block.extend_from_slice(&line);
                block.push(b'\n');
            }
            told += engines.check_envelopes(&block);
        }
    }
    // Of 43,200.
    assert!(told > 15_000, "{told}");
}
