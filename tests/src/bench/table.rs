//! The table, 80 columns wide, row by row.

use super::row::{Row, Samples, Side, Target};
use crate::figures::{number, verdict};

/// Digits behind the point that tell small figures apart.
pub(super) const DIGITS: usize = 2;

const LABEL: usize = 28;

/// The head of the table.
pub(super) fn head() -> String {
    format!(
        "{:<LABEL$}{:>15}{:>15}\n{:<LABEL$}{:>8}{:>7}{:>8}{:>7}{:>6}{:>9}",
        "", "vrrpd", "keepalived", "", "median", "spread", "median", "spread", "ratio", "target"
    )
}

/// The rows, under the names of their scenes.
pub(super) fn rows(rows: &[Row]) -> String {
    let mut scene = None;
    rows.iter().map(|row| one(row, &mut scene)).collect::<Vec<_>>().join("\n")
}

/// A row, below the name of its scene if that is another one than `scene`.
pub(super) fn one(row: &Row, scene: &mut Option<String>) -> String {
    let known = scene.as_ref() == Some(&row.scene);
    *scene = Some(row.scene.clone());
    if known { line(row) } else { format!("  {}{}\n{}", row.scene, runs(row), line(row)) }
}

fn runs(row: &Row) -> String {
    match &row.ours {
        Side::Measured(samples) if samples.runs() > 1 => format!(" ({} runs)", samples.runs()),
        Side::Measured(_) | Side::Absent(_) => String::new(),
    }
}

fn line(row: &Row) -> String {
    let target = match row.target {
        Some(Target::Times(times)) => format!("<={times} x"),
        Some(Target::Value(value)) => format!("<={}", number(value, DIGITS)),
        None => String::new(),
    };
    let verdict = verdict(row.holds());
    let ratio = row.ratio().map_or_else(String::new, |ratio| format!("{ratio:.2}"));
    let start = format!("    {:<width$}", row.measure, width = LABEL - 4);
    let line = format!("{start}{}{}{ratio:>6}{target:>9}{verdict}", columns(&row.ours), columns(&row.theirs));
    line.trim_end().to_owned()
}

/// Median and spread, 15 columns wide.
fn columns(side: &Side) -> String {
    match side {
        Side::Measured(samples) => format!("{:>8}{:>7}", text(samples.median()), spread(samples)),
        Side::Absent(reason) => format!("{reason:>15}"),
    }
}

/// From the lowest run to the highest.
fn spread(samples: &Samples) -> String {
    let spread = samples.worst().zip(samples.best()).map(|(worst, best)| worst - best);
    if samples.runs() > 1 { text(spread.filter(|spread| !spread.is_nan())) } else { String::new() }
}

fn text(value: Option<f64>) -> String {
    value.map_or_else(|| "-".into(), |value| number(value, DIGITS))
}

#[cfg(test)]
mod tests {
    use super::super::row::{Row, Samples};
    use super::{head, rows};

    fn samples(values: &[f64]) -> Samples {
        values.iter().copied().collect()
    }

    #[test]
    fn the_table_is_readable_in_80_columns() {
        let table = [
            Row::new("4000 instances", "CPU an advert, µs", samples(&[7.1, 7.25]), samples(&[14.0, 15.5]))
                .at_most_times(0.33),
            Row::new("4000 instances", "renewals, % of a core", samples(&[0.125]), Samples::default()).at_most(0.5),
            Row::new("250 virtual MACs", "it ends after, ms", samples(&[812.0]), samples(&[f64::INFINITY]))
                .at_most(1000.0),
        ];
        let text = format!("{}\n{}", head(), rows(&table));
        let expected = "
                                      vrrpd     keepalived
                              median spread  median spread ratio   target
  4000 instances (2 runs)
    CPU an advert, µs           7.25   0.15    15.5   1.50  0.47 <=0.33 x MISS
    renewals, % of a core       0.12         no such thing         <=0.50 ok
  250 virtual MACs
    it ends after, ms            812          never         0.00   <=1000 ok";
        assert_eq!(format!("\n{text}"), expected);
        assert!(text.lines().all(|line| line.chars().count() <= 80));
    }
}
