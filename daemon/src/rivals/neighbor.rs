//! Neighbour advertisements as others send them to all.

use std::io;

use socket2::Socket;
use vrrp::wire::{HOP_LIMIT, neighbor};

use super::Sighting;
use crate::frames::Listener;
use crate::icmp;

/// Opens a socket for what all links receive.
pub(super) fn open() -> io::Result<Listener> {
    Ok(icmp::open_v6(neighbor::ADVERTISEMENT)?.into())
}

/// Takes the next packet. One that a router forwarded is none (RFC 4861, section 7.1.2).
pub(super) fn receive(socket: &Socket) -> io::Result<Option<Sighting>> {
    let mut buffer = [0; 256];
    let beside = icmp::receive_v6(socket, &mut buffer)?;
    let claim = neighbor::claim(buffer.get(..beside.length).unwrap_or_default());
    let near = beside.hop_limit == Some(HOP_LIMIT);
    let claim = claim.zip(beside.link).filter(|_| near);
    Ok(claim.map(|((address, mac), link)| Sighting { link, address: address.into(), mac }))
}
