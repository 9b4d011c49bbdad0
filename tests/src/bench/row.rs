//! A row of the table: one thing that was measured on both sides, and what it ought to be.

use serde_json::{Value, json};

pub(super) use crate::figures::{Samples, Side};

/// What the median of ours ought to be at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// So many times the median of the other side.
    Times(f64),
    /// This, whatever the other side does.
    Value(f64),
}

/// One thing that was measured. Less is better.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What was done, such as `250 instances as Master`. Rows with the same one stand together.
    pub scene: String,
    /// What was measured, with its unit unless it is a number of things.
    pub measure: String,
    /// What it was with vrrpd.
    pub ours: Side,
    /// What it was with keepalived, or with what `scene` names instead.
    pub theirs: Side,
    /// None where nothing is promised.
    pub target: Option<Target>,
}

impl Row {
    /// A row of two measurements; nobody measured `theirs` where that has no runs.
    pub fn new(scene: &str, measure: &str, ours: Samples, theirs: Samples) -> Self {
        let none = theirs.runs() == 0;
        let theirs = if none { Side::Absent("no such thing".into()) } else { Side::Measured(theirs) };
        Self { scene: scene.into(), measure: measure.into(), ours: Side::Measured(ours), theirs, target: None }
    }

    /// A row of something that nobody else is compared with.
    pub fn alone(scene: &str, measure: &str, ours: Samples) -> Self {
        Self { theirs: Side::none(), ..Self::new(scene, measure, ours, Samples::default()) }
    }

    /// The same row with a target relative to the other side.
    #[must_use]
    pub const fn at_most_times(mut self, times: f64) -> Self {
        self.target = Some(Target::Times(times));
        self
    }

    /// The same row with an absolute target.
    #[must_use]
    pub const fn at_most(mut self, value: f64) -> Self {
        self.target = Some(Target::Value(value));
        self
    }

    /// The median of ours for each of theirs; none where one of them has no such thing, or theirs is nothing.
    pub fn ratio(&self) -> Option<f64> {
        let theirs = median(&self.theirs).filter(|theirs| *theirs > 0.0)?;
        Some(median(&self.ours)? / theirs)
    }

    /// Whether the target is met; none where there is no target, or nothing to compare with.
    pub fn holds(&self) -> Option<bool> {
        match self.target? {
            Target::Times(times) => self.ratio().map(|ratio| ratio <= times),
            Target::Value(value) => Some(median(&self.ours).is_some_and(|ours| ours <= value)),
        }
    }

    /// The row as `target/bench.json` has it.
    pub fn json(&self) -> Value {
        let target = match self.target {
            Some(Target::Times(times)) => json!({ "ratio": times }),
            Some(Target::Value(value)) => json!({ "value": value }),
            None => Value::Null,
        };
        json!({
            "scene": self.scene,
            "measure": self.measure,
            "ours": self.ours.json(),
            "theirs": self.theirs.json(),
            "ratio": self.ratio(),
            "target": target,
            "holds": self.holds(),
        })
    }
}

fn median(side: &Side) -> Option<f64> {
    match side {
        Side::Measured(samples) => samples.median(),
        Side::Absent(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, Samples};

    fn samples(values: &[f64]) -> Samples {
        values.iter().copied().collect()
    }

    #[test]
    fn medians_decide_and_a_ratio_wants_both_sides() {
        let row = Row::new("1 instance", "CPU", samples(&[1.0, 2.0, 90.0]), samples(&[4.0]));
        assert_eq!((row.ratio(), row.holds()), (Some(0.5), None));
        assert_eq!(row.clone().at_most_times(0.5).holds(), Some(true));
        assert_eq!(row.clone().at_most_times(0.4).holds(), Some(false));
        assert_eq!(row.at_most(1.9).holds(), Some(false));
        let alone = Row::new("1 instance", "CPU", samples(&[1.0]), Samples::default());
        assert_eq!((alone.ratio(), alone.clone().at_most_times(0.5).holds()), (None, None));
        assert_eq!(alone.at_most(1.0).holds(), Some(true));
    }
}
