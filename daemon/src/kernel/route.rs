//! Routes to the subnets of claimed addresses, where the link has no address of its own in them.
//!
//! A claimed address has no subnet, so that it depends on no other address. Its clients are still to be reached on the
//! link. The route stays after the release as long as the address is held: replies to clients that have not heard the new
//! Master yet go the same way as before, and a lost route loses them.

use std::net::{IpAddr, Ipv4Addr};

use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_REPLACE};
use rtnetlink::packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteProtocol, RouteScope, RouteType,
};
use rtnetlink::packet_route::{AddressFamily, RouteNetlinkMessage};
use vrrp::config::{VirtualAddress, first_address, is_link_local};
use vrrp::id::Family;

use super::address::full_length;

/// The protocol number of our routes: 112, as that of addresses.
pub(super) const PROTOCOL: u8 = super::address::MARK;
/// Every route of others to the same subnet is better. The link's index is added, so that no two links compete.
const METRIC: u32 = 112_000_000;
/// No route of others to the same subnet is better. Of IPv4 routes without a metric the one that came last is taken.
const PREFERRED_V6: u32 = 1;

/// Which subnet is reached through which link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Route {
    /// The link's index.
    pub link: u32,
    /// The subnet's first address.
    pub subnet: IpAddr,
    /// Its prefix length.
    pub prefix: u8,
    /// Whether it comes before those of others: they may lead through a link of the same group.
    pub preferred: bool,
}

impl Route {
    /// The route that a virtual address needs if nothing else covers its subnet; none for a subnet of one address or of a link-local one.
    pub(super) fn to_subnet_of(address: VirtualAddress, link: u32) -> Option<Self> {
        let alone = address.prefix >= full_length(address.ip) || address.prefix == 0;
        (!alone && !is_link_local(address.ip)).then(|| Self {
            link,
            subnet: first_address(address.ip, address.prefix),
            prefix: address.prefix,
            preferred: false,
        })
    }

    /// The same route, before those of others.
    pub(super) const fn preferred(self) -> Self {
        Self { preferred: true, ..self }
    }

    /// Whether it is one to the subnet of a virtual address on a link.
    pub(super) fn is_to_subnet_of(self, address: VirtualAddress, link: u32) -> bool {
        Self::to_subnet_of(address, link) == Some(Self { preferred: false, ..self })
    }

    /// Adds it, or changes its source where it comes after those of others: one that comes before them would replace them.
    pub(super) fn add(self, source: Option<Ipv4Addr>) -> (RouteNetlinkMessage, u16) {
        let mut message = self.message();
        message.header.scope = match self.subnet {
            IpAddr::V4(_) => RouteScope::Link,
            IpAddr::V6(_) => RouteScope::Universe,
        };
        message.attributes.extend(source.map(|source| RouteAttribute::PrefSource(RouteAddress::Inet(source))));
        let replace = if self.preferred { 0 } else { NLM_F_REPLACE };
        (RouteNetlinkMessage::NewRoute(message), NLM_F_CREATE | replace)
    }

    /// Removes it.
    pub(super) fn remove(self) -> (RouteNetlinkMessage, u16) {
        let mut message = self.message();
        message.header.scope = RouteScope::NoWhere;
        (RouteNetlinkMessage::DelRoute(message), 0)
    }

    fn message(self) -> RouteMessage {
        let mut message = RouteMessage::default();
        message.header.address_family = family(Family::of(self.subnet));
        message.header.destination_prefix_length = self.prefix;
        message.header.table = RouteHeader::RT_TABLE_MAIN;
        message.header.protocol = RouteProtocol::from(PROTOCOL);
        message.header.kind = RouteType::Unicast;
        message.attributes = vec![RouteAttribute::Destination(address(self.subnet)), RouteAttribute::Oif(self.link)];
        let metric = match (self.preferred, self.subnet) {
            (false, _) => Some(METRIC.saturating_add(self.link)),
            (true, IpAddr::V6(_)) => Some(PREFERRED_V6),
            (true, IpAddr::V4(_)) => None,
        };
        message.attributes.extend(metric.map(RouteAttribute::Priority));
        message
    }
}

/// Reads a route of ours to the subnet of an address, and the source that it prefers.
pub(super) fn read(message: &RouteMessage) -> Option<(Route, Option<Ipv4Addr>)> {
    let header = &message.header;
    let elsewhere = header.table != RouteHeader::RT_TABLE_MAIN || header.kind != RouteType::Unicast;
    if u8::from(header.protocol) != PROTOCOL || elsewhere {
        return None;
    }
    let (mut link, mut subnet, mut source, mut metric) = (None, None, None, 0);
    for attribute in &message.attributes {
        if let RouteAttribute::Oif(index) = attribute {
            link = Some(*index);
        } else if let RouteAttribute::Destination(RouteAddress::Inet(ip)) = attribute {
            subnet = Some(IpAddr::V4(*ip));
        } else if let RouteAttribute::Destination(RouteAddress::Inet6(ip)) = attribute {
            subnet = Some(IpAddr::V6(*ip));
        } else if let RouteAttribute::PrefSource(RouteAddress::Inet(ip)) = attribute {
            source = Some(*ip);
        } else if let RouteAttribute::Priority(value) = attribute {
            metric = *value;
        } else if let RouteAttribute::Gateway(_) = attribute {
            return None;
        }
    }
    // The others of ours are those that follow a claim: none of them has such a metric without leading on to a router.
    let (link, preferred) = (link?, metric <= PREFERRED_V6);
    (preferred || metric == METRIC.saturating_add(link)).then_some(())?;
    let route = Route { link, subnet: subnet?, prefix: message.header.destination_prefix_length, preferred };
    Some((route, source))
}

/// Asks for the routes of both families, in all tables; the answer may have those of others too.
pub(super) fn dumps() -> [RouteNetlinkMessage; 2] {
    Family::ALL.map(|own| {
        let mut message = RouteMessage::default();
        message.header.address_family = family(own);
        message.header.table = RouteHeader::RT_TABLE_UNSPEC;
        message.header.protocol = RouteProtocol::from(PROTOCOL);
        RouteNetlinkMessage::GetRoute(message)
    })
}

/// The kernel's number for a family.
pub(super) const fn family(family: Family) -> AddressFamily {
    match family {
        Family::V4 => AddressFamily::Inet,
        Family::V6 => AddressFamily::Inet6,
    }
}

/// An address as a message about routes has it.
pub(super) const fn address(ip: IpAddr) -> RouteAddress {
    match ip {
        IpAddr::V4(ip) => RouteAddress::Inet(ip),
        IpAddr::V6(ip) => RouteAddress::Inet6(ip),
    }
}
