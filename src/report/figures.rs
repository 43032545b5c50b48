//! How figures look: grouped counts, shares, latencies, sizes, and small charts.

use super::model::{Millis, Time};

/// A count with its thousands set apart: `1,234,567`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `part` of `whole` as a percentage. Never rounds to 0 % what happened, nor to 100 % what is not all.
pub(crate) fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".into();
    }
    let (part, whole) = (u128::from(part), u128::from(whole));
    let tenths = (part * 1000 + whole / 2) / whole;
    match tenths {
        0 if part > 0 => "<0.1%".into(),
        1000 if part < whole => ">99.9%".into(),
        _ if tenths.is_multiple_of(1000) => format!("{}%", tenths / 10),
        _ => format!("{}.{}%", tenths / 10, tenths % 10),
    }
}

/// A latency in the unit that keeps it short: `0.4 ms`, `75 ms`, `1.37 s`, `2m05s`.
pub(super) fn latency(latency: Option<Millis>) -> String {
    let Some(Millis { us }) = latency else {
        return "–".into();
    };
    match us {
        0..10_000 => format!("{}.{} ms", us / 1000, us % 1000 / 100),
        10_000..1_000_000 => format!("{} ms", us / 1000),
        1_000_000..100_000_000 => format!("{}.{:02} s", us / 1_000_000, us % 1_000_000 / 10_000),
        _ => span_ms(us / 1000),
    }
}

/// A length of time in milliseconds, in its two greatest units, the lesser left out at 0.
pub(super) fn span_ms(ms: u64) -> String {
    let s = ms / 1000;
    let two = |great: u64, unit: char, less: u64, rest: char| match less {
        0 => format!("{great}{unit}"),
        _ => format!("{great}{unit}{less:02}{rest}"),
    };
    match s {
        0..60 => format!("{s}s"),
        60..3600 => two(s / 60, 'm', s % 60, 's'),
        3600..86_400 => two(s / 3600, 'h', s % 3600 / 60, 'm'),
        _ => two(s / 86_400, 'd', s % 86_400 / 3600, 'h'),
    }
}

/// A size in bytes, in the binary unit that keeps it short.
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if n < 1024 {
        return format!("{n} B");
    }
    let power = (n.ilog2() / 10) as usize;
    let tenths = (u128::from(n) * 10) >> (10 * power);
    let unit = UNITS.get(power - 1).copied().unwrap_or("EiB");
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

/// A bar of at most `width` columns, in eighths of a column; never empty for what is not zero.
pub(super) fn bar(part: u64, whole: u64, width: usize) -> String {
    const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let eighths = scaled(part, whole, width * 8);
    let mut bar = "█".repeat(eighths / 8);
    if let Some(rest) = EIGHTHS
        .get(eighths % 8)
        .filter(|_| !eighths.is_multiple_of(8))
    {
        bar.push(*rest);
    }
    bar
}

/// `part / whole * steps`, rounded up and within `0..=steps`.
pub(super) fn scaled(part: u64, whole: u64, steps: usize) -> usize {
    if whole == 0 {
        return 0;
    }
    let scaled = (u128::from(part) * steps as u128).div_ceil(u128::from(whole));
    (scaled as usize).min(steps)
}

/// A block of `eighths` (0–8) of a character cell's height.
pub(super) fn block(eighths: usize) -> char {
    ['·', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
        .get(eighths)
        .copied()
        .unwrap_or('█')
}

/// One row of blocks for a series, scaled to its own greatest value.
pub(super) fn sparkline(series: &[u64]) -> String {
    let greatest = series.iter().copied().max().unwrap_or(0);
    series
        .iter()
        .map(|&n| block(scaled(n, greatest, 8)))
        .collect()
}

/// Steps in seconds that people count in; a chart's column is one of them wide.
const STEPS: [u64; 22] = [
    1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 14_400, 21_600,
    43_200, 86_400, 172_800, 604_800, 2_419_200,
];

/// A chart's axis of time: which column an instant falls into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    /// Where the first column starts, in seconds since 1970.
    start_s: i64,
    /// Width of a column.
    pub(super) step_s: u64,
    /// Columns; at least one.
    pub(super) columns: usize,
}

