//! One raw socket of protocol 112, or of the authentication header before it, bound to a link.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};
use std::num::NonZeroU32;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrIn, SockaddrIn6, SockaddrLike, recv, recvmsg, setsockopt, sockopt,
};
use nix::sys::time::TimeSpec;
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, SockFilter, Socket, Type};
use vrrp::id::Family;
use vrrp::wire::auth::AH_PROTOCOL;
use vrrp::wire::{Discard, HOP_LIMIT, PROTOCOL, Packet, TRAFFIC_CLASS};

use crate::frames::many::{Control, all, send_many};

/// What a socket may queue, in bytes: a thousand advertisements or so, for the time in which the daemon is kept from
/// running.
const QUEUE: usize = 1 << 20;

/// A socket that receives and sends advertisements of one family on one link.
pub(super) struct Raw {
    socket: Socket,
    link: u32,
    family: Family,
    group: bool,
    /// Room for what the kernel tells beside a packet.
    control: Vec<u8>,
}

/// A packet as it was taken from a socket: when it arrived by the realtime clock, where the kernel told, and what it is.
pub(super) type Taken<'a> = (Option<Duration>, Result<Packet<'a>, Discard>);

/// What the kernel tells beside a packet.
#[derive(Default)]
struct Beside {
    length: usize,
    source: Option<IpAddr>,
    destination: Option<Ipv6Addr>,
    hop_limit: Option<u8>,
    at: Option<Duration>,
}

impl Raw {
    /// Opens a socket of a protocol on the link with that index, outside the group.
    ///
    /// What is sent through one for the authentication header is a whole IPv4 packet, since the header seals it.
    pub(super) fn open(link: u32, family: Family, protocol: u8) -> io::Result<Self> {
        let domain = match family {
            Family::V4 => Domain::IPV4,
            Family::V6 => Domain::IPV6,
        };
        let socket = Socket::new(domain, Type::RAW.nonblocking(), Some(Protocol::from(i32::from(protocol))))?;
        let index = NonZeroU32::new(link).ok_or_else(|| io::Error::from_raw_os_error(libc::ENODEV))?;
        match family {
            Family::V4 => {
                socket.bind_device_by_index_v4(Some(index))?;
                prepare_v4(&socket)?;
                if protocol == AH_PROTOCOL {
                    prepare_sealed(&socket)?;
                }
            }
            Family::V6 => {
                socket.bind_device_by_index_v6(Some(index))?;
                prepare_v6(&socket, link)?;
            }
        }
        // Only CAP_NET_ADMIN may go beyond the system's limit; without it, the limit has to do.
        if setsockopt(&socket, sockopt::RcvBufForce, &QUEUE).is_err() {
            socket.set_recv_buffer_size(QUEUE)?;
        }
        setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
        forget_queue(&socket)?;
        let control = nix::cmsg_space!(libc::in6_pktinfo, libc::c_int, TimeSpec);
        Ok(Self { socket, link, family, group: false, control })
    }

    /// Joins or leaves the group.
    pub(super) fn set_group(&mut self, group: bool) -> io::Result<()> {
        if group == self.group {
            return Ok(());
        }
        let (socket, link) = (&self.socket, self.link);
        match (self.family.group(), group) {
            (IpAddr::V4(address), true) => socket.join_multicast_v4_n(&address, &InterfaceIndexOrAddress::Index(link)),
            (IpAddr::V4(address), false) => {
                socket.leave_multicast_v4_n(&address, &InterfaceIndexOrAddress::Index(link))
            }
            (IpAddr::V6(address), true) => socket.join_multicast_v6(&address, link),
            (IpAddr::V6(address), false) => socket.leave_multicast_v6(&address, link),
        }?;
        self.group = group;
        Ok(())
    }

