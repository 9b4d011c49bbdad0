//! Memberships in solicited-node groups, kept while an address is drained.
//!
//! A link that loses an IPv6 address leaves its group and reports that at once, and again within a second. From a macvlan the
//! second report may come when another Master has taken over, and would turn the switch back to this host. While a socket is a
//! member too there is nothing to report; and a macvlan that is removed whole leaves in silence.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv6Addr, UdpSocket};

use super::observed::Observed;
use super::wanted::{self, Wanted};
use super::{Claim, ClaimId};

/// The memberships of every claim that is, or was, drained.
#[derive(Debug, Default)]
pub(super) struct Memberships(BTreeMap<ClaimId, Member>);

#[derive(Debug)]
struct Member {
    /// The macvlan.
    link: u32,
    /// What it is a member by.
    _socket: UdpSocket,
}

impl Memberships {
    /// Joins the groups of a claim's addresses that are about to leave their macvlan.
    pub(super) fn join(&mut self, id: ClaimId, claim: &Claim, observed: &Observed) {
        let addresses = claim.addresses.iter().filter_map(|address| match address.ip {
            IpAddr::V4(_) => None,
            IpAddr::V6(v6) => Some(solicited_node(v6)),
        });
        let groups: Vec<Ipv6Addr> = addresses.collect();
        let macvlan = wanted::macvlan_of(claim).and_then(|macvlan| observed.macvlan(&macvlan));
        let Some(link) = macvlan.filter(|_| !groups.is_empty()) else { return };
        match join(link, &groups) {
            Ok(socket) => {
                self.0.insert(id, Member { link, _socket: socket });
            }
            Err(error) => {
                tracing::debug!(%error, link = %observed.name(link), "a drain will be reported to the switch")
            }
        }
    }

    /// Leaves where that reports nothing any more: the macvlan is gone, or has its addresses again.
    pub(super) fn follow(&mut self, wanted: &Wanted, observed: &Observed) {
        self.0.retain(|id, member| {
            let back = wanted.claims.get(id).is_some_and(|kept| {
                kept.claim.addresses.iter().all(|address| observed.can_use(member.link, address.ip))
            });
            observed.link(member.link).is_some() && !back
        });
    }
}

fn join(link: u32, groups: &[Ipv6Addr]) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0))?;
    groups.iter().try_for_each(|group| socket.join_multicast_v6(group, link))?;
    Ok(socket)
}

/// The group in which neighbours ask for an address (RFC 4291, section 2.7.1).
fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let [.., a, b, c] = address.octets();
    let low = u16::from_be_bytes([b, c]);
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | u16::from(a), low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_has_the_last_three_bytes() {
        let address = "2001:db8::1234:5678".parse().unwrap();
        assert_eq!(solicited_node(address), "ff02::1:ff34:5678".parse::<Ipv6Addr>().unwrap());
    }
}
