//! The netlink socket that listens.

use std::io;

use rtnetlink::sys::{Socket, protocols::NETLINK_ROUTE};
use socket2::{SockFilter, SockRef};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::route;
use super::socket::{DATAGRAM, Message, enlarge};
use crate::netlink::split;

/// `RTNLGRP_*` of linux/rtnetlink.h: links, addresses, routes and rules of both families, settings of links in both.
const GROUPS: [u32; 9] = [1, 5, 9, 7, 11, 8, 19, 24, 25];

/// The socket that listens to what changes.
pub(super) struct Listening {
    socket: AsyncFd<Socket>,
    buffer: Vec<u8>,
}

/// What a look at the listening socket gave.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// Everything that there was.
    All,
    /// Messages were lost: only a dump tells what there is.
    Overrun,
}

/// Opens the listening socket; [`Listening::new`] takes it into a runtime.
pub(super) fn open() -> io::Result<Socket> {
    open_to(NETLINK_ROUTE, &GROUPS, &own_routes_only())
}

/// Opens a listening socket for some groups of a protocol, `RTNLGRP_*`, and what of their messages passes a filter; all, if it is empty.
pub(super) fn open_to(protocol: isize, groups: &[u32], filter: &[SockFilter]) -> io::Result<Socket> {
    let mut socket = Socket::new(protocol)?;
    socket.bind_auto()?;
    socket.set_non_blocking(true)?;
    enlarge(&socket);
    if !filter.is_empty() {
        SockRef::from(&socket).attach_filter(filter)?;
    }
    for &group in groups {
        match socket.add_membership(group) {
            // A kernel that is older than the group has nothing to tell of it.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {}
            other => other?,
        }
    }
    Ok(socket)
}

impl Listening {
    /// Registers the socket with the runtime that is entered.
    pub(super) fn new(socket: Socket) -> io::Result<Self> {
        // SAFETY: the socket owns its descriptor and keeps the same one until it is dropped with the `AsyncFd`.
        let socket = unsafe { AsyncFd::register_with_interest(socket, Interest::READABLE) }?;
        Ok(Self { socket, buffer: vec![0; DATAGRAM] })
    }

    /// Lets other messages pass than before.
    pub(super) fn narrow(&self, filter: &[SockFilter]) -> io::Result<()> {
        SockRef::from(self.socket.get_ref()).attach_filter(filter)
    }

    /// Waits until there is something to hear. Cancel-safe.
    pub(super) async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await?.retain_ready();
        Ok(())
    }

    /// Hands over every message that waits, without waiting.
    pub(super) fn drain(&mut self, mut each: impl FnMut(Message<'_>)) -> io::Result<Heard> {
        let mut heard = Heard::All;
        loop {
            let buffer = &mut self.buffer[..];
            match self.socket.get_ref().recv(&mut &mut *buffer, 0) {
                Ok(length) => {
                    for message in split(&self.buffer[..length]) {
                        let header = message.header;
                        let (kind, cause) = (header.message_type, header.port_number);
                        each(Message { kind, cause, payload: message.payload });
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.raw_os_error() == Some(nix::libc::ENOBUFS) => heard = Heard::Overrun,
                Err(error) => return Err(error),
            }
        }
        self.clear_readiness();
        Ok(heard)
    }

    fn clear_readiness(&self) {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        if let std::task::Poll::Ready(Ok(mut guard)) = self.socket.poll_read_ready(&mut context) {
            guard.clear_ready();
        }
    }
}

/// Lets every message pass but routes of others: a full BGP table would drown the rest.
fn own_routes_only() -> [SockFilter; 7] {
    const LOAD_HALF: u16 = 0x28;
    const LOAD_BYTE: u16 = 0x30;
    const EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    const NEW_ROUTE: u16 = 24;
    const DELETE_ROUTE: u16 = 25;
    // Offset 4 is the message type in the host's byte order (a filter loads big-endian), 21 the protocol of a route.
    [
        SockFilter::new(LOAD_HALF, 0, 0, 4),
        SockFilter::new(EQUAL, 1, 0, NEW_ROUTE.to_be().into()),
        SockFilter::new(EQUAL, 0, 2, DELETE_ROUTE.to_be().into()),
        SockFilter::new(LOAD_BYTE, 0, 0, 21),
        SockFilter::new(EQUAL, 0, 1, route::PROTOCOL.into()),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
        SockFilter::new(RETURN, 0, 0, 0),
    ]
}
