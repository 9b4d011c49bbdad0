//! From a received packet to the router that it is meant for.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use vrrp::id::{Family, Version};
use vrrp::machine::{Event, Heard};
use vrrp::wire::auth::Refusal;
use vrrp::wire::heartbeat::is_heartbeat;
use vrrp::wire::{Advertisement, Dialect, Discard, Packet, decode};

use super::heartbeat::Beat;
use super::instance::{Instance, Instances, Router};
use super::{Daemon, Id, Routes, look, realtime, wall_clock};
use crate::journal;
use crate::kernel::Link;
use crate::packets::Received;

/// How long packets may wait in their sockets, at most.
const LULL: Duration = Duration::from_millis(10);

/// Whether packets come so fast that they are left alone for a moment.
#[derive(Debug, Default)]
pub(super) struct Lull {
    /// For how long, where they do.
    length: Duration,
    /// When the last ones were received.
    heard: Option<Instant>,
    /// When they are looked for next, if that is not left to them.
    pub(super) until: Option<Instant>,
}

/// A packet as far as it can be judged before the state machine sees it.
pub(super) struct Arrival {
    /// Whether it was seen below the firewall, and has not arrived by the ordinary way yet.
    below: bool,
    /// When it arrived.
    at: Instant,
    /// The router that it is meant for, where there is one.
    pub(super) to: Option<(Id, usize)>,
    /// Who sent it, as far as that can be told.
    source: Option<IpAddr>,
    pub(super) what: Result<Notice, Refusal>,
}

/// An advertisement, taken out of the socket's buffer.
pub(super) struct Notice {
    pub(super) heard: Heard,
    /// Whether its addresses are not the configured ones.
    differs: bool,
    /// Whether it is IPv6 and its first address is not link-local.
    misordered: bool,
    /// Whether it is authentic, where that is asked.
    authentic: Option<bool>,
}

impl Daemon {
    /// Handles up to `budget` packets; returns how many there were.
    pub(super) fn receive(&mut self, budget: usize) -> usize {
        let mut arrivals = Vec::new();
        let mut beats = Vec::new();
        let (instances, routes, heartbeats) = (&mut self.instances, &self.routes, &self.heartbeats);
        let links = &self.links;
        let (now, wall_clock, longest) = (self.now, wall_clock(), self.lull.length);
        let count = self.packets.receive(budget, &mut |received: Received<'_>| {
            if received.below && !received.packet.is_ok_and(|packet| look::is_for_this_host(&packet, links)) {
                return;
            }
            let packet = received.packet.as_ref().ok().filter(|packet| is_heartbeat(packet) && !received.below);
            let at = now - waited(&received, wall_clock).min(longest);
            let beat = packet.and_then(|packet| Beat::judge(received.link, packet, wall_clock, heartbeats, instances));
            match beat {
                Some(beat) => beats.push((at, beat)),
                None => arrivals.push(judge(&received, at, wall_clock, routes, links, instances)),
            }
        });
        for arrival in arrivals {
            self.arrive(arrival);
        }
        for (at, beat) in beats {
            self.hear_beat(at, &beat);
        }
        self.pause(count, budget);
        count
    }

    /// Leaves packets in their sockets for a moment where they come one by one and fast, so that a wakeup has several.
    ///
    /// A timer that falls due meanwhile looks at them first, so that nobody is taken to be silent who was not.
    fn pause(&mut self, count: usize, budget: usize) {
        let over = self.lull.until.is_some_and(|until| until <= self.now);
        if count == 0 && !over {
            return;
        }
        let fast = over || self.lull.heard.is_some_and(|heard| self.now < heard + self.lull.length);
        if count > 0 {
            self.lull.heard = Some(self.now);
        }
        let pause = fast && (1..budget).contains(&count);
        self.lull.until = pause.then(|| self.now + self.lull.length);
        if let Err(error) = self.packets.wake(!pause) {
            tracing::warn!(%error, "cannot wait for advertisements");
            // Whatever came of that, they are looked for, and it is tried again.
            self.lull.until = Some(self.now + LULL);
        }
    }

    /// Finds how long packets may wait: a hundredth of the shortest interval, and [`LULL`] at most.
    pub(super) fn follow_intervals(&mut self) {
        let intervals = self.instances.values().map(|instance| instance.config.advert_interval.duration());
        self.lull.length = intervals.min().map_or(LULL, |shortest| (shortest / 100).min(LULL));
    }

    fn arrive(&mut self, arrival: Arrival) {
        if arrival.below {
            return self.glimpse(arrival);
        }
        let Some((id, member)) = arrival.to else {
            let reason = arrival.what.err().map_or(Discard::UnknownVrid, |refusal| refusal.discard);
            *self.discards.entry(reason).or_default() += 1;
            return;
        };
        let Some(instance) = self.instances.get_mut(&id) else { return };
        match arrival.what {
            Err(refusal) => instance.refuse(member, arrival.source, &refusal),
            Ok(notice) => {
                let processed = self.hear(id, member, arrival.at, Event::Received(notice.heard));
                if let Some(router) = self.router_mut(id, member).filter(|_| processed) {
                    router.count(&notice);
                }
            }
        }
    }
}

