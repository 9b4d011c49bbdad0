//! Virtual routes: those that follow a claim.
//!
//! The kernel has one route for a table, destination and metric that it finds: two programs that add one there would share or
//! replace it. So one of ours is added where there is none, never in place of another, and one that changes is removed and added anew.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_EXCL};
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::route::{
    RouteAddress, RouteAttribute, RouteFlags, RouteHeader, RouteMessage, RouteMetric, RouteProtocol, RouteScope,
    RouteType,
};
use vrrp::config::{RouteKind, VirtualRoute};
use vrrp::id::Family;

use super::observed::Observed;
use super::route::{PROTOCOL, address, family};

/// What the kernel tells routes apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// The routing table.
    pub table: u32,
    /// The first address of the destination.
    pub destination: IpAddr,
    /// The destination's prefix length.
    pub prefix: u8,
    /// The metric.
    pub metric: u32,
}

/// What becomes of packets to there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// Whether they are sent on.
    pub kind: RouteKind,
    /// The next router.
    pub via: Option<IpAddr>,
    /// The link's index.
    pub link: Option<u32>,
    /// The source that this host prefers.
    pub source: Option<IpAddr>,
    /// The largest packet.
    pub mtu: Option<u32>,
    /// Whether the next router is taken to be on the link.
    pub onlink: bool,
}

impl Key {
    /// The key of a route as it is configured.
    pub(super) const fn of(route: &VirtualRoute) -> Self {
        let (table, destination, prefix, metric) = route.key();
        Self { table, destination, prefix, metric }
    }

    fn message(self) -> RouteMessage {
        let mut message = RouteMessage::default();
        message.header.address_family = family(Family::of(self.destination));
        message.header.destination_prefix_length = self.prefix;
        // A table that has no room in the header stands in the attribute alone.
        message.header.table = u8::try_from(self.table).unwrap_or(RouteHeader::RT_TABLE_UNSPEC);
        message.header.protocol = RouteProtocol::from(PROTOCOL);
        message.attributes = vec![RouteAttribute::Table(self.table), RouteAttribute::Priority(self.metric)];
        if self.prefix > 0 {
            message.attributes.push(RouteAttribute::Destination(address(self.destination)));
        }
        message
    }
}

/// Writes it as `ip route` does: `default metric 10 table 100`.
impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix {
            0 => out.write_str("default")?,
            prefix => write!(out, "{}/{prefix}", self.destination)?,
        }
        if self.table != u32::from(RouteHeader::RT_TABLE_MAIN) {
            write!(out, " in table {}", self.table)?;
        }
        Ok(())
    }
}

/// Finds the link of a configured route, which is `own` where it names none.
///
/// # Errors
/// Why it cannot be had.
pub(super) fn resolve(route: &VirtualRoute, own: u32, observed: &Observed) -> Result<Way, String> {
    let link = match &route.interface {
        Some(name) => match observed.links().find(|(_, link)| link.name == name.as_str()) {
            Some((index, _)) => index,
            None => return Err(format!("cannot route {}: {name} does not exist", Key::of(route))),
        },
        None => own,
    };
    let link = (route.kind == RouteKind::Unicast).then_some(link);
    let VirtualRoute { kind, via, source, mtu, onlink, .. } = *route;
    Ok(Way { kind, via, link, source, mtu, onlink })
}

/// Adds a route where there is none.
pub(super) fn add(key: Key, way: Way) -> (RouteNetlinkMessage, u16) {
    let mut message = led(key, way);
    message.header.scope = match (key.destination, way.kind, way.via) {
        (IpAddr::V4(_), RouteKind::Unicast, None) => RouteScope::Link,
        (_, _, _) => RouteScope::Universe,
    };
    message.attributes.extend(way.source.map(|source| RouteAttribute::PrefSource(address(source))));
    message.attributes.extend(way.mtu.map(|mtu| RouteAttribute::Metrics(vec![RouteMetric::Mtu(mtu)])));
    if way.onlink {
        message.header.flags |= RouteFlags::Onlink;
    }
    (RouteNetlinkMessage::NewRoute(message), NLM_F_CREATE | NLM_F_EXCL)
}

/// Removes a route of ours.
pub(super) fn remove(key: Key, way: Way) -> (RouteNetlinkMessage, u16) {
    let mut message = led(key, way);
    message.header.scope = RouteScope::NoWhere;
    (RouteNetlinkMessage::DelRoute(message), 0)
}

