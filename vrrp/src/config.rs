//! What is true: a configuration whose every value was checked.
//!
//! [`mod@file`] tells which files there are, [`Written`] is what stands in them, [`check`] turns it into a [`Config`] or
//! into a list of [`Problem`](problem::Problem)s, [`diff`] tells what changed.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use crate::id::{Family, Interval, Priority, Version, Vrid};

pub mod check;
pub mod diff;
pub mod file;
pub mod problem;

mod address;
mod auth;
mod choices;
mod conflict;
mod drawing;
mod entries;
mod field;
mod fields;
mod group;
mod heartbeat;
mod instance;
mod interface;
mod ipvs;
mod on_transition;
mod peers;
mod place;
mod program;
mod protect;
mod router_advertisement;
mod source;
mod suggest;
mod sync;
mod syntax;
mod tables;
mod text;
mod track;
mod unit_name;
mod value;
mod virtual_route;
mod virtual_rule;
mod vrids;
mod written;

pub use address::{first as first_address, is_link_local};
pub use auth::{Auth, SecretSource};
pub use choices::{Checksum, FastResign, Hold, Mac};
pub use group::{Group, Probe};
pub use interface::Interface;
pub use ipvs::SyncDaemon;
pub use on_transition::OnTransition;
pub use place::Place;
pub use router_advertisement::RouterAdvertisement;
pub use text::{harmless, is_harmless};
pub use track::{
    BadGroup, Damping, Expect, File, GroupTrack, Http, Mii, Pace, Process, Route, Script, Tcp, Track, Watch,
};
pub use unit_name::UnitName;
pub use virtual_route::{RouteKind, VirtualRoute};
pub use virtual_rule::VirtualRule;
pub use written::Written;

use choices::word;

/// The keys of an instance, in the order in which they are documented and written.
pub const KEYS: [&str; 26] = [
    "interface",
    "vrid",
    "addresses",
    "unadvertised",
    "priority",
    "version",
    "advert_interval",
    "preempt",
    "preempt_delay",
    "accept",
    "router_advertisement",
    "mac",
    "hold",
    "checksum",
    "peers",
    "routers",
    "fast_resign",
    "drain_timeout",
    "auth",
    "enabled",
    "protect",
    "track",
    "last_resort",
    "on_transition",
    "virtual_routes",
    "virtual_rules",
];

/// All instances of a host, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The instances in the order of their names.
    pub instances: BTreeMap<InstanceName, Instance>,
    /// Which of them move together, by the name of the sync group.
    pub syncs: BTreeMap<String, Sync>,
    /// Where they are advertised besides, by the name of the heartbeat.
    pub heartbeats: BTreeMap<String, Heartbeat>,
    /// Links of which one is as good as another, by the name of the interface group.
    pub groups: BTreeMap<String, Group>,
    /// The sync daemon of IPVS, where one is to follow an instance.
    pub sync_daemon: Option<SyncDaemon>,
}

/// Instances of which all are Master, or none is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sync {
    /// The instances, two or more, of one priority and one way to preempt. No instance is in two sync groups.
    pub instances: Vec<InstanceName>,
    /// What is watched for all of them.
    pub track: Vec<Track>,
}

/// A further link on which instances are advertised, so that one that is cut off from its own link is still heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The link; none of `instances` has it for its own.
    pub interface: LinkName,
    /// Unicast peers; empty means multicast.
    pub peers: Vec<IpAddr>,
    /// Whose advertisements it carries.
    pub instances: Vec<InstanceName>,
}

impl Config {
    /// The sync group that each instance moves with, with its name; those that move alone are left out.
    #[must_use]
    pub fn syncs_by_instance(&self) -> BTreeMap<&InstanceName, (&str, &Sync)> {
        let groups = self.syncs.iter().map(|(name, sync)| (name.as_str(), sync));
        groups.flat_map(|group| group.1.instances.iter().map(move |instance| (instance, group))).collect()
    }

