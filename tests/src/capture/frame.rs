//! What a frame says, as far as the lab cares.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::SystemTime;

/// A captured Ethernet frame.
#[derive(Clone, Debug)]
pub struct Frame {
    /// When the kernel took it.
    pub at: SystemTime,
    /// The switch's port that it came in by (`HOST-NIC`), or `out` and `in` in a NIC's capture.
    pub port: String,
    /// Source MAC in lower case.
    pub source: String,
    /// Destination MAC in lower case.
    pub destination: String,
    /// What it carries.
    pub payload: Payload,
    /// All octets.
    pub octets: Vec<u8>,
}

/// The decoded part of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// A VRRP advertisement, well-formed or not.
    Vrrp(Advert),
    /// ARP for IPv4 over Ethernet.
    Arp(Arp),
    /// A neighbour solicitation or advertisement.
    Neighbor(Neighbor),
    /// Another IP packet: source, destination and protocol.
    Ip(IpAddr, IpAddr, u8),
    /// Anything else, by its EtherType.
    Other(u16),
}

/// A VRRP advertisement (RFC 3768 section 5.1, RFC 9568 section 5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advert {
    /// The IP source.
    pub source: IpAddr,
    /// The IP destination.
    pub destination: IpAddr,
    /// TTL or hop limit.
    pub ttl: u8,
    /// 2 or 3.
    pub version: u8,
    /// Virtual router identifier.
    pub vrid: u8,
    /// Priority; 0 resigns.
    pub priority: u8,
    /// Advertisement interval in centiseconds, whatever the version's unit is.
    pub interval: u16,
    /// The virtual addresses.
    pub addresses: Vec<IpAddr>,
}

/// An ARP packet (RFC 826).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arp {
    /// Request or reply.
    pub operation: ArpOperation,
    /// Whom it says `sender` belongs to.
    pub sender_mac: String,
    /// Sender protocol address.
    pub sender: Ipv4Addr,
    /// Target protocol address.
    pub target: Ipv4Addr,
}

/// What an ARP packet wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArpOperation {
    /// Who has the target?
    Request,
    /// The sender has it.
    Reply,
    /// An operation that the lab knows nothing of.
    Other(u16),
}

/// A neighbour discovery message (RFC 4861 sections 4.3 and 4.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbor {
    /// Solicitation or advertisement.
    pub kind: NeighborKind,
    /// The IP source.
    pub source: Ipv6Addr,
    /// The IP destination.
    pub destination: Ipv6Addr,
    /// The address in question.
    pub target: Ipv6Addr,
    /// The source or target link-layer address option.
    pub mac: Option<String>,
}

/// Which of the two messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeighborKind {
    /// Who has the target?
    Solicitation,
    /// The sender has it.
    Advertisement {
        /// The override flag: caches shall take it over.
        overriding: bool,
        /// The solicited flag: it answers a solicitation.
        solicited: bool,
    },
}

impl Frame {
    /// Tells whether a host sent it (a switch's capture).
    pub fn from(&self, host: &str) -> bool {
        self.port.strip_prefix(host).is_some_and(|rest| rest.starts_with('-'))
    }

    /// The advertisement in it.
    pub const fn advert(&self) -> Option<&Advert> {
        if let Payload::Vrrp(advert) = &self.payload { Some(advert) } else { None }
    }

    /// Tells whether it is an advertisement with priority 0.
    pub fn resigns(&self) -> bool {
        self.advert().is_some_and(|advert| advert.priority == 0)
    }

    /// Tells whether it is an advertisement of a Master with this VRID.
    pub fn advertises(&self, vrid: u8) -> bool {
        self.advert().is_some_and(|advert| advert.vrid == vrid && advert.priority > 0)
    }

    /// Tells whether it is ARP or ND that presents `address` as its sender's own.
    pub fn claims(&self, address: IpAddr) -> bool {
        match &self.payload {
            Payload::Arp(arp) => IpAddr::V4(arp.sender) == address,
            Payload::Neighbor(neighbor) => match neighbor.kind {
                NeighborKind::Advertisement { .. } => IpAddr::V6(neighbor.target) == address,
                // Without the option it is duplicate address detection or has a unicast destination.
                NeighborKind::Solicitation => IpAddr::V6(neighbor.source) == address && neighbor.mac.is_some(),
            },
            Payload::Vrrp(_) | Payload::Ip(..) | Payload::Other(_) => false,
        }
    }

    /// Tells whether it is an unasked announcement of `address`: gratuitous ARP, unsolicited NA.
    pub fn announces(&self, address: IpAddr) -> bool {
        match &self.payload {
            Payload::Arp(arp) => arp.sender == arp.target && IpAddr::V4(arp.sender) == address,
            Payload::Neighbor(neighbor) => {
                matches!(neighbor.kind, NeighborKind::Advertisement { solicited: false, .. })
                    && IpAddr::V6(neighbor.target) == address
            }
            Payload::Vrrp(_) | Payload::Ip(..) | Payload::Other(_) => false,
        }
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let seconds = at.as_secs() % 1000;
        let micros = at.subsec_micros();
        write!(formatter, "{seconds:03}.{micros:06} {} {} > ", self.port, self.source)?;
        write!(formatter, "{} {:?}", self.destination, self.payload)
    }
}
