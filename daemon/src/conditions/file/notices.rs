//! What inotify tells.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd, RawFd};
use std::path::Path;

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// One inotify instance and all that it watches: a user has only some of them.
pub(super) struct Notices {
    inotify: AsyncFd<Descriptor>,
    watches: BTreeSet<WatchDescriptor>,
}

/// Something that has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// An entry of a watched directory.
    Entry(WatchDescriptor, OsString),
    /// What is watched, itself.
    Itself(WatchDescriptor),
    /// Too much at once to tell what.
    Anything,
}

struct Descriptor(Inotify);

impl AsRawFd for Descriptor {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

impl Notices {
    /// Watches nothing yet. Needs a runtime that is entered.
    ///
    /// # Errors
    /// The user has as many instances as are allowed.
    pub(super) fn new() -> io::Result<Self> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
        // SAFETY: the instance owns its descriptor and keeps the same one until it is dropped with the `AsyncFd`.
        let inotify = unsafe { AsyncFd::register_with_interest(Descriptor(inotify), Interest::READABLE) }?;
        Ok(Self { inotify, watches: BTreeSet::new() })
    }

    /// Watches which entries a directory has.
    ///
    /// # Errors
    /// It does not exist, the user may not read it, or has no watch to spare.
    pub(super) fn directory(&mut self, path: &Path) -> io::Result<WatchDescriptor> {
        let entries = AddWatchFlags::IN_CREATE
            | AddWatchFlags::IN_DELETE
            | AddWatchFlags::IN_MOVE
            | AddWatchFlags::IN_ATTRIB
            | AddWatchFlags::IN_DELETE_SELF
            | AddWatchFlags::IN_MOVE_SELF;
        self.watch(path, entries | AddWatchFlags::IN_ONLYDIR | AddWatchFlags::IN_DONT_FOLLOW)
    }

    /// Watches what is written to a file.
    ///
    /// # Errors
    /// As [`Notices::directory`].
    pub(super) fn contents(&mut self, path: &Path) -> io::Result<WatchDescriptor> {
        let written = AddWatchFlags::IN_MODIFY | AddWatchFlags::IN_CLOSE_WRITE | AddWatchFlags::IN_ATTRIB;
        self.watch(path, written | AddWatchFlags::IN_DONT_FOLLOW)
    }

    fn watch(&mut self, path: &Path, mask: AddWatchFlags) -> io::Result<WatchDescriptor> {
        let watch = self.inotify.get_ref().0.add_watch(path, mask)?;
        self.watches.insert(watch);
        Ok(watch)
    }

    /// Watches nothing else any more.
    pub(super) fn keep(&mut self, needed: impl Iterator<Item = WatchDescriptor>) {
        let needed: BTreeSet<WatchDescriptor> = needed.collect();
        for watch in self.watches.difference(&needed) {
            // The kernel has dropped it already if what it watched is gone.
            let _ = self.inotify.get_ref().0.rm_watch(*watch);
        }
        self.watches = needed;
    }

    /// Waits for changes and takes them. Cancel-safe.
    pub(super) async fn changes(&self) -> io::Result<Vec<Change>> {
        loop {
            let mut ready = self.inotify.readable().await?;
            match self.inotify.get_ref().0.read_events() {
                Ok(events) => {
                    return Ok(events
                        .into_iter()
                        .map(|event| match event.name {
                            _ if event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW) => Change::Anything,
                            Some(name) => Change::Entry(event.wd, name),
                            None => Change::Itself(event.wd),
                        })
                        .collect());
                }
                Err(Errno::EAGAIN) => ready.clear_ready(),
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