    /// Takes the next packet, or fails with `WouldBlock`. One to the group, of which this socket is no member, gives
    /// `None`.
    ///
    /// The kernel keeps that one away over IPv4 (`IP_MULTICAST_ALL` is off). A raw IPv6 socket gets it as soon as
    /// anybody on the host is a member, whatever `IPV6_MULTICAST_ALL` says.
    pub(super) fn receive<'a>(&mut self, buffer: &'a mut [u8]) -> io::Result<Option<Taken<'a>>> {
        let beside = match self.family {
            Family::V4 => self.take::<SockaddrIn>(buffer, |_| None)?,
            Family::V6 => self.take::<SockaddrIn6>(buffer, |source| Some(source.ip().into()))?,
        };
        let taken = buffer.get(..beside.length).unwrap_or_default();
        let packet = match self.family {
            Family::V4 => Packet::from_ipv4(taken),
            Family::V6 => beside.packet(taken),
        };
        Ok(match packet {
            Ok(packet) if packet.destination.is_multicast() && !self.group => None,
            other => Some((beside.at, other)),
        })
    }

    fn take<A: SockaddrLike>(&mut self, buffer: &mut [u8], source: fn(A) -> Option<IpAddr>) -> io::Result<Beside> {
        let mut parts = [IoSliceMut::new(buffer)];
        let control = Some(self.control.as_mut_slice());
        let message = recvmsg::<A>(self.socket.as_raw_fd(), &mut parts, control, MsgFlags::empty())?;
        let mut beside = Beside { length: message.bytes, ..Beside::default() };
        for control in message.cmsgs()? {
            if let ControlMessageOwned::Ipv6PacketInfo(info) = control {
                beside.destination = Some(Ipv6Addr::from(info.ipi6_addr.s6_addr));
            } else if let ControlMessageOwned::Ipv6HopLimit(limit) = control {
                beside.hop_limit = u8::try_from(limit).ok();
            } else if let ControlMessageOwned::ScmTimestampns(at) = control {
                beside.at = Some(at.into());
            }
        }
        beside.source = message.address.and_then(source);
        Ok(beside)
    }

    /// Sends packets from exactly `source` to the group or a peer of the same family, and tells which ones were refused.
    pub(super) fn send(&self, source: IpAddr, destination: IpAddr, packets: &[&[u8]]) -> Vec<(usize, io::Error)> {
        match (source, destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let in_addr = |address: Ipv4Addr| libc::in_addr { s_addr: u32::from(address).to_be() };
                let info = libc::in_pktinfo {
                    // An index is positive, and the kernel knows no other.
                    ipi_ifindex: self.link.cast_signed(),
                    ipi_spec_dst: in_addr(source),
                    ipi_addr: in_addr(Ipv4Addr::UNSPECIFIED),
                };
                let to = SockaddrIn::from(SocketAddrV4::new(destination, 0));
                let control = Control::new(libc::IPPROTO_IP, libc::IP_PKTINFO, info);
                send_many(&self.socket, packets, &to, Some(&control))
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                let info = libc::in6_pktinfo {
                    ipi6_addr: libc::in6_addr { s6_addr: source.octets() },
                    ipi6_ifindex: self.link,
                };
                let to = SockaddrIn6::from(SocketAddrV6::new(destination, 0, 0, self.link));
                let control = Control::new(libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, info);
                send_many(&self.socket, packets, &to, Some(&control))
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => all(packets.len(), libc::EAFNOSUPPORT),
        }
    }
}

impl Beside {
    /// An IPv6 packet, which comes without its header: the kernel was asked for what stood there.
    fn packet<'a>(&self, payload: &'a [u8]) -> Result<Packet<'a>, Discard> {
        let source = self.source.ok_or(Discard::IpHeader)?;
        let destination = self.destination.ok_or(Discard::IpHeader)?.into();
        let hop_limit = self.hop_limit.ok_or(Discard::IpHeader)?;
        Ok(Packet { source, destination, hop_limit, payload, seal: None })
    }
}

fn prepare_v4(socket: &Socket) -> io::Result<()> {
    socket.set_multicast_all_v4(false)?;
    socket.set_multicast_loop_v4(false)?;
    socket.set_multicast_ttl_v4(u32::from(HOP_LIMIT))?;
    socket.set_ttl_v4(u32::from(HOP_LIMIT))?;
    socket.set_tos_v4(u32::from(TRAFFIC_CLASS))
}

/// Keeps away what the authentication header seals for other programs.
fn prepare_sealed(socket: &Socket) -> io::Result<()> {
    const LOAD_HEADER_LENGTH: u16 = (libc::BPF_LDX | libc::BPF_B | libc::BPF_MSH) as u16;
    const LOAD_BYTE_BEHIND: u16 = (libc::BPF_LD | libc::BPF_B | libc::BPF_IND) as u16;
    const IS: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const GIVE: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    socket.set_header_included_v4(true)?;
    socket.attach_filter(&[
        SockFilter::new(LOAD_HEADER_LENGTH, 0, 0, 0),
        SockFilter::new(LOAD_BYTE_BEHIND, 0, 0, 0),
        SockFilter::new(IS, 0, 1, u32::from(PROTOCOL)),
        SockFilter::new(GIVE, 0, 0, u32::MAX),
        SockFilter::new(GIVE, 0, 0, 0),
    ])
}

fn prepare_v6(socket: &Socket, link: u32) -> io::Result<()> {
    socket.set_multicast_loop_v6(false)?;
    socket.set_multicast_if_v6(link)?;
    socket.set_multicast_hops_v6(u32::from(HOP_LIMIT))?;
    socket.set_unicast_hops_v6(u32::from(HOP_LIMIT))?;
    socket.set_tclass_v6(u32::from(TRAFFIC_CLASS))?;
    socket.set_recv_hoplimit_v6(true)?;
    Ok(setsockopt(socket, sockopt::Ipv6RecvPacketInfo, &true)?)
}

/// Drops what came in before the socket was bound to its link: it may have come over any other.
fn forget_queue(socket: &Socket) -> io::Result<()> {
    // No packet takes less than 256 bytes of the queue.
    for _ in 0..QUEUE / 256 {
        match recv(socket.as_raw_fd(), &mut [0; 1], MsgFlags::empty()) {
            Ok(_) => {}
            Err(Errno::EAGAIN) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

impl AsFd for Raw {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
