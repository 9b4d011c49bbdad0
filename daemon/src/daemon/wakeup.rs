//! What wakes the loop, and in which order.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinError;

use super::{Daemon, Phase, Reading, Trial};
use crate::control::Request;
use crate::{conditions as sources, ipvs, kernel, probes, reload, units};

/// Everything that can wake the loop.
pub(super) enum Wakeup {
    /// Packets wait.
    Packets(io::Result<()>),
    /// Somebody else answers for addresses.
    Rivals(io::Result<()>),
    /// Hosts ask for a router.
    Hosts(io::Result<()>),
    /// The kernel reports.
    Kernel(Option<kernel::Report>),
    /// A unit changed.
    Units(Option<units::Report>),
    /// A source of conditions saw something.
    Condition(Option<sources::Report>),
    /// A probe was answered, or could not be sent.
    Probe(Option<probes::Report>),
    /// The sync daemon of IPVS runs, or does not.
    SyncDaemon(Option<ipvs::Report>),
    /// A router, a lease or the watchdog is due.
    Deadline,
    /// Somebody on the bus asks.
    Control(Request),
    /// The configuration was read.
    Read(Result<reload::Read, JoinError>),
    /// The program that is to replace this one was tried out.
    Tried(Result<Result<(), String>, JoinError>),
    /// SIGTERM or SIGINT: resign and release.
    Stop,
    /// SIGUSR2: make room for the next daemon.
    Restart,
    /// SIGHUP: read the configuration again.
    Reload,
}

/// Where wakeups come from.
pub(super) struct Sources {
    pub(super) reports: mpsc::Receiver<kernel::Report>,
    pub(super) units: mpsc::Receiver<units::Report>,
    pub(super) conditions: mpsc::Receiver<sources::Report>,
    pub(super) probes: mpsc::Receiver<probes::Report>,
    pub(super) sync_daemon: mpsc::Receiver<ipvs::Report>,
    pub(super) requests: mpsc::Receiver<Request>,
    pub(super) signals: mpsc::Receiver<Wakeup>,
}

/// Has signals come as wakeups, within a tokio runtime: one source for the loop to look at each turn, and not four.
///
/// # Errors
/// The kernel's, none of which is expected.
pub(super) fn signals() -> io::Result<mpsc::Receiver<Wakeup>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut restart = signal(SignalKind::user_defined2())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    // Whoever sends signals faster than they are heeded is heeded more slowly.
    let (tell, signals) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            let wakeup = tokio::select! {
                _ = terminate.recv() => Wakeup::Stop,
                _ = interrupt.recv() => Wakeup::Stop,
                _ = restart.recv() => Wakeup::Restart,
                _ = hang_up.recv() => Wakeup::Reload,
            };
            if tell.send(wakeup).await.is_err() {
                return;
            }
        }
    });
    Ok(signals)
}

/// Waits for work that goes on elsewhere.
async fn finished(reading: &mut Option<Reading>, trial: &mut Option<Trial>) -> Wakeup {
    let read = async {
        match reading {
            Some(reading) => (&mut reading.task).await,
            None => std::future::pending().await,
        }
    };
    let tried = async {
        match trial {
            Some(trial) => (&mut trial.task).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        read = read => Wakeup::Read(read),
        tried = tried => Wakeup::Tried(tried),
    }
}

impl Daemon {
    /// Waits for whatever comes first; of what is there already, for what matters most.
    ///
    /// # Errors
    /// The kernel cannot be asked to wake the loop.
    pub(super) async fn next(&mut self, sources: &mut Sources) -> io::Result<Wakeup> {
        self.alarm.set(self.deadline())?;
        Ok(tokio::select! {
            biased;
            result = self.packets.readable() => Wakeup::Packets(result),
            report = sources.reports.recv() => Wakeup::Kernel(report),
            report = sources.units.recv() => Wakeup::Units(report),
            report = sources.conditions.recv() => Wakeup::Condition(report),
            report = sources.probes.recv() => Wakeup::Probe(report),
            report = sources.sync_daemon.recv() => Wakeup::SyncDaemon(report),
            due = self.alarm.goes_off() => due.map(|()| Wakeup::Deadline)?,
            result = self.rivals.readable() => Wakeup::Rivals(result),
            result = self.solicitations.readable() => Wakeup::Hosts(result),
            Some(signal) = sources.signals.recv() => signal,
            work = finished(&mut self.reading, &mut self.trial) => work,
            Some(request) = sources.requests.recv(), if self.answers() => Wakeup::Control(request),
        })
    }

    /// Whether it can be asked yet: before the instances run it would say that none is Master.
    fn answers(&self) -> bool {
        self.phase != Phase::Starting
    }

    /// What waits behind packets, one thing at a time; it does not wait for any. A flood fast enough to fill every turn must
    /// not keep the daemon from being asked or stopped.
    pub(super) async fn overtaken(&mut self, sources: &mut Sources) -> Option<Wakeup> {
        tokio::select! {
            biased;
            Some(signal) = sources.signals.recv() => Some(signal),
            work = finished(&mut self.reading, &mut self.trial) => Some(work),
            Some(request) = sources.requests.recv(), if self.answers() => Some(Wakeup::Control(request)),
            result = self.rivals.readable() => Some(Wakeup::Rivals(result)),
            result = self.solicitations.readable() => Some(Wakeup::Hosts(result)),
            () = std::future::ready(()) => None,
        }
    }

    /// Gives their turn to sources that a flood of packets would starve, in the order of their weight.
    pub(super) fn catch_up(&mut self, sources: &mut Sources) -> anyhow::Result<()> {
        while let Ok(report) = sources.reports.try_recv() {
            self.handle(Wakeup::Kernel(Some(report)))?;
        }
        while let Ok(report) = sources.units.try_recv() {
            self.handle(Wakeup::Units(Some(report)))?;
        }
        while let Ok(report) = sources.conditions.try_recv() {
            self.handle(Wakeup::Condition(Some(report)))?;
        }
        while let Ok(report) = sources.probes.try_recv() {
            self.handle(Wakeup::Probe(Some(report)))?;
        }
        while let Ok(report) = sources.sync_daemon.try_recv() {
            self.handle(Wakeup::SyncDaemon(Some(report)))?;
        }
        if self.deadline().is_some_and(|deadline| deadline <= self.now) {
            self.handle(Wakeup::Deadline)?;
        }
        Ok(())
    }
}
