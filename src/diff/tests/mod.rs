//! Days that differ by chance alone, and days that do not.

mod days;

use super::*;
use crate::report::model::CauseRow;
use days::{Dice, day, latencies};

fn usual(_: usize) -> f64 {
    1.0
}

fn named<'a>(diff: &'a Diff, code: &str) -> &'a CodeChange {
    diff.codes
        .iter()
        .find(|row| row.code.raw() == code)
        .unwrap()
}

#[test]
fn days_that_differ_by_chance_alone_raise_no_alarm() {
    let mut alarmed = Vec::new();
    for seed in 0..100 {
        // Volume may differ: rates are compared.
        let scale = [1.0, 1.0, 0.4, 2.5][seed as usize % 4];
        let (old, new) = (day(2 * seed, 1.0, &usual), day(2 * seed + 1, scale, &usual));
        let diff = compare(&old, &new, &Options::default());
        assert_eq!(diff.test.comparisons as usize, diff.codes.len() + 2 + 1 + 3);
        if diff.alarms > 0 {
            let codes = diff.codes.into_iter().filter(|row| row.shares.alarm);
            let latency = diff.latency_ms.into_iter().filter(|row| row.alarm);
            alarmed.push((
                seed,
                codes.collect::<Vec<_>>(),
                latency.collect::<Vec<_>>(),
                diff.throttled_minutes,
                diff.rates,
            ));
        }
    }
    println!("{} of 100 seeds raised an alarm", alarmed.len());
    assert!(alarmed.len() <= 5, "{alarmed:?}");
}

#[test]
fn a_rate_that_doubles_is_found() {
    for seed in 0..100 {
        // The first code: 200 failures a day, one by one. The traffic doubles or halves too.
        let scale = [1.0, 2.0, 0.5][seed as usize % 3];
        let old = day(1000 + 2 * seed, 1.0, &usual);
        let doubled = |index: usize| if index == 0 { 2.0 } else { 1.0 };
        let new = day(1001 + 2 * seed, scale, &doubled);
        let diff = compare(&old, &new, &Options::default());
        let code = named(&diff, "Code0");
        assert!(
            code.shares.alarm && code.shares.moved == Move::Up,
            "seed {seed}: {code:?}"
        );
        assert!(diff.worse >= 1 && diff.alarms >= diff.worse);
    }
}

#[test]
fn a_bursty_rate_that_doubles_is_found_if_there_were_bursts_enough() {
    let mut found = 0;
    for seed in 0..100 {
        // 100 bursts of five failures each, to 200 of them.
        let old = day(3000 + 2 * seed, 1.0, &|index| {
            if index == 15 { 2.0 } else { 1.0 }
        });
        let new = day(3001 + 2 * seed, 1.0, &|index| {
            if index == 15 { 4.0 } else { 1.0 }
        });
        let diff = compare(&old, &new, &Options::default());
        found += u64::from(named(&diff, "Code15").shares.alarm);
    }
    println!("found in {found} of 100");
    assert_eq!(found, 100);
}

#[test]
fn one_hammering_client_is_no_change_of_rate() {
    let old = day(1, 1.0, &usual);
    let mut new = day(2, 1.0, &usual);
    // 300 more failures of the first code within six minutes.
    let code = new
        .codes
        .iter_mut()
        .find(|row| row.code.raw() == "Code0")
        .unwrap();
    for minute in 600..606 {
        *code.timeline.entry(Time(minute * 60_000)).or_default() += 50;
        code.count += 50;
    }
    let diff = compare(&old, &new, &Options::default());
    let shares = named(&diff, "Code0").shares;
    assert!(!shares.alarm, "{shares:?}");
    let independent = chance::fisher(
        Part::new(shares.old, shares.old_of),
        Part::new(shares.new, shares.new_of),
    );
    assert!(
        independent < 1e-9,
        "taken as independent it would be: {independent}"
    );
}

