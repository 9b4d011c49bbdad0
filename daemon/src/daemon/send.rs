//! From what a router says to the packets that leave.
//!
//! What falls due together leaves together, at the end of the turn or when there is enough of it. Whoever resigns is not kept
//! waiting for that.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;

use vrrp::config;
use vrrp::id::{Interval, Priority};
use vrrp::machine::{Event, Reason};
use vrrp::wire::auth::{AH_PROTOCOL, Association};
use vrrp::wire::{Dialect, Draft, PROTOCOL, encode};

use super::{Daemon, Id, wall_clock};
use crate::journal;
use crate::kernel::Trouble;
use crate::packets::Outgoing;

/// How many packets leave together at most: the first one is not to wait for thousands.
const TOGETHER: usize = 256;

/// What an advertisement says.
#[derive(Clone, Copy)]
pub(super) enum Say {
    /// This router is Master.
    Master(Priority),
    /// The same, and that the next word comes in no time.
    Hurry(Priority),
    /// It is Master no longer.
    Resigned,
}

/// A packet that is to leave: whose it is.
pub(super) struct Departure {
    id: Id,
    member: usize,
    destination: IpAddr,
    resigns: bool,
    sealed: bool,
}

impl Daemon {
    /// Advertises on the link, and on the heartbeats whatever becomes of that.
    pub(super) fn advertise(&mut self, id: Id, member: usize, what: Say) {
        self.queue(id, member, what);
        match what {
            Say::Master(_) if self.departures.len() < TOGETHER => {}
            Say::Master(_) | Say::Hurry(_) | Say::Resigned => self.send_off(),
        }
        self.send_afar(id, member, what);
    }

    /// Has an advertisement to the group, or one to each peer, leave with the others of this turn.
    fn queue(&mut self, id: Id, member: usize, what: Say) -> Option<()> {
        let instance = self.instances.get_mut(&id)?;
        let dialect = self.formations.machine(instance, member)?.dialect();
        let (config, router) = (&instance.config, instance.routers.get(member)?);
        let source = router.source?;
        // Nothing leaves by a link that is down, and there is no need to ask for it.
        let usable = |link: &u32| self.links.get(link).is_some_and(|link| link.trouble != Some(Trouble::Down));
        let link = router.link.filter(usable)?;
        // The switch sends clients' frames to whoever last sent from it: nobody does who cannot serve them yet.
        let source_mac = instance.virtual_mac(router.family).filter(|_| router.claimed_on.is_some());
        let router = instance.routers.get_mut(member)?;
        // All copies of one advertisement have one number.
        let stamp = router.association.as_mut().map(|association| association.stamp(wall_clock()));
        if let Some(number) = router.association.as_ref().and_then(Association::sealed) {
            self.legacy.note_sealed(number);
        }
        if config.auth.is_some() && stamp.is_none() {
            // In Fault for want of a secret: nothing leaves without authentication.
            return None;
        }
        let mut peers = config.peers_of(router.family).peekable();
        let group = peers.peek().is_none().then(|| router.family.group());
        for destination in group.into_iter().chain(peers) {
            let draft = Draft {
                version: config.version,
                vrid: config.vrid,
                priority: what.priority(),
                interval: what.interval(config),
                dialect,
                source,
                destination,
                addresses: &router.addresses,
            };
            let association = router.association.as_ref();
            match association.zip(stamp) {
                Some((association, stamp)) => association.encode(&draft, stamp, &mut self.payload),
                None => encode(&draft, &mut self.payload),
            }
            let sealed = association.is_some_and(Association::seals_packets);
            self.packets.queue(&Outgoing { link, source, destination, source_mac, payload: &self.payload, sealed });
            self.departures.push(Departure { id, member, destination, resigns: what.priority().is_none(), sealed });
        }
        Some(())
    }

    /// Sends what waits. What the kernel refuses for good goes back to the router as an event.
    pub(super) fn send_off(&mut self) {
        if self.departures.is_empty() {
            return;
        }
        let mut errors: BTreeMap<usize, io::Error> = self.packets.flush().into_iter().collect();
        let mut refused = Vec::new();
        for (number, departure) in std::mem::take(&mut self.departures).into_iter().enumerate() {
            match errors.remove(&number) {
                Some(error) => refused.push((departure, error)),
                None => {
                    if let Some(router) = self.router_mut(departure.id, departure.member) {
                        router.counters.advertisements_sent += 1;
                        router.counters.priority_zero_sent += u64::from(departure.resigns);
                    }
                }
            }
        }
        for (departure, error) in refused {
            self.refused.entry(error.to_string()).or_default().insert(departure.id);
            self.heed_refusal(&departure, &error);
        }
    }

    /// Tells the journal what was refused in this turn, once a reason.
    pub(super) fn tell_refused(&mut self) {
        for (reason, ids) in std::mem::take(&mut self.refused) {
            let instances = ids.iter().filter_map(|id| self.instances.get(id));
            let names: Vec<&str> = instances.map(|instance| instance.config.name.as_str()).collect();
            if !names.is_empty() {
                journal::send_failed(&names, &reason);
            }
        }
    }

    /// Counts a packet that was refused, and tells its router if nothing will change that by itself.
    fn heed_refusal(&mut self, departure: &Departure, error: &io::Error) {
        let Some(router) = self.router_mut(departure.id, departure.member) else { return };
        router.counters.send_errors += 1;
        if error.kind() == io::ErrorKind::PermissionDenied {
            let protocol = if departure.sealed { AH_PROTOCOL } else { PROTOCOL };
            let reason = Reason::Because(format!(
                "sending to {} is refused: {error}; look for a firewall rule that drops protocol {protocol}",
                departure.destination
            ));
            self.tell(departure.id, departure.member, Event::Refused(reason));
        }
    }

    fn send_afar(&mut self, id: Id, member: usize, what: Say) -> Option<()> {
        if self.heartbeats.is_empty() {
            return None;
        }
        let instance = self.instances.get(&id)?;
        let router = instance.routers.get(member)?;
        let addresses = router.addresses.clone();
        let draft = Draft {
            version: instance.config.version,
            vrid: instance.config.vrid,
            priority: what.priority(),
            interval: what.interval(&instance.config),
            dialect: Dialect::PseudoHeader,
            source: router.source?,
            destination: router.family.group(),
            addresses: &addresses,
        };
        self.beat(id, &draft);
        Some(())
    }
}

impl Say {
    const fn priority(self) -> Option<Priority> {
        match self {
            Self::Master(priority) | Self::Hurry(priority) => Some(priority),
            Self::Resigned => None,
        }
    }

    const fn interval(self, config: &config::Instance) -> Interval {
        match self {
            Self::Hurry(_) => Interval::SHORTEST,
            Self::Master(_) | Self::Resigned => config.advert_interval,
        }
    }
}