fn led(key: Key, way: Way) -> RouteMessage {
    let mut message = key.message();
    message.header.kind = match way.kind {
        RouteKind::Unicast => RouteType::Unicast,
        RouteKind::Blackhole => RouteType::BlackHole,
        RouteKind::Unreachable => RouteType::Unreachable,
        RouteKind::Prohibit => RouteType::Prohibit,
    };
    message.attributes.extend(way.via.map(|via| RouteAttribute::Gateway(address(via))));
    message.attributes.extend(way.link.map(RouteAttribute::Oif));
    message
}

/// Asks for all routes of a table in a family, to find what is in the way of one.
pub(super) fn dump(key: Key) -> RouteNetlinkMessage {
    let mut message = RouteMessage::default();
    message.header.address_family = family(Family::of(key.destination));
    message.header.table = u8::try_from(key.table).unwrap_or(RouteHeader::RT_TABLE_UNSPEC);
    message.attributes = vec![RouteAttribute::Table(key.table)];
    RouteNetlinkMessage::GetRoute(message)
}

/// Reads a route of ours that is none to the subnet of an address.
pub(super) fn read(message: &RouteMessage) -> Option<(Key, Way)> {
    (u8::from(message.header.protocol) == PROTOCOL).then(|| parse(message)).flatten()
}

/// Reads a route of whoever made it; nothing where it is of a kind that ours are not.
pub(super) fn parse(message: &RouteMessage) -> Option<(Key, Way)> {
    let unspecified = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];
    let unspecified = unspecified.into_iter().find(|ip| family(Family::of(*ip)) == message.header.address_family)?;
    let kinds = [
        (RouteType::Unicast, RouteKind::Unicast),
        (RouteType::BlackHole, RouteKind::Blackhole),
        (RouteType::Unreachable, RouteKind::Unreachable),
        (RouteType::Prohibit, RouteKind::Prohibit),
    ];
    let (_, kind) = kinds.into_iter().find(|(kind, _)| *kind == message.header.kind)?;
    let table = message.header.table.into();
    let mut key = Key { table, destination: unspecified, prefix: message.header.destination_prefix_length, metric: 0 };
    let onlink = message.header.flags.contains(RouteFlags::Onlink);
    let mut way = Way { kind, via: None, link: None, source: None, mtu: None, onlink };
    for attribute in &message.attributes {
        if let RouteAttribute::Destination(destination) = attribute {
            key.destination = plain(destination)?;
        } else if let RouteAttribute::Table(table) = attribute {
            key.table = *table;
        } else if let RouteAttribute::Priority(metric) = attribute {
            key.metric = *metric;
        } else if let RouteAttribute::Gateway(via) = attribute {
            way.via = plain(via);
        } else if let RouteAttribute::Oif(link) = attribute {
            // A route that leads nowhere is on the loopback link (IPv6).
            way.link = (kind == RouteKind::Unicast).then_some(*link);
        } else if let RouteAttribute::PrefSource(source) = attribute {
            way.source = plain(source);
        } else if let RouteAttribute::Metrics(metrics) = attribute {
            let mtu = |metric: &RouteMetric| if let RouteMetric::Mtu(mtu) = metric { Some(*mtu) } else { None };
            way.mtu = metrics.iter().find_map(mtu);
        }
    }
    Some((key, way))
}

/// Says what is in the way of one of ours, and what to do.
pub(super) fn obstacle(message: &RouteMessage, observed: &Observed) -> String {
    let way = parse(message).map(|(_, way)| way);
    let via = way.and_then(|way| way.via).map(|via| format!(" via {via}")).unwrap_or_default();
    let through = way.and_then(|way| way.link).map(|link| format!(" through {}", observed.name(link)));
    let whose = match u8::from(message.header.protocol) {
        2 => " of the kernel's own".to_owned(),
        9 => " of a router advertisement".to_owned(),
        11 => " of FRR".to_owned(),
        12 => " of BIRD".to_owned(),
        16 => " of DHCP".to_owned(),
        18 => " of keepalived".to_owned(),
        0 | 1 | 3 | 4 => String::new(),
        number => format!(" of a program with protocol {number}"),
    };
    let through = through.unwrap_or_default();
    format!("a route{whose} with this metric is there{via}{through}: remove it, or give this one another metric")
}

fn plain(address: &RouteAddress) -> Option<IpAddr> {
    if let RouteAddress::Inet(ip) = address {
        Some(IpAddr::V4(*ip))
    } else if let RouteAddress::Inet6(ip) = address {
        Some(IpAddr::V6(*ip))
    } else {
        None
    }
}
