//! Charts as inline SVG. They hold shapes and tooltips only; the labels around them are HTML.

use super::layout::Markup;
use crate::report::figures::count;
use askama::Template;
use std::fmt::Write as _;

/// Height of a chart's own coordinates; the width of a column is [`COLUMN`].
const HEIGHT: u64 = 1000;
const COLUMN: usize = 10;
/// Least height of what is not zero, so that it can be seen.
const LEAST: u64 = 14;

/// One colour of a stack.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    /// For the legend.
    pub name: String,
    /// CSS class of its colour: `s0` … `s7`, `ok`, `bad`, `hot`.
    pub color: String,
    /// One value for each column.
    pub values: Vec<u64>,
}

/// Columns of stacked values over a common axis.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    /// What the chart shows, for screen readers.
    pub title: String,
    /// Bottom first.
    pub series: Vec<Series>,
    /// A tooltip for each column.
    pub tips: Vec<String>,
    /// Labels of the axis below: position in hundredths of the width, and text.
    pub ticks: Vec<(usize, String)>,
    /// Whether it is a lower one.
    pub low: bool,
}

#[derive(Template)]
#[template(path = "columns.html")]
struct ColumnsPage<'a> {
    chart: &'a Columns,
    width: usize,
    paths: Vec<(String, String)>,
    tips: Vec<(usize, &'a str)>,
    greatest: String,
    middle: String,
}

impl Columns {
    /// The chart with its legend and axes; nothing if it has no columns.
    pub(crate) fn markup(&self) -> Markup {
        let columns = self
            .series
            .iter()
            .map(|series| series.values.len())
            .max()
            .unwrap_or(0);
        let at = |series: &Series, column: usize| series.values.get(column).copied().unwrap_or(0);
        let total = |column: usize| {
            self.series
                .iter()
                .map(|series| at(series, column))
                .fold(0, u64::saturating_add)
        };
        let greatest = (0..columns).map(total).max().unwrap_or(0);
        let mut paths = vec![String::new(); self.series.len()];
        for column in 0..columns {
            let (mut sum, mut below) = (0_u64, 0_u64);
            for (series, path) in self.series.iter().zip(&mut paths) {
                sum = sum.saturating_add(at(series, column));
                let top = height(sum, greatest);
                if top > below {
                    let (x, wide) = (column * COLUMN, COLUMN - 1);
                    // Writing to a String cannot fail.
                    let _ = write!(
                        path,
                        "M{x} {}h{wide}V{}h-{wide}z",
                        HEIGHT - below,
                        HEIGHT - top
                    );
                    below = top;
                }
            }
        }
        let colors = self.series.iter().map(|series| series.color.clone());
        Markup::of(&ColumnsPage {
            chart: self,
            width: columns.max(1) * COLUMN,
            paths: colors
                .zip(paths)
                .filter(|(_, path)| !path.is_empty())
                .collect(),
            tips: self
                .tips
                .iter()
                .enumerate()
                .map(|(at, tip)| (at * COLUMN, tip.as_str()))
                .collect(),
            greatest: count(greatest),
            // A middle that is no whole number would be no label.
            middle: if greatest.is_multiple_of(2) && greatest > 2 {
                count(greatest / 2)
            } else {
                String::new()
            },
        })
    }
}

fn height(n: u64, greatest: u64) -> u64 {
    if n == 0 || greatest == 0 {
        return 0;
    }
    let scaled = (u128::from(n) * u128::from(HEIGHT)).div_ceil(u128::from(greatest));
    (scaled as u64).clamp(LEAST, HEIGHT)
}

/// A row of small columns beside a name.
#[derive(Template)]
#[template(path = "spark.html")]
struct Spark {
    title: String,
    width: usize,
    path: String,
    color: &'static str,
}