impl Instance {
    /// Counts a packet that changes nothing, and tells the journal: of each sender that fails to authenticate once.
    fn refuse(&mut self, member: usize, source: Option<IpAddr>, refusal: &Refusal) {
        let name = self.config.name.as_str();
        let Some(router) = self.routers.get_mut(member) else { return };
        router.discard(refusal.discard);
        match source.filter(|_| refusal.discard.is_of_authentication()) {
            None => journal::discarded(name, refusal.discard),
            Some(source) => {
                if router.refusals.note(source, refusal.discard, realtime()) {
                    journal::not_authentic(name, source, refusal);
                }
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
        counters.authenticated += u64::from(notice.authentic == Some(true));
        counters.unauthenticated += u64::from(notice.authentic == Some(false));
        if (notice.heard.version, self.family) == (Version::V3, Family::V4) {
            match notice.heard.dialect {
                Dialect::PseudoHeader => counters.checksum_rfc5798 += 1,
                Dialect::MessageOnly => counters.checksum_rfc9568 += 1,
            }
        }
    }
}

/// How long a packet has waited in its socket.
fn waited(received: &Received<'_>, wall_clock: Duration) -> Duration {
    received.at.map_or(Duration::ZERO, |at| wall_clock.saturating_sub(at))
}

/// Decodes a packet and finds whom it is meant for.
fn judge(
    received: &Received<'_>,
    at: Instant,
    wall_clock: Duration,
    routes: &Routes,
    links: &BTreeMap<u32, Link>,
    instances: &mut Instances,
) -> Arrival {
    let below = received.below;
    let packet = match &received.packet {
        Ok(packet) => packet,
        Err(reason) => {
            return Arrival { below, at, to: None, source: None, what: Err((*reason).into()) };
        }
    };
    let source = Some(packet.source);
    let route = packet.claimed_vrid().and_then(|vrid| routes.get(&(received.link, vrid, packet.family())));
    let to = route.and_then(|(id, member)| Some((*id, *member, instances.get_mut(id)?)));
    let Some((id, member, instance)) = to else {
        let reason = decode(packet).err().unwrap_or(Discard::UnknownVrid);
        return Arrival { below, at, to: None, source, what: Err(reason.into()) };
    };
    let on_group = instance.config.interface.group().is_some();
    let what = match on_group && links.values().any(|link| link.owned.contains(&packet.source)) {
        // One link of a group hears what leaves by another.
        true => Err(Discard::OwnPacket.into()),
        false => read(packet, instance, member, below, wall_clock),
    };
    Arrival { below, at, to: Some((id, member)), source, what }
}

/// Reads a packet as the instance's way to authenticate asks.
fn read(
    packet: &Packet<'_>,
    instance: &mut Instance,
    member: usize,
    below: bool,
    now: Duration,
) -> Result<Notice, Refusal> {
    let router = instance.routers.get(member).ok_or(Discard::UnknownVrid)?;
    if instance.config.auth.is_none() {
        let advertisement = decode(packet)?;
        check_path(packet, instance, router)?;
        return Ok(notice(packet, &advertisement, router, None));
    }
    if router.source == Some(packet.source) {
        // Its number is this router's own, and no peer's.
        return Err(Discard::OwnPacket.into());
    }
    check_path(packet, instance, router)?;
    let router = instance.routers.get_mut(member).ok_or(Discard::UnknownVrid)?;
    // Without its secrets it is in Fault, and knows no key.
    let association = if below { &mut router.below } else { &mut router.association };
    let association = association.as_mut().ok_or(Discard::AuthKey)?;
    let opened = association.open(packet, now)?;
    Ok(notice(packet, &opened.advertisement, router, Some(opened.authentic)))
}

/// Checks that a packet came the way that the instance's configuration says: over the group, or from a peer.
fn check_path(packet: &Packet<'_>, instance: &Instance, router: &Router) -> Result<(), Discard> {
    let group = packet.destination == router.family.group();
    let unicast = instance.config.peers_of(router.family).next().is_some();
    match (unicast, group) {
        (false, true) => Ok(()),
        (true, true) | (false, false) => Err(Discard::Destination),
        (true, false) => match instance.config.peer(packet.source) {
            Some(peer) if packet.hop_limit < peer.min_ttl => Err(Discard::HopLimit),
            Some(_) => Ok(()),
            None => Err(Discard::UnknownPeer),
        },
    }
}

fn notice(packet: &Packet<'_>, advertisement: &Advertisement<'_>, router: &Router, authentic: Option<bool>) -> Notice {
    let heard = Heard {
        source: packet.source,
        version: advertisement.version,
        priority: advertisement.priority,
        interval: advertisement.interval,
        dialect: advertisement.dialect,
    };
    let first = advertisement.addresses.iter().next();
    let misordered = matches!(first, Some(IpAddr::V6(first)) if !first.is_unicast_link_local());
    Notice { heard, differs: differs(advertisement, &router.addresses), misordered, authentic }
}

/// Compares the addresses as sets; most senders keep the order of their configuration, so that comes first.
fn differs(advertisement: &Advertisement<'_>, configured: &[IpAddr]) -> bool {
    let heard = advertisement.addresses;
    if heard.len() != configured.len() {
        return true;
    }
    !heard.iter().eq(configured.iter().copied()) && !heard.iter().all(|address| configured.contains(&address))
}
