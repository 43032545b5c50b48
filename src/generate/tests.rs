use super::bytes::{put_decimal, put_repr, put_uuid, report_time};
use super::recount::{Recount, recount};
use super::{Plan, Profile, Quantiles, Truth, generate};
use std::collections::BTreeMap;

fn log(plan: &Plan) -> (Vec<u8>, Truth) {
    let mut bytes = Vec::new();
    let truth = generate(plan, &mut bytes).unwrap();
    (bytes, truth)
}

/// FNV-1a, 64 bits.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[test]
fn same_plan_same_bytes_on_every_machine() {
    // A change here changes every fixture and every benchmark: regenerate them too.
    let recorded: [(Profile, u64); 10] = [
        (Profile::Typical, 0xefe3_b733_426d_775e),
        (Profile::Compact, 0x6017_07fb_b421_cddd),
        (Profile::Wide, 0x3f2b_f2a4_dc14_d3c5),
        (Profile::Openai, 0x01e8_506a_29e7_5805),
        (Profile::Docker, 0x61ab_784f_3c4d_dc19),
        (Profile::Cri, 0xdbb0_5c4e_05fb_9f90),
        (Profile::Storm, 0xe062_a42d_58e5_94f3),
        (Profile::Mixed, 0x6503_2c72_51a0_60d8),
        (Profile::Shuffled, 0x8bb8_3fad_acb7_d097),
        (Profile::Hostile, 0xa4ec_0e68_c730_9f9a),
    ];
    let now =
        recorded.map(|(profile, _)| (profile, checksum(&log(&Plan::new(profile, 2000, 1)).0)));
    assert_eq!(now, recorded, "{now:#018x?}");
}

#[test]
fn another_seed_is_another_log() {
    let (a, b) = (
        log(&Plan::new(Profile::Typical, 50, 1)).0,
        log(&Plan::new(Profile::Typical, 50, 2)).0,
    );
    assert_ne!(a, b);
}

#[test]
fn truth_is_conserved() {
    for profile in Profile::ALL {
        for (lines, torn_tail) in [
            (0, false),
            (0, true),
            (1, false),
            (1, true),
            (3, true),
            (5000, true),
        ] {
            let plan = Plan {
                torn_tail,
                ..Plan::new(profile, lines, 7)
            };
            let (bytes, truth) = log(&plan);
            let t = truth.totals;
            let name = format!("{} {lines}", profile.as_str());
            assert_eq!(
                t.lines,
                t.blank + t.malformed + t.other + t.requests + t.continued,
                "{name}"
            );
            assert_eq!(t.malformed, truth.faults.values().sum::<u64>(), "{name}");
            assert_eq!(t.requests, t.successes + t.failures, "{name}");
            assert_eq!(
                t.failures,
                truth.codes.iter().map(|c| c.count).sum::<u64>(),
                "{name}"
            );
            assert_eq!(
                t.throttled,
                truth.codes.iter().map(|c| c.throttled).sum::<u64>(),
                "{name}"
            );
            assert_eq!(
                t.throttled,
                truth.throttling.by_kind.values().sum::<u64>(),
                "{name}"
            );
            assert_eq!(t.requests, truth.statuses.values().sum::<u64>(), "{name}");
            let dated: u64 = truth.timeline.buckets.iter().map(|b| b.requests).sum();
            assert_eq!(t.requests, dated + truth.time.undated, "{name}");
            for code in &truth.codes {
                assert_eq!(code.count, code.statuses.values().sum::<u64>(), "{name}");
                assert_eq!(code.count, code.spellings.values().sum::<u64>(), "{name}");
                assert_eq!(code.count, code.kinds.values().sum::<u64>(), "{name}");
            }
            assert_eq!(t.bytes, bytes.len() as u64, "{name}");
            let newlines = memchr::memchr_iter(b'\n', &bytes).count() as u64;
            assert_eq!(
                t.lines,
                newlines + u64::from(torn_tail && lines > 0),
                "{name}"
            );
            if !matches!(profile, Profile::Docker | Profile::Cri) {
                assert_eq!(t.lines, lines, "{name}");
            }
        }
    }
}

