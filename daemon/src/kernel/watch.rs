//! The reflector's ear: what a netlink message tells of links, addresses and routes.

use std::net::{IpAddr, Ipv4Addr};

use rtnetlink::packet_core::{NlasIterator, Parseable, ParseableParametrized};
use rtnetlink::packet_route::address::{AddressAttribute, AddressFlags, AddressMessage, AddressScope};
use rtnetlink::packet_route::link::{
    AfSpecUnspec, InfoData, InfoKind, InfoMacVlan, InfoPortKind, LinkAttribute, LinkFlags, LinkHeader, LinkInfo,
    LinkMessage, State,
};
use rtnetlink::packet_route::route::RouteMessage;
use rtnetlink::packet_route::rule::RuleMessage;
use rtnetlink::packet_route::{AddressFamily, RouteNetlinkMessage};
use vrrp::config::first_address;

use super::address::Place;
use super::link::Trouble;
use super::macvlan::{self, Macvlan};
use super::route::{self, Route};
use super::rule::{self, Rule};
use super::socket::Message;
use super::sysctl::Settings;
use super::{virtual_route, voice};

const RTM_NEWLINK: u16 = 16;
const RTM_DELLINK: u16 = 17;
const RTM_NEWADDR: u16 = 20;
const RTM_DELADDR: u16 = 21;
const RTM_NEWROUTE: u16 = 24;
const RTM_DELROUTE: u16 = 25;
const RTM_NEWRULE: u16 = 32;
const RTM_DELRULE: u16 = 33;
const RTM_NEWNETCONF: u16 = 80;
const RTM_DELNETCONF: u16 = 81;
const NETCONFA_IFINDEX: u16 = 1;
/// The fixed part of `struct ifinfomsg`.
const LINK_HEADER: usize = 16;
/// The attributes of a link that are read: all others are left unparsed, as they may be newer than this program.
const IFLA_ADDRESS: u16 = 1;
const IFLA_IFNAME: u16 = 3;
const IFLA_LINK: u16 = 5;
const IFLA_QDISC: u16 = 6;
const IFLA_OPERSTATE: u16 = 16;
const IFLA_LINKINFO: u16 = 18;
const IFLA_AF_SPEC: u16 = 26;
const IFLA_GROUP: u16 = 27;
const READ: [u16; 8] =
    [IFLA_ADDRESS, IFLA_IFNAME, IFLA_LINK, IFLA_QDISC, IFLA_OPERSTATE, IFLA_LINKINFO, IFLA_AF_SPEC, IFLA_GROUP];

/// A change in the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// A link is there, or is different.
    Link(u32, SeenLink),
    /// A link is gone.
    LinkGone(u32),
    /// An address is there, or is different.
    Address(Place, SeenAddress),
    /// An address is gone.
    AddressGone(Place),
    /// A route of ours is there, with this preferred source.
    Route(Route, Option<Ipv4Addr>),
    /// A route of ours is gone.
    RouteGone(Route, Option<Ipv4Addr>),
    /// A route that follows a claim is there.
    VirtualRoute(virtual_route::Key, virtual_route::Way),
    /// A route that follows a claim is gone.
    VirtualRouteGone(virtual_route::Key, virtual_route::Way),
    /// A rule of ours is there.
    Rule(Rule),
    /// A rule of ours is gone.
    RuleGone(Rule),
    /// Somebody changed settings of this link: perhaps also some of which the kernel does not tell.
    Settings(u32),
    /// A family of addresses is gone from this link, as when its MTU is too small for IPv6, and with it every membership of
    /// a group.
    FamilyGone(u32),
}

/// A link as the kernel describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SeenLink {
    /// Its name.
    pub name: String,
    /// Its MAC address, where it has one of six bytes.
    pub mac: Option<[u8; 6]>,
    /// `IFF_*`.
    pub flags: LinkFlags,
    /// What it is ready for (RFC 2863).
    pub operstate: State,
    /// The group of links that it is in, 0 unless somebody put it elsewhere.
    pub group: u32,
    /// Its IPv4 settings; none while it has no IPv4.
    pub settings: Option<Settings>,
    /// Whether it makes itself IPv6 addresses; none while it has no IPv6.
    pub generates: Option<bool>,
    /// Whether nothing that is sent leaves it.
    pub mute: bool,
    /// What it is, if it is a macvlan of ours.
    pub ours: Option<Macvlan>,
    /// Whether it is a port of a bridge, a bond or the like, which gets all that it receives.
    pub port: bool,
}

