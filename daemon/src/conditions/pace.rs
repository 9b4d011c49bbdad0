//! When looks are taken that are taken again and again.

use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};

/// The starts of looks at one thing.
pub(super) struct Starts {
    ticks: Interval,
    /// When the second look starts, after the first.
    second: Option<Duration>,
}

impl Starts {
    /// Begins with a look at once; each further one starts `period` after the start of the one before.
    ///
    /// The second alone comes half a period earlier or later at most, as chance has it for `thing`: many things that are
    /// looked at equally often would be looked at in the same moment for ever.
    pub(super) fn each(period: Duration, thing: &impl Hash) -> Self {
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { ticks, second: Some(second(period, thing)) }
    }

    /// Waits for the next. One that was missed, because the look before took longer, starts at once.
    pub(super) async fn next(&mut self) {
        self.ticks.tick().await;
        if let Some(second) = self.second.take() {
            self.ticks.reset_after(second);
        }
    }
}

fn second(period: Duration, thing: &impl Hash) -> Duration {
    let mut hasher = DefaultHasher::new();
    thing.hash(&mut hasher);
    let thousandth = u32::try_from(hasher.finish() % 1000).unwrap_or_default();
    period * (500 + thousandth) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_periods_are_spread_over_a_period() {
        let period = Duration::from_millis(100);
        let quarter = |thing: u32| (second(period, &thing) - period / 2).as_millis() / 25;
        let mut found = [0; 4];
        for thing in 0..400 {
            found[usize::try_from(quarter(thing)).unwrap()] += 1;
        }
        assert!(found.iter().all(|&count| count > 50), "{found:?}");
    }
}