#[test]
fn every_log_has_what_its_profile_promises() {
    for profile in Profile::ALL {
        let (bytes, truth) = log(&Plan::new(profile, 20_000, 3));
        let (t, name) = (truth.totals, profile.as_str());
        let percent = t.failures * 100 / t.requests;
        let expected = if profile == Profile::Storm {
            50..=70
        } else {
            3..=9
        };
        assert!(expected.contains(&percent), "{name}: {percent} % failures");
        let width = bytes.len() as u64 / t.lines;
        let expected = match profile {
            Profile::Typical => 450..=560,
            Profile::Compact => 130..=170,
            Profile::Wide => 4300..=5000,
            _ => 200..=1600,
        };
        assert!(expected.contains(&width), "{name}: {width} bytes a line");
        assert!(
            t.blank > 0 && t.malformed > 0 && t.other > 0 && t.throttled > 0,
            "{name}"
        );
        assert!(
            truth.top_request_ids.len() == 50 && truth.top_request_ids[0].failures > 10,
            "{name}"
        );
        assert!(truth.codes.len() > 12, "{name}");
        let split = matches!(profile, Profile::Docker | Profile::Cri);
        assert_eq!(t.continued > 0, split, "{name}");
        assert_eq!(truth.time.undated > 0, !split, "{name}");
    }
}

#[test]
fn a_slow_recount_of_the_bytes_agrees() {
    for profile in Profile::ALL
        .into_iter()
        .filter(|profile| *profile != Profile::Hostile)
    {
        for (seed, torn_tail) in [(11, false), (12, true)] {
            let plan = Plan {
                torn_tail,
                minutes: 60,
                ..Plan::new(profile, 6000, seed)
            };
            let (bytes, truth) = log(&plan);
            agree(&recount(&bytes), &truth);
        }
    }
}

#[allow(clippy::float_cmp, reason = "both are one integer divided by 1000")]
fn agree(counted: &Recount, truth: &Truth) {
    let (t, name) = (truth.totals, &truth.profile);
    let faults: BTreeMap<_, _> = truth
        .faults
        .iter()
        .filter(|(_, n)| **n > 0)
        .map(|(f, n)| (f.clone(), *n))
        .collect();
    assert_eq!(counted.faults, faults, "{name}");
    assert_eq!(
        [
            counted.lines,
            counted.blank,
            counted.other,
            counted.continued
        ],
        [t.lines, t.blank, t.other, t.continued],
        "{name}: lines, blank, other, continued"
    );
    assert_eq!(
        [
            counted.requests,
            counted.failures,
            counted.throttled,
            counted.undated
        ],
        [t.requests, t.failures, t.throttled, truth.time.undated],
        "{name}: requests, failures, throttled, undated"
    );
    assert_eq!(counted.statuses, truth.statuses, "{name}");
    assert_eq!(
        counted.first_ms.map(report_time),
        truth.time.first,
        "{name}"
    );
    assert_eq!(counted.last_ms.map(report_time), truth.time.last, "{name}");
    assert_eq!(counted.codes.len(), truth.codes.len(), "{name}");
    for code in &truth.codes {
        let ours = &counted.codes[&code.code];
        assert_eq!(
            [ours.count, ours.throttled],
            [code.count, code.throttled],
            "{name} {}",
            code.code
        );
        assert_eq!(ours.statuses, code.statuses, "{name} {}", code.code);
        assert_eq!(ours.spellings, code.spellings, "{name} {}", code.code);
        assert_eq!(ours.timeline, code.timeline, "{name} {}", code.code);
        assert_eq!(
            ours.first_ms.map(report_time),
            code.first_seen,
            "{name} {}",
            code.code
        );
        assert_eq!(
            ours.last_ms.map(report_time),
            code.last_seen,
            "{name} {}",
            code.code
        );
    }
    let buckets: BTreeMap<_, _> = truth
        .timeline
        .buckets
        .iter()
        .map(|b| (b.start.clone(), [b.requests, b.failures, b.throttled]))
        .collect();
    assert_eq!(counted.minutes, buckets, "{name}");
    let models: BTreeMap<_, _> = truth
        .models
        .iter()
        .map(|m| (m.model.clone(), [m.requests, m.failures, m.throttled]))
        .collect();
    assert_eq!(counted.models, models, "{name}");
    for model in &truth.models {
        let us = &counted.model_us[&model.model];
        assert_eq!(
            [rank(us, 500), rank(us, 990)],
            [model.p50_ms, model.p99_ms],
            "{name}"
        );
    }
    assert_eq!(
        counted.ids.len() as u64,
        truth.failing_request_ids,
        "{name}"
    );
    let mut ids: Vec<_> = counted.ids.iter().collect();
    ids.sort_by(|a, b| b.1.0.cmp(&a.1.0).then_with(|| a.0.cmp(b.0)));
    ids.truncate(50);
    assert_eq!(ids.len(), truth.top_request_ids.len(), "{name}");
    for ((id, (failures, codes, recovered)), top) in ids.into_iter().zip(&truth.top_request_ids) {
        assert_eq!(
            (id, failures, codes, recovered),
            (&top.request_id, &top.failures, &top.codes, &top.recovered),
            "{name}"
        );
    }
    quantiles_agree(&counted.success_us, &truth.latency_ms.success);
    quantiles_agree(&counted.failure_us, &truth.latency_ms.failure);
    let all = [counted.success_us.as_slice(), &counted.failure_us].concat();
    quantiles_agree(&all, &truth.latency_ms.all);
}

