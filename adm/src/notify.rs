//! What follows on this host from the transitions of instances: targets of systemd, and programs.
//!
//! This runs as root, beside the daemon: who reads packets from the network has no right to start anything.

use std::path::PathBuf;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::Instant;
use vrrp::config::file::Tree;
use vrrp::status::{self, Instance, Status};
use zbus::Connection;

use self::errands::Errands;
use self::ledger::{Change, Ledger};
use self::programs::Programs;
use self::targets::Targets;
use crate::bus::events::{Event, Events, Transition};
use crate::bus::{Daemon, Refusal};
use crate::render::warn;
use crate::systemd::Systemd;

mod errands;
mod ledger;
mod programs;
mod targets;

/// How long a daemon may be away and go on as it was: its claims have lapsed some time after its lease.
const LAPSE: Duration = Duration::from_secs(2);
/// How many transitions the daemon keeps of an instance, and more.
const KEPT: u32 = 64;
/// How long is waited for more to be told of, before the daemon is asked for everything.
const TOGETHER: Duration = Duration::from_millis(100);
/// How long is waited for programs when the host goes down.
const LAST: Duration = Duration::from_secs(20);

/// Where a run leaves to the next one what was told.
const FILE: &str = "told.json";

/// Follows the instances until it is told to end.
///
/// # Errors
/// The bus refuses, or is gone.
pub(crate) async fn follow(connection: &Connection, tree: Tree, directory: PathBuf) -> anyhow::Result<()> {
    let signals = [SignalKind::terminate(), SignalKind::hangup()].map(signal);
    // From here on a reload is no end.
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    let daemon = Daemon::on(connection);
    let events = daemon.events().await?;
    let (tell_done, done) = mpsc::unbounded_channel();
    let file = directory.join(FILE);
    let noted = Ledger::read(&file);
    let systemd = Systemd::on(connection);
    let follower = Follower {
        daemon,
        targets: Targets::new(systemd.clone()),
        errands: Errands::new(systemd.clone(), tell_done),
        systemd,
        programs: Programs::below(tree),
        ledger: noted.clone(),
        noted,
        file,
        lease: Duration::ZERO,
        look_at: None,
        gone_at: None,
    };
    let [end, reload] = signals;
    follower.run(events, done, end?, reload?).await
}

struct Follower {
    daemon: Daemon,
    systemd: Systemd,
    programs: Programs,
    targets: Targets,
    errands: Errands,
    /// What was told, or is about to be.
    ledger: Ledger,
    /// What everybody was told.
    noted: Ledger,
    file: PathBuf,
    /// The longest lease of all instances.
    lease: Duration,
    /// When the daemon is asked for everything.
    look_at: Option<Instant>,
    /// When a daemon that is away has lost what it had claimed.
    gone_at: Option<Instant>,
}

