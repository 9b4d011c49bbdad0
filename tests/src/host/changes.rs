//! The kernel's reports about links, addresses and routes, to wait on instead of sleeping.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, socket};

use crate::namespace::Namespace;

/// Links, neighbours, IPv4 addresses and routes, IPv6 addresses and routes (`RTMGRP_*` of rtnetlink.h).
const GROUPS: u32 = 0x1 | 0x4 | 0x10 | 0x40 | 0x100 | 0x400;

/// A subscription to the reports of one network namespace.
#[derive(Debug)]
pub(super) struct Changes {
    socket: OwnedFd,
}

impl Changes {
    pub(super) fn new(network: &Namespace) -> Result<Self> {
        network.enter(|| {
            let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
            let route = SockProtocol::NetlinkRoute;
            let socket = socket(AddressFamily::Netlink, SockType::Raw, flags, route)?;
            bind(socket.as_raw_fd(), &NetlinkAddr::new(0, GROUPS))?;
            Ok(Self { socket })
        })
    }

    /// Waits until `check` is true, asking it first at once and then at each report.
    pub(super) fn wait(&self, deadline: Duration, check: impl Fn() -> Result<bool>) -> Result<()> {
        let end = Instant::now() + deadline;
        while !check()? {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                bail!("not within {deadline:?}");
            }
            let timeout = PollTimeout::try_from(left)?;
            poll(&mut [PollFd::new(self.socket.as_fd(), PollFlags::POLLIN)], timeout)?;
            self.drain();
        }
        Ok(())
    }

    /// Drops the waiting reports: `check` looks at the kernel itself, so that lost ones do no harm.
    fn drain(&self) {
        let mut report = [0; 8192];
        while recv(self.socket.as_raw_fd(), &mut report, MsgFlags::empty()).is_ok() {}
    }
}
