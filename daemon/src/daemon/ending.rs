//! How the daemon ends: for good, or in favour of the next one.

use std::time::Duration;

use vrrp::machine::Event;

use super::{Daemon, Phase};
use crate::{journal, notify, replace};

/// How long the kernel may take to release everything when the daemon stops.
const STOPPING: Duration = Duration::from_secs(5);

/// How the daemon ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing is left to do.
    Stopped,
    /// The next daemon is to go on where this one stopped, in a process of its own.
    Left,
    /// The same in this process.
    Replaced,
}

impl Daemon {
    /// Resigns everywhere, drains, releases, and lets the kernel finish.
    pub(super) fn stop(&mut self, keep_holds: bool) {
        if matches!(self.phase, Phase::Stopping | Phase::Ended(_)) {
            return;
        }
        self.phase = Phase::Stopping;
        self.disinherit();
        notify::stopping();
        journal::stopping(keep_holds);
        for (number, places) in self.formations.places() {
            self.tell_places(number, &places, &Event::Shutdown);
        }
        self.stop = Some(keep_holds);
        self.give_up_at = Some(self.drained_at().unwrap_or(self.now) + STOPPING);
    }

    /// Ends when the kernel has released everything, and the sync daemon of IPVS is what it is to be.
    pub(super) fn end_when_released(&mut self) {
        if self.released && !self.sync_daemon.is_awaited() {
            self.phase = Phase::Ended(End::Stopped);
        }
    }

    /// Leaves everything as it is to the next daemon; resigns if that would not know where to go on.
    pub(super) fn leave(&mut self, end: End) {
        if matches!(self.phase, Phase::Stopping | Phase::Ended(_)) {
            return;
        }
        // Before it runs, whatever the former daemon left is there yet.
        if self.phase == Phase::Running && !self.bequeath() {
            return self.stop(true);
        }
        match end {
            End::Replaced => notify::reloading(),
            End::Stopped | End::Left => notify::stopping(),
        }
        journal::leaving(end == End::Replaced);
        replace::hold_signals();
        self.phase = Phase::Ended(end);
    }
}
