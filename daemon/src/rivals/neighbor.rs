//! Neighbour advertisements as others send them to all.

use std::io::{self, IoSliceMut};
use std::os::fd::AsRawFd;

use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrIn6, recvmsg, setsockopt, sockopt};
use nix::{libc, setsockopt_impl, sockopt_impl};
use socket2::{Domain, Protocol, Socket, Type};
use vrrp::wire::{HOP_LIMIT, neighbor};

use super::Sighting;
use crate::frames::Listener;

sockopt_impl!(
    /// The types of ICMPv6 messages that a raw socket does not get, a bit each (RFC 3542, section 3.2).
    Icmp6Filter,
    SetOnly,
    libc::IPPROTO_ICMPV6,
    ICMP6_FILTER,
    [u32; 8]
);

/// `ICMPV6_FILTER` of linux/icmpv6.h.
const ICMP6_FILTER: libc::c_int = 1;

/// Opens a socket for what all links receive.
pub(super) fn open() -> io::Result<Listener> {
    let socket = Socket::new(Domain::IPV6, Type::RAW.nonblocking(), Some(Protocol::ICMPV6))?;
    let mut blocked = [u32::MAX; 8];
    let kind = usize::from(neighbor::ADVERTISEMENT);
    if let Some(word) = blocked.get_mut(kind / 32) {
        *word &= !(1 << (kind % 32));
    }
    setsockopt(&socket, Icmp6Filter, &blocked)?;
    socket.set_recv_hoplimit_v6(true)?;
    setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?;
    Ok(socket.into())
}

/// Takes the next packet. One that a router forwarded is none (RFC 4861, section 7.1.2).
pub(super) fn receive(socket: &Socket) -> io::Result<Option<Sighting>> {
    let mut buffer = [0; 256];
    let mut control = nix::cmsg_space!(libc::in6_pktinfo, libc::c_int);
    let mut parts = [IoSliceMut::new(&mut buffer)];
    let message = recvmsg::<SockaddrIn6>(socket.as_raw_fd(), &mut parts, Some(&mut control), MsgFlags::empty())?;
    let (mut link, mut near) = (None, false);
    for control in message.cmsgs()? {
        if let ControlMessageOwned::Ipv6PacketInfo(info) = control {
            link = Some(info.ipi6_ifindex);
        } else if let ControlMessageOwned::Ipv6HopLimit(limit) = control {
            near = limit == i32::from(HOP_LIMIT);
        }
    }
    let length = message.bytes;
    let claim = neighbor::claim(buffer.get(..length).unwrap_or_default());
    let sighting =
        |((address, mac), link): ((std::net::Ipv6Addr, [u8; 6]), u32)| Sighting { link, address: address.into(), mac };
    Ok(claim.zip(link).filter(|_| near).map(sighting))
}
