//! From what the kernel tells to what the routers are told, and to the sockets that they need.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

use vrrp::config::{Auth, Peer, Watch};
use vrrp::id::Family;
use vrrp::machine::{Event, Reason};

use super::instance::{Instance, Router, instance_of};
use super::timers::Deadline;
use super::{Daemon, Id, Phase, realtime, ways};
use crate::kernel::{ClaimId, Link, Report, Request};
use crate::packets::Listening;
use crate::{conditions as sources, journal, notify};

/// The longest time for which a Master goes on without its primary address: a network manager that configures a link anew takes
/// the address away and puts it back. Who has none cannot resign either, so nobody takes over any sooner.
const PATIENCE: Duration = Duration::from_secs(1);
/// How many renewals of addresses a second the kernel is asked for, at most.
const RENEWALS: u32 = 200;

impl Daemon {
    /// Applies what the kernel reports.
    pub(super) fn heed_kernel(&mut self, report: Report) {
        // What waits leaves by the way for which it was made, before that may change.
        self.send_off();
        match report {
            Report::Ready => {
                self.phase = Phase::Running;
                self.start_instances();
                self.kernel.submit(Request::Settled);
            }
            Report::Link(link) => {
                let (index, mac) = (link.index, link.mac);
                let before = self.links.insert(index, link);
                if self.phase == Phase::Starting {
                    // All of them are followed when the last one is known.
                    return;
                }
                self.follow_links();
                if before.is_some_and(|before| before.mac != mac) {
                    self.announce_from(index);
                }
            }
            Report::LinkGone { index } => {
                self.links.remove(&index);
                self.follow_links();
            }
            Report::Held(result) => self.heed_held(&result),
            Report::Claimed { id, link } => {
                let Some((id, member)) = self.claimant(id) else { return };
                if let Some(router) = self.router_mut(id, member) {
                    router.claimed_on = Some(link);
                }
                self.follow_beacon(id, member);
                self.tell(id, member, Event::Claimed);
            }
            Report::ClaimFailed { id, reason } => {
                let Some((id, member)) = self.claimant(id) else { return };
                if let Some(instance) = self.instances.get(&id) {
                    journal::claim_failed(instance.config.name.as_str(), &reason);
                }
                self.tell(id, member, Event::Refused(Reason::Because(reason)));
            }
            Report::Lapsed { id } => {
                if let Some((id, _)) = self.claimant(id) {
                    self.let_lapse(id);
                }
            }
            Report::Filter(result) => self.heed_filter(result),
            Report::Released { .. } => {}
            Report::Undone { text, fight } => self.heed_undone(&text, fight),
            Report::Route { route, observation } => {
                self.heed_condition(sources::Report { watch: Watch::Route(route), observation });
            }
            Report::Stopped => {
                self.released = true;
                self.end_when_released();
            }
        }
    }

    /// Tells systemd, and those who wait for it, that every address can be bound.
    fn heed_held(&mut self, result: &Result<(), String>) {
        match result {
            Ok(()) => journal::held(self.held_addresses().len()),
            Err(reason) => journal::hold_failed(reason),
        }
        self.holding = false;
        self.follow_watches();
        let first = self.held.is_none();
        self.held = Some(result.clone());
        self.changed.extend(self.instances.keys());
        if first {
            self.publish();
            notify::ready();
        }
        for (reply, mut reloaded) in std::mem::take(&mut self.reloads) {
            reloaded.warnings.extend(result.clone().err());
            // Whoever asked may be gone.
            let _ = reply.send(Ok(reloaded));
        }
    }

    /// Opens and closes sockets as links come and go, and tells every router whose standing changed.
    pub(super) fn follow_links(&mut self) {
        // A group may have another member carry an instance before that one's own link fails it.
        self.follow_group_links();
        let moved = self.find_links();
        self.follow_sockets();
        self.look_at_links();
        self.sync_daemon.doubt();
        let ids: Vec<Id> = self.instances.keys().copied().collect();
        for id in ids {
            self.follow_standing(id);
        }
        for id in moved {
            self.move_claims(id);
        }
    }

