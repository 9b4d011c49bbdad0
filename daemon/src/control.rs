//! The D-Bus service `org.vrrpd.Vrrp1`: what the tool and other programs see of the daemon.
//!
//! The loop publishes what changed and answers requests; a thread of its own has the connection, and makes a new one for
//! ever. Whoever asks for much, or never reads the answer, holds up this thread alone.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use vrrp::status;

pub(crate) use self::root::Whole;
use self::service::Service;
use crate::bus::Bus;

mod authority;
mod instance;
mod root;
mod service;

/// How many requests may wait for the loop.
const REQUESTS: usize = 64;

/// What somebody on the bus wants of the loop.
#[derive(Debug)]
pub(crate) enum Request {
    /// The whole status.
    Describe(oneshot::Sender<status::Status>),
    /// One instance's status; `None` if there is no such instance.
    DescribeInstance(String, oneshot::Sender<Option<status::Instance>>),
    /// The newest transitions.
    History {
        /// Of these instances; of all if none is named.
        names: Vec<String>,
        /// How many at most.
        most: usize,
        /// Who asked. The oldest comes first.
        reply: oneshot::Sender<Vec<status::Transition>>,
    },
    /// Read the configuration again, apply it, and answer when every address is held.
    Reload(oneshot::Sender<Result<Reloaded, Vec<String>>>),
    /// Have an instance resign and stay away, and answer when another host is Master or none will be.
    Resign {
        /// The instance.
        name: String,
        /// For how long; without it until no other host serves.
        time: Option<Duration>,
        /// Whether it stays away where nobody else serves.
        forced: bool,
        /// Who is told what came of it.
        reply: oneshot::Sender<Result<Resigned, NotResigned>>,
    },
    /// Have an instance that resigned take part again. Whether it was away; `None` if there is no such instance.
    ComeBack(String, oneshot::Sender<Option<bool>>),
    /// Have the program that is installed now go on in this process. Only a refusal is answered.
    Reexecute(oneshot::Sender<Result<(), String>>),
    /// Take a member of an interface group out of use, or let it be used again.
    MoveMember {
        /// The group.
        group: String,
        /// The member's link.
        member: String,
        /// Whether it is to be out of use.
        offline: bool,
        /// Whether it is taken out of use though no other member can be used.
        force: bool,
        /// Who is told what came of it.
        reply: oneshot::Sender<Result<Moved, NotMoved>>,
    },
    /// The instance's unit stops: resign and take no part until it is active again. `false` if there is no such instance.
    Leave(String, oneshot::Sender<bool>),
}

/// What came of a resignation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resigned {
    /// Another host is Master.
    To {
        /// Its address.
        master: String,
        /// How long after the resignation it was heard.
        after: Duration,
    },
    /// Nobody serves the addresses.
    ToNobody,
    /// The instance was not Master; who is, where it is known.
    Before(Option<String>),
}

/// Why an instance did not resign, or is Master all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotResigned {
    /// There is no such instance.
    NoSuchInstance,
    /// It is not Master; what it is.
    NotMaster(String),
    /// No other host took over, so it did.
    NobodyElse,
}

/// What came of taking a member out of use, or back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    /// Whether it was otherwise before.
    pub(crate) changed: bool,
    /// The group's state now.
    pub(crate) state: String,
    /// Why it has that, in words.
    pub(crate) reason: String,
}

/// Why a member was not taken out of use, or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotMoved {
    /// There is no such group.
    NoSuchGroup,
    /// It has no such member.
    NoSuchMember,
    /// No other member can be used.
    LastMember,
}

/// What a reload did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reloaded {
    /// How many instances were added.
    pub added: u32,
    /// How many were removed.
    pub removed: u32,
    /// How many were changed.
    pub changed: u32,
    /// What the user should know though it was applied.
    pub warnings: Vec<String>,
}

/// What changed in the loop.
#[derive(Debug)]
pub(crate) enum Update {
    /// An instance appeared or changed.
    Instance(Arc<status::Instance>),
    /// An instance is gone.
    Removed(String),
    /// The daemon as a whole changed.
    Daemon(Box<Whole>),
}

/// Starts the service on a bus. It ends with the sender of updates.
///
/// Updates are taken without waiting. Requests arrive at the returned receiver.
///
/// # Errors
/// No thread or no descriptor is left.
pub(crate) fn start(bus: Bus) -> io::Result<(mpsc::UnboundedSender<Update>, mpsc::Receiver<Request>)> {
    let (publish, updates) = mpsc::unbounded_channel();
    let (ask, requests) = mpsc::channel(REQUESTS);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("bus".to_owned()).spawn(move || {
        runtime.block_on(Service::new(bus, ask, updates).run());
        // An answer that is still being written is for nobody.
        runtime.shutdown_background();
    })?;
    Ok((publish, requests))
}

/// What a method may fail with.
#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.vrrpd.Vrrp1.Error")]
pub(crate) enum Error {
    #[zbus(error)]
    /// D-Bus itself failed.
    ZBus(zbus::Error),
    /// The caller may not do this.
    AccessDenied(String),
    /// The configuration has problems; the text lists them.
    InvalidConfiguration(String),
    /// The program that is installed cannot be run.
    NotReplaced(String),
    /// There is no instance of this name.
    NoSuchInstance(String),
    /// There is no interface group of this name.
    NoSuchGroup(String),
    /// The interface group has no member of this name.
    NoSuchMember(String),
    /// No other member of the interface group can be used.
    LastMember(String),
    /// There is nothing to resign from.
    NotMaster(String),
    /// No other host took over.
    NobodyElse(String),
    /// More is asked for than the daemon tells at once.
    TooMuch(String),
    /// The daemon is stopping.
    Stopping(String),
}

/// Sends a request to the loop and waits for its answer.
async fn ask<T>(ask: &mpsc::Sender<Request>, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> Result<T, Error> {
    let stopping = || Error::Stopping("the daemon is stopping".to_owned());
    let (reply, answer) = oneshot::channel();
    ask.send(request(reply)).await.map_err(|_| stopping())?;
    answer.await.map_err(|_| stopping())
}

/// Writes JSON in a thread of its own: it may be megabytes, and others ask meanwhile.
async fn json<T: serde::Serialize + Send + 'static>(value: T) -> Result<String, Error> {
    let written = tokio::task::spawn_blocking(move || serde_json::to_string(&value)).await;
    match written {
        Ok(Ok(text)) => Ok(text),
        Ok(Err(error)) => Err(Error::Stopping(format!("the status cannot be written: {error}"))),
        Err(_) => Err(Error::Stopping("the daemon is stopping".to_owned())),
    }
}
