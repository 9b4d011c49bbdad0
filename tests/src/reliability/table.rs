//! The table, 80 columns wide.

use super::row::{Row, Samples, Side};
use crate::figures::{number, verdict};

const LABEL: usize = 37;

/// The head of the table.
pub(super) fn head() -> String {
    format!(
        "{:<LABEL$}{:>15} {:>15}\n{:<LABEL$}{:>7}{:>8} {:>7}{:>8}{:>7}",
        "", "vrrpd", "keepalived", "", "median", "worst", "median", "worst", "target"
    )
}

/// The rows of a case, under the names of their scenes.
pub(super) fn rows(rows: &[Row]) -> String {
    let mut lines = Vec::new();
    let mut scene = "";
    for row in rows {
        if row.scene != scene {
            scene = &row.scene;
            lines.push(format!("  {scene}{}", runs(row)));
        }
        lines.push(line(row));
    }
    lines.join("\n")
}

fn runs(row: &Row) -> String {
    match [&row.ours, &row.theirs] {
        [Side::Measured(samples), _] | [_, Side::Measured(samples)] if samples.runs() > 1 => {
            format!(" ({} runs)", samples.runs())
        }
        _ => String::new(),
    }
}

fn line(row: &Row) -> String {
    let target = row.target.map_or_else(String::new, |target| format!("<={}", number(target, 1)));
    let verdict = verdict(row.holds());
    let start = format!("    {:<width$}", row.measure, width = LABEL - 4);
    format!("{start}{} {}{target:>7}{verdict}", columns(&row.ours), columns(&row.theirs)).trim_end().to_owned()
}

/// Median and worst, 15 columns wide.
fn columns(side: &Side) -> String {
    match side {
        Side::Measured(samples) => figures(samples),
        Side::Absent(reason) => format!("{:>15}", if reason.is_empty() { "-" } else { reason }),
    }
}

fn figures(samples: &Samples) -> String {
    let text = |value: Option<f64>| value.map_or_else(|| "-".into(), |value| number(value, 1));
    format!("{:>7}{:>8}", text(samples.median()), text(samples.worst()))
}

#[cfg(test)]
mod tests {
    use super::super::row::{Row, Samples, Side};
    use super::{head, rows};

    fn samples(values: &[f64]) -> Samples {
        values.iter().copied().collect()
    }

    #[test]
    fn the_table_is_readable_in_80_columns() {
        let lost = samples(&[0.0, 0.0, 12.0]);
        let table = [
            Row::new("stop, interface MAC", "IPv4 datagrams lost", lost, Side::Measured(samples(&[1218.0, 1220.0])))
                .at_most(0.0),
            Row::new("stop, interface MAC", "silence, ms", samples(&[0.5, 6.25]), Side::none()),
            Row::absent("resign", "IPv4 datagrams lost", "no such verb", Side::none()).at_most(0.0),
            Row::new(
                "killed for ever",
                "claims gone after, ms",
                samples(&[2000.0]),
                Side::Measured(samples(&[f64::INFINITY])),
            )
            .at_most(3100.0),
        ];
        let text = format!("{}\n{}", head(), rows(&table));
        let expected = "
                                               vrrpd      keepalived
                                      median   worst  median   worst target
  stop, interface MAC (3 runs)
    IPv4 datagrams lost                    0      12    1220    1220    <=0 MISS
    silence, ms                          6.2     6.2               -
  resign
    IPv4 datagrams lost                 no such verb               -    <=0 MISS
  killed for ever
    claims gone after, ms               2000    2000   never   never <=3100 ok";
        assert_eq!(format!("\n{text}"), expected);
        assert!(text.lines().all(|line| line.len() <= 80));
    }
}
