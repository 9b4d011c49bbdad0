//! Macvlans: the links that carry virtual MAC addresses.
//!
//! A macvlan is made when its virtual router claims, and removed whole when it releases. It is not emptied and kept: taking an
//! IPv6 address from a link that is up sends a multicast listener report from the virtual MAC address, and the switch
//! would send the new Master's frames here. A drain mutes it, and then empties it.
//!
//! Its mode is VEPA. A private macvlan takes multicast that comes from its own MAC address away from the link below it, and
//! that is what another Master's advertisements come from: neither would ever hear the other. A bridging one hands frames
//! to its neighbours on the link instead of sending them.

use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_EXCL};
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::link::{
    InfoData, InfoKind, InfoMacVlan, LinkAttribute, LinkFlags, LinkInfo, LinkMessage, MacVlanMode,
};
use vrrp::id::{Family, Vrid};

/// How macvlans of ours treat one another and the link below.
pub(super) const MODE: MacVlanMode = MacVlanMode::Vepa;

/// A macvlan of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Macvlan {
    /// The index of the link below it.
    pub parent: u32,
    /// The virtual router's family.
    pub family: Family,
    /// The virtual router's identifier.
    pub vrid: Vrid,
    /// The virtual MAC address.
    pub mac: [u8; 6],
}

impl Macvlan {
    /// Its name: `vrrp4-VRID-INDEX`, with the index of the link below it; in hexadecimal without dashes where that is longer than 15 bytes.
    pub(super) fn name(&self) -> String {
        let family = match self.family {
            Family::V4 => 4,
            Family::V6 => 6,
        };
        let (vrid, parent) = (self.vrid, self.parent);
        match format!("vrrp{family}-{vrid}-{parent}") {
            name if name.len() <= 15 => name,
            _ => format!("vrrp{family}{:02x}{parent:08x}", vrid.get()),
        }
    }

    /// Knows a macvlan of ours: all of mode, address and name must be what they would be.
    pub(super) fn recognise(name: &str, mac: [u8; 6], parent: u32) -> Option<Self> {
        let [0x00, 0x00, 0x5e, 0x00, family, vrid] = mac else {
            return None;
        };
        let family = match family {
            1 => Family::V4,
            2 => Family::V6,
            _ => return None,
        };
        let macvlan = Self { parent, family, vrid: Vrid::new(vrid)?, mac };
        (macvlan.name() == name).then_some(macvlan)
    }

    /// Makes it. Down: it must not come up before it is told to be quiet.
    pub(super) fn create(&self) -> (RouteNetlinkMessage, u16) {
        let mut message = LinkMessage::default();
        message.attributes = vec![
            LinkAttribute::IfName(self.name()),
            LinkAttribute::Link(self.parent),
            LinkAttribute::Address(self.mac.to_vec()),
            LinkAttribute::LinkInfo(vec![
                LinkInfo::Kind(InfoKind::MacVlan),
                LinkInfo::Data(InfoData::MacVlan(vec![InfoMacVlan::Mode(MODE)])),
            ]),
        ];
        (RouteNetlinkMessage::NewLink(message), NLM_F_CREATE | NLM_F_EXCL)
    }
}

/// Brings a link up.
pub(super) fn up(link: u32) -> (RouteNetlinkMessage, u16) {
    let mut message = LinkMessage::default();
    message.header.index = link;
    message.header.flags = LinkFlags::Up;
    message.header.change_mask = LinkFlags::Up;
    (RouteNetlinkMessage::SetLink(message), 0)
}

/// The group of links into which those are put that are removed together: "vrrp", so that nobody else uses it.
pub(super) const DOOMED: u32 = u32::from_be_bytes(*b"vrrp");

/// Puts a link among those that are removed together.
pub(super) fn doom(link: u32) -> (RouteNetlinkMessage, u16) {
    let mut message = LinkMessage::default();
    message.header.index = link;
    message.attributes = vec![LinkAttribute::Group(DOOMED)];
    (RouteNetlinkMessage::SetLink(message), 0)
}

/// Removes all of those. The kernel waits once for whoever still uses them, and not once for each.
pub(super) fn remove_doomed() -> (RouteNetlinkMessage, u16) {
    let mut message = LinkMessage::default();
    message.attributes = vec![LinkAttribute::Group(DOOMED)];
    (RouteNetlinkMessage::DelLink(message), 0)
}

/// Removes a link. The kernel closes it first, so it leaves its multicast groups without a word.
pub(super) fn remove(link: u32) -> (RouteNetlinkMessage, u16) {
    let mut message = LinkMessage::default();
    message.header.index = link;
    (RouteNetlinkMessage::DelLink(message), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_fits_every_index_and_is_recognised() {
        let vrid = Vrid::new(255).unwrap();
        for (parent, name) in [(2, "vrrp6-255-2"), (99_999, "vrrp6-255-99999"), (0x7fff_ffff, "vrrp6ff7fffffff")] {
            let macvlan = Macvlan { parent, family: Family::V6, vrid, mac: vrid.mac(Family::V6) };
            assert_eq!(macvlan.name(), name);
            assert!(name.len() <= 15);
            assert_eq!(Macvlan::recognise(name, macvlan.mac, parent), Some(macvlan));
        }
    }

    #[test]
    fn what_others_made_is_not_recognised() {
        let mac = Vrid::new(1).unwrap().mac(Family::V4);
        // The name has the VRID and the index the other way round.
        assert_eq!(Macvlan::recognise("vrrp4-2-1", mac, 2), None);
        assert_eq!(Macvlan::recognise("vrrp.1", mac, 2), None);
        assert_eq!(Macvlan::recognise("vrrp4-1-2", [2, 0, 0x5e, 0, 1, 1], 2), None);
    }
}
