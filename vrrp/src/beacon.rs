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
mod tests {
    use super::*;

    const LEAST: Duration = Duration::from_secs(200);
    const MOST: Duration = Duration::from_secs(600);

    /// When advertisements are sent in a time, if hosts ask at some.
    fn run(seed: u64, asked: &[Duration], until: Duration) -> Vec<Duration> {
        let start = Instant::now();
        let mut beacon = Beacon::new(start, LEAST, MOST, seed);
        let mut asked = asked.iter().copied().peekable();
        let mut sent = Vec::new();
        loop {
            let due = beacon.due() - start;
            if let Some(at) = asked.next_if(|&at| at < due) {
                beacon.ask(start + at);
                continue;
            }
            if due > until {
                return sent;
            }
            assert!(due.is_zero() || !beacon.take_due(start + due - Duration::from_millis(1)), "too early");
            assert!(beacon.take_due(start + due));
            sent.push(due);
        }
    }

    #[test]
    fn a_take_over_is_told_at_once_twice_again_and_then_at_leisure() {
        for seed in 0..200 {
            let sent = run(seed, &[], Duration::from_secs(4000));
            assert_eq!(sent[0], Duration::ZERO);
            let gaps: Vec<Duration> = sent.windows(2).map(|pair| pair[1] - pair[0]).collect();
            assert!(gaps[..2].iter().all(|gap| *gap == INITIAL_INTERVAL), "{gaps:?}");
            assert!(gaps[2..].iter().all(|gap| (LEAST..=MOST).contains(gap)), "{gaps:?}");
        }
        assert_ne!(run(1, &[], 3 * MOST), run(2, &[], 3 * MOST), "routers do not keep step");
    }

    #[test]
    fn whoever_asks_is_answered_and_a_flood_is_answered_every_three_seconds() {
        let at = Duration::from_secs(1000);
        for seed in 0..50 {
            let sent = run(seed, &[at], at + Duration::from_secs(4));
            let answer = *sent.last().unwrap();
            assert!((at..=at + DELAY).contains(&answer) || answer + AT_LEAST > at, "{sent:?}");
        }
        let flood: Vec<Duration> = (0..30_000).map(Duration::from_millis).collect();
        let sent = run(7, &flood, Duration::from_secs(30));
        assert!(sent.windows(2).all(|pair| pair[1] - pair[0] >= AT_LEAST), "{sent:?}");
        assert!((8..=11).contains(&sent.len()), "{sent:?}");
    }
}
