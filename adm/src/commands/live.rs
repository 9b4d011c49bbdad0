//! The host that runs: its daemon and its systemd, as far as they can be reached.

use std::time::Duration;

use anyhow::{anyhow, bail};
use tokio::time::timeout;
use vrrp::config::InstanceName;
use vrrp::config::check::check_gathered;
use vrrp::status::Instance;

use super::Context;
use crate::bus::{self, Daemon};
use crate::files::gather;
use crate::render::progress::during;
use crate::render::warn;
use crate::systemd::{self, Load, Outcome, Systemd};

/// The daemon's unit.
const DAEMON: &str = "vrrp.service";
/// The unit that runs programs at transitions.
const NOTICES: &str = "vrrp-notify.service";
/// How long the daemon may take to hear what systemd has told already.
const SETTLE: Duration = Duration::from_secs(2);

/// The host that runs.
#[derive(Debug)]
pub(super) enum Live {
    /// There is none: only the files are to be touched.
    Files,
    /// There is no bus to reach it on.
    Away(bus::Refusal),
    /// It is on the bus.
    On {
        /// The daemon.
        daemon: Daemon,
        /// Systemd.
        systemd: Systemd,
    },
}

/// What became of the daemon's share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Applied {
    /// The daemon has applied the files, and every address is held.
    Done,
    /// There is no host to apply them.
    Offline,
    /// There is no daemon, for this reason: the files count when it starts.
    Later(String),
}

impl Live {
    /// Reaches for the host that a command line means.
    pub(super) async fn reach(context: &Context) -> Self {
        match context.connect().await {
            Ok(None) => Self::Files,
            Ok(Some(connection)) => Self::On { daemon: Daemon::on(&connection), systemd: Systemd::on(&connection) },
            Err(refusal) => Self::Away(refusal),
        }
    }

    /// Has the daemon apply the files, if it runs.
    pub(super) async fn apply(&self) -> anyhow::Result<Applied> {
        let daemon = match self {
            Self::Files => return Ok(Applied::Offline),
            Self::Away(refusal) => return Ok(Applied::Later(refusal.to_string())),
            Self::On { daemon, .. } => daemon,
        };
        match during("vrrpd has applied the configuration", daemon.reload()).await {
            Ok(_) => Ok(Applied::Done),
            Err(refusal) if refusal.is_absence() => Ok(Applied::Later("vrrpd is not running".to_owned())),
            Err(refusal) => Err(refusal.into()),
        }
    }

    /// Has the daemon apply the files, and starts it where it does not run but can.
    pub(super) async fn apply_and_run(&self) -> anyhow::Result<Applied> {
        let applied = self.apply().await?;
        let (Self::On { systemd, .. }, Applied::Later(_)) = (self, &applied) else {
            return Ok(applied);
        };
        match during("vrrp.service has started", systemd.start(DAEMON)).await {
            Ok(Outcome::Done | Outcome::Skipped) => Ok(Applied::Done),
            Ok(outcome) => bail!("vrrpd is not running and does not start: {}", outcome.describe(DAEMON)),
            Err(refusal) if refusal.is_absence() => Ok(applied),
            Err(refusal @ (systemd::Refusal::NoSuchUnit(_) | systemd::Refusal::Masked(_))) => {
                Ok(Applied::Later(format!("vrrpd is not running. {refusal}")))
            }
            Err(refusal) => Err(refusal.into()),
        }
    }

    /// Has systemd make its units from the files. `false` where there is no systemd.
    pub(super) async fn remake_units(&self) -> anyhow::Result<bool> {
        match self.systemd() {
            None => Ok(false),
            Some(systemd) => match during("systemd has read its units again", systemd.reload()).await {
                Ok(()) => Ok(true),
                Err(refusal) if refusal.is_absence() => Ok(false),
                Err(refusal) => Err(refusal.into()),
            },
        }
    }

