//! From the state machine's actions to what the world sees of them.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;

use vrrp::id::Priority;
use vrrp::machine::{Action, Event, Kind, Reason};
use vrrp::sync::MemberAction;
use vrrp::wire::{Draft, encode};

use super::{Daemon, Id, Phase};
use crate::journal;
use crate::kernel::{Claim, ClaimId, Request};
use crate::packets::Outgoing;

impl Daemon {
    /// Tells one router of an instance what happened.
    pub(super) fn tell(&mut self, id: Id, member: usize, event: Event) {
        if let Some(instance) = self.instances.get_mut(&id) {
            let actions = instance.group.handle(self.now, member, event);
            self.perform(id, actions);
        }
    }

    /// Tells all routers of an instance at once.
    pub(super) fn tell_all(&mut self, id: Id, event: &Event) {
        if let Some(instance) = self.instances.get_mut(&id) {
            let actions = instance.group.handle_all(self.now, event);
            self.perform(id, actions);
        }
    }

    /// Makes actions true, in order. What the kernel refuses on the spot goes back as an event.
    pub(super) fn perform(&mut self, id: Id, actions: Vec<MemberAction>) {
        let before = self.instances.get(&id).map(|instance| instance.outline());
        let mut entered = None;
        let mut queue = VecDeque::from(actions);
        while let Some((member, action)) = queue.pop_front() {
            if let Action::Enter(kind, reason) = &action {
                entered = lead(entered, *kind, reason.clone());
            }
            if let Some(refusal) = self.act(id, member, &action)
                && let Some(instance) = self.instances.get_mut(&id)
            {
                queue.extend(instance.group.handle(self.now, member, Event::Refused(refusal)));
            }
        }
        let Some(instance) = self.instances.get_mut(&id) else { return };
        self.timers.set(id, instance.group.deadline());
        if let Some((kind, mut reason)) = entered {
            if kind == Kind::Init && self.phase == Phase::Stopping {
                reason = Reason::Because("the daemon stops".to_owned());
            }
            instance.tell_transition(kind.into(), &reason);
            self.changed.insert(id);
        } else if before != Some(instance.outline()) {
            // Another Master is heard, or none any more.
            instance.tell_transition(instance.group.kind().into(), &instance.group.reason());
            self.changed.insert(id);
        }
    }

    /// Makes one action true; returns what the kernel refused for good.
    fn act(&mut self, id: Id, member: usize, action: &Action) -> Option<Reason> {
        match action {
            Action::Advertise(priority) => return self.send(id, member, Some(*priority)),
            Action::Resign => return self.send(id, member, None),
            Action::Claim => self.claim(id, member, None),
            Action::Release => self.release(id, member),
            Action::Announce => self.announce(id, member),
            Action::Discard(reason) => {
                if let Some(router) = self.router_mut(id, member) {
                    router.discard(*reason);
                }
            }
            Action::Enter(kind, _) => self.enter(id, member, *kind),
        }
        None
    }

    /// Sends an advertisement to the group, or to each peer.
    fn send(&mut self, id: Id, member: usize, priority: Option<Priority>) -> Option<Reason> {
        let instance = self.instances.get_mut(&id)?;
        let machine = instance.group.members().get(member)?;
        let dialect = machine.dialect();
        let router = instance.routers.get(member)?;
        let source = router.source?;
        let link = router.link.filter(|link| self.links.contains_key(link))?;
        let peers: Vec<IpAddr> = instance.config.peers_of(router.family).collect();
        let destinations = if peers.is_empty() { vec![router.family.group()] } else { peers };
        let source_mac = instance.virtual_mac(router.family);
        let mut refusal = None;
        for destination in destinations {
            let draft = Draft {
                version: instance.config.version,
                vrid: instance.config.vrid,
                priority,
                interval: instance.config.advert_interval,
                dialect,
                source,
                destination,
                addresses: &instance.routers.get(member)?.addresses,
            };
            encode(&draft, &mut self.payload);
            let outgoing = Outgoing { link, source, destination, source_mac, payload: &self.payload };
            let result = self.packets.send(&outgoing);
            let counters = &mut instance.routers.get_mut(member)?.counters;
            match result {
                Ok(()) => {
                    counters.advertisements_sent += 1;
                    counters.priority_zero_sent += u64::from(priority.is_none());
                }
                Err(error) => {
                    counters.send_errors += 1;
                    journal::send_failed(instance.config.name.as_str(), &error);
                    if error.kind() == io::ErrorKind::PermissionDenied {
                        refusal = Some(Reason::Because(format!(
                            "sending to {destination} is refused: {error}; look for a firewall rule that drops protocol 112"
                        )));
                    }
                }
            }
        }
        refusal
    }

    /// Claims the addresses of a router, or claims them anew as they are configured.
    ///
    /// A claim that `replaces` another keeps its name, and what both have in common stays in the kernel.
    pub(super) fn claim(&mut self, id: Id, member: usize, replaces: Option<ClaimId>) {
        let Some(instance) = self.instances.get(&id) else { return };
        let Some(router) = instance.routers.get(member) else { return };
        let Some(link) = router.link else { return };
        let claim = Claim {
            link,
            vrid: instance.config.vrid,
            family: router.family,
            addresses: instance.addresses(router.family),
            mac: instance.virtual_mac(router.family),
            lease: self.lease(instance),
        };
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let name = replaces.unwrap_or_else(|| instance.next_claim(id));
        if let Some(router) = instance.routers.get_mut(member) {
            router.claim = Some((name, claim.lease));
        }
        self.kernel.submit(Request::Claim { id: name, claim });
        // Another claim's longer lease may have put the renewal off beyond this one's.
        self.renew_at = [self.renew_at, self.lease_renewal()].into_iter().flatten().min();
    }

    fn release(&mut self, id: Id, member: usize) {
        if let Some(router) = self.router_mut(id, member) {
            router.claimed_on = None;
            if let Some((id, _)) = router.claim.take() {
                self.kernel.submit(Request::Release { id });
            }
        }
    }

    /// Sends gratuitous ARP or unsolicited neighbour advertisements for every address.
    fn announce(&mut self, id: Id, member: usize) {
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let Some(family) = instance.routers.get(member).map(|router| router.family) else { return };
        let virtual_mac = instance.virtual_mac(family);
        let Some(router) = instance.routers.get_mut(member) else { return };
        let Some(link) = router.claimed_on.or(router.link) else { return };
        let Some(own) = router.link.and_then(|link| self.links.get(&link)) else { return };
        let Some(mac) = virtual_mac.or(own.mac) else { return };
        for &address in &router.addresses {
            match self.announcer.announce(link, mac, address) {
                Ok(()) => router.counters.announcements_sent += 1,
                Err(error) => {
                    router.counters.send_errors += 1;
                    journal::send_failed(instance.config.name.as_str(), &error);
                }
            }
        }
    }

    fn enter(&mut self, id: Id, member: usize, kind: Kind) {
        if let Some(router) = self.router_mut(id, member) {
            router.counters.master_transitions += u64::from(kind == Kind::Master);
        }
    }
}

/// Of the reasons that the members of a group give for a state, takes the one that the others follow.
fn lead(before: Option<(Kind, Reason)>, kind: Kind, reason: Reason) -> Option<(Kind, Reason)> {
    match before {
        Some((former, cause)) if former == kind && !cause.follows() => Some((former, cause)),
        Some(_) | None => Some((kind, reason)),
    }
}
