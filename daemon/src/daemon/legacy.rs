//! What this daemon leaves to the next one, kept true at every moment: it may be the last.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};
use tokio::task::JoinHandle;
use vrrp::config::LinkName;
use vrrp::machine::{Action, Kind, VirtualRouter};
use vrrp::saved::{self, Alive, State};
use vrrp::wire::Dialect;

use super::instance::Instance;
use super::send::Say;
use super::{Daemon, Id, Phase};
use crate::journal;
use crate::saved::{Former, Stamp};

/// How long the state is left alone that was just written, so that thousands of transitions are few writes.
const PAUSE: Duration = Duration::from_millis(20);
/// How many milliseconds a write may still take when the daemon leaves.
const LAST_WRITE: u32 = 100;

/// What a former daemon left, and what this one will leave.
pub(super) struct Legacy {
    directory: PathBuf,
    scene: String,
    /// `None` where it cannot be written: then nothing is left.
    stamp: Option<Stamp>,
    /// What the former daemon left, until it is decided what goes on.
    pub(super) former: Option<Former>,
    alive: Alive,
    /// Whether something was advertised in this turn.
    advertised: bool,
    /// Whether the number is ahead of every state that was written.
    renounced: bool,
    /// Whether the state is to be written.
    changed: bool,
    /// When it may be.
    write_at: Option<Instant>,
    pause_until: Option<Instant>,
    writing: Option<JoinHandle<()>>,
    /// The instances that go on before everything around them was told.
    pub(super) awaiting: BTreeSet<Id>,
    /// How long they wait for that.
    pub(super) patience: Option<Instant>,
    /// Whether systemd has answered, or nobody can ask it.
    pub(super) answered: bool,
}

/// The time since the machine started, sleep included: a Master that slept has been replaced.
pub(super) fn uptime() -> Duration {
    clock_gettime(ClockId::CLOCK_BOOTTIME).map(Duration::from).unwrap_or_default()
}

impl Legacy {
    /// Reads what the former daemon left.
    pub(super) fn open(directory: PathBuf) -> Self {
        let former = crate::saved::read(&directory);
        let stamp = Stamp::open(&directory).inspect_err(journal::not_saved).ok();
        let written = former.state.as_ref().and_then(|state| state.as_ref().ok()).map_or(0, |state| state.number);
        let alive = former.alive.unwrap_or(Alive { at: Duration::ZERO, number: written.wrapping_add(1), sealed: 0 });
        Self {
            scene: crate::saved::scene(),
            directory,
            stamp,
            former: Some(former),
            alive,
            advertised: false,
            renounced: false,
            changed: false,
            write_at: None,
            pause_until: None,
            writing: None,
            awaiting: BTreeSet::new(),
            patience: None,
            answered: false,
        }
    }

    /// The machine's life and network namespace.
    pub(super) fn scene(&self) -> &str {
        &self.scene
    }

    /// Notes what a router does. Who resigns is no Master for the next daemon, whatever was written: at once.
    pub(super) fn see(&mut self, action: &Action) {
        match action {
            Action::Advertise(_) => self.advertised = true,
            Action::Hasten(_) | Action::Resign | Action::Drain | Action::Release => self.renounce(),
            Action::Enter(..) => self.changed = true,
            Action::Claim | Action::Announce | Action::Discard(_) | Action::CountFiltered | Action::Contested => {}
        }
    }

    /// Whether something was advertised in this turn.
    pub(super) const fn has_advertised(&self) -> bool {
        self.advertised
    }

    /// Notes the number of an authentication header that is sent.
    pub(super) fn note_sealed(&mut self, number: u32) {
        self.alive.sealed = self.alive.sealed.max(number);
    }

    /// The link that carried a Master which is on this group, as the former daemon left it.
    pub(super) fn carrier_of(&self, group: &str) -> Option<LinkName> {
        let state = self.former.as_ref()?.state.as_ref()?.as_ref().ok()?;
        let mut known = state.instances.values().filter(|_| state.boot == self.scene);
        known.find(|one| one.interface.group() == Some(group))?.link.clone()
    }

    /// The highest number that this daemon, or the former one, has sent.
    pub(super) const fn sealed(&self) -> u32 {
        self.alive.sealed
    }

    /// Makes what was written so far worth nothing.
    pub(super) fn renounce(&mut self) {
        self.changed = true;
        if !self.renounced {
            self.renounced = true;
            self.alive.number = self.alive.number.wrapping_add(1);
            self.stamp();
        }
    }

    /// Notes that something else changed that is left to the next daemon.
    pub(super) const fn change(&mut self) {
        self.changed = true;
    }

