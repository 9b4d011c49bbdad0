//! The sync daemon of IPVS: which one is to run follows an instance, and nothing follows from it.

use vrrp::config::InstanceName;
use vrrp::machine::Kind;
use vrrp::status;

use super::{Daemon, Phase, realtime};
use crate::ipvs::{Place, Report, Role, SyncDaemon, Wanted};
use crate::journal;

/// What is asked for, and what is known.
pub(super) struct Following {
    thread: SyncDaemon,
    /// Whether something else may be wanted than was asked for.
    doubtful: bool,
    /// What was asked for, once something was.
    asked: Option<Option<Wanted>>,
    /// Whether that is not answered yet.
    awaited: bool,
    /// Whether the daemon stops, and this one has to stop before.
    ending: bool,
    seen: Option<Seen>,
}

/// What runs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    runs: Option<Role>,
    /// Since when, in microseconds since 1970.
    since: u64,
    trouble: Option<String>,
}

impl Following {
    pub(super) const fn new(thread: SyncDaemon) -> Self {
        Self { thread, doubtful: true, asked: None, awaited: false, ending: false, seen: None }
    }

    /// Notes that an instance, a link or the configuration is another one.
    pub(super) const fn doubt(&mut self) {
        self.doubtful = true;
    }

    /// Has it stopped when everything is drained, unless the next daemon goes on with it.
    pub(super) const fn end(&mut self, keep: bool) {
        self.ending = !keep;
        self.doubtful = true;
    }

    /// Whether it is not known yet what has become of what was asked for.
    pub(super) const fn is_awaited(&self) -> bool {
        self.awaited
    }

    fn role(&self) -> Option<Role> {
        self.asked.as_ref()?.as_ref().map(|wanted| wanted.role)
    }

    /// Takes what runs now. Tells whether that is news.
    fn see(&mut self, runs: Option<Role>, trouble: Option<String>) -> bool {
        let former = self.seen.as_ref();
        let since = former.filter(|seen| seen.runs == runs).map_or_else(realtime, |seen| seen.since);
        let seen = Some(Seen { runs, since, trouble });
        let news = self.seen != seen;
        self.seen = seen;
        news
    }
}

impl Daemon {
    /// Asks for what is to run now.
    pub(super) fn follow_sync_daemon(&mut self) {
        // At the start nobody knows yet who is Master; and what is drained is balanced until that is over.
        let draining = self.phase == Phase::Stopping && self.stop == Some(false);
        if !self.sync_daemon.doubtful || self.phase == Phase::Starting || draining {
            return;
        }
        let wanted = if self.sync_daemon.ending { None } else { self.wanted_sync_daemon() };
        let following = &mut self.sync_daemon;
        following.doubtful = false;
        if following.asked.as_ref() == Some(&wanted) {
            return;
        }
        let other = following.asked.as_ref().and_then(Option::as_ref).map(|asked| &asked.daemon);
        if other != wanted.as_ref().map(|wanted| &wanted.daemon) {
            following.seen = None;
        }
        following.awaited = following.thread.follow(wanted.clone());
        following.asked = Some(wanted);
    }

    fn wanted_sync_daemon(&self) -> Option<Wanted> {
        let daemon = self.config.sync_daemon.clone()?;
        let instance = self.instances.get(self.names.get(&daemon.instance)?)?;
        let role = match self.formations.kind(instance) {
            Kind::Master => Role::Master,
            Kind::Init | Kind::Backup | Kind::Fault => Role::Backup,
        };
        let link = self.links.values().find(|link| link.name == daemon.interface.as_str());
        let place = link.map(|link| Place {
            link: link.index,
            epoch: link.epoch,
            source: link.primary_v4.filter(|_| daemon.group.is_ipv4()),
        });
        Some(Wanted { daemon, role, place })
    }

    /// Takes what has become of it.
    pub(super) fn heed_sync_daemon(&mut self, report: Report) {
        let following = &mut self.sync_daemon;
        let wanted = following.asked.as_ref().and_then(Option::as_ref);
        let instance = wanted.map(|wanted| wanted.daemon.instance.clone());
        let (asked, runs, undone, trouble) = match report {
            Report::Runs { role, undone } => (role, Some(role), undone, None),
            Report::Fails { runs, reason } => (following.role().unwrap_or(Role::Backup), runs, None, Some(reason)),
            Report::Stopped | Report::Lingers(_) if instance.is_some() => return,
            Report::Stopped => return self.heed_no_sync_daemon(None),
            Report::Lingers(reason) => return self.heed_no_sync_daemon(Some(&reason)),
        };
        // An answer to what was wanted before.
        let Some(name) = instance else { return };
        following.awaited = false;
        if following.see(runs, trouble.clone()) || undone.is_some() {
            match trouble {
                Some(reason) => journal::sync_daemon_failed(name.as_str(), asked.name(), &reason),
                None => journal::sync_daemon(name.as_str(), asked.name(), undone.as_deref()),
            }
            self.changed.extend(self.names.get(&name));
        }
        self.end_when_released();
    }

    fn heed_no_sync_daemon(&mut self, trouble: Option<&str>) {
        self.sync_daemon.awaited = false;
        journal::sync_daemon_stopped(trouble);
        self.end_when_released();
    }

    /// The sync daemon as the tool shows it with the instance that it follows.
    pub(super) fn present_sync_daemon(&self, instance: &InstanceName) -> Option<status::SyncDaemon> {
        let config = self.config.sync_daemon.as_ref().filter(|daemon| daemon.instance == *instance)?;
        let seen = self.sync_daemon.seen.as_ref();
        let state = match seen.map(|seen| seen.runs) {
            None => "unknown",
            Some(None) => "none",
            Some(Some(role)) => role.name(),
        };
        Some(status::SyncDaemon {
            interface: config.interface.to_string(),
            id: config.id,
            state: state.to_owned(),
            since: seen.map(|seen| seen.since),
            trouble: seen.and_then(|seen| seen.trouble.clone()),
        })
    }
}