/// A series without axes, scaled to itself, in a CSS colour class.
pub(crate) fn spark(values: &[u64], title: String, color: &'static str) -> Markup {
    let greatest = values.iter().copied().max().unwrap_or(0);
    let mut path = String::new();
    for (at, n) in values.iter().enumerate().filter(|(_, n)| **n > 0) {
        let top = height(*n, greatest).max(HEIGHT / 12);
        // Writing to a String cannot fail.
        let _ = write!(path, "M{} {HEIGHT}h9V{}h-9z", at * COLUMN, HEIGHT - top);
    }
    Markup::of(&Spark {
        title,
        width: values.len().max(1) * COLUMN,
        path,
        color,
    })
}

/// One horizontal bar of parts.
#[derive(Template)]
#[template(path = "bar.html")]
struct Bar {
    title: String,
    parts: Vec<(String, u64, u64)>,
}

/// A bar whose parts (CSS colour class, value) fill it up to `whole`.
pub(crate) fn bar(parts: &[(String, u64)], whole: u64, title: String) -> Markup {
    let mut placed = Vec::new();
    let (mut sum, mut left) = (0_u64, 0_u64);
    for (color, n) in parts {
        sum = sum.saturating_add(*n);
        let right = height(sum, whole);
        if right > left {
            placed.push((color.clone(), left, right - left));
            left = right;
        }
    }
    Markup::of(&Bar {
        title,
        parts: placed,
    })
}

/// A map of cells, each in one of six shades.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeatMap {
    /// What it shows, for screen readers.
    pub title: String,
    /// Labels of rows, and their cells: column, value, tooltip. A cell that is missing is blank.
    pub rows: Vec<(String, Vec<(usize, u64, String)>)>,
    /// How many columns there are.
    pub columns: usize,
    /// Labels of the axis below, one for each column; empty ones are left out.
    pub ticks: Vec<String>,
    /// What the shades mean: least and most.
    pub scale: (String, String),
}

#[derive(Template)]
#[template(path = "heat.html")]
struct HeatPage<'a> {
    map: &'a HeatMap,
    cells: Vec<(usize, usize, u64, &'a str)>,
    ticks: Vec<(usize, &'a str)>,
}

/// Height of a row in the map's coordinates, which are pixels from top to bottom.
const ROW: usize = 22;

impl HeatMap {
    /// The map with its labels.
    pub(crate) fn markup(&self) -> Markup {
        let values = self
            .rows
            .iter()
            .flat_map(|(_, cells)| cells.iter().map(|(_, n, _)| *n));
        let greatest = values.max().unwrap_or(0);
        let shade = |n: u64| (u128::from(n) * 5).div_ceil(u128::from(greatest.max(1))) as u64;
        let cells = self.rows.iter().enumerate().flat_map(|(row, (_, cells))| {
            cells
                .iter()
                .map(move |(column, n, tip)| (column * COLUMN, row * ROW, shade(*n), tip.as_str()))
        });
        let at = |column: usize| column * 10_000 / self.columns.max(1);
        Markup::of(&HeatPage {
            map: self,
            cells: cells.collect(),
            ticks: self
                .ticks
                .iter()
                .enumerate()
                .filter(|(_, tick)| !tick.is_empty())
                .map(|(column, tick)| (at(column), tick.as_str()))
                .collect(),
        })
    }
}

impl HeatPage<'_> {
    fn width(&self) -> usize {
        self.map.columns * COLUMN
    }

    fn height(&self) -> usize {
        self.map.rows.len() * ROW
    }

    /// Hundredths of a percent as CSS takes it.
    #[allow(clippy::unused_self, clippy::trivially_copy_pass_by_ref)] // as the template calls it
    fn percent(&self, at: &usize) -> String {
        format!("{}.{:02}%", at / 100, at % 100)
    }
}

/// What the colours of a chart or a bar mean.
#[derive(Template)]
#[template(path = "legend.html")]
pub(crate) struct Legend {
    /// CSS colour class, name, figure.
    pub entries: Vec<(String, String, String)>,
}
