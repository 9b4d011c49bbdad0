//! Decodes frames, apart from the library `vrrp`: the witness shall not share the mistakes of the accused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::frame::{Advert, Arp, ArpOperation, Neighbor, NeighborKind, Payload};

const IPV4: u16 = 0x0800;
const ARP: u16 = 0x0806;
const IPV6: u16 = 0x86dd;

const VRRP: u8 = 112;
/// The authentication header, of 24 octets as VRRP uses it.
const AH: u8 = 51;
const AH_LENGTH: usize = 24;
const ICMPV6: u8 = 58;

/// Decodes what follows the Ethernet header; what is cut short is [`Payload::Other`].
pub(super) fn payload(ether_type: u16, octets: &[u8]) -> Payload {
    let decoded = match ether_type {
        ARP => arp(octets),
        IPV4 => ipv4(octets),
        IPV6 => ipv6(octets),
        _ => None,
    };
    decoded.unwrap_or(Payload::Other(ether_type))
}

/// Writes a MAC as `ip` does.
pub(super) fn mac(octets: [u8; 6]) -> String {
    octets.map(|octet| format!("{octet:02x}")).join(":")
}

fn take<const N: usize>(octets: &[u8], at: usize) -> Option<[u8; N]> {
    octets.get(at..at + N)?.try_into().ok()
}

fn short(octets: &[u8], at: usize) -> Option<u16> {
    take(octets, at).map(u16::from_be_bytes)
}

fn v4(octets: &[u8], at: usize) -> Option<Ipv4Addr> {
    take::<4>(octets, at).map(Ipv4Addr::from)
}

fn v6(octets: &[u8], at: usize) -> Option<Ipv6Addr> {
    take::<16>(octets, at).map(Ipv6Addr::from)
}

fn arp(octets: &[u8]) -> Option<Payload> {
    let operation = match short(octets, 6)? {
        1 => ArpOperation::Request,
        2 => ArpOperation::Reply,
        other => ArpOperation::Other(other),
    };
    Some(Payload::Arp(Arp {
        operation,
        sender_mac: mac(take(octets, 8)?),
        sender: v4(octets, 14)?,
        target: v4(octets, 24)?,
    }))
}

fn ipv4(octets: &[u8]) -> Option<Payload> {
    let header = usize::from(octets.first()? & 0x0f) * 4;
    let total = usize::from(short(octets, 2)?);
    let (source, destination) = (v4(octets, 12)?.into(), v4(octets, 16)?.into());
    let (ttl, protocol) = (*octets.get(8)?, *octets.get(9)?);
    if protocol == VRRP {
        return vrrp(octets.get(header..total)?, source, destination, ttl).map(Payload::Vrrp);
    }
    if protocol == AH && *octets.get(header)? == VRRP {
        return vrrp(octets.get(header + AH_LENGTH..total)?, source, destination, ttl).map(Payload::Vrrp);
    }
    Some(Payload::Ip(source, destination, protocol))
}

fn ipv6(octets: &[u8]) -> Option<Payload> {
    let end = 40 + usize::from(short(octets, 4)?);
    let (source, destination) = (v6(octets, 8)?, v6(octets, 24)?);
    let (protocol, ttl) = (*octets.get(6)?, *octets.get(7)?);
    let content = octets.get(40..end)?;
    let plain = Payload::Ip(source.into(), destination.into(), protocol);
    match protocol {
        VRRP => vrrp(content, source.into(), destination.into(), ttl).map(Payload::Vrrp),
        ICMPV6 => Some(neighbor(content, source, destination).map_or(plain, Payload::Neighbor)),
        _ => Some(plain),
    }
}

fn vrrp(octets: &[u8], source: IpAddr, destination: IpAddr, ttl: u8) -> Option<Advert> {
    let version = octets.first()? >> 4;
    let count = usize::from(*octets.get(3)?);
    let interval = match version {
        2 => u16::from(*octets.get(5)?) * 100,
        _ => short(octets, 4)? & 0x0fff,
    };
    let address = |index: usize| {
        Some(match source {
            IpAddr::V4(_) => v4(octets, 8 + index * 4)?.into(),
            IpAddr::V6(_) => v6(octets, 8 + index * 16)?.into(),
        })
    };
    Some(Advert {
        source,
        destination,
        ttl,
        version,
        vrid: *octets.get(1)?,
        priority: *octets.get(2)?,
        interval,
        addresses: (0..count).map(address).collect::<Option<_>>()?,
    })
}

fn neighbor(octets: &[u8], source: Ipv6Addr, destination: Ipv6Addr) -> Option<Neighbor> {
    let flags = *octets.get(4)?;
    let kind = match octets.first()? {
        135 => NeighborKind::Solicitation,
        136 => NeighborKind::Advertisement { overriding: flags & 0x20 != 0, solicited: flags & 0x40 != 0 },
        _ => return None,
    };
    Some(Neighbor { kind, source, destination, target: v6(octets, 8)?, mac: link_layer(octets) })
}

/// Finds the source (1) or target (2) link-layer address option.
fn link_layer(octets: &[u8]) -> Option<String> {
    let mut at = 24;
    loop {
        let length = usize::from(*octets.get(at + 1)?) * 8;
        if matches!(octets.get(at)?, 1 | 2) {
            return take(octets, at + 2).map(mac);
        }
        if length == 0 {
            return None;
        }
        at += length;
    }
}