    /// Announces whatever is claimed on a link that has another MAC address now, as after a take-over.
    fn announce_from(&mut self, link: u32) {
        let mut moved = Vec::new();
        for (&id, instance) in &self.instances {
            for (member, router) in instance.routers.iter().enumerate() {
                if router.claimed_on == Some(link) {
                    moved.push((id, member));
                }
            }
        }
        for (id, member) in moved {
            self.follow_beacon(id, member);
            self.tell(id, member, Event::Claimed);
        }
    }

    /// Opens the sockets that routers need and closes those that none does.
    fn follow_sockets(&mut self) {
        let mut wanted: BTreeMap<(u32, Family), Listening> = BTreeMap::new();
        for ((link, _, family), (id, _)) in &self.routes {
            let Some(instance) = self.instances.get(id) else { continue };
            let listening = wanted.entry((*link, *family)).or_default();
            listening.group |= instance.config.peers_of(*family).next().is_none();
            listening.sealed |= matches!(instance.config.auth, Some(Auth::Ah(_)));
        }
        for (place, group) in self.heartbeat_sockets() {
            wanted.entry(place).or_default().group |= group;
        }
        let links = &self.links;
        let epoch = |link: u32| links.get(&link).map_or(0, |link| link.epoch);
        self.sockets.retain(|place, (_, opened)| {
            let needed = wanted.contains_key(place) && *opened == epoch(place.0);
            if !needed {
                self.packets.close(place.0, place.1);
            }
            needed
        });
        self.deaf.clear();
        for ((link, family), listening) in wanted {
            let open = (listening, epoch(link));
            if self.sockets.get(&(link, family)) == Some(&open) {
                continue;
            }
            match self.packets.open(link, family, listening) {
                Ok(()) => {
                    self.sockets.insert((link, family), open);
                }
                Err(error) => {
                    self.deaf.insert((link, family), error.to_string());
                }
            }
        }
    }

    /// Tells the routers of one instance what their link and the instance's conditions come to, where that changed.
    pub(super) fn follow_standing(&mut self, id: Id) {
        let Some(instance) = self.instances.get(&id) else { return };
        let lost = instance.routers.iter().map(|router| ways::lost(instance, router, &self.links, &self.instances));
        let lost: Vec<_> = lost.collect();
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let mut events = Vec::new();
        let mut absences = Vec::new();
        for ((member, router), lost) in instance.routers.iter_mut().enumerate().zip(lost) {
            let link = router.link.and_then(|link| self.links.get(&link));
            let failure = router.link.and_then(|link| self.deaf.get(&(link, router.family)));
            let unfiltered = self.unfiltered.clone().filter(|_| instance.config.drops());
            let fault = instance.effective.fault.clone().or(unfiltered).map(Reason::Because);
            let fault = fault.or_else(|| instance.insecure.clone());
            let fault = fault.or_else(|| ways::blocked(&instance.config, router.family, &self.links));
            let whole =
                fault.is_none() && failure.is_none() && link.is_some_and(|link| link.trouble.is_none() && !link.port);
            let name = link.map_or_else(|| instance.config.interface.to_string(), |link| link.name.clone());
            let group = instance.config.interface.group().filter(|_| link.is_none());
            let standing = match (fault, failure) {
                (Some(fault), _) => Err(fault),
                (None, Some(error)) => Err(Reason::Because(format!("cannot listen on {name}: {error}"))),
                (None, None) => match group.and_then(|group| Some(self.groups.get(group)?.words(group))) {
                    Some(words) => Err(Reason::Because(words)),
                    None => standing(&name, link, router.family, &instance.config.peers)
                        .and_then(|address| lost.map_or(Ok(address), Err)),
                },
            };
            let patience = instance.config.advert_interval.duration().min(PATIENCE);
            if let Some(until) = router.doubt(whole && standing.is_err(), self.now, patience) {
                absences.push(until);
                continue;
            }
            if router.standing.as_ref() != Some(&standing) {
                router.source = standing.clone().ok().or(router.source);
                router.standing = Some(standing.clone());
                router.standing_since = realtime();
                events.push((member, standing.map_or_else(Event::Unusable, Event::Usable)));
            }
        }
        self.absence_timers.set(id, absences.into_iter().min().map(Deadline::from));
        for (member, event) in events {
            self.tell(id, member, event);
        }
    }

