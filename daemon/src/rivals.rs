//! Who else answers for an address: listens to the ARP and neighbour advertisements of others.
//!
//! Two sockets serve all links, and only while there is an address to watch. ARP is filtered in the kernel by the
//! addresses; neighbour advertisements reach a host that did not ask only where they are meant for all.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr};

use socket2::Socket;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::frames::Listener;

mod arp;
mod neighbor;

/// Listens for the addresses that are watched.
pub(crate) struct Rivals {
    /// The addresses, each with the links that it is watched on.
    watched: BTreeMap<IpAddr, BTreeSet<u32>>,
    arp: Option<AsyncFd<Listener>>,
    neighbor: Option<AsyncFd<Listener>>,
    /// Whether the kernel filters by other addresses than are watched: many may change at once.
    stale: bool,
}

/// Somebody answers for an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// The index of the link on which he was heard.
    pub(crate) link: u32,
    /// The address.
    pub(crate) address: IpAddr,
    /// The MAC address that he gives for it.
    pub(crate) mac: [u8; 6],
}

impl Rivals {
    /// Starts without anything to watch.
    pub(crate) const fn new() -> Self {
        Self { watched: BTreeMap::new(), arp: None, neighbor: None, stale: false }
    }

    /// Watches an address on a link.
    pub(crate) fn watch(&mut self, link: u32, address: IpAddr) {
        self.watched.entry(address).or_default().insert(link);
        self.stale = true;
    }

    /// Watches an address on a link no longer. What waits may still be handed over.
    pub(crate) fn unwatch(&mut self, link: u32, address: IpAddr) {
        if let Some(links) = self.watched.get_mut(&address) {
            links.remove(&link);
            if links.is_empty() {
                self.watched.remove(&address);
            }
        }
        self.stale = true;
    }

    /// Waits until there is something to receive. Dropped half-way, it loses nothing.
    ///
    /// # Errors
    /// Those of the runtime, none of which is expected.
    pub(crate) async fn readable(&mut self) -> io::Result<()> {
        self.refresh();
        tokio::select! {
            biased;
            result = readable(self.arp.as_ref()) => result,
            result = readable(self.neighbor.as_ref()) => result,
        }
    }

    /// Hands over what has arrived and tells how many packets it has read, at most `budget`. It never blocks.
    pub(crate) fn receive(&mut self, budget: usize, handle: &mut dyn FnMut(Sighting)) -> usize {
        let mut count = 0;
        let mut take = |socket: Option<&AsyncFd<Listener>>, read: fn(&Socket) -> io::Result<Option<Sighting>>| {
            while count < budget
                && let Some(Ok(sighting)) = socket.and_then(|socket| next(socket, read))
            {
                count += 1;
                let watched = |one: &Sighting| self.watched.get(&one.address).is_some_and(|on| on.contains(&one.link));
                if let Some(sighting) = sighting.filter(watched) {
                    handle(sighting);
                }
            }
        };
        take(self.arp.as_ref(), arp::receive);
        take(self.neighbor.as_ref(), neighbor::receive);
        count
    }

    /// Opens and closes sockets, and has the kernel filter by what is watched.
    fn refresh(&mut self) {
        if !std::mem::take(&mut self.stale) {
            return;
        }
        let v4: Vec<Ipv4Addr> = self
            .watched
            .keys()
            .filter_map(|address| match address {
                IpAddr::V4(address) => Some(*address),
                IpAddr::V6(_) => None,
            })
            .collect();
        let v6 = self.watched.len() > v4.len();
        if let Err(error) = self.follow(&v4, v6) {
            tracing::warn!(%error, "cannot listen to who else answers for addresses");
        }
    }

    fn follow(&mut self, v4: &[Ipv4Addr], v6: bool) -> io::Result<()> {
        match (&self.arp, v4.is_empty()) {
            (_, true) => self.arp = None,
            (Some(socket), false) => arp::filter(socket.get_ref(), v4)?,
            (None, false) => self.arp = Some(register(arp::open(v4)?)?),
        }
        if !v6 {
            self.neighbor = None;
        } else if self.neighbor.is_none() {
            self.neighbor = Some(register(neighbor::open()?)?);
        }
        Ok(())
    }
}

fn register(socket: Listener) -> io::Result<AsyncFd<Listener>> {
    // SAFETY: the socket owns its descriptor and keeps the same one until it is dropped with the `AsyncFd`.
    Ok(unsafe { AsyncFd::register_with_interest(socket, Interest::READABLE) }?)
}

/// Waits for a socket; one that is not there is never readable.
async fn readable(socket: Option<&AsyncFd<Listener>>) -> io::Result<()> {
    match socket {
        Some(socket) => {
            socket.readable().await?.retain_ready();
            Ok(())
        }
        None => std::future::pending().await,
    }
}

/// Reads the next packet, if there is one.
fn next(
    socket: &AsyncFd<Listener>,
    read: fn(&Socket) -> io::Result<Option<Sighting>>,
) -> Option<io::Result<Option<Sighting>>> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Ok(mut guard)) = socket.poll_read_ready(&mut context) else { return None };
    guard.try_io(|socket| read(socket.get_ref())).ok()
}

#[cfg(test)]
mod tests;
