//! Renewing leases at a steady pace, so that thousands of addresses never burst.
//!
//! Each renewal is a message to everyone on the host who follows addresses: about 200 a second is what they are asked to
//! bear, more only where a quarter of the shortest lease would not be enough for all.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::address::Place;

/// The time between two batches.
pub(super) const PACE: Duration = Duration::from_millis(80);
/// The least batch: 16 in 80 ms are 200 a second.
const BATCH: usize = 16;

/// One round through all claimed addresses.
#[derive(Debug, Default)]
pub(super) struct Renewals {
    queue: VecDeque<Place>,
    batch: usize,
    again: bool,
}

impl Renewals {
    /// Begins a round, or has another one follow the present one.
    pub(super) fn begin(&mut self, leases: &BTreeMap<Place, Duration>) {
        self.again = !self.queue.is_empty();
        if self.again {
            return;
        }
        let shortest = leases.values().min().copied().unwrap_or(Duration::MAX);
        let rounds = usize::try_from(shortest.as_millis() / 4 / PACE.as_millis()).unwrap_or(usize::MAX).max(1);
        self.batch = leases.len().div_ceil(rounds).max(BATCH);
        self.queue = leases.keys().copied().collect();
    }

    /// Puts addresses first that may be near their end: those that a former daemon has left.
    pub(super) fn hurry(&mut self, places: impl IntoIterator<Item = Place>) {
        for place in places {
            self.queue.push_front(place);
        }
        self.batch = self.batch.max(BATCH);
    }

    /// The next batch.
    pub(super) fn next(&mut self, leases: &BTreeMap<Place, Duration>) -> Vec<Place> {
        let batch = self.queue.drain(..self.batch.min(self.queue.len())).collect();
        if self.queue.is_empty() && std::mem::take(&mut self.again) {
            self.begin(leases);
        }
        batch
    }

    /// Whether a batch is due.
    pub(super) fn waiting(&self) -> bool {
        !self.queue.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    fn leases(count: u32, lease: Duration) -> BTreeMap<Place, Duration> {
        let address = |number| IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + number));
        (0..count).map(|number| (Place::ours(2, address(number)), lease)).collect()
    }

    #[test]
    fn few_go_at_once_and_many_at_two_hundred_a_second() {
        let mut renewals = Renewals::default();
        let few = leases(5, Duration::from_secs(3));
        renewals.begin(&few);
        assert_eq!(renewals.next(&few).len(), 5);
        assert!(!renewals.waiting());

        let many = leases(4000, Duration::from_secs(120));
        renewals.begin(&many);
        assert_eq!(renewals.next(&many).len(), 16);
    }

    #[test]
    fn a_short_lease_is_faster_than_the_pace() {
        let mut renewals = Renewals::default();
        let many = leases(4000, Duration::from_secs(4));
        renewals.begin(&many);
        let mut batches = 0;
        while renewals.waiting() {
            assert!(!renewals.next(&many).is_empty());
            batches += 1;
        }
        assert!(PACE * batches <= Duration::from_secs(1), "{batches} batches");
    }

    #[test]
    fn a_renewal_in_the_middle_of_a_round_has_another_round_follow() {
        let mut renewals = Renewals::default();
        let many = leases(32, Duration::from_secs(60));
        renewals.begin(&many);
        renewals.next(&many);
        renewals.begin(&many);
        let mut renewed = 0;
        while renewals.waiting() {
            renewed += renewals.next(&many).len();
        }
        assert_eq!(renewed, 16 + 32);
    }
}