    /// The links that an instance may be on: one, or the members of its group, those on standby last.
    pub fn links_of<'a>(&'a self, instance: &'a Instance) -> impl Iterator<Item = &'a LinkName> {
        let (own, group) = match &instance.interface {
            Interface::Link(link) => (Some(link), None),
            Interface::Group(name) => (None, self.groups.get(name)),
        };
        own.into_iter().chain(group.into_iter().flat_map(|group| group.members.iter().chain(&group.standby)))
    }
}

/// What the user names: an interface, a VRID, addresses of one or both families, and what it protects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The name.
    pub name: InstanceName,
    /// What carries the advertisements and the addresses.
    pub interface: Interface,
    /// The virtual router identifier, the same for both families.
    pub vrid: Vrid,
    /// The virtual addresses in the order in which they are advertised; at least one.
    pub addresses: Vec<VirtualAddress>,
    /// Virtual addresses that move with the others and are in no advertisement; of any family.
    pub unadvertised: Vec<VirtualAddress>,
    /// The priority before any weight.
    pub priority: Priority,
    /// The protocol version; `V2` only without IPv6 addresses.
    pub version: Version,
    /// The time between two advertisements of the Master; one that `version` can carry.
    pub advert_interval: Interval,
    /// Whether a Master of lower priority is deposed.
    pub preempt: bool,
    /// How long a Master of lower priority is left alone before it is deposed.
    pub preempt_delay: Duration,
    /// Whether packets to the addresses are accepted by a Master that does not own them (RFC 9568, section 6.1, Accept_Mode).
    pub accept: bool,
    /// What its Master tells hosts whose IPv6 router it is, if it does; the first IPv6 address is link-local then.
    pub router_advertisement: Option<RouterAdvertisement>,
    /// Which MAC address answers for the addresses.
    pub mac: Mac,
    /// How services can bind to the addresses on a host that is not Master.
    pub hold: Hold,
    /// How version 3 over IPv4 is summed.
    pub checksum: Checksum,
    /// Unicast peers; empty means multicast.
    pub peers: Vec<Peer>,
    /// How many routers share the VRID, where the user knows it.
    pub routers: Option<u8>,
    /// Whether Backups are told of the shortest interval before a resignation.
    pub fast_resign: FastResign,
    /// How long addresses are served on after a resignation at most; zero for not at all. 0 s to 10 s.
    pub drain_timeout: Duration,
    /// How advertisements are authenticated, if they are.
    pub auth: Option<Auth>,
    /// Whether it takes part at all.
    pub enabled: bool,
    /// The units whose state decides whether it may be Master.
    pub protect: Vec<Protection>,
    /// What else is watched for it.
    pub track: Vec<Track>,
    /// Whether it takes over although conditions bar it, where nobody else serves the addresses.
    pub last_resort: bool,
    /// What is run when it has entered a state; in this order.
    pub on_transition: Vec<OnTransition>,
    /// The routes that are there while it is Master.
    pub virtual_routes: Vec<VirtualRoute>,
    /// The rules of policy routing that are there while it is Master.
    pub virtual_rules: Vec<VirtualRule>,
}

impl Instance {
    /// The unit that stands for it: `vrrp@NAME.service`.
    #[must_use]
    pub fn unit(&self) -> String {
        format!("vrrp@{}.service", self.name)
    }

    /// Whether its Master drops packets to the addresses: their owner accepts them whatever is configured.
    #[must_use]
    pub fn drops(&self) -> bool {
        !self.accept && !self.priority.is_owner()
    }

