//! Who else answers for the addresses of a Master: from what is seen of him to what is told of him.

use std::time::Duration;

use vrrp::machine::Event;
use vrrp::status;

use super::{Daemon, Id, realtime};
use crate::journal;
use crate::rivals::Sighting;

/// How long somebody is told of who is seen no more.
const SHOWN: Duration = Duration::from_secs(30);

/// Another host that answers for an address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rival {
    sighting: Sighting,
    /// When it was last seen, in microseconds since 1970.
    at: u64,
}

impl Rival {
    /// What the status shows of it, while it is shown.
    pub(super) fn present(self) -> Option<status::Conflict> {
        let age = Duration::from_micros(realtime().saturating_sub(self.at));
        (age < SHOWN).then(|| status::Conflict {
            address: self.sighting.address.to_string(),
            mac: written(self.sighting.mac),
            at: self.at,
        })
    }
}

impl Daemon {
    /// Watches the addresses of a router that is Master.
    pub(super) fn watch_rivals(&mut self, id: Id, member: usize) {
        let Some(router) = self.router_mut(id, member) else { return };
        let wanted = router.link.map(|link| (link, router.moves().collect()));
        if router.watches == wanted {
            return;
        }
        self.unwatch_rivals(id, member);
        for (link, address) in wanted.iter().flat_map(|(link, all)| all.iter().map(|address| (*link, *address))) {
            self.rivals.watch(link, address);
            self.watchers.insert((link, address), (id, member));
        }
        if let Some(router) = self.router_mut(id, member) {
            router.watches = wanted;
        }
    }

    /// Watches them no longer.
    pub(super) fn unwatch_rivals(&mut self, id: Id, member: usize) {
        let Some(router) = self.router_mut(id, member) else { return };
        (router.rival, router.conflict) = (None, None);
        let Some((link, addresses)) = router.watches.take() else { return };
        for address in addresses {
            self.rivals.unwatch(link, address);
            self.watchers.remove(&(link, address));
        }
    }

    /// Handles up to `budget` answers of others; returns how many there were.
    pub(super) fn heed_rivals(&mut self, budget: usize) -> usize {
        let mut sightings = Vec::new();
        let count = self.rivals.receive(budget, &mut |sighting| sightings.push(sighting));
        for sighting in sightings {
            self.heed_rival(sighting);
        }
        count
    }

    fn heed_rival(&mut self, sighting: Sighting) {
        let Some(&(id, member)) = self.watchers.get(&(sighting.link, sighting.address)) else { return };
        // A host with two links in a segment hears itself.
        let own = self.links.values().any(|link| link.mac == Some(sighting.mac));
        let Some(instance) = self.instances.get_mut(&id).filter(|_| !own) else { return };
        let vrid = instance.config.vrid;
        let Some(router) = instance.routers.get_mut(member) else { return };
        // The virtual router's own MAC address stands for whoever is Master, and that is decided by advertisements.
        if sighting.mac == vrid.mac(router.family) {
            return;
        }
        router.rival = Some(Rival { sighting, at: realtime() });
        self.tell(id, member, Event::Contested);
    }

    /// Tells of another host that goes on answering, once for each.
    pub(super) fn tell_conflict(&mut self, id: Id, member: usize) {
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let Some(router) = instance.routers.get_mut(member) else { return };
        router.counters.address_conflicts += 1;
        let Some(rival) = router.rival else { return };
        let known = router.conflict.replace(rival).is_some_and(|before| before.sighting == rival.sighting);
        if !known {
            let mac = written(rival.sighting.mac);
            journal::conflict(instance.config.name.as_str(), rival.sighting.address, &mac);
            self.changed.insert(id);
        }
    }
}

fn written(mac: [u8; 6]) -> String {
    mac.map(|byte| format!("{byte:02x}")).join(":")
}
