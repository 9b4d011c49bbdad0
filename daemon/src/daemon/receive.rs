//! From a received packet to the router that it is meant for.

use std::net::IpAddr;

use vrrp::id::{Family, Version};
use vrrp::machine::{Action, Event, Heard};
use vrrp::wire::heartbeat::is_heartbeat;
use vrrp::wire::{Advertisement, Dialect, Discard, Packet, decode};

use super::heartbeat::Beat;
use super::instance::{Instance, Router};
use super::{Daemon, Id};
use crate::journal;
use crate::packets::Received;

/// A packet as far as it can be judged before the state machine sees it.
struct Arrival {
    /// The router that it is meant for, where there is one.
    to: Option<(Id, usize)>,
    what: Result<Notice, Discard>,
}

/// An advertisement, taken out of the socket's buffer.
struct Notice {
    heard: Heard,
    /// Whether its addresses are not the configured ones.
    differs: bool,
    /// Whether it is IPv6 and its first address is not link-local.
    misordered: bool,
}

impl Daemon {
    /// Handles up to `budget` packets; returns how many there were.
    pub(super) fn receive(&mut self, budget: usize) -> usize {
        let mut arrivals = Vec::new();
        let mut beats = Vec::new();
        let (instances, routes, heartbeats) = (&self.instances, &self.routes, &self.heartbeats);
        let count = self.packets.receive(budget, &mut |received: Received<'_>| {
            let packet = received.packet.as_ref().ok().filter(|packet| is_heartbeat(packet));
            if let Some(beat) = packet.and_then(|packet| Beat::judge(received.link, packet, heartbeats, instances)) {
                return beats.push(beat);
            }
            arrivals.push(judge(&received, |packet| {
                let vrid = packet.claimed_vrid()?;
                let &(id, member) = routes.get(&(received.link, vrid, packet.family()))?;
                instances.get(&id).map(|instance| (id, member, instance))
            }));
        });
        for arrival in arrivals {
            self.arrive(arrival);
        }
        for beat in beats {
            self.hear_beat(&beat);
        }
        count
    }

    fn arrive(&mut self, arrival: Arrival) {
        let Some((id, member)) = arrival.to else {
            let reason = arrival.what.err().unwrap_or(Discard::UnknownVrid);
            *self.discards.entry(reason).or_default() += 1;
            return;
        };
        let Some(instance) = self.instances.get_mut(&id) else { return };
        match arrival.what {
            Err(reason) => {
                if let Some(router) = instance.routers.get_mut(member) {
                    router.discard(reason);
                    journal::discarded(instance.config.name.as_str(), reason);
                }
            }
            Ok(notice) => {
                let (number, place) = (instance.formation, instance.places.get(member).copied());
                let before = self.outline(id);
                let Some((formation, place)) = self.formations.get_mut(number).zip(place) else { return };
                let actions = formation.group.handle(self.now, place, Event::Received(notice.heard));
                let refused = actions.iter().any(|(_, action)| matches!(action, Action::Discard(_)));
                if let Some(router) = self.router_mut(id, member).filter(|_| !refused) {
                    router.count(&notice);
                }
                self.perform(number, actions);
                self.tell_outline(id, before);
            }
        }
    }
}

impl Router {
    /// Counts an advertisement that the state machine processed.
    fn count(&mut self, notice: &Notice) {
        let counters = &mut self.counters;
        counters.advertisements_received += 1;
        counters.priority_zero_received += u64::from(notice.heard.priority.is_none());
        counters.address_list_mismatches += u64::from(notice.differs);
        counters.first_not_link_local += u64::from(notice.misordered);
        if (notice.heard.version, self.family) == (Version::V3, Family::V4) {
            match notice.heard.dialect {
                Dialect::PseudoHeader => counters.checksum_rfc5798 += 1,
                Dialect::MessageOnly => counters.checksum_rfc9568 += 1,
            }
        }
    }
}

/// Decodes a packet and finds whom it is meant for.
fn judge<'a>(received: &Received<'_>, find: impl Fn(&Packet<'_>) -> Option<(Id, usize, &'a Instance)>) -> Arrival {
    let packet = match &received.packet {
        Ok(packet) => packet,
        Err(reason) => {
            return Arrival { to: None, what: Err(*reason) };
        }
    };
    let Some((id, member, instance)) = find(packet) else {
        return Arrival { to: None, what: Err(decode(packet).err().unwrap_or(Discard::UnknownVrid)) };
    };
    let what = decode(packet).and_then(|advertisement| {
        let router = instance.routers.get(member).ok_or(Discard::UnknownVrid)?;
        check_path(packet, instance, router)?;
        Ok(notice(packet, &advertisement, router))
    });
    Arrival { to: Some((id, member)), what }
}

/// Checks that a packet came the way that the instance's configuration says: over the group, or from a peer.
fn check_path(packet: &Packet<'_>, instance: &Instance, router: &Router) -> Result<(), Discard> {
    let group = packet.destination == router.family.group();
    let mut peers = instance.config.peers_of(router.family).peekable();
    match (peers.peek().is_some(), group) {
        (false, true) => Ok(()),
        (true, true) | (false, false) => Err(Discard::Destination),
        (true, false) if peers.any(|peer| peer == packet.source) => Ok(()),
        (true, false) => Err(Discard::UnknownPeer),
    }
}

fn notice(packet: &Packet<'_>, advertisement: &Advertisement<'_>, router: &Router) -> Notice {
    let heard = Heard {
        source: packet.source,
        version: advertisement.version,
        priority: advertisement.priority,
        interval: advertisement.interval,
        dialect: advertisement.dialect,
    };
    let first = advertisement.addresses.iter().next();
    let misordered = matches!(first, Some(IpAddr::V6(first)) if !first.is_unicast_link_local());
    Notice { heard, differs: differs(advertisement, &router.addresses), misordered }
}

/// Compares the addresses as sets; most senders keep the order of their configuration, so that comes first.
fn differs(advertisement: &Advertisement<'_>, configured: &[IpAddr]) -> bool {
    let heard = advertisement.addresses;
    if heard.len() != configured.len() {
        return true;
    }
    !heard.iter().eq(configured.iter().copied()) && !heard.iter().all(|address| configured.contains(&address))
}
