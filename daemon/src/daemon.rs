//! The one loop: everything that happens comes in as a [`Wakeup`], everything that follows goes out from here.
//!
//! What is received is handled before what has fallen due: after a stall, an advertisement that waits in the socket is
//! seen before the timer that would depose its sender. Nothing here waits for anything but the next wakeup.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::{mpsc, oneshot, watch};
use vrrp::conditions::{Observation, UnitState};
use vrrp::config::{Config, InstanceName, Watch};
use vrrp::id::{Family, Vrid};

use self::alarm::Alarm;
pub(crate) use self::ending::End;
use self::formation::Formations;
use self::groups::InterfaceGroup;
use self::heartbeat::Heartbeat;
use self::instance::Instances;
use self::ipvs::Following;
use self::legacy::Legacy;
use self::receive::Lull;
use self::send::Departure;
use self::timers::Timers;
use self::wakeup::{Sources, Wakeup};
use crate::announce::Announcer;
use crate::bus::Bus;
use crate::control::{Reloaded, Update};
use crate::journal::Transitions;
use crate::packets::{Listening, Packets};
use crate::probes::{Probes, Way};
use crate::replace::Program;
use crate::rivals::Rivals;
use crate::saved::offline::Offline;
use crate::solicitations::Solicitations;
use crate::{kernel, notify, reload};

mod alarm;
mod answer;
mod apply;
mod away;
mod beacon;
mod carriers;
mod conditions;
mod contest;
mod ending;
mod fights;
mod filter;
mod formation;
mod groups;
mod handover;
mod heartbeat;
mod history;
mod instance;
mod ipvs;
mod legacy;
mod links;
mod look;
mod perform;
mod present;
mod receive;
mod refusals;
mod resume;
mod send;
mod start;
mod timers;
mod wakeup;
mod ways;

/// How many packets are handled before the other sources get their turn.
const BATCH: usize = 64;

/// What the command line decides.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The main configuration file; `vrrp.d` beside it is read too.
    pub(crate) config: PathBuf,
    /// The bus for units and control.
    pub(crate) bus: Bus,
    /// Where what must survive a restart is kept, but not a reboot.
    pub(crate) runtime_dir: PathBuf,
    /// Where the last configuration that was applied is kept.
    pub(crate) state_dir: PathBuf,
    /// What runs, and is run again when it is to be replaced.
    pub(crate) program: Program,
}

/// An instance by a number that no other has had since the daemon started.
type Id = u32;

/// By link, virtual router identifier and family: an instance and the router's place in it.
type Routes = HashMap<(u32, Vrid, Family), (Id, usize)>;

