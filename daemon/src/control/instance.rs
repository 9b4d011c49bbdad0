//! `org.vrrpd.Vrrp1.Instance`: one instance.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use vrrp::status;
use zbus::message::Header;
use zbus::names::InterfaceName;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::Variant;
use zbus::{Connection, interface};

use super::{Error, NotResigned, Request, Resigned, ask, authority, json};

const INTERFACE: &str = "org.vrrpd.Vrrp1.Instance";

pub(super) struct Instance {
    ask: mpsc::Sender<Request>,
    name: String,
    /// Replaced while methods run: each holds the object until it has answered, and some wait for minutes.
    status: Mutex<Arc<status::Instance>>,
}

impl Instance {
    pub(super) fn new(ask: mpsc::Sender<Request>, status: Arc<status::Instance>) -> Self {
        Self { ask, name: status.name.clone(), status: Mutex::new(status) }
    }

    /// Takes the new status and returns the old one.
    pub(super) fn replace(&self, status: Arc<status::Instance>) -> Arc<status::Instance> {
        std::mem::replace(&mut *self.lock(), status)
    }

    fn status(&self) -> Arc<status::Instance> {
        Arc::clone(&self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Arc<status::Instance>> {
        // Nothing that holds it can panic.
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn no_such_instance(&self) -> Error {
        Error::NoSuchInstance(format!("there is no instance {}", self.name))
    }
}

#[interface(name = "org.vrrpd.Vrrp1.Instance")]
impl Instance {
    /// Everything that the daemon knows of the instance, as JSON.
    async fn describe(&self) -> Result<String, Error> {
        let name = self.name.clone();
        let status = ask(&self.ask, |reply| Request::DescribeInstance(name, reply)).await?;
        json(status.ok_or_else(|| self.no_such_instance())?).await
    }

    /// Resigns because the instance's unit stops; returns when the resignation is sent.
    async fn leave(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), Error> {
        authority::check(connection, &header, "org.vrrpd.Vrrp1.manage").await?;
        let name = self.name.clone();
        match ask(&self.ask, |reply| Request::Leave(name, reply)).await? {
            true => Ok(()),
            false => Err(self.no_such_instance()),
        }
    }

    /// Resigns, and stays away for this many microseconds; 0 is until no other host serves. Where nobody else serves it comes back,
    /// unless it is `forced` to stay away.
    ///
    /// Returns who is Master, and after how many microseconds it was heard, 0 if it was Master before; an empty name if nobody is.
    async fn resign(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
        microseconds: u64,
        forced: bool,
    ) -> Result<(String, u64), Error> {
        authority::check(connection, &header, "org.vrrpd.Vrrp1.manage").await?;
        let name = self.name.clone();
        let time = (microseconds > 0).then(|| Duration::from_micros(microseconds));
        match ask(&self.ask, |reply| Request::Resign { name, time, forced, reply }).await? {
            Ok(Resigned::To { master, after }) => Ok((master, u64::try_from(after.as_micros()).unwrap_or(u64::MAX))),
            Ok(Resigned::Before(master)) => Ok((master.unwrap_or_default(), 0)),
            Ok(Resigned::ToNobody) => Ok((String::new(), 0)),
            Err(NotResigned::NoSuchInstance) => Err(self.no_such_instance()),
            Err(NotResigned::NotMaster(what)) => Err(Error::NotMaster(what)),
            Err(NotResigned::NobodyElse) => {
                Err(Error::NobodyElse("no other host took over, so this one serves again".to_owned()))
            }
        }
    }

    /// Takes part again after a resignation. Returns whether it had stayed away.
    async fn come_back(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<bool, Error> {
        authority::check(connection, &header, "org.vrrpd.Vrrp1.manage").await?;
        let name = self.name.clone();
        ask(&self.ask, |reply| Request::ComeBack(name, reply)).await?.ok_or_else(|| self.no_such_instance())
    }

    /// The state changed. `since` is in microseconds of the realtime clock.
    #[zbus(signal, name = "StateChanged")]
    async fn transition(
        emitter: &SignalEmitter<'_>,
        old: &str,
        new: &str,
        reason: &str,
        since: u64,
    ) -> zbus::Result<()>;

    #[zbus(property(emits_changed_signal = "const"))]
    fn name(&self) -> &str {
        &self.name
    }

    #[zbus(property)]
    fn state(&self) -> &'static str {
        self.status().state.name()
    }

    #[zbus(property)]
    fn barred(&self) -> bool {
        self.status().barred
    }

    #[zbus(property)]
    fn reason(&self) -> String {
        self.status().reason.clone()
    }

    #[zbus(property)]
    fn since(&self) -> u64 {
        self.status().since
    }

    #[zbus(property)]
    fn interface(&self) -> String {
        self.status().interface.clone()
    }

    #[zbus(property)]
    fn link(&self) -> String {
        self.status().link.clone().unwrap_or_default()
    }

    #[zbus(property, name = "VRID")]
    fn vrid(&self) -> u8 {
        self.status().vrid
    }

    #[zbus(property)]
    fn addresses(&self) -> Vec<String> {
        self.status().addresses.clone()
    }

    #[zbus(property)]
    fn unadvertised(&self) -> Vec<String> {
        self.status().unadvertised.clone()
    }

    #[zbus(property)]
    fn virtual_routes(&self) -> Vec<String> {
        self.status().virtual_routes.clone()
    }

    #[zbus(property)]
    fn virtual_rules(&self) -> Vec<String> {
        self.status().virtual_rules.clone()
    }

    #[zbus(property)]
    fn priority(&self) -> u8 {
        self.status().priority
    }

    #[zbus(property)]
    fn effective_priority(&self) -> u8 {
        self.status().effective_priority
    }

    #[zbus(property)]
    fn held(&self) -> bool {
        self.status().held
    }

    #[zbus(property)]
    fn enabled(&self) -> bool {
        self.status().enabled
    }

    #[zbus(property)]
    fn sync_daemon(&self) -> String {
        sync_daemon(&self.status())
    }
}

/// Tells the bus which properties changed, and the state with its reason where it did.
pub(super) async fn emit(
    emitter: &SignalEmitter<'_>,
    before: &status::Instance,
    after: &status::Instance,
) -> zbus::Result<()> {
    let old = properties(before);
    let mut changed = properties(after);
    changed.retain(|name, value| old.get(name) != Some(value));
    if !changed.is_empty() {
        let name = InterfaceName::from_static_str_unchecked(INTERFACE);
        zbus::fdo::Properties::properties_changed(emitter, name, changed, Cow::Borrowed(&[])).await?;
    }
    if (before.state, &before.reason) != (after.state, &after.reason) {
        Instance::transition(emitter, before.state.name(), after.state.name(), &after.reason, after.since).await?;
    }
    Ok(())
}

/// What the sync daemon of IPVS does, and why not where it does not; empty where none follows the instance.
fn sync_daemon(status: &status::Instance) -> String {
    let Some(daemon) = &status.sync_daemon else { return String::new() };
    match &daemon.trouble {
        Some(trouble) => format!("{}: {trouble}", daemon.state),
        None => daemon.state.clone(),
    }
}

/// The properties that can change.
fn properties(status: &status::Instance) -> HashMap<&'static str, Variant<'static>> {
    HashMap::from([
        ("State", Variant::from(status.state.name())),
        ("Barred", Variant::from(status.barred)),
        ("Reason", Variant::from(status.reason.clone())),
        ("Since", Variant::from(status.since)),
        ("Interface", Variant::from(status.interface.clone())),
        ("Link", Variant::from(status.link.clone().unwrap_or_default())),
        ("VRID", Variant::from(status.vrid)),
        ("Addresses", Variant::from(status.addresses.clone())),
        ("Unadvertised", Variant::from(status.unadvertised.clone())),
        ("VirtualRoutes", Variant::from(status.virtual_routes.clone())),
        ("VirtualRules", Variant::from(status.virtual_rules.clone())),
        ("Priority", Variant::from(status.priority)),
        ("EffectivePriority", Variant::from(status.effective_priority)),
        ("Held", Variant::from(status.held)),
        ("Enabled", Variant::from(status.enabled)),
        ("SyncDaemon", Variant::from(sync_daemon(status))),
    ])
}
