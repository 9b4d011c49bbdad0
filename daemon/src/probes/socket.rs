//! One socket that probes over a link.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};
use std::num::NonZeroU32;
use std::os::fd::AsRawFd as _;

use nix::libc;
use nix::sys::socket::{MsgFlags, SockaddrIn, recv, recvfrom};
use socket2::{SockFilter, Socket};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use vrrp::id::Family;
use vrrp::wire::{HOP_LIMIT, arp, echo, neighbor};

use super::Way;
use crate::frames::{self, Frames, Listener};
use crate::icmp;

const LOAD_HALF: u16 = 0x28;
const EQUAL: u16 = 0x15;
const RETURN: u16 = 0x06;
/// Where the operation of an ARP packet stands, and that of a reply (RFC 826).
const OPERATION: u32 = 6;
const REPLY: u32 = 2;

/// Sends probes in one way, and gets the answers.
pub(super) struct Prober {
    kind: Kind,
    socket: AsyncFd<Listener>,
}

enum Kind {
    Echo(Family),
    Arp { frames: Frames, mac: [u8; 6] },
    Neighbor { frames: Frames },
}

impl Prober {
    /// Opens it.
    ///
    /// # Errors
    /// `EPERM` without CAP_NET_RAW, `ENODEV` if there is no such link, `EADDRNOTAVAIL` if it has lost its address.
    pub(super) fn open(way: &Way) -> io::Result<Self> {
        let index = NonZeroU32::new(way.link).ok_or_else(|| io::Error::from_raw_os_error(libc::ENODEV))?;
        let missing = || io::Error::from(io::ErrorKind::AddrNotAvailable);
        let bound_v6 = |kind: u8| {
            let socket = icmp::open_v6(kind)?;
            socket.bind_device_by_index_v6(Some(index))?;
            Ok::<_, io::Error>(socket)
        };
        let (kind, socket): (Kind, Listener) = match (way.echo, way.family) {
            (true, Family::V4) => {
                let socket = icmp::open_v4(echo::REPLY_V4)?;
                socket.bind_device_by_index_v4(Some(index))?;
                socket.bind(&SocketAddr::new(way.source.ok_or_else(missing)?, 0).into())?;
                (Kind::Echo(Family::V4), socket.into())
            }
            (true, Family::V6) => (Kind::Echo(Family::V6), bound_v6(echo::REPLY_V6)?.into()),
            (false, Family::V4) => {
                let socket = frames::listen(way.link, libc::ETH_P_ARP, &replies())?;
                (Kind::Arp { frames: Frames::new()?, mac: way.mac.ok_or_else(missing)? }, socket)
            }
            (false, Family::V6) => {
                (Kind::Neighbor { frames: Frames::new()? }, bound_v6(neighbor::ADVERTISEMENT)?.into())
            }
        };
        // SAFETY: the registration owns the listener, and nothing takes the descriptor out of that while it lasts.
        let socket = unsafe { AsyncFd::register_with_interest(socket, Interest::READABLE) }?;
        Ok(Self { kind, socket })
    }

    /// Sends a probe.
    ///
    /// # Errors
    /// The kernel's: `ENETDOWN`, `ENETUNREACH`, `EHOSTUNREACH` and the like. One that is full counts as sent and lost.
    pub(super) fn send(&self, way: &Way, target: IpAddr, sequence: u16) -> io::Result<()> {
        let mut frame = Vec::new();
        match (&self.kind, target) {
            (Kind::Echo(family), target) => {
                let to = match target {
                    IpAddr::V4(target) => SocketAddr::from((target, 0)),
                    IpAddr::V6(target) if target.is_unicast_link_local() => {
                        SocketAddrV6::new(target, 0, 0, way.link).into()
                    }
                    IpAddr::V6(target) => SocketAddr::from((target, 0)),
                };
                let request = echo::request(*family, identifier(), sequence);
                self.socket.get_ref().send_to(&request, &to.into()).map(|_| ())
            }
            (Kind::Arp { frames, mac }, IpAddr::V4(target)) => {
                let source = match way.source {
                    Some(IpAddr::V4(source)) => source,
                    Some(IpAddr::V6(_)) | None => Ipv4Addr::UNSPECIFIED,
                };
                arp::request(*mac, source, target, &mut frame);
                frames.send(way.link, &frame)
            }
            (Kind::Neighbor { frames }, IpAddr::V6(target)) => match (way.mac, way.source) {
                (Some(mac), Some(IpAddr::V6(source))) => {
                    neighbor::solicitation(mac, source, target, &mut frame);
                    frames.send(way.link, &frame)
                }
                (None, _) | (_, None | Some(IpAddr::V4(_))) => Err(io::ErrorKind::AddrNotAvailable.into()),
            },
            (Kind::Arp { .. }, IpAddr::V6(_)) | (Kind::Neighbor { .. }, IpAddr::V4(_)) => {
                Err(io::ErrorKind::InvalidInput.into())
            }
        }
    }

    /// Waits for the next packet: who answered which probe, if it is an answer. Dropped half-way, it loses nothing.
    ///
    /// # Errors
    /// The kernel's, of which none lasts.
    pub(super) async fn receive(&self) -> io::Result<Option<(IpAddr, Option<u16>)>> {
        self.socket.async_io(Interest::READABLE, |socket| self.take(socket)).await
    }

    fn take(&self, socket: &Socket) -> io::Result<Option<(IpAddr, Option<u16>)>> {
        let mut buffer = [0; 256];
        match &self.kind {
            Kind::Echo(Family::V4) => {
                let (length, from) = recvfrom::<SockaddrIn>(socket.as_raw_fd(), &mut buffer)?;
                let message = echo::ipv4_payload(buffer.get(..length).unwrap_or_default());
                let sequence = message.and_then(|message| echo::reply(Family::V4, identifier(), message));
                Ok(from.zip(sequence).map(|(from, sequence)| (from.ip().into(), Some(sequence))))
            }
            Kind::Echo(Family::V6) => {
                let beside = icmp::receive_v6(socket, &mut buffer)?;
                let message = buffer.get(..beside.length).unwrap_or_default();
                let sequence = echo::reply(Family::V6, identifier(), message);
                Ok(beside.source.zip(sequence).map(|(from, sequence)| (from.into(), Some(sequence))))
            }
            Kind::Arp { mac, .. } => {
                let length = recv(socket.as_raw_fd(), &mut buffer, MsgFlags::empty())?;
                let sender = arp::reply_to(*mac, buffer.get(..length).unwrap_or_default());
                Ok(sender.map(|sender| (sender.into(), None)))
            }
            Kind::Neighbor { .. } => {
                let beside = icmp::receive_v6(socket, &mut buffer)?;
                let claim = neighbor::claim(buffer.get(..beside.length).unwrap_or_default());
                // What a router forwarded is none (RFC 4861, section 7.1.2).
                let claim = claim.filter(|_| beside.hop_limit == Some(HOP_LIMIT));
                Ok(claim.map(|(target, _)| (target.into(), None)))
            }
        }
    }
}

/// What tells our echo requests from those of others on this host.
fn identifier() -> u16 {
    let [.., high, low] = std::process::id().to_be_bytes();
    u16::from_be_bytes([high, low])
}

/// Has the kernel let pass only replies.
fn replies() -> [SockFilter; 4] {
    [
        SockFilter::new(LOAD_HALF, 0, 0, OPERATION),
        SockFilter::new(EQUAL, 0, 1, REPLY),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
        SockFilter::new(RETURN, 0, 0, 0),
    ]
}
