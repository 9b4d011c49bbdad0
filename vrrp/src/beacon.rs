//! When a Master tells the hosts of its link that it is their IPv6 router (RFC 4861, sections 6.2.4 and 6.2.6): a value beside the state
//! machine, whose randomness comes from a seed.

use std::time::{Duration, Instant};

use crate::chance::Chance;

/// `MAX_INITIAL_RTR_ADVERTISEMENTS`: so many come soon after one another.
const INITIAL: u32 = 3;
/// `MAX_INITIAL_RTR_ADVERT_INTERVAL`.
const INITIAL_INTERVAL: Duration = Duration::from_secs(16);
/// `MIN_DELAY_BETWEEN_RAS`: nothing that hosts ask makes them come faster.
const AT_LEAST: Duration = Duration::from_secs(3);
/// `MAX_RA_DELAY_TIME`: routers that are asked at once do not answer at once.
const DELAY: Duration = Duration::from_millis(500);

/// The times of one Master.
#[derive(Clone, Debug)]
pub struct Beacon {
    least: Duration,
    most: Duration,
    chance: Chance,
    sent: u32,
    last: Option<Instant>,
    due: Instant,
}

impl Beacon {
    /// Begins with an advertisement at once, as a take-over does: hosts learn which MAC address answers now. Later ones come between
    /// `least` and `most` after one another.
    #[must_use]
    pub const fn new(now: Instant, least: Duration, most: Duration, seed: u64) -> Self {
        Self { least, most, chance: Chance::new(seed), sent: 0, last: None, due: now }
    }

    /// When the next one is due.
    #[must_use]
    pub const fn due(&self) -> Instant {
        self.due
    }

    /// Notes that a host asks for one.
    pub fn ask(&mut self, now: Instant) {
        let delayed = now + self.between(Duration::ZERO, DELAY);
        let earliest = self.last.map_or(delayed, |last| delayed.max(last + AT_LEAST));
        self.due = self.due.min(earliest);
    }

    /// Tells whether one is to be sent now, and when the next one is.
    pub fn take_due(&mut self, now: Instant) -> bool {
        if self.due > now {
            return false;
        }
        self.sent = self.sent.saturating_add(1);
        self.last = Some(now);
        let interval = self.between(self.least, self.most);
        let interval = if self.sent < INITIAL { interval.min(INITIAL_INTERVAL) } else { interval };
        self.due = now + interval.max(AT_LEAST);
        true
    }

    fn between(&mut self, least: Duration, most: Duration) -> Duration {
        least + most.saturating_sub(least) * u32::from(self.chance.draw()) / u32::from(u16::MAX)
    }
}

#[cfg(test)]
mod tests;
