//! The D-Bus service `org.vrrpd.Vrrp1`: what the tool and other programs see of the daemon.
//!
//! The loop publishes what changed and answers requests; this task owns the connection, and makes a new one for ever.
//! A reader that never reads holds up this task alone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use vrrp::status;
use zbus::{Connection, ObjectPath, OwnedObjectPath};

use self::instance::Instance;
use self::root::Root;
use crate::bus::Bus;

mod authority;
mod instance;
mod root;

/// The well-known name.
pub(crate) const NAME: &str = "org.vrrpd.Vrrp1";
/// The object that stands for the daemon.
pub(crate) const PATH: &str = "/org/vrrpd/Vrrp1";
/// How many requests may wait for the loop.
const REQUESTS: usize = 64;
/// How long the bus may take to accept a message before the connection is given up.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait before the bus is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// What somebody on the bus wants of the loop.
#[derive(Debug)]
pub(crate) enum Request {
    /// The whole status.
    Describe(oneshot::Sender<status::Status>),
    /// One instance's status; `None` if there is no such instance.
    DescribeInstance(String, oneshot::Sender<Option<status::Instance>>),
    /// Read the configuration again, apply it, and answer when every address is held.
    Reload(oneshot::Sender<Result<Reloaded, Vec<String>>>),
    /// The instance's unit stops: resign and take no part until it is active again. `false` if there is no such instance.
    Leave(String, oneshot::Sender<bool>),
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
    Instance(Box<status::Instance>),
    /// An instance is gone.
    Removed(String),
    /// The daemon as a whole changed.
    Daemon(Box<status::Daemon>),
}

/// Starts the service on a bus.
///
/// Updates are taken without waiting. Requests arrive at the returned receiver.
pub(crate) fn start(bus: Bus) -> (mpsc::UnboundedSender<Update>, mpsc::Receiver<Request>) {
    let (publish, updates) = mpsc::unbounded_channel();
    let (ask, requests) = mpsc::channel(REQUESTS);
    tokio::spawn(Service { bus, ask, updates, known: Known::default() }.run());
    (publish, requests)
}

struct Service {
    bus: Bus,
    ask: mpsc::Sender<Request>,
    updates: mpsc::UnboundedReceiver<Update>,
    known: Known,
}

/// What was published, and what of it the bus has not been told.
#[derive(Default)]
struct Known {
    daemon: status::Daemon,
    instances: BTreeMap<String, status::Instance>,
    untold: BTreeSet<String>,
    daemon_untold: bool,
}

impl Known {
    fn take(&mut self, update: Update) {
        match update {
            Update::Instance(instance) => {
                self.untold.insert(instance.name.clone());
                self.instances.insert(instance.name.clone(), *instance);
            }
            Update::Removed(name) => {
                self.instances.remove(&name);
                self.untold.insert(name);
            }
            Update::Daemon(daemon) => {
                self.daemon = *daemon;
                self.daemon_untold = true;
            }
        }
    }

    /// Everything is to be told, to a bus that knows nothing.
    fn forget(&mut self) {
        self.untold = self.instances.keys().cloned().collect();
        self.daemon_untold = true;
    }
}

impl Service {
    async fn run(mut self) {
        let mut complained = false;
        loop {
            match self.serve().await {
                Ok(()) => return,
                Err(error) if !complained => {
                    tracing::warn!(%error, "the bus is away; vrrpadm cannot reach this daemon until it is back");
                    complained = true;
                }
                Err(_) => {}
            }
            if !self.wait_without_bus().await {
                return;
            }
        }
    }

    /// Keeps taking updates for a while. Tells whether the loop still lives.
    async fn wait_without_bus(&mut self) -> bool {
        let again = tokio::time::sleep(AGAIN);
        tokio::pin!(again);
        loop {
            tokio::select! {
                () = &mut again => return true,
                update = self.updates.recv() => match update {
                    Some(update) => self.known.take(update),
                    None => return false,
                },
            }
        }
    }

