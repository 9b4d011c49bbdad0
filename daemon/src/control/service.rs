//! The task that owns the connection: what was published is told, to every new bus from the beginning.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use vrrp::bus::{NAME, PATH, path_of};
use vrrp::status;
use zbus::{Connection, ObjectPath};

use super::instance::{self, Instance};
use super::root::{self, Root, Whole};
use super::{Request, Update};
use crate::bus::Bus;

/// How long the bus may take to accept a message before the connection is given up.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait before the bus is tried again.
const AGAIN: Duration = Duration::from_secs(1);

pub(super) struct Service {
    bus: Bus,
    ask: mpsc::Sender<Request>,
    updates: mpsc::UnboundedReceiver<Update>,
    known: Known,
    /// Whether the absence of the present bus was told.
    complained: bool,
}

/// What was published, and what of it the bus has not been told.
#[derive(Default)]
struct Known {
    daemon: Whole,
    instances: BTreeMap<String, Arc<status::Instance>>,
    untold: BTreeSet<String>,
    daemon_untold: bool,
}

impl Known {
    fn take(&mut self, update: Update) {
        match update {
            Update::Instance(instance) => {
                self.untold.insert(instance.name.clone());
                self.instances.insert(instance.name.clone(), instance);
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
    pub(super) fn new(bus: Bus, ask: mpsc::Sender<Request>, updates: mpsc::UnboundedReceiver<Update>) -> Self {
        Self { bus, ask, updates, known: Known::default(), complained: false }
    }

    /// Serves one bus after the other until the loop ends.
    pub(super) async fn run(mut self) {
        loop {
            match self.serve().await {
                Ok(()) => return,
                Err(error) if !self.complained => {
                    tracing::warn!(%error, "the bus is away; vrrpadm cannot reach this daemon until it is back");
                    self.complained = true;
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
        self.complained = false;
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
            let changed = root.get().await.replace(self.known.daemon.clone());
            root::emit(root.signal_emitter(), &changed).await?;
        }
        while let Some(name) = self.known.untold.pop_first() {
            let path = ObjectPath::try_from(path_of(&name))?;
            match self.known.instances.get(&name) {
                None => {
                    server.remove::<Instance, _>(&path).await?;
                }
                Some(status) => match server.interface::<_, Instance>(&path).await {
                    Ok(object) => {
                        let before = object.get().await.replace(Arc::clone(status));
                        instance::emit(object.signal_emitter(), &before, status).await?;
                    }
                    Err(_) => {
                        server.at(&path, Instance::new(self.ask.clone(), Arc::clone(status))).await?;
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
