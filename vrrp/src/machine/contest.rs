//! Other hosts that answer for an address while this router is Master (RFC 5227, section 2.4).
//!
//! A Master that gives way, or one that takes over, answers for the addresses too for a moment. It is heard, and VRRP decides
//! between the two. What nobody decides is a host that goes on answering and does not advertise.

use std::time::{Duration, Instant};

use crate::id::Interval;

/// How often an address is defended, at most (RFC 5227, section 1.1).
const DEFEND_INTERVAL: Duration = Duration::from_secs(10);
/// How long after a first sighting another one counts, at least and at most: an advertisement comes meanwhile, if one comes.
const SHORTEST_GRACE: Duration = Duration::from_secs(1);
const LONGEST_GRACE: Duration = Duration::from_secs(3);
/// How long after the last sighting the next one is a first one again.
const MEMORY: Duration = Duration::from_secs(60);

/// What a Master knows of such hosts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Contest {
    sightings: Option<Sightings>,
    /// The end of the look below the firewall that a first sighting begins.
    look_until: Option<Instant>,
    /// When another router was last heard.
    heard: Option<Instant>,
    defended: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Sightings {
    first: Instant,
    last: Instant,
}

/// What follows from a sighting that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Contested {
    /// Whether the addresses are to be announced.
    pub(super) defend: bool,
}

impl Contest {
    /// Takes note of an advertisement of another router.
    pub(super) fn hear(&mut self, now: Instant) {
        *self = Self { heard: Some(now), defended: self.defended, ..Self::default() };
    }

    /// Takes note that another host answered for an address. `interval` is the advertisement interval in force.
    pub(super) fn see(&mut self, now: Instant, interval: Interval) -> Option<Contested> {
        let interval = interval.duration();
        if self.heard.is_some_and(|heard| now < heard + 3 * interval) {
            return None;
        }
        let grace = (interval * 3 / 2).clamp(SHORTEST_GRACE, LONGEST_GRACE);
        let Some(sightings) = self.sightings.as_mut().filter(|sightings| now < sightings.last + MEMORY) else {
            self.sightings = Some(Sightings { first: now, last: now });
            self.look_until = Some(now + grace);
            return None;
        };
        sightings.last = now;
        if now < sightings.first + grace {
            return None;
        }
        let defend = self.defended.is_none_or(|defended| defended + DEFEND_INTERVAL <= now);
        if defend {
            self.defended = Some(now);
        }
        Some(Contested { defend })
    }

    /// Tells whether it is to be looked below the firewall for a Master that is not heard.
    pub(super) const fn looks(&self) -> bool {
        self.look_until.is_some()
    }

    /// Tells when [`expire`](Self::expire) is due.
    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.look_until
    }

    /// Ends the look when its time has come.
    pub(super) fn expire(&mut self, now: Instant) {
        self.look_until = self.look_until.filter(|until| *until > now);
    }
}
