//! From the state machine's actions to what the world sees of them.

use std::time::{Duration, Instant};

use vrrp::machine::{Action, Event, Kind, Reason};
use vrrp::sync::MemberAction;

use super::formation::Number;
use super::send::Say;
use super::timers::Deadline;
use super::{Daemon, Id, Phase, look};
use crate::kernel::{Claim, ClaimId, Request};

/// How long the journal is left alone that was told too much: the time in which it counts.
const UNTOLD: Duration = Duration::from_secs(10);

impl Daemon {
    /// Tells one router of an instance what happened.
    pub(super) fn tell(&mut self, id: Id, member: usize, event: Event) {
        let Some(instance) = self.instances.get(&id) else { return };
        let number = instance.formation;
        let place = instance.places.get(member).copied();
        let Some((formation, place)) = self.formations.get_mut(number).zip(place) else { return };
        let actions = formation.group.handle(self.now, place, event);
        self.perform(number, actions);
    }

    /// Tells all routers of an instance at once.
    pub(super) fn tell_all(&mut self, id: Id, event: &Event) {
        let Some(instance) = self.instances.get(&id) else { return };
        let (number, places) = (instance.formation, instance.places.clone());
        self.tell_places(number, &places, event);
    }

    /// Tells several routers of one formation at once, so that none has to heed what the others are about to be told.
    pub(super) fn tell_places(&mut self, number: Number, places: &[usize], event: &Event) {
        let Some(formation) = self.formations.get_mut(number) else { return };
        let actions = formation.handle(self.now, places, event);
        self.perform(number, actions);
    }

    /// Tells one router of an instance what arrived for it at a time, and tells whether that was processed.
    pub(super) fn hear(&mut self, id: Id, member: usize, at: Instant, event: Event) -> bool {
        let Some(instance) = self.instances.get(&id) else { return false };
        let (number, places) = (instance.formation, &instance.places);
        let place = places.get(member).copied();
        let Some((formation, place)) = self.formations.get_mut(number).zip(place) else { return false };
        let before = formation.outline(places);
        let actions = formation.group.handle(at, place, event);
        let differs = formation.outline(places) != before;
        let processed = !actions.iter().any(|(_, action)| matches!(action, Action::Discard(_)));
        let told = self.perform(number, actions);
        if differs && !told.contains(&id) {
            // Another Master is heard.
            self.tell_standing(id);
        }
        processed
    }

    /// Makes actions of a formation true, in order. What the kernel refuses goes back as an event. Returns the instances of
    /// which a transition was told.
    pub(super) fn perform(&mut self, number: Number, actions: Vec<MemberAction>) -> Vec<Id> {
        let mut touched: Vec<Touched> = Vec::new();
        for (place, action) in actions {
            let Some((id, member)) = self.formations.get_mut(number).and_then(|one| one.owner(place)) else { continue };
            if let Action::Enter(kind, reason) = &action {
                enter(&mut touched, id, *kind, reason);
            }
            self.act(id, member, &action);
        }
        let Some(formation) = self.formations.get_mut(number) else { return Vec::new() };
        let look_at = look::follow(formation, &mut self.instances, &mut self.packets, self.now);
        let earliest = |ours: Option<Instant>| [ours, look_at].into_iter().flatten().min();
        let deadline = earliest(formation.group.deadline()).zip(earliest(formation.group.due_from()));
        self.timers.set(number, deadline.map(|(at, from)| Deadline { at, from }));
        for (id, kind, reason) in &touched {
            match self.instances.get(id).is_some_and(|instance| instance.is_told_to_be((*kind).into())) {
                // What one of its routers has to say may not be what counts.
                true => self.tell_standing(*id),
                false => self.tell_transition(*id, *kind, reason),
            }
        }
        touched.into_iter().map(|(id, ..)| id).collect()
    }

    fn tell_transition(&mut self, id: Id, kind: Kind, reason: &Reason) {
        let Some(instance) = self.instances.get(&id) else { return };
        let words = match kind {
            Kind::Init if self.phase == Phase::Stopping => "the daemon stops".to_owned(),
            Kind::Init | Kind::Backup | Kind::Master | Kind::Fault => self.formations.words(instance, reason),
        };
        if let Some(instance) = self.instances.get_mut(&id)
            && !instance.tell_transition(kind.into(), words, &mut self.transitions)
        {
            self.untold.insert(id);
            self.tell_at.get_or_insert(self.now + UNTOLD);
        }
        self.sync_daemon.doubt();
        self.changed.insert(id);
    }