    /// Serves one connection until it breaks; `Ok` means that the loop has ended.
    async fn serve(&mut self) -> zbus::Result<()> {
        let Some(builder) = self.bus.builder() else {
            return self.serve_nobody().await;
        };
        let root = Root::new(self.ask.clone(), self.known.daemon.clone());
        let connection = builder.serve_at(PATH, zbus::fdo::ObjectManager).serve_at(PATH, root).build().await?;
        self.known.forget();
        self.tell(&connection).await?;
        // The name comes last, so that whoever finds it finds everything behind it.
        connection.request_name(NAME).await?;
        let closed = closed(&connection);
        tokio::pin!(closed);
        loop {
            tokio::select! {
                error = &mut closed => return Err(error),
                update = self.updates.recv() => {
                    let Some(update) = update else { return Ok(()) };
                    self.known.take(update);
                    while let Ok(update) = self.updates.try_recv() {
                        self.known.take(update);
                    }
                    tokio::time::timeout(PATIENCE, self.tell(&connection))
                        .await
                        .map_err(|_| zbus::Error::Failure("the bus does not accept messages".into()))??;
                }
            }
        }
    }

    /// Takes updates until the loop ends, where there is no bus to tell them to.
    async fn serve_nobody(&mut self) -> zbus::Result<()> {
        while self.updates.recv().await.is_some() {}
        Ok(())
    }

    /// Tells the bus what it has not been told.
    async fn tell(&mut self, connection: &Connection) -> zbus::Result<()> {
        let server = connection.object_server();
        if std::mem::take(&mut self.known.daemon_untold) {
            let root = server.interface::<_, Root>(PATH).await?;
            let changed = root.get_mut().await.replace(self.known.daemon.clone());
            root::emit(root.signal_emitter(), &changed).await?;
        }
        while let Some(name) = self.known.untold.pop_first() {
            let path = path_of(&name);
            match self.known.instances.get(&name) {
                None => {
                    server.remove::<Instance, _>(&path).await?;
                }
                Some(status) => match server.interface::<_, Instance>(&path).await {
                    Ok(object) => {
                        let before = object.get_mut().await.replace(status.clone());
                        instance::emit(object.signal_emitter(), &before, status).await?;
                    }
                    Err(_) => {
                        server.at(&path, Instance::new(self.ask.clone(), status.clone())).await?;
                    }
                },
            }
        }
        Ok(())
    }
}

/// Resolves when the connection is of no use any more.
async fn closed(connection: &Connection) -> zbus::Error {
    use futures_util::StreamExt as _;
    let mut messages = zbus::MessageStream::from(connection);
    while let Some(message) = messages.next().await {
        if let Err(error) = message {
            return error;
        }
    }
    zbus::Error::Failure("the bus closed the connection".into())
}

/// The path of an instance's object: each byte that a path cannot carry is written `_XX` (two hexadecimal digits).
fn path_of(instance: &str) -> OwnedObjectPath {
    let mut path = format!("{PATH}/instance/");
    for byte in instance.bytes() {
        if byte.is_ascii_alphanumeric() {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("_{byte:02x}"));
        }
    }
    ObjectPath::try_from(path).map_or_else(|_| ObjectPath::from_static_str_unchecked(PATH).into(), Into::into)
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
    /// There is no instance of this name.
    NoSuchInstance(String),
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

/// Writes JSON away from the loop's thread: it may be megabytes.
async fn json<T: serde::Serialize + Send + 'static>(value: T) -> Result<String, Error> {
    let written = tokio::task::spawn_blocking(move || serde_json::to_string(&value)).await;
    match written {
        Ok(Ok(text)) => Ok(text),
        Ok(Err(error)) => Err(Error::Stopping(format!("the status cannot be written: {error}"))),
        Err(_) => Err(Error::Stopping("the daemon is stopping".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_paths_that_the_bus_takes() {
        assert_eq!(path_of("web-1.a").as_str(), "/org/vrrpd/Vrrp1/instance/web_2d1_2ea");
        assert_eq!(path_of("web_1").as_str(), "/org/vrrpd/Vrrp1/instance/web_5f1");
    }
}
