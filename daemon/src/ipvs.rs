//! The connection sync daemon of the kernel's IPVS: the only place that speaks generic netlink.
//!
//! The kernel has two of these daemons, each once a network namespace: "master" tells its connections to a multicast group,
//! "backup" takes them from it. Here one is kept running as it is wanted, on a thread of its own, because the kernel starts and
//! stops it inside the system call that asks for it. The thread is there while a sync daemon is configured, or one of a former
//! vrrpd has to be stopped, and keeps the network namespace of the caller.
//!
//! What is wanted is a value, and the kernel is compared with it: at each change of it, and every [`keeper::LOOK`], since IPVS
//! tells nobody of what others do to it.

use std::net::Ipv4Addr;
use std::path::PathBuf;

use tokio::sync::{mpsc, watch};
use vrrp::config;

use self::keeper::Keeper;
use self::mark::Mark;

mod keeper;
mod mark;
mod message;
mod plan;
mod socket;

/// Which of the two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It tells what connections there are.
    Master,
    /// It hears what connections the master has.
    Backup,
}

impl Role {
    const ALL: [Self; 2] = [Self::Master, Self::Backup];

    /// The kernel's name for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Master => "master",
            Self::Backup => "backup",
        }
    }
}

/// What is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// How.
    pub(crate) daemon: config::SyncDaemon,
    /// Which.
    pub(crate) role: Role,
    /// Its link, where there is one of that name.
    pub(crate) place: Option<Place>,
}

/// What a sync daemon takes of its link when it starts, and keeps although the link has become another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The link's index.
    pub(crate) link: u32,
    /// Another number whenever the link may have lost its memberships in groups.
    pub(crate) epoch: u32,
    /// The address that a master sends from.
    pub(crate) source: Option<Ipv4Addr>,
}

/// What has become of what was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// It runs as it is to.
    Runs {
        /// Which.
        role: Role,
        /// What another program had done to it since it was last looked at, if anything.
        undone: Option<String>,
    },
    /// It does not, or no longer. It is tried again.
    Fails {
        /// Which of them runs nevertheless.
        runs: Option<Role>,
        /// Why, and what to do where that is known.
        reason: String,
    },
    /// None is wanted, and what there was of ours is stopped.
    Stopped,
    /// None is wanted, and what there was of ours cannot be stopped, for this reason. It is tried again.
    Lingers(String),
}

/// The way to the thread.
pub(crate) struct SyncDaemon {
    mark: Mark,
    thread: Option<watch::Sender<Option<Wanted>>>,
    reports: mpsc::Sender<Report>,
}

impl SyncDaemon {
    /// Keeps none yet. Reports arrive at the returned receiver.
    ///
    /// `file` remembers that one was started, so that the next vrrpd stops what is configured no longer; `scene` tells the machine's
    /// life and the network namespace apart from others.
    pub(crate) fn new(file: PathBuf, scene: String) -> (Self, mpsc::Receiver<Report>) {
        let (reports, receiver) = mpsc::channel(16);
        (Self { mark: Mark::new(file, scene), thread: None, reports }, receiver)
    }

    /// Has this run, and nothing else of the kind. Without `wanted`, what was started here or by a former vrrpd is stopped.
    ///
    /// Tells whether a report follows.
    pub(crate) fn follow(&mut self, wanted: Option<Wanted>) -> bool {
        if let Some(thread) = self.thread.as_ref().filter(|thread| !thread.is_closed()) {
            // A thread that has just ended drops the other end, which is noticed the next time.
            return thread.send(wanted).is_ok();
        }
        if wanted.is_none() && self.mark.read().is_none() {
            return false;
        }
        self.thread = self.spawn(wanted);
        self.thread.is_some()
    }

    fn spawn(&self, wanted: Option<Wanted>) -> Option<watch::Sender<Option<Wanted>>> {
        let (thread, wishes) = watch::channel(wanted);
        let (mark, reports) = (self.mark.clone(), self.reports.clone());
        let body = move || match tokio::runtime::Builder::new_current_thread().enable_time().build() {
            Ok(runtime) => runtime.block_on(Keeper::new(mark).run(wishes, reports)),
            Err(error) => tracing::error!(%error, "no sync daemon of IPVS can be started"),
        };
        match std::thread::Builder::new().name("ipvs".to_owned()).spawn(body) {
            Ok(_) => Some(thread),
            Err(error) => {
                tracing::error!(%error, "no sync daemon of IPVS can be started");
                None
            }
        }
    }
}
