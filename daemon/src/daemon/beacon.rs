//! Hosts whose IPv6 router an instance is: told at a take-over, at leisure after that, and when they ask.
//!
//! Only who has claimed its addresses tells. Whoever resigns says nothing: its hosts would drop their default router, which another host is
//! a moment later.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

use vrrp::beacon::Beacon;
use vrrp::id::Family;

use super::timers::Deadline;
use super::{Daemon, Id};

impl Daemon {
    /// Begins to tell hosts, if it is to be and the addresses have just been claimed; ends it where they are no longer.
    pub(super) fn follow_beacon(&mut self, id: Id, member: usize) {
        let now = self.now;
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let content = instance.config.router_advertisement.as_ref();
        let Some(router) = instance.routers.get_mut(member).filter(|router| router.family == Family::V6) else {
            return;
        };
        router.beacon = content.filter(|_| router.claimed_on.is_some()).map(|content| {
            // Each hasher has other keys.
            let seed = RandomState::new().hash_one(id);
            Beacon::new(now, content.min_interval, content.max_interval, seed)
        });
        self.time_beacon(id);
        self.listen_for_hosts();
    }

    fn time_beacon(&mut self, id: Id) {
        let routers = self.instances.get(&id).map(|instance| instance.routers.as_slice()).unwrap_or_default();
        let due = routers.iter().filter_map(|router| router.beacon.as_ref()).map(Beacon::due).min();
        self.beacon_timers.set(id, due.map(Deadline::from));
    }

    /// Listens on the links where hosts may ask.
    fn listen_for_hosts(&mut self) {
        let routers = self.instances.values().flat_map(|instance| &instance.routers);
        let links: BTreeSet<u32> =
            routers.filter(|router| router.beacon.is_some()).filter_map(|router| router.link).collect();
        if let Err(error) = self.solicitations.follow(links) {
            tracing::warn!(%error, "cannot listen to all hosts that ask for a router: they wait for what comes by itself");
        }
    }

    /// Handles up to `budget` questions of hosts; returns how many there were.
    pub(super) fn heed_hosts(&mut self, budget: usize) -> usize {
        let mut asked = BTreeSet::new();
        let count = self.solicitations.receive(budget, &mut asked);
        let mut touched = Vec::new();
        for (&id, instance) in &mut self.instances {
            for router in &mut instance.routers {
                if let Some(beacon) =
                    router.beacon.as_mut().filter(|_| router.link.is_some_and(|link| asked.contains(&link)))
                {
                    beacon.ask(self.now);
                    touched.push(id);
                }
            }
        }
        touched.into_iter().for_each(|id| self.time_beacon(id));
        count
    }

    /// Tells the hosts whom it is time to tell.
    pub(super) fn expire_beacons(&mut self) {
        while let Some(id) = self.beacon_timers.due(self.now) {
            self.tell_hosts(id);
            self.time_beacon(id);
        }
    }

    fn tell_hosts(&mut self, id: Id) {
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let virtual_mac = instance.virtual_mac(Family::V6);
        let Some(content) = &instance.config.router_advertisement else { return };
        for router in &mut instance.routers {
            if !router.beacon.as_mut().is_some_and(|beacon| beacon.take_due(self.now)) {
                continue;
            }
            let own = router.link.and_then(|link| self.links.get(&link)).and_then(|link| link.mac);
            let source = router.addresses.iter().find_map(|address| match address {
                IpAddr::V6(address) => Some(*address),
                IpAddr::V4(_) => None,
            });
            let Some(((link, mac), source)) = router.claimed_on.zip(virtual_mac.or(own)).zip(source) else { continue };
            match self.announcer.advertise_router(link, mac, source, &content.message) {
                Ok(()) => router.counters.router_advertisements_sent += 1,
                Err(error) => {
                    router.counters.send_errors += 1;
                    self.refused.entry(error.to_string()).or_default().insert(id);
                }
            }
        }
    }
}