impl SeenLink {
    /// Whether it is the loopback link.
    pub(super) const fn loopback(&self) -> bool {
        self.flags.contains(LinkFlags::Loopback)
    }

    /// Whether it was told to be up.
    pub(super) const fn admin_up(&self) -> bool {
        self.flags.contains(LinkFlags::Up)
    }

    /// Whether the link below it, or the cable, is there.
    pub(super) const fn has_carrier(&self) -> bool {
        self.flags.contains(LinkFlags::LowerUp)
    }

    /// Why it carries no frames, if it does not. A bond, a bridge or a team counts as itself.
    pub(super) const fn trouble(&self) -> Option<Trouble> {
        if !self.admin_up() {
            Some(Trouble::Down)
        } else if !self.has_carrier() {
            Some(Trouble::NoCarrier)
        } else if self.flags.contains(LinkFlags::Running) {
            None
        } else if matches!(self.operstate, State::Dormant) {
            Some(Trouble::Dormant)
        } else {
            Some(Trouble::NotReady)
        }
    }
}

/// An address as the kernel describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SeenAddress {
    /// `IFA_F_*`.
    pub flags: AddressFlags,
    /// Its scope.
    pub scope: AddressScope,
    /// `IFA_PROTO`, 0 where there is none.
    pub protocol: u8,
    /// The first address of the subnet that is reached by it, which is that of the peer on a point-to-point link.
    pub subnet: IpAddr,
}

impl SeenAddress {
    /// Whether it can be used: duplicate address detection is over and found nothing.
    pub(super) const fn usable(self) -> bool {
        !self.flags.intersects(AddressFlags::Tentative.union(AddressFlags::Dadfailed))
    }
}

/// Asks for every link.
pub(super) fn dump_links() -> RouteNetlinkMessage {
    RouteNetlinkMessage::GetLink(LinkMessage::default())
}

/// Asks for one link.
pub(super) fn look_up_link(index: u32) -> RouteNetlinkMessage {
    let mut message = LinkMessage::default();
    message.header.index = index;
    RouteNetlinkMessage::GetLink(message)
}

/// Reads a message; nothing if it is of no interest or cannot be read.
pub(super) fn read(message: &Message<'_>) -> Option<Change> {
    match message.kind {
        RTM_NEWLINK => link(message.payload),
        RTM_DELLINK => {
            let header = link_header(message.payload)?;
            Some(Change::LinkGone(header.index))
        }
        RTM_NEWADDR => {
            let (place, address) = address(&AddressMessage::parse(message.payload).ok()?)?;
            Some(Change::Address(place, address))
        }
        RTM_DELADDR => {
            let (place, _) = address(&AddressMessage::parse(message.payload).ok()?)?;
            Some(Change::AddressGone(place))
        }
        RTM_NEWROUTE => match own_route(message.payload)? {
            Own::ToSubnet(route, source) => Some(Change::Route(route, source)),
            Own::Virtual(key, way) => Some(Change::VirtualRoute(key, way)),
        },
        RTM_DELROUTE => match own_route(message.payload)? {
            Own::ToSubnet(route, source) => Some(Change::RouteGone(route, source)),
            Own::Virtual(key, way) => Some(Change::VirtualRouteGone(key, way)),
        },
        RTM_NEWRULE => own_rule(message.payload).map(Change::Rule),
        RTM_DELRULE => own_rule(message.payload).map(Change::RuleGone),
        RTM_NEWNETCONF => configured_link(message.payload).map(Change::Settings),
        RTM_DELNETCONF => configured_link(message.payload).map(Change::FamilyGone),
        _ => None,
    }
}

/// The link whose settings a message is about; `all` and `default`, which have negative numbers, are none.
fn configured_link(payload: &[u8]) -> Option<u32> {
    // struct netconfmsg is one byte, padded to four.
    let attributes = NlasIterator::new(payload.get(4..)?);
    let index = attributes.flatten().find(|nla| nla.kind() == NETCONFA_IFINDEX)?;
    u32::try_from(i32::from_ne_bytes(index.value().try_into().ok()?)).ok()
}

/// A bridge tells of its ports in messages of the same type but another family: a port that leaves is no link that goes.
fn link_header(payload: &[u8]) -> Option<LinkHeader> {
    LinkHeader::parse(payload).ok().filter(|header| header.interface_family == AddressFamily::Unspec)
}