#[test]
fn new_and_gone_codes_are_listed_and_judged() {
    let only = |wanted: usize| move |index: usize| if index == wanted { 0.0 } else { 1.0 };
    let (without, with) = (day(7, 1.0, &only(0)), day(8, 1.0, &usual));
    let diff = compare(&without, &with, &Options::default());
    let code = named(&diff, "Code0");
    assert!(code.shares.alarm && code.shares.moved == Move::New && code.shares.expected == 0);
    assert!(diff.new_codes >= 1);
    let back = compare(&with, &without, &Options::default());
    let code = named(&back, "Code0");
    assert!(code.shares.alarm && code.shares.moved == Move::Gone);
    assert!(
        back.gone_codes >= 1 && back.worse == 0 && back.alarms >= 1,
        "{}",
        back.worse
    );
    // One failure of a code never seen is listed, and is no alarm.
    let mut new = with.clone();
    new.codes.push(CodeRow {
        code: "Once".into(),
        count: 1,
        ..CodeRow::default()
    });
    let diff = compare(&with, &new, &Options::default());
    assert_eq!((diff.new_codes, diff.alarms), (1, 0));
}

#[test]
fn slower_answers_are_found_and_a_few_percent_are_not() {
    for seed in 0..20 {
        let (old, mut new) = (
            day(500 + 2 * seed, 1.0, &usual),
            day(501 + 2 * seed, 1.0, &usual),
        );
        latencies(&mut new, &mut Dice::new(900 + seed), 1.5);
        let diff = compare(&old, &new, &Options::default());
        let alarms = diff
            .latency_ms
            .iter()
            .filter(|row| row.alarm && row.moved == Move::Up);
        assert!(alarms.count() >= 2, "{:?}", diff.latency_ms);
        latencies(&mut new, &mut Dice::new(900 + seed), 1.05);
        let diff = compare(&old, &new, &Options::default());
        assert!(
            diff.latency_ms.iter().all(|row| !row.alarm),
            "{:?}",
            diff.latency_ms
        );
    }
}

#[test]
fn a_new_message_is_found_whatever_its_template_is_called() {
    let with = |templates: &[(&str, u64)]| {
        let mut report = day(11, 1.0, &usual);
        report.codes.push(CodeRow {
            code: "Odd".into(),
            count: templates.iter().map(|(_, n)| n).sum(),
            causes: templates
                .iter()
                .map(|(cause, count)| CauseRow {
                    cause: (*cause).into(),
                    count: *count,
                    ..CauseRow::default()
                })
                .collect(),
            ..CodeRow::default()
        });
        report
    };
    let old = with(&[("unlisted: no quota left for <*>", 3), ("dashscope.odd", 2)]);
    let new = with(&[
        ("unlisted: no quota left for team a", 3),
        ("unlisted: the moon is full", 5),
        ("unlisted: (other)", 5),
        ("dashscope.even", 2),
    ]);
    let diff = compare(&old, &new, &Options::default());
    let causes: Vec<&str> = diff.templates.iter().map(|row| row.cause.raw()).collect();
    assert_eq!(causes, ["unlisted: the moon is full"]);
    assert_eq!(diff.new_templates, 1);
}

#[test]
fn a_report_and_itself_do_not_differ_and_nothing_is_no_trouble() {
    let report = day(3, 1.0, &usual);
    let diff = compare(&report, &report, &Options::default());
    assert_eq!((diff.alarms, diff.new_codes, diff.gone_codes), (0, 0, 0));
    assert!(diff.codes.iter().all(|row| row.shares.moved == Move::Same));
    assert!(diff.notes.is_empty(), "{:?}", diff.notes);
    let empty = Report::default();
    for (old, new) in [(&empty, &report), (&report, &empty), (&empty, &empty)] {
        let diff = compare(old, new, &Options::default());
        assert_eq!(diff.alarms, 0);
        assert!(diff.notes.contains(&"no_requests".to_owned()));
    }
}

