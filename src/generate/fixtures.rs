//! The committed fixtures are what the generator makes today, and every
//! fixture's truth fits its file. `DSLOG_BLESS=1 cargo test fixtures` rewrites them.

use super::{Plan, Profile, generate};
use serde_json::Value;
use std::io::Read;
use std::path::{Path, PathBuf};

/// File name (its truth lies beside it), profile, lines, seed, torn tail; ten minutes each.
const GENERATED: [(&str, Profile, u64, u64, bool); 10] = [
    ("typical_200.jsonl", Profile::Typical, 200, 1, false),
    ("compact_150.jsonl", Profile::Compact, 150, 1, false),
    ("wide_4.jsonl", Profile::Wide, 4, 1, false),
    ("openai_40.jsonl", Profile::Openai, 40, 1, false),
    ("storm_40.jsonl", Profile::Storm, 40, 1, false),
    ("mixed_60.jsonl", Profile::Mixed, 60, 1, false),
    ("docker_24.jsonl", Profile::Docker, 24, 1, false),
    ("cri_16.log", Profile::Cri, 16, 1, false),
    ("hostile_60.jsonl", Profile::Hostile, 60, 41, false),
    ("torn_tail.jsonl", Profile::Compact, 20, 2, true),
];

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn truth_path(log: &Path) -> PathBuf {
    log.with_extension("truth.json")
}

#[test]
fn generated_fixtures_are_what_the_generator_makes() {
    for (name, profile, lines, seed, torn_tail) in GENERATED {
        let plan = Plan {
            minutes: 10,
            torn_tail,
            ..Plan::new(profile, lines, seed)
        };
        let mut log = Vec::new();
        let truth = generate(&plan, &mut log).unwrap();
        let mut json = serde_json::to_vec_pretty(&truth).unwrap();
        json.push(b'\n');
        let path = directory().join(name);
        if std::env::var_os("DSLOG_BLESS").is_some() {
            std::fs::write(&path, &log).unwrap();
            std::fs::write(truth_path(&path), &json).unwrap();
        }
        assert!(std::fs::read(&path).unwrap() == log, "{name} differs");
        assert!(
            std::fs::read(truth_path(&path)).unwrap() == json,
            "truth of {name} differs"
        );
    }
}

#[test]
fn every_fixture_agrees_with_its_truth_in_what_can_be_counted_plainly() {
    let mut seen = 0;
    for entry in std::fs::read_dir(directory()).unwrap() {
        let path = entry.unwrap().path();
        let Ok(truth) = std::fs::read(truth_path(&path)) else {
            continue;
        };
        let truth: Value = serde_json::from_slice(&truth).unwrap();
        let log = std::fs::read(&path).unwrap();
        let newlines = memchr::memchr_iter(b'\n', &log).count() as u64;
        let lines = newlines + u64::from(log.last().is_some_and(|&byte| byte != b'\n'));
        let total = |name: &str| truth["totals"][name].as_u64().unwrap();
        let name = path.display();
        assert_eq!(total("lines"), lines, "{name}");
        assert_eq!(total("bytes"), log.len() as u64, "{name}");
        let kinds = [
            "blank",
            "malformed",
            "other",
            "requests",
            "continued",
            "outside",
        ];
        assert_eq!(kinds.map(total).iter().sum::<u64>(), lines, "{name}");
        assert_eq!(
            total("requests"),
            total("successes") + total("failures"),
            "{name}"
        );
        let sum = |map: &Value| -> u64 {
            map.as_object()
                .unwrap()
                .values()
                .filter_map(Value::as_u64)
                .sum()
        };
        assert_eq!(sum(&truth["faults"]), total("malformed"), "{name}");
        // A hand-made truth holds only what its fixture is about.
        if truth["statuses"].is_object() {
            assert_eq!(sum(&truth["statuses"]), total("requests"), "{name}");
        }
        if let Some(codes) = truth["codes"].as_array() {
            let counts: u64 = codes
                .iter()
                .map(|code| code["count"].as_u64().unwrap())
                .sum();
            assert_eq!(counts, total("failures"), "{name}");
        }
        seen += 1;
    }
    assert!(seen > GENERATED.len());
}

#[test]
fn compressed_fixtures_hold_the_compact_log() {
    let compact = std::fs::read(directory().join("compact_150.jsonl")).unwrap();
    let open = |name: &str| std::fs::File::open(directory().join(name)).unwrap();
    let mut out = Vec::new();
    flate2::read::MultiGzDecoder::new(open("two_members.jsonl.gz"))
        .read_to_end(&mut out)
        .unwrap();
    assert!(out == compact);
    out.clear();
    zstd::Decoder::new(open("two_frames.jsonl.zst"))
        .unwrap()
        .read_to_end(&mut out)
        .unwrap();
    assert!(out == compact);
    // One member or frame alone must not pass for the whole.
    out.clear();
    flate2::read::GzDecoder::new(open("two_members.jsonl.gz"))
        .read_to_end(&mut out)
        .unwrap();
    assert!(out.len() < compact.len());
}
