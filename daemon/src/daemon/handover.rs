//! How an instance leaves Master: how fast its resignation is followed, and how long its addresses are served on.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use vrrp::config::{self, FastResign};
use vrrp::id::Family;
use vrrp::machine::{Event, Handover, VirtualRouter};

use super::instance::Instance;
use super::{Daemon, Id, Phase};
use crate::kernel::Request;

/// How long clients may go on sending here after the new Master was heard: it claims and announces then.
const LINGER: Duration = Duration::from_millis(50);

/// What a router is told of leaving Master. `hosts` is how many others its heartbeats hear.
pub(super) fn handover(config: &config::Instance, family: Family, hosts: Option<usize>) -> Handover {
    Handover {
        fast: match config.fast_resign {
            FastResign::Always => true,
            FastResign::Off => false,
            FastResign::Auto => others(config, family, hosts) == Some(1),
        },
        drain: config.drain_timeout,
        linger: LINGER,
    }
}

/// How many other routers share the VRID, where anybody knows.
fn others(config: &config::Instance, family: Family, hosts: Option<usize>) -> Option<usize> {
    let peers = config.peers_of(family).count();
    match config.routers {
        Some(routers) => Some(usize::from(routers).saturating_sub(1)),
        None if peers > 0 => Some(peers),
        None => hosts,
    }
}

impl Daemon {
    /// Serves a router's addresses on, without a word about them.
    pub(super) fn drain(&mut self, id: Id, member: usize) {
        self.unwatch_rivals(id, member);
        let Some(instance) = self.instances.get(&id) else { return };
        let until = self.formations.machine(instance, member).and_then(VirtualRouter::drained_at);
        let at_most = until.unwrap_or(self.now).saturating_duration_since(self.now);
        if let Some(router) = self.router_mut(id, member) {
            router.claimed_on = None;
            router.draining = router.claim.take().map(|(name, _)| name);
            if let Some(id) = router.draining {
                self.kernel.submit(Request::Drain { id, at_most });
            }
        }
        self.follow_beacon(id, member);
    }

    /// Gives up what nobody renewed while the process stood still, before anything is heard that it would answer as Master.
    pub(super) fn lapse(&mut self) {
        let overdue = self.renew_at.is_some_and(|at| at <= self.now);
        let Some(renewed) = self.renewed.filter(|_| overdue) else { return };
        let silence = self.now.saturating_duration_since(renewed);
        let lapsed = |instance: &Instance| {
            instance.routers.iter().any(|router| router.claim.is_some_and(|(_, lease)| lease <= silence))
        };
        let ids: Vec<Id> = self.instances.iter().filter(|(_, one)| lapsed(one)).map(|(&id, _)| id).collect();
        for id in ids {
            self.let_lapse(id);
        }
    }

    /// Tells all that moves with an instance that its addresses are gone.
    pub(super) fn let_lapse(&mut self, id: Id) {
        let Some(number) = self.instances.get(&id).map(|instance| instance.formation) else { return };
        let places = self.formations.get_mut(number).map(|formation| formation.places()).unwrap_or_default();
        self.tell_places(number, &places, &Event::Lapsed);
    }

    /// Whether an instance serves on what it has resigned.
    pub(super) fn is_draining(&self, instance: &Instance) -> bool {
        self.formations.machines(instance).any(|machine| machine.drained_at().is_some())
    }

    /// Answers those who wait for a drain to be over, and lets the kernel finish when the last one is.
    pub(super) fn follow_drains(&mut self) {
        for (id, reply) in std::mem::take(&mut self.leaving) {
            match self.instances.get(&id).is_some_and(|instance| self.is_draining(instance)) {
                true => self.leaving.push((id, reply)),
                // Whoever asked may be gone.
                false => drop(reply.send(true)),
            }
        }
        if self.phase != Phase::Stopping || self.instances.values().any(|instance| self.is_draining(instance)) {
            return;
        }
        if let Some(keep_holds) = self.stop.take() {
            self.sync_daemon.end(keep_holds);
            self.kernel.submit(Request::Stop { keep_holds });
        }
    }

    /// Counts the other hosts that the heartbeats of each instance hear, and tells those for which that makes a difference.
    pub(super) fn follow_hosts(&mut self) {
        let hosts = |instance: &Instance| {
            let name = &instance.config.name;
            let carrying = self.heartbeats.values().filter(|one| one.config.instances.contains(name));
            carrying.map(super::Heartbeat::hosts).max()
        };
        let counted: Vec<(Id, Option<usize>)> = self.instances.iter().map(|(&id, one)| (id, hosts(one))).collect();
        for (id, hosts) in counted {
            if let Some(instance) = self.instances.get_mut(&id).filter(|instance| instance.hosts != hosts) {
                instance.hosts = hosts;
                self.reconfigure(id);
            }
        }
    }

    /// Answers when an instance no longer serves what it has resigned.
    pub(super) fn answer_when_drained(&mut self, id: Id, reply: oneshot::Sender<bool>) {
        self.leaving.push((id, reply));
    }

    /// When the last drain is over, whoever is heard.
    pub(super) fn drained_at(&self) -> Option<Instant> {
        let machines = self.instances.values().flat_map(|instance| self.formations.machines(instance));
        machines.filter_map(VirtualRouter::drained_at).max()
    }
}
