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

use super::{Error, Request, ask, authority, json};

const INTERFACE: &str = "org.vrrpd.Vrrp1.Manager";
/// How many instances may be named at once: the loop looks up each.
const NAMES: usize = 1024;

pub(super) struct Root {
    ask: mpsc::Sender<Request>,
    /// Replaced while methods run: each holds the object until it has answered, and some wait for minutes.
    status: watch::Sender<status::Daemon>,
}

impl Root {
    pub(super) fn new(ask: mpsc::Sender<Request>, status: status::Daemon) -> Self {
        Self { ask, status: watch::Sender::new(status) }
    }

    /// Takes the new status and returns it for those properties that changed.
    pub(super) fn replace(&self, status: status::Daemon) -> HashMap<&'static str, Variant<'static>> {
        let before = self.status.send_replace(status.clone());
        let mut changed = HashMap::new();
        if before.summary != status.summary {
            changed.insert("Summary", Variant::from(status.summary));
        }
        if before.problems != status.problems {
            changed.insert("Problems", Variant::from(status.problems));
        }
        changed
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

    #[zbus(property(emits_changed_signal = "const"))]
    fn version(&self) -> String {
        self.status.borrow().version.clone()
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn started(&self) -> u64 {
        self.status.borrow().started
    }

    #[zbus(property)]
    fn summary(&self) -> String {
        self.status.borrow().summary.clone()
    }

    #[zbus(property)]
    fn problems(&self) -> Vec<String> {
        self.status.borrow().problems.clone()
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
