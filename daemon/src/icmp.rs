//! Raw sockets for ICMP of both families: below the leaves that listen to neighbours and probe them.

use std::io::{self, IoSliceMut};
use std::net::Ipv6Addr;
use std::os::fd::AsRawFd;

use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrIn6, recvmsg, setsockopt, sockopt};
use nix::{libc, setsockopt_impl, sockopt_impl};
use socket2::{Domain, Protocol, Socket, Type};

sockopt_impl!(
    /// The types of ICMPv6 messages that a raw socket does not get, a bit each (RFC 3542, section 3.2).
    Icmp6Filter,
    SetOnly,
    libc::IPPROTO_ICMPV6,
    ICMP6_FILTER,
    [u32; 8]
);
sockopt_impl!(
    /// The types of ICMP messages below 32 that a raw socket does not get, a bit each (raw(7)).
    IcmpFilter,
    SetOnly,
    libc::SOL_RAW,
    ICMP_FILTER,
    u32
);

/// `ICMPV6_FILTER` of linux/icmpv6.h.
const ICMP6_FILTER: libc::c_int = 1;
/// `ICMP_FILTER` of linux/icmp.h.
const ICMP_FILTER: libc::c_int = 1;

/// Opens a raw ICMP socket that gets messages of one type below 32.
///
/// # Errors
/// `EPERM` without CAP_NET_RAW, or no descriptor or memory is left.
pub(crate) fn open_v4(kind: u8) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::RAW.nonblocking(), Some(Protocol::ICMPV4))?;
    setsockopt(&socket, IcmpFilter, &!1_u32.checked_shl(kind.into()).unwrap_or_default())?;
    Ok(socket)
}

/// Opens a raw ICMPv6 socket that gets messages of one type, and is told on which link and with which hop limit they came.
///
/// # Errors
/// Those of [`open_v4`].
pub(crate) fn open_v6(kind: u8) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV6, Type::RAW.nonblocking(), Some(Protocol::ICMPV6))?;
    let mut blocked = [u32::MAX; 8];
    if let Some(word) = blocked.get_mut(usize::from(kind) / 32) {
        *word &= !(1 << (kind % 32));
    }
    setsockopt(&socket, Icmp6Filter, &blocked)?;
    socket.set_recv_hoplimit_v6(true)?;
    setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?;
    Ok(socket)
}

/// What is known of an ICMPv6 message beside its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Beside {
    /// How long the message is.
    pub(crate) length: usize,
    /// Who sent it.
    pub(crate) source: Option<Ipv6Addr>,
    /// The index of the link on which it came.
    pub(crate) link: Option<u32>,
    /// The hop limit with which it came.
    pub(crate) hop_limit: Option<u8>,
}

/// Takes the next message from a socket of [`open_v6`].
///
/// # Errors
/// `EAGAIN` if there is none.
pub(crate) fn receive_v6(socket: &Socket, buffer: &mut [u8]) -> io::Result<Beside> {
    let mut control = nix::cmsg_space!(libc::in6_pktinfo, libc::c_int);
    let mut parts = [IoSliceMut::new(buffer)];
    let message = recvmsg::<SockaddrIn6>(socket.as_raw_fd(), &mut parts, Some(&mut control), MsgFlags::empty())?;
    let mut beside =
        Beside { length: message.bytes, source: message.address.map(|source| source.ip()), ..Beside::default() };
    for control in message.cmsgs()? {
        if let ControlMessageOwned::Ipv6PacketInfo(info) = control {
            beside.link = Some(info.ipi6_ifindex);
        } else if let ControlMessageOwned::Ipv6HopLimit(limit) = control {
            beside.hop_limit = u8::try_from(limit).ok();
        }
    }
    Ok(beside)
}
