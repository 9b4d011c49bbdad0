//! Frozen units, as the kernel tells of their cgroups.
//!
//! A unit is frozen by `systemctl freeze`, by whoever writes to the `cgroup.freeze` of its cgroup, or with a slice above
//! it. Its ActiveState stays `active` through all of this; `cgroup.events` tells of each.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::path::{Path, PathBuf};
use std::task::{Context, Poll, Waker};

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Where the kernel shows the cgroups.
pub(super) const ROOT: &str = "/sys/fs/cgroup";

/// The cgroups that are watched.
pub(super) struct Freezer {
    root: PathBuf,
    /// None where the kernel has none to spare: then a unit is looked at when systemd tells of it.
    inotify: Option<AsyncFd<Descriptor>>,
    watched: BTreeMap<String, WatchDescriptor>,
}

struct Descriptor(Inotify);

impl AsRawFd for Descriptor {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

impl Freezer {
    /// Watches nothing yet. Needs a runtime that is entered.
    pub(super) fn new(root: &Path) -> Self {
        let inotify = open();
        if let Err(error) = &inotify {
            tracing::warn!(%error, "units that are frozen will not be noticed at once");
        }
        Self { root: root.to_owned(), inotify: inotify.ok(), watched: BTreeMap::new() }
    }

    /// Watches a cgroup. One that has no such file, as on a host without the unified hierarchy, is left.
    pub(super) fn watch(&mut self, cgroup: &str) {
        let Some(inotify) = &self.inotify else { return };
        match inotify.get_ref().0.add_watch(&self.events_of(cgroup), AddWatchFlags::IN_MODIFY) {
            Ok(watch) => {
                self.watched.insert(cgroup.to_owned(), watch);
            }
            Err(Errno::ENOENT) => {}
            Err(error) => tracing::warn!(%error, %cgroup, "a unit that is frozen will not be noticed at once"),
        }
    }

    /// Tells whether a cgroup is watched, and there.
    pub(super) fn watches(&self, cgroup: &str) -> bool {
        self.watched.contains_key(cgroup)
    }

    /// Leaves a cgroup alone.
    pub(super) fn forget(&mut self, cgroup: &str) {
        if let (Some(inotify), Some(watch)) = (&self.inotify, self.watched.remove(cgroup)) {
            // The kernel has dropped it already if the cgroup is gone.
            let _ = inotify.get_ref().0.rm_watch(watch);
        }
    }

    /// Tells whether every process of a cgroup is frozen. The file is in memory: to read it never waits.
    pub(super) fn is_frozen(&self, cgroup: &str) -> bool {
        fs::read_to_string(self.events_of(cgroup)).is_ok_and(|events| events.lines().any(|line| line == "frozen 1"))
    }

    /// Waits until something happens to watched cgroups, and gives them. Cancel-safe.
    pub(super) async fn changed(&mut self) -> io::Result<Vec<String>> {
        let Some(inotify) = &self.inotify else {
            return std::future::pending().await;
        };
        inotify.readable().await?.retain_ready();
        self.drain()
    }

    fn drain(&mut self) -> io::Result<Vec<String>> {
        let mut changed = Vec::new();
        let Some(inotify) = &self.inotify else { return Ok(changed) };
        loop {
            match inotify.get_ref().0.read_events() {
                Ok(events) => {
                    for event in events {
                        let of_event = |(_, watch): &(&String, &WatchDescriptor)| **watch == event.wd;
                        let Some((cgroup, _)) = self.watched.iter().find(of_event) else { continue };
                        let cgroup = cgroup.clone();
                        if event.mask.contains(AddWatchFlags::IN_IGNORED) {
                            self.watched.remove(&cgroup);
                        }
                        changed.push(cgroup);
                    }
                }
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => break,
                Err(error) => return Err(error.into()),
            }
        }
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(Ok(mut guard)) = inotify.poll_read_ready(&mut context) {
            guard.clear_ready();
        }
        Ok(changed)
    }

    fn events_of(&self, cgroup: &str) -> PathBuf {
        self.root.join(cgroup.trim_start_matches('/')).join("cgroup.events")
    }
}

fn open() -> io::Result<AsyncFd<Descriptor>> {
    let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
    // SAFETY: the instance owns its descriptor and keeps the same one until it is dropped with the `AsyncFd`.
    Ok(unsafe { AsyncFd::register_with_interest(Descriptor(inotify), Interest::READABLE) }?)
}
