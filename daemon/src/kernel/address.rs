//! Addresses: what an address of ours looks like in the kernel.

use std::net::IpAddr;

use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::address::{
    AddressAttribute, AddressFlags, AddressMessage, AddressProtocol, AddressScope, CacheInfo,
};
use vrrp::id::Family;

use super::route::family;

/// `IFA_PROTO` of every address that is ours: 112, the IP protocol number of VRRP. (keepalived uses 18.)
///
/// Linux has it since 5.18. Without it only addresses that this process added are known as ours; leases clear the claims of
/// an earlier one.
pub(super) const MARK: u8 = 112;
const FOREVER: u32 = u32::MAX;

/// Where an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The link's index.
    pub link: u32,
    /// The address.
    pub ip: IpAddr,
    /// Its prefix length; two addresses of one link may differ in that alone (IPv4).
    pub prefix: u8,
}

impl Place {
    /// The place of one of our addresses: never with the subnet's prefix, which would tie it to other addresses and their route.
    pub(super) const fn ours(link: u32, ip: IpAddr) -> Self {
        Self { link, ip, prefix: full_length(ip) }
    }
}

/// 32 or 128.
pub(super) const fn full_length(ip: IpAddr) -> u8 {
    match ip {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// How an address of ours is to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// Held: for ever, for local use alone.
    Held,
    /// Claimed: for this many seconds.
    Leased(u32),
}

/// Adds an address that is not there.
pub(super) fn add(place: Place, life: Life) -> (RouteNetlinkMessage, u16) {
    (RouteNetlinkMessage::NewAddress(message(place, life)), NLM_F_CREATE | NLM_F_EXCL)
}

/// Renews an address, or adds it again if it ran out in this moment.
pub(super) fn renew(place: Place, life: Life) -> (RouteNetlinkMessage, u16) {
    (RouteNetlinkMessage::NewAddress(message(place, life)), NLM_F_CREATE | NLM_F_REPLACE)
}

/// Removes an address.
pub(super) fn remove(place: Place) -> (RouteNetlinkMessage, u16) {
    (RouteNetlinkMessage::DelAddress(bare(place)), 0)
}

/// Asks for every address.
pub(super) fn dump() -> RouteNetlinkMessage {
    RouteNetlinkMessage::GetAddress(AddressMessage::default())
}

fn bare(place: Place) -> AddressMessage {
    let mut message = AddressMessage::default();
    message.header.family = family(Family::of(place.ip));
    message.header.index = place.link;
    message.header.prefix_len = place.prefix;
    message.attributes = vec![AddressAttribute::Local(place.ip), AddressAttribute::Address(place.ip)];
    message
}

fn message(place: Place, life: Life) -> AddressMessage {
    let mut message = bare(place);
    message.attributes.push(AddressAttribute::Protocol(AddressProtocol::Other(MARK)));
    let valid = match life {
        Life::Held => FOREVER,
        Life::Leased(seconds) => seconds,
    };
    let mut lifetime = CacheInfo::default();
    lifetime.ifa_valid = valid;
    match place.ip {
        IpAddr::V4(_) => lifetime.ifa_preferred = valid,
        IpAddr::V6(_) => {
            // Never preferred: the host does not pick it as a source by itself.
            message.attributes.push(AddressAttribute::Flags(AddressFlags::Nodad | AddressFlags::Noprefixroute));
        }
    }
    message.attributes.push(AddressAttribute::CacheInfo(lifetime));
    if life == Life::Held {
        // arp_ignore 3 hides addresses of this scope.
        message.header.scope = AddressScope::Host;
    }
    message
}

/// Why an address cannot be held at all, if so.
pub(super) fn refusal(ip: IpAddr) -> Option<String> {
    match ip {
        IpAddr::V6(v6) if v6.is_unicast_link_local() => {
            Some(format!("cannot hold {ip}: a link-local address belongs to its link; use hold = \"freebind\""))
        }
        IpAddr::V4(_) | IpAddr::V6(_) => None,
    }
}