/// The value at rank ⌈n · permille / 1000⌉, in milliseconds.
fn rank(us: &[u64], permille: usize) -> f64 {
    let mut sorted = us.to_vec();
    sorted.sort_unstable();
    sorted[(sorted.len() * permille).div_ceil(1000).max(1) - 1] as f64 / 1000.0
}

#[allow(clippy::float_cmp, reason = "both are one integer divided by 1000")]
fn quantiles_agree(us: &[u64], truth: &Quantiles) {
    assert_eq!(us.len() as u64, truth.count);
    assert_eq!(us.iter().sum::<u64>(), truth.sum_us);
    assert_eq!(rank(us, 0), truth.min);
    assert_eq!(rank(us, 500), truth.p50);
    assert_eq!(rank(us, 900), truth.p90);
    assert_eq!(rank(us, 950), truth.p95);
    assert_eq!(rank(us, 990), truth.p99);
    assert_eq!(rank(us, 999), truth.p999);
    assert_eq!(rank(us, 1000), truth.max);
}

#[test]
fn torn_and_hostile_lines_are_what_their_table_says() {
    for (line, verdict) in super::hostile::LINES {
        let text = String::from_utf8_lossy(line);
        let blank = text.trim().is_empty();
        // IgnoredAny, not Value: 1e400 and lone surrogates are the reader's business, not syntax.
        let whole = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        let object = text.trim_start().starts_with('{');
        use super::hostile::Verdict;
        use crate::fault::Fault;
        let right = match verdict {
            Verdict::Blank => blank,
            Verdict::Other => whole && object,
            Verdict::Malformed(Fault::NotObject) => whole && !object,
            Verdict::Malformed(_) => !whole && !blank,
        };
        assert!(right, "{text:?}");
    }
}

#[test]
fn hostile_calls_are_whole_objects_with_the_counted_status() {
    let (bytes, truth) = log(&Plan::new(Profile::Hostile, 4000, 5));
    let start = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap();
    let (mut requests, mut malformed) = (0, 0);
    for line in start.split(|&byte| byte == b'\n') {
        let text = String::from_utf8_lossy(line)
            .trim_start_matches('\0')
            .to_owned();
        match serde_json::from_str::<BTreeMap<String, &serde_json::value::RawValue>>(&text) {
            Ok(record) => requests += u64::from(record.contains_key("status")),
            Err(_) => malformed += u64::from(!text.trim().is_empty()),
        }
    }
    assert_eq!(
        (requests, malformed),
        (truth.totals.requests, truth.totals.malformed)
    );
    for broken in ["0", "-1"] {
        assert!(truth.statuses[broken] > 0);
    }
}

#[test]
fn retries_carry_later_times_and_up_to_fifty_failures() {
    let (_, truth) = log(&Plan::new(Profile::Storm, 60_000, 9));
    let most = truth.top_request_ids[0].failures;
    assert!((30..=50).contains(&most), "{most}");
    assert!(truth.top_request_ids.iter().any(|id| id.recovered));
    assert!(truth.top_request_ids.iter().any(|id| !id.recovered));
    for id in &truth.top_request_ids {
        assert!(id.first_seen < id.last_seen);
    }
}

#[test]
fn numbers_ids_and_reprs_are_written_as_others_read_them() {
    let mut out = Vec::new();
    put_decimal(&mut out, 12_005, 3);
    out.push(b' ');
    put_uuid(&mut out, 0x0123_4567_89ab_cdef_0011_2233_4455_6677);
    out.push(b' ');
    put_repr(&mut out, "it's");
    put_repr(&mut out, "a\"b'c");
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "12.005 01234567-89ab-cdef-0011-223344556677 \"it's\"'a\"b\\'c'"
    );
    for ms in [
        0,
        951_782_399_999,
        951_782_400_000,
        1_709_164_800_001,
        1_795_334_400_000,
    ] {
        let chrono = chrono::DateTime::from_timestamp_millis(ms).unwrap();
        assert_eq!(
            chrono::DateTime::parse_from_rfc3339(&report_time(ms)).unwrap(),
            chrono
        );
    }
}

#[test]
fn profile_names_read_back() {
    for profile in Profile::ALL {
        assert_eq!(profile.as_str().parse::<Profile>().unwrap(), profile);
    }
    assert!("typicall".parse::<Profile>().is_err());
}
