//! Ctrl-C, so that the demo can clean up.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use anyhow::Result;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

/// Takes SIGINT, SIGTERM and SIGHUP away from their default, which would leave things behind.
#[derive(Debug)]
pub(super) struct Interrupt {
    signals: SignalFd,
}

impl Interrupt {
    /// Blocks the signals in this thread and those it starts. Programs are started with none blocked.
    pub(super) fn new() -> Result<Self> {
        let mut set = SigSet::empty();
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
            set.add(signal);
        }
        set.thread_block()?;
        let signals = SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        Ok(Self { signals })
    }

    /// Tells whether one came; it is left waiting, for the next who asks.
    pub(super) fn came(&self) -> bool {
        self.came_within(Duration::ZERO)
    }

    /// Waits for one, at most `window`.
    pub(super) fn came_within(&self, window: Duration) -> bool {
        let end = Instant::now() + window;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
            match poll(&mut [PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)], timeout) {
                Ok(ready) if ready > 0 => return true,
                _ if left.is_zero() => return false,
                _ => {}
            }
        }
    }

    /// Waits for one.
    pub(super) fn wait(&self) -> Result<()> {
        poll(&mut [PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE)?;
        Ok(())
    }
}