#[test]
fn short_logs_are_judged_by_what_is_known() {
    let short = |failures: [u64; 4]| {
        let mut report = Report::default();
        report.timeline.bucket_seconds = 60;
        report.timeline.buckets = failures
            .iter()
            .enumerate()
            .map(|(minute, n)| BucketRow {
                start: Time(minute as i64 * 60_000),
                requests: 1000,
                failures: *n,
                throttled: 0,
            })
            .collect();
        report.totals.requests = 4000;
        report.totals.failures = failures.iter().sum();
        report
    };
    let diff = |old, new| compare(&short(old), &short(new), &Options::default());
    assert!(
        diff([10, 12, 9, 11], [200, 210, 190, 205]).rates[0]
            .shares
            .alarm
    );
    assert!(!diff([10, 12, 9, 11], [12, 9, 15, 11]).rates[0].shares.alarm);
    assert!(
        !diff([10, 12, 9, 11], [10, 12, 90, 11]).rates[0]
            .shares
            .alarm
    );
}

#[test]
fn wider_buckets_are_compared_with_narrow_ones() {
    let old = day(20, 1.0, &usual);
    let mut new = day(21, 1.0, &|index| if index == 1 { 3.0 } else { 1.0 });
    let hour = |time: Time| Time(time.0.div_euclid(3_600_000) * 3_600_000);
    for row in &mut new.codes {
        let mut wide: BTreeMap<Time, u64> = BTreeMap::new();
        for (start, n) in &row.timeline {
            *wide.entry(hour(*start)).or_default() += n;
        }
        row.timeline = wide;
    }
    let mut wide: BTreeMap<Time, BucketRow> = BTreeMap::new();
    for bucket in &new.timeline.buckets {
        let sum = wide.entry(hour(bucket.start)).or_insert(BucketRow {
            start: hour(bucket.start),
            requests: 0,
            failures: 0,
            throttled: 0,
        });
        sum.requests += bucket.requests;
        sum.failures += bucket.failures;
        sum.throttled += bucket.throttled;
    }
    new.timeline.buckets = wide.into_values().collect();
    new.timeline.bucket_seconds = 3600;
    let diff = compare(&old, &new, &Options::default());
    assert!(named(&diff, "Code1").shares.alarm);
    assert_eq!(diff.throttled_minutes.buckets, None);
    assert!(diff.throttled_minutes.old.is_some() && diff.throttled_minutes.new.is_none());
    assert!(diff.notes.contains(&"buckets_differ".to_owned()));
}

#[test]
fn a_diff_survives_json_and_unknown_keys() {
    let diff = compare(
        &day(1, 1.0, &usual),
        &day(2, 3.0, &usual),
        &Options::default(),
    );
    let json = serde_json::to_string(&diff).unwrap();
    assert_eq!(serde_json::from_str::<Diff>(&json).unwrap(), diff);
    let mut report = serde_json::to_value(day(1, 1.0, &usual)).unwrap();
    report["new_key"] = serde_json::json!({"a": 1});
    report["totals"]["new_key"] = 5.into();
    report.as_object_mut().unwrap().remove("kinds");
    report["throttling"]
        .as_object_mut()
        .unwrap()
        .remove("minutes");
    let read = read::parse(&serde_json::to_vec(&report).unwrap()).unwrap();
    assert_eq!(read.totals, day(1, 1.0, &usual).totals);
}

#[test]
fn what_is_no_report_is_refused_with_a_remedy() {
    for (text, says) in [
        ("", "ends too early"),
        ("{", "ends too early"),
        ("hello", "no JSON"),
        ("[]", "does not say"),
        ("{}", "does not say"),
        ("{\"schema\":1}", "does not say"),
        ("{\"schema\":\"dslog.report/v2\"}", "dslog.report/v2"),
        ("{\"schema\":\"dslog.diff/v1\"}", "a diff"),
        ("{\"schema\":\"dslog.report/v1\"}", "not a whole report"),
        ("{\"schema\":\"x\\u001b[2J\"}", "\\u{1b}"),
    ] {
        let error = read::parse(text.as_bytes()).unwrap_err();
        assert!(error.what.contains(says), "{text}: {error}");
        assert!(error.hint.is_some(), "{text}");
    }
    let error = read::report(std::path::Path::new("/nonexistent")).unwrap_err();
    assert!(error.to_string().starts_with("/nonexistent: "));
}
