//! `org.vrrpd.Vrrp1.Manager`: the daemon as a whole.

use std::borrow::Cow;
use std::collections::HashMap;

use tokio::sync::{mpsc, watch};
use vrrp::status;
use zbus::message::Header;
use zbus::names::InterfaceName;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::Variant;
use zbus::{Connection, interface};

use super::{Error, NotMoved, Request, ask, authority, json};

const INTERFACE: &str = "org.vrrpd.Vrrp1.Manager";
/// How many instances may be named at once: the loop looks up each.
const NAMES: usize = 1024;

pub(super) struct Root {
    ask: mpsc::Sender<Request>,
    /// Replaced while methods run: each holds the object until it has answered, and some wait for minutes.
    status: watch::Sender<Whole>,
}

/// What is told of the daemon as a whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Whole {
    /// The daemon.
    pub(crate) daemon: status::Daemon,
    /// Each interface group: its name, its state and why it has that.
    pub(crate) groups: Vec<(String, String, String)>,
}

impl Whole {
    /// Each heartbeat, and why it cannot be sent; empty where it can.
    fn heartbeats(&self) -> Vec<(String, String)> {
        let heartbeats = self.daemon.heartbeats.iter();
        heartbeats.map(|one| (one.name.clone(), one.trouble.clone().unwrap_or_default())).collect()
    }
}

impl Root {
    pub(super) fn new(ask: mpsc::Sender<Request>, status: Whole) -> Self {
        Self { ask, status: watch::Sender::new(status) }
    }

    /// Takes the new status and returns it for those properties that changed.
    pub(super) fn replace(&self, status: Whole) -> HashMap<&'static str, Variant<'static>> {
        let before = self.status.send_replace(status.clone());
        let mut changed = HashMap::new();
        let heartbeats = status.heartbeats();
        if before.heartbeats() != heartbeats {
            changed.insert("Heartbeats", Variant::from(heartbeats));
        }
        if before.groups != status.groups {
            changed.insert("Groups", Variant::from(status.groups));
        }
        if before.daemon.summary != status.daemon.summary {
            changed.insert("Summary", Variant::from(status.daemon.summary));
        }
        if before.daemon.problems != status.daemon.problems {
            changed.insert("Problems", Variant::from(status.daemon.problems));
        }
        changed
    }

    async fn move_member(
        &self,
        group: String,
        member: String,
        offline: bool,
        force: bool,
    ) -> Result<(bool, String, String), Error> {
        let (named, link) = (group.clone(), member.clone());
        let asked = ask(&self.ask, |reply| Request::MoveMember { group, member, offline, force, reply }).await?;
        let moved = asked.map_err(|refused| match refused {
            NotMoved::NoSuchGroup => Error::NoSuchGroup(format!("there is no interface group {named}")),
            NotMoved::NoSuchMember => Error::NoSuchMember(format!("{link} is no member of {named}")),
            NotMoved::LastMember => Error::LastMember(format!("no other member of {named} can be used")),
        })?;
        Ok((moved.changed, moved.state, moved.reason))
    }
}

#[interface(name = "org.vrrpd.Vrrp1.Manager")]
impl Root {
    /// Everything that the daemon knows, as JSON.
    async fn describe(&self) -> Result<String, Error> {
        json(ask(&self.ask, Request::Describe).await?).await
    }

    /// The newest transitions of these instances, of all if none is named, as JSON: at most so many of them (0 is as
    /// many as are told at once), and of each instance as many as are kept. The oldest comes first.
    async fn history(&self, instances: Vec<String>, most: u32) -> Result<String, Error> {
        if instances.len() > NAMES {
            return Err(Error::TooMuch(format!("no more than {NAMES} instances can be named; name none to have all")));
        }
        let most = if most == 0 { usize::MAX } else { usize::try_from(most).unwrap_or(usize::MAX) };
        json(ask(&self.ask, |reply| Request::History { names: instances, most, reply }).await?).await
    }

    /// Reads the configuration again and applies it; returns when every address is held.
    ///
    /// Returns how many instances were added, removed and changed, and the warnings.
    async fn reload(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(u32, u32, u32, Vec<String>), Error> {
        authority::check(connection, &header, "org.vrrpd.Vrrp1.reload").await?;
        let reloaded = ask(&self.ask, Request::Reload).await?;
        let reloaded = reloaded.map_err(|problems| Error::InvalidConfiguration(problems.join("\n")))?;
        Ok((reloaded.added, reloaded.removed, reloaded.changed, reloaded.warnings))
    }

    /// Replaces the running program by the one that is installed now, which goes on as it is. Returns only where that is
    /// refused; else the connection ends, and whoever owns the name next is the new program.
    async fn reexecute(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), Error> {
        authority::check(connection, &header, "org.vrrpd.Vrrp1.reexecute").await?;
        ask(&self.ask, Request::Reexecute).await?.map_err(Error::NotReplaced)
    }

    /// Has a member of an interface group not used, until it is put online or the host is started anew. Without `force` the last
    /// one that can be used stays.
    ///
    /// Returns whether it was online before, and the state of the group now and why it has that.
    async fn group_offline(
        &self,
        group: String,
        member: String,
        force: bool,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(bool, String, String), Error> {
        authority::check(connection, &header, "org.vrrpd.Vrrp1.manage").await?;
        self.move_member(group, member, true, force).await
    }

    /// Has a member of an interface group used again, if nothing else is wrong with it.
    ///
    /// Returns whether it was offline before, and the state of the group now and why it has that.
    async fn group_online(
        &self,
        group: String,
        member: String,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(bool, String, String), Error> {
        authority::check(connection, &header, "org.vrrpd.Vrrp1.manage").await?;
        self.move_member(group, member, false, false).await
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn version(&self) -> String {
        self.status.borrow().daemon.version.clone()
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn started(&self) -> u64 {
        self.status.borrow().daemon.started
    }

    #[zbus(property)]
    fn summary(&self) -> String {
        self.status.borrow().daemon.summary.clone()
    }

    #[zbus(property)]
    fn problems(&self) -> Vec<String> {
        self.status.borrow().daemon.problems.clone()
    }

    #[zbus(property)]
    fn groups(&self) -> Vec<(String, String, String)> {
        self.status.borrow().groups.clone()
    }

    #[zbus(property)]
    fn heartbeats(&self) -> Vec<(String, String)> {
        self.status.borrow().heartbeats()
    }
}

/// Tells the bus which properties changed.
pub(super) async fn emit(
    emitter: &SignalEmitter<'_>,
    changed: &HashMap<&'static str, Variant<'static>>,
) -> zbus::Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let changed = changed.iter().map(|(&name, value)| (name, value.clone())).collect();
    let name = InterfaceName::from_static_str_unchecked(INTERFACE);
    zbus::fdo::Properties::properties_changed(emitter, name, changed, Cow::Borrowed(&[])).await
}
