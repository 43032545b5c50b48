//! Whose clock times are shown on. Display only: buckets and JSON stay in UTC.

use super::model::Time;
use chrono::{
    DateTime, Datelike as _, FixedOffset, Offset as _, TimeZone as _, Timelike as _, Utc,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::str::FromStr;

/// A time zone for display.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tz {
    /// Coordinated universal time.
    #[default]
    Utc,
    /// The machine's own zone.
    Local,
    /// A fixed distance from UTC.
    Fixed(FixedOffset),
    /// A named zone with its rules.
    Named(&'static TimeZone),
}

impl FromStr for Tz {
    type Err = String;

    /// `utc`, `local`, an offset as `+08:00`, or a name as `Asia/Shanghai`.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("utc") || text.eq_ignore_ascii_case("z") {
            return Ok(Self::Utc);
        }
        if text.eq_ignore_ascii_case("local") {
            return Ok(Self::Local);
        }
        if let Some(offset) = parse_offset(text) {
            return Ok(Self::Fixed(offset));
        }
        let zone = TimeZone::get(text).map_err(|_| {
            let shown = crate::untrusted::terminal(text);
            format!("no time zone is called {shown:?}; give utc, local, an offset as +08:00 or a name as Asia/Shanghai")
        })?;
        // A run has one, to its end.
        Ok(Self::Named(Box::leak(Box::new(zone))))
    }
}

/// `+8`, `+08`, `+0800` or `+08:00`, either sign, less than a day.
fn parse_offset(text: &str) -> Option<FixedOffset> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some(both), _) => both,
        (None, 4) => digits.split_at_checked(2)?,
        (None, 1 | 2) => (digits, "0"),
        (None, _) => return None,
    };
    let number = |text: &str| {
        let whole = !text.is_empty() && text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
        whole.then(|| text.parse::<i32>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (minutes < 60)
        .then(|| FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60)))
        .flatten()
}

impl Tz {
    /// The instant on this clock; `None` far outside the years people log in,
    /// where calendar arithmetic could overflow.
    pub(super) fn at(self, time: Time) -> Option<DateTime<FixedOffset>> {
        let utc: DateTime<Utc> = DateTime::from_timestamp_millis(time.0)?;
        if !(1..=9998).contains(&utc.year()) {
            return None;
        }
        let naive = utc.naive_utc();
        let offset = match self {
            Self::Utc => Utc.fix(),
            Self::Local => chrono::Local.offset_from_utc_datetime(&naive).fix(),
            Self::Fixed(offset) => offset,
            Self::Named(zone) => {
                let at = Timestamp::from_millisecond(time.0).ok()?;
                FixedOffset::east_opt(zone.to_offset(at).seconds())?
            }
        };
        Some(utc.with_timezone(&offset))
    }

    /// The day of an instant on this clock, in days since 1970-01-01.
    pub fn day(self, time_ms: i64) -> i32 {
        let day = |ms: i64| ms.div_euclid(86_400_000) as i32;
        self.at(Time(time_ms)).map_or_else(
            || day(time_ms),
            |at| day(time_ms + i64::from(at.offset().local_minus_utc()) * 1000),
        )
    }

    /// When a day begins on this clock, in ms since 1970: the first instant of it.
    pub fn day_start(self, day: i32) -> i64 {
        // Offsets lie within a day and change at quarters of an hour.
        let start = i64::from(day) * 86_400_000;
        let step = 15 * 60_000;
        let (mut low, mut high) = (start / step - 96, start / step + 96);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.day(middle * step) < day {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low * step
    }

    /// What to call this zone, with its distance from UTC at `time`.
    pub(super) fn name(self, time: Option<Time>) -> String {
        let offset = || {
            self.at(time.unwrap_or_default())
                .map_or_else(String::new, |t| format!("UTC{}", t.offset()))
        };
        match self {
            Self::Utc => "UTC".into(),
            Self::Local | Self::Fixed(_) => offset(),
            Self::Named(zone) => {
                format!("{} ({})", zone.iana_name().unwrap_or_default(), offset())
            }
        }
    }

    /// Date, time, and the zone's name: `2026-11-22 18:00:00.000 Asia/Shanghai (UTC+08:00)`.
    pub fn full(self, time: Time) -> String {
        let Some(at) = self.at(time) else {
            return time.rfc3339();
        };
        format!(
            "{} {}",
            at.format("%Y-%m-%d %H:%M:%S%.3f"),
            self.name(Some(time))
        )
    }

    /// RFC 3339 on this clock, for tables that machines read.
    #[allow(dead_code)] // for the machine-readable views that show local time
    pub(super) fn rfc3339(self, time: Time) -> String {
        match (self, self.at(time)) {
            (Self::Utc, _) | (_, None) => time.rfc3339(),
            (_, Some(at)) if at.nanosecond() == 0 => at.format("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            (_, Some(at)) => at.format("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string(),
        }
    }
}

/// How times are written within one report: without what they all share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    tz: Tz,
    date: &'static str,
    first: Option<Time>,
    last: Option<Time>,
}

impl Clock {
    /// A clock for a report that spans from `first` to `last`.
    pub(super) fn new(tz: Tz, first: Option<Time>, last: Option<Time>) -> Self {
        let (a, b) = (first.and_then(|t| tz.at(t)), last.and_then(|t| tz.at(t)));
        let date = match (a, b) {
            (Some(a), Some(b)) if a.date_naive() == b.date_naive() => "",
            (Some(a), Some(b)) if a.year() == b.year() => "%m-%d ",
            _ => "%Y-%m-%d ",
        };
        Self {
            tz,
            date,
            first,
            last,
        }
    }

