//! What clients and the wire notice when a service dies and when a host is left: measured by the code of `cargo lab reliability`,
//! less often.

use anyhow::Result;

use super::Extent;
use super::row::{Row, Samples, Side};
use crate::reliability::{self, Case};

/// How often each host's service dies, and how often a host is left, if nobody says it.
const DEATHS: usize = 10;
const LEAVES: usize = 5;

/// A side with one figure made of all its runs.
fn one(side: &Side, figure: impl Fn(&Samples) -> Option<f64>) -> Side {
    match side {
        Side::Measured(samples) => Side::Measured(figure(samples).into_iter().collect()),
        Side::Absent(reason) => Side::Absent(reason.clone()),
    }
}

/// A row of the other table, with the sides as they are or with one figure for each.
fn row(row: &reliability::Row, measure: &str, figure: Option<fn(&Samples) -> Option<f64>>) -> Row {
    let side = |side: &Side| figure.map_or_else(|| side.clone(), |figure| one(side, figure));
    Row {
        scene: row.scene.clone(),
        measure: measure.into(),
        ours: side(&row.ours),
        theirs: side(&row.theirs),
        target: None,
    }
}

/// Measures both.
pub(super) fn measure(extent: &Extent, show: &mut dyn FnMut(Row)) -> Result<()> {
    for found in Case::Kill.rows(Some(extent.runs(DEATHS)), extent.quick)? {
        if found.measure == reliability::RESIGNS {
            show(row(&found, "resigns, p50, ms", None).at_most(3.0));
            show(row(&found, "resigns, p99, ms", Some(|samples| samples.quantile(0.99))).at_most(10.0));
        } else {
            show(row(&found, &found.measure, None).at_most(25.0));
        }
    }
    // The first scene is the plain one; the others are that table's business.
    for found in Case::Handover.rows(Some(extent.runs(LEAVES)), true)? {
        let shown = row(&found, &found.measure, Some(Samples::worst));
        show(if found.target.is_some() { shown.at_most(0.0) } else { shown });
    }
    Ok(())
}