    /// The families of its virtual routers, those of the addresses that are advertised, IPv4 first.
    pub fn families(&self) -> impl Iterator<Item = Family> + '_ {
        Family::ALL.into_iter().filter(|&family| self.addresses_of(family).next().is_some())
    }

    /// Its addresses of one family, in the order in which they are advertised.
    pub fn addresses_of(&self, family: Family) -> impl Iterator<Item = VirtualAddress> + '_ {
        self.addresses.iter().copied().filter(move |address| Family::of(address.ip) == family)
    }

    /// All of its virtual addresses, advertised or not.
    pub fn virtual_addresses(&self) -> impl Iterator<Item = VirtualAddress> + '_ {
        self.addresses.iter().chain(&self.unadvertised).copied()
    }

    /// The virtual addresses that its virtual router of one family moves: those that it advertises first, then the unadvertised
    /// ones of its family, and of one that has no virtual router.
    pub fn moved_by(&self, family: Family) -> impl Iterator<Item = VirtualAddress> + '_ {
        let with_it = move |other: Family| self.mover_of(other) == Some(family);
        let unadvertised = self.unadvertised.iter().copied().filter(move |address| with_it(Family::of(address.ip)));
        self.addresses_of(family).chain(unadvertised)
    }

    /// The routes that its virtual router of one family moves.
    pub fn routes_moved_by(&self, family: Family) -> impl Iterator<Item = &VirtualRoute> + '_ {
        self.virtual_routes.iter().filter(move |route| self.mover_of(route.family()) == Some(family))
    }

    /// The rules that its virtual router of one family moves, each with a family that it is for: one that says nothing of it is
    /// for each family of which the instance has addresses.
    pub fn rules_moved_by(&self, family: Family) -> impl Iterator<Item = (Family, &VirtualRule)> + '_ {
        let has = |family: Family| self.virtual_addresses().any(|address| Family::of(address.ip) == family);
        let all = self.virtual_rules.iter().flat_map(move |rule| Family::ALL.map(|family| (family, rule)));
        let its = move |(own, rule): &(Family, &VirtualRule)| rule.family().map_or(has(*own), |family| family == *own);
        all.filter(its).filter(move |(own, _)| self.mover_of(*own) == Some(family))
    }

    /// The family of the virtual router that what belongs to a family moves with: its own, where there is one.
    fn mover_of(&self, family: Family) -> Option<Family> {
        self.families().find(|&own| own == family).or_else(|| self.families().next())
    }

    /// The addresses of its unicast peers of one family.
    pub fn peers_of(&self, family: Family) -> impl Iterator<Item = IpAddr> + '_ {
        self.peers.iter().map(|peer| peer.address).filter(move |&peer| Family::of(peer) == family)
    }

    /// Its unicast peer with this address.
    #[must_use]
    pub fn peer(&self, address: IpAddr) -> Option<Peer> {
        self.peers.iter().copied().find(|peer| peer.address == address)
    }
}

/// Another router that is reached by unicast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address, which its advertisements come from.
    pub address: IpAddr,
    /// The lowest TTL or hop limit that its advertisements may arrive with; [`ANY_TTL`](Self::ANY_TTL) asks for none.
    pub min_ttl: u8,
}

impl Peer {
    /// What every packet that arrives has at least.
    pub const ANY_TTL: u8 = 0;
}

/// An instance's name: `[A-Za-z0-9][A-Za-z0-9_.-]{0,30}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceName(String);

impl InstanceName {
    /// Takes a name of the right form.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let first = name.chars().next()?.is_ascii_alphanumeric();
        let rest = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
        (first && rest && name.len() <= 31).then(|| Self(name.to_owned()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InstanceName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

/// The name of a network link: 1 to 15 bytes, no white space, no `/`, neither `.` nor `..`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkName(String);

impl LinkName {
    /// Takes a name that the kernel would.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let length = (1..=15).contains(&name.len());
        let forbidden = name.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '/' | ':'));
        (length && !forbidden && name != "." && name != "..").then(|| Self(name.to_owned()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LinkName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

/// A virtual address and the length of its subnet's prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VirtualAddress {
    /// The address.
    pub ip: IpAddr,
    /// The prefix length of the subnet that it belongs to: 1 to 32, or 1 to 128.
    pub prefix: u8,
}

impl fmt::Display for VirtualAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.ip, self.prefix)
    }
}

/// A unit that an instance protects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protection {
    /// The unit's name.
    pub unit: UnitName,
    /// What follows while the unit is not active.
    pub effect: Effect,
}

/// What a bad condition does to its instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It may not become or stay Master.
    Backup,
    /// It is in Fault.
    Fault,
    /// A negative weight is added to the priority while the condition is bad, a positive one while it is good.
    Weight(i16),
}

impl fmt::Display for Effect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backup => out.pad("backup"),
            Self::Fault => out.pad("fault"),
            Self::Weight(weight) => write!(out, "{weight:+}"),
        }
    }
}
