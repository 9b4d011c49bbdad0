//! A mock of systemd's manager and units that speaks the real protocol, and a private bus for it.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

use futures_util::StreamExt;
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use vrrp::conditions::UnitState;
use zbus::connection::Builder;
use zbus::{Connection, Guid, Message, MessageStream, ObjectPath, Variant};

use super::DEADLINE;
use crate::bus::Bus;

/// What a test tells the mock to do.
pub(super) enum Order {
    Set(&'static str, UnitState),
    Alias(&'static str, &'static str),
    Reload,
    /// Sends a unit's state as another program than systemd.
    Forge(&'static str, UnitState),
    /// Leaves the bus, and comes back under a new name.
    Leave,
    Return(&'static str),
}

pub(super) struct Systemd {
    orders: mpsc::UnboundedSender<Order>,
    subscribed: watch::Receiver<bool>,
}

impl Systemd {
    pub(super) fn order(&self, order: Order) {
        self.orders.send(order).unwrap_or_else(|_| panic!("the mock runs"));
    }

    pub(super) async fn subscribed(&self) {
        self.subscribed.clone().wait_for(|subscribed| *subscribed).await.expect("the mock runs");
    }
}

/// A connection for the watcher, and a mock of bus and systemd at its other end.
pub(super) async fn pair(units: &[(&str, UnitState)]) -> (Connection, Systemd) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let ours = Builder::unix_stream(ours).p2p().build();
    let theirs = Builder::unix_stream(theirs).server(Guid::generate()).p2p().build();
    let (ours, theirs) = tokio::try_join!(ours, theirs).unwrap();
    (ours, Mock::start(theirs, Some(":1.2"), units))
}

/// A mock of systemd on a bus.
pub(super) async fn on_bus(bus: &Bus, units: &[(&str, UnitState)]) -> Systemd {
    let builder = bus.builder().expect("a bus");
    let connection = timeout(DEADLINE, builder.name("org.freedesktop.systemd1").build()).await;
    Mock::start(connection.expect("the bus answers").expect("a running bus"), None, units)
}

struct Mock {
    connection: Connection,
    /// Systemd's unique name where the mock plays the bus too.
    name: Option<&'static str>,
    units: BTreeMap<String, UnitState>,
    aliases: BTreeMap<String, String>,
    subscribed: watch::Sender<bool>,
}

impl Mock {
    fn start(connection: Connection, name: Option<&'static str>, units: &[(&str, UnitState)]) -> Systemd {
        let (orders, mut receiver) = mpsc::unbounded_channel();
        let (sender, subscribed) = watch::channel(false);
        let units = units.iter().map(|(unit, state)| ((*unit).to_owned(), *state)).collect();
        let mut messages = MessageStream::from(&connection);
        let mut mock = Self { connection, name, units, aliases: BTreeMap::new(), subscribed: sender };
        tokio::spawn(async move {
            loop {
                // Calls first: an order is given after what the test has seen answered.
                tokio::select! { biased;
                    message = messages.next() => match message {
                        Some(Ok(message)) => mock.answer(&message).await,
                        Some(Err(_)) | None => return,
                    },
                    Some(order) = receiver.recv() => mock.obey(order).await,
                }
            }
        });
        Systemd { orders, subscribed }
    }

    async fn answer(&mut self, call: &Message) {
        let header = call.header();
        let Some(member) = header.member().filter(|_| header.reply_serial().is_none()) else {
            return;
        };
        match (member.as_str(), self.name) {
            ("AddMatch", Some(_)) => self.reply(call, &()).await,
            ("GetNameOwner", Some(name)) => self.reply(call, &name).await,
            ("Subscribe", _) => {
                self.subscribed.send_replace(true);
                self.reply(call, &()).await;
            }
            ("ListUnitsByNames", _) => {
                let names: Vec<String> = call.body().deserialize().unwrap();
                if names.iter().any(|name| name.contains('/') || name.contains("@.")) {
                    return self.refuse(call).await;
                }
                let none = ObjectPath::try_from("/").unwrap();
                let rows: Vec<_> = names
                    .iter()
                    .map(|name| {
                        let primary = self.aliases.get(name).unwrap_or(name);
                        let state = self.units.get(primary).copied().unwrap_or(UnitState::Inactive).name();
                        (primary, "", "loaded", state, "", "", path(primary), 0_u32, "", none.clone())
                    })
                    .collect();
                self.reply(call, &rows).await;
            }
            ("Get", _) => {
                let of_call = |unit: &&String| header.path().is_some_and(|called| *called == path(unit));
                let unit = self.units.keys().find(of_call).cloned().unwrap_or_default();
                self.reply(call, &Variant::from(format!("/system.slice/{unit}"))).await;
            }
            // The bus tells everybody about itself.
            _ => {}
        }
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::Alias(alias, unit) => {
                self.aliases.insert(alias.to_owned(), unit.to_owned());
            }
            Order::Set(unit, state) => {
                self.units.insert(unit.to_owned(), state);
                if *self.subscribed.borrow() {
                    self.send(changed(unit, state, self.name)).await;
                }
            }
            Order::Forge(unit, state) => self.send(changed(unit, state, Some(":1.666"))).await,
            Order::Reload => {
                for started in [true, false] {
                    let signal = signal("/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "Reloading");
                    self.send(from(signal, self.name).build(&started).unwrap()).await;
                }
            }
            Order::Leave => {
                self.subscribed.send_replace(false);
                let old = self.name.unwrap_or_default();
                self.owner_changed(old, "").await;
            }
            Order::Return(name) => {
                self.name = Some(name);
                self.owner_changed("", name).await;
                self.subscribed().await;
            }
        }
    }

    /// Answers calls until the watcher has subscribed.
    async fn subscribed(&mut self) {
        let mut messages = MessageStream::from(&self.connection);
        while !*self.subscribed.borrow() {
            let message = messages.next().await.expect("the watcher is there").unwrap();
            Box::pin(self.answer(&message)).await;
        }
    }

    async fn owner_changed(&self, old: &str, new: &str) {
        let signal = signal("/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged");
        let body = ("org.freedesktop.systemd1", old, new);
        self.send(from(signal, Some("org.freedesktop.DBus")).build(&body).unwrap()).await;
    }

    async fn reply<B: serde::Serialize + zbus::DynamicType>(&self, call: &Message, body: &B) {
        self.send(from(Message::method_return(&call.header()), self.name).build(body).unwrap()).await;
    }

    async fn refuse(&self, call: &Message) {
        let error = Message::error(&call.header(), "org.freedesktop.DBus.Error.InvalidArgs");
        self.send(from(error, self.name).build(&"That is no unit name.").unwrap()).await;
    }

    async fn send(&self, message: Message) {
        self.connection.send(&message).await.expect("the watcher is there");
    }
}

fn changed(unit: &str, state: UnitState, sender: Option<&'static str>) -> Message {
    let unit = path(unit);
    let signal = signal(unit.as_str(), "org.freedesktop.DBus.Properties", "PropertiesChanged");
    let values = HashMap::from([("SubState", Variant::from("any")), ("ActiveState", Variant::from(state.name()))]);
    let body = ("org.freedesktop.systemd1.Unit", values, Vec::<&str>::new());
    from(signal, sender).build(&body).unwrap()
}

fn signal<'a>(path: &'a str, interface: &'a str, member: &'a str) -> zbus::message::Builder<'a> {
    Message::signal(path, interface, member)
}

