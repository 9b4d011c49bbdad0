//! Whole Ethernet frames out of a link, and what a link received: below the leaves that send what no IP socket can, and
//! see what no IP socket gets.

use std::io;
use std::ops::Deref;
use std::os::fd::{AsRawFd, RawFd};

use nix::sys::socket::{LinkAddr, SockaddrLike, bind, setsockopt};
use nix::{libc, setsockopt_impl, sockopt_impl};
use socket2::{Domain, SockFilter, Socket, Type};

pub(crate) mod many;
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
        self.send_many(link, &[frame]).pop().map_or(Ok(()), |(_, error)| Err(error))
    }

    /// Sends several frames, and tells which ones the kernel refused, as [`send`](Self::send) does.
    pub(crate) fn send_many(&self, link: u32, frames: &[&[u8]]) -> Vec<(usize, io::Error)> {
        match link_address(link, 0) {
            Ok(to) => many::send_many::<()>(&self.socket, frames, &to, None),
            Err(error) => many::all(frames.len(), error.raw_os_error().unwrap_or(libc::ENXIO)),
        }
    }
}

sockopt_impl!(
    /// Whether a packet socket is spared what its host sends.
    IgnoreOutgoing,
    SetOnly,
    libc::SOL_PACKET,
    libc::PACKET_IGNORE_OUTGOING,
    bool
);

/// A socket that listens, and that is closed beside the loop: of a packet socket the kernel waits until nothing is on its
/// way to it any more, which takes milliseconds.
pub(crate) struct Listener(Option<Socket>);

impl From<Socket> for Listener {
    fn from(socket: Socket) -> Self {
        Self(Some(socket))
    }
}

impl Deref for Listener {
    type Target = Socket;

    fn deref(&self) -> &Socket {
        self.0.as_ref().unwrap_or_else(|| unreachable!("it is there until it is dropped"))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let socket = self.0.take();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn_blocking(|| drop(socket));
        }
    }
}

impl AsRawFd for Listener {
    fn as_raw_fd(&self) -> RawFd {
        self.deref().as_raw_fd()
    }
}

/// Opens a packet socket that gets what a link receives and `filter` lets pass, from the network header on.
///
/// `protocol` is an EtherType; `ETH_P_ALL` also has what traffic control or a firewall on the link itself drops later.
///
/// # Errors
/// `EPERM` without CAP_NET_RAW, `ENODEV` if there is no such link, or no descriptor or memory is left.
pub(crate) fn listen(link: u32, protocol: libc::c_int, filter: &[SockFilter]) -> io::Result<Listener> {
    let protocol = u16::try_from(protocol).map_err(|_| io::ErrorKind::InvalidInput)?;
    // Without a protocol nothing is queued before the filter is in force.
    let socket = Socket::new(Domain::PACKET, Type::DGRAM.nonblocking(), None)?;
    setsockopt(&socket, IgnoreOutgoing, &true)?;
    socket.attach_filter(filter)?;
    bind(socket.as_raw_fd(), &link_address(link, protocol.to_be())?)?;
    Ok(socket.into())
}

/// Names a link to a packet socket, with a protocol in network order.
fn link_address(link: u32, protocol: u16) -> io::Result<LinkAddr> {
    let address = libc::sockaddr_ll {
        sll_family: libc::AF_PACKET as u16,
        sll_protocol: protocol,
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
