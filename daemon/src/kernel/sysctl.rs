//! The settings of IPv4 links that decide which ARP requests are answered, and with which address they are sent.
//!
//! They are read and written over netlink, which works where /proc/sys is read-only.

use rtnetlink::packet_core::{DefaultNla, NLA_F_NESTED};
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::link::{
    AfSpecInet, AfSpecInet6, AfSpecUnspec, In6AddrGenMode, LinkAttribute, LinkMessage,
};

const IFLA_INET_CONF: u16 = 1;
const RP_FILTER: u16 = 8;
const ARP_ANNOUNCE: u16 = 18;
const ARP_IGNORE: u16 = 19;

/// The settings of a link that are of interest; each as in `/proc/sys/net/ipv4/conf/LINK`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// Which requests are answered.
    pub arp_ignore: u32,
    /// Which source address requests carry.
    pub arp_announce: u32,
    /// Whether packets are dropped whose source would be reached through another link.
    pub rp_filter: u32,
}

/// What needs the settings of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Need {
    /// IPv4 addresses are held on the loopback link.
    pub hold: bool,
    /// A macvlan of ours is, or is to be, on this link.
    pub virtual_mac: bool,
    /// Others may carry what it carries.
    pub member: bool,
}

/// The loose reverse path filter. It wins over a strict one in `conf/all`: the greater number counts.
const LOOSE: u32 = 2;

/// What a macvlan of ours has.
pub(super) const MACVLAN: Settings = Settings { arp_ignore: 1, arp_announce: 2, rp_filter: LOOSE };

impl Settings {
    /// The settings that a link needs which had these.
    ///
    /// 3 hides held addresses (scope host) and leaves all others as they are. 1, 2 and 8 hide them too.
    /// Below a virtual MAC address only 1 keeps the link from answering with its own; 2 is 1 with a further condition. Nor is a
    /// member of a group to answer for an address that another one carries, or to refuse what comes from there.
    pub(super) const fn needed(self, need: Need) -> Self {
        let alone = need.virtual_mac || need.member;
        let arp_ignore = match (alone, need.hold) {
            (true, _) if !self.hides_all() => 1,
            (false, true) if self.arp_ignore == 0 => 3,
            _ => self.arp_ignore,
        };
        let arp_announce = if alone || need.hold { 2 } else { self.arp_announce };
        let rp_filter = if need.member { LOOSE } else { self.rp_filter };
        Self { arp_ignore, arp_announce, rp_filter }
    }

    /// Whether even addresses of wider scope on the loopback link are hidden.
    pub(super) const fn hides_all(self) -> bool {
        matches!(self.arp_ignore, 1 | 2 | 8)
    }

    /// Reads them from `IFLA_AF_SPEC`; nothing for a link that has no IPv4.
    pub(super) fn read(families: &[AfSpecUnspec]) -> Option<Self> {
        families.iter().find_map(|family| {
            let AfSpecUnspec::Inet(inet) = family else { return None };
            inet.iter().find_map(|spec| {
                let AfSpecInet::DevConf(conf) = spec else { return None };
                Some(Self {
                    arp_ignore: conf.arp_ignore.cast_unsigned(),
                    arp_announce: conf.arp_announce.cast_unsigned(),
                    rp_filter: conf.rp_filter.cast_unsigned(),
                })
            })
        })
    }

    const fn arp(self) -> [(u16, u32); 2] {
        [(ARP_ANNOUNCE, self.arp_announce), (ARP_IGNORE, self.arp_ignore)]
    }
}

/// Writes the ARP settings of a link, and its reverse path filter where that is to be another one.
pub(super) fn set(link: u32, settings: Settings, filter: bool) -> (RouteNetlinkMessage, u16) {
    let [announce, ignore] = settings.arp();
    let values = [announce, ignore, (RP_FILTER, settings.rp_filter)];
    with_families(link, vec![inet(if filter { &values } else { &values[..2] })])
}

/// Writes the settings of a macvlan of ours. Without `IN6_ADDR_GEN_MODE_NONE` it would make itself a link-local
/// address when it comes up, and solicit routers and defend that address from the virtual MAC address.
pub(super) fn set_macvlan(link: u32, has_ipv6: bool) -> (RouteNetlinkMessage, u16) {
    let [announce, ignore] = MACVLAN.arp();
    let mut families = vec![inet(&[announce, ignore, (RP_FILTER, MACVLAN.rp_filter)])];
    if has_ipv6 {
        families.push(AfSpecUnspec::Inet6(vec![AfSpecInet6::AddrGenMode(In6AddrGenMode::None)]));
    }
    with_families(link, families)
}

/// What is written is a list of numbered values; what is read is an array of all of them.
fn inet(values: &[(u16, u32)]) -> AfSpecUnspec {
    let mut nested = Vec::with_capacity(values.len() * 8);
    for (kind, value) in values {
        nested.extend(8u16.to_ne_bytes());
        nested.extend(kind.to_ne_bytes());
        nested.extend(value.to_ne_bytes());
    }
    AfSpecUnspec::Inet(vec![AfSpecInet::Other(DefaultNla::new(IFLA_INET_CONF | NLA_F_NESTED, nested))])
}

fn with_families(link: u32, families: Vec<AfSpecUnspec>) -> (RouteNetlinkMessage, u16) {
    let mut message = LinkMessage::default();
    message.header.index = link;
    message.attributes = vec![LinkAttribute::AfSpecUnspec(families)];
    (RouteNetlinkMessage::SetLink(message), 0)
}
