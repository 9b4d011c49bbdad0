//! Whole Ethernet frames out of a link: below the leaves that send what no IP socket can.

use std::io;
use std::os::fd::AsRawFd;

use nix::libc;
use nix::sys::socket::{LinkAddr, MsgFlags, SockaddrLike, sendto};
use socket2::{Domain, Socket, Type};

#[cfg(test)]
pub(crate) mod segment;

/// A packet socket that only sends. Its protocol is 0, so nothing is ever queued on it.
pub(crate) struct Frames {
    socket: Socket,
}

impl Frames {
    /// Opens the socket.
    ///
    /// # Errors
    /// `EPERM` without CAP_NET_RAW.
    pub(crate) fn new() -> io::Result<Self> {
        let socket = Socket::new(Domain::PACKET, Type::RAW.nonblocking(), None)?;
        Ok(Self { socket })
    }

    /// Sends a frame, its Ethernet header included, out of the link with that index.
    ///
    /// # Errors
    /// The kernel's, with its number: `ENETDOWN` if the link is down, `ENXIO` or `ENODEV` if there is none, `ENOBUFS`
    /// or `EAGAIN` if its queue is full, `EMSGSIZE` if the frame is too long.
    pub(crate) fn send(&self, link: u32, frame: &[u8]) -> io::Result<()> {
        let sent = sendto(self.socket.as_raw_fd(), frame, &link_address(link)?, MsgFlags::empty())?;
        if sent == frame.len() { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
    }
}

/// Names a link to a packet socket.
fn link_address(link: u32) -> io::Result<LinkAddr> {
    let address = libc::sockaddr_ll {
        sll_family: libc::AF_PACKET as u16,
        sll_protocol: 0,
        sll_ifindex: i32::try_from(link).map_err(|_| io::Error::from_raw_os_error(libc::ENXIO))?,
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 0,
        sll_addr: [0; 8],
    };
    // SAFETY: the pointer is to a live `sockaddr_ll`, which begins with the family as every `sockaddr` does, every byte
    // of it is initialized, and the length given is its own. What is behind the pointer is copied, not kept.
    let taken = unsafe { LinkAddr::from_raw((&raw const address).cast(), Some(size_of_val(&address) as u32)) };
    taken.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}
