//! The daemon at its start: nothing configured, every source open.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use tokio::sync::watch;
use vrrp::config::Config;

use super::alarm::Alarm;
use super::formation::Formations;
use super::ipvs::Following;
use super::legacy::Legacy;
use super::present::Pace;
use super::receive::Lull;
use super::timers::Timers;
use super::wakeup::signals;
use super::{Daemon, Phase, Settings, Sources, Watchdog, groups, realtime};
use crate::announce::Announcer;
use crate::ipvs::SyncDaemon;
use crate::journal::Transitions;
use crate::packets::Packets;
use crate::probes::Probes;
use crate::rivals::Rivals;
use crate::solicitations::Solicitations;
use crate::{conditions, control, kernel, notify, replace, saved, units};

/// Opens every socket and starts what works beside the loop.
///
/// # Errors
/// A privilege or a descriptor is lacking.
pub(super) fn start(settings: Settings) -> anyhow::Result<(Daemon, Sources)> {
    let (kernel, reports) = kernel::start(settings.runtime_dir.join("links"))?;
    let (watched_units, wanted) = watch::channel(BTreeSet::new());
    let units = units::start(settings.bus.clone(), wanted);
    let (watched, wanted) = watch::channel(BTreeSet::new());
    let conditions = conditions::start(wanted);
    let (updates, requests) = control::start(settings.bus.clone())?;
    let (probes, answers) = Probes::new();
    let (sync_daemon, news) = SyncDaemon::new(settings.runtime_dir.join("sync-daemon"), saved::scene());
    let offline = groups::follow_offline(settings.runtime_dir.clone());
    let legacy = Legacy::open(settings.runtime_dir.clone());
    let now = Instant::now();
    let daemon = Daemon {
        settings,
        config: Config::default(),
        configured_addresses: 0,
        instances: BTreeMap::new(),
        formations: Formations::default(),
        heartbeats: BTreeMap::new(),
        presence_at: None,
        groups: BTreeMap::new(),
        members: BTreeSet::new(),
        carriers_changed: false,
        offline,
        gateways: BTreeMap::new(),
        probes,
        ways: (BTreeSet::new(), false),
        sync_daemon: Following::new(sync_daemon),
        names: BTreeMap::new(),
        next_id: 0,
        routes: HashMap::new(),
        alarm: Alarm::new()?,
        timers: Timers::default(),
        condition_timers: Timers::default(),
        absence_timers: Timers::default(),
        beacon_timers: Timers::default(),
        fights: BTreeMap::new(),
        links: BTreeMap::new(),
        sockets: BTreeMap::new(),
        deaf: BTreeMap::new(),
        unfiltered: None,
        unit_states: HashMap::new(),
        blind: Some("systemd has not been asked yet".to_owned()),
        discards: BTreeMap::new(),
        packets: Packets::new()?,
        lull: Lull::default(),
        departures: Vec::new(),
        refused: BTreeMap::new(),
        announcer: Announcer::new()?,
        rivals: Rivals::new(),
        solicitations: Solicitations::default(),
        watchers: HashMap::new(),
        kernel,
        watched_units,
        watched,
        seen: BTreeMap::new(),
        updates,
        transitions: Transitions::default(),
        untold: BTreeSet::new(),
        tell_at: None,
        changed: BTreeSet::new(),
        general_news: false,
        publications: Pace::default(),
        problems: Vec::new(),
        phase: Phase::Starting,
        held: None,
        holding: false,
        reloads: Vec::new(),
        reading: None,
        away: BTreeSet::new(),
        leaving: Vec::new(),
        stop: None,
        released: false,
        trial: None,
        legacy,
        renewed: None,
        renew_at: None,
        give_up_at: None,
        watchdog: notify::watchdog_interval().map(|every| Watchdog { every, next: now }),
        started: realtime(),
        payload: Vec::new(),
        now,
    };
    let sources =
        Sources { reports, units, conditions, probes: answers, sync_daemon: news, requests, signals: signals()? };
    replace::let_signals_come();
    Ok((daemon, sources))
}
