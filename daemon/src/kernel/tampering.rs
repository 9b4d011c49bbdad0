//! Writes to `/proc/sys/net/ipv4/conf/LINK`: netlink does not tell of the ARP settings, but the files do.
//!
//! Only writes through the same mount of /proc are seen: a unit with `ProtectProc=` has a mount of its own, into which
//! vrrp.service binds the host's `/proc/sys/net`. Where none is seen, settings are looked at when the link changes, or when
//! one is written of which netlink tells.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::task::{Context, Poll, Waker};

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The watched settings.
pub(super) struct Tampering {
    inotify: AsyncFd<Descriptor>,
    watched: BTreeMap<(u32, String), Option<WatchDescriptor>>,
}

struct Descriptor(Inotify);

impl AsRawFd for Descriptor {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

impl Tampering {
    /// Watches nothing yet. Needs a runtime that is entered.
    pub(super) fn new() -> io::Result<Self> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
        // SAFETY: the instance owns its descriptor and keeps the same one until it is dropped with the `AsyncFd`.
        let inotify = unsafe { AsyncFd::register_with_interest(Descriptor(inotify), Interest::READABLE) }?;
        Ok(Self { inotify, watched: BTreeMap::new() })
    }

    /// Watches the settings of these links, each an index and a name, and of no others.
    ///
    /// A link that cannot be watched is left: its folder is gone, or the user has no watch to spare.
    pub(super) fn follow(&mut self, links: impl Iterator<Item = (u32, String)>) {
        let wanted: std::collections::BTreeSet<_> = links.collect();
        let inotify = &self.inotify.get_ref().0;
        self.watched.retain(|link, watch| {
            let keep = wanted.contains(link);
            if let (false, Some(watch)) = (keep, watch) {
                // The kernel has dropped it already if the folder is gone.
                let _ = inotify.rm_watch(*watch);
            }
            keep
        });
        for link in wanted {
            self.watched.entry(link).or_insert_with_key(|(_, name)| {
                let folder = format!("/proc/sys/net/ipv4/conf/{name}");
                inotify.add_watch(folder.as_str(), AddWatchFlags::IN_MODIFY).ok()
            });
        }
    }

    /// Waits until a setting was written. Cancel-safe.
    pub(super) async fn readable(&self) -> io::Result<()> {
        self.inotify.readable().await?.retain_ready();
        Ok(())
    }

    /// The links whose settings were written since the last call.
    pub(super) fn drain(&self) -> io::Result<Vec<u32>> {
        let mut written = Vec::new();
        loop {
            match self.inotify.get_ref().0.read_events() {
                Ok(events) => written.extend(events.iter().flat_map(|event| self.links_of(event.wd))),
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => break,
                Err(error) => return Err(error.into()),
            }
        }
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(Ok(mut guard)) = self.inotify.poll_read_ready(&mut context) {
            guard.clear_ready();
        }
        Ok(written)
    }

    fn links_of(&self, watch: WatchDescriptor) -> impl Iterator<Item = u32> + '_ {
        self.watched.iter().filter(move |(_, watched)| **watched == Some(watch)).map(|((index, _), _)| *index)
    }
}
