//! What arguments mean: names, times, widths of buckets, sizes.

use crate::aggregate::Memory;
use crate::catalog::Catalog;
use crate::cli::{self, EngineArg, IsaArg, LangArg};
use crate::fault::{Error, Result};
use crate::lang::Lang;
use crate::limits;
use crate::pipeline::filter::Filter;
use crate::record::time;
use crate::report::Tz;
use crate::scan::engine::{Choice, Isa};

/// The scanner that an argument names.
pub fn engine(arg: EngineArg) -> Choice {
    match arg {
        EngineArg::Fast => Choice::Fast,
        EngineArg::Oracle => Choice::Oracle,
    }
}

/// The instructions that an argument names.
pub fn isa(arg: IsaArg) -> Isa {
    match arg {
        IsaArg::Auto => Isa::Auto,
        IsaArg::Avx512 => Isa::Avx512,
        IsaArg::Avx2 => Isa::Avx2,
        IsaArg::Portable => Isa::Portable,
    }
}

/// The language that an argument names.
pub fn lang(arg: LangArg) -> Lang {
    match arg {
        LangArg::En => Lang::En,
        LangArg::Zh => Lang::Zh,
    }
}

/// The memory that an argument allows.
pub(super) fn memory(args: &cli::Analyze) -> Result<Memory> {
    Ok(Memory {
        cap_bytes: args
            .memory
            .as_deref()
            .map_or(Ok(limits::MEMORY_BYTES), size)?,
        temp_dir: args.temp_dir.clone().unwrap_or_else(std::env::temp_dir),
    })
}

/// The clock that an argument names.
pub(super) fn tz(name: Option<&str>) -> Result<Tz> {
    name.map_or(Ok(Tz::Utc), |name| name.parse().map_err(Error::new))
}

/// What is counted, as the arguments say.
pub(super) fn filter(args: &cli::Analyze, catalog: &Catalog) -> Result<Filter> {
    let zone = tz(args.tz.as_deref())?;
    let now_ms = now_ms(args)?;
    let moment = |text: &str| moment(text, zone, now_ms);
    Ok(Filter {
        since_ms: args.since.as_deref().map(moment).transpose()?,
        until_ms: args.until.as_deref().map(moment).transpose()?,
        ..lists(
            &args.codes,
            &args.kinds,
            &args.models,
            &args.statuses,
            catalog,
        )?
    })
}

/// A filter of what arguments list, at any time.
pub(super) fn lists(
    codes: &[String],
    kinds: &[String],
    models: &[String],
    statuses: &[String],
    catalog: &Catalog,
) -> Result<Filter> {
    let canonical = |code: &String| Filter::canonical(catalog, code);
    Ok(Filter {
        since_ms: None,
        until_ms: None,
        codes: codes.iter().map(canonical).collect(),
        kinds: kinds
            .iter()
            .map(|kind| Filter::kind(kind))
            .collect::<Result<_>>()?,
        models: models.to_vec(),
        statuses: statuses
            .iter()
            .map(|status| status.parse())
            .collect::<Result<_>>()?,
    })
}

/// The present, in ms since 1970 UTC.
pub(super) fn now_ms(args: &cli::Analyze) -> Result<i64> {
    let now_ms = chrono::Utc::now().timestamp_millis();
    let told = args.state.now.as_deref();
    told.map_or(Ok(now_ms), |told| moment(told, Tz::Utc, now_ms))
}

/// `1m`, `5m`, `1h`, `1d`; `None` for `auto`.
pub(super) fn bucket(text: &str) -> Result<Option<i64>> {
    let wrong = || Error::new(format!("--bucket {text:?} is no width")).hint("1m, 5m, 1h or auto");
    if text == "auto" {
        return Ok(None);
    }
    let minutes = duration_minutes(text)
        .filter(|minutes| *minutes > 0)
        .ok_or_else(wrong)?;
    // Buckets start at multiples of their width since 1970; only divisors of a day align with days.
    if 1440 % minutes == 0 {
        Ok(Some(minutes))
    } else {
        Err(wrong().hint("give one that divides a day, such as 5m, 15m or 1h"))
    }
}

fn duration_minutes(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    // No number of 32 bits is too many minutes, or milliseconds of them, for 64.
    let number: u32 = text.strip_suffix(unit)?.parse().ok()?;
    let factor = match unit {
        'm' => 1,
        'h' => 60,
        'd' => 1440,
        _ => return None,
    };
    Some(i64::from(number) * factor)
}

/// A time as the command line takes it, in ms since 1970 UTC.
fn moment(text: &str, tz: Tz, now_ms: i64) -> Result<i64> {
    let today = match text {
        "today" => Some(0),
        "yesterday" => Some(-1),
        _ => None,
    };
    if let Some(shift) = today {
        return Ok(tz.day_start(tz.day(now_ms) + shift));
    }
    let absolute = ["", ":00", "T00:00:00"]
        .iter()
        .find_map(|rest| time::parse_text(format!("{text}{rest}").as_bytes()));
    let ago = || Some(now_ms - duration_minutes(text)? * time::MINUTE_MS);
    absolute.or_else(ago).ok_or_else(|| {
        Error::new(format!("{text:?} is no time")).hint("2026-11-22, 2026-11-22T10:00, 2026-11-22T10:00:00+08:00, today, yesterday, or 90m, 2h, 3d for that long ago, without a sign")
    })
}

/// `512M`, `2G`, `65536`.
fn size(text: &str) -> Result<usize> {
    let wrong = || Error::new(format!("--memory {text:?} is no size")).hint("such as 256M or 2G");
    let (number, shift) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 10),
        Some(b'm' | b'M') => (&text[..text.len() - 1], 20),
        Some(b'g' | b'G') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    let number: usize = number.parse().map_err(|_| wrong())?;
    number.checked_mul(1 << shift).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_times_and_sizes() {
        assert_eq!(bucket("1m").unwrap(), Some(1));
        assert_eq!(bucket("2h").unwrap(), Some(120));
        assert_eq!(bucket("auto").unwrap(), None);
        assert!(
            bucket("7m").is_err()
                && bucket("0m").is_err()
                && bucket("x").is_err()
                && bucket("").is_err()
        );
        assert_eq!(size("64K").unwrap(), 65536);
        assert!(size("lots").is_err() && size("").is_err());
        let day = 1_795_305_600_000;
        let at = |text| moment(text, Tz::Utc, day + 3_600_000);
        assert_eq!(at("2026-11-22").unwrap(), day);
        assert_eq!(at("2026-11-22T00:00").unwrap(), day);
        assert_eq!(at("2026-11-22T08:00:00+08:00").unwrap(), day);
        assert_eq!(at("today").unwrap(), day);
        assert_eq!(at("yesterday").unwrap(), day - 86_400_000);
        assert_eq!(at("1h").unwrap(), day);
        assert!(at("soon").is_err() && at("-5m").is_err() && at("4294967296m").is_err());
        assert!(at("4294967295d").unwrap() < 0);
        let west: Tz = "-05:00".parse().unwrap();
        assert_eq!(
            moment("today", west, day + 3_600_000).unwrap(),
            day - 68_400_000
        );
    }
}
