//! Times in many forms, by every way of reading them.

use super::*;
use proptest::prelude::*;

const AT: i64 = 1_763_805_600_123; // 2025-11-22T10:00:00.123Z

#[test]
fn one_instant_in_many_forms() {
    for form in [
        r#""2025-11-22T10:00:00.123Z""#,
        r#""2025-11-22 10:00:00,123""#,
        r#""2025-11-22T18:00:00.123+08:00""#,
        r#""2025-11-22T18:00:00.123456+0800""#,
        r#""2025-11-22t02:00:00.123999999 -08""#,
        r#""2025/11/22 10:00:00.123""#,
        r#""2025-11-22T10:00:00.123\u005a""#,
        r#"" 2025-11-22T10:00:00.123 UTC ""#,
        "1763805600.123",
        "1763805600123",
        "1763805600123000",
        "1763805600123456789",
        r#""1763805600123""#,
        r#""1763805600.1239""#,
        "1.763805600123e12",
    ] {
        assert_eq!(parse(form.as_bytes()), Some(AT), "{form}");
    }
}

#[test]
fn leap_seconds_stay_in_their_minute() {
    let last_ms = parse(br#""2016-12-31T23:59:59.999Z""#);
    assert_eq!(parse(br#""2016-12-31T23:59:60Z""#), last_ms);
    assert_eq!(parse(br#""2016-12-31T23:59:60.5Z""#), last_ms);
}

#[test]
fn unreadable_times_are_none() {
    for form in [
        r#""""#,
        r#""yesterday""#,
        r#""2025-13-01T00:00:00Z""#,
        r#""2025-02-29T00:00:00Z""#,
        r#""2025-11-22T24:00:00Z""#,
        r#""1600-01-01T00:00:00Z""#,
        r#""9999-01-01T00:00:00Z""#,
        r#""2025-11-22T10:00:00.Z""#,
        r#""2025-11-22T10:00:00+8""#,
        "null",
        "true",
        "0",
        "-1",
        "9223372036854775807",
        "1e400",
        "[]",
        "\"",
    ] {
        assert_eq!(parse(form.as_bytes()), None, "{form}");
    }
}

fn by_clock(clocks: &mut Clocks, raw: &str) -> Option<TimeMs> {
    let inside = raw.get(1..).unwrap_or_default();
    let mut there = [b'5'; CLOCK_BYTES];
    for (to, from) in there.iter_mut().zip(inside.as_bytes()) {
        *to = *from;
    }
    clocks.parse(raw.as_bytes(), Some(&there))
}

#[test]
fn a_clock_reads_what_parse_reads() {
    let mut clocks = Clocks::default();
    let forms = [
        r#""2025-11-22T10:00:00.123Z""#,
        r#""2025-11-22T10:00:59.999Z""#,
        r#""2025-11-22T10:00:60.999Z""#,
        r#""2025-11-22T10:00:61.999Z""#,
        r#""2025-11-22T10:00:5x.999Z""#,
        r#""2025-11-22T10:00:00.12xZ""#,
        r#""2025-11-22T10:00:00.123z""#,
        r#""2025-11-22T10:00:00,123Z""#,
        r#""2025-11-22T10:00:00 123Z""#,
        r#""2025-11-22T10:00:01Z""#,
        r#""2025-11-22T10:00:02Z""#,
        r#""2025-11-22T10:00:02-""#,
        r#""2025-11-22 10:00:03""#,
        r#""2025-11-22 10:00:04""#,
        r#""2025-11-22 10:00:60""#,
        r#""2025-11-22 10:00:59""#,
        r#""2025-11-22T18:00:05.123456+08:00""#,
        r#""2025-11-22T18:00:06.987654+08:00""#,
        r#""2025-11-22T18:00:06.987654+09:00""#,
        r#""2025-11-22T18:00:06.9876540+9:00""#,
        r#""2025-11-22T10:00:07.1Z""#,
        r#""2025-11-22T10:00:07.9Z""#,
        r#""9999-11-22T10:00:07.9Z""#,
        r#""""#,
        "1763805600.123",
        "null",
        "\"",
    ];
    for form in forms.iter().chain(forms.iter().rev()).chain(&forms) {
        assert_eq!(
            by_clock(&mut clocks, form),
            parse(form.as_bytes()),
            "{form}"
        );
    }
}

proptest! {
    #[test]
    fn a_clock_never_differs(forms in prop::collection::vec("\"2025-11-2[12]T1[01]:0[01](:[0-6][0-9]|::0|)([.,][0-9]{0,4}|)(Z|z|[+]08:?00|-01| |)\"", 1..20)) {
        let mut clocks = Clocks::default();
        for form in forms {
            prop_assert_eq!(by_clock(&mut clocks, &form), parse(form.as_bytes()), "{}", form);
        }
    }

    #[test]
    fn agrees_with_chrono(time_ms in EARLIEST_TIME_MS..LATEST_TIME_MS, offset in -1439i32..1439) {
        let zone = chrono::FixedOffset::east_opt(offset * 60).unwrap();
        let time = chrono::DateTime::from_timestamp_millis(time_ms).unwrap().with_timezone(&zone);
        prop_assert_eq!(parse(format!("{:?}", time.to_rfc3339()).as_bytes()), Some(time_ms));
    }

    #[test]
    fn short_epochs_are_epochs(raw in "[0-9]{1,16}([.][0-9]{0,5})?") {
        if let Some(time_ms) = short_epoch(raw.as_bytes()) {
            prop_assert_eq!(epoch(raw.as_bytes()), Some(time_ms), "{}", raw);
        }
    }

    #[test]
    fn never_panics(raw in prop::collection::vec(any::<u8>(), 0..40)) {
        parse(&raw);
    }
}