    /// Starts an instance's unit. That what it protects does not run is no failure; `false` tells that it is so.
    pub(super) async fn start(&self, instance: &InstanceName) -> anyhow::Result<bool> {
        let Some(systemd) = self.systemd() else {
            return Ok(false);
        };
        let unit = unit_of(instance);
        let started = match during(&format!("{unit} has started"), systemd.start(&unit)).await {
            Ok(outcome) => outcome,
            Err(refusal) if refusal.is_absence() => return Ok(false),
            // What it protects is masked or not there; or else it is itself.
            Err(refusal @ (systemd::Refusal::NoSuchUnit(_) | systemd::Refusal::Masked(_))) => {
                return match systemd.unit(&unit).await?.load {
                    Load::Loaded | Load::Masked => Ok(false),
                    Load::NotFound | Load::Bad(_) => Err(anyhow!("{unit} cannot be started: {refusal}")),
                };
            }
            Err(refusal) => return Err(refusal.into()),
        };
        match started {
            Outcome::Done => Ok(true),
            Outcome::Dependency | Outcome::Canceled | Outcome::Skipped => Ok(false),
            Outcome::Failed | Outcome::Timeout | Outcome::Other(_) => bail!(started.describe(&unit)),
        }
    }

    /// Has what runs programs at transitions follow the files. Systemd starts it by itself only when it boots.
    pub(super) async fn remake_notices(&self, context: &Context) {
        let Some(systemd) = self.systemd() else { return };
        let Ok(checked) = check_gathered(&gather(&context.tree())) else { return };
        let wanted = checked.config.instances.values().any(|instance| !instance.on_transition.is_empty());
        let refreshed = during(&format!("{NOTICES} has read the files"), systemd.refresh(NOTICES, wanted)).await;
        let why = match refreshed {
            Ok(Outcome::Done | Outcome::Skipped) => return,
            // Nothing is to be run, so nothing is missed.
            Err(_) if !wanted => return,
            Ok(outcome) => outcome.describe(NOTICES),
            Err(refusal) => refusal.to_string(),
        };
        warn(&format!("what on_transition names is not run: {why}"));
    }

    /// Stops an instance's unit, so that the instance resigns.
    pub(super) async fn stop(&self, instance: &InstanceName) -> anyhow::Result<()> {
        let Some(systemd) = self.systemd() else {
            return Ok(());
        };
        let unit = unit_of(instance);
        match during(&format!("{unit} has stopped"), systemd.stop(&unit)).await {
            Ok(Outcome::Done | Outcome::Canceled | Outcome::Skipped) => Ok(()),
            Ok(outcome @ (Outcome::Dependency | Outcome::Failed | Outcome::Timeout | Outcome::Other(_))) => {
                bail!(outcome.describe(&unit))
            }
            Err(refusal) if refusal.is_absence() => Ok(()),
            Err(refusal) => Err(refusal.into()),
        }
    }

    /// What the daemon says of an instance. Where its unit has just `started`, once the daemon has heard of that.
    pub(super) async fn instance(&self, name: &InstanceName, started: bool) -> Result<Instance, bus::Refusal> {
        let daemon = match self {
            Self::Files => return Err(bus::Refusal::NotRunning),
            Self::Away(refusal) => return Err(refusal.clone()),
            Self::On { daemon, .. } => daemon,
        };
        let mut news = daemon.news().await?;
        let unit = unit_of(name);
        let settled = async {
            loop {
                let instance = daemon.describe_instance(name.as_str()).await?;
                let behind = started && instance.barred && instance.reason.contains(&unit);
                if !behind || news.next().await.is_none() {
                    return Ok(instance);
                }
            }
        };
        match timeout(SETTLE, settled).await {
            Ok(instance) => instance,
            Err(_) => daemon.describe_instance(name.as_str()).await,
        }
    }

    /// Systemd, where there may be one.
    pub(super) const fn systemd(&self) -> Option<&Systemd> {
        match self {
            Self::Files | Self::Away(_) => None,
            Self::On { systemd, .. } => Some(systemd),
        }
    }
}

fn unit_of(instance: &InstanceName) -> String {
    format!("vrrp@{instance}.service")
}
