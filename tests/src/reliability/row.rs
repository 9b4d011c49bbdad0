//! A row of the table: one thing that was measured on both sides, and what it ought to be.

use serde_json::{Value, json};

pub use crate::figures::{Samples, Side};

/// One thing that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What happened, such as `stop, interface MAC`. Rows with the same one stand together.
    pub scene: String,
    /// What was measured, with its unit unless it is a number of things.
    pub measure: String,
    /// What it was with vrrpd.
    pub ours: Side,
    /// What it was with keepalived, or with what `scene` names instead.
    pub theirs: Side,
    /// What the worst run of ours may be at most; none where nothing is promised.
    pub target: Option<f64>,
}

impl Row {
    /// A row of two measurements.
    pub fn new(scene: &str, measure: &str, ours: Samples, theirs: Side) -> Self {
        Self { scene: scene.into(), measure: measure.into(), ours: Side::Measured(ours), theirs, target: None }
    }

    /// A row of something that ours cannot do yet.
    pub fn absent(scene: &str, measure: &str, reason: &str, theirs: Side) -> Self {
        Self { scene: scene.into(), measure: measure.into(), ours: Side::Absent(reason.into()), theirs, target: None }
    }

    /// The same row with a target.
    #[must_use]
    pub fn at_most(mut self, target: f64) -> Self {
        self.target = Some(target);
        self
    }

    /// Whether the target is met; none where there is no target.
    pub fn holds(&self) -> Option<bool> {
        let target = self.target?;
        Some(match &self.ours {
            Side::Measured(samples) => samples.worst().is_some_and(|worst| worst <= target),
            Side::Absent(_) => false,
        })
    }

    /// The row as `target/reliability.json` has it.
    pub fn json(&self) -> Value {
        json!({
            "scene": self.scene,
            "measure": self.measure,
            "ours": self.ours.json(),
            "theirs": self.theirs.json(),
            "target": self.target,
            "holds": self.holds(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, Samples, Side};

    #[test]
    fn the_worst_run_decides_and_what_cannot_be_measured_does_not_hold() {
        let samples: Samples = [0.0, 0.0, 3.0].into_iter().collect();
        assert_eq!((samples.median(), samples.worst(), samples.runs()), (Some(0.0), Some(3.0), 3));
        let row = Row::new("stop", "datagrams lost", samples, Side::none());
        assert_eq!(row.holds(), None);
        assert_eq!(row.clone().at_most(3.0).holds(), Some(true));
        assert_eq!(row.at_most(2.0).holds(), Some(false));
        assert_eq!(Row::absent("resign", "lost", "no such verb", Side::none()).at_most(9.0).holds(), Some(false));
        assert_eq!(Row::new("stop", "lost", Samples::default(), Side::none()).at_most(9.0).holds(), Some(false));
    }
}