    /// Tells the journal of what was too much for it: whoever reads it must find how every instance stands.
    pub(super) fn tell_untold(&mut self) {
        if self.tell_at.is_none_or(|at| at > self.now) {
            return;
        }
        let (instances, journal) = (&mut self.instances, &mut self.transitions);
        self.untold.retain(|id| instances.get_mut(id).is_some_and(|instance| !instance.tell_journal(journal)));
        self.tell_at = (!self.untold.is_empty()).then(|| self.now + UNTOLD);
    }

    /// Tells how an instance stands.
    fn tell_standing(&mut self, id: Id) {
        let Some(instance) = self.instances.get(&id) else { return };
        let (kind, reason) = (self.formations.kind(instance), self.formations.reason(instance));
        self.tell_transition(id, kind, &reason);
    }

    /// Makes one action true.
    fn act(&mut self, id: Id, member: usize, action: &Action) {
        self.legacy.see(action);
        match action {
            Action::Advertise(priority) => self.advertise(id, member, Say::Master(*priority)),
            Action::Hasten(priority) => self.advertise(id, member, Say::Hurry(*priority)),
            Action::Resign => self.advertise(id, member, Say::Resigned),
            Action::Claim => self.claim(id, member, None),
            Action::Drain => self.drain(id, member),
            Action::Release => self.release(id, member),
            Action::Announce => self.announce(id, member),
            Action::Discard(reason) => {
                if let Some(router) = self.router_mut(id, member) {
                    router.discard(*reason);
                }
            }
            Action::Contested => self.tell_conflict(id, member),
            Action::CountFiltered => {
                if let Some(router) = self.router_mut(id, member) {
                    router.counters.advertisements_filtered += 1;
                }
            }
            Action::Enter(kind, _) => self.count_entry(id, member, *kind),
        }
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
            addresses: instance.config.moved_by(router.family).collect(),
            mac: instance.virtual_mac(router.family),
            routes: instance.config.routes_moved_by(router.family).cloned().collect(),
            rules: instance.config.rules_moved_by(router.family).map(|(own, rule)| (own, rule.clone())).collect(),
            drop: instance.config.drops(),
            lease: self.lease(instance),
        };
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let drained = instance.routers.get_mut(member).and_then(|router| router.draining.take());
        let name = replaces.or(drained).unwrap_or_else(|| instance.next_claim(id));
        if let Some(router) = instance.routers.get_mut(member) {
            router.claim = Some((name, claim.lease));
        }
        self.watch_rivals(id, member);
        // Another claim's longer lease may have put the renewal off beyond this one's.
        self.renew_at = [self.renew_at, Some(self.now + claim.lease / 3)].into_iter().flatten().min();
        self.kernel.submit(Request::Claim { id: name, claim });
        self.renewed = Some(self.now);
    }

    fn release(&mut self, id: Id, member: usize) {
        self.unwatch_rivals(id, member);
        if let Some(router) = self.router_mut(id, member) {
            router.claimed_on = None;
            let claim = router.claim.take().map(|(name, _)| name).or(router.draining.take());
            if let Some(id) = claim {
                self.kernel.submit(Request::Release { id });
            }
        }
        self.follow_beacon(id, member);
        self.changed.insert(id);
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
        for address in router.moves().collect::<Vec<_>>() {
            match self.announcer.announce(link, mac, address) {
                Ok(()) => router.counters.announcements_sent += 1,
                Err(error) => {
                    router.counters.send_errors += 1;
                    self.refused.entry(error.to_string()).or_default().insert(id);
                }
            }
        }
    }

    fn count_entry(&mut self, id: Id, member: usize, kind: Kind) {
        if let Some(router) = self.router_mut(id, member) {
            router.counters.master_transitions += u64::from(kind == Kind::Master);
        }
    }
}

/// What an instance has entered, and why.
type Touched = (Id, Kind, Reason);

/// Notes what a router of an instance enters. Of the reasons that its routers give for a state, the one counts that the
/// others follow.
fn enter(touched: &mut Vec<Touched>, id: Id, kind: Kind, reason: &Reason) {
    match touched.iter_mut().find(|(other, ..)| *other == id) {
        Some((_, former, cause)) if *former == kind && !cause.follows() => {}
        Some(entry) => *entry = (id, kind, reason.clone()),
        None => touched.push((id, kind, reason.clone())),
    }
}
