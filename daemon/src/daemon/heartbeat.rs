//! Heartbeats: links on which instances are advertised besides their own.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use vrrp::config::{self, Config, is_link_local};
use vrrp::id::Family;
use vrrp::status;
use vrrp::wire::{Discard, Draft, Packet, heartbeat};

use super::present::named;
use super::{Daemon, Id, realtime, wall_clock};
use crate::journal;
use crate::kernel::Link;
use crate::packets::Outgoing;

pub(super) use hear::Beat;

mod hear;

/// How often a host says on each heartbeat that it is there.
const PRESENCE: Duration = Duration::from_secs(1);
/// How long a host is silent before it is taken to be gone.
const SILENCE: Duration = Duration::from_secs(4);
/// How many hosts are remembered: whoever can send on the link could invent more.
const PEERS: usize = 64;

/// One heartbeat.
pub(super) struct Heartbeat {
    pub(super) config: config::Heartbeat,
    /// Its link, while there is one of that name.
    pub(super) link: Option<u32>,
    /// Why the last heartbeat was not sent, if it was not.
    pub(super) trouble: Option<String>,
    pub(super) peers: BTreeMap<IpAddr, Peer>,
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) send_errors: u64,
    pub(super) discards: BTreeMap<Discard, u64>,
}

/// A host that sends heartbeats.
pub(super) struct Peer {
    /// When it was heard, in microseconds since 1970.
    pub(super) heard: u64,
    heard_at: Instant,
    pub(super) present: bool,
}

impl Heartbeat {
    fn new(config: config::Heartbeat) -> Self {
        Self {
            config,
            link: None,
            trouble: None,
            peers: BTreeMap::new(),
            sent: 0,
            received: 0,
            send_errors: 0,
            discards: BTreeMap::new(),
        }
    }

    /// Where it is sent: the addresses that it is sent from and to.
    fn ways(&self, link: &Link) -> Vec<(IpAddr, IpAddr)> {
        let own = |family: Family, beyond: bool| match family {
            Family::V4 => link.primary_v4.map(IpAddr::from),
            Family::V6 if beyond => link.global_v6.map(IpAddr::from),
            Family::V6 => link.link_local.map(IpAddr::from),
        };
        let to_peer = |&peer: &IpAddr| {
            let beyond = !is_link_local(peer);
            Some((own(Family::of(peer), beyond)?, peer))
        };
        match self.config.peers.as_slice() {
            // The other host may have lost its address of one family.
            [] => Family::ALL.into_iter().filter_map(|family| Some((own(family, false)?, family.group()))).collect(),
            peers => peers.iter().filter_map(to_peer).collect(),
        }
    }

    /// Tells whether a packet came the way that heartbeats come: over the group, or from a peer.
    fn check_path(&self, packet: &Packet<'_>) -> Result<(), Discard> {
        let peers = &self.config.peers;
        match (peers.is_empty(), packet.destination.is_multicast()) {
            (true, true) => Ok(()),
            (false, false) if peers.contains(&packet.source) => Ok(()),
            (false, false) => Err(Discard::UnknownPeer),
            (true, false) | (false, true) => Err(Discard::Destination),
        }
    }

    /// How many other hosts it hears. A host may be heard from an address of each family.
    pub(super) fn hosts(&self) -> usize {
        let present = self.peers.iter().filter(|(_, peer)| peer.present).map(|(address, _)| Family::of(*address));
        let counts = present.fold([0; 2], |[v4, v6], family| match family {
            Family::V4 => [v4 + 1, v6],
            Family::V6 => [v4, v6 + 1],
        });
        counts.into_iter().max().unwrap_or_default()
    }

    /// What the tool shows of it.
    pub(super) fn present(&self, name: &str) -> status::Heartbeat {
        let peer = |(address, peer): (&IpAddr, &Peer)| status::HeartbeatPeer {
            address: address.to_string(),
            heard: peer.heard,
            present: peer.present,
        };
        status::Heartbeat {
            name: name.to_owned(),
            interface: self.config.interface.to_string(),
            trouble: self.trouble.clone(),
            peers: self.peers.iter().map(peer).collect(),
            sent: self.sent,
            received: self.received,
            send_errors: self.send_errors,
            discards: named(&self.discards),
        }
    }

    /// Remembers that a host is there. Tells whether it was not before.
    fn meet(&mut self, now: Instant, address: IpAddr) -> bool {
        self.received += 1;
        let known = self.peers.contains_key(&address);
        if !known && self.peers.len() >= PEERS {
            self.peers.retain(|_, peer| peer.present);
        }
        if !known && self.peers.len() >= PEERS {
            return false;
        }
        let peer = Peer { heard: realtime(), heard_at: now, present: true };
        self.peers.insert(address, peer).is_none_or(|before| !before.present)
    }
}

impl Daemon {
    /// Has the heartbeats that are configured, and keeps what is known of those that stay.
    pub(super) fn follow_heartbeats(&mut self, config: &Config) {
        let mut old = std::mem::take(&mut self.heartbeats);
        for (name, config) in &config.heartbeats {
            let kept = old.remove(name).filter(|one| one.config == *config);
            let heartbeat = kept.unwrap_or_else(|| Heartbeat::new(config.clone()));
            self.heartbeats.insert(name.clone(), heartbeat);
        }
    }

