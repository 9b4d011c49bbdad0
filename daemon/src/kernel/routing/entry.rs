//! A route of the main table, as the kernel describes it.

use std::collections::BTreeSet;
use std::net::IpAddr;

use rtnetlink::packet_core::NlasIterator;
use vrrp::config::Route;

use super::super::route::PROTOCOL;
use super::filter::{MAIN, address, unspecified};

/// The fixed part, `struct rtmsg`.
const HEADER: usize = 12;
/// The fixed part of a next hop, `struct rtnexthop`.
const HOP_HEADER: usize = 8;
/// `RTM_F_CLONED`: what the kernel keeps of a path and not a route of the table.
const CLONED: u32 = 0x200;
/// `RTNH_F_DEAD` and `RTNH_F_LINKDOWN`.
const DEAD: u32 = 1 | 16;
/// The attributes of a route that are read: others may be newer than this program.
const RTA_DST: u16 = 1;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const RTA_PRIORITY: u16 = 6;
const RTA_PREFSRC: u16 = 7;
const RTA_MULTIPATH: u16 = 9;
const RTA_VIA: u16 = 18;
const RTA_NH_ID: u16 = 30;

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its destination.
    pub destination: IpAddr,
    /// The length of the destination's prefix.
    pub prefix: u8,
    /// What the kernel does with packets, `RTN_*`.
    pub action: u8,
    /// The smallest is used.
    pub metric: u32,
    /// The source address that it depends on.
    pub source: Option<IpAddr>,
    /// The nexthop object that tells where it leads.
    pub object: Option<u32>,
    /// Where it leads. A kernel that tells of objects alone tells none.
    pub hops: Vec<Hop>,
}

/// Where a route leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hop {
    /// The next router.
    pub via: Option<IpAddr>,
    /// The index of the link.
    pub link: Option<u32>,
    /// Whether the kernel takes it for dead.
    pub dead: bool,
}

impl Entry {
    /// Reads a route to one of the wanted destinations; nothing if it leads to another, serves part of the traffic alone,
    /// or is ours: those are there for as long as this host is Master, and say nothing of the network.
    pub(super) fn read(payload: &[u8], wanted: &BTreeSet<Route>) -> Option<Self> {
        let header = payload.first_chunk::<HEADER>()?;
        let [family, prefix, source_prefix, service, table, protocol, _scope, action, flags @ ..] = *header;
        let flags = u32::from_ne_bytes(flags);
        if table != MAIN || source_prefix != 0 || service != 0 || protocol == PROTOCOL || flags & CLONED != 0 {
            return None;
        }
        if !wanted.iter().any(|route| route.prefix == prefix) {
            return None;
        }
        let attributes = || NlasIterator::new(&payload[HEADER..]).flatten();
        let destination = match attributes().find(|nla| nla.kind() == RTA_DST) {
            Some(nla) => address(family, nla.value())?,
            None => unspecified(family)?,
        };
        if !wanted.iter().any(|route| (route.destination, route.prefix) == (destination, prefix)) {
            return None;
        }
        let mut entry = Self { destination, prefix, action, metric: 0, source: None, object: None, hops: Vec::new() };
        let mut hop = Hop { dead: flags & DEAD != 0, ..Hop::default() };
        for nla in attributes() {
            match nla.kind() {
                RTA_PRIORITY => entry.metric = number(nla.value())?,
                RTA_PREFSRC => entry.source = address(family, nla.value()),
                RTA_NH_ID => entry.object = number(nla.value()),
                RTA_MULTIPATH => entry.hops = hops(family, nla.value()),
                kind => hop.take(family, kind, nla.value()),
            }
        }
        if hop.via.is_some() || hop.link.is_some() {
            entry.hops.push(hop);
        }
        Some(entry)
    }
}

impl Hop {
    fn take(&mut self, family: u8, kind: u16, value: &[u8]) {
        match kind {
            RTA_OIF => self.link = number(value),
            RTA_GATEWAY => self.via = address(family, value),
            // A router of another family (RFC 8950).
            RTA_VIA => {
                if let Some((&family, bytes)) = value.split_first_chunk::<2>() {
                    self.via = u8::try_from(u16::from_ne_bytes(family)).ok().and_then(|family| address(family, bytes));
                }
            }
            _ => {}
        }
    }
}

fn hops(family: u8, mut rest: &[u8]) -> Vec<Hop> {
    let mut hops = Vec::new();
    while let Some(&[low, high, flags, _weight, ref link @ ..]) = rest.first_chunk::<HOP_HEADER>() {
        let length = usize::from(u16::from_ne_bytes([low, high]));
        let Some(attributes) = rest.get(HOP_HEADER..length) else { break };
        let mut hop = Hop { via: None, link: Some(u32::from_ne_bytes(*link)), dead: u32::from(flags) & DEAD != 0 };
        for nla in NlasIterator::new(attributes).flatten() {
            hop.take(family, nla.kind(), nla.value());
        }
        hops.push(hop);
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    hops
}

/// Reads a number in the host's byte order.
pub(super) fn number(bytes: &[u8]) -> Option<u32> {
    bytes.try_into().ok().map(u32::from_ne_bytes)
}