    fn format(&self, time: Time, form: &str) -> String {
        self.tz
            .at(time)
            .map_or_else(|| time.rfc3339(), |t| t.format(form).to_string())
    }

    /// To the second.
    pub(super) fn second(&self, time: Time) -> String {
        self.format(time, &format!("{}%H:%M:%S", self.date))
    }

    /// To the minute, or to the second where buckets of `step_seconds` need it.
    pub(super) fn bucket(&self, time: Time, step_seconds: u64) -> String {
        if !step_seconds.is_multiple_of(60) {
            self.second(time)
        } else if step_seconds.is_multiple_of(86_400) {
            self.format(time, "%Y-%m-%d")
        } else {
            self.format(time, &format!("{}%H:%M", self.date))
        }
    }

    /// From one instant to another, the date once where it is the same.
    pub(super) fn range(&self, from: Time, to: Time) -> String {
        let from_text = self.second(from);
        if from == to {
            return from_text;
        }
        let same_day = match (self.tz.at(from), self.tz.at(to)) {
            (Some(a), Some(b)) => a.date_naive() == b.date_naive(),
            _ => false,
        };
        let to_text = if same_day {
            self.format(to, "%H:%M:%S")
        } else {
            self.second(to)
        };
        if from_text == to_text {
            from_text
        } else {
            format!("{from_text} – {to_text}")
        }
    }

    /// The report's whole span with full dates, and the zone; empty if it has none.
    pub(super) fn span(&self) -> String {
        let (Some(first), Some(last)) = (self.first, self.last) else {
            return String::new();
        };
        let to = if self.date.is_empty() {
            "%H:%M:%S"
        } else {
            "%Y-%m-%d %H:%M:%S"
        };
        format!(
            "{} – {} {}",
            self.format(first, "%Y-%m-%d %H:%M:%S"),
            self.format(last, to),
            self.tz.name(Some(last))
        )
    }

    /// Day and hour on this clock, for the heat map.
    #[allow(dead_code)]
    pub(super) fn day_and_hour(&self, time: Time) -> Option<(chrono::NaiveDate, usize)> {
        self.tz
            .at(time)
            .map(|t| (t.date_naive(), t.hour() as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_read() {
        for (text, shown) in [
            ("utc", "2025-11-22T10:00:00Z"),
            ("+08:00", "2025-11-22T18:00:00+08:00"),
            ("+8", "2025-11-22T18:00:00+08:00"),
            ("-0530", "2025-11-22T04:30:00-05:30"),
            ("Asia/Shanghai", "2025-11-22T18:00:00+08:00"),
            ("America/New_York", "2025-11-22T05:00:00-05:00"),
            ("europe/london", "2025-11-22T10:00:00+00:00"),
        ] {
            assert_eq!(
                text.parse::<Tz>().unwrap().rfc3339(Time(1_763_805_600_000)),
                shown
            );
        }
        for text in [
            "",
            "+",
            "+24:00",
            "+08:60",
            "+8:0:0",
            "Mars/Olympus",
            "+٣",
            "é",
            "+-1",
        ] {
            let error = text.parse::<Tz>().unwrap_err();
            assert!(error.contains("Asia/Shanghai"), "{text}: {error}");
        }
    }

    #[test]
    fn no_instant_panics() {
        for ms in [
            i64::MIN,
            -1,
            0,
            i64::MAX,
            253_402_300_799_999,
            -62_135_596_800_000,
        ] {
            for tz in [
                Tz::Utc,
                Tz::Local,
                "+23:59".parse().unwrap(),
                "Asia/Shanghai".parse().unwrap(),
            ] {
                let clock = Clock::new(tz, Some(Time(ms)), Some(Time(0)));
                let _ = (
                    clock.range(Time(ms), Time(0)),
                    clock.span(),
                    clock.bucket(Time(ms), 60),
                    tz.rfc3339(Time(ms)),
                );
            }
        }
    }

    #[test]
    fn shared_dates_are_left_out() {
        let (a, b) = (Time(1_763_805_600_000), Time(1_763_809_200_000));
        let clock = Clock::new(Tz::Utc, Some(a), Some(b));
        assert_eq!(clock.range(a, b), "10:00:00 – 11:00:00");
        assert_eq!(clock.span(), "2025-11-22 10:00:00 – 11:00:00 UTC");
        let clock = Clock::new(
            "Asia/Shanghai".parse().unwrap(),
            Some(a),
            Some(Time(b.0 + 86_400_000)),
        );
        assert_eq!(clock.range(a, b), "11-22 18:00:00 – 19:00:00");
        assert!(clock.span().ends_with("Asia/Shanghai (UTC+08:00)"));
    }
}