/// The loop's state: it owns every router.
pub(crate) struct Daemon {
    settings: Settings,
    config: Config,
    /// How many virtual addresses that has.
    configured_addresses: u32,
    instances: Instances,
    formations: Formations,
    heartbeats: BTreeMap<String, Heartbeat>,
    /// When this host says on them that it is there.
    presence_at: Option<Instant>,
    /// The interface groups, by their names.
    groups: BTreeMap<String, InterfaceGroup>,
    /// The links of those that instances are on, as the kernel's worker was told.
    members: BTreeSet<u32>,
    /// Whether some group has instances on another member than before.
    carriers_changed: bool,
    /// Their members that an administrator took offline.
    offline: watch::Sender<Offline>,
    /// The routers that routes lead to, by the name of the link.
    gateways: BTreeMap<String, Vec<IpAddr>>,
    probes: Probes,
    /// In which ways members are probed, and whether it is looked for routers.
    ways: (BTreeSet<Way>, bool),
    /// The sync daemon of IPVS.
    sync_daemon: Following,
    names: BTreeMap<InstanceName, Id>,
    next_id: Id,
    /// Whose advertisements arrive where.
    routes: Routes,
    alarm: Alarm,
    /// When each formation wants to be woken.
    timers: Timers,
    /// When a condition of each instance turns if nothing else happens to it.
    condition_timers: Timers,
    /// When an instance whose primary address is missing believes it.
    absence_timers: Timers,
    /// When the hosts of an instance's link are told next whose router it is.
    beacon_timers: Timers,
    /// Who undoes what is claimed or held on a link again and again, and when that was told.
    fights: BTreeMap<String, (Instant, String)>,
    links: BTreeMap<u32, kernel::Link>,
    /// The sockets that are open, what they listen to, and the epoch of the link in which they joined its groups.
    sockets: BTreeMap<(u32, Family), (Listening, u32)>,
    /// The sockets that could not be opened, and why.
    deaf: BTreeMap<(u32, Family), String>,
    /// Why packets cannot be dropped, if they are to be and cannot.
    unfiltered: Option<String>,
    unit_states: HashMap<String, UnitState>,
    /// Why unit states are unknown, while they are.
    blind: Option<String>,
    discards: BTreeMap<vrrp::wire::Discard, u64>,
    packets: Packets,
    lull: Lull,
    /// What leaves with the others of this turn, in the order in which the packets were queued.
    departures: Vec<Departure>,
    /// What the kernel refused to send in this turn: its reasons, and for whom.
    refused: BTreeMap<String, BTreeSet<Id>>,
    announcer: Announcer,
    rivals: Rivals,
    solicitations: Solicitations,
    /// Whose addresses are watched for others that answer, by link.
    watchers: HashMap<(u32, IpAddr), (Id, usize)>,
    kernel: kernel::Handle,
    watched_units: watch::Sender<BTreeSet<String>>,
    /// What else is watched.
    watched: watch::Sender<BTreeSet<Watch>>,
    /// What was seen of that last.
    seen: BTreeMap<Watch, Observation>,
    updates: mpsc::UnboundedSender<Update>,
    /// What the journal is told at the end of the turn.
    transitions: Transitions,
    /// The instances whose standing the journal has not been told, because it was told too much of them.
    untold: BTreeSet<Id>,
    /// When it is tried again.
    tell_at: Option<Instant>,
    /// The instances whose status has changed since it was published.
    changed: BTreeSet<Id>,
    /// Whether something else that the status shows has changed.
    general_news: bool,
    /// How often that was published of late.
    publications: present::Pace,
    problems: Vec<String>,
    phase: Phase,
    held: Option<Result<(), String>>,
    /// Whether the kernel has been told of addresses to hold, and has not answered yet.
    holding: bool,
    /// Reloads that are answered when every address is held.
    reloads: Vec<(Reply, Reloaded)>,
    reading: Option<Reading>,
    /// The instances that a person had resign.
    away: BTreeSet<Id>,
    /// Those who wait until an instance no longer serves what it has resigned.
    leaving: Vec<(Id, oneshot::Sender<bool>)>,
    /// What the kernel is told when everything is drained: whether the addresses stay held.
    stop: Option<bool>,
    /// Whether the kernel has released everything.
    released: bool,
    /// A trial of the program that is to replace this one.
    trial: Option<Trial>,
    legacy: Legacy,
    /// When the kernel was last told that the daemon lives: the leases of all claims run from then.
    renewed: Option<Instant>,
    /// When the leases of claims are renewed.
    renew_at: Option<Instant>,
    /// When the daemon stops though the kernel has not finished.
    give_up_at: Option<Instant>,
    watchdog: Option<Watchdog>,
    started: u64,
    payload: Vec<u8>,
    now: Instant,
}

/// How far the daemon has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The kernel has not told about all links.
    Starting,
    /// Instances run; READY was or will be told when every address is held.
    Running,
    /// Everything was resigned; it is drained, and the kernel releases.
    Stopping,
    /// Nothing is left to do.
    Ended(End),
}

/// Who is told what a reload did, or the problems.
type Reply = oneshot::Sender<Result<Reloaded, Vec<String>>>;

/// A reading of the configuration that goes on elsewhere.
struct Reading {
    task: tokio::task::JoinHandle<reload::Read>,
    replies: Vec<Reply>,
}

/// A trial of a program, and who is told if it fails.
struct Trial {
    task: tokio::task::JoinHandle<Result<(), String>>,
    replies: Vec<oneshot::Sender<Result<(), String>>>,
}

/// What systemd expects of a loop that lives.
struct Watchdog {
    every: Duration,
    next: Instant,
}

/// Runs the daemon until it is told to stop.
///
/// # Errors
/// What keeps it from starting, or a source without which it cannot go on.
pub(crate) async fn run(settings: Settings, first: reload::Read) -> anyhow::Result<End> {
    let (mut daemon, mut sources) = start::start(settings)?;
    daemon.apply_first(first);
    loop {
        if let Phase::Ended(end) = daemon.phase {
            daemon.transitions.finish();
            return Ok(end);
        }
        let wakeup = daemon.next(&mut sources).await?;
        daemon.now = Instant::now();
        daemon.lapse();
        daemon.feed_watchdog();
        let flooded = daemon.handle(wakeup)?;
        daemon.catch_up(&mut sources)?;
        daemon.end_turn();
        if flooded {
            tokio::task::yield_now().await;
            if let Some(wakeup) = daemon.overtaken(&mut sources).await {
                daemon.now = Instant::now();
                daemon.handle(wakeup)?;
                daemon.end_turn();
            }
        }
    }
}

/// The realtime clock in microseconds since 1970, for people.
fn realtime() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// The realtime clock as the time since 1970, for those who compare theirs with it.
fn wall_clock() -> Duration {
    Duration::from_micros(realtime())
}

