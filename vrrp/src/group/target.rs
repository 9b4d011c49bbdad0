//! Who answers probes.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::LOSSES;

/// How long a target is left alone that no longer answers though others do.
const REST: Duration = Duration::from_secs(60);

/// Somebody who is probed over a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its address.
    pub address: IpAddr,
    /// Probes sent to it.
    pub sent: u64,
    /// Probes that it answered, in time or not.
    pub answered: u64,
    /// Probes that it did not answer in time.
    pub lost: u64,
    /// How long its last answer took.
    pub round_trip: Option<Duration>,
    /// How long its answers take on average (RFC 6298, section 2).
    pub average: Option<Duration>,
    /// How much that varies.
    pub deviation: Option<Duration>,
    /// Losses in a row.
    losses: u32,
    /// When the first of them was sent.
    first_loss: Option<Instant>,
    rests_until: Option<Instant>,
}

impl Target {
    pub(super) const fn new(address: IpAddr) -> Self {
        Self {
            address,
            sent: 0,
            answered: 0,
            lost: 0,
            round_trip: None,
            average: None,
            deviation: None,
            losses: 0,
            first_loss: None,
            rests_until: None,
        }
    }

    /// Whether it is left alone because it no longer answered though others did.
    #[must_use]
    pub fn rests(&self, now: Instant) -> bool {
        self.rests_until.is_some_and(|until| until > now)
    }

    /// Has it probed again.
    pub(super) const fn wake(&mut self) {
        self.rests_until = None;
    }

    /// Forgets what it has lost in a row.
    pub(super) const fn forgive(&mut self) {
        (self.losses, self.first_loss) = (0, None);
    }

    pub(super) fn answer(&mut self, took: Duration) {
        self.answered += 1;
        self.forgive();
        self.round_trip = Some(took);
        let (average, deviation) = match self.average.zip(self.deviation) {
            None => (took, took / 2),
            Some((average, deviation)) => ((average * 7 + took) / 8, (deviation * 3 + took.abs_diff(average)) / 4),
        };
        (self.average, self.deviation) = (Some(average), Some(deviation));
    }

    /// Counts a probe that was sent then and not answered. `answered` is when another target answered last. Tells whether it is
    /// left alone from now on: not the member is dead, but this target.
    pub(super) fn lose(&mut self, now: Instant, sent: Instant, answered: Option<Instant>) -> bool {
        self.lost += 1;
        self.losses = self.losses.saturating_add(1);
        let first = *self.first_loss.get_or_insert(sent);
        let dead = self.losses >= LOSSES && answered.is_some_and(|answered| answered > first);
        if dead {
            self.forgive();
            self.rests_until = Some(now + REST);
        }
        dead
    }
}