    /// When the state is to be written.
    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.write_at
    }

    /// Waits for a write that has begun: it takes milliseconds, and must not undo the last one.
    fn finish_writing(&mut self) {
        let Some(writing) = self.writing.take() else { return };
        for _ in 0..LAST_WRITE {
            if writing.is_finished() {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn stamp(&mut self) {
        let written = self.stamp.as_ref().map(|stamp| stamp.write(self.alive));
        if let Some(Err(error)) = written {
            journal::not_saved(&error);
            self.stamp = None;
        }
    }
}

impl Daemon {
    /// Keeps true what is left to the next daemon, at the end of a turn that began `now`.
    pub(super) fn keep_legacy(&mut self) {
        if self.phase != Phase::Running {
            return;
        }
        if std::mem::take(&mut self.legacy.advertised) {
            // Whatever was due when the turn began has been sent.
            self.legacy.alive.at = uptime().saturating_sub(self.now.elapsed());
            self.legacy.stamp();
        }
        if !self.legacy.changed {
            return;
        }
        let busy = self.legacy.writing.as_ref().is_some_and(|writing| !writing.is_finished());
        let pause = self.legacy.pause_until.filter(|&until| self.now < until);
        if busy || pause.is_some() {
            self.legacy.write_at = Some(pause.unwrap_or(self.now + PAUSE));
            return;
        }
        let (state, directory) = (self.state(None), self.legacy.directory.clone());
        self.legacy.changed = false;
        self.legacy.renounced = false;
        self.legacy.write_at = None;
        self.legacy.pause_until = Some(self.now + PAUSE);
        if self.legacy.stamp.is_some() {
            self.legacy.writing = Some(tokio::task::spawn_blocking(move || {
                if let Err(error) = crate::saved::write(&directory, &state) {
                    journal::not_saved(&error);
                }
            }));
        }
    }

    /// Makes room for the next daemon: every Master advertises, and the state says exactly when. Tells whether the next
    /// daemon will be able to go on.
    pub(super) fn bequeath(&mut self) -> bool {
        let left = uptime();
        let masters: Vec<Id> =
            self.instances.iter().filter(|(_, one)| self.is_master(one)).map(|(&id, _)| id).collect();
        for id in masters {
            let members = self.instances.get(&id).map_or(0, |instance| instance.routers.len());
            for member in 0..members {
                let machine = self.instances.get(&id).and_then(|instance| self.formations.machine(instance, member));
                if let Some(priority) = machine.map(VirtualRouter::priority) {
                    self.advertise(id, member, Say::Master(priority));
                }
            }
        }
        self.send_off();
        self.legacy.alive.at = left;
        self.legacy.stamp();
        if self.legacy.stamp.is_none() {
            return false;
        }
        self.legacy.finish_writing();
        let written = crate::saved::write(&self.legacy.directory, &self.state(Some(left)));
        written.inspect_err(journal::not_saved).is_ok()
    }

    /// Leaves nothing to the next daemon: every address is given up.
    pub(super) fn disinherit(&mut self) {
        self.legacy.renounce();
        self.legacy.finish_writing();
        crate::saved::remove(&self.legacy.directory);
        self.legacy.stamp = None;
    }

    fn is_master(&self, instance: &Instance) -> bool {
        self.formations.kind(instance) == Kind::Master
    }

    fn state(&self, left_at: Option<Duration>) -> State {
        let told = self.instances.values().filter(|instance| self.is_master(instance) || instance.away.is_some());
        State {
            boot: self.legacy.scene.clone(),
            number: self.legacy.alive.number,
            left_at,
            instances: told.map(|instance| (instance.config.name.clone(), self.bequest(instance))).collect(),
        }
    }

    fn bequest(&self, instance: &Instance) -> saved::Instance {
        let config = &instance.config;
        let dialect = self.formations.machines(instance).map(VirtualRouter::dialect);
        let learned = dialect.into_iter().find(|dialect| *dialect != Dialect::PseudoHeader);
        let master = saved::Master {
            since: instance.since,
            weight: instance.effective.weight,
            last_resort: instance.effective.bar.is_some() || instance.effective.aside.is_some(),
            dialect: learned,
        };
        saved::Instance {
            interface: config.interface.clone(),
            link: config.interface.group().and_then(|_| {
                let link = instance.routers.iter().find_map(|router| router.link)?;
                LinkName::new(&self.links.get(&link)?.name)
            }),
            vrid: config.vrid,
            version: config.version,
            families: config.families().collect(),
            interval: config.advert_interval,
            master: self.is_master(instance).then_some(master),
            away: instance.away.as_ref().map(|away| saved::Away { until: away.shown.until, forced: away.shown.forced }),
        }
    }
}