impl Daemon {
    /// Handles one wakeup. Tells whether more packets wait than one turn may take.
    fn handle(&mut self, wakeup: Wakeup) -> anyhow::Result<bool> {
        match wakeup {
            Wakeup::Packets(result) => {
                result?;
                return Ok(self.receive(BATCH) == BATCH);
            }
            Wakeup::Rivals(result) => {
                result?;
                return Ok(self.heed_rivals(BATCH) == BATCH);
            }
            Wakeup::Hosts(result) => {
                result?;
                return Ok(self.heed_hosts(BATCH) == BATCH);
            }
            Wakeup::Kernel(Some(report)) => self.heed_kernel(report),
            Wakeup::Kernel(None) => anyhow::bail!("the kernel's worker has ended"),
            Wakeup::Units(Some(report)) => self.heed_units(report),
            Wakeup::Units(None) => anyhow::bail!("the watcher of units has ended"),
            Wakeup::Condition(Some(report)) => self.heed_condition(report),
            Wakeup::Condition(None) => anyhow::bail!("the sources of conditions have ended"),
            Wakeup::Probe(Some(report)) => self.heed_probe(report),
            Wakeup::Probe(None) => anyhow::bail!("nobody tells of probes any more"),
            Wakeup::SyncDaemon(Some(report)) => self.heed_sync_daemon(report),
            Wakeup::SyncDaemon(None) => anyhow::bail!("nobody tells of the sync daemon any more"),
            Wakeup::Deadline => {
                // A process that was stopped or frozen goes on with the deadline alone: the wait for packets was
                // interrupted, so the runtime does not know of those that came meanwhile.
                let flooded = self.receive(BATCH) == BATCH;
                self.expire();
                return Ok(flooded);
            }
            Wakeup::Control(request) => self.answer(request),
            Wakeup::Read(read) => self.heed_read(read?),
            Wakeup::Tried(tried) => self.heed_trial(tried?),
            Wakeup::Stop => self.stop(false),
            Wakeup::Restart => self.leave(End::Left),
            Wakeup::Reload => self.read_again(None),
        }
        Ok(false)
    }

    /// Tells when the loop must wake, whatever happens.
    fn deadline(&self) -> Option<Instant> {
        let watchdog = self.watchdog.as_ref().map(|watchdog| watchdog.next);
        let away = self.away.iter().filter_map(|id| self.instances.get(id)?.away.as_ref()?.deadline()).min();
        [
            self.lull.until,
            self.timers.first(),
            self.condition_timers.first(),
            self.absence_timers.first(),
            self.beacon_timers.first(),
            self.presence_at,
            self.groups_due(),
            self.tell_at,
            self.transitions.due(),
            self.renew_at,
            self.give_up_at,
            self.publications.due().filter(|_| self.news()),
            self.legacy.deadline(),
            self.legacy.patience,
            watchdog,
            away,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Does what is done once for everything that a turn has brought about.
    fn end_turn(&mut self) {
        self.follow_carriers();
        self.send_off();
        self.expire_beacons();
        self.renew_leases();
        self.follow_away();
        self.follow_drains();
        self.follow_sync_daemon();
        self.publish();
        self.tell_refused();
        self.transitions.tell(self.now);
        self.keep_legacy();
    }

    fn expire_formation(&mut self, number: formation::Number) {
        let actions = self.formations.get_mut(number).map(|formation| formation.group.expire(self.now));
        self.perform(number, actions.unwrap_or_default());
    }

    /// Tells systemd that the loop lives: with a wakeup that there was anyway, rather than with one of its own.
    fn feed_watchdog(&mut self) {
        let now = self.now;
        let due = |watchdog: &&mut Watchdog| watchdog.next <= now + watchdog.every / 2;
        if let Some(watchdog) = self.watchdog.as_mut().filter(due) {
            watchdog.next = now + watchdog.every;
            notify::watchdog();
        }
    }

    /// Does what has fallen due.
    fn expire(&mut self) {
        let mut some = false;
        while let Some(number) = self.timers.due(self.now) {
            self.expire_formation(number);
            some = true;
        }
        if some {
            // What would be advertised in a moment leaves with the others: fewer wakeups, fewer calls.
            for number in self.timers.early(self.now) {
                self.expire_formation(number);
            }
        }
        while let Some(id) = self.condition_timers.due(self.now) {
            self.expire_conditions(id);
        }
        while let Some(id) = self.absence_timers.due(self.now) {
            self.follow_standing(id);
        }
        self.expire_patience();
        self.expire_heartbeats();
        self.expire_groups();
        self.tell_untold();
        if self.give_up_at.is_some_and(|at| at <= self.now) {
            self.phase = Phase::Ended(End::Stopped);
        }
    }
}
