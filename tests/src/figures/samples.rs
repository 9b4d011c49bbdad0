//! What was measured of one thing on one side.

use serde_json::{Value, json};

/// What was measured, run by run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// Adds a run.
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// How many runs there were.
    pub const fn runs(&self) -> usize {
        self.0.len()
    }

    /// The value that as many are above as below; of an even number, the higher one in the middle.
    pub fn median(&self) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    }

    /// The lowest value that at least this part of all are not above, such as 0.99.
    pub fn quantile(&self, part: f64) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let place = (sorted.len() as f64 * part).ceil() as usize;
        sorted.get(place.max(1) - 1).copied()
    }

    /// The highest value, for everything here is better when it is less.
    pub fn worst(&self) -> Option<f64> {
        self.0.iter().copied().max_by(f64::total_cmp)
    }

    /// The lowest value.
    pub fn best(&self) -> Option<f64> {
        self.0.iter().copied().min_by(f64::total_cmp)
    }
}

impl FromIterator<f64> for Samples {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

/// One side of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Side {
    /// It was measured.
    Measured(Samples),
    /// It cannot be, for this reason.
    Absent(String),
}

impl Side {
    /// Nothing to compare with.
    pub fn none() -> Self {
        Self::Absent(String::new())
    }

    /// The side as the files have it: median, worst and the number of runs, or why there is none.
    pub fn json(&self) -> Value {
        match self {
            Self::Measured(samples) => {
                json!({ "median": samples.median(), "best": samples.best(), "worst": samples.worst(), "runs": samples.runs() })
            }
            Self::Absent(reason) if reason.is_empty() => Value::Null,
            Self::Absent(reason) => json!({ "absent": reason }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Samples;

    #[test]
    fn a_quantile_is_the_worst_of_a_few_and_not_of_many() {
        let samples = |count: u16| -> Samples { (1..=count).rev().map(f64::from).collect() };
        assert_eq!(samples(0).quantile(0.99), None);
        assert_eq!(samples(1).quantile(0.99), Some(1.0));
        assert_eq!(samples(30).quantile(0.99), Some(30.0));
        assert_eq!(samples(200).quantile(0.99), Some(198.0));
    }
}