impl Follower {
    async fn run(
        mut self,
        mut events: Events,
        mut done: mpsc::UnboundedReceiver<Change>,
        mut end: Signal,
        mut reload: Signal,
    ) -> anyhow::Result<()> {
        // What they are run for was told by the run before, or by none.
        self.programs.read();
        self.look().await?;
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(event) => self.heed(event).await?,
                    None => anyhow::bail!("the bus is gone"),
                },
                Some(change) = done.recv() => self.note(&change),
                () = at(self.look_at) => self.look().await?,
                () = at(self.gone_at) => self.lapse(),
                _ = reload.recv() => self.look().await?,
                _ = end.recv() => break,
            }
        }
        if self.systemd.is_stopping().await {
            self.last_will(events, done, &mut end).await?;
        }
        Ok(())
    }

    /// Follows the daemon to its end, where the host goes down: the last transitions are to be told, too.
    async fn last_will(
        &mut self,
        mut events: Events,
        mut done: mpsc::UnboundedReceiver<Change>,
        end: &mut Signal,
    ) -> anyhow::Result<()> {
        let patience = Instant::now() + LAST;
        while self.gone_at.is_none() || !self.errands.are_done() {
            tokio::select! {
                event = events.next(), if self.gone_at.is_none() => match event {
                    Some(event) => self.heed(event).await?,
                    None => break,
                },
                Some(change) = done.recv() => self.note(&change),
                () = tokio::time::sleep_until(patience) => break,
                _ = end.recv() => break,
            }
        }
        Ok(())
    }

    async fn heed(&mut self, event: Event) -> anyhow::Result<()> {
        match event {
            Event::Transition(transition) if self.programs.has(&transition.instance) => {
                self.catch_up(&transition.instance).await
            }
            Event::Transition(Transition { instance, new, reason, .. }) => {
                // For the targets alone only the last one counts, and the daemon need not be asked.
                let change = self.ledger.enter(&instance, new, reason);
                self.tell(change.into_iter().collect());
                Ok(())
            }
            Event::Added(_) | Event::Lost(_) => {
                self.look_at.get_or_insert(Instant::now() + TOGETHER);
                Ok(())
            }
            Event::Running(true) => self.look().await,
            Event::Removed(instance) => {
                let change = self.ledger.remove(&instance);
                self.tell(change.into_iter().collect());
                Ok(())
            }
            Event::Running(false) => {
                self.gone_at = Some(Instant::now() + self.lease + LAPSE);
                Ok(())
            }
        }
    }

    /// Takes what an instance has gone through since it was last asked.
    async fn catch_up(&mut self, instance: &str) -> anyhow::Result<()> {
        match self.daemon.history(&[instance.to_owned()], KEPT).await {
            Ok(transitions) => {
                let changes = self.ledger.take(transitions);
                self.tell(changes);
                Ok(())
            }
            // That it is gone is told.
            Err(refusal) if refusal.is_absence() => Ok(()),
            Err(refusal) => Err(refusal.into()),
        }
    }

    /// Asks how every instance is: when a daemon begins to run, and where it was not followed all the time.
    async fn look(&mut self) -> anyhow::Result<()> {
        self.look_at = None;
        for instance in self.programs.read() {
            // Its state is told to the programs that are new, too.
            self.ledger.forget(&instance);
        }
        let status = match self.daemon.describe::<Status>().await {
            Ok(status) => status,
            Err(Refusal::NotRunning) => {
                self.gone_at.get_or_insert(Instant::now() + self.lease + LAPSE);
                return Ok(());
            }
            Err(refusal) => return Err(refusal.into()),
        };
        self.gone_at = None;
        self.ledger.follow(status.daemon.started);
        let leases = status.instances.iter().filter_map(|instance| instance.lease);
        self.lease = Duration::from_millis(leases.max().unwrap_or_default().into());
        let present: Vec<&str> = status.instances.iter().map(|instance| instance.name.as_str()).collect();
        let gone = self.ledger.keep(&present);
        self.tell(gone);
        for instance in status.instances {
            if self.ledger.lacks_some_before(&instance.name, instance.transitions) {
                self.catch_up(&instance.name).await?;
            } else {
                let changes = self.ledger.take(vec![standing(instance)]);
                self.tell(changes);
            }
        }
        Ok(())
    }

    /// A daemon that was away too long has lost everything.
    fn lapse(&mut self) {
        self.gone_at = None;
        let changes = self.ledger.stop();
        self.tell(changes);
    }

    fn tell(&mut self, changes: Vec<Change>) {
        for change in changes {
            self.targets.follow(&change.instance, change.state);
            let programs = self.programs.of(&change);
            self.errands.add(change, programs);
        }
    }

    fn note(&mut self, change: &Change) {
        self.errands.go_on(&change.instance);
        if !self.programs.has(&change.instance) {
            return;
        }
        self.noted.note(self.ledger.run(), change);
        if let Err(error) = self.noted.write(&self.file) {
            warn(&format!("{} cannot be written ({error}): a restart may run programs again", self.file.display()));
        }
    }
}

/// How an instance stands, as the last transition that it has gone through.
fn standing(Instance { name, transitions, since, state, reason, .. }: Instance) -> status::Transition {
    status::Transition { instance: name, number: transitions, time: since, old: state, state, reason }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