    /// How long a claim of an instance lives when nobody renews it.
    ///
    /// It depends on what is configured and not on what is claimed, so that no claim outlives its renewal when others
    /// are added to it.
    pub(super) fn lease(&self, instance: &Instance) -> Duration {
        instance.lease().max(3 * Duration::from_secs(1) * self.configured_addresses / RENEWALS)
    }

    /// Has the leases renewed when that is due: with the last advertisements before, if there are any, so that the loop does
    /// not wake for that alone.
    pub(super) fn renew_leases(&mut self) {
        let Some(at) = self.renew_at else { return };
        let last = || self.timers.first().is_none_or(|next| next > at);
        if at <= self.now || (self.legacy.has_advertised() && last()) {
            self.kernel.submit(Request::Renew);
            self.renewed = Some(self.now);
            self.renew_at = self.lease_renewal();
        }
    }

    /// When the leases are renewed next: three times in the shortest of them.
    fn lease_renewal(&self) -> Option<Instant> {
        let routers = self.instances.values().flat_map(|instance| &instance.routers);
        let shortest = routers.filter_map(|router| router.claim.map(|(_, lease)| lease)).min()?;
        Some(self.now + shortest / 3)
    }

    /// Whose claim it is. An answer to a claim that was released meanwhile is nobody's.
    fn claimant(&self, claim: ClaimId) -> Option<(Id, usize)> {
        let id = instance_of(claim);
        let routers = &self.instances.get(&id)?.routers;
        routers.iter().position(|router| router.claim.is_some_and(|(name, _)| name == claim)).map(|member| (id, member))
    }

    pub(super) fn router_mut(&mut self, id: Id, member: usize) -> Option<&mut Router> {
        self.instances.get_mut(&id)?.routers.get_mut(member)
    }
}

/// What a link gives a router: its primary address, or the reason for a Fault.
fn standing(interface: &str, link: Option<&Link>, family: Family, peers: &[Peer]) -> Result<IpAddr, Reason> {
    let fault = |words: String| Reason::Because(format!("{interface} {words}"));
    let link = link.ok_or_else(|| fault("does not exist".to_owned()))?;
    carries(link).and_then(|()| primary(link, family, peers)).map_err(fault)
}

/// Tells whether a link can carry advertisements, or why not: in words that follow its name.
pub(super) fn carries(link: &Link) -> Result<(), String> {
    if let Some(trouble) = link.trouble {
        return Err(trouble.to_string());
    }
    if link.port {
        let words = "is a port of a bridge or a bond, which gets what it receives: name that as the interface";
        return Err(words.to_owned());
    }
    Ok(())
}

/// The primary address that a link gives a router, or why it has none: in words that follow its name.
pub(super) fn primary(link: &Link, family: Family, peers: &[Peer]) -> Result<IpAddr, String> {
    let address = match family {
        Family::V4 => link.primary_v4.map(IpAddr::from).ok_or("has no IPv4 address"),
        Family::V6 => {
            primary_v6(link, peers).map(IpAddr::from).ok_or("has no IPv6 address that advertisements can be sent from")
        }
    };
    address.map_err(str::to_owned)
}

/// The group hears link-local addresses (RFC 9568, section 5.1.2.1); a peer beyond the link could not answer one.
fn primary_v6(link: &Link, peers: &[Peer]) -> Option<Ipv6Addr> {
    let beyond = peers.iter().any(|peer| matches!(peer.address, IpAddr::V6(peer) if !peer.is_unicast_link_local()));
    if beyond { link.global_v6 } else { link.link_local }
}