fn from<'a>(message: zbus::message::Builder<'a>, sender: Option<&'a str>) -> zbus::message::Builder<'a> {
    match sender {
        Some(sender) => message.sender(sender),
        None => message,
    }
}

fn path(unit: &str) -> ObjectPath<'static> {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("_{byte:02x}"),
    };
    let escaped: String = unit.bytes().map(escape).collect();
    ObjectPath::try_from(format!("/org/freedesktop/systemd1/unit/{escaped}")).unwrap()
}

/// A bus of our own that can be restarted.
pub(super) struct Private {
    pub(super) bus: Bus,
    directory: TempDir,
    daemon: Option<Child>,
}

impl Private {
    pub(super) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let address = format!("unix:path={}/bus", directory.path().display());
        let configuration = format!(
            "<busconfig><listen>{address}</listen><policy context='default'><allow send_destination='*'/>\
             <allow eavesdrop='true'/><allow own='*'/></policy></busconfig>"
        );
        std::fs::write(directory.path().join("bus.conf"), configuration).unwrap();
        let mut private = Self { bus: Bus::Address(address), directory, daemon: None };
        private.start();
        private
    }

    /// Starts the bus and returns when it listens.
    pub(super) fn start(&mut self) {
        let configuration = self.directory.path().join("bus.conf");
        let mut daemon = Command::new("dbus-daemon")
            .arg("--config-file")
            .arg(configuration)
            .args(["--nofork", "--nosyslog", "--print-address"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("dbus-daemon runs; install the package dbus-daemon (or dbus)");
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        assert!(address.starts_with("unix:"), "dbus-daemon did not start: {address}");
        self.daemon = Some(daemon);
    }

    /// Kills the bus.
    pub(super) fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill().unwrap();
            daemon.wait().unwrap();
        }
        // As a restart through systemd would find it: no socket of the dead one in the way.
        std::fs::remove_file(self.directory.path().join("bus")).unwrap();
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill().unwrap();
            daemon.wait().unwrap();
        }
    }
}
