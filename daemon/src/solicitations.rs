//! Hosts that ask for a router: listens to router solicitations on the links where this host is one.
//!
//! One socket serves all links, and only while there is a link to listen on.

use std::collections::BTreeSet;
use std::io;

use nix::errno::Errno;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use vrrp::wire::{HOP_LIMIT, router};

use crate::frames::Listener;
use crate::icmp;

/// Listens on the links that it was told to.
#[derive(Default)]
pub(crate) struct Solicitations {
    socket: Option<AsyncFd<Listener>>,
    /// The indexes of the links whose group of all routers the socket has joined.
    joined: BTreeSet<u32>,
}

impl Solicitations {
    /// Listens on these links and on no others. Needs a runtime that is entered.
    ///
    /// # Errors
    /// `EPERM` without CAP_NET_RAW, no descriptor is left, or a link that has no IPv6 any more; the others are listened on.
    pub(crate) fn follow(&mut self, links: BTreeSet<u32>) -> io::Result<()> {
        if links.is_empty() {
            *self = Self::default();
            return Ok(());
        }
        let socket = match &mut self.socket {
            Some(socket) => socket,
            none => {
                let socket = Listener::from(icmp::open_v6(router::SOLICITATION)?);
                // SAFETY: the socket owns its descriptor and keeps the same one until it is dropped with the `AsyncFd`.
                none.insert(unsafe { AsyncFd::register_with_interest(socket, Interest::READABLE) }?)
            }
        };
        for &link in self.joined.difference(&links) {
            // A link that is gone has left by itself.
            let _ = socket.get_ref().leave_multicast_v6(&router::ALL_ROUTERS, link);
        }
        let mut result = Ok(());
        let mut joined = BTreeSet::new();
        for link in links {
            let done = match socket.get_ref().join_multicast_v6(&router::ALL_ROUTERS, link) {
                Err(error) if error.raw_os_error() != Some(Errno::EADDRINUSE as i32) => Err(error),
                Ok(()) | Err(_) => Ok(()),
            };
            match done {
                Ok(()) => drop(joined.insert(link)),
                Err(error) => result = Err(error),
            }
        }
        self.joined = joined;
        result
    }

    /// Waits until there is something to receive. Dropped half-way, it loses nothing.
    ///
    /// # Errors
    /// Those of the runtime, none of which is expected.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        match &self.socket {
            Some(socket) => {
                socket.readable().await?.retain_ready();
                Ok(())
            }
            None => std::future::pending().await,
        }
    }

    /// Hands over the links on which hosts ask, and tells how many packets it has read, at most `budget`. It never blocks.
    pub(crate) fn receive(&self, budget: usize, asked: &mut BTreeSet<u32>) -> usize {
        let Some(socket) = &self.socket else { return 0 };
        let mut count = 0;
        let mut buffer = [0; 512];
        while count < budget {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            let std::task::Poll::Ready(Ok(mut guard)) = socket.poll_read_ready(&mut context) else { break };
            let Ok(received) = guard.try_io(|socket| icmp::receive_v6(socket.get_ref(), &mut buffer)) else { break };
            count += 1;
            let Ok(beside) = received else { continue };
            let message = buffer.get(..beside.length).unwrap_or_default();
            // One that a router forwarded is none (RFC 4861, section 6.1.1).
            let near = beside.hop_limit == Some(HOP_LIMIT);
            let asks = beside.source.is_some_and(|source| router::is_solicitation(message, source));
            asked.extend(beside.link.filter(|_| near && asks));
        }
        count
    }
}

#[cfg(test)]
mod tests;