    /// Has this host say that it is there while there are heartbeats. Their links are known by now.
    pub(super) fn follow_presence(&mut self) {
        self.presence_at = (!self.heartbeats.is_empty()).then(|| self.presence_at.unwrap_or(self.now));
    }

    /// Finds the link of every heartbeat by its present name.
    pub(super) fn find_heartbeat_links(&mut self, by_name: &BTreeMap<String, u32>) {
        for heartbeat in self.heartbeats.values_mut() {
            heartbeat.link = by_name.get(heartbeat.config.interface.as_str()).copied();
        }
    }

    /// The sockets that heartbeats need, and whether they must join the group.
    pub(super) fn heartbeat_sockets(&self) -> Vec<((u32, Family), bool)> {
        let sockets = |heartbeat: &Heartbeat| {
            let link = heartbeat.link;
            let peers = heartbeat.config.peers.clone();
            let used = move |family: &Family| peers.is_empty() || peers.iter().any(|&peer| Family::of(peer) == *family);
            let group = heartbeat.config.peers.is_empty();
            let families = Family::ALL.into_iter().filter(used);
            families.filter_map(move |family| Some(((link?, family), group))).collect::<Vec<_>>()
        };
        self.heartbeats.values().flat_map(sockets).collect()
    }

    /// Advertises a router of an instance on every heartbeat that carries it.
    pub(super) fn beat(&mut self, id: Id, draft: &Draft<'_>) {
        let Some(name) = self.instances.get(&id).map(|instance| &instance.config.name) else { return };
        let carrying = self.heartbeats.iter().filter(|(_, one)| one.config.instances.contains(name));
        let carrying: Vec<String> = carrying.map(|(name, _)| name.clone()).collect();
        if carrying.is_empty() {
            return;
        }
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let router = instance.routers.iter_mut().find(|router| router.family == Family::of(draft.source));
        match (&instance.config.auth, router.and_then(|router| router.association.as_mut())) {
            (None, _) => heartbeat::wrap(draft, &mut self.payload),
            (Some(_), Some(association)) => {
                let stamp = association.stamp(wall_clock());
                association.encode(draft, stamp, &mut self.payload);
                match association.seals_packets() {
                    true => heartbeat::carry_sealed(draft.vrid, &mut self.payload),
                    false => heartbeat::carry(draft.vrid, draft.source, &mut self.payload),
                }
            }
            // In Fault for want of a secret: nothing leaves without authentication.
            (Some(_), None) => return,
        }
        for name in carrying {
            self.send_heartbeat(&name);
        }
    }

    /// Says on every heartbeat that this host is there, and notes who is not any more.
    pub(super) fn expire_heartbeats(&mut self) {
        if self.presence_at.is_none_or(|at| at > self.now) {
            return;
        }
        self.presence_at = Some(self.now + PRESENCE);
        heartbeat::presence(&mut self.payload);
        let names: Vec<String> = self.heartbeats.keys().cloned().collect();
        let mut silent = false;
        for name in names {
            self.send_heartbeat(&name);
            let Some(heartbeat) = self.heartbeats.get_mut(&name) else { continue };
            for (address, peer) in &mut heartbeat.peers {
                if peer.present && peer.heard_at + SILENCE <= self.now {
                    peer.present = false;
                    silent = true;
                    self.general_news = true;
                    journal::heartbeat_silent(&name, heartbeat.config.interface.as_str(), *address, SILENCE);
                }
            }
        }
        if silent {
            self.follow_hosts();
        }
    }

    /// Sends the payload on a heartbeat.
    fn send_heartbeat(&mut self, name: &str) {
        let Some(heartbeat) = self.heartbeats.get_mut(name) else { return };
        let interface = &heartbeat.config.interface;
        let link = heartbeat.link.and_then(|link| self.links.get(&link));
        let ways = link.map(|link| heartbeat.ways(link)).unwrap_or_default();
        let mut trouble = match link {
            None => Some(format!("{interface} does not exist")),
            Some(Link { trouble: Some(trouble), .. }) => Some(format!("{interface} {trouble}")),
            Some(_) if ways.is_empty() => Some(format!("{interface} has no address that heartbeats can be sent from")),
            Some(_) => None,
        };
        for (source, destination) in ways {
            let Some(link) = heartbeat.link.filter(|_| trouble.is_none()) else { break };
            let outgoing =
                Outgoing { link, source, destination, source_mac: None, payload: &self.payload, sealed: false };
            match self.packets.send(&outgoing) {
                Ok(()) => heartbeat.sent += 1,
                Err(error) => {
                    heartbeat.send_errors += 1;
                    trouble = Some(format!("sending to {destination} over {interface} failed: {error}"));
                }
            }
        }
        if heartbeat.trouble != trouble {
            journal::heartbeat_trouble(name, trouble.as_deref());
            heartbeat.trouble = trouble;
            self.general_news = true;
        }
    }
}
