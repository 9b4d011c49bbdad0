//! What the daemon is told of a link.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rtnetlink::packet_route::address::{AddressFlags, AddressScope};
use vrrp::config::first_address;

use super::address::Place;
use super::observed::Observed;
use super::watch::SeenAddress;

/// The whole present state of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// Its index: what stays the same when it is renamed.
    pub(crate) index: u32,
    /// Its name.
    pub(crate) name: String,
    /// Its MAC address; none if it has none of six bytes.
    pub(crate) mac: Option<[u8; 6]>,
    /// Why it carries no frames, if it does not.
    pub(crate) trouble: Option<Trouble>,
    /// Whether it is the loopback link.
    pub(crate) loopback: bool,
    /// Whether it is a macvlan of ours.
    pub(crate) ours: bool,
    /// Whether it is a port of a bridge, a bond or the like, which gets all that it receives.
    pub(crate) port: bool,
    /// The source address of IPv4 advertisements: usable, not ours, a primary address before a secondary one, wider scope first.
    ///
    /// A virtual address that another program put on the link is only chosen where there is no other: it is then the
    /// address of its owner (priority 255).
    pub(crate) primary_v4: Option<Ipv4Addr>,
    /// The source address of IPv6 advertisements, chosen alike among the link-local ones.
    pub(crate) link_local: Option<Ipv6Addr>,
    /// The source address of what goes to IPv6 peers beyond the link, chosen alike among the others.
    pub(crate) global_v6: Option<Ipv6Addr>,
    /// Another number whenever sockets may have lost their membership in groups on it.
    pub(crate) epoch: u32,
    /// Its addresses that are not ours: a virtual address among them is owned by this host (or configured twice).
    pub(crate) owned: BTreeSet<IpAddr>,
    /// The subnets that are reached by those, each by its first address and the length of its prefix.
    pub(crate) subnets: BTreeSet<(IpAddr, u8)>,
}

/// Why a link carries no frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It was not told to be up.
    Down,
    /// It is up, and neither a cable nor a link below it is there.
    NoCarrier,
    /// It has a carrier and waits for another program to let it be used.
    Dormant,
    /// It has a carrier and is not ready for another reason.
    NotReady,
}

/// Writes it as what follows the name of the link.
impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Down => "is down",
            Self::NoCarrier => "has no carrier",
            Self::Dormant => "is dormant: another program, such as one for 802.1X, has not let it be used yet",
            Self::NotReady => "has a carrier, but is not ready",
        })
    }
}

impl Link {
    /// Whether an address is in a subnet that is reached by the link's own addresses.
    pub(crate) fn is_near(&self, ip: IpAddr) -> bool {
        self.subnets.iter().any(|&(first, prefix)| first_address(ip, prefix) == first)
    }

    /// Describes a link; `virtual_addresses` are those of any hold or claim.
    pub(super) fn describe(index: u32, observed: &Observed, virtual_addresses: &BTreeSet<IpAddr>) -> Option<Self> {
        let seen = observed.link(index)?;
        let others: Vec<_> = observed
            .addresses_of(index)
            .into_iter()
            .filter(|(place, address)| !observed.is_ours(*place, *address))
            .collect();
        let mut link = Self {
            index,
            name: seen.name.clone(),
            mac: seen.mac,
            trouble: seen.trouble(),
            loopback: seen.loopback(),
            ours: seen.ours.is_some(),
            port: seen.port,
            primary_v4: None,
            link_local: None,
            global_v6: None,
            epoch: observed.epoch(index),
            owned: others.iter().map(|(place, _)| place.ip).collect(),
            subnets: others.iter().map(|(place, address)| (address.subnet, place.prefix)).collect(),
        };
        let mut candidates: Vec<_> = others.into_iter().filter(|(_, address)| can_be_source(*address)).collect();
        candidates.sort_by_key(|candidate| disadvantage(candidate, virtual_addresses));
        link.primary_v4 = candidates.iter().find_map(|(place, _)| match place.ip {
            IpAddr::V4(ip) => Some(ip),
            IpAddr::V6(_) => None,
        });
        link.link_local = candidates.iter().find_map(|(place, _)| match place.ip {
            IpAddr::V6(ip) if ip.is_unicast_link_local() => Some(ip),
            IpAddr::V4(_) | IpAddr::V6(_) => None,
        });
        link.global_v6 = candidates.iter().find_map(|(place, _)| match place.ip {
            IpAddr::V6(ip) if !ip.is_unicast_link_local() => Some(ip),
            IpAddr::V4(_) | IpAddr::V6(_) => None,
        });
        Some(link)
    }
}

fn can_be_source(address: SeenAddress) -> bool {
    let lasting = !address.flags.contains(AddressFlags::Deprecated);
    let reachable = !matches!(address.scope, AddressScope::Host | AddressScope::Nowhere);
    address.usable() && lasting && reachable
}

/// The order of candidates of equal age: smaller is better.
fn disadvantage((place, address): &(Place, SeenAddress), virtual_addresses: &BTreeSet<IpAddr>) -> (bool, bool, u8) {
    (virtual_addresses.contains(&place.ip), address.flags.contains(AddressFlags::Secondary), u8::from(address.scope))
}