fn link(payload: &[u8]) -> Option<Change> {
    let header = link_header(payload)?;
    let (mut name, mut mac, mut parent, mut settings, mut generates) = (None, None, None, None, None);
    let (mut like_ours, mut port, mut mute) = (false, false, false);
    let mut operstate = State::Unknown;
    let mut group = 0;
    for nla in NlasIterator::new(payload.get(LINK_HEADER..)?).flatten() {
        if !READ.contains(&nla.kind()) {
            continue;
        }
        let Ok(attribute) = LinkAttribute::parse_with_param(&nla, AddressFamily::Unspec) else {
            continue;
        };
        if let LinkAttribute::IfName(text) = attribute {
            name = Some(text);
        } else if let LinkAttribute::Address(bytes) = attribute {
            mac = bytes.try_into().ok();
        } else if let LinkAttribute::Link(index) = attribute {
            parent = Some(index);
        } else if let LinkAttribute::OperState(state) = attribute {
            operstate = state;
        } else if let LinkAttribute::Qdisc(discipline) = attribute {
            mute = voice::is_mute(&discipline);
        } else if let LinkAttribute::LinkInfo(infos) = attribute {
            like_ours = is_macvlan_like_ours(&infos);
            port = is_port(&infos);
        } else if let LinkAttribute::Group(number) = attribute {
            group = number;
        } else if let LinkAttribute::AfSpecUnspec(families) = attribute {
            settings = Settings::read(&families);
            generates = generates_addresses(&families);
        }
    }
    let name = name?;
    let ours = match (like_ours, mac, parent) {
        (true, Some(mac), Some(parent)) => Macvlan::recognise(&name, mac, parent),
        (_, _, _) => None,
    };
    let flags = header.flags;
    Some(Change::Link(
        header.index,
        SeenLink { name, mac, flags, operstate, group, settings, generates, mute, ours, port },
    ))
}

/// What belongs to a VRF still receives for itself.
fn is_port(infos: &[LinkInfo]) -> bool {
    infos.iter().any(|info| matches!(info, LinkInfo::PortKind(kind) if *kind != InfoPortKind::Vrf))
}

fn is_macvlan_like_ours(infos: &[LinkInfo]) -> bool {
    infos.contains(&LinkInfo::Kind(InfoKind::MacVlan))
        && infos.iter().any(|info| {
            matches!(info, LinkInfo::Data(InfoData::MacVlan(data)) if data.contains(&InfoMacVlan::Mode(macvlan::MODE)))
        })
}

fn generates_addresses(families: &[AfSpecUnspec]) -> Option<bool> {
    use rtnetlink::packet_route::link::{AfSpecInet6, In6AddrGenMode};
    families.iter().find_map(|family| {
        let AfSpecUnspec::Inet6(inet6) = family else {
            return None;
        };
        inet6.iter().find_map(|spec| {
            let AfSpecInet6::AddrGenMode(mode) = spec else {
                return None;
            };
            Some(*mode != In6AddrGenMode::None)
        })
    })
}

/// `IFA_LOCAL` is the address; without it (IPv6) `IFA_ADDRESS` is, which else is a point-to-point peer.
fn address(message: &AddressMessage) -> Option<(Place, SeenAddress)> {
    let (mut local, mut plain, mut protocol) = (None, None, 0);
    let mut flags = AddressFlags::from_bits_retain(message.header.flags.bits().into());
    for attribute in &message.attributes {
        if let AddressAttribute::Local(ip) = attribute {
            local = Some(*ip);
        } else if let AddressAttribute::Address(ip) = attribute {
            plain = Some(*ip);
        } else if let AddressAttribute::Flags(all) = attribute {
            flags = *all;
        } else if let AddressAttribute::Protocol(number) = attribute {
            protocol = u8::from(*number);
        }
    }
    let prefix = message.header.prefix_len;
    let place = Place { link: message.header.index, ip: local.or(plain)?, prefix };
    let subnet = first_address(plain.unwrap_or(place.ip), prefix);
    Some((place, SeenAddress { flags, scope: message.header.scope, protocol, subnet }))
}

/// A route of ours.
enum Own {
    ToSubnet(Route, Option<Ipv4Addr>),
    Virtual(virtual_route::Key, virtual_route::Way),
}

fn own_route(payload: &[u8]) -> Option<Own> {
    let message = RouteMessage::parse(payload).ok()?;
    let follows_claim = || virtual_route::read(&message).map(|(key, way)| Own::Virtual(key, way));
    route::read(&message).map(|(route, source)| Own::ToSubnet(route, source)).or_else(follows_claim)
}

fn own_rule(payload: &[u8]) -> Option<Rule> {
    rule::read(&RuleMessage::parse(payload).ok()?)
}