impl Axis {
    /// The finest axis from `first` to `last` with at most `max_columns`, whose
    /// columns hold whole buckets.
    pub(super) fn fit(first: Time, last: Time, bucket_s: u64, max_columns: usize) -> Self {
        let (first_s, last_s) = (
            first.0.div_euclid(1000),
            last.0.max(first.0).div_euclid(1000),
        );
        let (bucket_s, max_columns) = (bucket_s.clamp(1, 1 << 40), max_columns.max(2));
        let columns = |step_s: u64| {
            let step = i128::from(step_s);
            (i128::from(last_s).div_euclid(step) - i128::from(first_s).div_euclid(step) + 1)
                as usize
        };
        let fits = |step_s: &u64| columns(*step_s) <= max_columns;
        let step_s = std::iter::once(bucket_s)
            .chain(
                STEPS
                    .into_iter()
                    .filter(|s| *s > bucket_s && s.is_multiple_of(bucket_s)),
            )
            .find(fits)
            // Beyond the list, double; two columns always suffice in the end.
            .or_else(|| {
                (1..20)
                    .map(|power| bucket_s.max(2_419_200) << power)
                    .find(fits)
            })
            .unwrap_or(u64::MAX >> 2);
        let start_s = first_s
            .div_euclid(step_s as i64)
            .saturating_mul(step_s as i64);
        Self {
            start_s,
            step_s,
            columns: columns(step_s).clamp(1, max_columns),
        }
    }

    /// The column of an instant; those before and after go to the first and last.
    pub(super) fn column(&self, time: Time) -> usize {
        let offset_s = i128::from(time.0.div_euclid(1000)) - i128::from(self.start_s);
        (offset_s.div_euclid(i128::from(self.step_s)).max(0) as usize).min(self.columns - 1)
    }

    /// Where a column starts.
    pub(super) fn start(&self, column: usize) -> Time {
        let start_s = (column as i64)
            .saturating_mul(self.step_s as i64)
            .saturating_add(self.start_s);
        Time(start_s.saturating_mul(1000))
    }

    /// Sums values by column.
    pub(super) fn series(&self, values: impl Iterator<Item = (Time, u64)>) -> Vec<u64> {
        let mut series = vec![0_u64; self.columns];
        for (time, n) in values {
            if let Some(sum) = series.get_mut(self.column(time)) {
                *sum = sum.saturating_add(n);
            }
        }
        series
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(
            [count(0), count(999), count(1000), count(1_234_567)],
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(
            [share(1, 3), share(1, 1), share(0, 9)],
            ["33.3%", "100%", "0%"]
        );
        assert_eq!(
            [share(1, 1_000_000), share(999_999, 1_000_000), share(0, 0)],
            ["<0.1%", ">99.9%", "–"]
        );
        assert_eq!(share(u64::MAX, u64::MAX), "100%");
        let ms = |us| latency(Some(Millis { us }));
        assert_eq!(
            [ms(400), ms(75_000), ms(1_368_000), ms(125_000_000)],
            ["0.4 ms", "75 ms", "1.36 s", "2m05s"]
        );
        assert_eq!(
            [bytes(1023), bytes(1536), bytes(u64::MAX)],
            ["1023 B", "1.5 KiB", "15.9 EiB"]
        );
    }

    #[test]
    fn bars_never_hide_what_happened_nor_overflow() {
        assert_eq!(bar(0, 10, 4), "");
        assert_eq!(bar(1, 1_000_000, 4), "▏");
        assert_eq!(bar(10, 10, 4), "████");
        assert_eq!(bar(20, 10, 4), "████");
        assert_eq!(sparkline(&[0, 1, 4, 8]), "·▁▄█");
        assert_eq!(sparkline(&[u64::MAX, 1]), "█▁");
    }

    #[test]
    fn an_axis_holds_every_instant() {
        let hour = Axis::fit(Time(0), Time(3_599_000), 60, 72);
        assert_eq!((hour.step_s, hour.columns), (60, 60));
        let tight = Axis::fit(Time(0), Time(3_599_000), 60, 20);
        assert_eq!((tight.step_s, tight.columns), (300, 12));
        assert_eq!(tight.column(Time(-5)), 0);
        assert_eq!(tight.column(Time(i64::MAX)), 11);
        assert_eq!(tight.start(1), Time(300_000));
        assert_eq!(
            tight
                .series([(Time(299_999), 1), (Time(300_000), 2)].into_iter())
                .get(..2),
            Some(&[1, 2][..])
        );
        let wild = Axis::fit(Time(i64::MIN), Time(i64::MAX), u64::MAX, 72);
        assert!(wild.columns <= 72);
        let _ = (wild.column(Time(0)), wild.start(71));
    }
}
