//! A tap: sees the advertisements that a link receives, before anything on this host can take them away.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use nix::libc;
use nix::sys::socket::{MsgFlags, recv};
use vrrp::id::{Family, Vrid};
use vrrp::wire::Packet;

use super::raw::Taken;
use crate::frames::{self, Listener};

mod filter;

/// A packet socket whose filter lets the advertisements of some virtual routers pass.
///
/// The filter runs for every packet that the link receives, which is why a tap is not left open.
pub(super) struct Tap {
    socket: Listener,
    family: Family,
    vrids: BTreeSet<Vrid>,
}

impl Tap {
    /// Opens a tap on the link with that index, for one virtual router.
    pub(super) fn open(link: u32, family: Family, vrid: Vrid) -> io::Result<Self> {
        let vrids = BTreeSet::from([vrid]);
        let socket = frames::listen(link, libc::ETH_P_ALL, &filter::program(family, &vrids))?;
        Ok(Self { socket, family, vrids })
    }

    /// Looks for one more, from the next [`refresh`](Self::refresh) on.
    pub(super) fn look(&mut self, vrid: Vrid) {
        self.vrids.insert(vrid);
    }

    /// Looks for one less, from the next [`refresh`](Self::refresh) on. Tells whether any is left.
    pub(super) fn look_away(&mut self, vrid: Vrid) -> bool {
        self.vrids.remove(&vrid);
        !self.vrids.is_empty()
    }

    /// Has the kernel filter by what is looked for.
    pub(super) fn refresh(&self) -> io::Result<()> {
        self.socket.attach_filter(&filter::program(self.family, &self.vrids))
    }

    /// Takes the next packet, or fails with `WouldBlock`. What is no packet gives `None`: where nothing takes it away, it
    /// is counted when it arrives.
    pub(super) fn receive<'a>(&self, buffer: &'a mut [u8]) -> io::Result<Option<Taken<'a>>> {
        let length = recv(self.socket.as_raw_fd(), buffer, MsgFlags::empty())?;
        Ok(Packet::from_link(buffer.get(..length).unwrap_or_default()).ok().map(|packet| (None, Ok(packet))))
    }
}

impl AsFd for Tap {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
