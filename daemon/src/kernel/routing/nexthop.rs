//! Nexthop objects: where routes lead that name an object alone, as they do under `net.ipv4.nexthop_compat_mode = 0`.

use std::collections::BTreeMap;

use rtnetlink::packet_core::NlasIterator;

use super::entry::{Hop, number};
use super::filter::address;

/// `RTM_NEWNEXTHOP`.
pub(super) const NEW: u16 = 104;
/// `RTM_DELNEXTHOP`.
pub(super) const DELETE: u16 = 105;
/// `RTM_GETNEXTHOP`.
pub(super) const GET: u16 = 106;
/// What asks for all of them: a `struct nhmsg` of zeros.
pub(super) const ALL: [u8; 8] = [0; 8];
/// `RTNH_F_DEAD` and `RTNH_F_LINKDOWN`.
const DEAD: u32 = 1 | 16;
const NHA_ID: u16 = 1;
const NHA_GROUP: u16 = 2;
const NHA_OIF: u16 = 5;
const NHA_GATEWAY: u16 = 6;
/// `struct nexthop_grp`.
const MEMBER: usize = 8;

/// All objects by their number.
#[derive(Debug, Default)]
pub(super) struct Objects(BTreeMap<u32, Object>);

#[derive(Debug)]
enum Object {
    One(Hop),
    Group(Vec<u32>),
}

impl Objects {
    /// Adds what a message tells.
    pub(super) fn read(&mut self, payload: &[u8]) -> Option<()> {
        let (&[family, _scope, _protocol, _reserved, ref flags @ ..], attributes) = payload.split_first_chunk::<8>()?;
        let mut hop = Hop { dead: u32::from_ne_bytes(*flags) & DEAD != 0, ..Hop::default() };
        let (mut id, mut group) = (None, None);
        for nla in NlasIterator::new(attributes).flatten() {
            match nla.kind() {
                NHA_ID => id = number(nla.value()),
                NHA_OIF => hop.link = number(nla.value()),
                NHA_GATEWAY => hop.via = address(family, nla.value()),
                NHA_GROUP => {
                    let members = nla.value().chunks_exact(MEMBER);
                    group = Some(members.filter_map(|member| number(&member[..4])).collect());
                }
                _ => {}
            }
        }
        self.0.insert(id?, group.map_or(Object::One(hop), Object::Group));
        Some(())
    }

    /// Where an object leads. A group has no groups in it.
    pub(super) fn hops(&self, id: u32) -> Vec<Hop> {
        let one = |id: &u32| match self.0.get(id) {
            Some(Object::One(hop)) => Some(hop.clone()),
            Some(Object::Group(_)) | None => None,
        };
        match self.0.get(&id) {
            Some(Object::Group(members)) => members.iter().filter_map(one).collect(),
            Some(Object::One(hop)) => vec![hop.clone()],
            None => Vec::new(),
        }
    }
}
