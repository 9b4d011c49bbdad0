//! One epoll descriptor for all sockets, behind another one that can be shut.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use vrrp::id::Family;

use super::Place;

/// How many places are asked for at once.
const BATCH: usize = 64;

/// The sockets that are watched, each under its place. A socket that is closed is watched no more.
pub(super) struct Poll {
    sockets: Epoll,
    /// What the runtime waits for: it is woken by every packet unless this has let go of the sockets.
    gate: Epoll,
}

impl Poll {
    /// Starts with nothing to watch.
    pub(super) fn new() -> io::Result<Self> {
        let make = || Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC);
        let poll = Self { sockets: make()?, gate: make()? };
        poll.open_gate()?;
        Ok(poll)
    }

    /// Has packets wake the runtime. Those that have come already do.
    pub(super) fn open_gate(&self) -> io::Result<()> {
        Ok(self.gate.add(&self.sockets.0, EpollEvent::new(EpollFlags::EPOLLIN, 0))?)
    }

    /// Has no packet wake the runtime.
    pub(super) fn shut_gate(&self) -> io::Result<()> {
        Ok(self.gate.delete(&self.sockets.0)?)
    }

    /// Watches a socket.
    pub(super) fn add(&self, socket: impl AsFd, (link, family, protocol): Place) -> io::Result<()> {
        let family = match family {
            Family::V4 => 0,
            Family::V6 => 1,
        };
        let data = u64::from(link) << 9 | u64::from(protocol) << 1 | family;
        Ok(self.sockets.add(socket, EpollEvent::new(EpollFlags::EPOLLIN, data))?)
    }

    /// Appends the places that can be read, those first that waited longest, and tells whether there may be more. It never
    /// blocks.
    pub(super) fn ready(&self, places: &mut VecDeque<Place>) -> io::Result<bool> {
        let mut events = [EpollEvent::empty(); BATCH];
        let count = self.sockets.wait(&mut events, EpollTimeout::ZERO)?;
        places.extend(events.iter().take(count).map(|event| place(event.data())));
        Ok(count == BATCH)
    }
}

/// The place under which a socket was added.
fn place(data: u64) -> Place {
    let [protocol, ..] = (data >> 1).to_le_bytes();
    let link = u32::try_from(data >> 9).unwrap_or_default();
    (link, if data & 1 == 0 { Family::V4 } else { Family::V6 }, protocol)
}

impl AsRawFd for Poll {
    fn as_raw_fd(&self) -> RawFd {
        self.gate.0.as_raw_fd()
    }
}
